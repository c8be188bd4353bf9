"""What an organizer can hand out at the box office: everything that the event has, on sale or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, bindparam, func, select

from ticketing.extensions import db
from ticketing.models import EventDay, Offer, TicketType
from ticketing.models.offers import full_name
from ticketing.queries.offers import available


@dataclass(frozen=True, slots=True)
class DeskOffer:
    """One offer: its price in minor units, how many are left of it, and whether the public can be sold it."""

    id: int
    full_name: str
    price: int
    left: int
    is_on_offer: bool


_OFFERS: Select[*tuple[Any, ...]] = (
    select(
        Offer.id,
        Offer.price,
        Offer.tier_name,
        Offer.day_name,
        TicketType.name,
        available().label("left"),
        (Offer.is_active & TicketType.is_active).label("is_on_offer"),
    )
    .join(TicketType, TicketType.id == Offer.ticket_type_id)
    .outerjoin(EventDay, EventDay.id == Offer.day_id)
    .where(Offer.event_id == bindparam("event"))
    .order_by(
        (Offer.is_active & TicketType.is_active).desc(),
        TicketType.id,
        Offer.is_all_days,
        func.coalesce(EventDay.number, 0),
        func.coalesce(Offer.tier_number, 0),
        Offer.id,
    )
)


def of_event(event_id: int) -> Sequence[DeskOffer]:
    """An event's offers, those that are switched off last. One statement."""
    return [
        DeskOffer(
            row.id,
            full_name(row.name, row.tier_name, row.day_name),
            row.price,
            max(row.left or 0, 0),
            bool(row.is_on_offer),
        )
        for row in db.session.execute(_OFFERS, {"event": event_id})
    ]
