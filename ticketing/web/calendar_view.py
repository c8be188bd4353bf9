"""The programme as a calendar: a month at a time, narrowed by the same filters as the list."""

from __future__ import annotations

from calendar import Calendar
from dataclasses import replace
from datetime import date

from babel import Locale
from babel.dates import format_skeleton, get_day_names
from flask import Blueprint, render_template, request

from ticketing import clock
from ticketing.queries import catalog, months
from ticketing.web.language import language
from ticketing.web.narrowing import calendar_url, filters_on, house_zone, next_month, search_from

bp = Blueprint("calendar_view", __name__)

#: Months ahead that can be turned to, and that search engines may show.
_FURTHEST, _INDEXED = 36, 12


def _asked_month(this: date) -> date:
    """The first day of the ``month`` in the address, between this month and the last that there is."""
    try:
        asked = date.fromisoformat(f"{request.args.get('month', '')}-01")
    except ValueError:
        return this
    return max(this, min(asked, next_month(this, _FURTHEST)))


@bp.get("/events/calendar/")
def month() -> str:
    """A month of the programme; ``?month=2026-12``, without it this one."""
    zone = house_zone()
    today = clock.now().astimezone(zone).date()
    this = today.replace(day=1)
    first = _asked_month(this)
    search = replace(search_from(request.args).without("dates"), sort="")
    kinds = catalog.categories()
    kind = next((kind.name for kind in kinds if kind.slug == search.category), search.category)
    found = months.of_month(first, search, zone=zone)
    starts_on = Locale.parse(language()).first_week_day
    return render_template(
        "catalog/calendar.html",
        search=search,
        month=first,
        title=format_skeleton("yMMMM", first, locale=language()),
        weeks=Calendar(starts_on).monthdatescalendar(first.year, first.month),
        weekdays=_weekdays(starts_on),
        days=found.days,
        total=found.total,
        today=today,
        before=next_month(first, -1) if first > this else None,
        after=next_month(first) if first < next_month(this, _FURTHEST) else None,
        indexable=search.is_empty and first <= next_month(this, _INDEXED) and found.total > 0,
        filters_on=filters_on(search, kind, lambda other: calendar_url(other, first)),
        categories=tuple(kinds),
        cities=tuple(catalog.cities()),
    )


def _weekdays(starts_on: int) -> list[tuple[str, str]]:
    """Short and whole names of the days of a week, in its order."""
    short, whole = (get_day_names(width, locale=language()) for width in ("abbreviated", "wide"))
    return [(short[day % 7], whole[day % 7]) for day in range(starts_on, starts_on + 7)]
