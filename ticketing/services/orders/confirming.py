"""Confirming an order: its tickets become valid."""

from __future__ import annotations

from flask import current_app
from sqlalchemy.orm import joinedload, selectinload

from ticketing import clock
from ticketing.errors import Invalid, NotFound, said
from ticketing.models import Order
from ticketing.models.orders import CONFIRMED, PENDING
from ticketing.policy import Actor, Permission, require
from ticketing.queries.keys import Key, load
from ticketing.services import activity, inventory, notifications, tickets
from ticketing.services.payments import manual, withdrawing
from ticketing.transaction import transactional

#: What every change of an order needs beside the row itself.
WITH_ITEMS = (selectinload(Order.items), joinedload(Order.event))


@transactional
def confirm(actor: Actor, key: Key) -> Order:
    """Confirm a pending order by hand (BTick 001 §7.5). A payment of kind ``manual`` over the total names
    who did it.

    :raises NotAllowed: the actor is neither support nor staff.
    :raises Invalid: it is not pending, its hold has ended, or the event is over or was cancelled.
    """
    require(actor, Permission.ORDER_CONFIRM)
    order = load(Order, key, *WITH_ITEMS, lock=True)
    _refuse_unless_open(order)
    manual.record(actor, order)
    withdrawing.ask([order.id])
    make_valid(actor, order)
    return order


@transactional
def confirm_for_testing(actor: Actor, key: Key, *, payment_id: str, payment_method: str) -> Order:
    """Confirm one's own pending order without a gateway (EasyTicket 003, confirm_payment). It exists only
    while the sandbox takes the money; the payment is a manual one in the buyer's name.

    :raises NotFound: it is somebody else's, or a real gateway is configured.
    :raises Invalid: it is not pending, its hold has ended, or the event is over or was cancelled.
    """
    if current_app.config["PAYMENT_GATEWAY"] != "sandbox":
        raise NotFound("page")
    order = load(Order, key, *WITH_ITEMS, lock=True)
    require(actor, Permission.ORDER_SEE, order)
    require(actor, Permission.ORDER_PAY, order)
    _refuse_unless_open(order)
    manual.record(actor, order, payment_id=payment_id, payment_method=payment_method)
    withdrawing.ask([order.id])
    make_valid(actor, order)
    return order


def _refuse_unless_open(order: Order) -> None:
    if not order.is_pending:
        raise Invalid(
            "not_pending",
            said("Only a pending order can be confirmed; this one is %(status)s.", status=order.status),
            field="non_field_errors",
        )
    if order.hold_has_ended:
        raise Invalid("hold_ended", "This order has expired.", field="non_field_errors")
    if order.event.is_over:
        raise Invalid("event_over", "The event has already taken place.", field="non_field_errors")
    if order.event.is_cancelled:
        raise Invalid("event_cancelled", "The event was cancelled.", field="non_field_errors")


def confirm_free(actor: Actor, order_id: int) -> None:
    """Confirm an order with nothing to pay, in the transaction that placed it."""
    make_valid(actor, load(Order, order_id, *WITH_ITEMS, lock=True))


def make_valid(actor: Actor, order: Order) -> None:
    """Pending → confirmed: the hold becomes a sale, tickets are issued, the buyer is told.

    The order is locked and its items are loaded. The stock moves last.
    """
    if order.status != PENDING:
        raise AssertionError(f"a {order.status} order cannot become valid")
    order.status = CONFIRMED
    order.confirmed_at = clock.now()
    order.expires_at = None
    tickets.issue(order)
    activity.record(actor, "order_confirmed", order)
    notifications.tell_buyer(notifications.ORDER_CONFIRMED, order)
    inventory.commit(quantities_of(order))


def quantities_of(order: Order) -> dict[int, int]:
    """The tickets that the order still has, by offer id."""
    totals: dict[int, int] = {}
    for item in order.items:
        totals[item.offer_id] = totals.get(item.offer_id, 0) + item.quantity - item.returned
    return {offer_id: number for offer_id, number in totals.items() if number}
