"""What an event sells as its organizer sets it: its days, its ticket types, and the prices of each.

Flat rows. A price is an offer: the only one of a simple type, a tier, a day pass, or a tier on a day.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, select
from sqlalchemy.orm import aliased

from ticketing.errors import NotFound
from ticketing.extensions import db
from ticketing.models import Event, EventDay, Offer, Quota, TicketType
from ticketing.models.events import SIMPLE
from ticketing.queries.keys import Key, condition_for

_TOTAL = aliased(Quota)
_OWN_TYPE = (
    TicketType.id.label("type_id"),
    TicketType.uuid,
    TicketType.name,
    TicketType.description,
    TicketType.benefits,
    TicketType.kind,
    TicketType.sales_start_at,
    TicketType.sales_end_at,
    TicketType.min_purchase,
    TicketType.max_purchase,
    TicketType.is_active,
)
_PRICE = (
    Offer.id.label("offer_id"),
    Offer.price,
    Offer.tier_number,
    Offer.tier_name,
    EventDay.number.label("day_number"),
    Offer.day_name,
    Offer.is_all_days,
    Offer.is_active.label("is_offered"),
    Offer.sales_start_at.label("offer_start"),
    Offer.sales_end_at.label("offer_end"),
    Quota.size,
    Quota.held,
    Quota.sold,
)
#: The columns of a price that change by themselves while it is sold.
_MOVING = {"held", "sold"}
_ORDER = (
    TicketType.id,
    Offer.is_all_days,
    func.coalesce(EventDay.number, 0),
    func.coalesce(Offer.tier_number, 0),
    Offer.id,
)
_SOLD: Select[*tuple[Any, ...]] = (
    select(*_OWN_TYPE, _TOTAL.size.label("total"), *_PRICE)
    .select_from(TicketType)
    .outerjoin(_TOTAL, _TOTAL.id == TicketType.quota_id)
    .outerjoin(Offer, Offer.ticket_type_id == TicketType.id)
    .outerjoin(Quota, Quota.id == Offer.quota_id)
    .outerjoin(EventDay, EventDay.id == Offer.day_id)
    .where(TicketType.event_id == bindparam("event"))
    .order_by(*_ORDER)
)
_DAYS: Select[*tuple[Any, ...]] = (
    select(
        EventDay.id,
        EventDay.number,
        EventDay.name,
        EventDay.date,
        Quota.size,
        (Quota.held + Quota.sold).label("taken"),
    )
    .outerjoin(Quota, Quota.id == EventDay.quota_id)
    .where(EventDay.event_id == bindparam("event"))
    .order_by(EventDay.number)
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A ticket type with its prices. ``kind`` is the type's row with its ``total`` (none: it has none of its
    own), ``prices`` are rows with ``tier_number, day_number, is_all_days, price`` (minor units), ``size``,
    ``held`` and ``sold``, by day and tier."""

    kind: Row[Any]
    prices: Sequence[Row[Any]]

    @property
    def version(self) -> str:
        """Changes when anything of it is changed, and not when it is sold."""
        rows = self.prices or [self.kind]
        return _digest(
            [[value for name, value in row._mapping.items() if name not in _MOVING] for row in rows]
        )


def _digest(told: Any) -> str:
    return hashlib.sha256(repr(told).encode()).hexdigest()[:32]


def of_event(event_id: int) -> Sequence[Row[Any]]:
    """What an event sells, a row a price: its type's columns and ``total``, and its own. A type without
    prices has one row, with nothing in those. One statement."""
    return db.session.execute(_SOLD, {"event": event_id}).all()


def days_of(event_id: int) -> Sequence[Row[Any]]:
    """An event's days: ``id, number, name, date``, and ``size`` and ``taken`` of what each admits, where that
    is bounded. One statement."""
    return db.session.execute(_DAYS, {"event": event_id}).all()


def version_of_days(days: Sequence[Row[Any]]) -> str:
    """Changes when a day is added, removed, renamed or dated anew."""
    return _digest([(day.number, day.name, day.date) for day in days])


def sheet(event_id: int, key: Key) -> Sheet:
    """One ticket type of an event with all its prices. One statement.

    :raises NotFound: the event has none of that key.
    """
    rows = db.session.execute(_SOLD.where(condition_for(TicketType, key)), {"event": event_id}).all()
    if not rows:
        raise NotFound("ticket type")
    return Sheet(rows[0], [row for row in rows if row.offer_id is not None])


def simple(event_id: int, key: Key) -> Row[Any]:
    """One ticket type of a simple event, as in ``of_event``. One statement.

    :raises NotFound: the event has none of that key, or it is not sold by simple ticket types.
    """
    wanted = _SOLD.join(Event, Event.id == TicketType.event_id).where(
        Event.pricing_type == SIMPLE, condition_for(TicketType, key)
    )
    found = db.session.execute(wanted, {"event": event_id}).first()
    if found is None:
        raise NotFound("ticket type")
    return found
