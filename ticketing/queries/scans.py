"""What came to an event's doors: its scans, newest first or in a stream, and the figures. Flat rows, a fixed
number of statements.

A row has the scan's columns under their names, ``is_conflict`` (a device without a network told the visitor
something else than what is true) and ``can_be_undone``; the ticket's number and attendee, its item's names,
its order's number, uuid and buyer, and who scanned: an account, or a device with its scanner link.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from ticketing.errors import NotFound, NotSignedIn
from ticketing.extensions import db
from ticketing.models import CheckIn, Event, Order, OrderItem, ScannerLink, ScannerPass, Ticket, User
from ticketing.models.tickets import ADMITTED, LEFT, REFUSED, UNDONE
from ticketing.policy import Actor, Permission, allows
from ticketing.queries.catalog import Page
from ticketing.queries.keys import Key, condition_for

Rows = Sequence[Row[Any]]

PAGE_SIZE = 50
#: Rows that are read at once for a file.
BATCH = 1000
#: What was taken back on purpose contradicts nobody.
CONFLICT = and_(CheckIn.claimed != "", CheckIn.claimed != CheckIn.result, CheckIn.result != UNDONE)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which scans are asked for; empty values ask for nothing. ``words`` are part of an attendee's or buyer's
    name, or of a ticket's or order's number."""

    result: str = ""
    conflicts: bool = False
    gate: str = ""
    words: str = ""


def get_event(actor: Actor, key: Key) -> Row[Any]:
    """The event whose doors the actor may look at.

    :raises NotSignedIn: the actor has no account; a device at the door sees its own scans only.
    :raises NotFound: there is none, or the actor does not belong to its organization.
    """
    if not actor.is_signed_in:
        raise NotSignedIn
    row = db.session.execute(_EVENT.where(condition_for(Event, key))).one_or_none()
    if row is None or not allows(actor, Permission.EVENT_SCAN, row):
        raise NotFound("event")
    return row


_EVENT: Select[*tuple[Any, ...]] = select(
    Event.id,
    Event.uuid,
    Event.slug,
    Event.title,
    Event.status,
    Event.starts_at,
    Event.ends_at,
    Event.timezone,
    Event.organization_id,
    Event.check_in_policy,
)


