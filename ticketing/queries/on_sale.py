"""What an event sells at this moment: for showing, never for deciding a sale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from typing import Any

from sqlalchemy import Row, bindparam, func, select

from ticketing import clock
from ticketing.extensions import db
from ticketing.models import Event, Offer, Quota, TicketType, offer_quotas
from ticketing.models.offers import full_name


class SaleState(StrEnum):
    """Why an offer can, or cannot, be chosen."""

    OPEN = "open"
    SOON = "soon"
    OVER = "over"
    SOLD_OUT = "sold_out"


@dataclass(frozen=True, slots=True)
class OfferOnSale:
    """One offer as a buyer meets it. ``left`` counts tickets, ``most`` what one order may take of it."""

    id: int
    name: str
    full_name: str
    price: int
    state: SaleState
    left: int
    least: int
    most: int
    opens_at: datetime | None
    closes_at: datetime | None

    @property
    def is_open(self) -> bool:
        """It can be chosen now."""
        return self.state is SaleState.OPEN


@dataclass(frozen=True, slots=True)
class TypeOnSale:
    """A ticket type and what it offers."""

    name: str
    description: str
    offers: Sequence[OfferOnSale]


#: An offer has left what the scarcest of its quotas has.
_ON_SALE = (
    select(
        Offer.id,
        Offer.price,
        Offer.tier_name,
        Offer.day_name,
        Offer.sales_start_at.label("offer_start"),
        Offer.sales_end_at.label("offer_end"),
        TicketType.id.label("type_id"),
        TicketType.name,
        TicketType.description,
        TicketType.min_purchase,
        TicketType.max_purchase,
        TicketType.sales_start_at.label("type_start"),
        TicketType.sales_end_at.label("type_end"),
        func.min(Quota.size - Quota.held - Quota.sold).label("left"),
    )
    .join(TicketType, TicketType.id == Offer.ticket_type_id)
    .join(offer_quotas, offer_quotas.c.offer_id == Offer.id)
    .join(Quota, Quota.id == offer_quotas.c.quota_id)
    .where(Offer.event_id == bindparam("event_id"), Offer.is_active, TicketType.is_active)
    .group_by(Offer.id, TicketType.id)
    .order_by(TicketType.id, Offer.id)
)


def types_on_sale(event: Event) -> list[TypeOnSale]:
    """What is switched on of an event's ticket types and offers, in one statement."""
    rows = db.session.execute(_ON_SALE, {"event_id": event.id}).all()
    types = []
    for _type_id, group in groupby(rows, key=lambda row: row.type_id):
        offers = list(group)
        first = offers[0]
        types.append(TypeOnSale(first.name, first.description, [_on_sale(row, event) for row in offers]))
    return types


def _on_sale(row: Row[*tuple[Any, ...]], event: Event) -> OfferOnSale:
    opens = max((at for at in (row.offer_start, row.type_start) if at), default=None)
    closes = min((at for at in (row.offer_end, row.type_end) if at), default=None)
    return OfferOnSale(
        id=row.id,
        name=" – ".join(part for part in (row.tier_name, row.day_name) if part) or row.name,
        full_name=full_name(row.name, row.tier_name, row.day_name),
        price=row.price,
        state=_state(row.left, opens, closes or event.ends_at),
        left=row.left,
        least=row.min_purchase,
        most=max(0, min(row.max_purchase, row.left)),
        opens_at=opens,
        closes_at=closes,
    )


def _state(left: int, opens: datetime | None, closes: datetime) -> SaleState:
    now = clock.now()
    if closes <= now:
        return SaleState.OVER
    if left <= 0:
        return SaleState.SOLD_OUT
    return SaleState.SOON if opens and opens > now else SaleState.OPEN
