"""BTick's ticket types (BTick 001 §6)."""

from __future__ import annotations

from typing import Any

from flask import Response

from ticketing.api.btick import present
from ticketing.api.btick.schemas import TicketIn, TicketMini, TicketOut, TicketQuery
from ticketing.api.http import Access, Routes, bare_array, current_actor, window
from ticketing.queries import offers as reading
from ticketing.queries.keys import Key
from ticketing.services import offers

bp = Routes("btick_tickets", prefix="/api/v1/tickets", tag="Tickets")


@bp.get("/", access=Access.ANYBODY)
@bp.arguments(TicketQuery, location="query")
@bp.response(200, TicketMini(many=True))
def list_tickets(query: dict[str, Any]) -> Response:
    """List the ticket types, the cheapest first."""
    rows = window(query)
    return bare_array(reading.find_all(current_actor(), *rows, event=query["event"]), rows, present.ticket)


@bp.post("/")
@bp.arguments(TicketIn)
@bp.response(201, TicketOut)
def create_ticket(body: dict[str, Any]) -> Any:
    """Add a ticket type to an event (owners and managers of its organization)."""
    offer = offers.create_simple(current_actor(), **{"size": 0, **body})
    return present.ticket_in_full(reading.get(current_actor(), offer.id))


@bp.get("/<key:ticket>/", access=Access.ANYBODY)
@bp.response(200, TicketMini)
def get_ticket(ticket: Key) -> Any:
    """One ticket type."""
    return present.ticket(reading.get(current_actor(), ticket))


@bp.put("/<key:ticket>/")
@bp.arguments(TicketIn)
@bp.response(200, TicketOut)
def update_ticket(body: dict[str, Any], ticket: Key) -> Any:
    """Change a ticket type (owners and managers).

    Its quota never falls below what is sold or held.
    """
    offer = offers.update_simple(current_actor(), ticket, **body)
    return present.ticket_in_full(reading.get(current_actor(), offer.id))


@bp.patch("/<key:ticket>/")
@bp.arguments(TicketIn(partial=True))
@bp.response(200, TicketOut)
def patch_ticket(body: dict[str, Any], ticket: Key) -> Any:
    """Change some of a ticket type (owners and managers)."""
    offer = offers.update_simple(current_actor(), ticket, **body)
    return present.ticket_in_full(reading.get(current_actor(), offer.id))


@bp.delete("/<key:ticket>/")
@bp.refuses(400)
@bp.response(204)
def delete_ticket(ticket: Key) -> None:
    """Remove a ticket type that nobody has ordered (owners and managers)."""
    offers.delete(current_actor(), ticket)
