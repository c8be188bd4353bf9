"""Rows for spreadsheet programs, as CSV or as an Excel workbook. Cells are values; each form writes them in
its own way, and in none is a text ever calculated."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from ticketing import money

CSV, XLSX = "csv", "xlsx"
MIMETYPES = {CSV: "text/csv", XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
#: A sheet has so many rows, its heading counted; the programs read no more.
MOST_XLSX_ROWS = 1_048_576
_LONGEST_XLSX_TEXT = 32_767
#: What Excel looks for at the beginning of a CSV file in UTF-8.
MARK = "\ufeff"
#: What a spreadsheet program would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_MOMENT_FORMAT = "yyyy-mm-dd hh:mm"


class Amount(NamedTuple):
    """Money: minor units and their currency."""

    minor: int
    currency: str


Cell = str | int | datetime | Amount | None
Batches = Iterable[Iterable[Sequence[Cell]]]


@dataclass(frozen=True, slots=True)
class Column:
    """A heading, how wide it is shown (in characters), and whether its moments are by the event's clock."""

    name: str
    width: int = 14
    is_moment: bool = False


def csv_pieces(columns: Sequence[Column], batches: Batches, zone: ZoneInfo) -> Iterator[str]:
    """A CSV file in pieces (RFC 4180, UTF-8 with the mark that Excel looks for): the heading, then a batch of
    rows at a time. Moments carry their offset, amounts are major units."""
    yield MARK + csv_lines([[column.name for column in columns]])
    for rows in batches:
        yield csv_lines([_text(cell, zone) for cell in row] for row in rows)


def csv_lines(rows: Iterable[Iterable[str]]) -> str:
    """Rows as lines."""
    file = io.StringIO()
    csv.writer(file).writerows([harmless(cell) for cell in row] for row in rows)
    return file.getvalue()


def harmless(cell: str) -> str:
    """The cell as a text, also where a spreadsheet program would calculate it."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def local_text(moment: datetime | None, zone: ZoneInfo) -> str:
    """``2026-03-14T19:30:00+01:00``; nothing for no moment."""
    return moment.astimezone(zone).isoformat(timespec="seconds") if moment else ""


def _text(cell: Cell, zone: ZoneInfo) -> str:
    if isinstance(cell, Amount):
        return money.to_text(*cell)
    if isinstance(cell, datetime):
        return local_text(cell, zone)
    return "" if cell is None else str(cell)


def write_csv(path: Path, columns: Sequence[Column], batches: Batches, zone: ZoneInfo) -> None:
    """A CSV file at that place."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(csv_pieces(columns, batches, zone))


def write_xlsx(path: Path, columns: Sequence[Column], batches: Batches, zone: ZoneInfo) -> None:
    """A workbook at that place, row by row: memory does not grow with them. Moments are dates of the event's
    zone, amounts numbers of their currency; the heading stays in sight and filters. What is half done lies
    beside the file."""
    from xlsxwriter import Workbook

    options = {
        "constant_memory": True,
        "tmpdir": str(path.parent),
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with Workbook(str(path), options) as book:
        sheet = _Sheet(book, zone)
        sheet.head(columns)
        for rows in batches:
            for row in rows:
                sheet.add(row)
        sheet.close(len(columns))


class _Sheet:
    """The one sheet of a workbook, written from the top."""

    def __init__(self, book: Any, zone: ZoneInfo) -> None:
        self._book, self._zone, self._row = book, zone, 0
        self._sheet = book.add_worksheet()
        self._moment = book.add_format({"num_format": _MOMENT_FORMAT})
        self._amounts: dict[str, Any] = {}

    def head(self, columns: Sequence[Column]) -> None:
        bold = self._book.add_format({"bold": True, "bottom": 1})
        self._sheet.freeze_panes(1, 0)
        for number, column in enumerate(columns):
            name = f"{column.name} ({self._zone.key})" if column.is_moment else column.name
            self._sheet.set_column(number, number, max(column.width, len(name) + 3))
            self._sheet.write_string(0, number, name, bold)

    def add(self, cells: Sequence[Cell]) -> None:
        self._row += 1
        for number, cell in enumerate(cells):
            if isinstance(cell, Amount):
                major = float(money.to_decimal(*cell))
                self._sheet.write_number(self._row, number, major, self._amount(cell.currency))
            elif isinstance(cell, datetime):
                local = cell.astimezone(self._zone).replace(tzinfo=None)
                self._sheet.write_datetime(self._row, number, local, self._moment)
            elif isinstance(cell, int):
                self._sheet.write_number(self._row, number, cell)
            elif cell:
                self._sheet.write_string(self._row, number, cell[:_LONGEST_XLSX_TEXT])

    def close(self, columns: int) -> None:
        self._sheet.autofilter(0, 0, self._row, columns - 1)

    def _amount(self, currency: str) -> Any:
        """``1,234.50 EUR`` with the digits of the currency."""
        if currency not in self._amounts:
            digits = money.exponent(currency)
            number = f"#,##0.{'0' * digits}" if digits else "#,##0"
            self._amounts[currency] = self._book.add_format({"num_format": f"{number} [${currency}]"})
        return self._amounts[currency]


WRITERS = {CSV: write_csv, XLSX: write_xlsx}
