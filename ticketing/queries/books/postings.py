"""The ledger against what it is about: every posting is there, once, in the right legs, and sums to zero."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, case, func, literal, or_, select, union_all

from ticketing import money
from ticketing.models import Balance, LedgerEntry, Order, Payment, Refund
from ticketing.models.ledger import ACCOUNTS
from ticketing.models.payments import MANUAL, PAID, REFUND_FAILED
from ticketing.models.types import table
from ticketing.queries.books.checks import Check, amount, differs

_ENTRIES, _PAYMENTS, _REFUNDS = table(LedgerEntry), table(Payment), table(Refund)
_LEG, _PAYMENT, _REFUND = _ENTRIES.c, _PAYMENTS.c, _REFUNDS.c
_IS_MANUAL = _PAYMENT.gateway == MANUAL
#: The postings about payments and refunds that exist.
_KNOWN = or_(
    and_(_LEG.source == "payment", _LEG.kind.in_(("paid", "gateway_fee")), _PAYMENT.id.is_not(None)),
    and_(_LEG.source == "refund", _LEG.kind.in_(("refunded", "failed")), _REFUND.id.is_not(None)),
)


def _posted(source: str, kind: str) -> FromClause:
    """A row a posting, a column an account."""
    legs = (func.sum(case((_LEG.account == name, _LEG.amount), else_=0)).label(name) for name in ACCOUNTS)
    return (
        select(_LEG.source_id, *legs)
        .where(_LEG.source == source, _LEG.kind == kind)
        .group_by(_LEG.source_id)
        .subquery()
    )


def _legs(
    source: str, kind: str, owner: FromClause, id_and_currency: tuple[Any, Any], expected: Mapping[str, Any]
) -> Check:
    """The posting of that kind has exactly these legs, where they are not zero, and no others."""
    key, currency = id_and_currency
    posted = _posted(source, kind)
    wanted = {name: expected.get(name, literal(0)) for name in ACCOUNTS}
    found = {name: func.coalesce(posted.c[name], 0) for name in ACCOUNTS}
    wrong = (
        select(
            key.label("id"),
            currency.label("currency"),
            *(wanted[name].label(f"wanted_{name}") for name in ACCOUNTS),
            *(found[name].label(f"found_{name}") for name in ACCOUNTS),
        )
        .select_from(owner.outerjoin(posted, posted.c.source_id == key))
        .where(or_(*(wanted[name] != found[name] for name in ACCOUNTS)))
        .order_by(key)
    )

    def say(row: Any) -> tuple[str, str]:
        what = f"its posting '{kind}'"
        return f"{source} {row.id}", differs(what, _listed(row, "wanted"), _listed(row, "found"))

    return Check(f"{source}_{kind}_posting", wrong, say)


def _listed(row: Any, side: str) -> str:
    legs = ((name, int(row._mapping[f"{side}_{name}"])) for name in ACCOUNTS)
    texts = [f"{name} {money.to_text(minor, row.currency)}" for name, minor in legs if minor]
    return ", ".join(texts) or "nothing"


def _taken(minor: ColumnElement[int], *, outside: bool) -> ColumnElement[int]:
    """An amount of a paid payment, by where the money was taken."""
    return case((and_(_PAYMENT.status == PAID, _IS_MANUAL if outside else ~_IS_MANUAL), minor), else_=0)


_OWED = _PAYMENT.amount_received - _PAYMENT.service_fee
_PAID_LEGS = {
    "gateway": _taken(_PAYMENT.amount_received, outside=False),
    "fees": _taken(-_PAYMENT.service_fee, outside=False),
    "organization": _taken(-_OWED, outside=False),
    "outside": _taken(_PAYMENT.amount_received, outside=True),
    "outside_sales": _taken(-_PAYMENT.amount_received, outside=True),
}
_GATEWAY_FEE_LEGS = {"gateway": -_PAYMENT.gateway_fee, "gateway_fees": _PAYMENT.gateway_fee}


def _given(sign: ColumnElement[int]) -> dict[str, Any]:
    """The legs of a refund, times one, zero or minus one."""
    amount_back, fee = _REFUND.amount, _REFUND.service_fee
    return {
        "gateway": case((_IS_MANUAL, 0), else_=-amount_back * sign),
        "fees": case((_IS_MANUAL, 0), else_=fee * sign),
        "organization": case((_IS_MANUAL, 0), else_=(amount_back - fee) * sign),
        "outside": case((_IS_MANUAL, -amount_back * sign), else_=0),
        "outside_sales": case((_IS_MANUAL, amount_back * sign), else_=0),
    }


_OF_PAYMENTS = (_PAYMENT.id, _PAYMENT.currency)
_OF_REFUNDS = (_REFUND.id, _REFUND.currency)
_REFUNDED = _REFUNDS.join(_PAYMENTS, _PAYMENT.id == _REFUND.payment_id)


def _posting(row: Any) -> str:
    return f"posting '{row.kind}' of {row.source} {row.source_id}"


def _unbalanced() -> Select[Any]:
    total = func.sum(_LEG.amount)
    posting = (_LEG.source, _LEG.source_id, _LEG.kind, _LEG.currency)
    return select(*posting, total.label("total")).group_by(*posting).having(total != 0).order_by(*posting)


def _with_owners() -> FromClause:
    return (
        _ENTRIES.outerjoin(_PAYMENTS, and_(_LEG.source == "payment", _PAYMENT.id == _LEG.source_id))
        .outerjoin(_REFUNDS, and_(_LEG.source == "refund", _REFUND.id == _LEG.source_id))
        .outerjoin(table(Order), table(Order).c.id == _LEG.order_id)
    )


def _wrong_entries(condition: ColumnElement[bool]) -> Select[Any]:
    """Postings about payments and refunds of which some leg is like that."""
    posting = (_LEG.source, _LEG.source_id, _LEG.kind)
    return (
        select(*posting)
        .select_from(_with_owners())
        .where(_LEG.source.in_(("payment", "refund")), condition)
        .group_by(*posting)
        .order_by(*posting)
    )


_MISPLACED = or_(
    table(Order).c.id.is_(None),
    table(Order).c.organization_id != _LEG.organization_id,
    table(Order).c.currency != _LEG.currency,
    func.coalesce(_PAYMENT.order_id, _REFUND.order_id) != _LEG.order_id,
)


def _balances() -> Select[Any]:
    """What is kept beside what the ledger says; either may lack the other."""
    balance = table(Balance).c
    sides = union_all(
        select(
            balance.organization_id,
            balance.currency,
            balance.amount.label("kept"),
            literal(0).label("owed"),
        ),
        select(_LEG.organization_id, _LEG.currency, literal(0), -_LEG.amount).where(
            _LEG.account == "organization"
        ),
    ).subquery()
    kept, owed = func.sum(sides.c.kept), func.sum(sides.c.owed)
    key = (sides.c.organization_id, sides.c.currency)
    return (
        select(*key, kept.label("kept"), owed.label("owed"))
        .group_by(*key)
        .having(kept != owed)
        .order_by(*key)
    )


CHECKS = (
    Check(
        "posting_unbalanced",
        _unbalanced(),
        lambda row: (_posting(row), f"its legs should sum to 0 and sum to {amount(row.total, row)}"),
    ),
    _legs("payment", "paid", _PAYMENTS, _OF_PAYMENTS, _PAID_LEGS),
    _legs("payment", "gateway_fee", _PAYMENTS, _OF_PAYMENTS, _GATEWAY_FEE_LEGS),
    _legs("refund", "refunded", _REFUNDED, _OF_REFUNDS, _given(literal(1))),
    _legs(
        "refund",
        "failed",
        _REFUNDED,
        _OF_REFUNDS,
        _given(case((_REFUND.status == REFUND_FAILED, -1), else_=0)),
    ),
    Check(
        "posting_without_cause",
        _wrong_entries(~_KNOWN),
        lambda row: (_posting(row), "there should be such a payment or refund and is none"),
    ),
    Check(
        "posting_misplaced",
        _wrong_entries(_MISPLACED),
        lambda row: (_posting(row), "it should name the order, organization and currency of its cause"),
    ),
    Check(
        "balance",
        _balances(),
        lambda row: (
            f"organization {row.organization_id}",
            differs("its balance", amount(row.owed, row), amount(row.kept, row)),
        ),
    ),
)
