"""BTick's venues (BTick 001 §4)."""

from __future__ import annotations

from typing import Any

from flask import Response

from ticketing.api.btick import present
from ticketing.api.btick.schemas import EventInList, VenueIn, VenueOut
from ticketing.api.http import Access, ListQuery, Routes, bare_array, current_actor, window
from ticketing.queries import events
from ticketing.queries import venues as reading
from ticketing.queries.keys import Key
from ticketing.services import venues

bp = Routes("btick_venues", prefix="/api/v1/venues", tag="Venues")


@bp.get("/", access=Access.ANYBODY)
@bp.arguments(ListQuery, location="query")
@bp.response(200, VenueOut(many=True))
def list_venues(query: dict[str, Any]) -> Response:
    """List the public venues, by name."""
    rows = window(query)
    return bare_array(reading.find_all(*rows), rows, present.venue)


@bp.post("/")
@bp.arguments(VenueIn)
@bp.response(201, VenueOut)
def create_venue(body: dict[str, Any]) -> Any:
    """Add a venue to the public list (staff)."""
    return present.venue(venues.create(current_actor(), **body))


@bp.get("/<key:venue>/", access=Access.ANYBODY)
@bp.response(200, VenueOut)
def get_venue(venue: Key) -> Any:
    """One venue."""
    return present.venue(reading.get(current_actor(), venue))


@bp.put("/<key:venue>/")
@bp.arguments(VenueIn)
@bp.response(200, VenueOut)
def update_venue(body: dict[str, Any], venue: Key) -> Any:
    """Change a venue (its managers)."""
    return present.venue(venues.update(current_actor(), venue, **body))


@bp.patch("/<key:venue>/")
@bp.arguments(VenueIn(partial=True))
@bp.response(200, VenueOut)
def patch_venue(body: dict[str, Any], venue: Key) -> Any:
    """Change some of a venue (its managers)."""
    return present.venue(venues.update(current_actor(), venue, **body))


@bp.delete("/<key:venue>/")
@bp.refuses(400)
@bp.response(204)
def delete_venue(venue: Key) -> None:
    """Remove a venue where nothing takes or took place (staff)."""
    venues.delete(current_actor(), venue)


@bp.get("/<key:venue>/schedule/", access=Access.ANYBODY)
@bp.arguments(ListQuery, location="query")
@bp.response(200, EventInList(many=True))
def venue_schedule(query: dict[str, Any], venue: Key) -> Response:
    """List the published events that will start there, soonest first."""
    rows = window(query)
    return bare_array(events.schedule(current_actor(), venue, *rows), rows, present.event_in_list)
