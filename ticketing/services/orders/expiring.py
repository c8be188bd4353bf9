"""Ending holds whose time is over: by a sweep, and on demand when a buyer meets "sold out"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, or_, select, update

from ticketing import clock
from ticketing.extensions import db
from ticketing.models import Offer, Order, OrderItem, offer_quotas
from ticketing.models.orders import EXPIRED, PENDING
from ticketing.policy import SYSTEM, Actor, Permission, require
from ticketing.queries.keys import Key
from ticketing.services import activity, inventory, promotions
from ticketing.services.payments import withdrawing
from ticketing.transaction import transactional

BATCH = 100


def expire_due(limit: int = 10_000) -> int:
    """End pending orders whose time is over, in small transactions; how many were ended."""
    ended = 0
    while ended < limit and (number := _expire_some()):
        ended += number
    return ended


def expire_overdue_holds_on(offers: Sequence[Key]) -> int:
    """End the overdue holds that keep tickets from these offers; how many were ended.

    Looks before it locks: as long as nothing is overdue this costs one indexed read.
    """
    numbers = [key for key in offers if isinstance(key, int)]
    public = [key for key in offers if isinstance(key, UUID)]
    asked = {"now": clock.now(), "numbers": numbers, "public": public}
    if db.session.connection().execute(_OVERDUE, asked).first() is None:
        return 0
    return _expire_some(_draws_on_the_same_stock(numbers, public))


def expire_overdue_holds_of(actor: Actor) -> int:
    """End the overdue holds of an account, for whoever may have no more; how many were ended."""
    return _expire_some(Order.user_id == actor.user_id)


def clean_up(actor: Actor) -> int:
    """``expire_due``, on somebody's word (EasyTicket 003, cleanup_expired); how many were ended.

    :raises NotAllowed: the actor is not staff.
    """
    require(actor, Permission.ORDER_CLEAN_UP)
    return expire_due()


@transactional
def _expire_some(*where: ColumnElement[bool]) -> int:
    """One batch. Rows that somebody else has locked are theirs to end (SKIP LOCKED); the status is
    compared again when it is set."""
    ids = db.session.scalars(
        select(Order.id)
        .where(_is_overdue(), *where)
        .order_by(Order.expires_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True, key_share=True)
    ).all()
    if not ids:
        return 0
    rows = db.session.execute(
        update(Order)
        .where(Order.id.in_(ids), Order.status == PENDING)
        .values(status=EXPIRED, updated_at=clock.now())
        .returning(Order.id, Order.promo_code_id)
        .execution_options(synchronize_session=False)
    ).all()
    ended = [row.id for row in rows]
    quantities: Counter[int] = Counter()
    held = select(OrderItem.offer_id, OrderItem.quantity).where(OrderItem.order_id.in_(ended))
    for offer_id, quantity in db.session.execute(held):
        quantities[offer_id] += quantity
    for order_id in ended:
        activity.record(SYSTEM, "order_expired", ("order", order_id))
    withdrawing.ask(ended)
    promotions.give_back(row.promo_code_id for row in rows)
    inventory.release(quantities)
    return len(ended)


def _is_overdue() -> Any:
    return (Order.status == PENDING) & (Order.expires_at <= clock.now())


def _draws_on_the_same_stock(numbers: Any, public: Any) -> ColumnElement[bool]:
    wanted = select(Offer.id).where(or_(Offer.id.in_(numbers), Offer.uuid.in_(public)))
    quotas = select(offer_quotas.c.quota_id).where(offer_quotas.c.offer_id.in_(wanted))
    siblings = select(offer_quotas.c.offer_id).where(offer_quotas.c.quota_id.in_(quotas))
    return Order.id.in_(select(OrderItem.order_id).where(OrderItem.offer_id.in_(siblings)))


#: Built once: everybody who comes too late asks this.
_OVERDUE = (
    select(Order.id)
    .where(
        Order.status == PENDING,
        Order.expires_at <= bindparam("now"),
        _draws_on_the_same_stock(bindparam("numbers", expanding=True), bindparam("public", expanding=True)),
    )
    .limit(1)
)
