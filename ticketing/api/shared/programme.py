"""``/api/events/``: events that EasyTicket's and SecureTicket's clients both understand.

Every event object has the keys of both. A body with ``total_seats`` is SecureTicket's, others EasyTicket's.
"""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import Schema, fields

from ticketing.api.easyticket import event_present, event_schemas
from ticketing.api.easyticket import events as easyticket
from ticketing.api.http import (
    Access,
    Either,
    ListQuery,
    Routes,
    Said,
    bare_array,
    current_actor,
    window,
)
from ticketing.api.paging import page, page_of
from ticketing.api.secureticket import events as secureticket
from ticketing.policy import Permission, allows
from ticketing.queries import programme, ticket_types
from ticketing.queries.keys import Key
from ticketing.queries.programme import Shown
from ticketing.services import events

bp = Routes("shared_programme", prefix="/api/events", tag="Events")


class EventInList(event_schemas.EventInList, secureticket.EventKeys):
    """Event as lists show it, with the keys of both dialects."""


class EventOut(event_schemas.EventOut, secureticket.EventKeys):
    """Event with the keys of both dialects, and what it sells."""


class EventDoneOut(EventOut):
    """Event after a deed, and what that was."""

    message = fields.String()


def _shape_of(body: dict[str, Any]) -> type[Schema]:
    """Whose body it is. A whole event that was read here has the keys of both: those who may not send
    SecureTicket's mean EasyTicket's."""
    is_both = "total_seats" in body and "start_date" in body
    if is_both and not allows(current_actor(), Permission.EVENT_STAGE):
        return event_schemas.EventIn
    return secureticket.EventIn if "total_seats" in body else event_schemas.EventIn


_WHOLE = Either(_shape_of, event_schemas.EventIn, secureticket.EventIn)
_PARTS = Either(
    _shape_of, event_schemas.EventIn(partial=True), secureticket.EventIn(partial=True), overlap=True
)


@bp.get("/", access=Access.ANYBODY)
@bp.arguments(event_schemas.EventQuery, location="query")
@bp.refuses(404)
@bp.response(200, page_of(EventInList, "EventPageOut"))
def browse_events(query: dict[str, Any]) -> Any:
    """List the published events, over or not, latest first.

    Organizers see their own drafts and cancelled events beside them, staff everybody's.
    """
    number, size = query["page"], query["page_size"]
    found = programme.find(current_actor(), easyticket.wanted(query), page=number, size=size)
    return page(found.rows, found.total, query, event_in_list)


@bp.get("/search/", access=Access.ANYBODY)
@bp.arguments(event_schemas.EventSearch, location="query")
@bp.response(200, EventInList(many=True))
def search_events(query: dict[str, Any]) -> Response:
    """The same events and filters as the list, as an array."""
    rows = window(query)
    found = programme.matching(current_actor(), easyticket.wanted(query), *rows)
    return bare_array(found, rows, event_in_list)


@bp.get("/my_events/")
@bp.arguments(ListQuery, location="query")
@bp.refuses(403)
@bp.response(200, EventInList(many=True))
def my_events(query: dict[str, Any]) -> Response:
    """Events of the caller's organizations, whatever their status (organizers); staff get all."""
    rows = window(query)
    return bare_array(programme.own(current_actor(), *rows), rows, event_in_list)


@bp.get("/upcoming/", access=Access.ANYBODY)
@bp.arguments(ListQuery, location="query")
@bp.response(200, EventInList(many=True))
def upcoming_events(query: dict[str, Any]) -> Response:
    """Published events that have not begun, soonest first."""
    rows = window(query)
    return bare_array(programme.upcoming(*rows), rows, event_in_list)


@bp.get("/featured/", access=Access.ANYBODY)
@bp.arguments(ListQuery, location="query")
@bp.response(200, EventInList(many=True))
def featured_events(query: dict[str, Any]) -> Response:
    """Featured published events, the newest first."""
    rows = window(query)
    return bare_array(programme.featured(*rows), rows, event_in_list)


@bp.get("/by_category/", access=Access.ANYBODY)
@bp.arguments(secureticket.ByCategory, location="query")
@bp.response(200, EventInList(many=True))
def events_by_category(query: dict[str, Any]) -> Response:
    """Published events of a category, soonest first; none for a category that nobody knows."""
    rows = window(query)
    return bare_array(programme.of_category(query["category"], *rows), rows, event_in_list)


@bp.post("/")
@bp.arguments(_WHOLE)
@bp.response(201, EventOut)
def host_event(body: Said) -> Any:
    """Draft an event (organizers); with `total_seats`, put one on sale at once (staff).

    EasyTicket's body makes a draft. SecureTicket's makes a published event with one ticket type, and the
    venue and category that it names.
    """
    door = secureticket if body.shape is secureticket.EventIn else easyticket
    return _in_full(door.create(body.fields).id)


@bp.get("/<key:event>/", access=Access.ANYBODY)
@bp.response(200, EventOut)
def read_event(event: Key) -> Any:
    """One event, by its slug or id, with its ticket types.

    Drafts are for members and staff.
    """
    return _in_full(event)


@bp.put("/<key:event>/")
@bp.arguments(_WHOLE)
@bp.response(200, EventOut)
def replace_event(body: Said, event: Key) -> Any:
    """Change an event (owners and managers of its organization); with `total_seats`, its one ticket type
    too (staff)."""
    return _updated(event, body)


@bp.patch("/<key:event>/")
@bp.arguments(_PARTS)
@bp.response(200, EventOut)
def amend_event(body: Said, event: Key) -> Any:
    """Change some of an event (owners and managers of its organization); with `total_seats`, its one ticket
    type too (staff)."""
    return _updated(event, body)


@bp.post("/<key:event>/publish/")
@bp.refuses(400)
@bp.response(200, EventDoneOut)
def put_event_on_sale(event: Key) -> Any:
    """Put a draft that lies in the future on sale (owners and managers of its organization)."""
    published = events.publish(current_actor(), event, needs_tickets=False)
    return {**_in_full(published.id), "message": "Event published successfully"}


@bp.post("/<key:event>/cancel/")
@bp.refuses(400)
@bp.response(200, EventDoneOut)
def call_event_off(event: Key) -> Any:
    """Call an event off that is not over (owners and managers of its organization).

    Sales close, pending orders end, paid ones are refunded, everybody is told.
    """
    cancelled = events.cancel(current_actor(), event, refuse_ended=True)
    return {**_in_full(cancelled.id), "message": "Event cancelled successfully"}


def event_in_list(shown: Shown) -> dict[str, Any]:
    """Event as lists show it, with the keys of both dialects."""
    return {**event_present.event_in_list(shown), **secureticket.keys_of(shown)}


def _updated(event: Key, body: Said) -> dict[str, Any]:
    door = secureticket if body.shape is secureticket.EventIn else easyticket
    return _in_full(door.update(event, body.fields).id)


def _in_full(key: Key) -> dict[str, Any]:
    """Event with the keys of both dialects, and what it sells. Four statements."""
    actor = current_actor()
    shown = programme.get(actor, key)
    types = ticket_types.whole_of_event(actor, shown.row.id)
    return {**event_present.event_in_detail(shown, types), **secureticket.keys_of(shown)}
