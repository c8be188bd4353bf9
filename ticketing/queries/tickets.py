"""Reading tickets as their holders have them: flat rows, a fixed number of statements.

A row has the ticket's columns under their names and ``standing``, the word for how it stands at this moment:
what was never used when its event ended has expired. Its order's, offer's, event's and venue's columns begin
with ``order_``, ``offer_``, ``event_`` and ``venue_``.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, case, distinct, func, or_, select

from ticketing import clock, policy
from ticketing.errors import NotFound
from ticketing.extensions import db
from ticketing.models import (
    CheckIn,
    Event,
    EventDay,
    Offer,
    Order,
    OrderItem,
    Organization,
    Ticket,
    TicketType,
    User,
    Venue,
)
from ticketing.models.tickets import ACTIVE, ADMITTED, LAPSED, USED, VOID
from ticketing.models.types import UtcDateTime
from ticketing.policy import Actor, Permission
from ticketing.queries.catalog import Page
from ticketing.queries.keys import Key, condition_for

Rows = Sequence[Row[Any]]

PAGE_SIZE = 20
ORDERINGS = ("created_at", "-created_at", "event__start_date", "-event__start_date")


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list of tickets is asked for; None asks for nothing. ``ordering`` is one of ``ORDERINGS``."""

    status: str | None = None
    is_used: bool | None = None
    event: Key | None = None
    ordering: str = "-created_at"


def own(actor: Actor, wanted: Filter, number: int, size: int) -> tuple[Rows, int]:
    """A page of the actor's tickets, and how many there are on all pages. Two statements."""
    return _page([Ticket.user_id == actor.user_id, *_conditions(wanted)], wanted.ordering, number, size)


