"""Reading for the door of one event: where somebody may scan, how many are in, who is on the list.

Whoever asks was found to belong to the door before (``scannable``, or a pass of the event). Rows are flat, so
that a device's every scan costs few statements, and twenty thousand tickets are no objects.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, or_, select

from ticketing import clock
from ticketing.errors import NotFound, NotSignedIn
from ticketing.extensions import db
from ticketing.models import CheckIn, Event, EventDay, Membership, Offer, Order, OrderItem, Ticket, TicketType
from ticketing.models.events import PUBLISHED
from ticketing.models.tickets import ACTIVE, ADMITTED, USED, VOID
from ticketing.policy import Actor, Permission, allows
from ticketing.queries.keys import Key, find

Rows = Sequence[Row[Any]]
_Select = Select[*tuple[Any, ...]]

#: Doors stay open for what was scanned without a network.
_AFTERWARDS = timedelta(hours=12)
#: Staff may scan everywhere; what begins later than that is no business of theirs yet.
_AHEAD = timedelta(days=2)
MOST_EVENTS, MOST_FOUND, MOST_RECENT = 50, 20, 20
LEAST_LETTERS, _MOST_WORDS, _LONGEST_WORD = 2, 4, 60

_VALID = (ACTIVE, USED)


def scannable(actor: Actor, key: Key) -> Event:
    """An event at whose door the actor may stand. One statement, two for members.

    :raises NotSignedIn: an account could be allowed to.
    :raises NotFound: there is no such event, or its door is none of the actor's business.
    """
    if not actor.is_signed_in:
        raise NotSignedIn
    event = find(Event, key)
    if event is None or not allows(actor, Permission.EVENT_SCAN, event):
        raise NotFound("event")
    return event


def events_of(actor: Actor) -> Rows:
    """Where the actor may scan now or later: the events of their organizations, for staff also all that
    begin within two days. The next first. One statement."""
    now = clock.now()
    own = select(Membership.organization_id).where(Membership.user_id == actor.user_id)
    where: ColumnElement[bool] = Event.organization_id.in_(own)
    if actor.is_admin:
        where = or_(where, Event.starts_at < now + _AHEAD)
    statement: _Select = (
        select(Event.uuid, Event.title, Event.starts_at, Event.ends_at, Event.timezone)
        .where(Event.status == PUBLISHED, Event.ends_at > now - _AFTERWARDS, where)
        .order_by(Event.starts_at, Event.id)
        .limit(MOST_EVENTS)
    )
    return db.session.execute(statement).all()


def counts(event_id: int, policy: str, today: dt.date) -> list[Row[Any]]:
    """Per type of ticket, in the order in which the types were made: ``id, name, expected, admitted,
    inside``. One statement.

    Expected are valid tickets, of passes for single days those of today; admitted are those of them that let
    somebody in, today where a ticket does so once a day.
    """
    came = _came(policy, today)
    statement: _Select = (
        select(
            TicketType.id,
            TicketType.name,
            func.count().label("expected"),
            func.count(case((came, 1))).label("admitted"),
            func.count(case((and_(came, Ticket.is_inside), 1))).label("inside"),
        )
        .select_from(Offer)
        .join(Ticket, Ticket.offer_id == Offer.id)
        .join(TicketType, TicketType.id == Offer.ticket_type_id)
        .outerjoin(EventDay, EventDay.id == Offer.day_id)
        .where(
            # By way of its offers: asked for the tickets' own event, both databases read those of all.
            Offer.event_id == event_id,
            Ticket.status.in_(_VALID),
            or_(EventDay.date.is_(None), EventDay.date == today),
        )
        .group_by(TicketType.id, TicketType.name)
        .order_by(TicketType.id)
    )
    return list(db.session.execute(statement).all())


def _came(policy: str, today: dt.date) -> ColumnElement[bool]:
    ever, on_this_day = Ticket.admissions > 0, Ticket.admitted_on == today
    if policy == "multiple_entry":
        return ever
    if policy == "daily_entry":
        return on_this_day
    return or_(and_(Offer.is_all_days, on_this_day), and_(Offer.is_all_days.is_(False), ever))


def tickets(event_id: int, ids: Collection[int]) -> dict[int, Row[Any]]:
    """Some tickets of the event as people at the door read them, by id. One statement, or none."""
    if not ids:
        return {}
    rows = db.session.execute(_shown().where(Ticket.event_id == event_id, Ticket.id.in_(ids)))
    return {row.id: row for row in rows}


def search(event_id: int, text: str) -> Rows:
    """The event's tickets that have every word: in the attendee's or the buyer's name, in the number of the
    ticket or of its order, or at the beginning of an e-mail address. Names in order. One statement, or none.
    """
    words = [word[:_LONGEST_WORD] for word in text.split()[:_MOST_WORDS]]
    if len("".join(words)) < LEAST_LETTERS:
        return []
    return db.session.execute(
        _shown()
        # Its orders are those of the event, too: said so that they are found by their index.
        .where(Ticket.event_id == event_id, Order.event_id == event_id, *(_has(word) for word in words))
        .order_by(Ticket.attendee_name, Ticket.id)
        .limit(MOST_FOUND)
    ).all()


def _has(word: str) -> ColumnElement[bool]:
    lower = word.lower()
    conditions = [
        func.lower(column).contains(lower, autoescape=True)
        for column in (Ticket.attendee_name, Order.buyer_name, Ticket.number, Order.number)
    ]
    conditions += [
        func.lower(column).startswith(lower, autoescape=True)
        for column in (Ticket.attendee_email, Order.buyer_email)
    ]
    if not word.isascii():
        # SQLite's lower() leaves É as it is.
        conditions += [
            column.contains(spelt, autoescape=True)
            for column in (Ticket.attendee_name, Order.buyer_name)
            for spelt in _spellings(word)
        ]
    return or_(*conditions)


def _spellings(word: str) -> set[str]:
    composed = unicodedata.normalize("NFC", word)
    return {word, composed, composed.lower(), composed.upper(), composed.title()}


def _last_admitted() -> Any:
    return (
        select(func.max(CheckIn.scanned_at))
        .where(CheckIn.ticket_id == Ticket.id, CheckIn.result == ADMITTED)
        .correlate(Ticket)
        .scalar_subquery()
        .label("last_admitted_at")
    )


def _shown() -> _Select:
    return (
        select(
            Ticket.id,
            Ticket.uuid,
            Ticket.number,
            Ticket.status,
            Ticket.admissions,
            Ticket.attendee_name,
            Order.number.label("order_number"),
            Order.buyer_name,
            OrderItem.ticket_name,
            OrderItem.tier_name,
            OrderItem.day_name,
            _last_admitted(),
        )
        .select_from(Ticket)
        .join(Order, Order.id == Ticket.order_id)
        .join(OrderItem, OrderItem.id == Ticket.order_item_id)
    )


def recent(event_id: int, actor: Actor) -> Rows:
    """The last scans at the event of the actor's own device or account, the latest first. One statement."""
    whose = (
        CheckIn.scanner_id == actor.scanner_id
        if actor.scanner_id is not None
        else and_(CheckIn.actor_id == actor.user_id, CheckIn.scanner_id.is_(None))
    )
    statement: _Select = (
        select(CheckIn.id, CheckIn.ticket_id, CheckIn.result, CheckIn.reason, CheckIn.scanned_at)
        .where(CheckIn.event_id == event_id, whose)
        .order_by(CheckIn.id.desc())
        .limit(MOST_RECENT)
    )
    return db.session.execute(statement).all()


