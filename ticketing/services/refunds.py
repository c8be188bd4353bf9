"""Giving money back: the row first, then the gateway, then the result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update

from ticketing import clock
from ticketing.errors import NotFound
from ticketing.extensions import db
from ticketing.gateways import Declined, Gateway, gateway_named
from ticketing.models import Order, OrderItem, Payment, Refund, RefundLine
from ticketing.models.payments import MANUAL, PAID, REFUND_FAILED, REQUESTED, SUCCEEDED
from ticketing.policy import SYSTEM, Actor
from ticketing.queries.keys import load
from ticketing.services import activity, ledger, notifications
from ticketing.transaction import assert_none_open, transactional


class MoreThanPaid(AssertionError):
    """A refund would exceed what was received; nothing is written."""


@dataclass(frozen=True, slots=True)
class Returned:
    """Tickets of an order's item that are given back, and what they cost, discount taken off."""

    item: OrderItem
    quantity: int
    amount: int


def returned(order: Order, item: OrderItem, quantity: int) -> Returned:
    """So many tickets of an item, at their share of what the order's tickets cost."""
    price = item.unit_price * quantity
    share = price * (order.subtotal - order.discount) // order.subtotal if order.subtotal else 0
    return Returned(item, quantity, share)


def give_all_back(actor: Actor, order: Order, reason: str) -> list[Refund]:
    """Promise everything back that was paid for a locked order; nothing for one that was free."""
    lines = [
        returned(order, item, item.quantity - item.returned)
        for item in order.items
        if item.quantity > item.returned
    ]
    return give_back(actor, order, order.amount_paid - order.amount_refunded, reason, lines)


