"""Giving money back: the row first, then the gateway, then the result."""

from __future__ import annotations

from sqlalchemy import select, update

from ticketing import clock
from ticketing.extensions import db
from ticketing.gateways import Declined, gateway_named
from ticketing.models import Order, OrderItem, Payment, Refund, RefundLine
from ticketing.models.payments import MANUAL, PAID, REFUND_FAILED, REQUESTED, SUCCEEDED
from ticketing.policy import SYSTEM, Actor
from ticketing.queries.keys import load
from ticketing.services import activity, ledger, notifications
from ticketing.transaction import assert_none_open, transactional


class MoreThanPaid(AssertionError):
    """A refund would exceed what was received; nothing is written."""


def give_all_back(actor: Actor, order: Order, reason: str) -> list[Refund]:
    """Promise everything back that was paid for a locked order; nothing for one that was free."""
    paid = db.session.scalars(
        select(Payment)
        .where(Payment.order_id == order.id, Payment.status == PAID)
        .order_by(Payment.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()
    return [
        request(actor, order, payment, left, reason, order.items)
        for payment in paid
        if (left := payment.amount_received - payment.amount_refunded) > 0
    ]


def request(
    actor: Actor,
    order: Order,
    payment: Payment,
    amount: int,
    reason: str,
    items: list[OrderItem] | None = None,
) -> Refund:
    """Promise ``amount`` minor units of a payment back. Stock is the caller's affair.

    A manual payment is given back by whoever took it: no gateway is asked.

    :raises MoreThanPaid: together with earlier refunds this exceeds what was received.
    """
    is_manual = payment.gateway == MANUAL
    _reserve(order, payment, amount)
    refund = Refund(
        payment_id=payment.id,
        order_id=order.id,
        amount=amount,
        currency=payment.currency,
        status=SUCCEEDED if is_manual else REQUESTED,
        reason=reason[:500],
        actor_id=actor.user_id,
        settled_at=clock.now() if is_manual else None,
    )
    db.session.add(refund)
    db.session.flush()
    for item in items or ():
        db.session.add(
            RefundLine(
                refund_id=refund.id, order_item_id=item.id, quantity=item.quantity, amount=item.subtotal
            )
        )
    fee_part = order.fee if amount == order.amount_due else 0
    ledger.refund_given(order, refund.id, amount, fee_part, manual=is_manual)
    activity.record(actor, "refund_requested", order, amount=amount, reason=reason)
    if not is_manual:
        notifications.tell(notifications.SEND_REFUND, order_id=order.id, refund_id=refund.id)
    return refund


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
    try:
        reference = gateway_named(payment.gateway).refund(
            payment.reference, refund.amount, idempotency_key=str(refund.uuid)
        )
    except Declined as error:
        _settle(refund_id, None, str(error))
    else:
        _settle(refund_id, reference, "")


@transactional
def _settle(refund_id: int, reference: str | None, error: str) -> None:
    refund = load(Refund, refund_id, lock=True)
    if refund.status != REQUESTED:
        return
    refund.status = SUCCEEDED if reference else REFUND_FAILED
    refund.gateway_reference, refund.last_error = reference, error
    refund.settled_at = clock.now()
    order = load(Order, refund.order_id)
    activity.record(SYSTEM, f"refund_{refund.status}", order, amount=refund.amount, error=error)
    if reference:
        notifications.tell_buyer(notifications.REFUND_DONE, order, refund_id=refund.id)
