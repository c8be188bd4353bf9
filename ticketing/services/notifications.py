"""Telling people: a row in the outbox, written in the deed's transaction and delivered by a job."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import insert

from ticketing import clock
from ticketing.extensions import db
from ticketing.models import Order, OutboxMessage, Ticket

VERIFY_EMAIL = "mail.verify_email"
WELCOME = "mail.welcome"
RESET_PASSWORD = "mail.reset_password"  # noqa: S105 (a kind of message)
PASSWORD_CHANGED = "mail.password_changed"  # noqa: S105 (a kind of message)
CHANGE_EMAIL = "mail.change_email"
EMAIL_CHANGED = "mail.email_changed"
ORDER_CONFIRMED = "mail.order_confirmed"
ORDER_CANCELLED = "mail.order_cancelled"
EVENT_CANCELLED = "mail.event_cancelled"
REFUND_DONE = "mail.refund_done"
PAID_TOO_LATE = "mail.paid_too_late"
#: Where no money moved: a refund tells of its tickets itself.
TICKETS_RETURNED = "mail.tickets_returned"
TICKET_RECEIVED = "mail.ticket_received"
TICKET_PASSED_ON = "mail.ticket_passed_on"
#: To buyers about their order, and to holders about a ticket that was passed on to them.
EVENT_CHANGED = "mail.event_changed"
REMINDER = "mail.reminder"
#: What their event's organizer writes to them; without an order or a ticket: a test, to the writer.
CIRCULAR = "mail.circular"
#: To whoever reads an address that was invited into an organization.
INVITATION = "mail.invitation"
#: To those who follow an organization.
NEW_EVENT = "mail.new_event"
#: Not a mail: money to be asked back from the gateway.
SEND_REFUND = "payment.refund"
#: Not a mail: a payment that nobody may make any more.
WITHDRAW_PAYMENT = "payment.withdraw"


def tell(
    kind: str,
    *,
    language: str = "en",
    order_id: int | None = None,
    due_at: datetime | None = None,
    **ids: Any,
) -> None:
    """Promise a message of this kind about these ids; it is delivered at once, or not before ``due_at``."""
    db.session.execute(
        insert(OutboxMessage).values(
            kind=kind,
            payload={**ids, **({"order_id": order_id} if order_id else {})},
            language=language,
            order_id=order_id,
            due_at=due_at or clock.now(),
        )
    )


def tell_buyer(kind: str, order: Order, **ids: Any) -> None:
    """Promise the order's buyer a message, in the language that the order was placed in."""
    if order.buyer_email:
        tell(kind, language=order.language, order_id=order.id, **ids)


def tell_of_ticket(kind: str, about: Ticket, *, language: str, **ids: Any) -> None:
    """Promise a message about a ticket, to somebody who need not be its order's buyer; it stands among the
    order's messages."""
    payload = {"ticket_id": about.id, **ids}
    db.session.execute(insert(OutboxMessage).values(**row(kind, language, about.order_id, payload)))


def row(
    kind: str, language: str, order_id: int | None, payload: dict[str, Any], due_at: datetime | None = None
) -> dict[str, Any]:
    """One of many messages, for whoever inserts them together."""
    due_at = due_at or clock.now()
    return {"kind": kind, "payload": payload, "language": language, "order_id": order_id, "due_at": due_at}


def ticket(held: Any) -> dict[str, Any]:
    """What a message to a ticket's holder is about. The code's version stands for the holder: whoever has it
    passed on meanwhile is not written to any more."""
    return {"ticket_id": held.id, "code_version": held.code_version}
