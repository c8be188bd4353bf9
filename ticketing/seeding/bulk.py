"""Many rows at once: a few thousand in a statement, plain Core."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import Table, insert

from ticketing.extensions import db

Row = dict[str, Any]
Advance = Callable[[int], None]
BATCH = 2_000


def unwatched(_number: int) -> None:
    """Progress that nobody looks at."""


def insert_rows(target: Any, rows: Sequence[Row], advance: Advance = unwatched) -> None:
    """Write the rows, which all name the same columns; ``advance`` hears of every batch."""
    table = _table(target)
    for batch in _batches(rows):
        db.session.execute(insert(table), batch)
        advance(len(batch))


def insert_with_ids(target: Any, rows: Sequence[Row], advance: Advance = unwatched) -> list[int]:
    """Write the rows, which all name the same columns; their ids in the same order."""
    table = _table(target)
    statement = insert(table).returning(table.c.id, sort_by_parameter_order=True)
    ids: list[int] = []
    for batch in _batches(rows):
        ids += db.session.execute(statement, batch).scalars()
        advance(len(batch))
    return ids


def _table(target: Any) -> Table:
    return target if isinstance(target, Table) else target.__table__


def _batches(rows: Sequence[Row]) -> Iterator[list[Row]]:
    for start in range(0, len(rows), BATCH):
        yield list(rows[start : start + BATCH])
