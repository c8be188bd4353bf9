"""Asking, in a deed's own transaction, that nobody may pay an ended order any more."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from ticketing.extensions import db
from ticketing.models import Payment
from ticketing.models.payments import MANUAL, OPEN
from ticketing.services import notifications


def ask(order_ids: Collection[int]) -> None:
    """Promise that the gateway is told to cancel what these orders still wait for."""
    waiting = select(Payment.id).where(
        Payment.order_id.in_(order_ids), Payment.status == OPEN, Payment.gateway != MANUAL
    )
    for payment_id in db.session.scalars(waiting).all():
        ask_one(payment_id)


def ask_one(payment_id: int) -> None:
    """Promise that the gateway is told to cancel this payment."""
    notifications.tell(notifications.WITHDRAW_PAYMENT, payment_id=payment_id)
