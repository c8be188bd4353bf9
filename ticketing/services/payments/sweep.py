"""Asking the gateway about payments that nobody told us of: a lost webhook costs minutes, not an order."""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy import select, update

from ticketing import clock
from ticketing.errors import GatewayDown, NotFound
from ticketing.extensions import db
from ticketing.models import Payment
from ticketing.models.payments import MANUAL, OPEN, UNNAMED
from ticketing.queries.keys import load
from ticketing.services.payments.checking import look_up
from ticketing.transaction import transactional

_QUIET = timedelta(minutes=3)
#: No gateway completes an intent later than this; what is still open then is left alone.
_FORGOTTEN = timedelta(days=3)
log = structlog.get_logger(__name__)


def check_open_payments(limit: int = 100) -> int:
    """Look up open payments that were quiet for a few minutes and settle what the gateway says; how many
    are open no more. Each is asked about again only after as many minutes, so that all have their turn."""
    closed = 0
    for payment_id in _take_turn(limit):
        payment = load(Payment, payment_id)
        try:
            look_up(payment)
        except NotFound as error:
            log.warning("payment_unknown_at_gateway", payment=payment_id, error=str(error))
        except GatewayDown as error:
            log.warning("payments_not_checked", gateway=payment.gateway, error=str(error))
            break
        closed += load(Payment, payment_id).status != OPEN
    return closed


@transactional
def _take_turn(limit: int) -> list[int]:
    """The open payments that nobody asked about for longest; now somebody does."""
    now = clock.now()
    ids = db.session.scalars(
        select(Payment.id)
        .where(
            Payment.status == OPEN,
            Payment.gateway != MANUAL,
            Payment.created_at > now - _FORGOTTEN,
            Payment.updated_at <= now - _QUIET,
            Payment.reference.not_like(f"{UNNAMED}%"),
        )
        .order_by(Payment.updated_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    db.session.execute(
        update(Payment)
        .where(Payment.id.in_(ids))
        .values(updated_at=now)
        .execution_options(synchronize_session=False)
    )
    return list(ids)
