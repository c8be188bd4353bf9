"""Events, their categories and their days."""

from __future__ import annotations

import datetime as dt
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, CheckConstraint, Index, String, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ticketing import clock
from ticketing.extensions import Base
from ticketing.models.accounts import User
from ticketing.models.organizations import Organization
from ticketing.models.types import (
    Created,
    PublicId,
    Timestamps,
    UtcDateTime,
    intpk,
    link,
    moment,
    one_of,
    short,
    text,
)
from ticketing.models.venues import Venue

if TYPE_CHECKING:
    from ticketing.models.offers import TicketType

DRAFT, PUBLISHED, CANCELLED = "draft", "published", "cancelled"
EVENT_STATUSES = (DRAFT, PUBLISHED, CANCELLED)
SIMPLE, TIERED, DAY_BASED, TIER_AND_DAY = "simple", "tiered", "day_based", "tier_and_day"
PRICING_TYPES = (SIMPLE, TIERED, DAY_BASED, TIER_AND_DAY)
CHECK_IN_POLICIES = ("single_entry", "multiple_entry", "daily_entry")


class EventCategory(PublicId, Timestamps, Base):
    """What kind of event it is: music, sport, …"""

    __tablename__ = "event_categories"

    id: Mapped[intpk]
    name: Mapped[str] = mapped_column(String(100))
    slug: Mapped[str] = mapped_column(String(120), unique=True)
    description: Mapped[text]
    icon: Mapped[str] = short(50)
    is_active: Mapped[bool] = mapped_column(default=True)

    __table_args__ = (Index("uq_event_categories_name_lower", func.lower(name), unique=True),)


class Event(PublicId, Timestamps, Base):
    """Something that people come to.

    ``status`` is the stored lifecycle (draft → published → cancelled); upcoming, ongoing and completed
    come from the clock. ``lowest_price``, ``highest_price`` (minor units, of what is on offer) and
    ``sold_total`` are kept figures for lists, never used to decide a sale. ``tickets_per_account`` is how
    many one account may have of it; ``moved_at`` when its hours or its place last changed under its visitors.
    """

    __tablename__ = "events"

    id: Mapped[intpk]
    slug: Mapped[str] = mapped_column(String(280), unique=True)
    organization_id: Mapped[int] = link("organizations.id")
    organizer_id: Mapped[int | None] = link("users.id", ondelete="SET NULL")
    venue_id: Mapped[int] = link("venues.id", index=False)
    category_id: Mapped[int | None] = link("event_categories.id")
    title: Mapped[str] = mapped_column(String(255))
    short_description: Mapped[str] = short(500)
    description: Mapped[text]
    status: Mapped[str] = short(10, DRAFT)
    pricing_type: Mapped[str] = short(15, SIMPLE)
    starts_at: Mapped[moment]
    ends_at: Mapped[moment]
    timezone: Mapped[str] = short(64, "UTC")
    currency: Mapped[str] = mapped_column(String(3))
    #: What its organizer announces, in minor units; ``is_free``: nothing of it may cost anything.
    base_price: Mapped[int | None] = mapped_column(BigInteger)
    is_free: Mapped[bool] = mapped_column(default=False)
    capacity: Mapped[int | None] = mapped_column(BigInteger)
    check_in_policy: Mapped[str] = short(20, "single_entry")
    terms_and_conditions: Mapped[text]
    refund_policy: Mapped[text]
    age_restriction: Mapped[int | None]
    tags: Mapped[str] = short(500)
    banner_image: Mapped[str | None] = mapped_column(String(255))
    thumbnail_image: Mapped[str | None] = mapped_column(String(255))
    is_featured: Mapped[bool] = mapped_column(default=False)
    is_unlisted: Mapped[bool] = mapped_column(default=False)
    tickets_per_account: Mapped[int | None]
    moved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lowest_price: Mapped[int | None] = mapped_column(BigInteger)
    highest_price: Mapped[int | None] = mapped_column(BigInteger)
    sold_total: Mapped[int] = mapped_column(BigInteger, default=0)

    organization: Mapped[Organization] = relationship(lazy="raise")
    organizer: Mapped[User | None] = relationship(lazy="raise")
    venue: Mapped[Venue] = relationship(lazy="raise")
    category: Mapped[EventCategory | None] = relationship(lazy="raise")
    days: Mapped[list[EventDay]] = relationship(
        back_populates="event", order_by="EventDay.number", lazy="raise", passive_deletes=True
    )
    ticket_types: Mapped[list[TicketType]] = relationship(
        back_populates="event", order_by="TicketType.id", lazy="raise", passive_deletes=True
    )

    __table_args__ = (
        one_of("status", EVENT_STATUSES),
        one_of("pricing_type", PRICING_TYPES),
        one_of("check_in_policy", CHECK_IN_POLICIES),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint("capacity IS NULL OR capacity >= 0", name="capacity_not_negative"),
        CheckConstraint("base_price IS NULL OR base_price >= 0", name="base_price_not_negative"),
        CheckConstraint(
            "tickets_per_account IS NULL OR tickets_per_account >= 1", name="tickets_per_account_positive"
        ),
        Index("ix_events_status_starts_at", "status", "starts_at"),
        Index("ix_events_status_ends_at", "status", "ends_at"),
        Index("ix_events_venue_id_starts_at", "venue_id", "starts_at"),
    )

    @property
    def sells_by_the_day(self) -> bool:
        """Its capacity counts anew on each of its days."""
        return self.pricing_type in (DAY_BASED, TIER_AND_DAY)

    @property
    def is_draft(self) -> bool:
        """Not on sale yet, and seen by its organization and staff only."""
        return self.status == DRAFT

    @property
    def is_published(self) -> bool:
        """On sale, or was until it was over."""
        return self.status == PUBLISHED

    @property
    def is_cancelled(self) -> bool:
        """Called off for good."""
        return self.status == CANCELLED

    @property
    def has_started(self) -> bool:
        """The doors' time has come."""
        return self.starts_at <= clock.now()

    @property
    def is_over(self) -> bool:
        """It has taken place."""
        return self.ends_at <= clock.now()


class EventDay(Created, Base):
    """One day of an event that sells by the day; ``number`` counts from 1.

    ``quota_id`` is how many the day admits, where the event has a capacity.
    """

    __tablename__ = "event_days"

    id: Mapped[intpk]
    event_id: Mapped[int] = link("events.id", ondelete="CASCADE", index=False)
    number: Mapped[int]
    name: Mapped[str] = short(50)
    date: Mapped[dt.date | None]
    quota_id: Mapped[int | None] = link("quotas.id", ondelete="SET NULL")

    event: Mapped[Event] = relationship(back_populates="days", lazy="raise")

    __table_args__ = (
        UniqueConstraint("event_id", "number"),
        CheckConstraint("number >= 1", name="number_from_one"),
    )
