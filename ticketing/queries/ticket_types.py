"""Reading ticket types with their stock, as flat rows: a statement a list, and one to count it.

A row has the type's own columns under their names; ``event_uuid, event_title, event_slug, pricing_type,
currency``; and what its offers come to: ``price`` (minor units, the lowest), ``lowest`` (of those that are
switched on), ``total, sold, is_on_sale``. ``left(row)`` says how many can still be had.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Row,
    Select,
    Subquery,
    and_,
    case,
    cast,
    func,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from ticketing import clock, policy
from ticketing.errors import NotFound
from ticketing.extensions import db
from ticketing.models import Event, Offer, Quota, TicketType
from ticketing.policy import Actor
from ticketing.queries import ticket_parts
from ticketing.queries.keys import Key, condition_for, permission_to_see
from ticketing.queries.offers import available
from ticketing.queries.ticket_parts import Found, ordered, part_is_open, type_is_open, visible

#: More types than any event has.
_MOST_TYPES = 1000


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list of ticket types is asked for; None asks for nothing. ``ordering``: words with commas
    between them, each with ``-`` for descending."""

    event: Key | None = None
    pricing_type: str | None = None
    is_active: bool | None = None
    is_on_sale: bool | None = None
    search: str = ""
    ordering: str = ""


@dataclass(frozen=True, slots=True)
class TypeRows:
    """A ticket type and its parts, by day and tier; a simple type has one, with its price."""

    row: Any
    parts: Sequence[Row[Any]]


def find(actor: Actor, wanted: Filter, page: int, size: int) -> Found:
    """One page of the ticket types, the oldest first. Two statements.

    Everybody sees what is switched on of published events; members of an organization and staff all of it.
    """
    now = clock.now()
    where = [
        visible(actor, in_lists=wanted.event is None or isinstance(wanted.event, int)),
        *_conditions(wanted, now),
    ]
    total = db.session.scalar(select(func.count()).select_from(TicketType).join(Event).where(*where)) or 0
    return Found(_read(where, now, size, (page - 1) * size, wanted.ordering), total)


def of_event(actor: Actor, key: Key, limit: int, offset: int = 0) -> Sequence[Row[Any]]:
    """An event's ticket types, the oldest first (EasyTicket 003, Ticket Type Custom Actions).

    :raises NotFound: there is no such event, or it is a stranger's draft.
    """
    event = db.session.execute(
        select(Event.id, Event.organization_id, Event.published_at, Event.is_unlisted).where(
            condition_for(Event, key)
        )
    ).one_or_none()
    if event is None:
        raise NotFound("event")
    policy.require(actor, permission_to_see(key), event)
    return _read([Event.id == event.id, visible(actor)], clock.now(), limit, offset)


def whole_of_event(actor: Actor, event_id: int) -> list[TypeRows]:
    """All types of an event that the actor may see, with their parts, the oldest first. Two statements."""
    parts: defaultdict[Any, list[Row[Any]]] = defaultdict(list)
    for part in ticket_parts.of_event(actor, event_id):
        parts[part.ticket_type].append(part)
    types = _read([Event.id == event_id, visible(actor)], clock.now(), _MOST_TYPES, 0)
    return [TypeRows(row, parts[row.uuid]) for row in types]


def on_sale(actor: Actor, limit: int, offset: int = 0) -> Sequence[Row[Any]]:
    """The ticket types of which some can be had now, the oldest first. One statement."""
    now = clock.now()
    where = [visible(actor, in_lists=True), *_conditions(Filter(is_on_sale=True), now)]
    return _read(where, now, limit, offset)


def get(actor: Actor, key: Key) -> TypeRows:
    """One ticket type with its parts. Two statements.

    :raises NotFound: there is none, or none that the actor may see.
    """
    wanted = (
        select(TicketType.id)
        .join(Event)
        .where(condition_for(TicketType, key), visible(actor, in_lists=isinstance(key, int)))
    )
    row = db.session.execute(_types(wanted.cte("wanted"), clock.now())).one_or_none()
    if row is None:
        raise NotFound("ticket type")
    return TypeRows(row, ticket_parts.of_type(actor, row.id))


def matrix(actor: Actor, key: Key) -> TypeRows:
    """One ticket type with those of its parts that are switched on. Two statements.

    :raises NotFound: there is none, or none that the actor may see.
    """
    wanted = select(TicketType.id, TicketType.uuid).join(Event)
    row = db.session.execute(
        wanted.where(condition_for(TicketType, key), visible(actor, in_lists=isinstance(key, int)))
    ).one_or_none()
    if row is None:
        raise NotFound("ticket type")
    return TypeRows(row, ticket_parts.of_type(actor, row.id, only_active=True))


def left(row: Row[Any]) -> int:
    """Tickets of a type that can still be had: the least of what its own total leaves, what its event or all
    its days still admit, and, where it has parts, what those that are switched on have together.

    Each part has what the scarcest of its stocks has, so a day that several parts share may count more than
    once: this may be more than an order gets, never less.
    """
    bounds = (row.total_left, row.event_left, row.parts_left)
    return max(min((bound for bound in bounds if bound is not None), default=0), 0)


