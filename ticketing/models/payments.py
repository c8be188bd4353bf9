"""Payments, refunds, and the inbox of what gateways tell us."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ticketing.extensions import Base
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
    only_where,
    short,
)

OPEN, PAID, DECLINED, CANCELLED, REVIEW = "open", "paid", "declined", "cancelled", "review"
PAYMENT_STATUSES = (OPEN, PAID, DECLINED, CANCELLED, REVIEW)
MANUAL = "manual"
#: How the reference of a payment begins that its gateway has not named yet.
UNNAMED = "new-"
REQUESTED, SUCCEEDED, REFUND_FAILED = "requested", "succeeded", "failed"
REFUND_STATUSES = (REQUESTED, SUCCEEDED, REFUND_FAILED)


class Payment(PublicId, Timestamps, Base):
    """One attempt to pay for an order through one gateway.

    ``amount`` was asked for, ``amount_received`` is what the gateway says it took, ``amount_refunded``
    is what was given back or promised back: never more than was received. ``service_fee`` is our part of
    what was received, ``gateway_fee`` what the gateway kept for itself.
    """

    __tablename__ = "payments"

    id: Mapped[intpk]
    order_id: Mapped[int] = link("orders.id")
    gateway: Mapped[str] = short(20)
    #: The gateway's own name for it, unguessable.
    reference: Mapped[str] = mapped_column(String(120))
    status: Mapped[str] = short(10, OPEN)
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    amount_received: Mapped[int] = mapped_column(BigInteger, default=0)
    amount_refunded: Mapped[int] = mapped_column(BigInteger, default=0)
    service_fee: Mapped[int] = mapped_column(BigInteger, default=0)
    gateway_fee: Mapped[int] = mapped_column(BigInteger, default=0)
    method: Mapped[str] = short(30, "card")
    actor_id: Mapped[int | None] = link("users.id", ondelete="SET NULL")
    details: Mapped[dict[str, Any]] = mapped_column(Document, default=dict)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    order: Mapped[Order] = relationship(back_populates="payments", lazy="raise")
    refunds: Mapped[list[Refund]] = relationship(back_populates="payment", order_by="Refund.id", lazy="raise")

    __table_args__ = (
        UniqueConstraint("gateway", "reference"),
        one_of("status", PAYMENT_STATUSES),
        *not_negative("amount", "amount_received", "amount_refunded", "service_fee", "gateway_fee"),
        CheckConstraint("amount_refunded <= amount_received", name="refunds_within_receipt"),
        Index(
            "uq_payments_one_open",
            order_id,
            unique=True,
            **only_where("status = 'open'"),
        ),
        Index("ix_payments_status_updated_at", "status", "updated_at"),
    )

    @property
    def is_unnamed(self) -> bool:
        """The gateway has not named it yet: there may be nothing at the gateway to ask about."""
        return self.reference.startswith(UNNAMED)


class Refund(PublicId, Timestamps, Base):
    """Money on its way back. The row exists before the gateway is asked; ``service_fee`` is the part of
    ``amount`` that comes out of our fee."""

    __tablename__ = "refunds"

    id: Mapped[intpk]
    payment_id: Mapped[int] = link("payments.id")
    order_id: Mapped[int] = link("orders.id")
    amount: Mapped[int] = mapped_column(BigInteger)
    service_fee: Mapped[int] = mapped_column(BigInteger, default=0)
    currency: Mapped[str] = mapped_column(String(3))
    status: Mapped[str] = short(10, REQUESTED)
    reason: Mapped[str] = short(500)
    gateway_reference: Mapped[str | None] = mapped_column(String(120))
    actor_id: Mapped[int | None] = link("users.id", ondelete="SET NULL")
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error: Mapped[str] = mapped_column(Text, default="")

    payment: Mapped[Payment] = relationship(back_populates="refunds", lazy="raise")
    order: Mapped[Order] = relationship(lazy="raise")
    lines: Mapped[list[RefundLine]] = relationship(back_populates="refund", lazy="raise")

    __table_args__ = (
        one_of("status", REFUND_STATUSES),
        *not_negative("service_fee"),
        CheckConstraint("amount > 0", name="amount_positive"),
    )


class RefundLine(Base):
    """Which tickets of an order a refund is for; ``amount`` in minor units."""

    __tablename__ = "refund_lines"

    id: Mapped[intpk]
    refund_id: Mapped[int] = link("refunds.id", ondelete="CASCADE")
    order_item_id: Mapped[int] = link("order_items.id")
    quantity: Mapped[int]
    amount: Mapped[int] = mapped_column(BigInteger)

    refund: Mapped[Refund] = relationship(back_populates="lines", lazy="raise")
    order_item: Mapped[OrderItem] = relationship(lazy="raise")

    __table_args__ = tuple(not_negative("quantity", "amount"))


class GatewayEvent(Created, Base):
    """Something a gateway told us, verified and kept before it is acted upon, once per event id."""

    __tablename__ = "gateway_events"

    id: Mapped[intpk]
    gateway: Mapped[str] = short(20)
    event_id: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = short(80)
    reference: Mapped[str | None] = mapped_column(String(120))
    payload: Mapped[dict[str, Any]] = mapped_column(Document, default=dict)
    outcome: Mapped[str] = short(200)
    attempts: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    processed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("gateway", "event_id"),
        Index("ix_gateway_events_processed_at", "processed_at"),
    )
