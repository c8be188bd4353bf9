"""An event's doors in numbers: who came of those who are expected, where, and how fast. Three statements."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, case, func, select

from ticketing import clock
from ticketing.extensions import db
from ticketing.models import CheckIn
from ticketing.models.tickets import ADMITTED, LEFT, REFUSED, UNDONE
from ticketing.queries import door
from ticketing.queries.scans import CONFLICT

Rows = Sequence[Row[Any]]

_SLOT = timedelta(minutes=5)
_SLOTS = 12


@dataclass(frozen=True, slots=True)
class Slot:
    """How many were let in and turned away in the five minutes from ``begins`` on."""

    begins: datetime
    admitted: int
    refused: int


@dataclass(frozen=True, slots=True)
class Figures:
    """``types`` are those of :func:`door.counts`: people. ``gates`` are rows of ``gate, device, admitted,
    refused, undone, left, conflicts, last_at``: scans. ``hour`` is the last hour, the oldest slot first; the
    last one is not over."""

    types: Rows
    gates: Rows
    hour: Sequence[Slot]

    @property
    def expected(self) -> int:
        """Tickets that stand and are good for the day."""
        return sum(row.expected for row in self.types)

    @property
    def admitted(self) -> int:
        """Of these, how many let somebody in."""
        return sum(row.admitted for row in self.types)

    @property
    def inside(self) -> int | None:
        """How many are inside now; None where nobody is scanned out, so that nobody knows."""
        if not any(row.left for row in self.gates):
            return None
        return sum(row.inside for row in self.types)

    @property
    def refused(self) -> int:
        """Scans that let nobody in."""
        return sum(row.refused for row in self.gates)

    @property
    def conflicts(self) -> int:
        """Scans of which a visitor was told something else than what is true."""
        return sum(row.conflicts for row in self.gates)

    @property
    def gate_names(self) -> list[str]:
        """Every gate that a scan named."""
        return sorted({row.gate for row in self.gates if row.gate})

    @property
    def busiest(self) -> int:
        """The most that a slot of the last hour has, at least 1."""
        return max(1, *(slot.admitted + slot.refused for slot in self.hour))


def figures(event_id: int, policy: str, day: dt.date) -> Figures:
    """The event's doors at this moment; who is expected and came, as :func:`door.counts` says it of a day."""
    return Figures(door.counts(event_id, policy, day), _gates(event_id), _hour(event_id))


def _number(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((condition, 1)))


def _gates(event_id: int) -> Rows:
    results = {"admitted": ADMITTED, "refused": REFUSED, "undone": UNDONE, "left": LEFT}
    statement: Select[*tuple[Any, ...]] = (
        select(
            CheckIn.gate,
            CheckIn.device,
            *(_number(CheckIn.result == result).label(name) for name, result in results.items()),
            _number(CONFLICT).label("conflicts"),
            func.max(CheckIn.scanned_at).label("last_at"),
        )
        .where(CheckIn.event_id == event_id)
        .group_by(CheckIn.gate, CheckIn.device)
        .order_by(CheckIn.gate, CheckIn.device)
    )
    return db.session.execute(statement).all()


def _hour(event_id: int) -> list[Slot]:
    now = clock.now()
    current = now.replace(minute=now.minute - now.minute % 5, second=0, microsecond=0)
    begins = [current - _SLOT * number for number in reversed(range(_SLOTS))]
    columns: list[ColumnElement[int]] = []
    for start in begins:
        is_then = (CheckIn.scanned_at >= start) & (CheckIn.scanned_at < start + _SLOT)
        columns += [_number(is_then & (CheckIn.result == result)) for result in (ADMITTED, REFUSED)]
    since = CheckIn.scanned_at >= begins[0]
    counts = list(db.session.execute(select(*columns).where(CheckIn.event_id == event_id, since)).one())
    return [Slot(start, counts[2 * at], counts[2 * at + 1]) for at, start in enumerate(begins)]
