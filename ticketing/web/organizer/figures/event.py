"""One event's figures as its page shows them: over time, by channel, at the door."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from ticketing import clock
from ticketing.queries.event_figures import Overview
from ticketing.queries.sales_figures import Takings
from ticketing.web.display import show_date, show_money
from ticketing.web.organizer.figures import charts, spans
from ticketing.web.organizer.figures.charts import PEOPLE, Chart, Column, Drawing, Line


@dataclass(frozen=True, slots=True)
class EventFigures:
    """``takings`` has the event's own currency also before the first sale. ``arrivals`` is of ``day``, one of
    ``days``."""

    takings: Sequence[Takings]
    sales: Chart | None
    opening: Chart | None
    arrivals: Chart | None
    day: date | None
    days: Sequence[date]


def figures_of(found: Overview, asked: str) -> EventFigures:
    """What its page shows; ``asked`` names the day at the door, else it is the last with a visitor."""
    zone = ZoneInfo(found.event.timezone)
    days = spans.days_with(found.arrivals, zone)
    day = next((one for one in days if one.isoformat() == asked), days[-1] if days else None)
    return EventFigures(
        found.sales.takings or [Takings(found.event.currency, 0, 0)],
        _sales(found, zone),
        _opening(found, zone),
        _arrivals(found, zone, day) if day else None,
        day,
        days,
    )


def _currencies(found: Overview) -> list[str]:
    return [taken.currency for taken in found.sales.takings if taken.paid]


def _sales(found: Overview, zone: ZoneInfo) -> Chart | None:
    """From the first sale until the last, or until now as long as there is something to sell."""
    sold = found.sales.sold
    stretch = spans.days_of(sold, zone)
    if stretch is None:
        return None
    first, last = stretch
    if found.event.status == "published":
        until = min(clock.now(), found.event.ends_at).astimezone(zone).date()
        last = max(last, until)
    step = spans.step_for(first, last)
    shown = spans.widened(spans.by_day(sold, zone, first, last), step)
    columns = charts.sales_columns(shown.values(), _currencies(found))
    lines = [
        Line(*charts.day_words(day, step), charts.sales_cells(sums, columns)) for day, sums in shown.items()
    ]
    titles = {
        spans.DAY: (_("Sales by day"), _("Day")),
        spans.WEEK: (_("Sales by week"), _("Week")),
        spans.MONTH: (_("Sales by month"), _("Month")),
    }
    everything = spans.summed(sold)
    undated = spans.summed(one for one in sold if one.quarter is None)
    notes = [
        _(
            "%(amount)s of it belongs to no day: it was paid for orders that never came about.",
            amount=show_money(left, currency),
        )
        for currency, left in undated.revenue.items()
        if left
    ]
    return Chart(
        "sales",
        *titles[step],
        columns,
        lines,
        charts.sales_drawings(columns),
        Line(_("Together"), "", charts.sales_cells(everything, columns)),
        notes,
    )


def _opening(found: Overview, zone: ZoneInfo) -> Chart | None:
    """The first day with a sale, where more than one day is sold on."""
    stretch = spans.days_of(found.sales.sold, zone)
    if stretch is None:
        return None
    first = stretch[0]
    hours = spans.by_hour(found.sales.sold, zone, first)
    columns = charts.sales_columns((sums for _begin, sums in hours), _currencies(found))
    lines = [
        Line(charts.clock_words(begin), charts.clock_words(begin), charts.sales_cells(sums, columns))
        for begin, sums in hours
    ]
    counted = [column.key for column in columns if not column.currency]
    title = _("The first day of sales, %(day)s", day=show_date(first))
    return Chart("opening", title, _("Hour"), columns, lines, [Drawing(_("Tickets"), counted)])


def _arrivals(found: Overview, zone: ZoneInfo, day: date) -> Chart:
    came = spans.arrivals_on(found.arrivals, zone, day)
    lines, so_far = [], 0
    for begin, people in came:
        so_far += people
        until = charts.clock_words(begin + timedelta(minutes=15))
        words = _("%(begin)s to %(end)s", begin=charts.clock_words(begin), end=until)
        cells = [charts.number(people), charts.number(so_far)]
        lines.append(Line(words, charts.clock_words(begin), cells))
    columns = [Column(PEOPLE, _("Let in")), Column("so_far", _("So far"))]
    title = _("At the door, %(day)s", day=show_date(day))
    return Chart("arrivals", title, _("Time"), columns, lines, [Drawing(_("Let in"), [PEOPLE])])
