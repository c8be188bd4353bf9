"""An event's scans as a file for spreadsheet programs. Whatever the reader's language, columns and words are
English ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from ticketing.models.offers import full_name
from ticketing.queries import scans
from ticketing.queries.scans import Filter
from ticketing.web.organizer import csv_files
from ticketing.web.organizer.csv_files import local_text, utc_text
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


def lines(event: Row[Any], wanted: Filter) -> Iterator[str]:
    """The file in pieces, oldest scan first: the heading, then a batch of rows at a time."""
    zone = ZoneInfo(event.timezone)
    return csv_files.pieces(COLUMNS, _batches(event.id, wanted, zone))


def _batches(event_id: int, wanted: Filter, zone: ZoneInfo) -> Iterator[list[tuple[str, ...]]]:
    for rows in scans.stream(event_id, wanted):
        earlier = scans.earlier(rows)
        yield [cells(row, earlier.get(row.id), zone) for row in rows]


def cells(row: Row[Any], earlier: Row[Any] | None, zone: ZoneInfo) -> tuple[str, ...]:
    """A scan in the order of ``COLUMNS``."""
    return (
        local_text(row.scanned_at, zone),
        utc_text(row.scanned_at),
        utc_text(row.created_at),
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
        local_text(earlier.scanned_at, zone) if earlier else "",
        earlier.gate if earlier else "",
        device_of(earlier) if earlier else "",
    )
