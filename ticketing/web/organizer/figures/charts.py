"""A table of figures, and the charts that are drawn of it: the script reads what the table says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from babel.dates import format_skeleton, format_time
from flask_babel import format_decimal, format_percent
from flask_babel import gettext as _

from ticketing import money
from ticketing.web.display import show_date, show_money
from ticketing.web.language import language
from ticketing.web.organizer.figures.spans import DAY, MONTH, Sums

TICKETS, GIFTS, PEOPLE = "tickets", "gifts", "people"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of figures. ``currency`` where they are amounts."""

    key: str
    words: str
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure as the script reads it, in major units, and as people do."""

    value: str
    shown: str


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table; ``short`` is what it is called below a chart."""

    words: str
    short: str
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Drawing:
    """One chart: bars of these columns, one on top of the other."""

    words: str
    columns: Sequence[str]


@dataclass(frozen=True, slots=True)
class Chart:
    """A table and the charts of it. ``span`` names its first column, ``foot`` the row of sums."""

    id: str
    title: str
    span: str
    columns: Sequence[Column]
    lines: Sequence[Line]
    drawings: Sequence[Drawing]
    foot: Line | None = None
    notes: Sequence[str] = field(default_factory=tuple)


def number(value: int) -> Cell:
    """So many of something."""
    return Cell(str(value), format_decimal(value))


def amount(minor: int, currency: str) -> Cell:
    """An amount of money."""
    return Cell(str(money.to_decimal(minor, currency)), show_money(minor, currency))


def sales_columns(sums: Iterable[Sums], currencies: Sequence[str]) -> list[Column]:
    """Tickets; complimentary ones where there were any; revenue by currency."""
    columns = [Column(TICKETS, _("Tickets sold"))]
    if any(one.gifts for one in sums):
        columns.append(Column(GIFTS, _("Complimentary")))
    several = len(currencies) > 1
    for currency in currencies:
        words = _("Revenue in %(currency)s", currency=currency) if several else _("Revenue")
        columns.append(Column(currency, words, currency))
    return columns


def sales_cells(sums: Sums, columns: Sequence[Column]) -> list[Cell]:
    """One stretch of time in these columns."""
    counts = {TICKETS: sums.tickets, GIFTS: sums.gifts}
    return [
        amount(sums.revenue.get(column.currency, 0), column.currency)
        if column.currency
        else number(counts[column.key])
        for column in columns
    ]


def sales_drawings(columns: Sequence[Column]) -> list[Drawing]:
    """Tickets in one chart, money in another one for each currency."""
    counted = [column.key for column in columns if not column.currency]
    drawings = [Drawing(_("Tickets"), counted)]
    return drawings + [Drawing(column.words, [column.key]) for column in columns if column.currency]


def day_words(day: date, step: str) -> tuple[str, str]:
    """A day, or the week or month that it begins: in full, and as short as below a chart."""
    short = format_skeleton("MMMd", day, locale=language())
    if step == DAY:
        return show_date(day), short
    if step == MONTH:
        return tuple(format_skeleton(skeleton, day, locale=language()) for skeleton in ("yMMMM", "yMMM"))  # type: ignore[return-value]
    return _("Week from %(day)s", day=show_date(day)), short


def clock_words(begin: datetime) -> str:
    """An hour of a day: ``8:00 PM``."""
    return format_time(begin, "short", locale=language())


def share(part: int, whole: int) -> str:
    """How much more or less than before, in per cent: ``+20%``. Nothing where there was nothing before."""
    if whole <= 0 or part == whole:
        return ""
    change = ((Decimal(part) - whole) / whole).quantize(Decimal("0.01"))
    if not change:
        return ""
    return ("+" if change > 0 else "−") + format_percent(abs(change))
