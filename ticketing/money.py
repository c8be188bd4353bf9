"""Money is a whole number of a currency's smallest unit. Decimals live at the doors only."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

#: Digits after the point (ISO 4217) where they are not two.
_EXPONENTS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"), 0),
    **dict.fromkeys(("RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}

#: The largest amount of minor units that is accepted anywhere: fits a 64-bit column with room for sums.
MAX_MINOR = 10**15


def exponent(currency: str) -> int:
    """How many digits the currency has after the point: USD 2, JPY 0, KWD 3."""
    return _EXPONENTS.get(currency.upper(), 2)


def currencies_with(digits: int) -> list[str]:
    """The currencies that have so many digits after the point, where these are not two."""
    return [currency for currency, own in _EXPONENTS.items() if own == digits]


def to_minor(amount: Decimal | str | int, currency: str) -> int:
    """Major units to minor ones, exactly.

    :raises ValueError: not a finite number, finer than the currency's smallest unit, or out of bounds.
    """
    try:
        value = Decimal(amount)
    except InvalidOperation as error:
        raise ValueError("not a number") from error
    if not value.is_finite():
        raise ValueError("not a finite number")
    if abs(value.adjusted()) > 30:
        raise ValueError("out of bounds")
    scaled = value.scaleb(exponent(currency))
    if scaled != scaled.to_integral_value():
        raise ValueError(f"finer than {currency}'s smallest unit")
    if abs(scaled) > MAX_MINOR:
        raise ValueError("out of bounds")
    return int(scaled)


def to_decimal(minor: int, currency: str) -> Decimal:
    """Minor units as a decimal of major ones, with the currency's digits and at least two."""
    digits = exponent(currency)
    value = Decimal(minor).scaleb(-digits)
    return value.quantize(Decimal(1).scaleb(-max(digits, 2)))


def to_text(minor: int, currency: str) -> str:
    """``150050, "USD"`` → ``"1500.50"``: as many decimals as the currency has, at least two."""
    return f"{to_decimal(minor, currency):f}"


def percent_of(minor: int, percent: Decimal) -> int:
    """A share of an amount, rounded half up to the minor unit."""
    return int((Decimal(minor) * percent / 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))
