"""Tickets, one per admitted person, and every scan of one."""

from __future__ import annotations

import datetime as dt
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ticketing.extensions import Base
from ticketing.models.events import Event
from ticketing.models.orders import Order, OrderItem
from ticketing.models.types import (
    Created,
    Document,
    PublicId,
    Timestamps,
    UtcDateTime,
    intpk,
    link,
    not_negative,
    one_of,
    short,
)

ACTIVE, USED, VOID, LAPSED = "active", "used", "cancelled", "expired"
TICKET_STATUSES = (ACTIVE, USED, VOID, LAPSED)
ADMITTED, REFUSED, UNDONE, LEFT = "admitted", "refused", "undone", "left"
SCAN_RESULTS = (ADMITTED, REFUSED, UNDONE, LEFT)
ENTRY, EXIT = "entry", "exit"


class Ticket(PublicId, Timestamps, Base):
    """Admits one person. Its code is computed from a secret key, ``uuid`` and ``code_version``; only the
    code's SHA-256 is kept, for looking it up.

    ``admissions`` counts how often it let somebody in, ``admitted_on`` is the last day of that (where the
    event takes place), ``is_inside`` whether they have not left since, as far as the doors know.
    """

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
    admissions: Mapped[int] = mapped_column(default=0)
    admitted_on: Mapped[dt.date | None]
    is_inside: Mapped[bool] = mapped_column(default=False)

    order: Mapped[Order] = relationship(lazy="raise")
    order_item: Mapped[OrderItem] = relationship(lazy="raise")
    event: Mapped[Event] = relationship(lazy="raise")

    __table_args__ = (
        one_of("status", TICKET_STATUSES),
        UniqueConstraint("order_item_id", "position"),
        CheckConstraint("position >= 1", name="position_from_one"),
        *not_negative("admissions"),
        Index("ix_tickets_event_id_status", "event_id", "status"),
    )


class ScannerLink(PublicId, Timestamps, Base):
    """Lets door staff without an account scan at one event, until it ends or is taken back. Only the hash of
    its secret is kept; ``ticket_type_ids`` says which types its gate lets in, none meaning all."""

    __tablename__ = "scanner_links"

    id: Mapped[intpk]
    event_id: Mapped[int] = link("events.id", ondelete="CASCADE")
    name: Mapped[str] = short(80)
    gate: Mapped[str] = short(60)
    ticket_type_ids: Mapped[list[Any]] = mapped_column(Document, default=list)
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    actor_id: Mapped[int | None] = link("users.id", ondelete="SET NULL")
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    event: Mapped[Event] = relationship(lazy="raise")


class ScannerPass(PublicId, Created, Base):
    """One device that opened a scanner link; its cookie's secret is kept as a hash."""

    __tablename__ = "scanner_passes"

    id: Mapped[intpk]
    link_id: Mapped[int] = link("scanner_links.id", ondelete="CASCADE")
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    device: Mapped[str] = short(80)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)

    link: Mapped[ScannerLink] = relationship(lazy="raise")


class CheckIn(Created, Base):
    """One scan at a door: what came of it, and why.

    ``scan_id`` is the device's own name for it, so that a scan which is told twice counts once. A device
    without a network decides by itself: ``claimed`` is what it told the visitor then.
    """

    __tablename__ = "check_ins"

    id: Mapped[intpk]
    event_id: Mapped[int] = link("events.id", index=False)
    ticket_id: Mapped[int | None] = link("tickets.id")
    direction: Mapped[str] = short(10, ENTRY)
    result: Mapped[str] = short(10)
    reason: Mapped[str] = short(60)
    gate: Mapped[str] = short(60)
    device: Mapped[str] = short(80)
    actor_id: Mapped[int | None] = link("users.id", ondelete="SET NULL")
    scanner_id: Mapped[int | None] = link("scanner_passes.id", ondelete="SET NULL")
    scan_id: Mapped[UUID | None] = mapped_column(Uuid, unique=True)
    claimed: Mapped[str] = short(10)
    scanned_at: Mapped[datetime] = mapped_column(UtcDateTime)

    ticket: Mapped[Ticket | None] = relationship(lazy="raise")

    __table_args__ = (
        one_of("result", SCAN_RESULTS),
        one_of("direction", (ENTRY, EXIT)),
        Index("ix_check_ins_event_id_scanned_at", "event_id", "scanned_at"),
    )
