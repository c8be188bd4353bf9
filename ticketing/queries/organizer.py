"""What those who put events on read: their events, one of them in figures. Flat rows, a fixed number of
statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, case, func, select
from sqlalchemy.orm import aliased

from ticketing import clock
from ticketing.errors import NotFound
from ticketing.extensions import db
from ticketing.models import Event, Membership, Offer, Order, Organization, Quota, Ticket, TicketType, Venue
from ticketing.models.events import DRAFT
from ticketing.models.orders import EXPIRED, ORDER_STATUSES, PENDING
from ticketing.models.tickets import VOID
from ticketing.models.types import UtcDateTime
from ticketing.policy import Actor, Permission, allows, require
from ticketing.queries import search, stock
from ticketing.queries.catalog import Page
from ticketing.queries.keys import Key, condition_for
from ticketing.queries.stock import Seats

PAGE_SIZE = 20
UPCOMING, PAST, DRAFTS = "upcoming", "past", "drafts"
PERIODS = (UPCOMING, PAST, DRAFTS)


@dataclass(frozen=True, slots=True)
class Admission:
    """How many people were let in at least once, and how many are expected in all: tickets that stand."""

    admitted: int = 0
    expected: int = 0


@dataclass(frozen=True, slots=True)
class Listed:
    """An event in a list: its row, its stock and its door."""

    event: Row[Any]
    seats: Seats
    admission: Admission


_COLUMNS = (
    Event.id,
    Event.uuid,
    Event.slug,
    Event.title,
    Event.status,
    Event.starts_at,
    Event.ends_at,
    Event.timezone,
    Event.currency,
    Event.published_at,
    Event.organization_id,
    Organization.uuid.label("organization_uuid"),
    Organization.name.label("organization_name"),
    Venue.name.label("venue_name"),
    Venue.city.label("venue_city"),
)
_EVENTS: Select[*tuple[Any, ...]] = (
    select(*_COLUMNS).select_from(Event).join(Event.organization).join(Event.venue)
)
_ADMISSIONS = (
    select(
        Ticket.event_id,
        func.count(),
        func.count().filter(Ticket.admissions > 0),
    )
    .where(Ticket.event_id.in_(bindparam("ids", expanding=True)), Ticket.status != VOID)
    .group_by(Ticket.event_id)
)


def find_events(
    actor: Actor,
    *,
    when: str,
    words: str,
    page: int,
    size: int = PAGE_SIZE,
    organization_id: int | None = None,
) -> Page:
    """The events that the actor has to do with, the next first, of past ones the latest first. Four
    statements.

    Those of the organizations that they belong to, in any role; staff have to do with all, support with all
    that were ever on show. With ``organization_id`` only those of that one.
    """
    where = [*_whose(actor), *_period(when)]
    if organization_id is not None:
        where.append(Event.organization_id == organization_id)
    if words:
        where.append(search.matching(words))
    total = db.session.scalar(select(func.count()).select_from(Event).where(*where)) or 0
    number = min(max(page, 1), max(1, -(-total // size)))
    first = {UPCOMING: Event.starts_at.asc(), PAST: Event.starts_at.desc()}.get(when, Event.created_at.desc())
    ordered = _EVENTS.where(*where).order_by(first, Event.id.desc())
    rows = db.session.execute(ordered.limit(size).offset((number - 1) * size)).all()
    ids = [row.id for row in rows]
    seats, doors = stock.seats_of(ids), admissions_of(ids)
    return Page([Listed(row, seats[row.id], doors[row.id]) for row in rows], number, size, total)


def _whose(actor: Actor) -> list[ColumnElement[bool]]:
    if actor.is_admin:
        return []
    mine = select(Membership.organization_id).where(Membership.user_id == actor.user_id)
    belongs = Event.organization_id.in_(mine)
    return [belongs | Event.published_at.is_not(None) if allows(actor, Permission.ORDER_SEE_ALL) else belongs]


def _period(when: str) -> list[ColumnElement[bool]]:
    if when == DRAFTS:
        return [Event.status == DRAFT]
    now = clock.now()
    return [Event.status != DRAFT, Event.ends_at > now if when == UPCOMING else Event.ends_at <= now]


def admissions_of(event_ids: Sequence[int]) -> dict[int, Admission]:
    """Who came and who is expected, by event. One statement."""
    if not event_ids:
        return {}
    rows = db.session.execute(_ADMISSIONS, {"ids": list(event_ids)}).all()
    found = {event_id: Admission(admitted, expected) for event_id, expected, admitted in rows}
    return {event_id: found.get(event_id, Admission()) for event_id in event_ids}


@dataclass(frozen=True, slots=True)
class TypeFigures:
    """A ticket type in numbers: tickets sold, kept for whoever is about to pay, and left."""

    name: str
    sold: int
    held: int
    left: int
    is_on_offer: bool


@dataclass(frozen=True, slots=True)
class Takings:
    """What buyers paid in one currency and got back, in minor units."""

    currency: str
    paid: int
    refunded: int

    @property
    def kept(self) -> int:
        """What is left of it."""
        return self.paid - self.refunded


@dataclass(frozen=True, slots=True)
class Overview:
    """An event at a glance. ``orders`` counts them by how they stand, a hold that has ended as expired."""

    event: Row[Any]
    seats: Seats
    types: Sequence[TypeFigures]
    orders: dict[str, int]
    takings: Sequence[Takings]
    admission: Admission


def get_event(actor: Actor, key: Key) -> Row[Any]:
    """An event whose orders the actor may see.

    :raises NotFound: there is none, or its orders are none of the actor's business.
    """
    event = db.session.execute(_EVENTS.where(condition_for(Event, key))).one_or_none()
    if event is None:
        raise NotFound("event")
    require(actor, Permission.EVENT_SEE, event)
    if not allows(actor, Permission.EVENT_SEE_ORDERS, event):
        raise NotFound("event")
    return event


def get_overview(actor: Actor, key: Key) -> Overview:
    """An event in figures. Five statements beside those that ask who the actor is.

    :raises NotFound: there is none, or its orders are none of the actor's business.
    """
    event = get_event(actor, key)
    counts, takings = _orders_of(event.id)
    return Overview(
        event,
        stock.seats_of([event.id])[event.id],
        _types_of(event.id),
        counts,
        takings or [Takings(event.currency, 0, 0)],
        admissions_of([event.id])[event.id],
    )


_OWN, _TOTAL = aliased(Quota), aliased(Quota)
_TYPES: Select[*tuple[Any, ...]] = (
    select(
        TicketType.id,
        TicketType.name,
        TicketType.is_active,
        Offer.is_active.label("is_on_offer"),
        _OWN.sold,
        _OWN.held,
        (_OWN.size - _OWN.held - _OWN.sold).label("left"),
        (_TOTAL.size - _TOTAL.held - _TOTAL.sold).label("most_left"),
    )
    .select_from(TicketType)
    .join(Offer, Offer.ticket_type_id == TicketType.id)
    .join(_OWN, _OWN.id == Offer.quota_id)
    .outerjoin(_TOTAL, _TOTAL.id == TicketType.quota_id)
    .where(TicketType.event_id == bindparam("event"))
    .order_by(TicketType.id, Offer.id)
)


def _types_of(event_id: int) -> list[TypeFigures]:
    """What each ticket type has sold and can still sell, as far as its own stocks tell."""
    rows = db.session.execute(_TYPES, {"event": event_id}).all()
    return [_figures(list(offers)) for _number, offers in groupby(rows, key=lambda row: row.id)]


def _figures(offers: list[Row[Any]]) -> TypeFigures:
    first = offers[0]
    left = sum(offer.left for offer in offers if offer.is_on_offer)
    if first.most_left is not None:
        left = max(min(left, first.most_left), 0)
    sold, held = sum(offer.sold for offer in offers), sum(offer.held for offer in offers)
    is_on_offer = first.is_active and any(offer.is_on_offer for offer in offers)
    return TypeFigures(first.name, sold, held, left, is_on_offer)


#: A hold that has ended reads as expired before any sweep has noticed.
standing = case(
    (and_(Order.status == PENDING, Order.expires_at <= bindparam("now", type_=UtcDateTime())), EXPIRED),
    else_=Order.status,
)
_ORDERS = (
    select(
        standing.label("standing"),
        Order.currency,
        func.count().label("number"),
        func.sum(Order.amount_paid).label("paid"),
        func.sum(Order.amount_refunded).label("refunded"),
    )
    .where(Order.event_id == bindparam("event"))
    .group_by("standing", Order.currency)
)


def _orders_of(event_id: int) -> tuple[dict[str, int], list[Takings]]:
    """How many orders stand how, and what was paid."""
    rows = db.session.execute(_ORDERS, {"event": event_id, "now": clock.now()}).all()
    counts = {status: sum(row.number for row in rows if row.standing == status) for status in ORDER_STATUSES}
    currencies = sorted({row.currency for row in rows})
    takings = [
        Takings(
            currency,
            int(sum(row.paid for row in rows if row.currency == currency)),
            int(sum(row.refunded for row in rows if row.currency == currency)),
        )
        for currency in currencies
    ]
    return counts, takings
