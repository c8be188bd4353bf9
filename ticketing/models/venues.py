"""Places where events happen."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import Index, Numeric, String, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ticketing.extensions import Base
from ticketing.models.accounts import User
from ticketing.models.types import (
    PublicId,
    Timestamps,
    intpk,
    link,
    not_negative,
    one_of,
    only_where,
    short,
)

VENUE_ROLES = ("MANAGER", "STAFF")


class Venue(PublicId, Timestamps, Base):
    """A place. With an ``organization_id`` it is private to it; without, it is in the public list."""

    __tablename__ = "venues"

    id: Mapped[intpk]
    organization_id: Mapped[int | None] = link("organizations.id", ondelete="CASCADE")
    name: Mapped[str] = mapped_column(String(255))
    address: Mapped[str] = short(500)
    city: Mapped[str] = short(100)
    state: Mapped[str] = short(100)
    country: Mapped[str] = short(100)
    postal_code: Mapped[str] = short(20)
    latitude: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    longitude: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    timezone: Mapped[str] = short(64, "UTC")
    capacity: Mapped[int] = mapped_column(default=0)

    memberships: Mapped[list[VenueMembership]] = relationship(
        back_populates="venue", lazy="raise", passive_deletes="all"
    )

    __table_args__ = (
        *not_negative("capacity"),
        Index(
            "uq_venues_public_name_lower",
            func.lower(name),
            unique=True,
            **only_where("organization_id IS NULL"),
        ),
        Index("ix_venues_city_lower", func.lower(city)),
    )


class VenueMembership(Timestamps, Base):
    """Who looks after a venue."""

    __tablename__ = "venue_memberships"

    id: Mapped[intpk]
    venue_id: Mapped[int] = link("venues.id", ondelete="CASCADE", index=False)
    user_id: Mapped[int] = link("users.id", ondelete="CASCADE")
    role: Mapped[str] = short(10, "STAFF")

    venue: Mapped[Venue] = relationship(back_populates="memberships", lazy="raise")
    user: Mapped[User] = relationship(lazy="raise")

    __table_args__ = (UniqueConstraint("venue_id", "user_id"), one_of("role", VENUE_ROLES))
