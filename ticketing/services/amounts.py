"""Amounts of money as somebody has typed them."""

from __future__ import annotations

from decimal import Decimal

from ticketing import money
from ticketing.errors import Invalid


def in_minor(amount: Decimal, currency: str, *, field: str, code: str = "bad_amount") -> int:
    """Major units as minor ones, exactly.

    :raises Invalid: finer than the currency's smallest unit, out of bounds, or no number; ``field`` is to
        blame.
    """
    try:
        return money.to_minor(amount, currency)
    except ValueError as error:
        raise Invalid(code, f"This is {error}.", field=field) from error
