"""Promo codes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, String, func
from sqlalchemy.orm import Mapped, mapped_column

from ticketing.extensions import Base
from ticketing.models.types import (
    PublicId,
    Timestamps,
    UtcDateTime,
    intpk,
    link,
    not_negative,
    one_of,
    short,
)

PERCENT, FIXED = "percent", "fixed"


class PromoCode(PublicId, Timestamps, Base):
    """A discount. ``value`` is hundredths of a per cent, or minor units of ``currency``; ``used`` counts
    the orders that keep it."""

    __tablename__ = "promo_codes"

    id: Mapped[intpk]
    organization_id: Mapped[int] = link("organizations.id", ondelete="CASCADE", index=False)
    event_id: Mapped[int | None] = link("events.id", ondelete="CASCADE")
    ticket_type_id: Mapped[int | None] = link("ticket_types.id", ondelete="CASCADE")
    code: Mapped[str] = mapped_column(String(50))
    kind: Mapped[str] = short(10, PERCENT)
    value: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    starts_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    max_uses: Mapped[int | None]
    max_uses_per_account: Mapped[int | None]
    minimum_subtotal: Mapped[int] = mapped_column(BigInteger, default=0)
    used: Mapped[int] = mapped_column(default=0)
    is_active: Mapped[bool] = mapped_column(default=True)

    __table_args__ = (
        one_of("kind", (PERCENT, FIXED)),
        *not_negative("value", "used", "minimum_subtotal"),
        CheckConstraint("max_uses IS NULL OR used <= max_uses", name="uses_within_limit"),
        CheckConstraint("kind <> 'percent' OR value <= 10000", name="percent_at_most_all"),
        Index("uq_promo_codes_code_lower", organization_id, func.lower(code), unique=True),
    )
