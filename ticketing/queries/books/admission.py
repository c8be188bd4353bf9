"""Tickets against the orders that they belong to."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, and_, func, select

from ticketing.models import Order, OrderItem, Ticket
from ticketing.models.orders import CONFIRMED
from ticketing.models.tickets import ACTIVE, VOID
from ticketing.models.types import table
from ticketing.queries.books.checks import Check, differs

_ORDERS, _ITEMS, _TICKETS = table(Order), table(OrderItem), table(Ticket)
_ORDER, _ITEM, _TICKET = _ORDERS.c, _ITEMS.c, _TICKETS.c


def _of_items() -> Select[Any]:
    """Items of confirmed orders with another number of tickets than were ordered and not returned."""
    standing = (
        select(_TICKET.order_item_id, func.count().label("number"))
        .where(_TICKET.status != VOID)
        .group_by(_TICKET.order_item_id)
        .subquery()
    )
    number = func.coalesce(standing.c.number, 0)
    due = _ITEM.quantity - _ITEM.returned
    return (
        select(_ORDER.number, _ITEM.id, due.label("due"), number.label("found"))
        .select_from(
            _ORDERS.join(_ITEMS, _ITEM.order_id == _ORDER.id).outerjoin(
                standing, standing.c.order_item_id == _ITEM.id
            )
        )
        .where(_ORDER.status == CONFIRMED, number != due)
        .order_by(_ITEM.id)
    )


def _of_dead_orders() -> Select[Any]:
    return (
        select(_ORDER.number, _ORDER.status, func.count().label("found"))
        .select_from(_ORDERS.join(_TICKETS, and_(_TICKET.order_id == _ORDER.id, _TICKET.status == ACTIVE)))
        .where(_ORDER.status != CONFIRMED)
        .group_by(_ORDER.id, _ORDER.number, _ORDER.status)
        .order_by(_ORDER.id)
    )


CHECKS = (
    Check(
        "tickets",
        _of_items(),
        lambda row: (f"order {row.number}", differs(f"tickets of item {row.id}", row.due, row.found)),
    ),
    Check(
        "tickets_of_no_order",
        _of_dead_orders(),
        lambda row: (
            f"order {row.number}",
            f"this {row.status} order should have no valid tickets and has {row.found}",
        ),
    ),
)