def _read(
    where: Sequence[ColumnElement[bool]], now: datetime, limit: int, offset: int, ordering: str = ""
) -> Sequence[Row[Any]]:
    order = [*ordered(ordering, _words(), ("created_at",)), TicketType.id]
    position = func.row_number().over(order_by=order).label("position")
    chosen = select(TicketType.id, position).join(Event).where(*where)
    wanted = chosen.order_by(position).limit(limit).offset(offset).cte("wanted")
    return db.session.execute(_types(wanted, now).order_by(wanted.c.position)).all()


def _types(wanted: CTE, now: datetime) -> Select[Any]:
    total, offers = aliased(Quota), _offers_of(wanted, now)
    is_open = and_(*type_is_open(now), func.coalesce(offers.c.open, 0) > 0)
    columns: tuple[Any, ...] = (
        TicketType.id,
        TicketType.uuid,
        TicketType.name,
        TicketType.description,
        TicketType.benefits,
        TicketType.sales_start_at,
        TicketType.sales_end_at,
        TicketType.min_purchase,
        TicketType.max_purchase,
        TicketType.is_active,
        TicketType.created_at,
        TicketType.updated_at,
        Event.uuid.label("event_uuid"),
        Event.title.label("event_title"),
        Event.slug.label("event_slug"),
        Event.pricing_type,
        Event.currency,
        offers.c.price,
        offers.c.lowest,
        func.coalesce(total.size, offers.c.size, 0).label("total"),
        func.coalesce(offers.c.sold, 0).label("sold"),
        is_open.label("is_on_sale"),
        (total.size - total.held - total.sold).label("total_left"),
        _event_left().label("event_left"),
        offers.c.left.label("parts_left"),
    )
    return (
        select(*columns)
        .select_from(TicketType)
        .join(wanted, wanted.c.id == TicketType.id)
        .join(Event, Event.id == TicketType.event_id)
        .outerjoin(total, total.id == TicketType.quota_id)
        .outerjoin(offers, offers.c.ticket_type_id == TicketType.id)
    )


def _offers_of(wanted: CTE, now: datetime) -> Subquery:
    """What the offers of each wanted type come to."""
    on_offer = case((Offer.is_active, available()), else_=0)
    return (
        select(
            Offer.ticket_type_id,
            func.min(Offer.price).label("price"),
            func.min(case((Offer.is_active, Offer.price))).label("lowest"),
            cast(func.sum(Quota.size), BigInteger).label("size"),
            cast(func.sum(Quota.sold), BigInteger).label("sold"),
            cast(func.sum(on_offer), BigInteger).label("left"),
            func.max(case((and_(*part_is_open(now)), 1), else_=0)).label("open"),
        )
        .join(wanted, wanted.c.id == Offer.ticket_type_id)
        .join(Quota, Quota.id == Offer.quota_id)
        .group_by(Offer.ticket_type_id)
        .subquery("offers_of_types")
    )


def _event_left() -> ColumnElement[int]:
    """What the event, or its days together, still admit; nothing where it has no bound."""
    bound = aliased(Quota)
    return (
        select(cast(func.sum(bound.size - bound.held - bound.sold), BigInteger))
        .where(bound.event_id == Event.id, bound.kind.in_(("event", "day")))
        .correlate(Event)
        .scalar_subquery()
    )


def _words() -> dict[str, ColumnElement[Any]]:
    """What a list of types may be ordered by."""
    total, own = aliased(Quota), aliased(Quota)
    of_type = Offer.ticket_type_id == TicketType.id
    lowest = select(func.min(Offer.price)).where(of_type, Offer.is_active)
    size = select(total.size).where(total.id == TicketType.quota_id)
    sizes = select(func.sum(own.size)).join(Offer, Offer.quota_id == own.id).where(of_type)
    return {
        "created_at": TicketType.created_at.expression,
        "price": func.coalesce(lowest.correlate(TicketType).scalar_subquery(), 0),
        "total_quantity": func.coalesce(
            size.correlate(TicketType).scalar_subquery(), sizes.correlate(TicketType).scalar_subquery(), 0
        ),
    }


def _conditions(wanted: Filter, now: datetime) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.event is not None:
        conditions.append(condition_for(Event, wanted.event))
    if wanted.pricing_type is not None:
        conditions.append(Event.pricing_type == wanted.pricing_type)
    if wanted.is_active is not None:
        conditions.append(TicketType.is_active == wanted.is_active)
    if wanted.is_on_sale is not None:
        part = select(Offer.id).where(Offer.ticket_type_id == TicketType.id, *part_is_open(now)).exists()
        is_open = and_(*type_is_open(now), part)
        conditions.append(is_open if wanted.is_on_sale else ~is_open)
    if wanted.search:
        conditions.append(_holds(wanted.search))
    return conditions


def _holds(words: str) -> ColumnElement[bool]:
    """The words stand in the name, the description or the benefits, in whatever case. Both sides are lowered
    by the database: SQLite knows no capitals but English ones."""
    escaped = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    pattern = func.lower(f"%{escaped}%")
    columns = (TicketType.name, TicketType.description, TicketType.benefits)
    return or_(*(func.lower(column).like(pattern, escape="\\") for column in columns))
