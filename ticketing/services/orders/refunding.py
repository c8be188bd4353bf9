"""Taking confirmed orders back, whole or in part, and the money with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import structlog
from sqlalchemy.orm import joinedload

from ticketing import money
from ticketing.errors import GatewayDown, Invalid
from ticketing.extensions import db
from ticketing.models import Order, OrderItem, Refund
from ticketing.models.payments import SUCCEEDED
from ticketing.policy import Actor, Permission, allows, require
from ticketing.queries.keys import Key, load
from ticketing.services import activity, idempotency, inventory, notifications, refunds, tickets
from ticketing.services.amounts import in_minor
from ticketing.services.idempotency import Idempotency
from ticketing.services.orders.cancelling import end, refuse_used
from ticketing.services.orders.confirming import WITH_ITEMS
from ticketing.services.refunds import Returned
from ticketing.transaction import assert_none_open, transactional

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ItemBack:
    """So many tickets of an order's item."""

    item: Key
    quantity: int


@transactional
def refund(actor: Actor, key: Key, *, reason: str = "") -> Order:
    """Take a confirmed order back: it is cancelled and all that was paid returns (BTick 001 §7.6).

    :raises NotFound: the actor has nothing to do with it.
    :raises NotAllowed: the actor is neither support nor manages the event's organization.
    :raises Invalid: it is not confirmed.
    """
    order = load(Order, key, *WITH_ITEMS, lock=True)
    _require_managing(actor, order)
    _refuse_unconfirmed(order)
    end(actor, order, reason, told=notifications.ORDER_CANCELLED)
    return order


def give_back(
    actor: Actor,
    key: Key,
    *,
    amount: Decimal | None = None,
    items: Sequence[ItemBack] = (),
    reason: str = "",
    once: Idempotency | None = None,
) -> Refund:
    """Give money back: ``amount`` in major units, or what some tickets cost, or all that is left
    (EasyTicket 003, Refund Order). All of it ends the order; less leaves it confirmed.

    The gateway is asked at once; where it does not answer the refund stays requested, and a job goes on
    asking. Buyers may do it before the start, as long as nobody has come in; managers and support always,
    also with money that an ended order still keeps.

    :raises NotFound: the actor has nothing to do with the order.
    :raises Invalid: it is not confirmed, nothing was paid, more is asked for than is left, or a ticket that
        is given back was used.
    :raises Conflict: the idempotency key was used for another request.
    """
    assert_none_open()
    if amount is not None and items:
        raise Invalid("amount_and_items", "Name an amount or items, not both.", field="amount")
    refund_id = _promise(actor, key, amount, items, reason, once)
    try:
        refunds.carry_out(refund_id)
    except GatewayDown as error:
        log.warning("refund_not_sent_yet", refund=refund_id, error=str(error))
    return load(Refund, refund_id, joinedload(Refund.payment))


@transactional
def _promise(
    actor: Actor,
    key: Key,
    amount: Decimal | None,
    items: Sequence[ItemBack],
    reason: str,
    once: Idempotency | None,
) -> int:
    if once is not None and (earlier := idempotency.claim(actor, once)) is not None:
        return earlier
    order = load(Order, key, *WITH_ITEMS, lock=True)
    _require_may_take_back(actor, order)
    left = order.amount_paid - order.amount_refunded
    if left <= 0:
        raise Invalid("nothing_paid", "There is nothing to refund: no payment is left on this order.")
    lines = _lines(order, items)
    wanted = _wanted(order, amount, lines, left)
    refund_id = _carry_promise(actor, order, wanted, lines, reason or "requested_by_customer")
    if once is not None:
        idempotency.point_at(actor, once, refund_id)
    return refund_id


def _carry_promise(actor: Actor, order: Order, amount: int, lines: list[Returned], reason: str) -> int:
    is_all = amount == order.amount_paid - order.amount_refunded
    if is_all and order.is_confirmed:
        promised = end(actor, order, f"Refund: {reason}", told=notifications.ORDER_CANCELLED)
        return promised[0].id
    promised = refunds.give_back(actor, order, amount, reason, lines)
    if promised[0].status == SUCCEEDED:
        notifications.tell_buyer(notifications.REFUND_DONE, order, refund_id=promised[0].id)
    for line in lines:
        tickets.void_some(line.item, line.quantity)
        line.item.returned += line.quantity
    if lines:
        activity.record(actor, "tickets_returned", order, number=sum(line.quantity for line in lines))
        db.session.flush()
        inventory.give_back(_by_offer(lines))
    return promised[0].id


def _by_offer(lines: list[Returned]) -> dict[int, int]:
    numbers: dict[int, int] = {}
    for line in lines:
        numbers[line.item.offer_id] = numbers.get(line.item.offer_id, 0) + line.quantity
    return numbers


def _lines(order: Order, items: Sequence[ItemBack]) -> list[Returned]:
    if items and not order.is_confirmed:
        raise Invalid("not_confirmed", "Its tickets were given back already.", field="items")
    quantities: dict[int, int] = {}
    for wanted in items:
        item = _item(order, wanted.item)
        quantities[item.id] = quantities.get(item.id, 0) + wanted.quantity
    lines = []
    for item in order.items:
        number = quantities.get(item.id, 0)
        if number > item.quantity - item.returned:
            left = item.quantity - item.returned
            raise Invalid("too_many", f"Only {left} tickets of '{item.name}' are left.", field="items")
        if number:
            lines.append(refunds.returned(order, item, number))
    return lines


def _item(order: Order, key: Key) -> OrderItem:
    for item in order.items:
        if key in (item.id, item.uuid):
            return item
    raise Invalid("unknown_item", "This order has no such item.", field="items")


def _wanted(order: Order, amount: Decimal | None, lines: list[Returned], left: int) -> int:
    """Minor units to give back; giving the last tickets back gives all back."""
    if amount is not None:
        wanted = in_minor(amount, order.currency, field="amount")
    elif lines:
        kept = sum(item.quantity - item.returned for item in order.items)
        is_last = kept == sum(line.quantity for line in lines)
        wanted = left if is_last else min(left, sum(line.amount for line in lines))
    else:
        wanted = left
    if wanted <= 0:
        raise Invalid("bad_amount", "Refund more than nothing.", field="amount")
    if wanted > left:
        most = money.to_text(left, order.currency)
        raise Invalid("more_than_paid", f"At most {most} can be refunded.", field="amount")
    return wanted


def _require_may_take_back(actor: Actor, order: Order) -> None:
    if allows(actor, Permission.ORDER_REFUND, order):
        if not order.is_confirmed and (order.is_pending or order.amount_paid <= order.amount_refunded):
            _refuse_unconfirmed(order)
        return
    if not allows(actor, Permission.ORDER_PAY, order):
        _require_managing(actor, order)
    _refuse_unconfirmed(order)
    if order.event.has_started:
        raise Invalid("event_started", "The event has started; ask its organizer.", field="non_field_errors")
    refuse_used(order)


def _require_managing(actor: Actor, order: Order) -> None:
    """Support, or managers of the organization; strangers do not learn that the order exists."""
    if not allows(actor, Permission.ORDER_REFUND, order):
        if not allows(actor, Permission.EVENT_SEE_ORDERS, order.event):
            require(actor, Permission.ORDER_SEE, order)
        require(actor, Permission.ORDER_REFUND, order)


def _refuse_unconfirmed(order: Order) -> None:
    if not order.is_confirmed:
        raise Invalid(
            "not_confirmed",
            f"Only a confirmed order can be refunded; this one is {order.status}.",
            field="non_field_errors",
        )
