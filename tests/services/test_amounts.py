"""What somebody has typed, as money."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ticketing.errors import Invalid
from ticketing.services.amounts import in_minor


def test_major_units_become_minor_ones() -> None:
    assert in_minor(Decimal("25.50"), "USD", field="amount") == 2550
    assert in_minor(Decimal("25"), "JPY", field="amount") == 25
    assert in_minor(Decimal("-0.001"), "KWD", field="amount") == -1


@pytest.mark.parametrize(
    ("amount", "currency", "why"),
    [
        ("0.001", "USD", "finer than USD's smallest unit"),
        ("0.5", "JPY", "finer than JPY's smallest unit"),
        ("NaN", "USD", "not a finite number"),
        ("1E+20", "USD", "out of bounds"),
    ],
)
def test_the_field_is_told_what_is_wrong_with_it(amount: str, currency: str, why: str) -> None:
    with pytest.raises(Invalid) as refusal:
        in_minor(Decimal(amount), currency, field="price", code="bad_price")
    assert refusal.value.code == "bad_price"
    assert refusal.value.fields == {"price": [f"This is {why}."]}


def test_a_bad_amount_is_called_so_unless_it_has_another_name() -> None:
    with pytest.raises(Invalid) as refusal:
        in_minor(Decimal("0.001"), "USD", field="value")
    assert refusal.value.code == "bad_amount"
