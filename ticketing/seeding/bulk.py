"""Many rows at once: a few thousand in a statement, plain Core."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Table, func, insert, select

from ticketing.extensions import db

Row = dict[str, Any]
Advance = Callable[[int], None]
BATCH = 2_000


def unwatched(_number: int) -> None:
    """Progress that nobody looks at."""


def insert_rows(target: Any, rows: Sequence[Row], advance: Advance = unwatched) -> None:
    """Write the rows, which all name the same columns; ``advance`` hears of every batch."""
    statement = insert(_table(target))
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        db.session.execute(statement, list(batch))
        advance(len(batch))


def insert_with_ids(target: Any, rows: Sequence[Row], advance: Advance = unwatched) -> list[int]:
    """Write the rows, which all name the same columns; their ids in the same order."""
    ids = _reserve(_table(target), len(rows))
    insert_rows(target, [{"id": key, **row} for key, row in zip(ids, rows, strict=True)], advance)
    return ids


def _reserve(table: Table, number: int) -> list[int]:
    """Ids that nobody else will get. Asking for them afterwards, with RETURNING in a promised order, sends
    row by row on SQLite."""
    if db.engine.dialect.name == "sqlite":
        # The transaction is a writing one: nobody else inserts until it ends.
        last = db.session.scalar(select(func.coalesce(func.max(table.c.id), 0))) or 0
        return list(range(last + 1, last + 1 + number))
    sequence = func.pg_get_serial_sequence(table.name, "id")
    numbers = select(func.nextval(sequence)).select_from(func.generate_series(1, number))
    return sorted(db.session.scalars(numbers))


def _table(target: Any) -> Table:
    return target if isinstance(target, Table) else target.__table__
