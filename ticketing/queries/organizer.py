"""What those who put events on read: their events, one of them in figures. Flat rows, a fixed number of
statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, case, func, select

from ticketing import clock
from ticketing.errors import NotFound
from ticketing.extensions import db
from ticketing.models import Event, Membership, Order, Organization, Ticket, Venue
from ticketing.models.events import DRAFT
from ticketing.models.orders import EXPIRED, PENDING
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


#: A hold that has ended reads as expired before any sweep has noticed.
standing = case(
    (and_(Order.status == PENDING, Order.expires_at <= bindparam("now", type_=UtcDateTime())), EXPIRED),
    else_=Order.status,
)
