"""A month of the programme, for the calendar page."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Select, func, select

from ticketing import clock
from ticketing.extensions import db
from ticketing.models import Event, Venue
from ticketing.queries.catalog import ON_SHOW
from ticketing.queries.narrowing import Search, conditions

#: So many events of a day are named, so many are read, and so many of a whole month.
NAMED, _READ, _MOST = 4, 25, 1500
#: A night belongs to the day on which it began.
_NIGHT, _DAY = timedelta(hours=12), timedelta(days=1)
#: What lasts longer is named on its first and its last day.
_LONGEST_RUN = 10


@dataclass(frozen=True, slots=True)
class Entry:
    """An event on one of its days."""

    slug: str
    title: str
    starts_at: datetime
    timezone: str
    city: str
    #: It began on this day.
    is_first: bool


@dataclass(slots=True)
class Day:
    """What takes place on a day, at the places' own dates; ``total`` may count more than are named."""

    entries: list[Entry] = field(default_factory=list)
    total: int = 0


@dataclass(slots=True)
class Month:
    """The days on which something takes place, and how many events these are."""

    days: dict[date, Day] = field(default_factory=dict)
    total: int = 0


def of_month(first: date, search: Search, *, zone: ZoneInfo) -> Month:
    """The month that begins with ``first``, as far as it matches. What is over is left out, as everywhere in
    the programme. One statement, and a bounded number of rows."""
    now, month = clock.now(), Month()
    for row in db.session.execute(_numbered(first, search, now, zone), {"now": now}):
        start, *further = _days(row.starts_at, row.ends_at, row.timezone)
        within = [day for day in (start, *further) if (day.year, day.month) == (first.year, first.month)]
        for number in within:
            day = month.days.setdefault(number, Day())
            day.total += 1
            day.entries.append(
                Entry(row.slug, row.title, row.starts_at, row.timezone, row.city, number == start)
            )
        if within:
            month.total += 1
        if row.place == _READ and start in within:
            month.days[start].total += row.on_day - _READ
            month.total += row.on_day - _READ
    for day in month.days.values():
        # A link to a single further event takes no less room than the event.
        del day.entries[NAMED if day.total > NAMED + 1 else NAMED + 1 :]
    return month


def _numbered(first: date, search: Search, now: datetime, zone: ZoneInfo) -> Select[*tuple[Any, ...]]:
    """What may take place in that month, the first of every day. Dates are those of the places: their day may
    begin half a day before or after ours."""
    until = (first + timedelta(days=32)).replace(day=1)
    since, end = (datetime.combine(day, time.min, zone) for day in (first, until))
    matching = conditions(search, now, zone)
    day = func.date(Event.starts_at)
    columns = (
        Event.id,
        Event.slug,
        Event.title,
        Event.starts_at,
        Event.ends_at,
        Event.timezone,
        Venue.city,
        func.row_number().over(partition_by=day, order_by=(Event.starts_at, Event.id)).label("place"),
        func.count().over(partition_by=day).label("on_day"),
    )
    numbered = (
        select(*columns)
        .join(Event.venue)
        .outerjoin(Event.category)
        .where(ON_SHOW, Event.starts_at < end + _DAY, Event.ends_at > since - _DAY, *matching)
        .subquery()
    )
    wanted = select(numbered).where(numbered.c.place <= _READ)
    return wanted.order_by(numbered.c.starts_at, numbered.c.id).limit(_MOST)


def _days(starts_at: datetime, ends_at: datetime, timezone: str) -> list[date]:
    """The days of an event by its own clocks: a night counts as one, what runs for weeks has two."""
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo("UTC")
    first = starts_at.astimezone(zone).date()
    if ends_at - starts_at < _NIGHT:
        return [first]
    # The last day of the calendar has no day after it.
    last = min(ends_at, datetime(9999, 1, 1, tzinfo=UTC)).astimezone(zone).date()
    if (last - first).days > _LONGEST_RUN:
        return [first, last]
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
