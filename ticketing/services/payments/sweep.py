"""Asking the gateway about payments that nobody told us of: a lost webhook costs minutes, not an order."""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy import select

from ticketing import clock
from ticketing.errors import GatewayDown, NotFound
from ticketing.extensions import db
from ticketing.gateways import gateway_named
from ticketing.models import Payment
from ticketing.models.payments import MANUAL, OPEN
from ticketing.services.payments.settle import settle

_QUIET = timedelta(minutes=3)
#: No gateway completes an intent later than this; what is still open then is left alone.
_FORGOTTEN = timedelta(days=3)
log = structlog.get_logger(__name__)


def check_open_payments(limit: int = 100) -> int:
    """Look up open payments older than a few minutes and settle what the gateway says; how many."""
    now = clock.now()
    rows = db.session.execute(
        select(Payment.gateway, Payment.reference)
        .where(
            Payment.status == OPEN,
            Payment.gateway != MANUAL,
            Payment.created_at.between(now - _FORGOTTEN, now - _QUIET),
            Payment.reference.not_like("new-%"),
        )
        .order_by(Payment.updated_at)
        .limit(limit)
    ).all()
    settled = 0
    for gateway, reference in rows:
        try:
            settled += settle(gateway, reference, gateway_named(gateway).look_up(reference)).status != OPEN
        except (GatewayDown, NotFound) as error:
            log.warning("payment_not_checked", gateway=gateway, reference=reference, error=str(error))
    return settled
