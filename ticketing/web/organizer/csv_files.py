"""Files for spreadsheet programs: CSV as RFC 4180 has it, in UTF-8 with the mark that Excel looks for."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Response, current_app
from flask import stream_with_context as streamed

Cells = Sequence[str]

_MARK = "\ufeff"
#: What a spreadsheet program would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def pieces(columns: Cells, batches: Iterable[Iterable[Cells]]) -> Iterator[str]:
    """The file in pieces: the heading, then a batch of rows at a time."""
    yield _MARK + _written([columns])
    for rows in batches:
        yield _written(rows)


def sent(file: Iterator[str], name: str) -> Response:
    """The answer that brings a file of that name while it is written."""
    answer = current_app.response_class(
        streamed(file), mimetype="text/csv", content_type="text/csv; charset=utf-8"
    )
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


def harmless(cell: str) -> str:
    """The cell as a text, also where a spreadsheet program would calculate it."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def local_text(moment: datetime | None, zone: ZoneInfo) -> str:
    """``2026-03-14T19:30:00+01:00``; nothing for no moment."""
    return moment.astimezone(zone).isoformat(timespec="seconds") if moment else ""


def utc_text(moment: datetime | None) -> str:
    """``2026-03-14T18:30:00Z``; nothing for no moment."""
    return local_text(moment, ZoneInfo("UTC")).replace("+00:00", "Z") if moment else ""


def _written(rows: Iterable[Cells]) -> str:
    file = io.StringIO()
    csv.writer(file).writerows([harmless(cell) for cell in row] for row in rows)
    return file.getvalue()
