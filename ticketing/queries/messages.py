"""Reading what buyers were told: the mails of an order, and how they stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from ticketing import clock
from ticketing.extensions import db
from ticketing.models import Order, OutboxMessage
from ticketing.models.outbox import QUEUED

#: What kinds of mails begin with; other kinds are deeds that nobody reads.
MAIL = "mail."
SENDING = "sending"


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail: its kind, to whom it goes (nobody, where the address was taken back), and how it stands.

    ``state`` is ``queued``, ``sending`` (at this moment), ``sent`` or ``failed``.
    """

    uuid: UUID
    kind: str
    recipient: str
    state: str
    attempts: int
    created_at: datetime
    due_at: datetime
    sent_at: datetime | None
    last_error: str


def of_order(order: Order) -> list[Letter]:
    """Every mail that was promised about an order, newest first. One statement."""
    rows = db.session.scalars(
        select(OutboxMessage)
        .where(OutboxMessage.order_id == order.id, OutboxMessage.kind.startswith(MAIL))
        .order_by(OutboxMessage.created_at.desc(), OutboxMessage.id.desc())
        .execution_options(populate_existing=True)
    )
    return [letter_of(message, order) for message in rows if is_about_order(message)]


def is_about_order(message: OutboxMessage) -> bool:
    """It is a mail whose words come from an order; what is about an account may carry a secret."""
    order_id = message.order_id
    return (
        message.kind.startswith(MAIL) and order_id is not None and message.payload.get("order_id") == order_id
    )


def letter_of(message: OutboxMessage, order: Order) -> Letter:
    """A message as it stands now."""
    return Letter(
        uuid=message.uuid,
        kind=message.kind,
        recipient=message.payload.get("to") or order.buyer_email,
        state=_state(message),
        attempts=message.attempts,
        created_at=message.created_at,
        due_at=message.due_at,
        sent_at=message.sent_at,
        last_error=message.last_error,
    )


def _state(message: OutboxMessage) -> str:
    is_leased = message.leased_until is not None and message.leased_until > clock.now()
    return SENDING if message.status == QUEUED and is_leased else message.status
