"""Issuing tickets when an order is confirmed, and making them void when it is taken back."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, update

from ticketing import clock
from ticketing.errors import Invalid
from ticketing.extensions import db
from ticketing.models import Order, Ticket
from ticketing.models.tickets import ACTIVE, VOID
from ticketing.models.types import table
from ticketing.services.tickets.codes import code_hash, code_of, key_version


def issue(order: Order) -> None:
    """One ticket per admitted person, in the transaction that confirms the order."""
    rows = [
        _row(order, item, position)
        for item in order.items
        for position in range(1, item.quantity - item.returned + 1)
    ]
    if rows:
        db.session.execute(insert(table(Ticket)), rows)


def void(order: Order) -> None:
    """The order's tickets admit nobody any more; used ones stay as they are."""
    db.session.execute(
        update(Ticket)
        .where(Ticket.order_id == order.id, Ticket.status == ACTIVE)
        .values(status=VOID, updated_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def void_these(tickets: Sequence[Ticket]) -> None:
    """These tickets admit nobody any more.

    :raises Invalid: one of them was used meanwhile.
    """
    voided = db.session.execute(
        update(Ticket)
        .where(
            Ticket.id.in_([ticket.id for ticket in tickets]), Ticket.status == ACTIVE, Ticket.admissions == 0
        )
        .values(status=VOID, updated_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    if voided.rowcount != len(tickets):  # type: ignore[attr-defined]
        raise Invalid("ticket_used", "A ticket of this order was used at the door.", field="items")


def _row(order: Order, item: Any, position: int) -> dict[str, Any]:
    ticket_id, key = uuid.uuid4(), key_version()
    attendee = item.attendees[position - 1] if position <= len(item.attendees or ()) else {}
    return {
        "uuid": ticket_id,
        "number": f"TKT-{secrets.token_hex(8).upper()}",
        "order_id": order.id,
        "order_item_id": item.id,
        "position": position,
        "event_id": order.event_id,
        "offer_id": item.offer_id,
        "user_id": order.user_id,
        "attendee_name": attendee.get("name") or order.buyer_name,
        "attendee_email": attendee.get("email") or order.buyer_email,
        "code_version": 1,
        "key_version": key,
        "code_hash": code_hash(code_of(ticket_id, 1, key)),
    }
