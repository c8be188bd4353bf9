"""Housekeeping: what has served its time goes, and kept figures are brought up to date."""

from __future__ import annotations

from sqlalchemy import delete, func, select, update

from ticketing import clock
from ticketing.extensions import db
from ticketing.models import Event, Quota, RevokedToken
from ticketing.services import circulars, exports, idempotency
from ticketing.transaction import transactional


def tidy() -> int:
    """Forget idempotency keys and messages to try out that are older than a day, revoked tokens and exported
    files that have expired; how many."""
    return idempotency.forget_old() + _forget_revoked() + circulars.forget_tests() + exports.sweep()


@transactional
def _forget_revoked() -> int:
    gone = db.session.execute(delete(RevokedToken).where(RevokedToken.expires_at < clock.now()))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def refresh_sold_totals() -> int:
    """Bring ``sold_total`` of the events that sold since the last time up to date; how many."""
    sold = (
        select(Quota.event_id, func.sum(Quota.sold).label("sold"))
        .where(Quota.kind == "offer")
        .group_by(Quota.event_id)
        .subquery()
    )
    stale = db.session.execute(
        select(Event.id, sold.c.sold)
        .join(sold, sold.c.event_id == Event.id)
        .where(Event.sold_total != sold.c.sold)
        .limit(1000)
    ).all()
    for event_id, total in stale:
        _set_sold_total(event_id, int(total))
    return len(stale)


@transactional
def _set_sold_total(event_id: int, total: int) -> None:
    """Not a change of the event: ``updated_at`` stays."""
    db.session.execute(
        update(Event)
        .where(Event.id == event_id)
        .values(sold_total=total, updated_at=Event.updated_at)
        .execution_options(synchronize_session=False)
    )
