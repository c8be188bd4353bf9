"""When an event takes place, in words for its visitors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from ticketing.documents.sheets import TicketSheet
from ticketing.documents.zones import local

#: A night that ends before noon is one evening.
_ONE_EVENING = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class When:
    """Large lines, and one small line that explains them."""

    large: tuple[str, ...]
    small: str


@lru_cache(64)
def locale_of(language: str) -> str:
    """A locale that Babel knows: ``de``, ``pt_BR``; English for anything else."""
    from babel import Locale, UnknownLocaleError

    try:
        return str(Locale.parse(language.replace("-", "_")))
    except (UnknownLocaleError, ValueError, TypeError, AttributeError):
        return "en"


def when(sheet: TicketSheet) -> When:
    """Day and hour on the clocks of the event's place, the zone by name."""
    from babel.dates import format_date

    locale = locale_of(sheet.language)
    start, end = local(sheet.starts_at, sheet.timezone), local(sheet.ends_at, sheet.timezone)
    is_one_day = start.date() == end.date() or end - start < _ONE_EVENING
    if sheet.day is not None and not (is_one_day and sheet.day == start.date()):
        day = format_date(sheet.day, "long", locale=locale)
        return When(
            (format_date(sheet.day, "EEEE", locale=locale), day), " – ".join(_span(start, end, locale))
        )
    if is_one_day:
        day = format_date(start.date(), "long", locale=locale)
        hours = _hours(start, end, locale)
        return When((format_date(start.date(), "EEEE", locale=locale), day, hours), _zone(start, locale))
    first, last = _span(start, end, locale)
    return When((f"{first} –", last), _zone(start, locale))


def _span(start: datetime, end: datetime, locale: str) -> tuple[str, str]:
    from babel.dates import format_skeleton

    skeleton = "MMMEd" if start.year == end.year else "yMMMEd"
    opening = _abbreviation(start) if _abbreviation(start) != _abbreviation(end) else ""
    hour = f"{_clock(start, locale)}\u00a0{opening}".rstrip()
    first = f"{format_skeleton(skeleton, start, locale=locale)}, {hour}"
    day = format_skeleton("yMMMEd", end, locale=locale)
    return first, f"{day}, {_clock(end, locale)}\u00a0{_abbreviation(end)}"


def _hours(start: datetime, end: datetime, locale: str) -> str:
    opening, closing = _abbreviation(start), _abbreviation(end)
    first = _clock(start, locale) if opening == closing else f"{_clock(start, locale)} {opening}"
    return f"{first} – {_clock(end, locale)} {closing}"


def _clock(moment: datetime, locale: str) -> str:
    from babel.dates import format_time

    return str(format_time(moment.time(), "short", locale=locale))


def _abbreviation(moment: datetime) -> str:
    """``CET``; zones without letters read as ``UTC-03``."""
    name = moment.tzname() or "UTC"
    return f"UTC{name}" if name[:1] in "+-" else name


def _zone(moment: datetime, locale: str) -> str:
    """``Central European Standard Time``."""
    from babel.dates import get_timezone_name

    return str(get_timezone_name(moment, "long", locale=locale))
