"""Payment providers behind one small interface. Nothing here knows an order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

#: Characters of an event's id and of a payment's reference; what is longer is no gateway's.
LONGEST_NAME = 120


class Declined(Exception):
    """The gateway answered, and the answer is no for good."""


@dataclass(frozen=True, slots=True)
class Intent:
    """A payment that waits for its payer."""

    reference: str
    #: A secret that the payer's browser needs.
    client_secret: str
    #: The gateway's own word for how it stands, as Stripe has them: ``requires_payment_method``, …
    status: str = "requires_payment_method"
    #: A page where it can be paid, where the gateway has one.
    checkout_url: str | None = None

    @property
    def is_unpaid(self) -> bool:
        """Its payer has not paid yet, and may."""
        return self.status.startswith("requires_")


@dataclass(frozen=True, slots=True)
class Observed:
    """How a payment stands at the gateway; amounts are minor units.

    ``state`` is open, paid, declined or cancelled. ``amount`` was taken, or is asked for as long as nothing
    was; ``gateway_fee`` is what the gateway keeps of it, as far as it knows. A decline that is not final may
    be followed by another attempt at the same payment. ``status`` is the gateway's own word.
    """

    state: str
    amount: int
    currency: str
    refunded: int = 0
    gateway_fee: int = 0
    status: str = ""
    is_final: bool = True


@dataclass(frozen=True, slots=True)
class Event:
    """Something a gateway told us, with a signature that fits."""

    event_id: str
    kind: str
    reference: str | None
    payload: dict[str, Any] = field(default_factory=dict)


class Gateway(Protocol):
    """What a payment provider can do. Every call may wait for the network, so none is made inside a
    transaction (``assert_none_open``).

    :raises GatewayDown: it did not answer, not in time, or not sensibly.
    """

    def open_intent(
        self, *, idempotency_key: str, amount: int, currency: str, details: dict[str, str]
    ) -> Intent:
        """Start a payment of ``amount`` minor units; the same key gives the same one again. ``details`` are
        kept beside it for whoever looks at it there; ``description`` and ``receipt_email`` among them mean
        what they say.

        :raises Declined: the gateway will not take such a payment (amount too small, unknown currency).
        """

    def find_intent(self, reference: str) -> Intent:
        """A payment that was started before.

        :raises NotFound: the gateway does not know it.
        """

    def look_up(self, reference: str) -> Observed:
        """How a payment stands.

        :raises NotFound: the gateway does not know it.
        """

    def cancel(self, reference: str) -> Observed:
        """Let nobody pay this any more; how it stands then: one that was paid before stays paid.

        :raises NotFound: the gateway does not know it.
        """

    def refund(self, reference: str, amount: int, *, idempotency_key: str) -> str:
        """Give ``amount`` back, once per key; the refund's reference.

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
    if name == "stripe":
        from ticketing.gateways.stripe import Stripe

        return Stripe()
    raise LookupError(f"there is no gateway {name!r}")
