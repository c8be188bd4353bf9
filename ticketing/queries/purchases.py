"""Reading what somebody bought: orders with their items, tickets, payments and refunds, as flat rows.

A row of a list has the order's columns under their names, ``event_uuid``, ``event_title``, ``quantity`` and
``has_open_payment`` beside them. In detail there is a row per item; its own columns are ``item_…``.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import BigInteger, Row, Select, bindparam, case, func, select

from ticketing import clock, policy
from ticketing.errors import NotFound
from ticketing.extensions import db
from ticketing.models import Event, Offer, Order, OrderItem, Payment, Refund, Ticket, TicketType, User, Venue
from ticketing.models.orders import CONFIRMED
from ticketing.models.payments import OPEN, PAID
from ticketing.policy import Actor, Permission
from ticketing.queries.keys import Key, condition_for
from ticketing.queries.order_rows import has_open_payment
from ticketing.queries.tickets import standing as ticket_standing

Rows = Sequence[Row[Any]]


@dataclass(frozen=True, slots=True)
class Purchase:
    """An order and all that belongs to it; ``first`` is any of its rows, for what they all share."""

    rows: Rows
    tickets: Rows = ()
    #: The latest one that counts: paid, else open, else the last.
    payment: Row[Any] | None = None
    refunds: Rows = field(default=())

    @property
    def first(self) -> Row[Any]:
        """What all rows share."""
        return self.rows[0]


@dataclass(frozen=True, slots=True)
class Figures:
    """Orders counted by how they stand.

    ``groups`` have ``status``, ``is_refunded`` (all that was paid was given back), ``currency``, ``number``
    and ``spent`` (minor units, refunds taken off); ``tickets`` are those of confirmed orders, less what was
    given back.
    """

    groups: Rows
    tickets: int


def get(actor: Actor, key: Key) -> Purchase:
    """One order. One statement as long as it is neither paid nor valid, at most three.

    :raises NotFound: there is none, or it is none of the actor's business.
    """
    rows = _rows_of(key)
    if not rows:
        raise NotFound("order")
    first = rows[0]
    policy.require(actor, Permission.ORDER_SEE, first)
    number = {"number": first.id}
    connection = db.session.connection()
    now = {"now": clock.now()}
    tickets = connection.execute(_tickets(), number | now).all() if first.confirmed_at else ()
    if not first.has_payments:
        return Purchase(rows, tickets)
    money = connection.execute(_payments(), number).all()
    refunds = sorted((row for row in money if row.refund_uuid), key=lambda row: row.refund_id)
    return Purchase(rows, tickets, money[0], refunds)


def standing(key: Key) -> Row[Any]:
    """How an order stands, for somebody who was just told that this is why something cannot be done."""
    return _rows_of(key)[0]


def visible(actor: Actor, number: int, size: int) -> tuple[Rows, int]:
    """A page of the actor's orders, of everybody's for support and staff; newest first. And how many there
    are on all pages. Two statements."""
    wanted = select(func.count()).select_from(Order)
    listed = _listed()
    if not policy.allows(actor, Permission.ORDER_SEE_ALL):
        wanted = wanted.where(Order.user_id == actor.user_id)
        listed = listed.where(Order.user_id == actor.user_id)
    total = db.session.scalar(wanted) or 0
    return db.session.execute(listed, {"limit": size, "offset": (number - 1) * size}).all(), total


def own(actor: Actor, status: str, limit: int, offset: int = 0) -> Rows:
    """The actor's own orders of that status, newest first. One statement."""
    mine = _listed().where(Order.user_id == actor.user_id, Order.status == status)
    return db.session.execute(mine, {"limit": limit, "offset": offset}).all()


def own_items(actor: Actor, limit: int, offset: int = 0) -> Rows:
    """The items of the actor's confirmed orders of which something is left, newest first. One statement."""
    mine: Select[*tuple[Any, ...]] = (
        select(
            *_item_columns(), Order.uuid, Order.number, Order.currency, Event.title, Event.uuid.label("event")
        )
        .select_from(OrderItem)
        .join(Order, Order.id == OrderItem.order_id)
        .join(Event, Event.id == Order.event_id)
        .join(Offer, Offer.id == OrderItem.offer_id)
        .join(TicketType, TicketType.id == Offer.ticket_type_id)
        .where(
            Order.user_id == actor.user_id,
            Order.status == CONFIRMED,
            OrderItem.returned < OrderItem.quantity,
        )
        .order_by(Order.created_at.desc(), Order.id.desc(), OrderItem.id)
    )
    return db.session.execute(mine.limit(limit).offset(offset)).all()


def figures(actor: Actor) -> Figures:
    """The actor's own orders in numbers. Two statements."""
    is_refunded = (Order.amount_paid > 0) & (Order.amount_refunded >= Order.amount_paid)
    counted: Select[*tuple[Any, ...]] = (
        select(
            Order.status,
            is_refunded.label("is_refunded"),
            Order.currency,
            func.count().label("number"),
            func.sum(Order.amount_paid - Order.amount_refunded).label("spent"),
        )
        .where(Order.user_id == actor.user_id)
        .group_by(Order.status, "is_refunded", Order.currency)
    )
    tickets = db.session.scalar(
        select(func.sum(OrderItem.quantity - OrderItem.returned))
        .join(Order, Order.id == OrderItem.order_id)
        .where(Order.user_id == actor.user_id, Order.status == CONFIRMED)
    )
    return Figures(db.session.execute(counted).all(), int(tickets or 0))


