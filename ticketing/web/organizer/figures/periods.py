"""How sales go of late: today, the last seven and the last thirty days, each beside the time before it.

Days are those of the house's own clock (``DEFAULT_TIMEZONE``): organizations have no place of their own, an
organizer may have several with events in many zones, and a comparison needs one midnight that all share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from ticketing.queries.quarters import quarter_at
from ticketing.queries.sales_figures import Sold
from ticketing.web.organizer.figures import charts, spans
from ticketing.web.organizer.figures.charts import Chart, Line
from ticketing.web.organizer.figures.spans import Sums

LENGTHS = (1, 7, 30)


@dataclass(frozen=True, slots=True)
class Period:
    """The last days, today among them, and as many before, until the same time of the day."""

    days: int
    now: Sums
    before: Sums

    @property
    def words(self) -> str:
        """What it is called."""
        return _("Today") if self.days == 1 else _("Last %(number)s days", number=self.days)

    @property
    def trend(self) -> str:
        """How much more or fewer tickets, in per cent."""
        return charts.share(self.now.tickets, self.before.tickets)


@dataclass(frozen=True, slots=True)
class Recent:
    """``currencies`` are those in which something came in; ``chart`` the last thirty days, day by day."""

    periods: Sequence[Period]
    currencies: Sequence[str]
    chart: Chart


def since(now: datetime, zone: ZoneInfo) -> datetime:
    """The moment from which on sales are needed: the longest period, and as much before."""
    return _midnight(now, zone, 2 * LENGTHS[-1] - 1)


def _midnight(now: datetime, zone: ZoneInfo, days_ago: int) -> datetime:
    day = now.astimezone(zone).date() - timedelta(days=days_ago)
    return datetime.combine(day, datetime.min.time(), zone)


def recent(sold: Sequence[Sold], now: datetime, zone: ZoneInfo) -> Recent | None:
    """The periods, for sales since ``since``; nothing where there were none."""
    if not sold:
        return None
    today = now.astimezone(zone).date()
    shown = spans.by_day(sold, zone, today - timedelta(days=LENGTHS[-1] - 1), today)
    currencies = sorted({one.currency for one in sold if one.revenue})
    columns = charts.sales_columns(shown.values(), currencies)
    lines = [
        Line(*charts.day_words(day, spans.DAY), charts.sales_cells(sums, columns))
        for day, sums in shown.items()
    ]
    chart = Chart("recent", _("The last 30 days"), _("Day"), columns, lines, charts.sales_drawings(columns))
    return Recent([_period(sold, days, now, zone) for days in LENGTHS], currencies, chart)


def _period(sold: Sequence[Sold], days: int, now: datetime, zone: ZoneInfo) -> Period:
    begin, before = (quarter_at(_midnight(now, zone, ago)) for ago in (days - 1, 2 * days - 1))
    local = now.astimezone(zone)
    until = quarter_at((local - timedelta(days=days)).astimezone(ZoneInfo("UTC")))
    dated = [(one.quarter, one) for one in sold if one.quarter is not None]
    return Period(
        days,
        spans.summed(one for quarter, one in dated if quarter >= begin),
        spans.summed(one for quarter, one in dated if before <= quarter <= until),
    )
