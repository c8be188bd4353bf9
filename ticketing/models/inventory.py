"""Stock. Narrow rows that sales fight over, apart from the wide ones that pages read."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Table
from sqlalchemy.orm import Mapped, mapped_column

from ticketing.extensions import Base, db
from ticketing.models.types import BigId, intpk, link, not_negative, one_of, short

QUOTA_KINDS = ("offer", "type", "day", "event")


class Quota(Base):
    """One stock, in tickets.

    ``held`` is what pending orders keep, ``sold`` what confirmed ones have; both together never exceed
    ``size``. Only ``services/inventory.py`` changes these columns. ``links`` counts how often the set of
    quotas that an offer draws on beside this one has changed: a sale that read an older set must not
    go through, and the same conditional UPDATE that guards the size sees to that.
    """

    __tablename__ = "quotas"

    id: Mapped[intpk]
    event_id: Mapped[int] = link("events.id", ondelete="CASCADE")
    kind: Mapped[str] = short(10, "offer")
    size: Mapped[int] = mapped_column(BigInteger)
    held: Mapped[int] = mapped_column(BigInteger, default=0)
    sold: Mapped[int] = mapped_column(BigInteger, default=0)
    links: Mapped[int] = mapped_column(default=0)

    __table_args__ = (
        one_of("kind", QUOTA_KINDS),
        *not_negative("held", "sold"),
        CheckConstraint("held + sold <= size", name="never_oversold"),
    )

    @property
    def taken(self) -> int:
        """What nobody else can have: sold and held together."""
        return self.held + self.sold

    @property
    def available(self) -> int:
        """What is left."""
        return self.size - self.held - self.sold


#: Which quotas an offer draws on: its own, and where they exist its type's, its days' and its event's.
offer_quotas = Table(
    "offer_quotas",
    db.metadata,
    Column("offer_id", BigId, ForeignKey("offers.id", ondelete="CASCADE"), primary_key=True),
    Column("quota_id", BigId, ForeignKey("quotas.id", ondelete="CASCADE"), primary_key=True, index=True),
)
