"""EasyTicket's events (EasyTicket 003, Events), apart from answers that another dialect shares."""

from __future__ import annotations

from typing import Any

from ticketing.api.easyticket import event_present as present
from ticketing.api.easyticket.event_schemas import ORDERINGS, CancellationOut
from ticketing.api.errors import fields_called
from ticketing.api.http import Routes, current_actor
from ticketing.models import Event
from ticketing.queries import winding_up
from ticketing.queries.keys import Key
from ticketing.queries.programme import Wanted
from ticketing.services import events, hosting

bp = Routes("easyticket_events", prefix="/api/events", tag="Events")

_CALLED = {
    "starts_at": "start_date",
    "ends_at": "end_date",
    "capacity": "total_capacity",
    "venue": "venue_name",
}
_VENUE = "venue_"


def wanted(query: dict[str, Any]) -> Wanted:
    """What a list's query asks for."""
    asked = {name: value for name, value in query.items() if name not in ("page", "page_size", "offset")}
    name = asked["ordering"].removeprefix("-")
    asked["ordering"] = asked["ordering"].replace(name, ORDERINGS[name])
    return Wanted(**asked)


def create(body: dict[str, Any]) -> Event:
    """``POST /api/events/`` with EasyTicket's body."""
    with fields_called(_CALLED):
        return hosting.draft(current_actor(), **_said(body))


def update(event: Key, body: dict[str, Any]) -> Event:
    """``PUT`` and ``PATCH /api/events/{key}/`` with EasyTicket's body."""
    changed = _said(body)
    changed.pop("organization", None)
    with fields_called(_CALLED):
        return hosting.change(current_actor(), event, **changed)


def _said(body: dict[str, Any]) -> dict[str, Any]:
    """A body as keywords: what it says of the venue is its ``place``."""
    place = {name.removeprefix(_VENUE): value for name, value in body.items() if name.startswith(_VENUE)}
    rest = {name: value for name, value in body.items() if not name.startswith(_VENUE)}
    return {**rest, "place": place}


@bp.delete("/<key:event>/")
@bp.refuses(400)
@bp.response(204)
def withdraw_event(event: Key) -> None:
    """Remove an event without orders (owners and managers of its organization, staff)."""
    events.delete(current_actor(), event)


@bp.get("/<key:event>/cancellation/")
@bp.refuses(403)
@bp.response(200, CancellationOut)
def event_cancellation(event: Key) -> Any:
    """How far a cancelled event's orders have ended and its refunds have come.

    For owners and managers of its organization, and staff. 404 for an event that was not cancelled.
    """
    return present.cancellation(winding_up.progress(current_actor(), event))
