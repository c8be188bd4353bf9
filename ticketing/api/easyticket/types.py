"""EasyTicket's ticket types (EasyTicket 003, Tickets)."""

from __future__ import annotations

from typing import Any

from flask import Response

from ticketing.api.easyticket import ticket_present as present
from ticketing.api.easyticket.ticket_schemas import (
    NewTypeIn,
    TypeIn,
    TypeInList,
    TypeOut,
    TypeQuery,
    TypesOfEventQuery,
)
from ticketing.api.http import Access, ListQuery, Routes, bare_array, current_actor, window
from ticketing.api.paging import page, page_of
from ticketing.queries import ticket_types as reading
from ticketing.queries.keys import Key
from ticketing.queries.ticket_types import Filter
from ticketing.services import offers

bp = Routes("easyticket_types", prefix="/api/tickets/types", tag="Tickets")


@bp.get("/", access=Access.ANYBODY)
@bp.arguments(TypeQuery, location="query")
@bp.refuses(404)
@bp.response(200, page_of(TypeInList, "TypePageOut"))
def list_ticket_types(query: dict[str, Any]) -> Any:
    """List the ticket types, the oldest first.

    Those of drafts, and those that are switched off, are for members of the organization and staff.
    """
    number, size = query.pop("page"), query.pop("page_size")
    found = reading.find(current_actor(), Filter(**query), number, size)
    return page(found.rows, found.total, {"page": number, "page_size": size}, present.type_in_list)


@bp.get("/by_event/", access=Access.ANYBODY)
@bp.arguments(TypesOfEventQuery, location="query")
@bp.refuses(404)
@bp.response(200, TypeInList(many=True))
def list_ticket_types_of_event(query: dict[str, Any]) -> Response:
    """List the ticket types of one event, the oldest first."""
    rows = window(query)
    found = reading.of_event(current_actor(), query["event_id"], *rows)
    return bare_array(found, rows, present.type_in_list)


@bp.get("/available/", access=Access.ANYBODY)
@bp.arguments(ListQuery, location="query")
@bp.response(200, TypeInList(many=True))
def list_available_ticket_types(query: dict[str, Any]) -> Response:
    """List the ticket types that are on sale and not sold out, the oldest first."""
    rows = window(query)
    return bare_array(reading.on_sale(current_actor(), *rows), rows, present.type_in_list)


@bp.post("/")
@bp.arguments(NewTypeIn)
@bp.response(201, TypeOut)
def create_ticket_type(body: dict[str, Any]) -> Any:
    """Add a ticket type to an event, with its parts where they come along (organizers of the event)."""
    return _shown(offers.create_type(current_actor(), **body).id)


@bp.get("/<key:ticket_type>/", access=Access.ANYBODY)
@bp.response(200, TypeOut)
def get_ticket_type(ticket_type: Key) -> Any:
    """One ticket type with its tiers, day passes, or prices by day and tier."""
    return _shown(ticket_type)


@bp.put("/<key:ticket_type>/")
@bp.arguments(TypeIn)
@bp.response(200, TypeOut)
def update_ticket_type(body: dict[str, Any], ticket_type: Key) -> Any:
    """Change a ticket type (organizers of the event).

    Its total never falls below what is sold or held.
    """
    return _shown(offers.update_type(current_actor(), ticket_type, **body).id)


@bp.patch("/<key:ticket_type>/")
@bp.arguments(TypeIn(partial=True))
@bp.response(200, TypeOut)
def patch_ticket_type(body: dict[str, Any], ticket_type: Key) -> Any:
    """Change some of a ticket type (organizers of the event)."""
    return _shown(offers.update_type(current_actor(), ticket_type, **body).id)


@bp.delete("/<key:ticket_type>/")
@bp.refuses(400)
@bp.response(204)
def delete_ticket_type(ticket_type: Key) -> None:
    """Remove a ticket type that nobody has ordered, with its parts (organizers of the event)."""
    offers.delete_type(current_actor(), ticket_type)


def _shown(key: Key) -> dict[str, Any]:
    return present.type_in_full(reading.get(current_actor(), key))
