"""What the lists for staff share: pages, orders of rows, searching by words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_

from ticketing.extensions import db
from ticketing.queries.catalog import Page

PAGE_SIZE = 40
_MOST_WORDS = 5


def page_of(rows: Select[*tuple[Any, ...]], page: int, size: int = PAGE_SIZE) -> Page:
    """That page of the rows, the last one where there are not so many. Two statements."""
    counted = rows.with_only_columns(func.count(), maintain_column_froms=True).order_by(None)
    total = db.session.scalar(counted) or 0
    number = min(max(page, 1), max(1, -(-total // size)))
    found = db.session.execute(rows.limit(size).offset((number - 1) * size))
    return Page(found.all(), number, size, total)


def sorting(sorts: Mapping[str, Any], wanted: str, last: Any) -> Sequence[ColumnElement[Any]]:
    """In which order rows come: ``name`` is one of ``sorts``, ``-name`` the other way round. What is empty
    comes last; rows that are alike by ``last``."""
    column = sorts[wanted.removeprefix("-")]
    if wanted.startswith("-"):
        return column.desc().nulls_last(), last.desc()
    return column.asc().nulls_last(), last.asc()


def having(words: str, *columns: Any) -> list[ColumnElement[bool]]:
    """Each of the words stands in any of the columns."""
    return [
        or_(*(column.icontains(word, autoescape=True) for column in columns))
        for word in words.split()[:_MOST_WORDS]
    ]


def between(column: Any, since: date | None, until: date | None) -> list[ColumnElement[bool]]:
    """On these days, both included, by the clock of UTC."""
    found = []
    if since is not None:
        found.append(column >= datetime(since.year, since.month, since.day, tzinfo=UTC))
    if until is not None:
        end = datetime(until.year, until.month, until.day, tzinfo=UTC) + timedelta(days=1)
        found.append(column < end)
    return found
