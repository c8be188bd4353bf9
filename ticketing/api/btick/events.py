"""BTick's events (BTick 001 §2), apart from the URLs that another dialect shares."""

from __future__ import annotations

from typing import Any

from flask import Response

from ticketing.api.btick import present
from ticketing.api.btick.dialect import STORED_EVENT_STATUS
from ticketing.api.btick.schemas import (
    BookingForStaff,
    EventDone,
    EventIn,
    EventManaged,
    TicketMini,
)
from ticketing.api.http import Access, ListQuery, Routes, bare_array, current_actor, window
from ticketing.queries import events as reading
from ticketing.queries import offers, order_rows
from ticketing.queries.events import Filter
from ticketing.queries.keys import Key
from ticketing.services import events

bp = Routes("btick_events", prefix="/api/v1/events", tag="Events")


def programme(query: dict[str, Any]) -> Response:
    """``GET /api/v1/events/`` in BTick's shape."""
    rows = window(query)
    return bare_array(reading.programme(current_actor(), _filter(query), *rows), rows, present.event_in_list)


def own_events(query: dict[str, Any]) -> Response:
    """``GET /api/v1/events/my-events/`` in BTick's shape."""
    rows = window(query)
    return bare_array(reading.own(current_actor(), _filter(query), *rows), rows, present.event_in_list)


def event_detail(key: Key) -> dict[str, Any]:
    """``GET /api/v1/events/{key}/`` in BTick's shape."""
    row = reading.get(current_actor(), key)
    return present.event_in_detail(row, offers.on_sale_of(row.id))


def _filter(query: dict[str, Any]) -> Filter:
    asked = {name: value for name, value in query.items() if name != "offset"}
    if "status" in asked:
        asked["status"] = STORED_EVENT_STATUS[asked["status"]]
    return Filter(**asked)


@bp.post("/")
@bp.arguments(EventIn)
@bp.response(201, EventManaged)
def create_event(body: dict[str, Any]) -> Any:
    """Draft an event (owners and managers of the organization in the body)."""
    return present.event_to_manage(events.create(current_actor(), **body))


@bp.put("/<key:event>/")
@bp.arguments(EventIn)
@bp.response(200, EventManaged)
def update_event(body: dict[str, Any], event: Key) -> Any:
    """Change an event (owners and managers of its organization)."""
    return present.event_to_manage(events.update(current_actor(), event, **body))


@bp.patch("/<key:event>/")
@bp.arguments(EventIn(partial=True))
@bp.response(200, EventManaged)
def patch_event(body: dict[str, Any], event: Key) -> Any:
    """Change some of an event (owners and managers of its organization)."""
    return present.event_to_manage(events.update(current_actor(), event, **body))


@bp.delete("/<key:event>/")
@bp.refuses(400)
@bp.response(204)
def delete_event(event: Key) -> None:
    """Remove an event without orders (owners and managers of its organization)."""
    events.delete(current_actor(), event)


@bp.get("/<key:event>/tickets/", access=Access.ANYBODY)
@bp.arguments(ListQuery, location="query")
@bp.response(200, TicketMini(many=True))
def event_tickets(query: dict[str, Any], event: Key) -> Response:
    """List an event's ticket types, the cheapest first."""
    rows = window(query)
    return bare_array(offers.of_event(current_actor(), event, *rows), rows, present.ticket)


@bp.get("/<key:event>/available-tickets/", access=Access.ANYBODY)
@bp.arguments(ListQuery, location="query")
@bp.response(200, TicketMini(many=True))
def available_tickets(query: dict[str, Any], event: Key) -> Response:
    """List the ticket types of which some are left, the cheapest first."""
    rows = window(query)
    found = offers.of_event(current_actor(), event, *rows, only_available=True)
    return bare_array(found, rows, present.ticket)


@bp.post("/<key:event>/publish/")
@bp.refuses(400)
@bp.response(200, EventDone)
def publish_event(event: Key) -> Any:
    """Put a draft on sale.

    It lies in the future, was not cancelled and has a ticket type.
    """
    published = events.publish(current_actor(), event)
    return {"message": "Event published successfully", "event": event_detail(published.id)}


@bp.post("/<key:event>/cancel/")
@bp.response(200, EventDone)
def cancel_event(event: Key) -> Any:
    """Call an event off.

    Sales close, pending bookings end, paid ones are refunded, everybody is told.
    """
    cancelled = events.cancel(current_actor(), event)
    return {"message": "Event cancelled successfully", "event": event_detail(cancelled.id)}


@bp.get("/<key:event>/bookings/")
@bp.arguments(ListQuery, location="query")
@bp.refuses(403)
@bp.response(200, BookingForStaff(many=True))
def event_bookings(query: dict[str, Any], event: Key) -> Response:
    """List an event's bookings, newest first (members of its organization, support, staff)."""
    rows = window(query)
    found = order_rows.of_event(current_actor(), event, *rows)
    return bare_array(found, rows, present.booking_for_staff)
