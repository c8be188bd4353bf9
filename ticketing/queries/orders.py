"""Reading orders: one with all that belongs to it, and the lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, selectinload

from ticketing.errors import NotFound
from ticketing.extensions import db
from ticketing.models import Event, Offer, Order, OrderItem, Payment
from ticketing.policy import SYSTEM, Actor, Permission, allows, require
from ticketing.queries.keys import Key, find

#: The event as every answer about an order shows it.
_EVENT = joinedload(Order.event)
_SHOWN = (
    _EVENT.joinedload(Event.organization),
    _EVENT.joinedload(Event.venue),
    _EVENT.joinedload(Event.category),
    joinedload(Order.user),
    selectinload(Order.items).joinedload(OrderItem.offer).joinedload(Offer.ticket_type),
    selectinload(Order.items).joinedload(OrderItem.offer).joinedload(Offer.quota),
    selectinload(Order.payments),
)


def detail(key: Key, actor: Actor = SYSTEM) -> Order:
    """An order with its event, items, offers and payments.

    :raises NotFound: there is none, or it is none of the actor's business.
    """
    order = find(Order, key, *_SHOWN)
    if order is None:
        raise NotFound("order")
    require(actor, Permission.ORDER_SEE, order)
    return order


def own(actor: Actor, limit: int, offset: int = 0) -> Sequence[Order]:
    """The actor's orders, newest first."""
    return _listed(select(Order).where(Order.user_id == actor.user_id), limit, offset)


def visible(actor: Actor, limit: int, offset: int = 0) -> Sequence[Order]:
    """The actor's orders; everybody's for support and staff (BTick 001 §7.2). Newest first."""
    if allows(actor, Permission.ORDER_SEE_ALL):
        return _listed(select(Order), limit, offset)
    return own(actor, limit, offset)


def of_event(actor: Actor, key: Key, limit: int, offset: int = 0) -> Sequence[Order]:
    """An event's orders, newest first (BTick 001 §2.11).

    :raises NotFound: there is no such event, or it is a stranger's draft.
    :raises NotAllowed: the actor does not belong to its organization.
    """
    event = find(Event, key)
    if event is None:
        raise NotFound("event")
    if not allows(actor, Permission.EVENT_SEE_ORDERS, event) and actor.is_signed_in:
        require(actor, Permission.EVENT_FIND, event)
    require(actor, Permission.EVENT_SEE_ORDERS, event)
    return _listed(select(Order).where(Order.event_id == event.id), limit, offset)


def open_payment(order: Order) -> Payment | None:
    """The payment that an order with loaded payments waits for, if one was started."""
    return next((payment for payment in order.payments if payment.status == "open"), None)


def _listed(statement: Select[Any], limit: int, offset: int) -> Sequence[Order]:
    statement = statement.order_by(Order.created_at.desc(), Order.id.desc()).limit(limit).offset(offset)
    return db.session.scalars(statement.options(*_SHOWN)).all()
