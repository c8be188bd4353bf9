"""``/api/webhooks/stripe/`` and SecureTicket's ``/api/payments/webhook/``: two doors to one inbox.

Whatever the configured gateway has signed is taken at both, and nothing else.
"""

from __future__ import annotations

from typing import Any

import structlog
from flask import current_app, request
from marshmallow import fields
from werkzeug.exceptions import RequestEntityTooLarge

from ticketing.api.fields import Out
from ticketing.api.http import Access, Counted, Routes
from ticketing.errors import Invalid
from ticketing.services.payments import inbox

bp = Routes("webhooks", prefix="/api", tag="Payments")
#: Bytes. The longest events that providers send have a few thousand.
LARGEST = 256 * 1024
_PROVIDERS_CALL: dict[str, Any] = {
    "parameters": [
        {
            "name": "Stripe-Signature",
            "in": "header",
            "required": True,
            "schema": {"type": "string"},
            "description": "`t=<Unix seconds>,v1=<hex HMAC-SHA256 of t, a point and the body>`, "
            "believed for five minutes.",
        }
    ],
    "requestBody": {
        "required": True,
        "description": "An event of the payment provider's, exactly as it was signed.",
        "content": {"application/json": {"schema": {"type": "object"}}},
    },
}
log = structlog.get_logger(__name__)


class ReceivedOut(Out):
    """The event is kept, and was or will be acted upon."""

    received = fields.Boolean(metadata={"example": True})
    message = fields.String(metadata={"example": "Event received."})


@bp.post("/webhooks/stripe/", access=Access.UNCHECKED, counted=Counted.NOT_AT_ALL)
@bp.doc(**_PROVIDERS_CALL)
@bp.refuses(400, 413)
@bp.response(200, ReceivedOut)
def receive_stripe_event() -> dict[str, Any]:
    """Take an event from the payment provider.

    Each counts once, however often it is sent; of a kind or a payment that we do not know it is kept and
    otherwise ignored.
    """
    return _received()


@bp.post("/payments/webhook/", access=Access.UNCHECKED, counted=Counted.NOT_AT_ALL)
@bp.doc(**_PROVIDERS_CALL)
@bp.refuses(400, 413)
@bp.response(200, ReceivedOut)
def receive_payment_event() -> dict[str, Any]:
    """Take an event from the payment provider (the same inbox as `/api/webhooks/stripe/`)."""
    return _received()


def _received() -> dict[str, Any]:
    body = _body()
    try:
        inbox.receive(
            current_app.config["PAYMENT_GATEWAY"], body, request.headers.get("Stripe-Signature", "")
        )
    except Invalid as refusal:
        log.warning("webhook_refused", code=refusal.code, size=len(body), address=request.remote_addr)
        raise
    return {"received": True, "message": "Event received."}


def _body() -> bytes:
    """The body as it came: what was signed.

    :raises RequestEntityTooLarge: it is longer than any event; no more of it was read.
    """
    # A body that does not say its length is cut off there, not refused.
    request.max_content_length = LARGEST + 1
    body = request.get_data(cache=False)
    if len(body) > LARGEST:
        raise RequestEntityTooLarge
    return body