def find_own(actor: Actor, *, past: bool, page: int, size: int = PAGE_SIZE) -> Page:
    """The actor's tickets of what is still to come, the next first; or of what is over, the latest first.
    Two statements."""
    now = clock.now()
    time = Event.ends_at <= now if past else Event.ends_at > now
    rows, total = _page(
        [Ticket.user_id == actor.user_id, time],
        "-event__start_date" if past else "event__start_date",
        max(page, 1),
        size,
    )
    last = max(1, -(-total // size))
    return find_own(actor, past=past, page=last, size=size) if page > last else Page(rows, page, size, total)


def get(actor: Actor, key: Key) -> Row[Any]:
    """One ticket, for its holder. One statement.

    :raises NotFound: there is none, or it is somebody else's.
    """
    row = _one(condition_for(Ticket, key))
    if row is None:
        raise NotFound("ticket")
    policy.require(actor, Permission.TICKET_HOLD, row)
    return row


def find(ticket_id: int | None) -> Row[Any] | None:
    """One ticket, whoever holds it. One statement."""
    return None if ticket_id is None else _one(Ticket.id == ticket_id)


def kept_of_order(order_id: int) -> Rows:
    """The order's tickets that admit somebody and that its buyer did not pass on. One statement."""
    is_buyers = or_(
        Ticket.user_id == Order.user_id,
        and_(Ticket.user_id.is_(None), Order.user_id.is_(None), Ticket.code_version == 1),
    )
    statement = (
        _detailed()
        .where(Ticket.order_id == order_id, is_buyers, Ticket.status.in_((ACTIVE, USED)))
        .order_by(Ticket.order_item_id, Ticket.position)
    )
    return db.session.execute(statement, {"now": clock.now()}).all()


def order_of(key: Key) -> Row[Any]:
    """An order with what its papers say beside its tickets. One statement.

    :raises NotFound: there is none.
    """
    row = db.session.execute(_ordered().where(condition_for(Order, key))).one_or_none()
    if row is None:
        raise NotFound("order")
    return row


def days_of_order(order_id: int) -> list[dt.date | None]:
    """The days that an order was for, in order; None alone where some of it is for the whole event. One
    statement."""
    statement = (
        select(EventDay.date)
        .select_from(OrderItem)
        .join(Offer, Offer.id == OrderItem.offer_id)
        .outerjoin(EventDay, EventDay.id == Offer.day_id)
        .where(OrderItem.order_id == order_id)
        .distinct()
    )
    found = db.session.scalars(statement).all()
    days: list[dt.date | None] = [*sorted(day for day in found if day is not None)]
    return [None] if None in found else days


def figures(actor: Actor) -> Row[Any]:
    """The actor's tickets in numbers: ``total, active, used, cancelled, expired``, and how many different
    events are ``upcoming`` or ``past`` among them; void tickets lead to none. One statement."""
    now = clock.now()
    stands = standing()

    def number(word: str) -> ColumnElement[int]:
        return func.count(case((stands == word, Ticket.id))).label(word)

    is_upcoming = and_(stands == ACTIVE, Event.starts_at >= now)
    is_past = and_(Ticket.status != VOID, Event.ends_at <= now)
    statement: Select[*tuple[Any, ...]] = (
        select(
            func.count().label("total"),
            *(number(word) for word in (ACTIVE, USED, VOID, LAPSED)),
            func.count(distinct(case((is_upcoming, Event.id)))).label("upcoming"),
            func.count(distinct(case((is_past, Event.id)))).label("past"),
        )
        .select_from(Ticket)
        .join(Event, Event.id == Ticket.event_id)
        .where(Ticket.user_id == actor.user_id)
    )
    return db.session.execute(statement, {"now": now}).one()


def _one(condition: ColumnElement[bool]) -> Row[Any] | None:
    return db.session.execute(_detailed().where(condition), {"now": clock.now()}).one_or_none()


def _page(where: list[Any], ordering: str, number: int, size: int) -> tuple[Rows, int]:
    now = {"now": clock.now()}
    counted = select(func.count()).select_from(Ticket).join(Event, Event.id == Ticket.event_id)
    total = db.session.scalar(counted.where(*where), now) or 0
    column = Ticket.created_at if ordering.endswith("created_at") else Event.starts_at
    is_falling = ordering.startswith("-")
    order = [one.desc() if is_falling else one.asc() for one in (column, Ticket.id)]
    rows = _listed().where(*where).order_by(*order).limit(size).offset((number - 1) * size)
    return db.session.execute(rows, now).all(), total


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    conditions = []
    if wanted.status is not None:
        conditions.append(standing() == wanted.status)
    if wanted.is_used is not None:
        conditions.append(standing() == USED if wanted.is_used else standing() != USED)
    if wanted.event is not None:
        conditions.append(condition_for(Event, wanted.event))
    return conditions


@functools.cache
def standing() -> ColumnElement[str]:
    """How a ticket stands at the moment that is bound as ``now``; its event is joined. Nothing writes to a
    ticket when its event ends; who reads it must still not call it valid."""
    return case(
        (Ticket.status != ACTIVE, Ticket.status),
        (Event.ends_at > bindparam("now", type_=UtcDateTime()), ACTIVE),
        (Ticket.admissions > 0, USED),
        else_=LAPSED,
    )


@functools.cache
def _columns() -> tuple[Any, ...]:
    return (
        Ticket.id,
        Ticket.uuid,
        Ticket.number,
        Ticket.user_id,
        Ticket.status,
        standing().label("standing"),
        Ticket.used_at,
        Ticket.admissions,
        Ticket.attendee_name,
        Ticket.attendee_email,
        Ticket.code_version,
        Ticket.key_version,
        Ticket.created_at,
        Order.uuid.label("order_uuid"),
        Order.number.label("order_number"),
        Order.currency,
        OrderItem.ticket_name,
        OrderItem.tier_name,
        OrderItem.day_name,
        OrderItem.unit_price,
        TicketType.uuid.label("type_uuid"),
        *_event_columns(),
    )


@functools.cache
def _event_columns() -> tuple[Any, ...]:
    return (
        Event.uuid.label("event_uuid"),
        Event.slug.label("event_slug"),
        Event.title.label("event_title"),
        Event.status.label("event_status"),
        Event.starts_at.label("event_starts_at"),
        Event.ends_at.label("event_ends_at"),
        Event.timezone.label("event_timezone"),
        Event.updated_at.label("event_updated_at"),
        func.coalesce(Event.thumbnail_image, Event.banner_image).label("event_image"),
        Venue.name.label("venue_name"),
        Venue.address.label("venue_address"),
        Venue.city.label("venue_city"),
    )


def _joined(*columns: Any) -> Select[*tuple[Any, ...]]:
    return (
        select(*columns)
        .select_from(Ticket)
        .join(Order, Order.id == Ticket.order_id)
        .join(OrderItem, OrderItem.id == Ticket.order_item_id)
        .join(Offer, Offer.id == Ticket.offer_id)
        .join(TicketType, TicketType.id == Offer.ticket_type_id)
        .join(Event, Event.id == Ticket.event_id)
        .join(Venue, Venue.id == Event.venue_id)
    )


@functools.cache
def _listed() -> Select[*tuple[Any, ...]]:
    return _joined(*_columns())


@functools.cache
def _detailed() -> Select[*tuple[Any, ...]]:
    scanned_by = (
        select(User.uuid)
        .join(CheckIn, CheckIn.actor_id == User.id)
        .where(CheckIn.ticket_id == Ticket.id, CheckIn.result == ADMITTED)
        .order_by(CheckIn.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        _joined(
            *_columns(),
            Ticket.attendee_phone,
            Ticket.updated_at,
            Order.user_id.label("order_user_id"),
            Order.buyer_name.label("order_buyer_name"),
            Order.buyer_email.label("order_buyer_email"),
            Event.terms_and_conditions.label("event_terms"),
            Organization.name.label("organization_name"),
            Organization.logo.label("organization_logo"),
            Organization.accent.label("organization_accent"),
            EventDay.date.label("offer_day"),
            scanned_by.label("scanned_by"),
        )
        .join(Organization, Organization.id == Event.organization_id)
        .outerjoin(EventDay, EventDay.id == Offer.day_id)
    )


@functools.cache
def _ordered() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Order.id,
            Order.uuid,
            Order.number,
            Order.user_id,
            Order.organization_id,
            Order.status,
            Order.language,
            Order.confirmed_at,
            Order.updated_at,
            Organization.name.label("organization_name"),
            *_event_columns(),
        )
        .join(Event, Event.id == Order.event_id)
        .join(Venue, Venue.id == Event.venue_id)
        .join(Organization, Organization.id == Event.organization_id)
    )
