"""What an event sells at this moment, read from loaded rows: for showing, never for deciding a sale."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ticketing import clock
from ticketing.models import Event, Offer, TicketType
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


def offers_of(ticket_type: TicketType, event: Event) -> list[OfferOnSale]:
    """What a ticket type offers; needs ``offers`` and their ``quotas`` loaded."""
    return [_on_sale(offer, ticket_type, event) for offer in ticket_type.offers if offer.is_active]


def _on_sale(offer: Offer, ticket_type: TicketType, event: Event) -> OfferOnSale:
    left = min((quota.available for quota in offer.quotas), default=0)
    opens = max((at for at in (offer.sales_start_at, ticket_type.sales_start_at) if at), default=None)
    closes = min((at for at in (offer.sales_end_at, ticket_type.sales_end_at) if at), default=None)
    return OfferOnSale(
        id=offer.id,
        name=" – ".join(part for part in (offer.tier_name, offer.day_name) if part) or ticket_type.name,
        full_name=full_name(ticket_type.name, offer.tier_name, offer.day_name),
        price=offer.price,
        state=_state(left, opens, closes or event.ends_at),
        left=left,
        least=ticket_type.min_purchase,
        most=max(0, min(ticket_type.max_purchase, left)),
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
