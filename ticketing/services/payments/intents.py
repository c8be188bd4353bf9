"""Starting a payment: transaction → network → transaction, so that no lock waits for a gateway."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from flask import current_app
from sqlalchemy import select

from ticketing.errors import Invalid
from ticketing.extensions import db
from ticketing.gateways import Intent, gateway_named
from ticketing.models import Order, Payment
from ticketing.models.payments import CANCELLED, OPEN
from ticketing.policy import Actor, Permission, require
from ticketing.queries.keys import Key, load
from ticketing.services import activity
from ticketing.transaction import assert_none_open, transactional


@dataclass(frozen=True, slots=True)
class Started:
    """A payment that waits for the buyer, and what their browser needs to make it."""

    payment: Payment
    intent: Intent


def start(actor: Actor, key: Key) -> Started:
    """Open a payment over what a pending order costs, or find the one that is open already.

    :raises NotFound: it is somebody else's order.
    :raises Invalid: it cannot be paid: not pending, its hold has ended, or nothing is due.
    :raises GatewayDown: the provider did not answer; the order keeps its hold.
    """
    assert_none_open()
    payment = _prepare(actor, key)
    intent = gateway_named(payment.gateway).open_intent(
        idempotency_key=str(payment.uuid),
        amount=payment.amount,
        currency=payment.currency,
        details={"order_id": str(payment.order_id), "payment_id": str(payment.uuid)},
    )
    return Started(_attach(payment.id, intent.reference), intent)


@transactional
def _prepare(actor: Actor, key: Key) -> Payment:
    order = load(Order, key, lock=True)
    require(actor, Permission.ORDER_SEE, order)
    if not order.is_pending:
        raise Invalid("not_payable", f"Order cannot be paid: it is {order.status}.")
    if order.hold_has_ended:
        raise Invalid("hold_ended", "The time to pay for this order is over.")
    due = order.amount_due - order.amount_paid
    if due <= 0:
        raise Invalid("nothing_due", "There is nothing to pay.")
    gateway = current_app.config["PAYMENT_GATEWAY"]
    open_one = db.session.scalars(
        select(Payment).where(Payment.order_id == order.id, Payment.status == OPEN).with_for_update()
    ).one_or_none()
    if open_one is not None:
        if (open_one.gateway, open_one.amount) == (gateway, due):
            return open_one
        open_one.status = CANCELLED
        db.session.flush()
    own_id = uuid.uuid4()
    payment = Payment(
        uuid=own_id,
        order_id=order.id,
        gateway=gateway,
        # Until the gateway has named it, so that the column can be unique.
        reference=f"new-{own_id}",
        amount=due,
        currency=order.currency,
        details={},
    )
    db.session.add(payment)
    db.session.flush()
    activity.record(actor, "payment_started", order, amount=due, gateway=gateway)
    return payment


@transactional
def _attach(payment_id: int, reference: str) -> Payment:
    payment = load(Payment, payment_id, lock=True)
    if payment.reference != reference:
        payment.reference = reference
    return payment