def find(event_id: int, wanted: Filter, *, page: int, size: int = PAGE_SIZE) -> Page:
    """A page of the event's scans, newest first. Two statements."""
    where = _conditions(event_id, wanted)
    total = db.session.scalar(_chosen(func.count(), wanted).where(*where)) or 0
    number = min(max(page, 1), max(1, -(-total // size)))
    newest = (CheckIn.scanned_at.desc(), CheckIn.id.desc())
    # What is shown is looked up for these rows only, not for all that come before them.
    chosen = _chosen(CheckIn.id, wanted).where(*where).order_by(*newest)
    mine = CheckIn.id.in_(chosen.limit(size).offset((number - 1) * size))
    rows = db.session.execute(_scans().where(mine).order_by(*newest)).all()
    return Page(rows, number, size, total)


def get(event_id: int, scan: int) -> Row[Any]:
    """One scan of the event. One statement.

    :raises NotFound: there is none.
    """
    mine = _scans().where(CheckIn.event_id == event_id, condition_for(CheckIn, scan))
    row = db.session.execute(mine).one_or_none()
    if row is None:
        raise NotFound("scan")
    return row


def stream(event_id: int, wanted: Filter, size: int = BATCH) -> Iterator[Rows]:
    """Every scan that matches, oldest first, in batches; without ``can_be_undone``.

    Each batch is a statement of its own that goes on where the one before ended, so that nothing stays open
    while somebody slow takes the file.
    """
    ordered = _plain().where(*_conditions(event_id, wanted)).order_by(CheckIn.scanned_at, CheckIn.id)
    after: list[ColumnElement[bool]] = []
    while rows := db.session.execute(ordered.where(*after).limit(size)).all():
        yield rows
        if len(rows) < size:
            return
        last: datetime = rows[-1].scanned_at
        is_later = or_(CheckIn.scanned_at > last, CheckIn.id > rows[-1].id)
        after = [CheckIn.scanned_at >= last, is_later]


def earlier(rows: Rows) -> dict[int, Row[Any]]:
    """For scans that were refused because the ticket was used: the admission that had used it, by scan. It is
    the last one that was known when the scan was; one that was taken back since only where there is no other.
    One statement."""
    used = [row for row in rows if row.result == REFUSED and row.reason.startswith("already_")]
    if not used:
        return {}
    statement: Select[*tuple[Any, ...]] = (
        select(
            CheckIn.id,
            CheckIn.ticket_id,
            CheckIn.scanned_at,
            CheckIn.result,
            CheckIn.gate,
            CheckIn.device,
            ScannerPass.device.label("pass_device"),
        )
        .outerjoin(ScannerPass, ScannerPass.id == CheckIn.scanner_id)
        .where(CheckIn.ticket_id.in_({row.ticket_id for row in used}), CheckIn.result.in_((ADMITTED, UNDONE)))
        .order_by(CheckIn.id)
    )
    of_ticket: dict[int, list[Row[Any]]] = {}
    for admission in db.session.execute(statement):
        of_ticket.setdefault(admission.ticket_id, []).append(admission)
    found = {row.id: _cause(row.id, of_ticket.get(row.ticket_id, ())) for row in used}
    return {scan: cause for scan, cause in found.items() if cause is not None}


def _cause(scan: int, admissions: Rows) -> Row[Any] | None:
    before = [row for row in admissions if row.id < scan]
    standing = [row for row in before if row.result == ADMITTED]
    return next(reversed(standing or before), None)


def _chosen(column: Any, wanted: Filter) -> Select[*tuple[Any, ...]]:
    chosen: Select[*tuple[Any, ...]] = select(column).select_from(CheckIn)
    if not wanted.words:
        return chosen
    return chosen.join(Ticket, Ticket.id == CheckIn.ticket_id).join(Order, Order.id == Ticket.order_id)


def _conditions(event_id: int, wanted: Filter) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [CheckIn.event_id == event_id]
    if wanted.result:
        where.append(CheckIn.result == wanted.result)
    if wanted.conflicts:
        where.append(CONFLICT)
    if wanted.gate:
        where.append(CheckIn.gate == wanted.gate)
    if wanted.words:
        columns = (Ticket.attendee_name, Ticket.number, Order.number, Order.buyer_name)
        where.append(or_(*(column.icontains(wanted.words, autoescape=True) for column in columns)))
        # Known already, and said so that not the tickets of all events are looked through.
        where.append(Ticket.event_id == event_id)
    return where


@functools.cache
def _scans() -> Select[*tuple[Any, ...]]:
    since = aliased(CheckIn)
    is_latest = ~exists().where(
        since.ticket_id == CheckIn.ticket_id, since.id > CheckIn.id, since.result.in_((ADMITTED, LEFT))
    )
    can_be_undone = and_(CheckIn.result == ADMITTED, CheckIn.ticket_id.is_not(None), is_latest)
    return _plain().add_columns(can_be_undone.label("can_be_undone"))


@functools.cache
def _plain() -> Select[*tuple[Any, ...]]:
    return (
        select(
            CheckIn.id,
            CheckIn.scanned_at,
            CheckIn.created_at,
            CheckIn.direction,
            CheckIn.result,
            CheckIn.reason,
            CheckIn.gate,
            CheckIn.device,
            CheckIn.claimed,
            CONFLICT.label("is_conflict"),
            CheckIn.ticket_id,
            Ticket.number.label("ticket_number"),
            Ticket.attendee_name,
            OrderItem.ticket_name,
            OrderItem.tier_name,
            OrderItem.day_name,
            Order.number.label("order_number"),
            Order.uuid.label("order_uuid"),
            Order.buyer_name,
            User.first_name,
            User.last_name,
            User.email,
            ScannerPass.device.label("pass_device"),
            ScannerLink.name.label("link_name"),
        )
        .select_from(CheckIn)
        .outerjoin(Ticket, Ticket.id == CheckIn.ticket_id)
        .outerjoin(OrderItem, OrderItem.id == Ticket.order_item_id)
        .outerjoin(Order, Order.id == Ticket.order_id)
        .outerjoin(User, User.id == CheckIn.actor_id)
        .outerjoin(ScannerPass, ScannerPass.id == CheckIn.scanner_id)
        .outerjoin(ScannerLink, ScannerLink.id == ScannerPass.link_id)
    )
