"""Files for spreadsheet programs: CSV as RFC 4180 has it, in UTF-8 with the mark that Excel looks for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Response, current_app
from flask import stream_with_context as streamed

from ticketing.documents.tables import MARK, csv_lines, local_text

__all__ = ["Cells", "local_text", "pieces", "sent", "utc_text"]

Cells = Sequence[str]


def pieces(columns: Cells, batches: Iterable[Iterable[Cells]]) -> Iterator[str]:
    """The file in pieces: the heading, then a batch of rows at a time."""
    yield MARK + csv_lines([columns])
    for rows in batches:
        yield csv_lines(rows)


def sent(file: Iterator[str], name: str) -> Response:
    """The answer that brings a file of that name while it is written."""
    answer = current_app.response_class(
        streamed(file), mimetype="text/csv", content_type="text/csv; charset=utf-8"
    )
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


def utc_text(moment: datetime | None) -> str:
    """``2026-03-14T18:30:00Z``; nothing for no moment."""
    return local_text(moment, ZoneInfo("UTC")).replace("+00:00", "Z") if moment else ""
