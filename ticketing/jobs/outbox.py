"""Delivering the outbox: lease, note the attempt, act, note the result."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy import or_, select, update

from ticketing import clock
from ticketing.extensions import db
from ticketing.jobs import mails, reach, sandbox, troubles
from ticketing.models import OutboxMessage
from ticketing.models.outbox import FAILED, QUEUED, SENT
from ticketing.services import announcing, circulars, events, exports, following, notifications, refunds
from ticketing.services.orders import cancelling
from ticketing.services.payments import checking
from ticketing.transaction import transactional

#: Longer than a slow server may take for one mail: a dozen answers, each after ``MAIL_TIMEOUT``.
LEASE = timedelta(minutes=5)
#: Together the pauses last about two days; then the message rests until somebody looks.
MOST_ATTEMPTS = 14
#: Seconds; the other jobs of the runner have their turn after that.
_TURN = 5.0
_MAIL = "mail."
log = structlog.get_logger(__name__)


def _send_refund(message: OutboxMessage) -> None:
    refunds.carry_out(message.payload["refund_id"])


def _withdraw_payment(message: OutboxMessage) -> None:
    checking.withdraw(message.payload["payment_id"])


def _wind_up(message: OutboxMessage) -> None:
    cancelling.wind_up(message.payload["event_id"])


def _announce(message: OutboxMessage) -> None:
    announcing.carry_out(message.id)


def _tell(message: OutboxMessage) -> datetime | None:
    return circulars.carry_out(message.payload["circular_id"])


def _tell_followers(message: OutboxMessage) -> datetime | None:
    return following.carry_out(message.id)


def _make_file(message: OutboxMessage) -> None:
    exports.make(message.payload["export_id"], attempt=message.attempts)


#: What is no mail; one that has not come to its end answers when to go on with it.
_DEEDS: dict[str, Callable[[OutboxMessage], datetime | None]] = {
    notifications.SEND_REFUND: _send_refund,
    notifications.WITHDRAW_PAYMENT: _withdraw_payment,
    events.WIND_UP: _wind_up,
    announcing.ANNOUNCE: _announce,
    circulars.TELL: _tell,
    exports.MAKE: _make_file,
    following.TELL: _tell_followers,
    **sandbox.DEEDS,
}


def deliver_some() -> int:
    """Deliver what is due for a few seconds; how many messages were."""
    return deliver_due(seconds=_TURN)


def deliver_due(*, seconds: float = float("inf")) -> int:
    """Deliver what is due, as long as the time has not run out; how many messages were.

    One after the other is leased right before it is sent: however slow the server is, no lease ends while
    earlier ones are sent. While the mail server is out of reach, mails wait and everything else goes on.
    """
    delivered, end = 0, time.monotonic() + seconds
    while (message := _lease()) is not None:
        delivered += _deliver(message)
        if time.monotonic() >= end:
            break
    return delivered


def _deliver(message: OutboxMessage) -> bool:
    deed = _DEEDS.get(message.kind, mails.send)
    try:
        go_on_at = deed(message)
    except Exception as error:  # whatever it was, the message is kept and tried again
        log.warning("outbox_not_delivered", kind=message.kind, id=message.id, error=repr(error))
        if _is_mail(message) and reach.is_out_of_reach(error):
            reach.was_missed()
        _failed(message, troubles.in_words(error), for_good=reach.is_refused_for_good(error))
        return False
    if _is_mail(message):
        reach.was_met()
    if go_on_at is None:
        _sent(message.id)
    else:
        _put_off(message, go_on_at)
    return True


def _is_mail(message: OutboxMessage) -> bool:
    return message.kind.startswith(_MAIL)


@transactional
def _lease() -> OutboxMessage | None:
    """Take the message that is due longest for this runner; the attempt is counted before it is sent.

    What is returned stays as it was then, whatever becomes of the row: ``attempts`` tells whose lease it is.
    """
    now = clock.now()
    free = or_(OutboxMessage.leased_until.is_(None), OutboxMessage.leased_until < now)
    due = select(OutboxMessage.id).where(OutboxMessage.status == QUEUED, OutboxMessage.due_at <= now, free)
    if reach.is_resting():
        due = due.where(OutboxMessage.kind.not_like(f"{_MAIL}%"))
    message_id = db.session.scalar(
        due.order_by(OutboxMessage.due_at).limit(1).with_for_update(skip_locked=True)
    )
    if message_id is None:
        return None
    taken = (
        update(OutboxMessage)
        .where(OutboxMessage.id == message_id)
        .values(leased_until=now + LEASE, attempts=OutboxMessage.attempts + 1)
        .returning(OutboxMessage)
    )
    options = {"synchronize_session": False, "populate_existing": True}
    message = db.session.scalars(taken.execution_options(**options)).one()
    db.session.expunge(message)
    return message


@transactional
def _sent(message_id: int) -> None:
    """It was sent, whoever may have leased it since."""
    db.session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id == message_id)
        .values(status=SENT, sent_at=clock.now(), leased_until=None, last_error="")
        .execution_options(synchronize_session=False)
    )


@transactional
def _put_off(message: OutboxMessage, due_at: datetime) -> None:
    """All went well so far, and there is more to do then. Where another runner has leased it since, that one
    goes on."""
    db.session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id == message.id, OutboxMessage.attempts == message.attempts)
        .values(due_at=due_at, leased_until=None, attempts=0, last_error="")
        .execution_options(synchronize_session=False)
    )


@transactional
def _failed(message: OutboxMessage, error: str, *, for_good: bool) -> None:
    """Note why, and when to try again. Where another runner has leased it since, its attempt counts."""
    is_over = for_good or message.attempts >= MOST_ATTEMPTS
    db.session.execute(
        update(OutboxMessage)
        .where(
            OutboxMessage.id == message.id,
            OutboxMessage.status == QUEUED,
            OutboxMessage.attempts == message.attempts,
        )
        .values(
            status=FAILED if is_over else QUEUED,
            due_at=clock.now() + pause_after(message.attempts),
            leased_until=None,
            last_error=error[:1000],
        )
        .execution_options(synchronize_session=False)
    )


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many attempts: 10 seconds, doubling, at most six hours."""
    return min(timedelta(seconds=10 * 2 ** (attempts - 1)), timedelta(hours=6))
