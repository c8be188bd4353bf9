"""How large a stock is, and which ones an offer draws on."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, insert, select, update

from ticketing.errors import Invalid
from ticketing.extensions import db
from ticketing.models import Quota, offer_quotas


def open_quota(event_id: int, size: int, kind: str = "offer") -> Quota:
    """A new, untouched stock of ``size`` tickets."""
    quota = Quota(event_id=event_id, kind=kind, size=size, held=0, sold=0, links=0)
    db.session.add(quota)
    db.session.flush()
    return quota


def resize(quota_id: int, size: int, *, field: str = "quota") -> None:
    """Change how many there are.

    :raises Invalid: fewer than are sold or held (BTick 001 §6.2).
    """
    resized = db.session.execute(
        update(Quota)
        .where(Quota.id == quota_id, Quota.held + Quota.sold <= size)
        .values(size=size)
        .execution_options(synchronize_session=False)
    )
    if resized.rowcount != 1:  # type: ignore[attr-defined]
        taken = db.session.scalar(select(Quota.held + Quota.sold).where(Quota.id == quota_id))
        raise below_taken(taken or 0, field)


def draw_on(offer_id: int, quota_ids: Iterable[int]) -> None:
    """Let a new offer, which nobody has bought yet, draw on these quotas."""
    rows = [{"offer_id": offer_id, "quota_id": quota_id} for quota_id in quota_ids]
    db.session.execute(insert(offer_quotas), rows)


def drop_quota(quota_id: int) -> None:
    """Remove a stock that nothing was ever taken from, or that no longer bounds anything."""
    db.session.execute(delete(offer_quotas).where(offer_quotas.c.quota_id == quota_id))
    db.session.execute(delete(Quota).where(Quota.id == quota_id))


def below_taken(taken: int, field: str) -> Invalid:
    """The refusal of a stock that would be smaller than what was taken from it."""
    sentence = f"This cannot be less than the {taken} tickets that are sold or held."
    return Invalid("below_sold", sentence, field=field)
