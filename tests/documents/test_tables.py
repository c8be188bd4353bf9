"""Rows for spreadsheet programs: typed, never calculated, and written without being held."""

from __future__ import annotations

import csv
import io
import tracemalloc
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.documents.workbooks import Workbook
from ticketing.documents.tables import Amount, Cell, Column, csv_pieces, write_csv, write_xlsx

LISBON = ZoneInfo("Europe/Lisbon")
COLUMNS = (Column("Name", 20), Column("Ordered", 18, is_moment=True), Column("Tickets", 9), Column("Paid"))
SUMMER = datetime(2029, 7, 1, 18, 30, tzinfo=UTC)
ROWS: list[tuple[Cell, ...]] = [
    ("Zoë", SUMMER, 3, Amount(123_450, "USD")),
    ("Ada", None, 0, Amount(500, "JPY")),
]


def workbook(tmp_path: Path, rows: Sequence[Sequence[Cell]]) -> Workbook:
    write_xlsx(path := tmp_path / "file", COLUMNS, [rows], LISBON)
    return Workbook(path.read_bytes())


def test_a_workbook_has_typed_cells(tmp_path: Path) -> None:
    book = workbook(tmp_path, ROWS)
    heading, first, second = book.rows
    assert [cell.value for cell in heading] == ["Name", "Ordered (Europe/Lisbon)", "Tickets", "Paid"]
    assert [cell.kind for cell in first] == ["text", "number", "number", "number"]
    assert first[0].value == "Zoë"
    assert (first[1].moment, first[1].shape) == ("2029-07-01T19:30:00", "yyyy-mm-dd hh:mm")
    assert first[2].value == "3"
    assert (float(first[3].value), first[3].shape) == (1234.5, "#,##0.00 [$USD]")
    assert [(cell.kind, cell.value) for cell in second] == [
        ("text", "Ada"),
        ("number", "0"),
        ("number", "500"),
    ]
    assert second[-1].shape == "#,##0 [$JPY]"


def test_the_heading_stays_in_sight_filters_and_is_wide_enough(tmp_path: Path) -> None:
    book = workbook(tmp_path, ROWS)
    assert book.has("pane").get("state") == "frozen"
    assert book.has("pane").get("ySplit") == "1"
    assert book.has("autoFilter").get("ref") == "A1:D3"
    assert float(book.has("col").get("width", 0)) > 20


def test_a_workbook_without_rows_can_be_opened(tmp_path: Path) -> None:
    book = workbook(tmp_path, [])
    assert len(book.rows) == 1
    assert book.has("autoFilter").get("ref") == "A1:D1"


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "https://x.example", "123", "{=A1}"]
)
def test_a_text_stays_a_text(tmp_path: Path, text: str) -> None:
    rows: list[tuple[Cell, ...]] = [(text, None, 1, None)]
    cell = workbook(tmp_path, rows).rows[1][0]
    assert (cell.kind, cell.value) == ("text", text)
    (row,) = list(csv.reader(io.StringIO("".join(csv_pieces(COLUMNS, [rows], LISBON)), newline="")))[1:]
    assert row[0].lstrip("'") == text
    assert not row[0].startswith(("=", "+", "-", "@", "\t"))


@pytest.mark.parametrize("text", ["\x0b\x01 odd", "<b>&amp;", "]]>", " spaces ", "x" * 40_000, "😀 \ufffe"])
def test_any_text_makes_a_workbook_that_can_be_read(tmp_path: Path, text: str) -> None:
    (_heading, row) = workbook(tmp_path, [(text, None, 1, None)]).rows
    assert row[0].kind == "text"
    assert row[0].value


def test_a_csv_file_is_the_same_written_or_sent(tmp_path: Path) -> None:
    write_csv(path := tmp_path / "file", COLUMNS, [ROWS], LISBON)
    sent = "".join(csv_pieces(COLUMNS, [ROWS], LISBON))
    assert path.read_bytes().decode() == sent
    lines = list(csv.reader(io.StringIO(sent.removeprefix("\ufeff"), newline="")))
    assert lines[0] == ["Name", "Ordered", "Tickets", "Paid"]
    assert lines[1:] == [["Zoë", "2029-07-01T19:30:00+01:00", "3", "1234.50"], ["Ada", "", "0", "500.00"]]


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    def batches(number: int) -> Iterator[list[tuple[Cell, ...]]]:
        for batch in range(number):
            yield [(f"Name {batch} {n}", SUMMER, n, Amount(n, "EUR")) for n in range(500)]

    def peak(number: int) -> int:
        write_xlsx(tmp_path / "warm", COLUMNS, batches(1), LISBON)
        tracemalloc.start()
        write_xlsx(tmp_path / "file", COLUMNS, batches(number), LISBON)
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    assert peak(12) < 1.5 * peak(3)
