"""What the world will be told after the transaction: mails to send, refunds to ask for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ticketing import clock
from ticketing.extensions import Base
from ticketing.models.types import (
    Document,
    PublicId,
    Timestamps,
    UtcDateTime,
    intpk,
    link,
    one_of,
    short,
)

QUEUED, SENT, FAILED = "queued", "sent", "failed"


class OutboxMessage(PublicId, Timestamps, Base):
    """A promise to do something outside: its kind, the ids that it is about and a language.

    No body and no secret is kept. A runner leases it (``leased_until``), notes the attempt before it
    sends, and marks it ``sent``; after too many attempts it rests as ``failed`` until somebody looks.
    """

    __tablename__ = "outbox_messages"

    id: Mapped[intpk]
    kind: Mapped[str] = mapped_column(String(60))
    payload: Mapped[dict[str, Any]] = mapped_column(Document, default=dict)
    language: Mapped[str] = short(10, "en")
    order_id: Mapped[int | None] = link("orders.id", ondelete="CASCADE")
    status: Mapped[str] = short(10, QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (
        one_of("status", (QUEUED, SENT, FAILED)),
        Index("ix_outbox_messages_status_due_at", "status", "due_at"),
    )
