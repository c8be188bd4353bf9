"""What Stripe tells us on its own: whether it is from Stripe, what it is about, and what we keep of it."""

from __future__ import annotations

import json
from typing import Any

from ticketing.errors import Invalid
from ticketing.gateways import LONGEST_NAME, Event

#: Seconds for which a signature is believed.
_TOLERANCE = 300
_ENVELOPE = ("id", "type", "created", "livemode")
_KEPT = ("id", "object", "amount", "amount_received", "amount_refunded", "currency", "status")
_ABOUT_A_PAYMENT = ("charge.", "refund.")


def read(body: bytes, signature: str, secret: str | None) -> Event:
    """The event in a request to our inbox.

    :raises Invalid: the signature is missing, wrong or too old, or this is no event.
    """
    text = _verified(body, signature, secret)
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Invalid("bad_event", "This is no event.") from error
    if not isinstance(data, dict) or not _is_name(data.get("id")) or not _is_name(data.get("type")):
        raise Invalid("bad_event", "This is no event.")
    content = data.get("data")
    about = content.get("object") if isinstance(content, dict) else None
    about = about if isinstance(about, dict) else {}
    return Event(data["id"], data["type"], _reference(data["type"], about), _kept(data, about))


def _verified(body: bytes, signature: str, secret: str | None) -> str:
    import stripe

    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise Invalid("bad_event", "This is no event.") from error
    try:
        stripe.WebhookSignature.verify_header(text, signature, secret, _TOLERANCE)
    except (stripe.SignatureVerificationError, TypeError, ValueError):
        # TypeError: what is not ASCII cannot be compared. Without the original, which quotes the body.
        raise Invalid("bad_signature", "The signature is missing, too old or does not fit.") from None
    return text


def _is_name(value: object) -> bool:
    return (
        isinstance(value, str) and 0 < len(value) <= LONGEST_NAME and value.isascii() and value.isprintable()
    )


def _reference(kind: str, about: dict[str, Any]) -> str | None:
    """The payment intent that it is about."""
    if kind.startswith("payment_intent."):
        return _id_of(about)
    return _id_of(about.get("payment_intent")) if kind.startswith(_ABOUT_A_PAYMENT) else None


def _id_of(named: Any) -> str | None:
    """Of an id, or of the whole object in its place."""
    found = named.get("id") if isinstance(named, dict) else named
    return found if _is_name(found) else None


def _kept(data: dict[str, Any], about: dict[str, Any]) -> dict[str, Any]:
    """Of the payer, whom Stripe describes at length, nothing."""
    thing = {name: about[name] for name in _KEPT if isinstance(about.get(name), str | int)}
    if reference := _id_of(about.get("payment_intent")):
        thing["payment_intent"] = reference
    if isinstance(about.get("metadata"), dict):
        thing["metadata"] = {str(name): str(value) for name, value in about["metadata"].items()}
    if isinstance(failure := about.get("last_payment_error"), dict):
        thing["last_payment_error"] = {
            name: failure[name] for name in ("code", "decline_code") if isinstance(failure.get(name), str)
        }
    kept: dict[str, Any] = {name: data[name] for name in _ENVELOPE if name in data}
    return {**kept, "object": thing}
