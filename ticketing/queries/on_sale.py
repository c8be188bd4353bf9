"""What an event sells at this moment: for showing, never for deciding a sale."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from itertools import groupby
from typing import Any

from sqlalchemy import Row, bindparam, func, select
from sqlalchemy.orm import aliased

from ticketing import clock
from ticketing.extensions import db
from ticketing.models import Event, EventDay, Offer, Quota, TicketType, offer_quotas
from ticketing.models.offers import full_name


class SaleState(StrEnum):
    """Why an offer can, or cannot, be chosen."""

    OPEN = "open"
    SOON = "soon"
    OVER = "over"
    SOLD_OUT = "sold_out"


@dataclass(frozen=True, slots=True)
class DayOnSale:
    """A day of the event's programme; ``number`` counts from 1."""

    number: int
    name: str
    date: date | None


@dataclass(frozen=True, slots=True)
class Bound:
    """A stock that several offers share: a type's total (``type``), what a ``day`` or the ``event`` admits.
    ``left`` in tickets; ``day`` is the day that a bound of that kind is about."""

    id: int
    kind: str
    left: int
    day: DayOnSale | None


@dataclass(frozen=True, slots=True)
class OfferOnSale:
    """One offer as a buyer meets it. ``left`` counts tickets over all its stocks, ``own_left`` those of its
    own; ``most`` is what one order may take of it."""

    id: int
    type_id: int
    name: str
    full_name: str
    price: int
    state: SaleState
    left: int
    own_left: int
    least: int
    most: int
    opens_at: datetime | None
    closes_at: datetime | None
    tier_number: int | None
    tier_name: str
    day: DayOnSale | None
    is_all_days: bool
    bounds: Sequence[Bound]

    @property
    def is_open(self) -> bool:
        """It can be chosen now."""
        return self.state is SaleState.OPEN


@dataclass(frozen=True, slots=True)
class TypeOnSale:
    """A ticket type and what it offers: by the day, then by the tier; what is for all days comes last."""

    name: str
    description: str
    benefits: str
    offers: Sequence[OfferOnSale]


_DAY, _BOUND_DAY = aliased(EventDay), aliased(EventDay)

#: A row per offer and stock that it draws on.
_ON_SALE = (
    select(
        Offer.id,
        Offer.price,
        Offer.tier_number,
        Offer.tier_name,
        Offer.day_name,
        Offer.is_all_days,
        Offer.sales_start_at.label("offer_start"),
        Offer.sales_end_at.label("offer_end"),
        TicketType.id.label("type_id"),
        TicketType.name,
        TicketType.description,
        TicketType.benefits,
        TicketType.min_purchase,
        TicketType.max_purchase,
        TicketType.sales_start_at.label("type_start"),
        TicketType.sales_end_at.label("type_end"),
        _DAY.number.label("day_number"),
        _DAY.date.label("day_date"),
        Quota.id.label("quota_id"),
        Quota.kind,
        (Quota.size - Quota.held - Quota.sold).label("left"),
        _BOUND_DAY.number.label("bound_number"),
        _BOUND_DAY.name.label("bound_name"),
        _BOUND_DAY.date.label("bound_date"),
    )
    .join(TicketType, TicketType.id == Offer.ticket_type_id)
    .join(offer_quotas, offer_quotas.c.offer_id == Offer.id)
    .join(Quota, Quota.id == offer_quotas.c.quota_id)
    .outerjoin(_DAY, _DAY.id == Offer.day_id)
    .outerjoin(_BOUND_DAY, _BOUND_DAY.quota_id == Quota.id)
    .where(Offer.event_id == bindparam("event_id"), Offer.is_active, TicketType.is_active)
    .order_by(
        TicketType.id,
        Offer.is_all_days,
        func.coalesce(_DAY.number, 0),
        func.coalesce(Offer.tier_number, 0),
        Offer.id,
        Quota.id,
    )
)
_AnyRow = Row[*tuple[Any, ...]]


def types_on_sale(event: Event) -> list[TypeOnSale]:
    """What is switched on of an event's ticket types and offers, in one statement."""
    rows = db.session.execute(_ON_SALE, {"event_id": event.id}).all()
    types = []
    for _type_id, group in groupby(rows, key=lambda row: row.type_id):
        offers = [list(stocks) for _offer_id, stocks in groupby(group, key=lambda row: row.id)]
        first = offers[0][0]
        shown = [_on_sale(stocks, event) for stocks in offers]
        types.append(TypeOnSale(first.name, first.description, first.benefits, shown))
    return types


def _on_sale(stocks: Sequence[_AnyRow], event: Event) -> OfferOnSale:
    row = stocks[0]
    opens = max((at for at in (row.offer_start, row.type_start) if at), default=None)
    closes = min((at for at in (row.offer_end, row.type_end) if at), default=None)
    left = min(stock.left for stock in stocks)
    own = min((stock.left for stock in stocks if stock.kind == "offer"), default=left)
    return OfferOnSale(
        id=row.id,
        type_id=row.type_id,
        name=" – ".join(part for part in (row.tier_name, row.day_name) if part) or row.name,
        full_name=full_name(row.name, row.tier_name, row.day_name),
        price=row.price,
        state=_state(left, opens, closes or event.ends_at),
        left=left,
        own_left=own,
        least=row.min_purchase,
        most=max(0, min(row.max_purchase, left)),
        opens_at=opens,
        closes_at=closes,
        tier_number=row.tier_number,
        tier_name=row.tier_name,
        day=None if row.day_number is None else DayOnSale(row.day_number, row.day_name, row.day_date),
        is_all_days=row.is_all_days,
        bounds=tuple(_bounds(stocks)),
    )


def _bounds(stocks: Iterable[_AnyRow]) -> Iterable[Bound]:
    for row in stocks:
        if row.kind != "offer":
            number = row.bound_number
            day = None if number is None else DayOnSale(number, row.bound_name, row.bound_date)
            yield Bound(row.quota_id, row.kind, row.left, day)


def _state(left: int, opens: datetime | None, closes: datetime) -> SaleState:
    now = clock.now()
    if closes <= now:
        return SaleState.OVER
    if left <= 0:
        return SaleState.SOLD_OUT
    return SaleState.SOON if opens and opens > now else SaleState.OPEN