def give_back(
    actor: Actor, order: Order, amount: int, reason: str, lines: Sequence[Returned] = ()
) -> list[Refund]:
    """Promise ``amount`` minor units of what was paid for a locked order, from its payments in turn; the
    lines stand with the first of them.

    :raises MoreThanPaid: less than that is left.
    """
    paid = db.session.scalars(
        select(Payment)
        .where(Payment.order_id == order.id, Payment.status == PAID)
        .order_by(Payment.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()
    promised: list[Refund] = []
    for payment in paid:
        part = min(amount, payment.amount_received - payment.amount_refunded)
        if part > 0:
            promised.append(request(actor, order, payment, part, reason, () if promised else lines))
            amount -= part
    if amount > 0:
        raise MoreThanPaid(f"order {order.id} has {amount} less left")
    return promised


def request(
    actor: Actor, order: Order, payment: Payment, amount: int, reason: str, lines: Sequence[Returned] = ()
) -> Refund:
    """Promise ``amount`` minor units of a payment back. Stock is the caller's affair.

    A manual payment is given back by whoever took it: no gateway is asked.

    :raises MoreThanPaid: together with earlier refunds this exceeds what was received.
    """
    is_manual = payment.gateway == MANUAL
    refund = _write(actor, order, payment, amount, reason, SUCCEEDED if is_manual else REQUESTED)
    for line in lines:
        db.session.add(
            RefundLine(
                refund_id=refund.id,
                order_item_id=line.item.id,
                quantity=line.quantity,
                amount=line.amount,
            )
        )
    activity.record(actor, "refund_requested", order, amount=amount, reason=reason)
    if not is_manual:
        notifications.tell(notifications.SEND_REFUND, order_id=order.id, refund_id=refund.id)
    return refund


def note_foreign(order: Order, payment: Payment, amount: int) -> Refund:
    """Book a refund that was made at the gateway itself, not by us."""
    refund = _write(SYSTEM, order, payment, amount, "Refunded at the payment provider.", SUCCEEDED)
    activity.record(SYSTEM, "refund_seen", order, amount=amount)
    notifications.tell_buyer(notifications.REFUND_DONE, order, refund_id=refund.id)
    return refund


def _write(actor: Actor, order: Order, payment: Payment, amount: int, reason: str, status: str) -> Refund:
    """The row, its counters and its ledger entry. Our fee returns with the last of a payment."""
    _reserve(order, payment, amount)
    refund = Refund(
        payment_id=payment.id,
        order_id=order.id,
        amount=amount,
        service_fee=_fee_left(payment) if payment.amount_refunded == payment.amount_received else 0,
        currency=payment.currency,
        status=status,
        reason=reason[:500],
        actor_id=actor.user_id,
        settled_at=clock.now() if status == SUCCEEDED else None,
    )
    db.session.add(refund)
    db.session.flush()
    ledger.refund_given(order, refund, payment.gateway)
    return refund


def _fee_left(payment: Payment) -> int:
    """Our fee, unless it has gone back already: an earlier part may have failed after the last one."""
    given = db.session.scalar(
        select(func.sum(Refund.service_fee)).where(
            Refund.payment_id == payment.id, Refund.status != REFUND_FAILED
        )
    )
    return payment.service_fee - int(given or 0)


def _reserve(order: Order, payment: Payment, amount: int) -> None:
    """ "Never more than was received" is a conditional UPDATE, not a comparison that may be stale."""
    db.session.flush()
    reserved = db.session.execute(
        update(Payment)
        .where(Payment.id == payment.id, Payment.amount_refunded + amount <= Payment.amount_received)
        .values(amount_refunded=Payment.amount_refunded + amount)
        .execution_options(synchronize_session=False)
    )
    if reserved.rowcount != 1:  # type: ignore[attr-defined]
        raise MoreThanPaid(f"payment {payment.id} has less than {amount} left")
    db.session.refresh(payment)
    order.amount_refunded += amount


def carry_out(refund_id: int) -> None:
    """Ask the gateway for a promised refund. Safe to repeat: the refund's UUID is the idempotency key.

    :raises GatewayDown: it did not answer; the promise stands and is tried again.
    """
    assert_none_open()
    refund = load(Refund, refund_id)
    if refund.status != REQUESTED:
        return
    payment = load(Payment, refund.payment_id)
    gateway = gateway_named(payment.gateway)
    try:
        reference = gateway.refund(payment.reference, refund.amount, idempotency_key=str(refund.uuid))
    except Declined as error:
        _failed(refund_id, str(error), _given_there(gateway, payment))
    else:
        _succeeded(refund_id, reference)


@transactional
def _succeeded(refund_id: int, reference: str) -> None:
    order, refund = _locked(refund_id)
    if refund.status != REQUESTED:
        return
    refund.status, refund.gateway_reference, refund.settled_at = SUCCEEDED, reference, clock.now()
    activity.record(SYSTEM, "refund_succeeded", order, amount=refund.amount)
    notifications.tell_buyer(notifications.REFUND_DONE, order, refund_id=refund.id)


def _given_there(gateway: Gateway, payment: Payment) -> int:
    """What the gateway has given back of a payment, whoever asked it to; 0 of one that it does not know."""
    try:
        return gateway.look_up(payment.reference).refunded
    except NotFound:
        return 0


@transactional
def _failed(refund_id: int, error: str, given_there: int) -> None:
    """The money is still here and may be promised again, once somebody has looked why. What was given back
    by hand meanwhile, and made ours fail, is booked."""
    order, refund = _locked(refund_id)
    if refund.status != REQUESTED:
        return
    payment = load(Payment, refund.payment_id, lock=True)
    refund.status, refund.last_error, refund.settled_at = REFUND_FAILED, error, clock.now()
    payment.amount_refunded -= refund.amount
    order.amount_refunded -= refund.amount
    db.session.flush()
    ledger.refund_failed(order, refund, payment.gateway)
    activity.record(SYSTEM, "refund_failed", order, amount=refund.amount, error=error)
    by_hand = min(given_there, payment.amount_received) - payment.amount_refunded
    if by_hand > 0:
        note_foreign(order, payment, by_hand)


def _locked(refund_id: int) -> tuple[Order, Refund]:
    order = load(Order, load(Refund, refund_id).order_id, lock=True)
    return order, load(Refund, refund_id, lock=True)
