"""What is in an exported file. Whatever the reader's language, columns and words are English ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from ticketing.documents.tables import Amount, Batches, Cell, Column
from ticketing.models.desk import ATTENDEES
from ticketing.models.offers import full_name
from ticketing.queries import attendees, organizer_orders
from ticketing.queries.attendees import Filter

#: What a list was narrowed to, by the names that its address has.
Asked = dict[str, Any]

ATTENDEE_COLUMNS = (
    Column("Attendee", 28),
    Column("E-mail", 30),
    Column("Ticket", 28),
    Column("Ticket number", 20),
    Column("Order number", 20),
    Column("Buyer", 28),
    Column("Standing", 12),
    Column("Admitted", 18, is_moment=True),
)
ORDER_COLUMNS = (
    Column("Order number", 20),
    Column("Ordered", 18, is_moment=True),
    Column("Standing", 12),
    Column("Buyer", 28),
    Column("E-mail", 30),
    Column("Phone", 18),
    Column("Tickets", 9),
    Column("Currency", 10),
    *(Column(name, 14) for name in ("Subtotal", "Discount", "Service fee", "Total", "Paid", "Refunded")),
    Column("Promo code", 16),
    Column("Sold through", 14),
)


@dataclass(frozen=True, slots=True)
class Table:
    """A heading, and the rows below it, read batch by batch."""

    columns: Sequence[Column]
    batches: Batches


def table_of(kind: str, event_id: int, asked: Asked) -> Table:
    """An event's ``attendees`` or ``orders``, as far as they are asked for, oldest first."""
    if kind == ATTENDEES:
        return Table(ATTENDEE_COLUMNS, _attendees(event_id, _filter(asked)))
    return Table(ORDER_COLUMNS, _orders(event_id, asked))


def count(kind: str, event_id: int, asked: Asked) -> int:
    """How many rows that are at this moment. One statement."""
    if kind == ATTENDEES:
        return attendees.count(event_id, _filter(asked))
    return organizer_orders.count(event_id, **_narrowed(asked))


def _filter(asked: Asked) -> Filter:
    return Filter(asked.get("q", ""), asked.get("type", 0), asked.get("standing", ""))


def _narrowed(asked: Asked) -> dict[str, Any]:
    names = {"words": "q", "status": "status", "made": "made"}
    return {name: asked.get(given, "") for name, given in names.items()}


def _attendees(event_id: int, wanted: Filter) -> Iterator[list[tuple[Cell, ...]]]:
    for rows in attendees.stream(event_id, wanted):
        yield [_of_ticket(row) for row in rows]


def _of_ticket(row: Row[Any]) -> tuple[Cell, ...]:
    return (
        row.attendee_name,
        row.attendee_email,
        full_name(row.ticket_name, row.tier_name, row.day_name),
        row.number,
        row.order_number,
        row.buyer_name,
        row.standing,
        row.used_at,
    )


def _orders(event_id: int, asked: Asked) -> Iterator[list[tuple[Cell, ...]]]:
    for rows in organizer_orders.stream(event_id, **_narrowed(asked)):
        yield [_of_order(row) for row in rows]


def _of_order(row: Row[Any]) -> tuple[Cell, ...]:
    sums = (row.subtotal, row.discount, row.fee, row.amount_due, row.amount_paid, row.amount_refunded)
    return (
        row.number,
        row.created_at,
        row.standing,
        row.buyer_name,
        row.buyer_email,
        row.buyer_phone,
        int(row.tickets or 0),
        row.currency,
        *(Amount(amount, row.currency) for amount in sums),
        row.promo_code,
        row.channel,
    )
