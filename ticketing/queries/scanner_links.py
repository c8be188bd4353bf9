"""An event's scanner links and the devices that opened them. Nobody can read a link's secret."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, func, select

from ticketing import clock
from ticketing.errors import NotFound
from ticketing.extensions import db
from ticketing.models import CheckIn, ScannerLink, ScannerPass, TicketType, User
from ticketing.queries.keys import Key, condition_for


@dataclass(frozen=True, slots=True)
class Listed:
    """A link: its row with ``maker_name`` and ``maker_email``; the names of the ticket types that its gate
    lets in, where these are not all; its devices as rows of ``device, opened_at, seen_at, scans``."""

    link: Row[Any]
    types: Sequence[str]
    devices: Sequence[Row[Any]]

    @property
    def scans(self) -> int:
        """How often its devices scanned."""
        return sum(device.scans for device in self.devices)

    @property
    def state(self) -> str:
        """``open``, ``ended`` or ``revoked``."""
        if self.link.revoked_at is not None:
            return "revoked"
        return "open" if self.link.expires_at > clock.now() else "ended"


_LINKS: Select[*tuple[Any, ...]] = select(
    ScannerLink.id,
    ScannerLink.uuid,
    ScannerLink.event_id,
    ScannerLink.name,
    ScannerLink.gate,
    ScannerLink.ticket_type_ids,
    ScannerLink.created_at,
    ScannerLink.expires_at,
    ScannerLink.revoked_at,
    (User.first_name + " " + User.last_name).label("maker_name"),
    User.email.label("maker_email"),
).outerjoin(User, User.id == ScannerLink.actor_id)


def types_of(event_id: int) -> Sequence[tuple[int, str]]:
    """``(id, name)`` of the event's ticket types. One statement."""
    types = select(TicketType.id, TicketType.name).where(TicketType.event_id == event_id)
    return [(number, name) for number, name in db.session.execute(types.order_by(TicketType.id))]


def of_event(event_id: int, types: Sequence[tuple[int, str]]) -> list[Listed]:
    """The event's links, newest first, those that were taken back among them; ``types`` are the event's.
    Two statements."""
    links = db.session.execute(
        _LINKS.where(ScannerLink.event_id == event_id).order_by(ScannerLink.id.desc())
    ).all()
    names = dict(types)
    devices: dict[int, list[Row[Any]]] = {}
    for device in _devices(event_id):
        devices.setdefault(device.link_id, []).append(device)
    return [
        Listed(
            link,
            [names[number] for number in link.ticket_type_ids if number in names],
            devices.get(link.id, ()),
        )
        for link in links
    ]


def get(event_id: int, key: Key) -> Row[Any]:
    """One of the event's links. One statement.

    :raises NotFound: it has none such.
    """
    mine = _LINKS.where(ScannerLink.event_id == event_id, condition_for(ScannerLink, key))
    row = db.session.execute(mine).one_or_none()
    if row is None:
        raise NotFound("scanner link")
    return row


def _devices(event_id: int) -> Sequence[Row[Any]]:
    scans = (
        select(CheckIn.scanner_id, func.count().label("number"))
        .where(CheckIn.event_id == event_id, CheckIn.scanner_id.is_not(None))
        .group_by(CheckIn.scanner_id)
        .subquery()
    )
    statement: Select[*tuple[Any, ...]] = (
        select(
            ScannerPass.link_id,
            ScannerPass.device,
            ScannerPass.created_at.label("opened_at"),
            ScannerPass.seen_at,
            func.coalesce(scans.c.number, 0).label("scans"),
        )
        .join(ScannerLink, ScannerLink.id == ScannerPass.link_id)
        .outerjoin(scans, scans.c.scanner_id == ScannerPass.id)
        .where(ScannerLink.event_id == event_id)
        .order_by(ScannerPass.seen_at.desc(), ScannerPass.id.desc())
    )
    return db.session.execute(statement).all()
