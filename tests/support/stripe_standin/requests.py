"""What is asked of the stand-in: forms with brackets in, addresses, allowed parameters."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from tests.support.stripe_standin.books import Books, Refused, Thing

_ALLOWED = {
    "open": {
        "amount", "automatic_payment_methods", "currency", "description", "expand", "metadata",
        "payment_method_types", "receipt_email", "statement_descriptor_suffix",
    },
    "show": {"expand"},
    "cancel": {"cancellation_reason", "expand"},
    "confirm": {"expand", "payment_method", "return_url"},
    "refund": {"amount", "expand", "metadata", "payment_intent", "reason"},
    "show_refund": {"expand"},
}  # fmt: skip
_ROUTES = [
    ("POST", r"/v1/payment_intents", "open"),
    ("GET", r"/v1/payment_intents/([^/]+)", "show"),
    ("POST", r"/v1/payment_intents/([^/]+)/cancel", "cancel"),
    ("POST", r"/v1/payment_intents/([^/]+)/confirm", "confirm"),
    ("POST", r"/v1/refunds", "refund"),
    ("GET", r"/v1/refunds/([^/]+)", "show_refund"),
]
_REASONS = {"duplicate", "fraudulent", "requested_by_customer"}


@dataclass
class Asked:
    """A line of the stand-in's log. ``status`` is what was decided, whether or not the answer was sent."""

    method: str
    path: str
    params: Thing
    idempotency_key: str | None
    #: The other end of the connection: the same number twice is the same connection.
    port: int
    status: int = 0
    is_replayed: bool = False

    @property
    def line(self) -> str:
        """``POST /v1/refunds``"""
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Answer:
    """What is sent back."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, status: int, content: Thing) -> Answer:
        """As JSON."""
        return cls(status, json.dumps(content, indent=2).encode())

    @classmethod
    def refusing(cls, refused: Refused) -> Answer:
        """In the form of Stripe's errors."""
        return cls.of(refused.status, {"error": refused.error})


def read_form(text: str) -> Thing:
    """``metadata[order]=5&expand[0]=x`` → ``{"metadata": {"order": "5"}, "expand": ["x"]}``."""
    form: Thing = {}
    for name, value in parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text)):
        first, *rest = re.split(r"[\[\]]+", name.rstrip("]"))
        if not rest:
            form[first] = value
        elif first == "expand":
            form.setdefault(first, []).append(value)
        else:
            form.setdefault(first, {})[rest[0]] = value
    return form


def carry_out(books: Books, asked: Asked) -> Thing:
    """Find the address, check the parameters, do it, show the result.

    :raises Refused: Stripe would not either.
    """
    deed, name = _deed(asked)
    params = asked.params
    if unknown := set(params) - _ALLOWED[deed]:
        message = f"Received unknown parameter: {min(unknown)}"
        raise Refused(400, message, code="parameter_unknown", param=min(unknown))
    _check_metadata(params.get("metadata", {}))
    if params.get("reason", "duplicate") not in _REASONS:
        raise Refused(400, f"Invalid reason: must be one of {', '.join(sorted(_REASONS))}", param="reason")
    return books.shown(_DEEDS[deed](books, name, params), params.get("expand", []))


def _deed(asked: Asked) -> tuple[str, str]:
    for method, pattern, deed in _ROUTES:
        if method == asked.method and (match := re.fullmatch(pattern, asked.path)):
            return deed, next(iter(match.groups()), "")
    raise Refused(404, f"Unrecognized request URL ({asked.method}: {asked.path}).")


def _check_metadata(metadata: Any) -> None:
    if not isinstance(metadata, dict) or len(metadata) > 50:
        raise Refused(400, "Metadata can have up to 50 keys.", param="metadata")
    for name, value in metadata.items():
        if len(name) > 40 or len(value) > 500:
            message = f"Metadata key {name} or its value is too long: up to 40 and 500 characters."
            raise Refused(400, message, param="metadata")


def _confirm(books: Books, name: str, params: Thing) -> Thing:
    """The payer's browser, as test cards let a server play it."""
    card = str(params.get("payment_method", ""))
    if card == "pm_card_visa":
        return books.pay(name)
    if card.startswith("pm_card_visa_chargeDeclined"):
        books.decline(name)
        message = "Your card was declined."
        raise Refused(402, message, type="card_error", code="card_declined", kept=True)
    raise Refused(404, f"No such PaymentMethod: '{card}'", code="resource_missing", param="payment_method")


_DEEDS = {
    "open": lambda books, _name, params: books.open(params),
    "show": lambda books, name, _params: books.find("payment_intent", name),
    "cancel": lambda books, name, _params: books.cancel(name),
    "confirm": _confirm,
    "refund": lambda books, _name, params: books.refund(params),
    "show_refund": lambda books, name, _params: books.find("refund", name),
}
