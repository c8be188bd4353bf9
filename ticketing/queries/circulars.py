"""Messages of organizers to those who come: for whom one is, how far it came, what was sent before.

A mail goes to the buyer of an order, once for all tickets of it that are still the buyer's, and to each
holder of tickets of it that were passed on.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from sqlalchemy import ColumnElement, Row, Select, String, and_, case, cast, func, not_, or_, select

from ticketing.errors import NotFound
from ticketing.extensions import db
from ticketing.models import (
    Circular,
    Event,
    EventDay,
    Offer,
    Order,
    Organization,
    OutboxMessage,
    Ticket,
    User,
)
from ticketing.models.desk import RUNNING, WAITING
from ticketing.models.orders import CONFIRMED
from ticketing.models.outbox import FAILED, QUEUED, SENT
from ticketing.models.tickets import ACTIVE, USED
from ticketing.policy import Actor, Permission, require
from ticketing.queries import organizer
from ticketing.queries.audience import was_passed_on
from ticketing.queries.keys import Key, condition_for

Rows = Sequence[Row[Any]]
#: The list of an event's messages is one page.
MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Audience:
    """Those whose tickets are all of this: of one of these types, for this day (passes for all days count),
    used already or not yet. Nothing that is said leaves anybody out. ``is_test``: nobody but the writer."""

    types: tuple[int, ...] = ()
    day: int | None = None
    came: bool | None = None
    is_test: bool = False

    @classmethod
    def read(cls, kept: dict[str, Any]) -> Self:
        """Out of a row."""
        return cls(tuple(kept.get("types", ())), kept.get("day"), kept.get("came"), kept.get("test", False))

    def kept(self) -> dict[str, Any]:
        """For a row."""
        said = {"types": list(self.types), "day": self.day, "came": self.came, "test": self.is_test or None}
        return {name: value for name, value in said.items() if value is not None and value != []}


@dataclass(frozen=True, slots=True)
class Listed:
    """A message of an event: its row with ``writer`` (a name), and how its mails stand."""

    circular: Row[Any]
    waiting: int
    sent: int
    failed: int

    @property
    def is_going(self) -> bool:
        """Somebody is still to be told."""
        return self.circular.status in (WAITING, RUNNING) or self.waiting > 0

    @property
    def total(self) -> int:
        """How many mails it will be, as far as is known."""
        return max(self.circular.total, self.waiting + self.sent + self.failed)


def get_event(actor: Actor, key: Key) -> Row[Any]:
    """An event whose visitors the actor may write to.

    :raises NotFound: there is none, or it is none of the actor's business.
    :raises NotAllowed: the actor has to do with it and does not manage its organization.
    """
    event = organizer.get_event(actor, key)
    require(actor, Permission.EVENT_MANAGE, event)
    return event


def days_of(event_id: int) -> Rows:
    """``id, number, name, date`` of the days that are sold by themselves. One statement."""
    sold = select(Offer.day_id).where(Offer.event_id == event_id, Offer.day_id.is_not(None))
    columns: tuple[Any, ...] = (EventDay.id, EventDay.number, EventDay.name, EventDay.date)
    days = select(*columns).where(EventDay.event_id == event_id, EventDay.id.in_(sold))
    return db.session.execute(days.order_by(EventDay.number)).all()


def count(event_id: int, audience: Audience) -> int:
    """How many mails a message to them is at this moment. One statement."""
    passed_on, holder = was_passed_on(), _holder()
    theirs = case((and_(not_(passed_on), Order.buyer_email != ""), Order.id))
    others = case((and_(passed_on, holder != ""), cast(Order.id, String) + ":" + holder))
    buyers, holders = db.session.execute(
        _joined(func.count(theirs.distinct()), func.count(others.distinct())).where(
            Order.status == CONFIRMED, *_matching(event_id, audience)
        )
    ).one()
    return int(buyers + holders)


def next_orders(event_id: int, audience: Audience, *, until: datetime, after: int, limit: int) -> Rows:
    """The confirmed orders with a ticket for it and a higher id, by their ids: ``id, language, buyer_email``.
    Whoever bought after ``until`` is not among them."""
    columns: tuple[Any, ...] = (Order.id, Order.language, Order.buyer_email)
    has_ticket = select(Ticket.id).where(Ticket.order_id == Order.id, *_matching(event_id, audience)).exists()
    confirmed = or_(Order.confirmed_at.is_(None), Order.confirmed_at <= until)
    orders = select(*columns).where(Order.event_id == event_id, Order.status == CONFIRMED, confirmed)
    return db.session.execute(
        orders.where(Order.id > after, has_ticket).order_by(Order.id).limit(limit)
    ).all()


def tickets_of(event_id: int, audience: Audience, order_ids: Collection[int]) -> Rows:
    """Their tickets that it is for: ``id, order_id, code_version, passed_on, holder`` (an address) and the
    holder's ``language``. One statement."""
    return db.session.execute(
        _joined(
            Ticket.id,
            Ticket.order_id,
            Ticket.code_version,
            was_passed_on().label("passed_on"),
            _holder().label("holder"),
            func.coalesce(User.language, Order.language).label("language"),
        )
        .where(Ticket.order_id.in_(order_ids), *_matching(event_id, audience))
        .order_by(Ticket.id)
    ).all()


