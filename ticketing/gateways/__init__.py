"""Payment providers behind one small interface. Nothing here knows an order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol


class Declined(Exception):
    """The gateway answered, and the answer is no for good."""


@dataclass(frozen=True, slots=True)
class Intent:
    """A payment that waits for its payer."""

    reference: str
    #: A secret that the payer's browser needs.
    client_secret: str
    #: A page where it can be paid, where the gateway has one.
    checkout_url: str | None = None


@dataclass(frozen=True, slots=True)
class Observed:
    """How a payment stands at the gateway. ``state`` is open, paid, declined or cancelled; amounts are
    minor units."""

    state: str
    amount: int
    currency: str
    refunded: int = 0


@dataclass(frozen=True, slots=True)
class Event:
    """Something a gateway told us, with a signature that fits."""

    event_id: str
    kind: str
    reference: str | None
    payload: dict[str, Any] = field(default_factory=dict)


class Gateway(Protocol):
    """What a payment provider can do. Every call may wait for the network.

    :raises GatewayDown: it did not answer.
    """

    def open_intent(
        self, *, idempotency_key: str, amount: int, currency: str, details: dict[str, str]
    ) -> Intent:
        """Start a payment; the same key gives the same one again."""

    def look_up(self, reference: str) -> Observed:
        """How a payment stands.

        :raises NotFound: the gateway does not know it.
        """

    def refund(self, reference: str, amount: int, *, idempotency_key: str) -> str:
        """Give ``amount`` back; the refund's reference.

        :raises Declined: it will not.
        """

    def read_event(self, body: bytes, signature: str) -> Event:
        """Verify what arrived at our inbox.

        :raises Invalid: the signature or the body is no good.
        """


def gateway_named(name: str) -> Gateway:
    """The gateway of that name.

    :raises LookupError: there is none.
    """
    if name == "sandbox":
        from ticketing.gateways.sandbox import Sandbox

        return Sandbox()
    raise LookupError(f"there is no gateway {name!r}")
