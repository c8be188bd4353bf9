"""Time in quarters of an hour: fine enough for the midnights of all zones, and few enough to be grouped by.

A quarter is a whole number: those since 1970 began, in UTC. SQL groups by it the same on both databases, and
Python folds quarters into the hours and days of a place.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

_SECONDS = 900


class quarter_of(FunctionElement[int]):
    """SQL: the quarter of a column's moment; NULL for none."""

    name = "quarter_of"
    type = Integer()
    inherit_cache = True


@compiles(quarter_of, "sqlite")
def _on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    moment = compiler.process(element.clauses, **options)
    return f"(CAST(strftime('%s', {moment}) AS INTEGER) / {_SECONDS})"


@compiles(quarter_of, "postgresql")
def _on_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    moment = compiler.process(element.clauses, **options)
    return f"CAST(floor(extract(epoch FROM {moment}) / {_SECONDS}) AS BIGINT)"


def begin_of(quarter: int) -> datetime:
    """The moment at which it begins, in UTC."""
    return datetime.fromtimestamp(quarter * _SECONDS, UTC)


def quarter_at(moment: datetime) -> int:
    """The quarter that a moment lies in."""
    return int(moment.timestamp()) // _SECONDS
