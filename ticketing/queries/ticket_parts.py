"""Reading the parts of ticket types (tiers, day passes, prices by day and tier) with their stock.

Flat rows: one statement a list, and one to count it.

A row has ``uuid, ticket_type`` (a UUID), ``price`` (minor units of ``currency``), ``pricing_type``,
``tier_number, tier_name, day_number, day_name, date, is_all_days``, the sales window and ``is_active``,
``quantity, sold, available, is_on_sale, created_at``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, UnaryExpression, and_, false, func, or_, select, true

from ticketing import clock
from ticketing.errors import NotFound
from ticketing.extensions import db
from ticketing.models import Event, EventDay, Membership, Offer, Quota, TicketType
from ticketing.models.events import PUBLISHED
from ticketing.policy import Actor
from ticketing.queries.keys import Key, condition_for
from ticketing.queries.offers import available


@dataclass(frozen=True, slots=True)
class Found:
    """Some rows of a list, and how many it has in all."""

    rows: Sequence[Row[Any]]
    total: int


@dataclass(frozen=True, slots=True)
class PartFilter:
    """What a list of parts is asked for; None asks for nothing. ``ordering``: words with commas between them,
    each with ``-`` for descending."""

    ticket_type: Key | None = None
    is_all_days: bool | None = None
    day_number: int | None = None
    tier_number: int | None = None
    is_active: bool | None = None
    ordering: str = ""


def find(actor: Actor, pricing_type: str, wanted: PartFilter, page: int, size: int) -> Found:
    """One page of the parts that types of this pricing type have. Two statements.

    Everybody sees what is switched on of published events; members of an organization and staff all of it.
    """
    where = [
        Event.pricing_type == pricing_type,
        visible(
            actor, Offer.is_active, in_lists=wanted.ticket_type is None or isinstance(wanted.ticket_type, int)
        ),
        *_conditions(wanted),
    ]
    total = db.session.scalar(_with_parents(select(func.count())).where(*where)) or 0
    statement = (
        _parts(clock.now()).where(*where).order_by(*ordered(wanted.ordering, _WORDS, _USUAL), Offer.id)
    )
    rows = db.session.execute(statement.limit(size).offset((page - 1) * size)).all()
    return Found(rows, total)


def get(actor: Actor, pricing_type: str, key: Key, what: str) -> Row[Any]:
    """One part, of a type of this pricing type; ``what`` it is called. One statement.

    :raises NotFound: there is none, or none that the actor may see.
    """
    where = (
        Event.pricing_type == pricing_type,
        condition_for(Offer, key),
        visible(actor, Offer.is_active, in_lists=isinstance(key, int)),
    )
    row = db.session.execute(_parts(clock.now()).where(*where)).one_or_none()
    if row is None:
        raise NotFound(what)
    return row


def of_type(actor: Actor, type_id: int, *, only_active: bool = False) -> Sequence[Row[Any]]:
    """All parts of a type that the actor may see, by day and tier. One statement."""
    statement = _parts(clock.now()).where(Offer.ticket_type_id == type_id, visible(actor, Offer.is_active))
    if only_active:
        statement = statement.where(Offer.is_active)
    return db.session.execute(statement.order_by(*ordered("", _WORDS, _USUAL), Offer.id)).all()


def of_event(actor: Actor, event_id: int) -> Sequence[Row[Any]]:
    """All parts of an event's types that the actor may see, by day and tier. One statement."""
    statement = _parts(clock.now()).where(Offer.event_id == event_id, visible(actor, Offer.is_active))
    return db.session.execute(statement.order_by(*ordered("", _WORDS, _USUAL), Offer.id)).all()


def visible(actor: Actor, *switches: Any, in_lists: bool = False) -> ColumnElement[bool]:
    """Types of published events that are switched on, and all that the actor's own organizations have.

    :param switches: further columns that say whether something is on.
    :param in_lists: leave out events that only those find who know their address.
    """
    if actor.is_admin:
        return true()
    own: ColumnElement[bool] = false()
    if actor.is_signed_in:
        own = Event.organization_id.in_(
            select(Membership.organization_id).where(Membership.user_id == actor.user_id)
        )
    on_show = [Event.published_at.is_not(None), TicketType.is_active, *switches]
    if in_lists:
        on_show.append(Event.is_unlisted.is_(False))
    return or_(own, and_(*on_show))


def type_is_open(now: datetime) -> tuple[Any, ...]:
    """Its event stands and is not over, the type is switched on, and this is within its sales window."""
    return Event.status == PUBLISHED, Event.ends_at > now, TicketType.is_active, *_within(TicketType, now)


def part_is_open(now: datetime) -> tuple[Any, ...]:
    """Beside its type: it is switched on, within its own sales window, and some are left."""
    return Offer.is_active, *_within(Offer, now), available() > 0


def _within(window: Any, now: datetime) -> tuple[ColumnElement[bool], ...]:
    starts, ends = window.sales_start_at, window.sales_end_at
    return or_(starts.is_(None), starts <= now), or_(ends.is_(None), ends > now)


def ordered(
    ordering: str, words: Mapping[str, ColumnElement[Any]], usual: Sequence[str]
) -> list[UnaryExpression[Any]]:
    """What to order by; the usual words where none of the given ones means anything. Nothing comes last."""
    asked = [word.strip() for word in ordering.split(",")]
    known = [word for word in asked if word.removeprefix("-") in words]
    found = []
    for word in known or usual:
        column = words[word.removeprefix("-")]
        found.append((column.desc() if word.startswith("-") else column.asc()).nulls_last())
    return found


_WORDS: dict[str, ColumnElement[Any]] = {
    "day_number": EventDay.number.expression,
    "tier_number": Offer.tier_number.expression,
    "price": Offer.price.expression,
    "date": EventDay.date.expression,
}
_USUAL = ("day_number", "tier_number")


def _conditions(wanted: PartFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.ticket_type is not None:
        conditions.append(condition_for(TicketType, wanted.ticket_type))
    for column, value in (
        (Offer.is_all_days, wanted.is_all_days),
        (Offer.is_active, wanted.is_active),
        (EventDay.number, wanted.day_number),
        (Offer.tier_number, wanted.tier_number),
    ):
        if value is not None:
            conditions.append(column == value)
    return conditions


def _parts(now: datetime) -> Select[Any]:
    columns: tuple[Any, ...] = (
        Offer.uuid,
        TicketType.uuid.label("ticket_type"),
        Event.currency,
        Event.pricing_type,
        Offer.price,
        Offer.tier_number,
        Offer.tier_name,
        EventDay.number.label("day_number"),
        Offer.day_name,
        EventDay.date,
        Offer.is_all_days,
        Offer.sales_start_at,
        Offer.sales_end_at,
        Offer.is_active,
        Quota.size.label("quantity"),
        Quota.sold,
        available().label("available"),
        and_(*type_is_open(now), *part_is_open(now)).label("is_on_sale"),
        Offer.created_at,
    )
    return _with_parents(select(*columns)).join(Quota, Quota.id == Offer.quota_id)


def _with_parents(statement: Select[Any]) -> Select[Any]:
    return (
        statement.select_from(Offer)
        .join(Event, Event.id == Offer.event_id)
        .join(TicketType, TicketType.id == Offer.ticket_type_id)
        .outerjoin(EventDay, EventDay.id == Offer.day_id)
    )
