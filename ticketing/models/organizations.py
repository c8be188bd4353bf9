"""Organizers, who belongs to them, who follows them, and where their money goes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ticketing.extensions import Base
from ticketing.models.accounts import User
from ticketing.models.types import (
    Created,
    Document,
    PublicId,
    Timestamps,
    UtcDateTime,
    intpk,
    link,
    one_of,
    only_where,
    short,
    text,
)

OWNER, MANAGER, MEMBER = "OWNER", "MANAGER", "MEMBER"
ROLES = (OWNER, MANAGER, MEMBER)
PROFILE_METHODS = ("bank_transfer", "mobile_money")
PROFILE_STATUSES = ("pending_verification", "verified", "verification_failed")


class Organization(PublicId, Timestamps, Base):
    """Owns events. Its currency is fixed at its first sale; ``is_house`` marks the staff's own one.

    ``logo`` (a name below the media folder) and ``accent`` (``#rrggbb``, or nothing) decorate its tickets.
    ``terms``, ``refund_policy`` and ``imprint`` stand on its public page; ``widget_origins`` are the pages of
    others, ``https://example.org`` each, that may show its widget.
    """

    __tablename__ = "organizations"

    id: Mapped[intpk]
    name: Mapped[str] = mapped_column(String(200))
    slug: Mapped[str] = mapped_column(String(220), unique=True)
    description: Mapped[text]
    website: Mapped[str] = short(200)
    contact_email: Mapped[str] = short(254)
    currency: Mapped[str] = mapped_column(String(3))
    is_house: Mapped[bool] = mapped_column(default=False)
    logo: Mapped[str | None] = mapped_column(String(255))
    accent: Mapped[str] = short(7)
    terms: Mapped[text]
    refund_policy: Mapped[text]
    imprint: Mapped[text]
    widget_origins: Mapped[list[str]] = mapped_column(Document, default=list)

    memberships: Mapped[list[Membership]] = relationship(
        back_populates="organization", lazy="raise", passive_deletes="all"
    )

    __table_args__ = (Index("uq_organizations_name_lower", func.lower(name), unique=True),)


class Membership(PublicId, Timestamps, Base):
    """One person's role in one organization."""

    __tablename__ = "memberships"

    id: Mapped[intpk]
    organization_id: Mapped[int] = link("organizations.id", ondelete="CASCADE", index=False)
    user_id: Mapped[int] = link("users.id", ondelete="CASCADE")
    role: Mapped[str] = short(10, MEMBER)

    organization: Mapped[Organization] = relationship(back_populates="memberships", lazy="raise")
    user: Mapped[User] = relationship(lazy="raise")

    __table_args__ = (UniqueConstraint("organization_id", "user_id"), one_of("role", ROLES))


class Invitation(PublicId, Timestamps, Base):
    """A role offered by mail to whoever can read that address; only the hash of its secret is kept. It is
    open until it is accepted or taken back, and nobody can accept it after ``expires_at``."""

    __tablename__ = "invitations"

    id: Mapped[intpk]
    organization_id: Mapped[int] = link("organizations.id", ondelete="CASCADE")
    email: Mapped[str] = mapped_column(String(254))
    role: Mapped[str] = short(10, MEMBER)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    actor_id: Mapped[int | None] = link("users.id", ondelete="SET NULL")
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    organization: Mapped[Organization] = relationship(lazy="raise")

    __table_args__ = (
        one_of("role", ROLES),
        Index(
            "uq_invitations_one_open",
            organization_id,
            func.lower(email),
            unique=True,
            **only_where("accepted_at IS NULL AND revoked_at IS NULL"),
        ),
    )


class Follow(Created, Base):
    """Somebody wants to hear of an organization's new events."""

    __tablename__ = "follows"

    id: Mapped[intpk]
    user_id: Mapped[int] = link("users.id", ondelete="CASCADE", index=False)
    organization_id: Mapped[int] = link("organizations.id", ondelete="CASCADE")

    __table_args__ = (UniqueConstraint("user_id", "organization_id"),)


class PaymentProfile(PublicId, Timestamps, Base):
    """Where payouts go; ``details_encrypted`` is unreadable without the field key."""

    __tablename__ = "payment_profiles"

    id: Mapped[intpk]
    user_id: Mapped[int] = link("users.id", ondelete="CASCADE")
    organization_id: Mapped[int | None] = link("organizations.id", ondelete="SET NULL")
    method: Mapped[str] = short(20)
    name: Mapped[str] = short(100)
    description: Mapped[str] = short(500)
    details_encrypted: Mapped[text]
    details_shown: Mapped[dict[str, Any]] = mapped_column(Document, default=dict)
    status: Mapped[str] = short(30, "pending_verification")
    is_default: Mapped[bool] = mapped_column(default=False)
    verification_attempts: Mapped[int] = mapped_column(default=0)
    verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        one_of("method", PROFILE_METHODS),
        one_of("status", PROFILE_STATUSES),
        Index(
            "uq_payment_profiles_one_default",
            user_id,
            unique=True,
            **only_where("is_default"),
        ),
    )
