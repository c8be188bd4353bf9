"""Who owes what to whom: double entry, append-only."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ticketing.extensions import Base
from ticketing.models.types import (
    Created,
    PublicId,
    Timestamps,
    UtcDateTime,
    intpk,
    link,
    not_negative,
    one_of,
    short,
)

ACCOUNTS = ("gateway", "organization", "fees", "outside", "outside_sales", "payouts", "gateway_fees")
WITHDRAWAL_STATUSES = ("pending", "processing", "completed", "failed", "cancelled")


class LedgerEntry(Created, Base):
    """One leg. The legs of a posting (same source and kind) sum to zero in each currency.

    ``amount`` is in minor units: positive is what we have or are owed, negative what we owe or earned.
    """

    __tablename__ = "ledger_entries"

    id: Mapped[intpk]
    organization_id: Mapped[int] = link("organizations.id", index=False)
    order_id: Mapped[int | None] = link("orders.id")
    source: Mapped[str] = mapped_column(String(30))
    source_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(30))
    account: Mapped[str] = mapped_column(String(20))
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))

    __table_args__ = (
        one_of("account", ACCOUNTS),
        UniqueConstraint("source", "source_id", "kind", "account"),
        CheckConstraint("amount <> 0", name="amount_not_zero"),
        Index("ix_ledger_entries_organization_id_created_at", "organization_id", "created_at"),
    )


class Balance(Timestamps, Base):
    """What we owe an organization in one currency, in minor units; locked when money moves."""

    __tablename__ = "balances"

    id: Mapped[intpk]
    organization_id: Mapped[int] = link("organizations.id", index=False)
    currency: Mapped[str] = mapped_column(String(3))
    amount: Mapped[int] = mapped_column(BigInteger, default=0)

    __table_args__ = (UniqueConstraint("organization_id", "currency"),)


class Withdrawal(PublicId, Timestamps, Base):
    """Money on its way to an organization. Amounts in minor units."""

    __tablename__ = "withdrawals"

    id: Mapped[intpk]
    number: Mapped[str] = mapped_column(String(32), unique=True)
    organization_id: Mapped[int] = link("organizations.id")
    payment_profile_id: Mapped[int | None] = link("payment_profiles.id", ondelete="SET NULL")
    actor_id: Mapped[int | None] = link("users.id", ondelete="SET NULL")
    amount: Mapped[int] = mapped_column(BigInteger)
    transfer_fee: Mapped[int] = mapped_column(BigInteger, default=0)
    currency: Mapped[str] = mapped_column(String(3))
    status: Mapped[str] = short(12, "pending")
    gateway_reference: Mapped[str | None] = mapped_column(String(120))
    failure_reason: Mapped[str] = short(500)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        one_of("status", WITHDRAWAL_STATUSES),
        *not_negative("transfer_fee"),
        CheckConstraint("amount > 0", name="amount_positive"),
    )
