"""Delivering the outbox: lease, note the attempt, act, note the result."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import or_, select, update

from ticketing import clock
from ticketing.extensions import db
from ticketing.jobs import mails, sandbox, troubles
from ticketing.models import OutboxMessage
from ticketing.models.outbox import FAILED, QUEUED, SENT
from ticketing.queries.keys import load
from ticketing.services import events, notifications, refunds
from ticketing.services.orders import cancelling
from ticketing.services.payments import checking
from ticketing.transaction import transactional

LEASE = timedelta(minutes=2)
BATCH = 20
#: Together the pauses last about two days; then the message rests until somebody looks.
MOST_ATTEMPTS = 14
log = structlog.get_logger(__name__)


def _send_refund(message: OutboxMessage) -> None:
    refunds.carry_out(message.payload["refund_id"])


def _withdraw_payment(message: OutboxMessage) -> None:
    checking.withdraw(message.payload["payment_id"])


def _wind_up(message: OutboxMessage) -> None:
    cancelling.wind_up(message.payload["event_id"])


#: What is no mail.
_DEEDS: dict[str, Callable[[OutboxMessage], None]] = {
    notifications.SEND_REFUND: _send_refund,
    notifications.WITHDRAW_PAYMENT: _withdraw_payment,
    events.WIND_UP: _wind_up,
    **sandbox.DEEDS,
}


def deliver_due() -> int:
    """Deliver what is due; how many messages were."""
    delivered = 0
    while batch := _lease():
        for message in batch:
            delivered += _deliver(message)
    return delivered


def _deliver(message: OutboxMessage) -> bool:
    deed = _DEEDS.get(message.kind, mails.send)
    try:
        deed(message)
    except Exception as error:  # whatever it was, the message is kept and tried again
        log.warning("outbox_not_delivered", kind=message.kind, id=message.id, error=repr(error))
        _failed(message.id, troubles.in_words(error))
        return False
    _sent(message.id)
    return True


@transactional
def _lease() -> list[OutboxMessage]:
    """Take a few due messages for this runner; the attempt is counted before anything is sent."""
    now = clock.now()
    free = or_(OutboxMessage.leased_until.is_(None), OutboxMessage.leased_until < now)
    ids = db.session.scalars(
        select(OutboxMessage.id)
        .where(OutboxMessage.status == QUEUED, OutboxMessage.due_at <= now, free)
        .order_by(OutboxMessage.due_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    if not ids:
        return []
    taken: dict[str, Any] = {"leased_until": now + LEASE, "attempts": OutboxMessage.attempts + 1}
    db.session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id.in_(ids))
        .values(**taken)
        .execution_options(synchronize_session=False)
    )
    rows = select(OutboxMessage).where(OutboxMessage.id.in_(ids)).order_by(OutboxMessage.id)
    return list(db.session.scalars(rows.execution_options(populate_existing=True)))


@transactional
def _sent(message_id: int) -> None:
    message = load(OutboxMessage, message_id, lock=True)
    message.status, message.sent_at = SENT, clock.now()
    message.leased_until, message.last_error = None, ""


@transactional
def _failed(message_id: int, error: str) -> None:
    message = load(OutboxMessage, message_id, lock=True)
    message.leased_until, message.last_error = None, error[:1000]
    message.due_at = clock.now() + pause_after(message.attempts)
    if message.attempts >= MOST_ATTEMPTS:
        message.status = FAILED


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many attempts: 10 seconds, doubling, at most six hours."""
    return min(timedelta(seconds=10 * 2 ** (attempts - 1)), timedelta(hours=6))
