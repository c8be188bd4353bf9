"""What Stripe calls an amount. Ours have as many digits as ISO 4217 gives the currency, and so have most of
Stripe's."""

from __future__ import annotations

from ticketing import money
from ticketing.gateways import Declined

#: Digits where Stripe does not follow ISO 4217. The Icelandic and the Ugandan unit have no fraction, but are
#: written with two noughts; the ariary's fifths are not sold at all.
_DIGITS = {"ISK": 2, "UGX": 2, "MGA": 0}


def _shift(currency: str) -> int:
    """How many digits Stripe writes more than we do (or fewer, below zero)."""
    ours = money.exponent(currency)
    return _DIGITS.get(currency.upper(), ours) - ours


def to_stripe(minor: int, currency: str) -> int:
    """Our minor units in Stripe's: 500 JPY → 500, 5 ISK → 500, 5120 KWD (thousandths) → 5120.

    :raises Declined: Stripe has no such amount: a fifth of an ariary, or a dinar's last digit other than 0.
    """
    shift = _shift(currency)
    amount, rest = (minor * 10**shift, 0) if shift >= 0 else divmod(minor, 10**-shift)
    if rest or (money.exponent(currency) == 3 and amount % 10):
        raise Declined(f"Stripe takes no amount in {currency.upper()} that ends like this one")
    return amount


def from_stripe(amount: int, currency: str) -> int:
    """Stripe's units in ours.

    :raises ValueError: we have no such amount (half an Icelandic króna).
    """
    shift = _shift(currency)
    minor, rest = divmod(amount, 10**shift) if shift >= 0 else (amount * 10**-shift, 0)
    if rest:
        raise ValueError(f"Stripe says {amount} {currency.upper()}, which is no whole amount")
    return minor


def cost_from_stripe(amount: int, currency: str) -> int:
    """The same for what Stripe keeps, which may be a fraction of what can be charged: rounded up."""
    whole = 10 ** max(_shift(currency), 0)
    return from_stripe(-(-amount // whole) * whole, currency)