def offers(event_id: int) -> Rows:
    """What the event's tickets can be for: ``id, type_id, type_name, is_all_days, date``. One statement."""
    statement: _Select = (
        select(
            Offer.id,
            TicketType.id.label("type_id"),
            TicketType.name.label("type_name"),
            Offer.is_all_days,
            EventDay.date,
        )
        .join(TicketType, TicketType.id == Offer.ticket_type_id)
        .outerjoin(EventDay, EventDay.id == Offer.day_id)
        .where(Offer.event_id == event_id)
        .order_by(Offer.id)
    )
    return db.session.execute(statement).all()


def state_of_tickets(event_id: int) -> tuple[int, datetime | None, int, int, int, int]:
    """What changes whenever one of the event's tickets does. One statement.

    The latest change alone would not do: of two transactions the one that began first may end last, and what
    it wrote is then older than what was seen before.
    """
    found = db.session.execute(
        select(
            func.count(),
            func.max(Ticket.updated_at),
            func.coalesce(func.sum(Ticket.admissions), 0),
            func.coalesce(func.sum(Ticket.code_version), 0),
            func.count(case((Ticket.is_inside, 1))),
            func.count(case((Ticket.status == VOID, 1))),
        ).where(Ticket.event_id == event_id)
    ).one()
    number, latest, *sums = found
    return (number, latest, *(int(each) for each in sums))  # type: ignore[return-value]


def every_ticket(event_id: int) -> Rows:
    """All tickets of the event, void ones, too, with what a door needs to decide alone. One statement."""
    statement: _Select = (
        select(
            Ticket.uuid,
            Ticket.number,
            Ticket.offer_id,
            Ticket.status,
            Ticket.code_hash,
            Ticket.admissions,
            Ticket.admitted_on,
            Ticket.is_inside,
            Ticket.attendee_name,
        )
        .where(Ticket.event_id == event_id)
        .order_by(Ticket.id)
    )
    return db.session.execute(statement).all()
