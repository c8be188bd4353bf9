"""An event's orders as a file for spreadsheet programs. Whatever the reader's language, columns and words are
English ones; amounts are in major units."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from ticketing import money
from ticketing.queries import organizer_orders
from ticketing.web.organizer import csv_files
from ticketing.web.organizer.csv_files import local_text

COLUMNS = (
    "Order number",
    "Ordered",
    "Standing",
    "Buyer",
    "E-mail",
    "Phone",
    "Tickets",
    "Currency",
    "Subtotal",
    "Discount",
    "Service fee",
    "Total",
    "Paid",
    "Refunded",
    "Promo code",
    "Sold through",
)


def lines(event: Row[Any], words: str, status: str, made: str = "") -> Iterator[str]:
    """The file in pieces, oldest order first: the heading, then a batch of rows at a time."""
    rows = organizer_orders.stream(event.id, words=words, status=status, made=made)
    return csv_files.pieces(COLUMNS, _batches(rows, ZoneInfo(event.timezone)))


def _batches(batches: Iterable[Sequence[Row[Any]]], zone: ZoneInfo) -> Iterator[list[tuple[str, ...]]]:
    for rows in batches:
        yield [_cells(row, zone) for row in rows]


def _cells(row: Row[Any], zone: ZoneInfo) -> tuple[str, ...]:
    """An order in the order of ``COLUMNS``."""
    sums = (row.subtotal, row.discount, row.fee, row.amount_due, row.amount_paid, row.amount_refunded)
    return (
        row.number,
        local_text(row.created_at, zone),
        row.standing,
        row.buyer_name,
        row.buyer_email,
        row.buyer_phone,
        str(row.tickets or 0),
        row.currency,
        *(money.to_text(amount, row.currency) for amount in sums),
        row.promo_code,
        row.channel,
    )
