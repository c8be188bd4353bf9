"""BTick's categories (BTick 001 §3)."""

from __future__ import annotations

from typing import Any

from flask import Response

from ticketing.api.btick import present
from ticketing.api.btick.schemas import CategoryIn, CategoryOut
from ticketing.api.http import Access, ListQuery, Routes, bare_array, current_actor, window
from ticketing.queries import categories as reading
from ticketing.queries.keys import Key
from ticketing.services import categories

bp = Routes("btick_categories", prefix="/api/v1/categories", tag="Categories")


@bp.get("/", access=Access.ANYBODY)
@bp.arguments(ListQuery, location="query")
@bp.response(200, CategoryOut(many=True))
def list_categories(query: dict[str, Any]) -> Response:
    """List the categories, by name."""
    rows = window(query)
    return bare_array(reading.find_all(*rows), rows, present.category)


@bp.post("/")
@bp.arguments(CategoryIn)
@bp.response(201, CategoryOut)
def create_category(body: dict[str, Any]) -> Any:
    """Add a category (staff)."""
    return present.category(categories.create(current_actor(), **body))


@bp.get("/<key:category>/", access=Access.ANYBODY)
@bp.response(200, CategoryOut)
def get_category(category: Key) -> Any:
    """One category."""
    return present.category(reading.get(category))


@bp.put("/<key:category>/")
@bp.arguments(CategoryIn)
@bp.response(200, CategoryOut)
def update_category(body: dict[str, Any], category: Key) -> Any:
    """Change a category (staff)."""
    return present.category(categories.update(current_actor(), category, **body))


@bp.patch("/<key:category>/")
@bp.arguments(CategoryIn(partial=True))
@bp.response(200, CategoryOut)
def patch_category(body: dict[str, Any], category: Key) -> Any:
    """Change some of a category (staff)."""
    return present.category(categories.update(current_actor(), category, **body))


@bp.delete("/<key:category>/")
@bp.refuses(400)
@bp.response(204)
def delete_category(category: Key) -> None:
    """Remove a category that no event uses (staff)."""
    categories.delete(current_actor(), category)
