"""Tickets, one per admitted person, and every scan of one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ticketing.extensions import Base
from ticketing.models.events import Event
from ticketing.models.orders import Order, OrderItem
from ticketing.models.types import (
    Created,
    PublicId,
    Timestamps,
    UtcDateTime,
    intpk,
    link,
    one_of,
    short,
)

ACTIVE, USED, VOID, LAPSED = "active", "used", "cancelled", "expired"
TICKET_STATUSES = (ACTIVE, USED, VOID, LAPSED)
SCAN_RESULTS = ("admitted", "refused", "undone", "left")


class Ticket(PublicId, Timestamps, Base):
    """Admits one person. Its code is computed from a secret key, ``uuid`` and ``code_version``; only the
    code's SHA-256 is kept, for looking it up."""

    __tablename__ = "tickets"

    id: Mapped[intpk]
    number: Mapped[str] = mapped_column(String(40), unique=True)
    order_id: Mapped[int] = link("orders.id")
    order_item_id: Mapped[int] = link("order_items.id", index=False)
    position: Mapped[int]
    event_id: Mapped[int] = link("events.id", index=False)
    offer_id: Mapped[int] = link("offers.id")
    user_id: Mapped[int | None] = link("users.id", ondelete="SET NULL")
    attendee_name: Mapped[str] = short(255)
    attendee_email: Mapped[str] = short(254)
    attendee_phone: Mapped[str] = short(20)
    status: Mapped[str] = short(10, ACTIVE)
    code_version: Mapped[int] = mapped_column(default=1)
    key_version: Mapped[int] = mapped_column(default=1)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    order: Mapped[Order] = relationship(lazy="raise")
    order_item: Mapped[OrderItem] = relationship(lazy="raise")
    event: Mapped[Event] = relationship(lazy="raise")

    __table_args__ = (
        one_of("status", TICKET_STATUSES),
        UniqueConstraint("order_item_id", "position"),
        CheckConstraint("position >= 1", name="position_from_one"),
        Index("ix_tickets_event_id_status", "event_id", "status"),
    )


class CheckIn(Created, Base):
    """One scan at a door, admitted or refused and why."""

    __tablename__ = "check_ins"

    id: Mapped[intpk]
    event_id: Mapped[int] = link("events.id", index=False)
    ticket_id: Mapped[int | None] = link("tickets.id")
    result: Mapped[str] = short(10)
    reason: Mapped[str] = short(60)
    gate: Mapped[str] = short(60)
    device: Mapped[str] = short(80)
    actor_id: Mapped[int | None] = link("users.id", ondelete="SET NULL")
    scanned_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        one_of("result", SCAN_RESULTS),
        Index("ix_check_ins_event_id_scanned_at", "event_id", "scanned_at"),
    )
