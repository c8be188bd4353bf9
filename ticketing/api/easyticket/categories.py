"""EasyTicket's event categories (EasyTicket 003, Event Categories)."""

from __future__ import annotations

from typing import Any

from flask import Response

from ticketing.api.easyticket import event_present as present
from ticketing.api.easyticket.event_schemas import CategoryIn, CategoryOut
from ticketing.api.http import Access, ListQuery, Routes, bare_array, current_actor, window
from ticketing.models import EventCategory
from ticketing.queries import categories as reading
from ticketing.queries.keys import Key
from ticketing.services import categories

bp = Routes("easyticket_categories", prefix="/api/events/categories", tag="Categories")


@bp.get("/", access=Access.ANYBODY)
@bp.arguments(ListQuery, location="query")
@bp.response(200, CategoryOut(many=True))
def browse_categories(query: dict[str, Any]) -> Response:
    """List the active categories, by name."""
    rows = window(query)
    return bare_array(reading.with_counts(*rows), rows, present.category)


@bp.post("/")
@bp.arguments(CategoryIn)
@bp.response(201, CategoryOut)
def add_category(body: dict[str, Any]) -> Any:
    """Add a category (staff)."""
    return _shown(categories.create(current_actor(), **body))


@bp.get("/<key:category>/", access=Access.ANYBODY)
@bp.response(200, CategoryOut)
def read_category(category: Key) -> Any:
    """One category, by its slug or id; one that is out of use for staff only."""
    return present.category(reading.with_count(current_actor(), category))


@bp.put("/<key:category>/")
@bp.arguments(CategoryIn)
@bp.response(200, CategoryOut)
def replace_category(body: dict[str, Any], category: Key) -> Any:
    """Change a category (staff)."""
    return _shown(categories.update(current_actor(), category, **body))


@bp.patch("/<key:category>/")
@bp.arguments(CategoryIn(partial=True))
@bp.response(200, CategoryOut)
def amend_category(body: dict[str, Any], category: Key) -> Any:
    """Change some of a category (staff)."""
    return _shown(categories.update(current_actor(), category, **body))


@bp.delete("/<key:category>/")
@bp.refuses(400)
@bp.response(204)
def remove_category(category: Key) -> None:
    """Remove a category that no event uses (staff)."""
    categories.delete(current_actor(), category)


def _shown(category: EventCategory) -> dict[str, Any]:
    return present.category(reading.with_count(current_actor(), category.id))
