"""EasyTicket's day passes (EasyTicket 003, Day Passes): parts of day-based ticket types."""

from __future__ import annotations

from typing import Any

from ticketing.api.easyticket import ticket_present as present
from ticketing.api.easyticket.ticket_schemas import DayPassIn, DayPassOut, DayPassQuery
from ticketing.api.http import Access, Routes, current_actor
from ticketing.api.paging import page, page_of
from ticketing.queries import ticket_parts as reading
from ticketing.queries.keys import Key
from ticketing.queries.ticket_parts import PartFilter
from ticketing.services import offers

bp = Routes("easyticket_day_passes", prefix="/api/tickets/day-passes", tag="Tickets")
_KIND, _WHAT = offers.DAY_PASS.pricing_type, offers.DAY_PASS.name


@bp.get("/", access=Access.ANYBODY)
@bp.arguments(DayPassQuery, location="query")
@bp.refuses(404)
@bp.response(200, page_of(DayPassOut, "DayPassPageOut"))
def list_day_passes(query: dict[str, Any]) -> Any:
    """List the day passes, by day; those for all days come last."""
    number, size = query.pop("page"), query.pop("page_size")
    found = reading.find(current_actor(), _KIND, PartFilter(**query), number, size)
    return page(found.rows, found.total, {"page": number, "page_size": size}, present.day_pass)


@bp.post("/")
@bp.arguments(DayPassIn)
@bp.response(201, DayPassOut)
def create_day_pass(body: dict[str, Any]) -> Any:
    """Add a day pass to a ticket type (organizers of the event)."""
    return _shown(offers.create_day_pass(current_actor(), **body).id)


@bp.get("/<key:day_pass>/", access=Access.ANYBODY)
@bp.response(200, DayPassOut)
def get_day_pass(day_pass: Key) -> Any:
    """One day pass."""
    return _shown(day_pass)


@bp.put("/<key:day_pass>/")
@bp.arguments(DayPassIn)
@bp.response(200, DayPassOut)
def update_day_pass(body: dict[str, Any], day_pass: Key) -> Any:
    """Change a day pass (organizers of the event).

    Its quantity never falls below what is sold or held, and its day is fixed once it is ordered.
    """
    return _shown(offers.update_part(current_actor(), day_pass, offers.DAY_PASS, **body).id)


@bp.patch("/<key:day_pass>/")
@bp.arguments(DayPassIn(partial=True))
@bp.response(200, DayPassOut)
def patch_day_pass(body: dict[str, Any], day_pass: Key) -> Any:
    """Change some of a day pass (organizers of the event)."""
    return _shown(offers.update_part(current_actor(), day_pass, offers.DAY_PASS, **body).id)


@bp.delete("/<key:day_pass>/")
@bp.refuses(400)
@bp.response(204)
def delete_day_pass(day_pass: Key) -> None:
    """Remove a day pass that nobody has ordered (organizers of the event)."""
    offers.delete_part(current_actor(), day_pass, offers.DAY_PASS)


def _shown(key: Key) -> dict[str, Any]:
    return present.day_pass(reading.get(current_actor(), _KIND, key, _WHAT))
