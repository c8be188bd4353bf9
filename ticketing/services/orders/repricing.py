"""Changing what a pending order costs."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import select

from ticketing.errors import Invalid
from ticketing.extensions import db
from ticketing.models import Offer, Order, Payment
from ticketing.models.payments import CANCELLED, OPEN
from ticketing.policy import Actor, Permission, require
from ticketing.queries.keys import Key, load
from ticketing.services import activity, promotions
from ticketing.services.orders.confirming import WITH_ITEMS, make_valid
from ticketing.services.orders.terms import terms_for
from ticketing.services.payments import withdrawing
from ticketing.transaction import transactional


@transactional
def change_code(actor: Actor, key: Key, code: str) -> Order:
    """Use another promo code for a pending order, or none (``""``). A payment that was started over the old
    total is withdrawn.

    :raises NotFound: it is somebody else's.
    :raises NotAllowed: the actor may see it, and is not its buyer.
    :raises Invalid: it is not pending any more, or the code cannot be used.
    """
    order = load(Order, key, *WITH_ITEMS, lock=True)
    require(actor, Permission.ORDER_SEE, order)
    require(actor, Permission.ORDER_PAY, order)
    if not order.is_pending or order.hold_has_ended:
        raise Invalid("not_pending", "Only a pending order can change.", field="non_field_errors")
    before = order.amount_due
    promotions.give_back([order.promo_code_id])
    order.promo_code_id, order.promo_code = None, ""
    order.discount, order.amount_due = 0, order.amount_due + order.discount
    if code.strip():
        # The order itself must not count as an earlier use of its account.
        db.session.flush()
        reduced = promotions.take(actor, order.organization_id, order.event_id, code, _amounts(order))
        order.promo_code_id, order.promo_code, order.discount = reduced.code_id, reduced.code, reduced.amount
    _reprice(order, before)
    activity.record(actor, "promo_code_changed", order, code=order.promo_code, discount=order.discount)
    if order.amount_due == 0 and terms_for(order.channel).confirms_free:
        make_valid(actor, order)
    return order


def _reprice(order: Order, before: int) -> None:
    terms = terms_for(order.channel)
    if order.fee or not terms.fee_at_payment:
        order.fee = terms.fee_on(order.subtotal, order.discount)
    order.amount_due = order.subtotal + order.fee - order.discount
    db.session.flush()
    if order.amount_due == before:
        return
    for payment in db.session.scalars(
        select(Payment).where(Payment.order_id == order.id, Payment.status == OPEN).with_for_update()
    ):
        payment.status = CANCELLED
        withdrawing.ask_one(payment.id)
    db.session.flush()


def _amounts(order: Order) -> dict[int, int]:
    """Minor units by ticket type id, at the prices of the order."""
    offer_ids = [item.offer_id for item in order.items]
    rows = db.session.execute(select(Offer.id, Offer.ticket_type_id).where(Offer.id.in_(offer_ids)))
    types = {row.id: row.ticket_type_id for row in rows}
    amounts: Counter[int] = Counter()
    for item in order.items:
        amounts[types[item.offer_id]] += item.subtotal
    return dict(amounts)
