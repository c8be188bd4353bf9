"""How a ticket type's prices are laid out: tiers are rows, days are columns, prices stand where they meet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Tier:
    """A row. Without a number it is a new one, which counts only if something stands in it. Its sales window
    is that of all its prices, unless each ``keeps_window``; one that ``is_gone`` loses all its prices."""

    number: int | None = None
    name: str = ""
    sales_start_at: datetime | None = None
    sales_end_at: datetime | None = None
    keeps_window: bool = False
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """A column: a day of the event by its number, a new one by its name, or all days together."""

    number: int | None = None
    name: str = ""
    date: date | None = None
    is_all_days: bool = False


@dataclass(frozen=True, slots=True)
class Price:
    """A cell: ``price`` in major units, ``quantity`` in tickets. With neither, nothing is offered there."""

    price: Decimal | None = None
    quantity: int | None = None
    is_active: bool = True

    @property
    def is_empty(self) -> bool:
        """Nothing is offered."""
        return self.price is None and self.quantity is None


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows, columns, and what stands where they meet, by their positions from 0."""

    tiers: Sequence[Tier] = (Tier(),)
    days: Sequence[Day] = (Day(),)
    prices: Mapping[tuple[int, int], Price] = field(default_factory=dict)

    def offered(self, *, tier: int | None = None, day: int | None = None) -> bool:
        """Whether anything is offered there."""
        return any(
            not price.is_empty
            for at, price in self.prices.items()
            if tier in (None, at[0]) and day in (None, at[1])
        )
