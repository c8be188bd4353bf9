"""``settle`` is the only road to "paid": whatever told us, it ends here, once in effect."""

from __future__ import annotations

from sqlalchemy import select

from ticketing import clock
from ticketing.errors import Invalid, NotFound
from ticketing.extensions import db
from ticketing.gateways import Observed
from ticketing.models import Order, Payment
from ticketing.models.orders import EXPIRED, FAILED, PENDING
from ticketing.models.payments import CANCELLED, DECLINED, OPEN, PAID, REVIEW
from ticketing.policy import SYSTEM
from ticketing.queries.keys import load
from ticketing.services import activity, inventory, ledger, notifications, promotions, refunds
from ticketing.services.orders import cancelling, limits
from ticketing.services.orders.confirming import WITH_ITEMS, make_valid, quantities_of
from ticketing.services.orders.terms import terms_for
from ticketing.services.payments import withdrawing
from ticketing.transaction import transactional

_AT_GATEWAY = "Refunded at the payment provider."


@transactional
def settle(gateway: str, reference: str, observed: Observed) -> Payment:
    """Take note of what a gateway says about a payment, and draw the consequences.

    Idempotent. Paid: the order is confirmed; paid after its hold ended or after a decline: seated again if
    stock allows, else refunded; paid after a cancellation, twice, or over a total that has changed since:
    refunded. Refunded at the gateway itself: booked, and the order ends with its last money. An amount or a
    currency that we did not ask for sets the payment aside for review.

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
    elif observed.state == "declined" and payment.status == OPEN:
        _declined(order, payment, observed)
    elif observed.state == "cancelled" and payment.status == OPEN:
        _closed(order, payment, CANCELLED)
    return payment


def _declined(order: Order, payment: Payment, observed: Observed) -> None:
    """A decline ends the attempt, the payment, or the order: as the gateway and the channel have it."""
    ends_order = terms_for(order.channel).fails_on_decline
    if not (ends_order or observed.is_final):
        return
    _closed(order, payment, DECLINED)
    if ends_order and order.status == PENDING:
        cancelling.fail(order)


def _closed(order: Order, payment: Payment, status: str) -> None:
    payment.status, payment.settled_at = status, clock.now()
    activity.record(SYSTEM, f"payment_{status}", order, payment=str(payment.uuid))


def _paid(order: Order, payment: Payment, observed: Observed) -> None:
    if payment.status == REVIEW:
        return
    if payment.status != PAID:
        if (observed.amount, observed.currency.upper()) != (payment.amount, payment.currency):
            _set_aside(order, payment, observed)
            return
        _take(order, payment, observed)
    if observed.gateway_fee and not payment.gateway_fee:
        payment.gateway_fee = observed.gateway_fee
        ledger.gateway_fee(order, payment)
    if observed.refunded > payment.amount_refunded:
        _refunded_elsewhere(order, payment, observed.refunded - payment.amount_refunded)


def _take(order: Order, payment: Payment, observed: Observed) -> None:
    """The money is here. What it buys depends on where the order stands."""
    # Of an earlier payment nothing may be left, and the total must still be the one that was asked for.
    buys = order.amount_paid == order.amount_refunded and observed.amount == order.amount_due
    payment.status, payment.settled_at = PAID, clock.now()
    payment.amount_received = observed.amount
    payment.service_fee = min(order.fee, observed.amount)
    order.amount_paid += observed.amount
    db.session.flush()
    ledger.payment_received(order, payment)
    activity.record(SYSTEM, "payment_succeeded", order, payment=str(payment.uuid), amount=observed.amount)
    if observed.refunded >= observed.amount:
        return
    if buys and not order.event.is_cancelled:
        withdrawing.ask([order.id])
        if _is_valid_now(order):
            return
    _return(order, payment, observed)


def _is_valid_now(order: Order) -> bool:
    """Make a paid order valid, if it waits or can be seated again."""
    if order.status == PENDING:
        make_valid(SYSTEM, order)
        return True
    return order.status in (EXPIRED, FAILED) and not order.event.is_over and _seat_again(order)


def _return(order: Order, payment: Payment, observed: Observed) -> None:
    """The money buys nothing any more: promise back what of it was not given back at the gateway yet."""
    if observed.refunded:
        refunds.note_foreign(order, payment, observed.refunded)
    refunds.request(SYSTEM, order, payment, observed.amount - observed.refunded, "paid too late")
    if not (order.is_confirmed or order.is_pending):
        notifications.tell_buyer(notifications.PAID_TOO_LATE, order)


def _seat_again(order: Order) -> bool:
    """Hold the tickets once more for an order that ended before its money came; False if they, or its promo
    code, are gone, or its account has others in their place."""
    savepoint = db.session.begin_nested()
    try:
        promotions.take_again(order)
        limits.keep(order.user_id, order.event_id, order.event.tickets_per_account, order.quantity)
        inventory.hold(quantities_of(order))
    except Invalid:
        savepoint.rollback()
        return False
    savepoint.commit()
    order.status = PENDING
    order.expires_at = clock.now()
    db.session.flush()
    make_valid(SYSTEM, order)
    return True


def _refunded_elsewhere(order: Order, payment: Payment, amount: int) -> None:
    """Somebody gave money back at the gateway itself: the order ends with the last of it."""
    refunds.note_foreign(order, payment, min(amount, payment.amount_received - payment.amount_refunded))
    has_nothing_left = order.amount_paid == order.amount_refunded
    if has_nothing_left and (order.is_confirmed or order.is_pending):
        cancelling.end(SYSTEM, order, _AT_GATEWAY, told=notifications.ORDER_CANCELLED)


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
