"""Taking confirmed orders back, whole or in part, and the money with them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import structlog
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from ticketing.errors import GatewayDown, Invalid
from ticketing.extensions import db
from ticketing.models import Order, Refund, Ticket
from ticketing.models.payments import SUCCEEDED
from ticketing.policy import Actor, Permission, allows
from ticketing.queries.keys import Key, load
from ticketing.services import activity, idempotency, inventory, notifications, refunds, tickets
from ticketing.services.idempotency import Idempotency
from ticketing.services.orders.cancelling import end, require_managing
from ticketing.services.orders.confirming import WITH_ITEMS
from ticketing.services.orders.returning import (
    Decision,
    ItemBack,
    Wish,
    decide,
    left_of,
    refuse_buyer,
    refuse_unconfirmed,
)
from ticketing.services.refunds import Returned
from ticketing.transaction import assert_none_open, transactional

log = structlog.get_logger(__name__)


@transactional
def refund(actor: Actor, key: Key, *, reason: str = "") -> Order:
    """Take a confirmed order back: it is cancelled and all that was paid returns (BTick 001 §7.6).

    :raises NotFound: the actor has nothing to do with it.
    :raises NotAllowed: the actor is neither support nor manages the event's organization.
    :raises Invalid: it is not confirmed.
    """
    order = load(Order, key, *WITH_ITEMS, lock=True)
    require_managing(actor, order)
    refuse_unconfirmed(order)
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
    refund_id = _promise(actor, key, Wish(amount, items), reason, once)
    _carry_out(refund_id)
    return load(Refund, refund_id, joinedload(Refund.payment))


def return_tickets(
    actor: Actor, key: Key, chosen: Sequence[Key], *, reason: str = "", once: Idempotency | None = None
) -> None:
    """Take these tickets of an order back, and give back what they cost: nothing where they were free. The
    last ones end the order, and bring back all that is left; as long as one is left it stays confirmed.

    Who may, and how the money goes, is as with ``give_back``; buyers choose among the tickets that they have
    not passed on. The same ``once`` does it once.

    :raises NotFound: the actor has nothing to do with the order.
    :raises Invalid: it is not confirmed, none or others' tickets are named, or one was used.
    :raises Conflict: the idempotency key was used for another request.
    """
    assert_none_open()
    if not chosen:
        raise Invalid("no_tickets", "Choose at least one ticket.", field="tickets")
    for refund_id in _take_back(actor, key, Wish(tickets=chosen), reason, once):
        _carry_out(refund_id)


def _carry_out(refund_id: int) -> None:
    try:
        refunds.carry_out(refund_id)
    except GatewayDown as error:
        log.warning("refund_not_sent_yet", refund=refund_id, error=str(error))


@transactional
def _promise(actor: Actor, key: Key, wish: Wish, reason: str, once: Idempotency | None) -> int:
    if once is not None and (earlier := idempotency.claim(actor, once)) is not None:
        return earlier
    order, decision = _decided(actor, key, wish)
    refund_id = _carry_promise(actor, order, decision, reason or "requested_by_customer")[0].id
    if once is not None:
        idempotency.point_at(actor, once, refund_id)
    return refund_id


@transactional
def _take_back(actor: Actor, key: Key, wish: Wish, reason: str, once: Idempotency | None) -> list[int]:
    """The ids of the refunds that this promises."""
    if once is not None and idempotency.claim(actor, once) is not None:
        return []
    order, decision = _decided(actor, key, wish)
    promised = _carry_promise(actor, order, decision, reason or "tickets returned")
    if once is not None:
        idempotency.point_at(actor, once, order.id)
    return [one.id for one in promised]


def _decided(actor: Actor, key: Key, wish: Wish) -> tuple[Order, Decision]:
    """The order, locked, and what is to be done with it. Its tickets are locked as well: whoever is at the
    door with one of them at this moment waits, and is then refused."""
    order = load(Order, key, *WITH_ITEMS, lock=True)
    of_order = select(Ticket).where(Ticket.order_id == order.id)
    found = db.session.scalars(
        of_order.order_by(Ticket.order_item_id, Ticket.position)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()
    _require_may_take_back(actor, order, found, wish)
    return order, decide(order, found, wish)


def _carry_promise(actor: Actor, order: Order, decision: Decision, reason: str) -> list[Refund]:
    if decision.ends:
        return end(actor, order, f"Refund: {reason}", told=notifications.ORDER_CANCELLED)
    promised = refunds.give_back(actor, order, decision.amount, reason, decision.lines)
    if promised and promised[0].status == SUCCEEDED:
        notifications.tell_buyer(notifications.REFUND_DONE, order, refund_id=promised[0].id)
    if decision.lines:
        _take_out(actor, order, decision)
    return promised


def _take_out(actor: Actor, order: Order, decision: Decision) -> None:
    """The tickets leave an order that stays; the stock moves last."""
    tickets.void_these(decision.void)
    for line in decision.lines:
        line.item.returned += line.quantity
    numbers = [ticket.number for ticket in decision.void]
    activity.record(actor, "tickets_returned", order, number=len(numbers), tickets=numbers)
    if not decision.amount:
        notifications.tell_buyer(notifications.TICKETS_RETURNED, order)
    db.session.flush()
    inventory.give_back(_by_offer(decision.lines))


def _by_offer(lines: Sequence[Returned]) -> dict[int, int]:
    numbers: dict[int, int] = {}
    for line in lines:
        numbers[line.item.offer_id] = numbers.get(line.item.offer_id, 0) + line.quantity
    return numbers


def _require_may_take_back(actor: Actor, order: Order, found: Sequence[Ticket], wish: Wish) -> None:
    if allows(actor, Permission.ORDER_REFUND, order):
        if not order.is_confirmed and (order.is_pending or left_of(order) <= 0):
            refuse_unconfirmed(order)
        return
    if not allows(actor, Permission.ORDER_PAY, order):
        require_managing(actor, order)
    refuse_buyer(order, found, wish.tickets)
