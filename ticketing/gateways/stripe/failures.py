"""What Stripe's failures mean here. Nothing of what it writes reaches a person: its sentences quote keys."""

from __future__ import annotations

import re

import stripe
import structlog

from ticketing.errors import GatewayDown, NotFound
from ticketing.gateways import Declined

log = structlog.get_logger(__name__)
_SENTENCES = {
    "amount_too_small": "the amount is smaller than Stripe takes",
    "amount_too_large": "the amount is larger than Stripe takes or has left",
    "balance_insufficient": "the balance at Stripe does not cover it",
    "card_declined": "the card was declined",
    "charge_already_refunded": "all of it was given back before",
    "charge_disputed": "the payment is disputed at the bank",
    "email_invalid": "Stripe does not take this e-mail address",
    "payment_intent_unexpected_state": "the payment is past that",
}


def translated(error: stripe.StripeError) -> Exception:
    """The failure as ``GatewayDown``, ``NotFound`` or ``Declined``; its facts go to the log."""
    facts = {
        "kind": type(error).__name__,
        "status": error.http_status,
        "code": _word(error.code),
        "param": _word(getattr(error, "param", None)),
        "request": _word(error.request_id),
    }
    if isinstance(error, stripe.InvalidRequestError) and error.code == "resource_missing":
        return NotFound("payment")
    if isinstance(error, stripe.InvalidRequestError | stripe.CardError):
        log.warning("stripe_declined", **facts)
        reason = facts["code"] or facts["param"] or "no reason given"
        return Declined(_SENTENCES.get(str(reason), f"Stripe refused it ({reason})"))
    if isinstance(error, stripe.IdempotencyError):
        log.error("stripe_key_reused_for_something_else", **facts)
        return Declined("the same key was used for something else before")
    if isinstance(error, stripe.AuthenticationError | stripe.PermissionError):
        log.error("stripe_refuses_our_key", **facts)
    else:
        log.warning("stripe_did_not_answer", cause=type(error.__cause__).__name__, **facts)
    return GatewayDown()


def _word(text: object) -> str | None:
    """Something short from Stripe that may be written down."""
    return text if isinstance(text, str) and re.fullmatch(r"[\w.\[\]-]{1,80}", text) else None
