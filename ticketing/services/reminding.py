"""Reminding: the day before, everybody who comes is told once more when and where, with the tickets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, exists, false, insert, or_, select, update

from ticketing import clock
from ticketing.extensions import db
from ticketing.models import Event, EventDay, Offer, Order, OutboxMessage, Ticket
from ticketing.models.events import DAY_BASED, PUBLISHED, TIER_AND_DAY
from ticketing.models.orders import CONFIRMED
from ticketing.models.outbox import QUEUED
from ticketing.models.tickets import ACTIVE, USED
from ticketing.models.types import table
from ticketing.queries import audience
from ticketing.services import notifications
from ticketing.services.tickets.papers import hours_of
from ticketing.transaction import transactional

#: So long before the doors open.
AHEAD = timedelta(hours=24)
#: Who had their confirmation so shortly before that needs no reminder.
FRESH = timedelta(hours=12)
_BATCH = 200


@dataclass(frozen=True, slots=True)
class _Due:
    """Whose time has come: all orders of these events; of those that sell by the day, the orders with a
    ticket for another offer than ``later``."""

    events: list[int]
    by_the_day: list[int]
    later: list[int]


def remind_due() -> int:
    """Promise a reminder to everybody whose event, or first day of it, begins within a day; how many.

    Nothing is written while nothing is due: two statements then, three where events sell by the day.
    """
    due, promised = _due(clock.now()), 0
    while (ids := _orders_of(due)) and (number := _remind(ids)) is not None:
        promised += number
    return promised


def _due(now: datetime) -> _Due:
    sells_by_the_day = Event.pricing_type.in_((DAY_BASED, TIER_AND_DAY))
    soon = (
        select(Event.id, sells_by_the_day.label("by_the_day"))
        .where(Event.status == PUBLISHED, Event.starts_at <= now + AHEAD, Event.ends_at > now)
        .where(or_(Event.starts_at > now, sells_by_the_day))
    )
    found = db.session.execute(soon).all()
    by_the_day = [event.id for event in found if event.by_the_day]
    later = [offer.id for offer in _days(by_the_day) if hours_of(offer, offer.date)[0] > now + AHEAD]
    return _Due([event.id for event in found if not event.by_the_day], by_the_day, later)


def _days(event_ids: list[int]) -> Sequence[Row[Any]]:
    """The offers for single days."""
    if not event_ids:
        return []
    columns: tuple[Any, ...] = (
        Offer.id,
        EventDay.date,
        Event.starts_at.label("event_starts_at"),
        Event.ends_at.label("event_ends_at"),
        Event.timezone.label("event_timezone"),
    )
    return db.session.execute(
        select(*columns)
        .join(EventDay, EventDay.id == Offer.day_id)
        .join(Event, Event.id == Offer.event_id)
        .where(Offer.event_id.in_(event_ids), EventDay.date.is_not(None))
    ).all()


def _orders_of(due: _Due) -> list[int]:
    """The next few orders that nobody has looked at yet."""
    if not due.events and not due.by_the_day:
        return []
    has_ticket = exists().where(
        Ticket.order_id == Order.id, Ticket.status.in_((ACTIVE, USED)), Ticket.offer_id.not_in(due.later)
    )
    of_days: ColumnElement[bool] = false()
    if due.by_the_day:
        of_days = and_(Order.event_id.in_(due.by_the_day), has_ticket)
    return list(
        db.session.scalars(
            select(Order.id)
            .where(Order.event_id.in_([*due.events, *due.by_the_day]), *_open())
            .where(or_(Order.event_id.in_(due.events), of_days))
            .limit(_BATCH)
        )
    )


def _open() -> tuple[ColumnElement[bool], ...]:
    return Order.status == CONFIRMED, Order.reminded_at.is_(None)


@transactional
def _remind(order_ids: list[int]) -> int | None:
    """Promise the reminders of these orders that no other runner promises at this moment; how many, or None
    where none was left. An order is done with then, also where nobody needs a reminder; that is no change of
    it: ``updated_at`` stays."""
    columns: tuple[Any, ...] = (Order.id, Order.language, Order.buyer_email, Order.confirmed_at)
    free = select(*columns).where(Order.id.in_(order_ids), *_open()).order_by(Order.id)
    orders = db.session.execute(free.with_for_update(key_share=True, skip_locked=True)).all()
    marked = db.session.scalars(
        update(Order)
        .where(Order.id.in_([order.id for order in orders]), *_open())
        .values(reminded_at=clock.now(), updated_at=Order.updated_at)
        .returning(Order.id)
        .execution_options(synchronize_session=False)
    ).all()
    if not marked:
        return None
    tickets = sorted(audience.valid_tickets_of(marked), key=lambda ticket: ticket.order_id)
    held = {order_id: list(some) for order_id, some in groupby(tickets, lambda ticket: ticket.order_id)}
    rows = [row for order in orders if order.id in held for row in _messages(order, held[order.id])]
    if rows:
        db.session.execute(insert(table(OutboxMessage)), rows)
    return len(rows)


def _messages(order: Row[Any], tickets: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    """One for the buyer, the day before the first ticket that is still theirs; one for each that was passed
    on, the day before its own day."""
    now, kind, rows = clock.now(), notifications.REMINDER, []
    kept = [hours_of(ticket, ticket.offer_day)[0] for ticket in tickets if not ticket.passed_on]
    if kept and order.buyer_email and _needs_one(order, min(kept), now):
        due_at = max(now, min(kept) - AHEAD)
        rows.append(notifications.row(kind, order.language, order.id, {"order_id": order.id}, due_at))
    for ticket in tickets:
        opens_at = hours_of(ticket, ticket.offer_day)[0]
        if ticket.passed_on and _needs_one(order, opens_at, now):
            about, due_at = notifications.ticket(ticket), max(now, opens_at - AHEAD)
            rows.append(notifications.row(kind, ticket.language, order.id, about, due_at))
    return rows


def _needs_one(order: Row[Any], opens_at: datetime, now: datetime) -> bool:
    """It has not begun, and the confirmation lies some time back."""
    return opens_at > now and (order.confirmed_at is None or order.confirmed_at <= opens_at - AHEAD - FRESH)


def remind_again(order_ids: Sequence[int], starts_at: datetime) -> None:
    """Within the caller's command: their event was moved. Where it starts later than a day from now, who was
    reminded will be again, and what waits to be sent is forgotten. No change of the orders either."""
    if starts_at <= clock.now() + AHEAD:
        return
    db.session.execute(
        update(Order)
        .where(Order.id.in_(order_ids), Order.reminded_at.is_not(None))
        .values(reminded_at=None, updated_at=Order.updated_at)
        .execution_options(synchronize_session=False)
    )
    db.session.execute(
        delete(OutboxMessage)
        .where(
            OutboxMessage.order_id.in_(order_ids),
            OutboxMessage.kind == notifications.REMINDER,
            OutboxMessage.status == QUEUED,
            OutboxMessage.attempts == 0,
        )
        .execution_options(synchronize_session=False)
    )
