"""Scanning: each scan is kept as a row, admitted or refused, and decides once however often it is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, or_, select, update

from ticketing import clock
from ticketing.errors import Invalid, NotFound
from ticketing.extensions import db
from ticketing.models import CheckIn, Event, EventDay, Offer, Ticket
from ticketing.models.tickets import ACTIVE, ADMITTED, ENTRY, EXIT, LEFT, REFUSED, UNDONE, USED
from ticketing.policy import Actor, Permission, require
from ticketing.queries.keys import Key, condition_for, load
from ticketing.services import activity
from ticketing.services.checkin.rules import Admission, Mode, Occasion, Reason, mode_of, refusal
from ticketing.services.tickets import code_hash
from ticketing.transaction import transactional

#: A device's clock may be that far ahead; what it says beyond that is not believed.
_AHEAD = timedelta(minutes=5)
MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Scan:
    """What a device tells: a code, or the ticket that was picked from a list.

    ``scan_id`` is its own name for the scan; ``scanned_at`` and ``claimed`` (what the visitor was told) come
    from devices that had no network.
    """

    code: str = ""
    ticket: Key | None = None
    direction: str = ENTRY
    gate: str = ""
    device: str = ""
    scan_id: UUID | None = None
    scanned_at: datetime | None = None
    claimed: str = ""


@dataclass(frozen=True, slots=True)
class Scanned:
    """What came of a scan. ``before`` is the moment when the ticket had let somebody in."""

    check_in_id: int
    result: str
    reason: str
    ticket_id: int | None
    before: datetime | None = None

    @property
    def is_admitted(self) -> bool:
        """They may come in."""
        return self.result == ADMITTED


@transactional
def scan(actor: Actor, event: Key, told: Scan, gate_types: Sequence[int] = ()) -> Scanned:
    """Let the holder of a ticket in, or out, or neither; whatever comes of it is kept. The same ``scan_id``
    gives the first answer again.

    :raises NotFound: there is no such event for the actor.
    :raises NotAllowed: the actor may not scan at this event.
    :raises Invalid: the ``scan_id`` is that of a scan at another event.
    """
    occasion = _occasion(actor, event)
    return _earlier(occasion, told) or _scan(actor, occasion, told, gate_types)


@transactional
def verify(actor: Actor, code: str) -> Scanned:
    """Let the holder of a code in, at whichever event it is for (EasyTicket 003, Verify).

    :raises Invalid: no ticket has this code.
    :raises NotAllowed: the actor may not scan at its event.
    """
    event_id = db.session.scalar(select(Ticket.event_id).where(Ticket.code_hash == code_hash(code)))
    if event_id is None:
        raise Invalid("unknown_ticket", "No ticket has this code.", field="qr_code_data")
    return _scan(actor, _occasion(actor, event_id), Scan(code=code), ())


def sync(actor: Actor, event: Key, told: Sequence[Scan], gate_types: Sequence[int] = ()) -> list[Scanned]:
    """The scans that a device has kept while it had no network, in the order in which they happened; each
    in a transaction of its own, so that a lost connection costs none.

    :raises Invalid: more than ``MOST_AT_ONCE``.
    """
    if len(told) > MOST_AT_ONCE:
        raise Invalid("too_many", f"Send at most {MOST_AT_ONCE} scans at once.", field="scans")
    now = clock.now()
    in_order = sorted(range(len(told)), key=lambda place: told[place].scanned_at or now)
    results = {place: scan(actor, event, told[place], gate_types) for place in in_order}
    return [results[place] for place in range(len(told))]


@transactional
def undo(actor: Actor, event: Key, check_in_id: int) -> Scanned:
    """Take an admission back: the ticket lets its holder in as if it had not been.

    :raises NotFound: there is no such scan at this event.
    :raises Invalid: it admitted nobody, or the ticket was scanned again since.
    """
    occasion = _occasion(actor, event)
    row = load(CheckIn, check_in_id, lock=True)
    if row.event_id != occasion.id or row.ticket_id is None:
        raise NotFound("scan")
    load(Ticket, row.ticket_id, lock=True)  # nobody is let in or out while we look
    latest = db.session.scalar(
        select(func.max(CheckIn.id)).where(
            CheckIn.ticket_id == row.ticket_id, CheckIn.result.in_((ADMITTED, LEFT))
        )
    )
    if row.result != ADMITTED or latest != row.id:
        raise Invalid("not_undoable", "Only a ticket's latest admission can be taken back.")
    row.result = UNDONE
    db.session.flush()
    _take_back(row.ticket_id)
    activity.record(actor, "check_in_undone", ("ticket", row.ticket_id), check_in=row.id)
    return Scanned(row.id, UNDONE, "", row.ticket_id)


def _scan(actor: Actor, occasion: Occasion, told: Scan, gate_types: Sequence[int]) -> Scanned:
    moment = _moment(told)
    row = _find(told)
    ticket = (
        None if row is None else Admission(row.event_id, row.status, row.type_id, row.is_all_days, row.date)
    )
    reason = refusal(occasion, ticket, moment, gate_types)
    result = REFUSED
    if reason is None and row is not None and ticket is not None:
        mode = mode_of(occasion, ticket)
        if told.direction == EXIT:
            reason, result = (None, LEFT) if _let_out(row.id) else (Reason.NOT_INSIDE, REFUSED)
        elif _let_in(row.id, mode, occasion, moment):
            result = ADMITTED
        else:
            reason = _why_not(mode)
    known = row if row is not None and reason is not Reason.OTHER_EVENT else None
    check_in_id = _keep(actor, occasion, told, known, result, reason, moment)
    before = known.used_at if known is not None and result == REFUSED else None
    return Scanned(check_in_id, result, str(reason or ""), known.id if known is not None else None, before)


def _moment(told: Scan) -> datetime:
    now = clock.now()
    return told.scanned_at if told.scanned_at is not None and told.scanned_at <= now + _AHEAD else now


def _find(told: Scan) -> Row[*tuple[Any, ...]] | None:
    by = (
        condition_for(Ticket, told.ticket)
        if told.ticket is not None
        else Ticket.code_hash == code_hash(told.code.strip())
    )
    return db.session.execute(
        select(
            Ticket.id,
            Ticket.event_id,
            Ticket.status,
            Ticket.used_at,
            Offer.ticket_type_id.label("type_id"),
            Offer.is_all_days,
            EventDay.date,
        )
        .join(Offer, Offer.id == Ticket.offer_id)
        .outerjoin(EventDay, EventDay.id == Offer.day_id)
        .where(by)
    ).one_or_none()


def _let_in(ticket_id: int, mode: Mode, occasion: Occasion, moment: datetime) -> bool:
    """The one statement that decides: of two at once, the second finds nothing to change."""
    today = occasion.day_of(moment)
    free = {
        Mode.ONCE: Ticket.admissions == 0,
        Mode.DAILY: or_(Ticket.admitted_on.is_(None), Ticket.admitted_on < today),
        Mode.AGAIN: Ticket.is_inside.is_(False),
    }[mode]
    admitted = db.session.execute(
        update(Ticket)
        .where(Ticket.id == ticket_id, Ticket.status == ACTIVE, free)
        .values(
            status=USED if mode is Mode.ONCE else ACTIVE,
            admissions=Ticket.admissions + 1,
            admitted_on=today,
            is_inside=True,
            used_at=func.coalesce(Ticket.used_at, moment),
            updated_at=clock.now(),
        )
        .execution_options(synchronize_session=False)
    )
    return bool(admitted.rowcount == 1)  # type: ignore[attr-defined]


def _let_out(ticket_id: int) -> bool:
    left = db.session.execute(
        update(Ticket)
        .where(Ticket.id == ticket_id, Ticket.is_inside)
        .values(is_inside=False, updated_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    return bool(left.rowcount == 1)  # type: ignore[attr-defined]


def _why_not(mode: Mode) -> Reason:
    return {
        Mode.ONCE: Reason.ALREADY_USED,
        Mode.DAILY: Reason.ALREADY_TODAY,
        Mode.AGAIN: Reason.ALREADY_INSIDE,
    }[mode]


def _take_back(ticket_id: int) -> None:
    """What the ticket was used for, without the admission that no longer counts."""
    counted = CheckIn.ticket_id == ticket_id, CheckIn.result == ADMITTED
    number, first, last = db.session.execute(
        select(func.count(), func.min(CheckIn.scanned_at), func.max(CheckIn.scanned_at)).where(*counted)
    ).one()
    ticket = load(Ticket, ticket_id, lock=True)
    ticket.admissions, ticket.used_at, ticket.is_inside = number, first, False
    ticket.admitted_on = None
    if ticket.status == USED:
        ticket.status = ACTIVE
    if last is not None:
        event = load(Event, ticket.event_id)
        ticket.admitted_on = Occasion.of(event).day_of(last)


def _keep(
    actor: Actor,
    occasion: Occasion,
    told: Scan,
    ticket: Row[*tuple[Any, ...]] | None,
    result: str,
    reason: Reason | None,
    moment: datetime,
) -> int:
    row = CheckIn(
        event_id=occasion.id,
        ticket_id=ticket.id if ticket is not None else None,
        direction=told.direction,
        result=result,
        reason=str(reason or ""),
        gate=told.gate[:60],
        device=told.device[:80],
        actor_id=actor.user_id,
        scanner_id=actor.scanner_id,
        scan_id=told.scan_id,
        claimed=told.claimed,
        scanned_at=moment,
    )
    db.session.add(row)
    db.session.flush()
    return row.id


def _earlier(occasion: Occasion, told: Scan) -> Scanned | None:
    if told.scan_id is None:
        return None
    row = db.session.scalars(select(CheckIn).where(CheckIn.scan_id == told.scan_id)).one_or_none()
    if row is None:
        return None
    if row.event_id != occasion.id:
        raise Invalid("scan_id_taken", "This is the name of another scan.", field="scan_id")
    return Scanned(row.id, row.result, row.reason, row.ticket_id)


def _occasion(actor: Actor, key: Key) -> Occasion:
    event = load(Event, key)
    require(actor, Permission.EVENT_SEE, event)
    require(actor, Permission.EVENT_SCAN, event)
    return Occasion.of(event)
