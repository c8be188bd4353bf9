"""What a visitor narrows the programme by, and the conditions that this means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, case, func

from ticketing import money
from ticketing.models import Event, EventCategory, Venue
from ticketing.queries.search import matching

PERIODS = ("today", "tomorrow", "weekend", "week", "month")
#: The order of a list; without one of these, soonest first.
SORTS = ("price", "newest")
#: Prices in whole units of whatever currency; more is asked for by nobody.
HIGHEST_PRICE = 1_000_000


@dataclass(frozen=True, slots=True)
class Search:
    """What a visitor asked the list for. Empty values ask for nothing.

    ``first`` and ``last`` are days, both included, where no ``period`` is named; ``lowest`` and ``highest``
    are prices in whole units of the event's own currency.
    """

    words: str = ""
    category: str = ""
    city: str = ""
    period: str = ""
    first: date | None = None
    last: date | None = None
    free: bool = False
    lowest: int | None = None
    highest: int | None = None
    sort: str = ""

    @property
    def is_empty(self) -> bool:
        """Nothing was asked for: the whole programme, in whatever order."""
        return not any(self.filters())

    def filters(self) -> Iterator[str]:
        """The names of what it is narrowed by: ``words category city dates price``."""
        for name, is_on in (
            ("words", self.words),
            ("dates", self.period or self.first or self.last),
            ("category", self.category),
            ("city", self.city),
            ("price", self.free or self.lowest is not None or self.highest is not None),
        ):
            if is_on:
                yield name

    def without(self, name: str) -> Search:
        """The same search without one of its filters."""
        if name == "dates":
            return replace(self, period="", first=None, last=None)
        if name == "price":
            return replace(self, free=False, lowest=None, highest=None)
        cleared: dict[str, Any] = {name: ""}
        return replace(self, **cleared)


def period_bounds(period: str, now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From when to when a period reaches, from now on; days begin at midnight in ``zone``.

    A weekend is Saturday and Sunday, the current one while it lasts; a week ends with its Sunday.

    :raises ValueError: no such period.
    """
    local = now.astimezone(zone)

    def midnight(days: int) -> datetime:
        return datetime.combine(local.date() + timedelta(days=days), time.min, zone)

    if period == "today":
        return now, midnight(1)
    if period == "tomorrow":
        return midnight(1), midnight(2)
    if period == "weekend":
        saturday = 5 - local.weekday()
        return (midnight(saturday) if saturday > 0 else now), midnight(saturday + 2)
    if period == "week":
        return now, midnight(7 - local.weekday())
    if period == "month":
        first = (local.replace(day=1) + timedelta(days=32)).replace(day=1)
        return now, datetime.combine(first.date(), time.min, zone)
    raise ValueError(f"no such period: {period}")


def conditions(search: Search, now: datetime, zone: ZoneInfo) -> list[ColumnElement[bool]]:
    """What an event, joined with its venue and its category, must fulfil to be found."""
    found: list[ColumnElement[bool]] = []
    if search.words:
        found.append(matching(search.words))
    if search.category:
        found.append(EventCategory.slug == search.category)
    if search.city:
        found.append(func.lower(Venue.city) == func.lower(search.city))
    return found + _on_days(search, now, zone) + _at_prices(search)


def _on_days(search: Search, now: datetime, zone: ZoneInfo) -> list[ColumnElement[bool]]:
    if search.period:
        start, end = period_bounds(search.period, now, zone)
        return [Event.starts_at < end, Event.ends_at > start]
    found: list[ColumnElement[bool]] = []
    if search.first:
        found.append(Event.ends_at > datetime.combine(search.first, time.min, zone))
    if search.last:
        found.append(Event.starts_at < datetime.combine(search.last + timedelta(days=1), time.min, zone))
    return found


def _at_prices(search: Search) -> list[ColumnElement[bool]]:
    """Something of the event costs no less and no more than that."""
    if search.free:
        return [Event.lowest_price == 0]
    found: list[ColumnElement[bool]] = []
    if search.lowest is not None:
        dearest = func.coalesce(Event.highest_price, Event.lowest_price)
        found.append(dearest >= search.lowest * _UNIT)
    if search.highest is not None:
        found.append(Event.lowest_price <= search.highest * _UNIT)
    return found


def _unit() -> ColumnElement[int]:
    """How many of its smallest units one unit of the event's currency has."""
    odd = {digits: money.currencies_with(digits) for digits in (0, 3)}
    return case(*((Event.currency.in_(names), 10**digits) for digits, names in odd.items()), else_=100)


_UNIT = _unit()
#: Prices of several currencies stand in one order only as the numbers that visitors read.
PRICE = Event.lowest_price * 1000 / _UNIT
