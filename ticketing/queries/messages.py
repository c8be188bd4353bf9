"""Reading what buyers were told: the mails of an order, and how they stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, func, select
from sqlalchemy.orm import aliased

from ticketing import clock
from ticketing.extensions import db
from ticketing.models import Order, OutboxMessage, Ticket, User
from ticketing.models.outbox import QUEUED

#: What kinds of mails begin with; other kinds are deeds that nobody reads.
MAIL = "mail."
PLANNED, SENDING = "planned", "sending"


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail: its kind, to whom it goes, and how it stands.

    ``recipient`` is empty where an address was taken back or a ticket passed on. ``state`` is ``planned``
    (its time has not come), ``queued``, ``sending`` (at this moment), ``sent`` or ``failed``.
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


_TICKET_ID = OutboxMessage.payload["ticket_id"].as_integer()
_USER_ID = OutboxMessage.payload["user_id"].as_integer()
_named = aliased(User)
_LETTERS = (
    select(
        OutboxMessage,
        Ticket.code_version,
        func.coalesce(User.email, Ticket.attendee_email).label("held_by"),
        _named.email.label("named"),
    )
    .outerjoin(Ticket, and_(Ticket.order_id == OutboxMessage.order_id, Ticket.id == _TICKET_ID))
    .outerjoin(User, User.id == Ticket.user_id)
    .outerjoin(_named, _named.id == _USER_ID)
    .where(OutboxMessage.order_id == bindparam("order"), OutboxMessage.kind.startswith(MAIL))
    .order_by(OutboxMessage.created_at.desc(), OutboxMessage.id.desc())
    .execution_options(populate_existing=True)
)


def of_order(order: Order) -> list[Letter]:
    """Every mail that was promised about an order and its tickets, newest first. One statement."""
    rows = db.session.execute(_LETTERS, {"order": order.id}).all()
    return [_letter(row, order) for row in rows if is_about_order(row[0])]


def get(order: Order, message_id: int) -> Letter:
    """A mail about an order as it stands now. One statement."""
    row = db.session.execute(_LETTERS.where(OutboxMessage.id == message_id), {"order": order.id}).one()
    return _letter(row, order)


def is_about_order(message: OutboxMessage) -> bool:
    """It is a mail whose words come from an order or its tickets; one about an account may carry a secret."""
    is_mail = message.order_id is not None and message.kind.startswith(MAIL)
    return is_mail and ("order_id" in message.payload or "ticket_id" in message.payload)


def _letter(row: Any, order: Order) -> Letter:
    message = row[0]
    return Letter(
        uuid=message.uuid,
        kind=message.kind,
        recipient=_recipient(row, order),
        state=state_of(message),
        attempts=message.attempts,
        created_at=message.created_at,
        due_at=message.due_at,
        sent_at=message.sent_at,
        last_error=message.last_error,
    )


def _recipient(row: Any, order: Order) -> str:
    """Who gets it: the buyer, an account that it names, or whoever holds the ticket that it is about and has
    not passed it on."""
    payload, held_by = row[0].payload, row.held_by or ""
    if "order_id" in payload:
        return order.buyer_email
    if "user_id" in payload:
        return row.named or ""
    is_theirs = payload.get("to", held_by).lower() == held_by.lower()
    is_same = payload.get("code_version", row.code_version) == row.code_version
    return held_by if is_theirs and is_same else ""


def state_of(message: OutboxMessage) -> str:
    """How a message stands at this moment, in the words of :class:`Letter`."""
    if message.status != QUEUED:
        return message.status
    now = clock.now()
    if message.leased_until is not None and message.leased_until > now:
        return SENDING
    return PLANNED if not message.attempts and message.due_at > now else QUEUED
