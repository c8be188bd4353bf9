"""Who is written to about an event: buyers of its confirmed orders, and whoever got a ticket passed on.

Flat rows, one statement each, a batch at a time.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, or_, select

from ticketing.extensions import db
from ticketing.models import Event, EventDay, Offer, Order, Ticket, User
from ticketing.models.orders import CONFIRMED
from ticketing.models.tickets import ACTIVE, USED

Rows = Sequence[Row[Any]]


def buyers_of(event_id: int, *, after: int, limit: int) -> Rows:
    """The event's confirmed orders with a higher id, by their ids: ``id, language, buyer_email,
    confirmed_at``."""
    columns: tuple[Any, ...] = (Order.id, Order.language, Order.buyer_email, Order.confirmed_at)
    return db.session.execute(
        select(*columns)
        .where(Order.event_id == event_id, Order.status == CONFIRMED, Order.id > after)
        .order_by(Order.id)
        .limit(limit)
    ).all()


def is_anybody_coming(event_id: int) -> bool:
    """Whether the event has a confirmed order."""
    confirmed = select(Order.id).where(Order.event_id == event_id, Order.status == CONFIRMED)
    return db.session.scalar(confirmed.limit(1)) is not None


def valid_tickets_of(order_ids: Collection[int], *, only_passed_on: bool = False) -> Rows:
    """Tickets of these orders that admit somebody: ``id, order_id, code_version, passed_on, language`` (its
    holder's, else the order's), ``offer_day`` and the hours of its event."""
    passed_on = was_passed_on()
    columns: tuple[Any, ...] = (
        Ticket.id,
        Ticket.order_id,
        Ticket.code_version,
        passed_on.label("passed_on"),
        func.coalesce(User.language, Order.language).label("language"),
        EventDay.date.label("offer_day"),
        Event.starts_at.label("event_starts_at"),
        Event.ends_at.label("event_ends_at"),
        Event.timezone.label("event_timezone"),
    )
    statement = (
        select(*columns)
        .join(Order, Order.id == Ticket.order_id)
        .join(Event, Event.id == Ticket.event_id)
        .join(Offer, Offer.id == Ticket.offer_id)
        .outerjoin(EventDay, EventDay.id == Offer.day_id)
        .outerjoin(User, User.id == Ticket.user_id)
        .where(Ticket.order_id.in_(order_ids), Ticket.status.in_((ACTIVE, USED)))
        .order_by(Ticket.id)
    )
    return db.session.execute(statement.where(passed_on) if only_passed_on else statement).all()


def was_passed_on() -> ColumnElement[bool]:
    """Whether a ticket is no longer its buyer's; where the buyer has no account, its code tells."""
    nobodys = and_(Ticket.user_id.is_(None), Order.user_id.is_(None))
    return or_(Ticket.user_id.is_distinct_from(Order.user_id), and_(nobodys, Ticket.code_version > 1))
