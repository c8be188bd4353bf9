"""Who comes to an event: one flat row a ticket, a page at a time or in a stream.

A row has the ticket's ``number``, ``attendee_name``, ``attendee_email``, ``used_at`` (when it first let
somebody in) and ``standing``; the names of its item; its order's ``order_number``, ``order_uuid`` and
``buyer_name``.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, or_, select

from ticketing import clock
from ticketing.extensions import db
from ticketing.models import Event, Offer, Order, OrderItem, Ticket
from ticketing.queries.catalog import Page
from ticketing.queries.tickets import standing

Rows = Sequence[Row[Any]]

PAGE_SIZE = 50
#: A list on paper is one list.
PRINTED = 2000
#: Rows that are read at once for a file.
BATCH = 1000


@dataclass(frozen=True, slots=True)
class Filter:
    """Which tickets are asked for; empty values ask for nothing. ``words`` are part of an attendee's or
    buyer's name, of the attendee's address, or of the ticket's or the order's number."""

    words: str = ""
    ticket_type: int = 0
    standing: str = ""


def find(event_id: int, wanted: Filter, *, page: int, size: int = PAGE_SIZE) -> Page:
    """A page of the event's tickets, by the attendee's name. Two statements."""
    where, now = _conditions(event_id, wanted), {"now": clock.now()}
    total = count(event_id, wanted)
    number = min(max(page, 1), max(1, -(-total // size)))
    by_name = (func.lower(Ticket.attendee_name), Ticket.id)
    rows = _listed().where(*where).order_by(*by_name).limit(size).offset((number - 1) * size)
    return Page(db.session.execute(rows, now).all(), number, size, total)


def count(event_id: int, wanted: Filter) -> int:
    """How many tickets match. One statement."""
    counted = _joined(func.count()).where(*_conditions(event_id, wanted))
    return db.session.scalar(counted, {"now": clock.now()}) or 0


def stream(event_id: int, wanted: Filter, size: int = BATCH) -> Iterator[Rows]:
    """Every ticket that matches, in the order in which they were issued, in batches.

    Each batch is a statement of its own that goes on where the one before ended, so that nothing stays open
    while somebody slow takes the file.
    """
    ordered, now = _listed().where(*_conditions(event_id, wanted)).order_by(Ticket.id), {"now": clock.now()}
    last = 0
    while rows := db.session.execute(ordered.where(Ticket.id > last).limit(size), now).all():
        yield rows
        if len(rows) < size:
            return
        last = rows[-1].id


def _conditions(event_id: int, wanted: Filter) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [Ticket.event_id == event_id]
    if wanted.standing:
        where.append(standing() == wanted.standing)
    if wanted.ticket_type:
        offers = select(Offer.id).where(Offer.ticket_type_id == wanted.ticket_type)
        where.append(Ticket.offer_id.in_(offers))
    if wanted.words:
        columns = (
            Ticket.attendee_name,
            Ticket.attendee_email,
            Ticket.number,
            Order.number,
            Order.buyer_name,
        )
        where.append(or_(*(column.icontains(wanted.words, autoescape=True) for column in columns)))
    return where


def _joined(*columns: Any) -> Select[*tuple[Any, ...]]:
    return (
        select(*columns)
        .select_from(Ticket)
        .join(Order, Order.id == Ticket.order_id)
        .join(OrderItem, OrderItem.id == Ticket.order_item_id)
        .join(Event, Event.id == Ticket.event_id)
    )


@functools.cache
def _listed() -> Select[*tuple[Any, ...]]:
    return _joined(
        Ticket.id,
        Ticket.number,
        Ticket.attendee_name,
        Ticket.attendee_email,
        Ticket.used_at,
        standing().label("standing"),
        OrderItem.ticket_name,
        OrderItem.tier_name,
        OrderItem.day_name,
        Order.number.label("order_number"),
        Order.uuid.label("order_uuid"),
        Order.buyer_name,
    )
