"""What has waited for too long, or for somebody. Nothing of it contradicts the books."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, bindparam, select

from ticketing.models import GatewayEvent, Order, Payment, Refund
from ticketing.models.orders import CONFIRMED
from ticketing.models.payments import OPEN, REFUND_FAILED, REQUESTED, REVIEW
from ticketing.models.types import UtcDateTime, table
from ticketing.queries.books.checks import Check, amount

_PAYMENT, _REFUND, _ORDER, _EVENT = (table(model).c for model in (Payment, Refund, Order, GatewayEvent))
_A_DAY_AGO: Any = bindparam("a_day_ago", type_=UtcDateTime)
_AN_HOUR_AGO: Any = bindparam("an_hour_ago", type_=UtcDateTime)
_KEPT = _ORDER.amount_paid - _ORDER.amount_refunded


def _payments(*where: Any) -> Select[Any]:
    return (
        select(_PAYMENT.id, _PAYMENT.amount, _PAYMENT.currency, _PAYMENT.created_at)
        .where(*where)
        .order_by(_PAYMENT.id)
    )


CHECKS = (
    Check(
        "refund_waiting",
        select(_REFUND.id, _REFUND.amount, _REFUND.currency, _REFUND.created_at)
        .where(_REFUND.status == REQUESTED, _REFUND.created_at < _A_DAY_AGO)
        .order_by(_REFUND.id),
        lambda row: (
            f"refund {row.id}",
            f"{amount(row.amount, row)} were promised on {row.created_at:%Y-%m-%d %H:%M} and not sent yet",
        ),
    ),
    Check(
        "payment_open",
        _payments(_PAYMENT.status == OPEN, _PAYMENT.created_at < _A_DAY_AGO),
        lambda row: (
            f"payment {row.id}",
            f"{amount(row.amount, row)} are open since {row.created_at:%Y-%m-%d %H:%M}",
        ),
    ),
    Check(
        "payment_in_review",
        _payments(_PAYMENT.status == REVIEW),
        lambda row: (
            f"payment {row.id}",
            f"other money came than the {amount(row.amount, row)} that were asked for: somebody has to look",
        ),
    ),
    Check(
        "money_kept",
        select(_ORDER.number, _ORDER.status, _ORDER.currency, _KEPT.label("kept"))
        .where(
            _ORDER.status != CONFIRMED,
            _KEPT > 0,
            _ORDER.id.in_(select(_REFUND.order_id).where(_REFUND.status == REFUND_FAILED)),
        )
        .order_by(_ORDER.id),
        lambda row: (
            f"order {row.number}",
            f"a refund has failed, and this {row.status} order still keeps {amount(row.kept, row)}",
        ),
    ),
    Check(
        "gateway_event_waiting",
        select(_EVENT.id, _EVENT.gateway, _EVENT.kind, _EVENT.attempts, _EVENT.created_at)
        .where(_EVENT.processed_at.is_(None), _EVENT.created_at < _AN_HOUR_AGO)
        .order_by(_EVENT.id),
        lambda row: (
            f"gateway event {row.id}",
            (
                f"{row.kind} of {row.gateway} came on {row.created_at:%Y-%m-%d %H:%M}"
                f" and was not acted upon in {row.attempts} attempts"
            ),
        ),
    ),
)