def _joined(*columns: Any) -> Select[*tuple[Any, ...]]:
    return (
        select(*columns)
        .select_from(Ticket)
        .join(Order, Order.id == Ticket.order_id)
        .outerjoin(User, User.id == Ticket.user_id)
    )


def _holder() -> ColumnElement[str]:
    return func.lower(func.coalesce(User.email, Ticket.attendee_email))


def _matching(event_id: int, audience: Audience) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [Ticket.event_id == event_id, Ticket.status.in_((ACTIVE, USED))]
    offers = select(Offer.id).where(Offer.event_id == event_id)
    if audience.types:
        where.append(Ticket.offer_id.in_(offers.where(Offer.ticket_type_id.in_(audience.types))))
    if audience.day is not None:
        for_day = or_(Offer.day_id == audience.day, Offer.day_id.is_(None))
        where.append(Ticket.offer_id.in_(offers.where(for_day)))
    if audience.came is not None:
        where.append(Ticket.admissions > 0 if audience.came else Ticket.admissions == 0)
    return where


def waiting_mails(most: int) -> int:
    """How many mails of such messages wait for their first try at this moment, counted up to ``most``."""
    waiting = select(OutboxMessage.id).where(
        OutboxMessage.status == QUEUED, OutboxMessage.attempts == 0, _OF_CIRCULAR.is_not(None)
    )
    return db.session.scalar(select(func.count()).select_from(waiting.limit(most).subquery())) or 0


_OF_CIRCULAR = OutboxMessage.payload["circular_id"].as_integer()
_writer = func.trim(User.first_name + " " + User.last_name)
_CIRCULARS: Select[*tuple[Any, ...]] = select(
    Circular.id,
    Circular.uuid,
    Circular.subject,
    Circular.body,
    Circular.audience,
    Circular.status,
    Circular.total,
    Circular.done,
    Circular.created_at,
    Circular.finished_at,
    func.coalesce(_writer, "").label("writer"),
).outerjoin(User, User.id == Circular.actor_id)


def of_event(event_id: int) -> list[Listed]:
    """The event's messages, newest first, without those that somebody sent to themselves. Two statements."""
    newest = _CIRCULARS.where(Circular.event_id == event_id, ~is_test())
    rows = db.session.execute(newest.order_by(Circular.id.desc()).limit(MOST_SHOWN)).all()
    states = _mails_of(event_id) if rows else {}
    return [_listed(row, states) for row in rows]


def get(event_id: int, key: Key) -> Listed:
    """One of the event's messages. Two statements.

    :raises NotFound: it has none such.
    """
    mine = _CIRCULARS.where(Circular.event_id == event_id, condition_for(Circular, key), ~is_test())
    row = db.session.execute(mine).one_or_none()
    if row is None:
        raise NotFound("message")
    return _listed(row, _mails_of(event_id, row.id))


def for_mail(circular_id: int) -> Row[Any] | None:
    """What a mail says: ``subject, body`` and the organization's ``organization_name, contact_email``, the
    event's ``event_title, event_status``. One statement."""
    columns: tuple[Any, ...] = (
        Circular.subject,
        Circular.body,
        Organization.name.label("organization_name"),
        Organization.contact_email,
        Event.title.label("event_title"),
        Event.status.label("event_status"),
    )
    found = select(*columns).join(Circular.event).join(Event.organization).where(Circular.id == circular_id)
    return db.session.execute(found).one_or_none()


def is_test() -> ColumnElement[bool]:
    """Whether a message went to its writer alone."""
    return Circular.audience["test"].as_boolean().is_(True)


def _mails_of(event_id: int, circular_id: int | None = None) -> dict[tuple[int, str], int]:
    """How many mails stand how, by message and state."""
    of_one = _OF_CIRCULAR.is_not(None) if circular_id is None else _OF_CIRCULAR.in_([circular_id])
    columns: tuple[Any, ...] = (_OF_CIRCULAR, OutboxMessage.status, func.count())
    rows = db.session.execute(
        select(*columns)
        .join(Order, Order.id == OutboxMessage.order_id)
        .where(Order.event_id == event_id, of_one)
        .group_by(_OF_CIRCULAR, OutboxMessage.status)
    )
    return {(number, status): found for number, status, found in rows}


def _listed(row: Row[Any], states: dict[tuple[int, str], int]) -> Listed:
    waiting, sent, failed = (states.get((row.id, status), 0) for status in (QUEUED, SENT, FAILED))
    return Listed(row, waiting, sent, failed)
