"""Who did what to what, from where."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ticketing.extensions import Base
from ticketing.models.accounts import User
from ticketing.models.types import Created, Document, intpk, link, short


class ActivityLog(Created, Base):
    """One deed, written in the transaction that did it. Never holds a secret."""

    __tablename__ = "activity_logs"

    id: Mapped[intpk]
    user_id: Mapped[int | None] = link("users.id", ondelete="SET NULL", index=False)
    action: Mapped[str] = mapped_column(String(60))
    object_type: Mapped[str] = short(40)
    object_id: Mapped[int | None] = mapped_column(BigInteger)
    details: Mapped[dict[str, Any]] = mapped_column(Document, default=dict)
    ip_address: Mapped[str] = short(45)
    user_agent: Mapped[str] = short(255)

    user: Mapped[User | None] = relationship(lazy="raise")

    __table_args__ = (
        Index("ix_activity_logs_user_id_created_at", "user_id", "created_at"),
        Index("ix_activity_logs_action_created_at", "action", "created_at"),
        Index("ix_activity_logs_object_type_object_id", "object_type", "object_id"),
    )
