"""EasyTicket's tiers (EasyTicket 003, Ticket Tiers): parts of tiered ticket types."""

from __future__ import annotations

from typing import Any

from ticketing.api.easyticket import ticket_present as present
from ticketing.api.easyticket.ticket_schemas import TierIn, TierOut, TierQuery
from ticketing.api.http import Access, Routes, current_actor
from ticketing.api.paging import page, page_of
from ticketing.queries import ticket_parts as reading
from ticketing.queries.keys import Key
from ticketing.queries.ticket_parts import PartFilter
from ticketing.services import offers

bp = Routes("easyticket_tiers", prefix="/api/tickets/tiers", tag="Tickets")
_KIND, _WHAT = offers.TIER.pricing_type, offers.TIER.name


@bp.get("/", access=Access.ANYBODY)
@bp.arguments(TierQuery, location="query")
@bp.refuses(404)
@bp.response(200, page_of(TierOut, "TierPageOut"))
def list_tiers(query: dict[str, Any]) -> Any:
    """List the tiers, by number."""
    number, size = query.pop("page"), query.pop("page_size")
    found = reading.find(current_actor(), _KIND, PartFilter(**query), number, size)
    return page(found.rows, found.total, {"page": number, "page_size": size}, present.tier)


@bp.post("/")
@bp.arguments(TierIn)
@bp.response(201, TierOut)
def create_tier(body: dict[str, Any]) -> Any:
    """Add a tier to a ticket type (organizers of the event)."""
    return _shown(offers.create_tier(current_actor(), **body).id)


@bp.get("/<key:tier>/", access=Access.ANYBODY)
@bp.response(200, TierOut)
def get_tier(tier: Key) -> Any:
    """One tier."""
    return _shown(tier)


@bp.put("/<key:tier>/")
@bp.arguments(TierIn)
@bp.response(200, TierOut)
def update_tier(body: dict[str, Any], tier: Key) -> Any:
    """Change a tier (organizers of the event).

    Its quantity never falls below what is sold or held.
    """
    return _shown(offers.update_part(current_actor(), tier, offers.TIER, **body).id)


@bp.patch("/<key:tier>/")
@bp.arguments(TierIn(partial=True))
@bp.response(200, TierOut)
def patch_tier(body: dict[str, Any], tier: Key) -> Any:
    """Change some of a tier (organizers of the event)."""
    return _shown(offers.update_part(current_actor(), tier, offers.TIER, **body).id)


@bp.delete("/<key:tier>/")
@bp.refuses(400)
@bp.response(204)
def delete_tier(tier: Key) -> None:
    """Remove a tier that nobody has ordered (organizers of the event)."""
    offers.delete_part(current_actor(), tier, offers.TIER)


def _shown(key: Key) -> dict[str, Any]:
    return present.tier(reading.get(current_actor(), _KIND, key, _WHAT))
