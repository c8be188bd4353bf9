"""``settle`` is the only road to "paid": whatever told us, it ends here, once in effect."""

from __future__ import annotations

from sqlalchemy import select

from ticketing import clock
from ticketing.errors import NotFound, SoldOut
from ticketing.extensions import db
from ticketing.gateways import Observed
from ticketing.models import Order, Payment
from ticketing.models.orders import EXPIRED, PENDING
from ticketing.models.payments import CANCELLED, DECLINED, OPEN, PAID, REVIEW
from ticketing.policy import SYSTEM
from ticketing.queries.keys import load
from ticketing.services import activity, inventory, ledger, notifications, refunds
from ticketing.services.orders.confirming import WITH_ITEMS, make_valid, quantities_of
from ticketing.transaction import transactional


@transactional
def settle(gateway: str, reference: str, observed: Observed) -> Payment:
    """Take note of what a gateway says about a payment, and draw the consequences.

    Idempotent. Paid: the order is confirmed; paid after its hold ended: seated again if stock allows, else
    refunded; paid after a cancellation, or twice: refunded. An amount or a currency that we did not ask
    for sets the payment aside for review.

    :raises NotFound: we know no such payment.
    """
    order_id = db.session.scalar(
        select(Payment.order_id).where(Payment.gateway == gateway, Payment.reference == reference)
    )
    if order_id is None:
        raise NotFound("payment")
    order = load(Order, order_id, *WITH_ITEMS, lock=True)
    payment = db.session.scalars(
        select(Payment)
        .where(Payment.gateway == gateway, Payment.reference == reference)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()
    if observed.state == "paid":
        _paid(order, payment, observed)
    elif observed.state in ("declined", "cancelled") and payment.status == OPEN:
        payment.status = DECLINED if observed.state == "declined" else CANCELLED
        payment.settled_at = clock.now()
        activity.record(SYSTEM, f"payment_{payment.status}", order, payment=str(payment.uuid))
    return payment


def _paid(order: Order, payment: Payment, observed: Observed) -> None:
    if payment.status == REVIEW:
        return
    if payment.status != PAID:
        if (observed.amount, observed.currency.upper()) != (payment.amount, payment.currency):
            _set_aside(order, payment, observed)
            return
        _take(order, payment, observed.amount)
    if observed.refunded > payment.amount_refunded:
        activity.record(
            SYSTEM,
            "refund_seen",
            order,
            refunded_at_gateway=observed.refunded,
            refunded_here=payment.amount_refunded,
        )


def _take(order: Order, payment: Payment, amount: int) -> None:
    """The money is here. What it buys depends on where the order stands."""
    is_first = order.amount_paid == 0
    payment.status, payment.settled_at = PAID, clock.now()
    payment.amount_received = amount
    order.amount_paid += amount
    db.session.flush()
    ledger.payment_received(order, payment.id, amount, manual=False)
    activity.record(SYSTEM, "payment_succeeded", order, payment=str(payment.uuid), amount=amount)
    if is_first and not order.event.is_cancelled:
        if order.status == PENDING:
            make_valid(SYSTEM, order)
            return
        if order.status == EXPIRED and not order.event.is_over and _seat_again(order):
            return
    refunds.request(SYSTEM, order, payment, amount, "paid too late")
    notifications.tell_buyer(notifications.PAID_TOO_LATE, order)
    if order.status == PENDING:
        # Its event was called off: the wind-up ends the order and frees the stock.
        activity.record(SYSTEM, "payment_for_cancelled_event", order)


def _seat_again(order: Order) -> bool:
    """Hold the tickets once more for an order that expired before its money came; False if they are gone."""
    savepoint = db.session.begin_nested()
    try:
        inventory.hold(quantities_of(order))
    except SoldOut:
        savepoint.rollback()
        return False
    savepoint.commit()
    order.status = PENDING
    order.expires_at = clock.now()
    db.session.flush()
    make_valid(SYSTEM, order)
    return True


def _set_aside(order: Order, payment: Payment, observed: Observed) -> None:
    payment.status = REVIEW
    payment.details = {
        **payment.details,
        "observed": {"amount": observed.amount, "currency": observed.currency},
    }
    activity.record(
        SYSTEM,
        "payment_needs_review",
        order,
        payment=str(payment.uuid),
        asked=[payment.amount, payment.currency],
        observed=[observed.amount, observed.currency],
    )
