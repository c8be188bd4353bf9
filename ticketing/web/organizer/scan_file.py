"""An event's scans as a file for spreadsheet programs: CSV as RFC 4180 has it, in UTF-8 with the mark that
Excel looks for. Whatever the reader's language, columns and words are English ones."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from ticketing.models.offers import full_name
from ticketing.queries import scans
from ticketing.queries.scans import Filter
from ticketing.web.organizer.scan_words import device_of, scanned_by

COLUMNS = (
    "Time",
    "Time (UTC)",
    "Received (UTC)",
    "Direction",
    "Result",
    "Reason",
    "Attendee",
    "Ticket",
    "Ticket number",
    "Order number",
    "Gate",
    "Device",
    "Scanned by",
    "Told without a network",
    "Conflict",
    "Used before at",
    "Used before at gate",
    "Used before with device",
)
_MARK = "\ufeff"
#: What a spreadsheet program would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def lines(event: Row[Any], wanted: Filter) -> Iterator[str]:
    """The file in pieces, oldest scan first: the heading, then a batch of rows at a time."""
    yield _MARK + _written([COLUMNS])
    zone = ZoneInfo(event.timezone)
    for rows in scans.stream(event.id, wanted):
        earlier = scans.earlier(rows)
        yield _written([cells(row, earlier.get(row.id), zone) for row in rows])


def cells(row: Row[Any], earlier: Row[Any] | None, zone: ZoneInfo) -> tuple[str, ...]:
    """A scan in the order of ``COLUMNS``."""
    return (
        _local(row.scanned_at, zone),
        _utc(row.scanned_at),
        _utc(row.created_at),
        row.direction,
        row.result,
        row.reason.replace("_", " "),
        row.attendee_name or row.buyer_name or "",
        full_name(row.ticket_name or "", row.tier_name or "", row.day_name or ""),
        row.ticket_number or "",
        row.order_number or "",
        row.gate,
        device_of(row),
        scanned_by(row),
        row.claimed,
        "yes" if row.is_conflict else "",
        _local(earlier.scanned_at, zone) if earlier else "",
        earlier.gate if earlier else "",
        device_of(earlier) if earlier else "",
    )


def harmless(cell: str) -> str:
    """The cell as a text, also where a spreadsheet program would calculate it."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _written(rows: list[tuple[str, ...]]) -> str:
    file = io.StringIO()
    csv.writer(file).writerows([harmless(cell) for cell in row] for row in rows)
    return file.getvalue()


def _local(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).isoformat(timespec="seconds")


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
