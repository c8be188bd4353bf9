"""Stripe's own card form on our page: what it needs, and what the page must allow for it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Response, current_app

from ticketing.gateways import Declined
from ticketing.gateways.stripe.amounts import to_stripe
from ticketing.models import Order
from ticketing.responses import CONTENT_SECURITY_POLICY
from ticketing.services.payments import intents

#: Where Stripe's script opens its frames and sends what was typed, unless a stand-in is configured.
_FRAMES = "https://*.js.stripe.com https://hooks.stripe.com"
_API = "https://api.stripe.com"


@dataclass(frozen=True, slots=True)
class CardForm:
    """What Stripe's script is told; ``amount`` is in Stripe's units."""

    script: str
    key: str
    amount: int
    currency: str


def card_form(order: Order) -> CardForm | None:
    """The card form for an order; None where the payment is made elsewhere: at the sandbox's desk, or by
    programs, where no key for browsers is configured."""
    settings = current_app.config
    if settings["PAYMENT_GATEWAY"] != "stripe" or not settings["STRIPE_PUBLISHABLE_KEY"]:
        return None
    try:
        amount = to_stripe(intents.price_of(order), order.currency)
    except Declined:
        return None
    key = settings["STRIPE_PUBLISHABLE_KEY"]
    return CardForm(settings["STRIPE_JS"], key, amount, order.currency.lower())


def allow(answer: Response, form: CardForm) -> Response:
    """Let this one page load Stripe's script, its frames and its answers, and open a bank's window."""
    origin = _origin(form.script)
    api = _origin(current_app.config["STRIPE_API_BASE"] or _API)
    policy = CONTENT_SECURITY_POLICY.replace("script-src 'self'", f"script-src 'self' {origin}")
    policy += f"; frame-src {origin} {_FRAMES}; connect-src 'self' {api}"
    answer.headers["Content-Security-Policy"] = policy
    answer.headers["Permissions-Policy"] = (
        f'camera=(), microphone=(), geolocation=(), payment=(self "{origin}")'
    )
    answer.headers["Cross-Origin-Opener-Policy"] = "same-origin-allow-popups"
    return answer


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
