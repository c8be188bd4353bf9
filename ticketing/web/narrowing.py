"""What addresses of the programme say: a search read from them, and written into them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import current_app, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from ticketing.documents.zones import zone_named
from ticketing.queries.narrowing import HIGHEST_PRICE, PERIODS, SORTS, Search
from ticketing.web.display import show_date
from ticketing.web.links import link_to

#: Days that somebody may ask for.
_FIRST_DAY, _LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter that is on: its name, how it reads, and the address of the same list without it."""

    name: str
    words: str
    without: str


def period_names() -> dict[str, str]:
    """What visitors read for each period."""
    words = (_("Today"), _("Tomorrow"), _("This weekend"), _("This week"), _("This month"))
    return dict(zip(PERIODS, words, strict=True))


def sort_names() -> dict[str, str]:
    """What visitors read for each order of a list; without a name it is by date."""
    return {"": _("Soonest first"), "price": _("Lowest price first"), "newest": _("Newest first")}


def house_zone() -> ZoneInfo:
    """Where the shop's own days begin."""
    return zone_named(current_app.config["DEFAULT_TIMEZONE"])


def search_from(arguments: MultiDict[str, str]) -> Search:
    """The search that an address asks for; what makes no sense asks for nothing. Of two days or two prices
    the smaller one comes first, and a period counts for more than days."""

    def text(name: str) -> str:
        return " ".join(arguments.get(name, "").replace("\x00", "").split())[:100]

    period, sort, free = text("when"), text("sort"), text("price") == "free"
    is_period = period in PERIODS
    first, last = (None, None) if is_period else _ordered(_day(text("from")), _day(text("to")))
    lowest, highest = (None, None) if free else _ordered(_price(text("min")), _price(text("max")))
    return Search(
        words=text("q"),
        category=text("category"),
        city=text("city"),
        period=period if is_period else "",
        first=first,
        last=last,
        free=free,
        lowest=lowest,
        highest=highest,
        sort=sort if sort in SORTS else "",
    )


def _ordered(one: Any, other: Any) -> tuple[Any, Any]:
    return (other, one) if one is not None and other is not None and other < one else (one, other)


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if _FIRST_DAY <= day <= _LAST_DAY else None


def _price(text: str) -> int | None:
    """A whole number; nothing below 1 need be asked for."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
    return min(number, HIGHEST_PRICE) or None


def arguments_of(search: Search) -> dict[str, str]:
    """The search as an address has it, with only what is asked for."""
    asked = {
        "q": search.words,
        "category": search.category,
        "city": search.city,
        "when": search.period,
        "from": search.first.isoformat() if search.first else "",
        "to": search.last.isoformat() if search.last else "",
        "price": "free" if search.free else "",
        "min": str(search.lowest or ""),
        "max": str(search.highest or ""),
        "sort": search.sort,
    }
    return {name: value for name, value in asked.items() if value}


def list_url(search: Search, *, page: int = 1) -> str:
    """The address of a page of the list."""
    asked = arguments_of(search) | ({"page": str(page)} if page > 1 else {})
    return link_to("catalog.events") + (f"?{urlencode(asked)}" if asked else "")


def calendar_url(search: Search, month: date | None = None) -> str:
    """The address of a month of the calendar, this one unless another is named; days and order mean nothing
    there."""
    asked = arguments_of(search.without("dates"))
    asked.pop("sort", None)
    if month is not None:
        asked = {"month": f"{month:%Y-%m}"} | asked
    return url_for("calendar_view.month") + (f"?{urlencode(asked)}" if asked else "")


def filters_on(search: Search, category: str, address: Any) -> list[Filter]:
    """What is narrowed now; ``category`` is what the category is called, ``address`` makes the address of
    another search."""
    words = {
        "words": _("“%(words)s”", words=search.words),
        "dates": _dates(search),
        "category": category,
        "city": search.city,
        "price": _prices(search),
    }
    return [Filter(name, words[name], address(search.without(name))) for name in search.filters()]


def _dates(search: Search) -> str:
    if search.period:
        return period_names()[search.period]
    first, last = search.first, search.last
    if first and last:
        return show_date(first) if first == last else f"{show_date(first)} – {show_date(last)}"
    if first:
        return _("From %(day)s", day=show_date(first))
    return _("Until %(day)s", day=show_date(last)) if last else ""


def _prices(search: Search) -> str:
    if search.free:
        return _("Free")
    lowest, highest = search.lowest, search.highest
    if lowest and highest:
        return _("Tickets from %(lowest)s to %(highest)s", lowest=lowest, highest=highest)
    if lowest:
        return _("Tickets from %(price)s", price=lowest)
    return _("Tickets up to %(price)s", price=highest)


def day_url(day: date, search: Search) -> str:
    """The list of one day, narrowed as the calendar is."""
    asked = arguments_of(search.without("dates")) | {"from": day.isoformat(), "to": day.isoformat()}
    return f"{link_to('catalog.events')}?{urlencode(asked)}"


def next_month(month: date, by: int = 1) -> date:
    """The first day of a month ``by`` months away."""
    number = month.year * 12 + month.month - 1 + by
    return date(number // 12, number % 12 + 1, 1)


GLOBALS = {
    "period_names": period_names,
    "sort_names": sort_names,
    "list_url": list_url,
    "calendar_url": calendar_url,
    "day_url": day_url,
}
