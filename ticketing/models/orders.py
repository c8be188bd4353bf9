"""Orders: what somebody asked for, whether it stands, and what was paid. Two axes, never mixed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ticketing import clock
from ticketing.extensions import Base
from ticketing.models.accounts import User
from ticketing.models.events import Event
from ticketing.models.offers import Offer
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
    text,
)

PENDING, CONFIRMED, CANCELLED = "pending", "confirmed", "cancelled"
EXPIRED, FAILED = "expired", "failed"
ORDER_STATUSES = (PENDING, CONFIRMED, CANCELLED, EXPIRED, FAILED)
CHANNELS = ("btick", "easyticket", "secureticket", "cafa", "web", "door")


class Order(PublicId, Timestamps, Base):
    """One buyer's order for one event.

    ``amount_due`` = subtotal + fee − discount. All amounts are minor units of ``currency``. A pending
    order keeps stock until ``expires_at``; a confirmed one never expires.
    """

    __tablename__ = "orders"

    id: Mapped[intpk]
    number: Mapped[str] = mapped_column(String(32), unique=True)
    user_id: Mapped[int | None] = link("users.id", ondelete="SET NULL", index=False)
    organization_id: Mapped[int] = link("organizations.id", index=False)
    event_id: Mapped[int] = link("events.id", index=False)
    channel: Mapped[str] = short(15, "web")
    status: Mapped[str] = short(10, PENDING)
    currency: Mapped[str] = mapped_column(String(3))
    subtotal: Mapped[int] = mapped_column(BigInteger)
    fee: Mapped[int] = mapped_column(BigInteger, default=0)
    discount: Mapped[int] = mapped_column(BigInteger, default=0)
    amount_due: Mapped[int] = mapped_column(BigInteger)
    amount_paid: Mapped[int] = mapped_column(BigInteger, default=0)
    amount_refunded: Mapped[int] = mapped_column(BigInteger, default=0)
    promo_code_id: Mapped[int | None] = link("promo_codes.id", ondelete="SET NULL")
    #: The code as it was then, whatever becomes of it.
    promo_code: Mapped[str] = short(50)
    buyer_name: Mapped[str] = short(255)
    buyer_email: Mapped[str] = short(254)
    buyer_phone: Mapped[str] = short(20)
    language: Mapped[str] = short(10, "en")
    notes: Mapped[text]
    cancellation_reason: Mapped[str] = short(500)
    link_secret_hash: Mapped[str | None] = mapped_column(String(64))
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reminded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    user: Mapped[User | None] = relationship(lazy="raise")
    event: Mapped[Event] = relationship(lazy="raise")
    items: Mapped[list[OrderItem]] = relationship(
        back_populates="order", order_by="OrderItem.id", lazy="raise"
    )
    payments: Mapped[list[Any]] = relationship(
        "Payment", back_populates="order", order_by="Payment.id", lazy="raise"
    )

    __table_args__ = (
        one_of("status", ORDER_STATUSES),
        one_of("channel", CHANNELS),
        *not_negative("subtotal", "fee", "discount", "amount_due", "amount_paid", "amount_refunded"),
        CheckConstraint("amount_refunded <= amount_paid", name="refunds_within_payment"),
        CheckConstraint("amount_due = subtotal + fee - discount", name="adds_up"),
        CheckConstraint("status <> 'pending' OR expires_at IS NOT NULL", name="pending_expires"),
        CheckConstraint("status <> 'confirmed' OR expires_at IS NULL", name="confirmed_never_expires"),
        Index("ix_orders_user_id_created_at", "user_id", "created_at"),
        Index("ix_orders_event_id_status", "event_id", "status"),
        Index("ix_orders_status_expires_at", "status", "expires_at"),
        Index("ix_orders_created_at", "created_at"),
        Index("ix_orders_organization_id_confirmed_at", "organization_id", "confirmed_at"),
    )

    @property
    def is_pending(self) -> bool:
        """It keeps stock and waits for its payment."""
        return self.status == PENDING

    @property
    def is_confirmed(self) -> bool:
        """Its tickets are valid."""
        return self.status == CONFIRMED

    @property
    def hold_has_ended(self) -> bool:
        """Its time to pay is over, whether a sweep has noticed or not."""
        return self.expires_at is not None and self.expires_at <= clock.now()

    @property
    def quantity(self) -> int:
        """How many tickets were ordered; needs ``items`` loaded."""
        return sum(item.quantity for item in self.items)


class OrderItem(PublicId, Created, Base):
    """Some tickets of one offer, at the price of that moment. ``returned`` of them were given back."""

    __tablename__ = "order_items"

    id: Mapped[intpk]
    order_id: Mapped[int] = link("orders.id", ondelete="CASCADE")
    offer_id: Mapped[int] = link("offers.id")
    quantity: Mapped[int]
    returned: Mapped[int] = mapped_column(default=0)
    unit_price: Mapped[int] = mapped_column(BigInteger)
    ticket_name: Mapped[str] = short(100)
    tier_name: Mapped[str] = short(50)
    day_name: Mapped[str] = short(50)
    #: ``[{"name": …, "email": …}, …]``, at most one entry a unit.
    attendees: Mapped[list[dict[str, str]]] = mapped_column(Document, default=list)

    order: Mapped[Order] = relationship(back_populates="items", lazy="raise")
    offer: Mapped[Offer] = relationship(lazy="raise")

    __table_args__ = (
        CheckConstraint("quantity >= 1", name="quantity_positive"),
        CheckConstraint("returned >= 0 AND returned <= quantity", name="returned_within_quantity"),
        *not_negative("unit_price"),
    )

    @property
    def subtotal(self) -> int:
        """Minor units: price times quantity."""
        return self.unit_price * self.quantity

    @property
    def name(self) -> str:
        """``type[ - tier][ - day]`` as it was sold."""
        return " - ".join(part for part in (self.ticket_name, self.tier_name, self.day_name) if part)


class IdempotencyKey(Created, Base):
    """A request that must not be done twice, and what was answered to it."""

    __tablename__ = "idempotency_keys"

    id: Mapped[intpk]
    actor: Mapped[str] = mapped_column(String(64))
    route: Mapped[str] = mapped_column(String(200))
    key: Mapped[str] = mapped_column(String(200))
    body_hash: Mapped[str] = mapped_column(String(64))
    object_id: Mapped[int | None] = mapped_column(BigInteger)
    answer_status: Mapped[int | None]
    answer: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        UniqueConstraint("actor", "route", "key"),
        Index("ix_idempotency_keys_created_at", "created_at"),
    )
