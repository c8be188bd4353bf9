"""People who sign in, and the tokens that they were given."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_login import UserMixin
from sqlalchemy import Index, String, func
from sqlalchemy.orm import Mapped, mapped_column

from ticketing.extensions import Base
from ticketing.models.types import (
    Created,
    Document,
    PublicId,
    Timestamps,
    UtcDateTime,
    intpk,
    link,
    one_of,
    short,
    text,
)

USER_TYPES = ("consumer", "organizer")
EMAIL_TOKEN_PURPOSES = ("verify", "reset", "change_email")


class User(PublicId, Timestamps, UserMixin, Base):
    """An account. ``token_epoch`` is in every token: raising it ends all that were issued before."""

    __tablename__ = "users"

    id: Mapped[intpk]
    email: Mapped[str] = mapped_column(String(254))
    username: Mapped[str] = mapped_column(String(150))
    password_hash: Mapped[str] = mapped_column(String(255))
    first_name: Mapped[str] = short(150)
    last_name: Mapped[str] = short(150)
    phone: Mapped[str] = short(20)
    bio: Mapped[text]
    avatar: Mapped[str | None] = mapped_column(String(255))
    city: Mapped[str] = short(100)
    country: Mapped[str] = short(100)
    user_type: Mapped[str] = short(20, "consumer")
    is_active: Mapped[bool] = mapped_column(default=True)
    is_staff: Mapped[bool] = mapped_column(default=False)
    is_superuser: Mapped[bool] = mapped_column(default=False)
    is_support: Mapped[bool] = mapped_column(default=False)
    must_verify_email: Mapped[bool] = mapped_column(default=False)
    email_verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    token_epoch: Mapped[int] = mapped_column(default=0)
    language: Mapped[str] = short(10, "en")
    settings: Mapped[dict[str, Any]] = mapped_column(Document, default=dict)
    last_login_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        one_of("user_type", USER_TYPES),
        Index("uq_users_email_lower", func.lower(email), unique=True),
        Index("uq_users_username_lower", func.lower(username), unique=True),
    )

    @property
    def full_name(self) -> str:
        """First and last name, or the e-mail address of somebody who gave neither."""
        return f"{self.first_name} {self.last_name}".strip() or self.email

    def get_id(self) -> str:
        """What the session cookie remembers: a raised epoch ends web sessions too."""
        return f"{self.id}.{self.token_epoch}"


class RevokedToken(Created, Base):
    """A token that was signed out before its time; kept until it would have expired."""

    __tablename__ = "revoked_tokens"

    id: Mapped[intpk]
    jti: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = link("users.id", ondelete="CASCADE")
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class EmailToken(Created, Base):
    """A single-use secret that went out by mail; only its hash is kept."""

    __tablename__ = "email_tokens"

    id: Mapped[intpk]
    user_id: Mapped[int] = link("users.id", ondelete="CASCADE")
    purpose: Mapped[str] = short(20)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    new_email: Mapped[str | None] = mapped_column(String(254))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (one_of("purpose", EMAIL_TOKEN_PURPOSES),)
