"""Sales folded into the hours, days, weeks and months of a place. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from ticketing.queries.quarters import begin_of
from ticketing.queries.sales_figures import Sold

#: A line a day as long as they are so many, then one a week, then one a month.
MOST_DAYS, MOST_WEEKS = 92, 104
DAY, WEEK, MONTH = "day", "week", "month"
_HOUR = timedelta(hours=1)


@dataclass(slots=True)
class Sums:
    """What was sold in a stretch of time; ``revenue`` by currency, in minor units."""

    tickets: int
    gifts: int
    revenue: dict[str, int]

    def add(self, sold: Sold) -> None:
        """Count these, too."""
        self.tickets += sold.tickets
        self.gifts += sold.gifts
        self.revenue[sold.currency] = self.revenue.get(sold.currency, 0) + sold.revenue


def summed(sold: Iterable[Sold]) -> Sums:
    """All of these together."""
    sums = Sums(0, 0, {})
    for one in sold:
        sums.add(one)
    return sums


def by_day(sold: Iterable[Sold], zone: ZoneInfo, first: date, last: date) -> dict[date, Sums]:
    """Every day from the first to the last by the clocks of that place, also those without a sale. What lies
    outside of them, or has no moment, is left out."""
    days = {first + timedelta(days=number): Sums(0, 0, {}) for number in range((last - first).days + 1)}
    for one in sold:
        if one.quarter is not None:
            day = begin_of(one.quarter).astimezone(zone).date()
            if day in days:
                days[day].add(one)
    return days


def days_of(sold: Iterable[Sold], zone: ZoneInfo) -> tuple[date, date] | None:
    """The first and the last day with a sale, by the clocks of that place."""
    quarters = [one.quarter for one in sold if one.quarter is not None]
    if not quarters:
        return None
    first, last = (begin_of(quarter).astimezone(zone).date() for quarter in (min(quarters), max(quarters)))
    return first, last


def step_for(first: date, last: date) -> str:
    """How fine these days are shown, so that nobody gets a thousand lines."""
    number = (last - first).days + 1
    if number <= MOST_DAYS:
        return DAY
    return WEEK if number <= MOST_WEEKS * 7 else MONTH


_BEGINS: dict[str, Callable[[date], date]] = {
    DAY: lambda day: day,
    WEEK: lambda day: day - timedelta(days=day.weekday()),
    MONTH: lambda day: day.replace(day=1),
}


def widened(days: dict[date, Sums], step: str) -> dict[date, Sums]:
    """Days put together to weeks, which begin on Mondays, or to months; each under its first day."""
    spans: defaultdict[date, Sums] = defaultdict(lambda: Sums(0, 0, {}))
    for day, sums in days.items():
        span = spans[_BEGINS[step](day)]
        span.tickets += sums.tickets
        span.gifts += sums.gifts
        for currency, amount in sums.revenue.items():
            span.revenue[currency] = span.revenue.get(currency, 0) + amount
    return dict(spans)


def hours_of(day: date, zone: ZoneInfo) -> list[datetime]:
    """When each hour of a day begins there: 24 of them, 23 or 25 where clocks are changed."""
    begin = datetime.combine(day, datetime.min.time(), zone).astimezone(ZoneInfo("UTC"))
    end = datetime.combine(day + timedelta(days=1), datetime.min.time(), zone)
    hours = []
    while begin < end:
        hours.append(begin.astimezone(zone))
        begin += _HOUR
    return hours


def by_hour(sold: Iterable[Sold], zone: ZoneInfo, day: date) -> list[tuple[datetime, Sums]]:
    """Every hour of a day there, also those without a sale."""
    hours = [(begin, Sums(0, 0, {})) for begin in hours_of(day, zone)]
    for one in sold:
        if one.quarter is not None:
            begin = begin_of(one.quarter)
            if begin.astimezone(zone).date() == day:
                hours[int((begin - hours[0][0]) / _HOUR)][1].add(one)
    return hours


def arrivals_on(arrivals: dict[int, int], zone: ZoneInfo, day: date) -> list[tuple[datetime, int]]:
    """Those of a day there, by quarters of an hour from the first to the last, also where nobody came."""
    quarters = [quarter for quarter in arrivals if begin_of(quarter).astimezone(zone).date() == day]
    if not quarters:
        return []
    between = range(min(quarters), max(quarters) + 1)
    return [(begin_of(quarter).astimezone(zone), arrivals.get(quarter, 0)) for quarter in between]


def days_with(arrivals: dict[int, int], zone: ZoneInfo) -> Sequence[date]:
    """The days there on which somebody came, in order."""
    return sorted({begin_of(quarter).astimezone(zone).date() for quarter in arrivals})
