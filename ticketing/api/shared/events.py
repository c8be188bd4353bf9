"""``/api/v1/events/``, its ``my-events/`` and a single event's page: URLs of more than one dialect.

Each view is where the dialect of a request is told; BTick's is the default.
"""

from __future__ import annotations

from typing import Any

from flask import Response

from ticketing.api.btick import events as btick
from ticketing.api.btick.schemas import EventInList, EventOut, EventQuery
from ticketing.api.http import Access, Routes
from ticketing.queries.keys import Key

bp = Routes("shared_events", prefix="/api/v1/events", tag="Events")


@bp.get("/", access=Access.ANYBODY)
@bp.arguments(EventQuery, location="query")
@bp.response(200, EventInList(many=True))
def list_events(query: dict[str, Any]) -> Response:
    """List the published events that are not over, soonest first."""
    return btick.programme(query)


@bp.get("/my-events/")
@bp.arguments(EventQuery, location="query")
@bp.refuses(403)
@bp.response(200, EventInList(many=True))
def list_my_events(query: dict[str, Any]) -> Response:
    """List the events of the caller's organizations, whatever their status (organizers)."""
    return btick.own_events(query)


@bp.get("/<key:event>/", access=Access.ANYBODY)
@bp.response(200, EventOut)
def get_event(event: Key) -> Any:
    """One event with its ticket types.

    Drafts are for members and staff.
    """
    return btick.event_detail(event)
