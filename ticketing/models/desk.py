"""The organizers' desk: orders made for others, messages to everybody who comes, files of many rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ticketing.extensions import Base
from ticketing.models.events import Event
from ticketing.models.types import (
    BigId,
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
    text,
)

WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"
WORK_STATUSES = (WAITING, RUNNING, DONE, FAILED)
COMPLIMENTARY, AT_THE_DOOR = "complimentary", "door"
DESK_KINDS = (COMPLIMENTARY, AT_THE_DOOR)
DOOR_METHODS = ("cash", "card")
ATTENDEES, ORDERS = "attendees", "orders"


class DeskOrder(Created, Base):
    """An order that somebody of the organization made for its buyer: sold at the door, or a present."""

    __tablename__ = "desk_orders"

    id: Mapped[intpk]
    order_id: Mapped[int] = mapped_column(BigId, ForeignKey("orders.id", ondelete="CASCADE"), unique=True)
    actor_id: Mapped[int | None] = link("users.id", ondelete="SET NULL")
    kind: Mapped[str] = short(15)
    #: How it was paid at the door: in cash, by card.
    method: Mapped[str] = short(10)

    __table_args__ = (one_of("kind", DESK_KINDS), one_of("method", ("", *DOOR_METHODS)))


class Circular(PublicId, Timestamps, Base):
    """A message of an event's organizer to those who come; ``audience`` says to whom of them.

    ``total`` is how many orders and passed-on tickets it is for, ``done`` how many were promised a mail,
    ``last_order`` how far its telling came: whoever goes on with it begins there.
    """

    __tablename__ = "circulars"

    id: Mapped[intpk]
    event_id: Mapped[int] = link("events.id", ondelete="CASCADE")
    actor_id: Mapped[int | None] = link("users.id", ondelete="SET NULL")
    subject: Mapped[str] = mapped_column(String(150))
    body: Mapped[text]
    audience: Mapped[dict[str, Any]] = mapped_column(Document, default=dict)
    status: Mapped[str] = short(10, WAITING)
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    last_order: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    event: Mapped[Event] = relationship(lazy="raise")

    __table_args__ = (one_of("status", WORK_STATUSES), *not_negative("total", "done", "last_order"))


class Export(PublicId, Timestamps, Base):
    """A file of an event's rows that somebody asked for: made in the background, kept until ``expires_at``.

    ``asked`` is what the list was narrowed to, ``file`` a name below the private media folder.
    """

    __tablename__ = "exports"

    id: Mapped[intpk]
    event_id: Mapped[int] = link("events.id", ondelete="CASCADE")
    actor_id: Mapped[int] = link("users.id", ondelete="CASCADE")
    kind: Mapped[str] = short(20)
    form: Mapped[str] = short(10)
    asked: Mapped[dict[str, Any]] = mapped_column(Document, default=dict)
    language: Mapped[str] = short(10, "en")
    status: Mapped[str] = short(10, WAITING)
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    file: Mapped[str | None] = mapped_column(String(255))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)

    event: Mapped[Event] = relationship(lazy="raise")

    __table_args__ = (
        one_of("status", WORK_STATUSES),
        one_of("kind", (ATTENDEES, ORDERS)),
        one_of("form", ("csv", "xlsx")),
        *not_negative("total", "done"),
        Index("ix_exports_expires_at", "expires_at"),
    )
