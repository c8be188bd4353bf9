"""Orders, payments and refunds against each other: what was asked, taken, and given back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select

from ticketing.models import Order, OrderItem, Payment, Refund
from ticketing.models.orders import CONFIRMED
from ticketing.models.payments import MANUAL, PAID, REFUND_FAILED
from ticketing.models.types import table
from ticketing.queries.books.checks import Check, amount, differs

_ORDERS, _PAYMENTS, _REFUNDS = table(Order), table(Payment), table(Refund)
_ORDER, _PAYMENT, _REFUND, _ITEM = _ORDERS.c, _PAYMENTS.c, _REFUNDS.c, table(OrderItem).c
_STANDS = _REFUND.status != REFUND_FAILED
_IS_CONFIRMED = _ORDER.status == CONFIRMED
_KEPT = _ORDER.amount_paid - _ORDER.amount_refunded


def _sum(*what: Any) -> Any:
    """The sum over the rows that fit; 0 over none."""
    column, *where = what
    return func.coalesce(func.sum(case((and_(*where), column), else_=0) if where else column), 0)


_BACK = (
    select(
        _REFUND.payment_id,
        _sum(_REFUND.amount, _STANDS).label("amount"),
        _sum(_REFUND.service_fee, _STANDS).label("fee"),
    )
    .group_by(_REFUND.payment_id)
    .subquery()
)
_FAILED = (
    select(_REFUND.order_id, func.sum(_REFUND.amount).label("amount"))
    .where(~_STANDS)
    .group_by(_REFUND.order_id)
    .subquery()
)
_TAKEN = (
    select(
        _PAYMENT.order_id,
        _sum(_PAYMENT.amount_received).label("received"),
        _sum(_PAYMENT.amount_refunded).label("refunded"),
        _sum(_PAYMENT.amount_received, _PAYMENT.status == PAID).label("paid"),
    )
    .group_by(_PAYMENT.order_id)
    .subquery()
)
_ITEMS = (
    select(
        _ITEM.order_id,
        func.sum(_ITEM.unit_price * _ITEM.quantity).label("subtotal"),
        func.sum(_ITEM.quantity).label("ordered"),
        func.sum(_ITEM.returned).label("returned"),
    )
    .group_by(_ITEM.order_id)
    .subquery()
)


def _orders(expected: ColumnElement[Any], found: ColumnElement[Any], condition: Any = None) -> Select[Any]:
    """Orders whose figure is another than it should be (or: that fulfil a condition)."""
    return (
        select(
            _ORDER.number, _ORDER.status, _ORDER.currency, expected.label("expected"), found.label("found")
        )
        .select_from(
            _ORDERS.outerjoin(_TAKEN, _TAKEN.c.order_id == _ORDER.id)
            .outerjoin(_ITEMS, _ITEMS.c.order_id == _ORDER.id)
            .outerjoin(_FAILED, _FAILED.c.order_id == _ORDER.id)
        )
        .where(expected != found if condition is None else condition)
        .order_by(_ORDER.id)
    )


def _payments(expected: ColumnElement[Any], found: ColumnElement[Any], condition: Any = None) -> Select[Any]:
    """As ``_orders``."""
    return (
        select(_PAYMENT.id, _PAYMENT.currency, expected.label("expected"), found.label("found"))
        .select_from(
            _PAYMENTS.join(_ORDERS, _ORDER.id == _PAYMENT.order_id).outerjoin(
                _BACK, _BACK.c.payment_id == _PAYMENT.id
            )
        )
        .where(expected != found if condition is None else condition)
        .order_by(_PAYMENT.id)
    )


def _order(kind: str, what: str, *statement: Any) -> Check:
    return Check(
        kind,
        _orders(*statement),
        lambda row: (
            f"order {row.number}",
            differs(what, amount(row.expected, row), amount(row.found, row)),
        ),
    )


def _payment(kind: str, what: str, *statement: Any) -> Check:
    return Check(
        kind,
        _payments(*statement),
        lambda row: (f"payment {row.id}", differs(what, amount(row.expected, row), amount(row.found, row))),
    )


def _strangers() -> Select[Any]:
    """Refunds that lead to another order, or money of another currency, than their payment does."""
    return (
        select(_PAYMENT.id, _REFUND.id.label("refund_id"))
        .select_from(
            _PAYMENTS.join(_ORDERS, _ORDER.id == _PAYMENT.order_id).outerjoin(
                _REFUNDS, _REFUND.payment_id == _PAYMENT.id
            )
        )
        .where(
            or_(
                _PAYMENT.currency != _ORDER.currency,
                _REFUND.currency != _PAYMENT.currency,
                _REFUND.order_id != _PAYMENT.order_id,
            )
        )
        .order_by(_PAYMENT.id, _REFUND.id)
    )


_FEE_BACK = func.coalesce(_BACK.c.fee, 0)
#: What a valid order may keep is its total; any other keeps nothing.
_MAY_KEEP = case((_IS_CONFIRMED, _ORDER.amount_due), else_=0)

CHECKS = (
    _payment(
        "payment_received",
        "what it received",
        case((_PAYMENT.status == PAID, _PAYMENT.amount), else_=0),
        _PAYMENT.amount_received,
    ),
    _payment(
        "payment_refunded",
        "what it gave or promised back",
        func.coalesce(_BACK.c.amount, 0),
        _PAYMENT.amount_refunded,
    ),
    _payment(
        "payment_overdrawn",
        "the most that is given back",
        _PAYMENT.amount_received,
        _PAYMENT.amount_refunded,
        _PAYMENT.amount_refunded > _PAYMENT.amount_received,
    ),
    _payment(
        "payment_fee",
        "our fee in it",
        _ORDER.fee,
        _PAYMENT.service_fee,
        and_(
            _IS_CONFIRMED,
            _PAYMENT.status == PAID,
            _PAYMENT.gateway != MANUAL,
            _PAYMENT.amount == _ORDER.amount_due,
            _PAYMENT.service_fee != _ORDER.fee,
        ),
    ),
    _payment(
        "payment_fee_given_back",
        "our fee that was given back",
        case((_PAYMENT.amount_refunded == _PAYMENT.amount_received, _PAYMENT.service_fee), else_=0),
        _FEE_BACK,
        or_(
            _PAYMENT.service_fee < _FEE_BACK,
            and_(
                _PAYMENT.amount_refunded == _PAYMENT.amount_received,
                _PAYMENT.service_fee != _FEE_BACK,
            ),
        ),
    ),
    Check(
        "payment_misplaced",
        _strangers(),
        lambda row: (
            f"payment {row.id}",
            "it should have its order's currency, and its refunds both their order and their currency",
        ),
    ),
    _order("order_paid", "what was paid", func.coalesce(_TAKEN.c.received, 0), _ORDER.amount_paid),
    _order(
        "order_refunded", "what was given back", func.coalesce(_TAKEN.c.refunded, 0), _ORDER.amount_refunded
    ),
    _order("order_subtotal", "its subtotal", func.coalesce(_ITEMS.c.subtotal, 0), _ORDER.subtotal),
    _order("order_total", "its total", _ORDER.subtotal + _ORDER.fee - _ORDER.discount, _ORDER.amount_due),
    _order(
        "order_unpaid",
        "what was paid for this valid order",
        _ORDER.amount_due,
        func.coalesce(_TAKEN.c.paid, 0),
        and_(_IS_CONFIRMED, func.coalesce(_TAKEN.c.paid, 0) < _ORDER.amount_due),
    ),
    Check(
        "order_given_back_and_valid",
        _orders(
            _ORDER.amount_paid,
            _KEPT,
            # Tickets may have brought back all the money that was left, and others stayed.
            and_(
                _IS_CONFIRMED,
                _ORDER.amount_due > 0,
                _KEPT <= 0,
                func.coalesce(_ITEMS.c.returned, 0).in_((0, _ITEMS.c.ordered)),
            ),
        ),
        lambda row: (f"order {row.number}", "all that was paid was given back, and it is still confirmed"),
    ),
    Check(
        "money_without_order",
        _orders(_MAY_KEEP, _KEPT, func.coalesce(_FAILED.c.amount, 0) < _KEPT - _MAY_KEEP),
        lambda row: (
            f"order {row.number}",
            (
                f"this {row.status} order should keep at most {amount(row.expected, row)}"
                f" and keeps {amount(row.found, row)}, of which no refund was promised"
            ),
        ),
    ),
)
