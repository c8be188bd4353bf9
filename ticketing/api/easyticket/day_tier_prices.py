"""EasyTicket's prices by day and tier (EasyTicket 003, Day+Tier Prices)."""

from __future__ import annotations

from typing import Any

from ticketing.api.easyticket import ticket_present as present
from ticketing.api.easyticket.ticket_schemas import (
    DayTierPriceIn,
    DayTierPriceOut,
    DayTierPriceQuery,
    MatrixOut,
    MatrixQuery,
)
from ticketing.api.http import Access, Routes, current_actor
from ticketing.api.paging import page, page_of
from ticketing.queries import ticket_parts as reading
from ticketing.queries import ticket_types
from ticketing.queries.keys import Key
from ticketing.queries.ticket_parts import PartFilter
from ticketing.services import offers

bp = Routes("easyticket_day_tier_prices", prefix="/api/tickets/day-tier-prices", tag="Tickets")
_KIND, _WHAT = offers.CELL.pricing_type, offers.CELL.name


@bp.get("/", access=Access.ANYBODY)
@bp.arguments(DayTierPriceQuery, location="query")
@bp.refuses(404)
@bp.response(200, page_of(DayTierPriceOut, "DayTierPricePageOut"))
def list_day_tier_prices(query: dict[str, Any]) -> Any:
    """List the prices by day and tier, by day and tier."""
    number, size = query.pop("page"), query.pop("page_size")
    found = reading.find(current_actor(), _KIND, PartFilter(**query), number, size)
    return page(found.rows, found.total, {"page": number, "page_size": size}, present.day_tier_price)


@bp.post("/")
@bp.arguments(DayTierPriceIn)
@bp.response(201, DayTierPriceOut)
def create_day_tier_price(body: dict[str, Any]) -> Any:
    """Add a price of a tier on a day to a ticket type (organizers of the event)."""
    return _shown(offers.create_day_tier_price(current_actor(), **body).id)


@bp.get("/matrix/", access=Access.ANYBODY)
@bp.arguments(MatrixQuery, location="query")
@bp.refuses(404)
@bp.response(200, MatrixOut)
def get_pricing_matrix(query: dict[str, Any]) -> Any:
    """The prices of a ticket type by day and tier: those that are switched on."""
    return present.matrix(ticket_types.matrix(current_actor(), query["ticket_type"]))


@bp.get("/<key:day_tier_price>/", access=Access.ANYBODY)
@bp.response(200, DayTierPriceOut)
def get_day_tier_price(day_tier_price: Key) -> Any:
    """One price of a tier on a day."""
    return _shown(day_tier_price)


@bp.put("/<key:day_tier_price>/")
@bp.arguments(DayTierPriceIn)
@bp.response(200, DayTierPriceOut)
def update_day_tier_price(body: dict[str, Any], day_tier_price: Key) -> Any:
    """Change a price of a tier on a day (organizers of the event).

    Its quantity never falls below what is sold or held, and its day is fixed once it is ordered.
    """
    return _shown(offers.update_part(current_actor(), day_tier_price, offers.CELL, **body).id)


@bp.patch("/<key:day_tier_price>/")
@bp.arguments(DayTierPriceIn(partial=True))
@bp.response(200, DayTierPriceOut)
def patch_day_tier_price(body: dict[str, Any], day_tier_price: Key) -> Any:
    """Change some of a price of a tier on a day (organizers of the event)."""
    return _shown(offers.update_part(current_actor(), day_tier_price, offers.CELL, **body).id)


@bp.delete("/<key:day_tier_price>/")
@bp.refuses(400)
@bp.response(204)
def delete_day_tier_price(day_tier_price: Key) -> None:
    """Remove a price of a tier on a day that nobody has ordered (organizers of the event)."""
    offers.delete_part(current_actor(), day_tier_price, offers.CELL)


def _shown(key: Key) -> dict[str, Any]:
    return present.day_tier_price(reading.get(current_actor(), _KIND, key, _WHAT))
