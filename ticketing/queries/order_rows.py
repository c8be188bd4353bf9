"""Reading orders as flat rows, one per item: lists and single ones cost one statement.

An item's row has the offer's columns (see ``queries.offers``) under ``offer_…``, the event's (see
``queries.events``) under ``event_…``, and the order's own under their names.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, or_, select

from ticketing import policy
from ticketing.errors import NotFound
from ticketing.extensions import db
from ticketing.models import (
    Event,
    EventCategory,
    Offer,
    Order,
    OrderItem,
    Organization,
    Payment,
    Quota,
    TicketType,
    User,
    Venue,
)
from ticketing.models.orders import CANCELLED
from ticketing.models.payments import CANCELLED as WITHDRAWN
from ticketing.models.payments import OPEN
from ticketing.policy import Actor, Permission
from ticketing.queries import events, offers
from ticketing.queries.keys import Key, condition_for


@dataclass(slots=True)
class OrderRows:
    """An order as a reader sees it: ``first`` is any of its rows, for what they all share."""

    first: Row[Any]
    items: list[Row[Any]] = field(default_factory=list)

    @property
    def quantity(self) -> int:
        """How many tickets were ordered."""
        return sum(item.quantity for item in self.items)


def get(actor: Actor, key: Key) -> OrderRows:
    """One order. One statement.

    :raises NotFound: there is none, or it is none of the actor's business.
    """
    rows = _rows_of(key)
    if not rows:
        raise NotFound("order")
    policy.require(actor, Permission.ORDER_SEE, rows[0])
    return OrderRows(rows[0], list(rows))


def after(order: Order) -> OrderRows:
    """An order that the actor has just dealt with, as it is now. One statement."""
    rows = _rows_of(order.id)
    return OrderRows(rows[0], list(rows))


def _rows_of(key: Key) -> Sequence[Row[Any]]:
    if type(key) is int and 0 < key < 2**63:
        return db.session.connection().execute(_by_number(), {"number": key}).all()
    return db.session.execute(_rows().where(condition_for(Order, key)).order_by(OrderItem.id)).all()


def own(actor: Actor, limit: int, offset: int = 0) -> list[OrderRows]:
    """The actor's orders, newest first. One statement."""
    return _listed(select(Order.id).where(Order.user_id == actor.user_id), limit, offset)


def visible(actor: Actor, limit: int, offset: int = 0) -> list[OrderRows]:
    """The actor's orders; everybody's for support and staff (BTick 001 §7.2). Newest first."""
    if policy.allows(actor, Permission.ORDER_SEE_ALL):
        return _listed(select(Order.id), limit, offset)
    return own(actor, limit, offset)


def of_event(actor: Actor, key: Key, limit: int, offset: int = 0) -> list[OrderRows]:
    """An event's orders, newest first (BTick 001 §2.11).

    :raises NotFound: there is no such event, or it is a stranger's draft.
    :raises NotAllowed: the actor does not belong to its organization.
    """
    event = events.get(actor, key)
    policy.require(actor, Permission.EVENT_SEE_ORDERS, event)
    return _listed(select(Order.id).where(Order.event_id == event.id), limit, offset)


def has_open_payment() -> ColumnElement[bool]:
    """Whether a payment of an order waits, or did so until the order was cancelled."""
    was_open = and_(
        Order.status == CANCELLED,
        Payment.status == WITHDRAWN,
        Payment.settled_at >= Order.cancelled_at,
    )
    waits = or_(Payment.status == OPEN, was_open)
    return select(Payment.id).where(Payment.order_id == Order.id, waits).exists()


@functools.cache
def _rows() -> Select[Any]:
    own_columns: tuple[Any, ...] = (
        Order.id,
        Order.uuid,
        Order.number,
        Order.user_id,
        Order.organization_id,
        Order.status,
        Order.currency,
        Order.amount_due,
        Order.amount_paid,
        Order.amount_refunded,
        Order.buyer_email,
        Order.buyer_name,
        Order.expires_at,
        Order.created_at,
        Order.updated_at,
        OrderItem.quantity,
        OrderItem.unit_price,
        User.email,
        User.first_name,
        User.last_name,
    )
    return (
        select(
            *own_columns,
            has_open_payment().label("has_open_payment"),
            *(column.label(f"offer_{column.name}") for column in offers.columns()),
            *(column.label(f"event_{column.name}") for column in events.columns()),
        )
        .select_from(Order)
        .join(OrderItem, OrderItem.order_id == Order.id)
        .join(Offer, Offer.id == OrderItem.offer_id)
        .join(TicketType, TicketType.id == Offer.ticket_type_id)
        .join(Quota, Quota.id == Offer.quota_id)
        .join(Event, Event.id == Order.event_id)
        .join(Organization, Organization.id == Event.organization_id)
        .join(Venue, Venue.id == Event.venue_id)
        .outerjoin(EventCategory, EventCategory.id == Event.category_id)
        .outerjoin(User, User.id == Order.user_id)
    )


@functools.cache
def _by_number() -> Select[Any]:
    """Built once: every booking is answered with it, and building costs more than running."""
    return _rows().where(Order.id == bindparam("number")).order_by(OrderItem.id)


def _listed(ids: Select[Any], limit: int, offset: int) -> list[OrderRows]:
    newest = (Order.created_at.desc(), Order.id.desc())
    wanted = ids.order_by(*newest).limit(limit).offset(offset).subquery()
    statement = _rows().join(wanted, wanted.c.id == Order.id).order_by(*newest, OrderItem.id)
    found: dict[int, OrderRows] = {}
    for row in db.session.execute(statement):
        found.setdefault(row.id, OrderRows(row)).items.append(row)
    return list(found.values())
