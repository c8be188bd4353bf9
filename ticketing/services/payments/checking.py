"""Asking the gateway how a payment stands, and settling what it says."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import case, select

from ticketing.errors import Invalid, NotFound
from ticketing.extensions import db
from ticketing.gateways import Observed, gateway_named
from ticketing.models import Order, Payment
from ticketing.models.payments import CANCELLED, MANUAL, OPEN, PAID
from ticketing.policy import Actor, Permission, require
from ticketing.queries.keys import Key, load
from ticketing.services import activity
from ticketing.services.payments.settle import settle
from ticketing.transaction import assert_none_open, transactional

#: What a gateway would say of a payment that it never saw.
_MANUAL_STATUS = {PAID: "succeeded", CANCELLED: "canceled"}


@dataclass(frozen=True, slots=True)
class Checked:
    """An order, its latest payment, and the gateway's own word for that."""

    order: Order
    payment: Payment
    status: str


def check(actor: Actor, key: Key) -> Observed | None:
    """Ask about the payment that an order waits for, and settle what the gateway says; None where it waits
    for none.

    :raises NotFound: the order is somebody else's.
    :raises GatewayDown: the gateway did not answer.
    """
    assert_none_open()
    order = load(Order, key)
    require(actor, Permission.ORDER_SEE, order)
    waiting = _latest(order.id)
    if waiting is None or waiting.status != OPEN or waiting.is_unnamed:
        return None
    return look_up(waiting)


def status(actor: Actor, key: Key) -> Checked:
    """How an order's latest payment stands at its gateway (EasyTicket 003, Get Payment Status).

    :raises NotFound: the order is somebody else's, or no payment was started.
    :raises GatewayDown: the gateway did not answer.
    """
    assert_none_open()
    order = load(Order, key)
    require(actor, Permission.ORDER_SEE, order)
    payment = _latest(order.id)
    if payment is None:
        raise NotFound("payment")
    if payment.gateway == MANUAL:
        return Checked(order, payment, _MANUAL_STATUS.get(payment.status, payment.status))
    if payment.is_unnamed:
        return Checked(order, payment, "requires_payment_method")
    observed = look_up(payment)
    return Checked(load(Order, order.id), load(Payment, payment.id), observed.status)


def ask_again(actor: Actor, key: Key) -> Observed:
    """Ask the gateway how any payment stands, whatever we think of it, and settle what it says.

    :raises NotAllowed: the actor is not staff.
    :raises Invalid: it was taken by hand, the gateway has not named it yet, or is none that we know.
    :raises GatewayDown: the gateway did not answer.
    """
    assert_none_open()
    require(actor, Permission.PAYMENT_MANAGE)
    payment = load(Payment, key)
    if payment.gateway == MANUAL:
        raise Invalid("manual", "This was paid by hand: there is no gateway to ask.")
    if payment.is_unnamed:
        raise Invalid("unnamed", "The gateway has not named this payment yet.")
    try:
        gateway_named(payment.gateway)
    except LookupError as error:
        raise Invalid("unknown_gateway", "This gateway is not in use here.") from error
    _note(actor, payment.id)
    return look_up(payment)


@transactional
def _note(actor: Actor, payment_id: int) -> None:
    activity.record(actor, "payment_asked_for", ("payment", payment_id))


def look_up(payment: Payment) -> Observed:
    """Ask the gateway about a payment that it knows, and settle what it says.

    :raises GatewayDown: it did not answer.
    """
    observed = gateway_named(payment.gateway).look_up(payment.reference)
    settle(payment.gateway, payment.reference, observed)
    return observed


def withdraw(payment_id: int) -> None:
    """Tell the gateway that nobody may pay this any more. What was paid before that is settled.

    :raises GatewayDown: it did not answer.
    """
    assert_none_open()
    payment = load(Payment, payment_id)
    if payment.gateway == MANUAL or payment.status == PAID or payment.is_unnamed:
        return
    observed = gateway_named(payment.gateway).cancel(payment.reference)
    settle(payment.gateway, payment.reference, observed)


def _latest(order_id: int) -> Payment | None:
    """The one that was paid, else the one that is open, else the last."""
    weight = case((Payment.status == PAID, 0), (Payment.status == OPEN, 1), else_=2)
    return db.session.scalars(
        select(Payment)
        .where(Payment.order_id == order_id)
        .order_by(weight, Payment.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    ).one_or_none()
