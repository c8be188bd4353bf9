"""What the sandbox does by itself: it approves late payments, and calls our own inbox over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from ticketing.gateways.sandbox import Sandbox
from ticketing.jobs.mails import base_url
from ticketing.models import OutboxMessage
from ticketing.services.payments import sandbox_desk
from ticketing.transaction import assert_none_open

_PATH = "/api/webhooks/stripe/"
#: Seconds.
_PATIENCE = 10


def send_event(message: OutboxMessage) -> None:
    """Tell the inbox what a message promises: built and signed now, so that the signature is fresh.

    :raises OSError: it did not answer, or not with 2xx.
    """
    body, signature = Sandbox().event(message.payload["reference"], message.payload["event_kind"])
    post(f"{base_url()}{_PATH}", body, signature)


def approve(message: OutboxMessage) -> None:
    """Approve the payment whose time has come."""
    sandbox_desk.approve_promised(message.payload["reference"])


DEEDS: dict[str, Callable[[OutboxMessage], None]] = {
    sandbox_desk.DECIDE: approve,
    sandbox_desk.WEBHOOK: send_event,
}


class _NoRedirects(HTTPRedirectHandler):
    """An answer from elsewhere is no answer: it must not count as delivered."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> None:
        """None: the redirect itself is the answer, and an error."""


def post(url: str, body: bytes, signature: str) -> None:
    """Send a signed body straight to that address, past any proxy.

    :raises OSError: nobody listens there, nobody answers in time, or the answer is not 2xx.
    """
    assert_none_open()
    headers = {"Content-Type": "application/json", "Stripe-Signature": signature}
    request = Request(url, data=body, headers=headers)  # noqa: S310 (our own address)
    try:
        build_opener(ProxyHandler({}), _NoRedirects()).open(request, timeout=_PATIENCE).close()
    except HTTPError as error:
        error.close()
        raise OSError(f"the inbox answered {error.code}") from None
