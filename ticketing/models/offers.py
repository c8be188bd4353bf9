"""What can be bought: ticket types, and the offers that they group."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, String, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ticketing.extensions import Base
from ticketing.models.events import Event, EventDay
from ticketing.models.inventory import Quota, offer_quotas
from ticketing.models.types import (
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

STANDARD = "STANDARD"
#: BTick's kinds and how people read them.
KINDS = {
    STANDARD: "Standard",
    "VIP": "VIP",
    "EARLY_BIRD": "Early Bird",
    "STUDENT": "Student",
    "GROUP": "Group",
}


class TicketType(PublicId, Timestamps, Base):
    """A kind of ticket of one event: its name, its sales window, how many may be bought at once."""

    __tablename__ = "ticket_types"

    id: Mapped[intpk]
    event_id: Mapped[int] = link("events.id", ondelete="CASCADE", index=False)
    name: Mapped[str] = mapped_column(String(100))
    description: Mapped[text]
    kind: Mapped[str] = short(20, STANDARD)
    sales_start_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sales_end_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    min_purchase: Mapped[int] = mapped_column(default=1)
    max_purchase: Mapped[int] = mapped_column(default=10)
    benefits: Mapped[text]
    is_active: Mapped[bool] = mapped_column(default=True)
    quota_id: Mapped[int | None] = link("quotas.id")

    event: Mapped[Event] = relationship(back_populates="ticket_types", lazy="raise")
    offers: Mapped[list[Offer]] = relationship(
        back_populates="ticket_type", order_by="Offer.id", lazy="raise", passive_deletes=True
    )
    #: The type's own total, where it has one beside its offers'.
    quota: Mapped[Quota | None] = relationship(lazy="raise")

    __table_args__ = (
        UniqueConstraint("event_id", "name"),
        one_of("kind", tuple(KINDS)),
        CheckConstraint("min_purchase >= 1 AND max_purchase >= min_purchase", name="purchase_limits"),
        CheckConstraint(
            "sales_start_at IS NULL OR sales_end_at IS NULL OR sales_end_at > sales_start_at",
            name="sales_window",
        ),
    )


class Offer(PublicId, Timestamps, Base):
    """One thing with one price: a simple type's only offer, a tier, a day pass, or a tier on a day.

    ``quota`` is its own stock; ``quotas`` are all that it draws on, its own among them.
    """

    __tablename__ = "offers"

    id: Mapped[intpk]
    ticket_type_id: Mapped[int] = link("ticket_types.id", ondelete="CASCADE", index=False)
    event_id: Mapped[int] = link("events.id", ondelete="CASCADE")
    quota_id: Mapped[int] = link("quotas.id")
    price: Mapped[int] = mapped_column(BigInteger)
    tier_number: Mapped[int | None] = mapped_column()
    tier_name: Mapped[str] = short(50)
    day_id: Mapped[int | None] = link("event_days.id")
    day_name: Mapped[str] = short(50)
    is_all_days: Mapped[bool] = mapped_column(default=False)
    sales_start_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sales_end_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    is_active: Mapped[bool] = mapped_column(default=True)

    ticket_type: Mapped[TicketType] = relationship(back_populates="offers", lazy="raise")
    event: Mapped[Event] = relationship(lazy="raise")
    quota: Mapped[Quota] = relationship(lazy="raise")
    day: Mapped[EventDay | None] = relationship(lazy="raise")
    quotas: Mapped[list[Quota]] = relationship(
        secondary=offer_quotas, order_by=Quota.id, lazy="raise", passive_deletes=True
    )

    __table_args__ = (
        *not_negative("price"),
        CheckConstraint("tier_number IS NULL OR tier_number >= 1", name="tier_from_one"),
        CheckConstraint("NOT (is_all_days AND day_id IS NOT NULL)", name="one_day_or_all"),
        CheckConstraint(
            "sales_start_at IS NULL OR sales_end_at IS NULL OR sales_end_at > sales_start_at",
            name="sales_window",
        ),
        Index(
            "uq_offers_place_in_type",
            ticket_type_id,
            func.coalesce(day_id, 0),
            func.coalesce(tier_number, 0),
            is_all_days,
            unique=True,
        ),
    )

    @property
    def full_name(self) -> str:
        """``type[ - tier][ - day]``; needs ``ticket_type`` loaded."""
        return full_name(self.ticket_type.name, self.tier_name, self.day_name)


def full_name(type_name: str, tier_name: str = "", day_name: str = "") -> str:
    """How an offer is called on tickets and bills: ``type[ - tier][ - day]``."""
    return " - ".join(part for part in (type_name, tier_name, day_name) if part)
