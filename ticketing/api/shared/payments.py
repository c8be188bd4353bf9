"""``/api/payments/``: paying for bookings, in the shape that two dialects share (SecureTicket 002)."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from ticketing import money
from ticketing.api.fields import AnyKey, In, Money, Out, Word
from ticketing.api.http import Counted, Routes, current_actor
from ticketing.api.shared.bookings import (
    BOOKING_STATUSES,
    PAYMENT_STATUSES,
    BookingOfBoth,
    booking_status,
    payment_status,
    present_booking,
)
from ticketing.queries import order_rows
from ticketing.queries.keys import Key
from ticketing.services.idempotency import Idempotency
from ticketing.services.payments import checking, intents

bp = Routes("shared_payments", prefix="/api/payments", tag="Payments")


class PaymentIn(In):
    """Which booking is paid."""

    booking_id = AnyKey(required=True)


class PaymentOut(Out):
    """What a browser needs to pay for a booking."""

    clientSecret = fields.String()
    booking = fields.Nested(BookingOfBoth)


class PaymentStanding(Out):
    """How the payment of a booking stands."""

    booking_id = fields.UUID()
    status = Word(*BOOKING_STATUSES)
    payment_status = Word(*PAYMENT_STATUSES)
    amount = Money()
    currency = fields.String()


@bp.post("/create-payment-intent/", counted=Counted.PAYMENT)
@bp.arguments(PaymentIn)
@bp.once("payments.start")
@bp.refuses(404, 502)
@bp.response(200, PaymentOut)
def pay_booking(body: dict[str, Any], once: Idempotency | None) -> Any:
    """Start the payment of a booking that waits for it (its buyer), or find the one that was started.

    At most ten an hour.
    """
    actor = current_actor()
    started = intents.start(actor, body["booking_id"], once=once)
    booking = order_rows.get(actor, started.payment.order_id)
    return {"clientSecret": started.intent.client_secret, "booking": present_booking(booking)}


@bp.get("/status/<key:booking>/")
@bp.refuses(502)
@bp.response(200, PaymentStanding)
def get_booking_payment(booking: Key) -> Any:
    """How the payment of a booking stands (its buyer, staff, support). The payment provider is asked."""
    actor = current_actor()
    checking.check(actor, booking)
    row = order_rows.get(actor, booking).first
    return {
        "booking_id": row.uuid,
        "status": booking_status(row),
        "payment_status": payment_status(row),
        "amount": money.to_text(row.amount_due, row.currency),
        "currency": row.currency,
    }
