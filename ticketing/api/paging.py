"""Lists that come page by page: ``{count, next, previous, results}``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import request
from marshmallow import Schema, fields

from ticketing.api.fields import In, Out, Whole
from ticketing.errors import NotFound

T = TypeVar("T")

MOST = 100
_USUAL = 20
#: No list is so long, and numbers up to here can be multiplied with the size of a page.
_LAST_PAGE = 10**9


class PageQuery(In):
    """Which page of a list."""

    page = Whole(1, _LAST_PAGE, load_default=1, metadata={"description": "Counted from 1."})
    page_size = Whole(1, MOST, load_default=_USUAL)


def page_of(results: type[Schema], name: str) -> type[Schema]:
    """The schema of a page of such things."""
    known = {
        "count": fields.Integer(metadata={"description": "How many there are on all pages."}),
        "next": fields.URL(allow_none=True),
        "previous": fields.URL(allow_none=True),
        "results": fields.List(fields.Nested(results)),
        "__doc__": "A page of a list.",
        "__module__": results.__module__,
    }
    return type(name, (Out,), known)


def page(rows: Sequence[T], total: int, asked: dict[str, Any], present: Callable[[T], Any]) -> dict[str, Any]:
    """One page, with the URLs of its neighbours.

    :raises NotFound: the list ends before this page; its first page may be empty.
    """
    number, size = asked["page"], asked["page_size"]
    if not rows and number > 1:
        raise NotFound("page")
    return {
        "count": total,
        "next": _url(number + 1) if number * size < total else None,
        "previous": _url(number - 1) if number > 1 else None,
        "results": [present(row) for row in rows],
    }


def _url(number: int) -> str:
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "page"]
    return f"{request.base_url}?{urlencode([*kept, ('page', number)])}"
