"""Paying EasyTicket's orders and giving money back (EasyTicket 003, Payments)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ticketing.api.easyticket import order_present as present
from ticketing.api.easyticket.order_schemas import (
    PaymentStartedOut,
    PaymentStatusOut,
    RefundIn,
    RefundOut,
)
from ticketing.api.http import Counted, Routes, current_actor
from ticketing.errors import Invalid
from ticketing.queries import purchases
from ticketing.queries.keys import Key
from ticketing.services import orders
from ticketing.services.idempotency import Idempotency
from ticketing.services.payments import checking, intents

bp = Routes("easyticket_payments", prefix="/api/orders", tag="Payments")

_CANNOT_BE_PAID = ("not_payable", "hold_ended", "event_cancelled", "nothing_due")


@contextmanager
def _telling(order: Key, name: str, title: str, *codes: str) -> Iterator[None]:
    """A refusal with one of these codes says under ``name`` how the order stands."""
    try:
        yield
    except Invalid as refusal:
        if refusal.code in codes:
            refusal.details |= {"error": title, name: present.status_of(purchases.standing(order))}
        raise


@bp.post("/<key:order>/create-payment-intent/", counted=Counted.PAYMENT)
@bp.once("orders.pay")
@bp.refuses(400, 502)
@bp.response(200, PaymentStartedOut)
def create_payment_intent(order: Key, once: Idempotency | None) -> Any:
    """Start the payment of an order that waits for it (its buyer), or find the one that was started.

    The service fee is added now. A 400 says under `status` how the order stands. At most ten an hour.
    """
    with _telling(order, "status", "Order cannot be paid", *_CANNOT_BE_PAID):
        started = intents.start(current_actor(), order, once=once)
    return present.payment_started(started)


@bp.get("/<key:order>/payment-status/")
@bp.refuses(502)
@bp.response(200, PaymentStatusOut)
def get_payment_status(order: Key) -> Any:
    """Ask the payment provider how the payment of an order stands (its buyer, staff, support)."""
    return present.payment_status(checking.status(current_actor(), order))


@bp.post("/<key:order>/refund/")
@bp.arguments(RefundIn)
@bp.once("orders.refund")
@bp.response(200, RefundOut)
def refund_order(body: dict[str, Any], order: Key, once: Idempotency | None) -> Any:
    """Refund a confirmed order, in full or in part.

    Its buyer may before the event starts, as long as nobody has come in; support, staff, and owners and
    managers of the organization always. A full refund ends the order; after a partial one it stays confirmed,
    and shows its `refunded_amount`. A 400 because of how the order stands says so under `current_status`.
    """
    with _telling(order, "current_status", "Order cannot be refunded", "not_confirmed"):
        refund = orders.give_back(
            current_actor(),
            order,
            amount=body.get("amount"),
            items=[orders.ItemBack(**item) for item in body.get("items", ())],
            reason=body.get("reason") or "",
            once=once,
        )
    return present.refunded(refund)
