"""Payments by Stripe. What a payment is called there, a payment intent, is its reference here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from flask import current_app

from ticketing.errors import NotFound
from ticketing.gateways import Declined, Event, Intent, Observed
from ticketing.gateways.stripe import events
from ticketing.gateways.stripe.amounts import cost_from_stripe, from_stripe, to_stripe

if TYPE_CHECKING:
    from stripe import StripeClient

NAME = "stripe"
#: What Stripe keeps beside a payment, in characters.
_LONGEST = 500
_OWN_FIELDS = ("description", "receipt_email")
_WITH_FEE = ["latest_charge.balance_transaction"]
#: Where a refund at Stripe names the request that asked for it.
_REQUEST = "request"


class Stripe:
    """Stripe's side of the interface."""

    def open_intent(
        self, *, idempotency_key: str, amount: int, currency: str, details: dict[str, str]
    ) -> Intent:
        """Start a payment by whatever means the account offers; the same key gives the same one again,
        for a day, as long as amount and details are the same, too.

        :raises Declined: Stripe takes no such amount or currency, or the key was used for something else.
        """
        with _asking() as client:
            given = {name: value[:_LONGEST] for name, value in details.items() if value}
            asked: Any = {name: given.pop(name) for name in _OWN_FIELDS if name in given}
            asked |= {"amount": to_stripe(amount, currency), "currency": currency.lower()}
            asked |= {"automatic_payment_methods": {"enabled": True}, "metadata": given}
            intent = client.v1.payment_intents.create(asked, {"idempotency_key": idempotency_key})
            return _waiting(intent.to_dict())

    def find_intent(self, reference: str) -> Intent:
        """A payment that was started before.

        :raises NotFound: Stripe does not know it.
        """
        with _asking() as client:
            return _waiting(_retrieved(client, reference, []))

    def look_up(self, reference: str) -> Observed:
        """How a payment stands, and what Stripe kept of it where that is in the payment's own currency.

        :raises NotFound: Stripe does not know it.
        """
        with _asking() as client:
            return _observed(_retrieved(client, reference, _WITH_FEE))

    def cancel(self, reference: str) -> Observed:
        """Let nobody pay this any more; what cannot be cancelled, being paid, say, is looked up instead.

        :raises NotFound: Stripe does not know it.
        """
        try:
            with _asking() as client:
                cancelled = client.v1.payment_intents.cancel(
                    _named(reference), {"expand": _WITH_FEE}, {"idempotency_key": f"cancel-{reference}"}
                )
                return _observed(cancelled.to_dict())
        except Declined:
            return self.look_up(reference)

    def refund(self, reference: str, amount: int, *, idempotency_key: str) -> str:
        """Give ``amount`` back, once per key. Stripe forgets keys after a day, so the refund carries its own.

        :raises Declined: nothing was paid, less than that is left, or Stripe's try has failed.
        """
        try:
            with _asking() as client:
                intent = _retrieved(client, reference, ["latest_charge.refunds"])
                asked = to_stripe(amount, intent["currency"])
                return _accepted(
                    _given_before(intent, idempotency_key)
                    or client.v1.refunds.create(
                        {
                            "payment_intent": reference,
                            "amount": asked,
                            "metadata": {_REQUEST: idempotency_key},
                        },
                        {"idempotency_key": idempotency_key},
                    ).to_dict()
                )
        except NotFound:
            raise Declined("Stripe knows no such payment") from None

    def read_event(self, body: bytes, signature: str) -> Event:
        """Verify an event of Stripe's.

        :raises Invalid: the signature or the body is no good.
        """
        return events.read(body, signature, current_app.config["STRIPE_WEBHOOK_SECRET"])


@contextmanager
def _asking() -> Iterator[StripeClient]:
    """See ``client.asking``, which is imported here: Stripe's library is no part of the start-up."""
    from ticketing.gateways.stripe.client import asking

    with asking() as client:
        yield client


def _named(reference: str) -> str:
    """A reference that may stand in an address of Stripe's."""
    if not re.fullmatch(r"pi_[A-Za-z0-9_]{1,200}", reference):
        raise NotFound("payment")
    return reference


def _retrieved(client: StripeClient, reference: str, expand: list[str]) -> dict[str, Any]:
    return client.v1.payment_intents.retrieve(_named(reference), {"expand": expand}).to_dict()


def _waiting(intent: dict[str, Any]) -> Intent:
    return Intent(intent["id"], intent["client_secret"], intent["status"])


def _observed(intent: dict[str, Any]) -> Observed:
    currency, status = intent["currency"].upper(), intent["status"]
    is_paid = status == "succeeded"
    charge = intent["latest_charge"] or {}
    return Observed(
        state=_state(intent),
        amount=from_stripe(intent["amount_received" if is_paid else "amount"], currency),
        currency=currency,
        refunded=from_stripe(charge.get("amount_refunded", 0), currency),
        gateway_fee=_fee(charge.get("balance_transaction") or {}, currency),
        status=status,
        is_final=is_paid or status == "canceled",
    )


def _state(intent: dict[str, Any]) -> str:
    """A declined payment goes back to the start at Stripe, where it waits for another card."""
    if intent["status"] in ("succeeded", "canceled"):
        return {"succeeded": "paid", "canceled": "cancelled"}[intent["status"]]
    was_declined = intent["status"] == "requires_payment_method" and intent.get("last_payment_error")
    return "declined" if was_declined else "open"


def _fee(booking: dict[str, Any], currency: str) -> int:
    """In the payment's currency; an account that is kept in another one has no such figure."""
    if booking.get("currency", "").upper() != currency:
        return 0
    return cost_from_stripe(booking["fee"], currency)


def _given_before(intent: dict[str, Any], request: str) -> dict[str, Any] | None:
    """The refund that this request has led to already; Stripe shows the ten latest."""
    refunds = ((intent["latest_charge"] or {}).get("refunds") or {}).get("data", [])
    return next((one for one in refunds if (one["metadata"] or {}).get(_REQUEST) == request), None)


def _accepted(refund: dict[str, Any]) -> str:
    if refund["status"] in ("failed", "canceled"):
        raise Declined(f"the refund has {refund['status']} at Stripe")
    return str(refund["id"])