def _rows_of(key: Key) -> Rows:
    if type(key) is int and 0 < key < 2**63:
        return db.session.connection().execute(_by_number(), {"number": key}).all()
    named: Collection[Any] = (condition_for(Order, key),)
    return db.session.execute(_detailed().where(*named).order_by(OrderItem.id)).all()


@functools.cache
def _order_columns() -> tuple[Any, ...]:
    return (
        Order.id,
        Order.uuid,
        Order.number,
        Order.user_id,
        Order.status,
        Order.currency,
        Order.amount_due,
        Order.amount_paid,
        Order.amount_refunded,
        Order.created_at,
        Order.expires_at,
        Event.uuid.label("event_uuid"),
        Event.title.label("event_title"),
        has_open_payment().label("has_open_payment"),
    )


@functools.cache
def _item_columns() -> tuple[Any, ...]:
    return (
        OrderItem.uuid.label("item_uuid"),
        OrderItem.quantity.label("item_quantity"),
        OrderItem.returned.label("item_returned"),
        OrderItem.unit_price.label("item_unit_price"),
        OrderItem.ticket_name.label("item_ticket_name"),
        OrderItem.tier_name.label("item_tier_name"),
        OrderItem.day_name.label("item_day_name"),
        OrderItem.created_at.label("item_created_at"),
        Offer.uuid.label("item_offer"),
        TicketType.uuid.label("item_type"),
        Event.pricing_type.label("item_pricing_type"),
    )


@functools.cache
def _listed() -> Select[*tuple[Any, ...]]:
    quantity = select(func.sum(OrderItem.quantity)).where(OrderItem.order_id == Order.id).scalar_subquery()
    return (
        select(*_order_columns(), quantity.label("quantity"))
        .join(Event, Event.id == Order.event_id)
        .order_by(Order.created_at.desc(), Order.id.desc())
        .limit(bindparam("limit", type_=BigInteger))
        .offset(bindparam("offset", type_=BigInteger))
    )


@functools.cache
def _detailed() -> Select[*tuple[Any, ...]]:
    return (
        select(
            *_order_columns(),
            *_item_columns(),
            Order.subtotal,
            Order.fee,
            Order.discount,
            Order.promo_code,
            Order.buyer_name,
            Order.buyer_email,
            Order.buyer_phone,
            Order.notes,
            Order.cancellation_reason,
            Order.confirmed_at,
            Order.cancelled_at,
            Order.updated_at,
            Event.starts_at.label("event_starts_at"),
            Event.banner_image.label("event_image"),
            Venue.city.label("event_city"),
            User.uuid.label("user_uuid"),
            select(Payment.id).where(Payment.order_id == Order.id).exists().label("has_payments"),
        )
        .select_from(Order)
        .join(Event, Event.id == Order.event_id)
        .join(Venue, Venue.id == Event.venue_id)
        .join(OrderItem, OrderItem.order_id == Order.id)
        .join(Offer, Offer.id == OrderItem.offer_id)
        .join(TicketType, TicketType.id == Offer.ticket_type_id)
        .outerjoin(User, User.id == Order.user_id)
    )


@functools.cache
def _by_number() -> Select[*tuple[Any, ...]]:
    """Built once: every order is answered with it, and building costs more than running."""
    return _detailed().where(Order.id == bindparam("number")).order_by(OrderItem.id)


@functools.cache
def _tickets() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Ticket.uuid,
            Ticket.number,
            Ticket.user_id,
            Ticket.status,
            ticket_standing().label("standing"),
            Ticket.used_at,
            Ticket.code_version,
            Ticket.key_version,
            Ticket.attendee_name,
            Ticket.attendee_email,
            OrderItem.ticket_name,
            OrderItem.tier_name,
            OrderItem.day_name,
        )
        .join(OrderItem, OrderItem.id == Ticket.order_item_id)
        .join(Event, Event.id == Ticket.event_id)
        .where(Ticket.order_id == bindparam("number"))
        .order_by(Ticket.order_item_id, Ticket.position)
    )


@functools.cache
def _payments() -> Select[*tuple[Any, ...]]:
    """Payments with their refunds, the payment that counts first."""
    weight = case((Payment.status == PAID, 0), (Payment.status == OPEN, 1), else_=2)
    return (
        select(
            Payment.gateway,
            Payment.reference,
            Payment.status,
            Payment.amount,
            Payment.currency,
            Payment.amount_refunded,
            Payment.method,
            Payment.details,
            Payment.settled_at,
            Refund.id.label("refund_id"),
            Refund.uuid.label("refund_uuid"),
            Refund.gateway_reference.label("refund_reference"),
            Refund.amount.label("refund_amount"),
            Refund.status.label("refund_status"),
            Refund.reason.label("refund_reason"),
            Refund.created_at.label("refund_created_at"),
        )
        .outerjoin(Refund, Refund.payment_id == Payment.id)
        .where(Payment.order_id == bindparam("number"))
        .order_by(weight, Payment.id.desc(), Refund.id)
    )
