"""Reading the inbox of what gateways told us, and how each event stands.

What they sent is never shown: it may hold names, addresses and parts of card numbers.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, select

from ticketing import clock
from ticketing.extensions import db
from ticketing.models import GatewayEvent, Order, Payment
from ticketing.policy import Actor, Permission, require
from ticketing.queries.catalog import Page

#: Nobody else takes an event before this has passed; acting on it takes no longer.
LEASE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(hours=6)
#: Together the pauses last about three days; then an event rests, for somebody to look at.
MOST_ATTEMPTS = 20
DONE, TRIED, WAITING, GIVEN_UP = "done", "tried", "waiting", "given_up"
PAGE_SIZE = 40


def pause_after(attempts: int) -> timedelta:
    """How long an event that was tried so often before rests after the next attempt."""
    return min(LEASE * 2 ** min(attempts, 20), _LONGEST_PAUSE)


def state_of(processed_at: datetime | None, leased_until: datetime | None, attempts: int) -> str:
    """How an event stands: ``done``; ``tried`` less than a minute ago, so that somebody may be at it still;
    ``waiting`` for an attempt; or ``given_up``."""
    if processed_at is not None:
        return DONE
    if leased_until is not None and leased_until - pause_after(max(attempts - 1, 0)) + LEASE > clock.now():
        return TRIED
    return WAITING if attempts < MOST_ATTEMPTS else GIVEN_UP


#: What can be asked for. One that was tried a moment ago is among those that wait or were given up.
CONDITIONS: dict[str, ColumnElement[bool]] = {
    WAITING: and_(GatewayEvent.processed_at.is_(None), GatewayEvent.attempts < MOST_ATTEMPTS),
    GIVEN_UP: and_(GatewayEvent.processed_at.is_(None), GatewayEvent.attempts >= MOST_ATTEMPTS),
    DONE: GatewayEvent.processed_at.is_not(None),
}
_LISTED = (
    select(
        GatewayEvent.id,
        GatewayEvent.gateway,
        GatewayEvent.event_id,
        GatewayEvent.kind,
        GatewayEvent.outcome,
        GatewayEvent.attempts,
        GatewayEvent.created_at,
        GatewayEvent.leased_until,
        GatewayEvent.processed_at,
        Order.uuid.label("order_uuid"),
        Order.number.label("order_number"),
    )
    .outerjoin(
        Payment, and_(Payment.gateway == GatewayEvent.gateway, Payment.reference == GatewayEvent.reference)
    )
    .outerjoin(Order, Order.id == Payment.order_id)
    .order_by(GatewayEvent.id.desc())
)


def find(
    actor: Actor, *, state: str = "", outcome: str = "", order: str = "", page: int = 1, size: int = PAGE_SIZE
) -> Page:
    """What gateways told us, newest first: all of it, or what stands so, ended so (``outcome`` is how that
    begins), or is about the order with that number. Two statements.

    :raises NotAllowed: the actor is not staff.
    """
    require(actor, Permission.INBOX_MANAGE)
    where: list[ColumnElement[bool]] = []
    if state:
        where.append(CONDITIONS[state])
    if outcome:
        where.append(GatewayEvent.outcome.startswith(outcome, autoescape=True))
    if order:
        references = select(Payment.reference).join(Order).where(Order.number == order.upper())
        where.append(GatewayEvent.reference.in_(references))
    total = db.session.scalar(select(func.count()).select_from(GatewayEvent).where(*where)) or 0
    number = min(max(page, 1), max(1, -(-total // size)))
    rows = db.session.execute(_LISTED.where(*where).limit(size).offset((number - 1) * size)).all()
    return Page(rows, number, size, total)
