"""The rows and the columns of a grid of prices: those that are stored, and what a form was sent with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import format_date
from flask_babel import gettext as _
from sqlalchemy import Row

from ticketing.models.events import DAY_BASED, TIERED
from ticketing.queries.prices import Sheet
from ticketing.services import offers
from ticketing.web.organizer.pricing.forms import posted_keys

#: Keys of a column: all days together, and the only one where there are no days.
ALL, ONE, NEW = "all", "one", ""
MOST_TIERS = 30
_WEEK = 7


@dataclass(slots=True)
class Tier:
    """A row; its key is its number, or empty when it is new."""

    key: str
    position: int
    stored: list[Row[Any]]
    words: str = ""

    @property
    def windows(self) -> set[tuple[dt.datetime | None, dt.datetime | None]]:
        """The sales windows of its prices."""
        return {(price.offer_start, price.offer_end) for price in self.stored}

    @property
    def window(self) -> tuple[dt.datetime | None, dt.datetime | None]:
        """That of all of them; none where they differ."""
        return next(iter(self.windows)) if len(self.windows) == 1 else (None, None)


@dataclass(slots=True)
class Day:
    """A column; its key is its number, ``all``, ``one``, or empty when it is new."""

    key: str
    position: int
    name: str
    date: dt.date | None = None
    words: str = ""


def _keys(known: list[str], posted: list[str], fresh: int, adds: bool, most: int) -> list[str]:
    """Keys as they were sent, what has come meanwhile, and new ones. One that is gone stands as a new one."""
    sent = [key if key in known else NEW for key in posted]
    keys = [*sent, *(key for key in known if key not in sent)] if posted else [*known, *[NEW] * fresh]
    return [*keys, NEW] if adds and len(keys) < most else keys


def tiers_of(event: Row[Any], sheet: Sheet | None, posted: Mapping[str, str], do: str) -> list[Tier]:
    """The rows: what was sent, what is stored, and a new one where ``do`` is ``add-tier``."""
    prices = list(sheet.prices) if sheet else []
    if event.pricing_type == DAY_BASED:
        return [Tier(ONE, 0, prices)]
    numbers = sorted({price.tier_number for price in prices if price.tier_number is not None})
    sent = list(posted_keys(posted, "row", MOST_TIERS))
    fresh = 0 if numbers else 2
    keys = _keys([str(number) for number in numbers], sent, fresh, do == "add-tier", MOST_TIERS)
    return [
        Tier(key, position, [price for price in prices if str(price.tier_number) == key])
        for position, key in enumerate(keys)
    ]


def days_of(
    event: Row[Any], sheet: Sheet | None, days: Sequence[Row[Any]], posted: Mapping[str, str], do: str
) -> list[Day]:
    """The columns: what was sent, the event's days, and a new one where ``do`` is ``add-day``."""
    if event.pricing_type == TIERED:
        return [Day(ONE, 0, "")]
    known = {str(day.number): day for day in days}
    ends = [ALL] if event.pricing_type == DAY_BASED else []
    sent = list(posted_keys(posted, "column", offers.MOST_DAYS + 1))
    proposed = [] if known or sent else proposals(event)
    keys = _keys([*known, *ends], sent, 0, do == "add-day", offers.MOST_DAYS + 1)
    keys = [*[NEW] * len(proposed), *keys]
    passes = next((price.day_name for price in (sheet.prices if sheet else ()) if price.is_all_days), "")
    found = []
    for position, key in enumerate(keys):
        day = known.get(key)
        if day is not None:
            name = day.name or _("Day %(number)s", number=day.number)
            found.append(Day(key, position, name, day.date))
        elif key == ALL:
            found.append(Day(ALL, position, passes or _("All days")))
        else:
            name, date = proposed[position] if position < len(proposed) else ("", None)
            found.append(Day(NEW, position, name, date))
    return found


def proposals(event: Row[Any], *, numbered: bool = False) -> list[tuple[str, dt.date]]:
    """Names and dates for the days between an event's start and its end: those of the week, as long as it is
    clear which are meant."""
    dates = offers.calendar_days(event)
    if numbered or len(dates) > _WEEK:
        return [(_("Day %(number)s", number=number), date) for number, date in enumerate(dates, 1)]
    return [(format_date(date, "EEEE").capitalize(), date) for date in dates]
