"""Starting a payment: transaction → network → transaction, so that no lock waits for a gateway."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from ticketing.errors import GatewayDown, Invalid
from ticketing.extensions import db
from ticketing.gateways import Declined, Intent, gateway_named
from ticketing.models import Order, Payment
from ticketing.models.payments import CANCELLED, OPEN, UNNAMED
from ticketing.policy import Actor, Permission, require
from ticketing.queries.keys import Key, load
from ticketing.services import activity, idempotency
from ticketing.services.idempotency import Idempotency
from ticketing.services.orders.terms import terms_for
from ticketing.services.payments import withdrawing
from ticketing.services.payments.checking import look_up
from ticketing.transaction import assert_none_open, transactional

_ENDED = ("succeeded", "canceled")


@dataclass(frozen=True, slots=True)
class Started:
    """A payment that waits for the buyer, and what their browser needs to make it."""

    payment: Payment
    intent: Intent


def start(actor: Actor, key: Key, *, once: Idempotency | None = None) -> Started:
    """Open a payment over what a pending order costs, or find the one that is open already. A channel that
    adds its fee now (``SaleTerms.fee_at_payment``) has the order's total grow by it.

    :raises NotFound: it is somebody else's order.
    :raises NotAllowed: the actor may see it, and is not its buyer.
    :raises Invalid: it cannot be paid: not pending, its hold has ended, nothing is due, or the gateway takes
        no such amount.
    :raises GatewayDown: the provider did not answer; the order keeps its hold.
    :raises Conflict: the idempotency key was used for another request.
    """
    assert_none_open()
    payment, details = _prepare(actor, key, once)
    gateway = gateway_named(payment.gateway)
    if not payment.is_unnamed:
        return _found(actor, key, payment)
    try:
        intent = gateway.open_intent(
            idempotency_key=str(payment.uuid),
            amount=payment.amount,
            currency=payment.currency,
            details=details,
        )
    except GatewayDown:
        # Its key may be spoiled: the next try is another payment. Nobody got this one's secret.
        _give_up(payment.id)
        raise
    except Declined as error:
        _give_up(payment.id)
        raise Invalid("not_payable", f"The payment provider will not take this: {error}") from error
    return Started(_attach(payment.id, intent.reference), intent)


def price_of(order: Order) -> int:
    """What a payment for a pending order is opened over, in minor units: a fee that its channel adds at
    payment is in it."""
    terms = terms_for(order.channel)
    if not terms.fee_at_payment:
        return order.amount_due
    return order.subtotal + terms.fee_on(order.subtotal, order.discount) - order.discount


def _found(actor: Actor, key: Key, payment: Payment) -> Started:
    """A payment that was opened before; what has ended at the gateway meanwhile is settled first."""
    intent = gateway_named(payment.gateway).find_intent(payment.reference)
    if intent.status in _ENDED and payment.status == OPEN:
        look_up(payment)
        if intent.status == "canceled":
            return start(actor, key)
    return Started(payment, intent)


@transactional
def _prepare(actor: Actor, key: Key, once: Idempotency | None) -> tuple[Payment, dict[str, str]]:
    order = load(Order, key, joinedload(Order.event), lock=True)
    require(actor, Permission.ORDER_SEE, order)
    require(actor, Permission.ORDER_PAY, order)
    details = {
        "order_id": str(order.uuid),
        "order_number": order.number,
        "event_id": str(order.event.uuid),
        "user_id": str(order.user_id),
        "description": f"Order {order.number} - {order.event.title}",
        "receipt_email": order.buyer_email,
    }
    if once is not None and (earlier := idempotency.claim(actor, once)) is not None:
        first = load(Payment, earlier)
        if first.status == OPEN or not first.is_unnamed:
            return first, details
        # It was given up before the gateway had named it: nothing was started under this key yet.
    _refuse_unpayable(order)
    payment = _open_one(order) or _new(actor, order)
    if once is not None:
        idempotency.point_at(actor, once, payment.id)
    return payment, details


def _refuse_unpayable(order: Order) -> None:
    """Go on only with what is due, our fee in it."""
    if not order.is_pending:
        raise Invalid("not_payable", f"Order cannot be paid: it is {order.status}.")
    if order.hold_has_ended:
        raise Invalid("hold_ended", "The time to pay for this order is over.")
    if order.event.is_cancelled:
        raise Invalid("event_cancelled", "The event was cancelled.")
    price = price_of(order)
    order.fee += price - order.amount_due
    order.amount_due = price
    if order.amount_due <= 0:
        raise Invalid("nothing_due", "There is nothing to pay.")


def _open_one(order: Order) -> Payment | None:
    """The payment that waits already, where it is over the same total at the same gateway. One over another
    total is withdrawn."""
    waiting = db.session.scalars(
        select(Payment).where(Payment.order_id == order.id, Payment.status == OPEN).with_for_update()
    ).one_or_none()
    if waiting is None:
        return None
    if (waiting.gateway, waiting.amount) == (current_app.config["PAYMENT_GATEWAY"], order.amount_due):
        return waiting
    waiting.status = CANCELLED
    withdrawing.ask_one(waiting.id)
    db.session.flush()
    return None


def _new(actor: Actor, order: Order) -> Payment:
    own_id, gateway = uuid.uuid4(), current_app.config["PAYMENT_GATEWAY"]
    payment = Payment(
        uuid=own_id,
        order_id=order.id,
        gateway=gateway,
        # Until the gateway has named it, so that the column can be unique.
        reference=f"{UNNAMED}{own_id}",
        amount=order.amount_due,
        currency=order.currency,
        details={},
    )
    db.session.add(payment)
    db.session.flush()
    activity.record(actor, "payment_started", order, amount=payment.amount, gateway=gateway)
    return payment


@transactional
def _give_up(payment_id: int) -> None:
    payment = load(Payment, payment_id, lock=True)
    if payment.status == OPEN:
        payment.status = CANCELLED


@transactional
def _attach(payment_id: int, reference: str) -> Payment:
    """Write down how the gateway calls it. Where the order or its price has changed meanwhile, the payment is
    withdrawn: whoever asked for that before could not name it."""
    order = load(Order, load(Payment, payment_id).order_id, lock=True)
    payment = load(Payment, payment_id, lock=True)
    if payment.reference != reference:
        payment.reference = reference
        db.session.flush()
        if payment.status != OPEN or not order.is_pending:
            withdrawing.ask_one(payment.id)
    return payment
