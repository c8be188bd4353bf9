"""Promo codes: who may make them, what one is worth, and how often it is used.

``used`` counts the pending and confirmed orders that keep the code. It is counted up by a conditional UPDATE
before the order is written; that row's lock also makes the look at an account's own uses exact. It is taken
after a balance's and before the quotas'.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import func, or_, select, update

from ticketing import clock
from ticketing.errors import Invalid, said
from ticketing.extensions import db
from ticketing.models import Event, Order, PromoCode
from ticketing.models.orders import CONFIRMED, PENDING
from ticketing.models.promotions import FIXED
from ticketing.policy import Actor

#: What an order asks to be reduced: minor units by ticket type id.
Amounts = Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Discount:
    """A code and what it takes off an order, in minor units."""

    code_id: int
    code: str
    amount: int


def quote(actor: Actor, organization_id: int, event_id: int, code: str, amounts: Amounts) -> Discount:
    """What a code takes off these amounts. Nothing is written.

    :raises Invalid: there is no such code here, it cannot be used (now, for these tickets, below that
        amount, any more), or this account has used it up.
    """
    promo = _find(organization_id, event_id, code)
    discount = _discount(promo, amounts)
    if promo.max_uses is not None and promo.used >= promo.max_uses:
        raise _used_up()
    _check_account(actor.user_id, promo)
    return discount


def take(actor: Actor, organization_id: int, event_id: int, code: str, amounts: Amounts) -> Discount:
    """Use a code for an order that is about to be written.

    :raises Invalid: as ``quote``.
    """
    promo = _find(organization_id, event_id, code)
    discount = _discount(promo, amounts)
    _count_up(promo.id)
    _check_account(actor.user_id, promo)
    return discount


def take_again(order: Order) -> None:
    """Use the code of an ended order once more, because the order comes back to life.

    :raises Invalid: it is used up, or the order's account has used it up.
    """
    if order.promo_code_id is not None:
        _count_up(order.promo_code_id)
        _check_account(order.user_id, db.session.get_one(PromoCode, order.promo_code_id))


def give_back(code_ids: Iterable[int | None]) -> None:
    """Orders that used these codes have ended: each may be used once more."""
    for code_id, number in sorted(Counter(one for one in code_ids if one is not None).items()):
        db.session.execute(
            update(PromoCode)
            .where(PromoCode.id == code_id)
            .values(used=PromoCode.used - number)
            .execution_options(synchronize_session=False)
        )


def _find(organization_id: int, event_id: int, code: str) -> PromoCode:
    found = db.session.execute(
        select(PromoCode, Event.currency)
        .join(Event, Event.id == event_id)
        .where(
            PromoCode.organization_id == organization_id, func.lower(PromoCode.code) == code.strip().lower()
        )
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None or not found[0].is_active or found[0].event_id not in (None, event_id):
        raise _refused("unknown_code", "There is no such promo code for this event.")
    promo, currency = found
    if promo.currency != currency and (promo.kind == FIXED or promo.minimum_subtotal):
        raise _refused(
            "other_currency", said("This promo code is for orders in %(currency)s.", currency=promo.currency)
        )
    now = clock.now()
    if promo.starts_at is not None and promo.starts_at > now:
        raise _refused("code_not_started", "This promo code cannot be used yet.")
    if promo.ends_at is not None and promo.ends_at <= now:
        raise _refused("code_ended", "This promo code has ended.")
    return promo


def _discount(promo: PromoCode, amounts: Amounts) -> Discount:
    if sum(amounts.values()) < promo.minimum_subtotal:
        raise _refused("below_minimum", "The order is too small for this promo code.")
    eligible = amounts.get(promo.ticket_type_id, 0) if promo.ticket_type_id else sum(amounts.values())
    if not eligible:
        raise _refused("code_not_for_these", "This promo code is not for these tickets.")
    if promo.kind == FIXED:
        return Discount(promo.id, promo.code, min(promo.value, eligible))
    share = Decimal(eligible) * promo.value / 10_000
    return Discount(promo.id, promo.code, int(share.quantize(Decimal(1), rounding=ROUND_HALF_UP)))


def _count_up(code_id: int) -> None:
    counted = db.session.execute(
        update(PromoCode)
        .where(
            PromoCode.id == code_id, or_(PromoCode.max_uses.is_(None), PromoCode.used < PromoCode.max_uses)
        )
        .values(used=PromoCode.used + 1)
        .execution_options(synchronize_session=False)
    )
    if counted.rowcount != 1:  # type: ignore[attr-defined]
        raise _used_up()


def _check_account(user_id: int | None, promo: PromoCode) -> None:
    if promo.max_uses_per_account is None:
        return
    own = db.session.scalar(
        select(func.count())
        .select_from(Order)
        .where(
            Order.promo_code_id == promo.id, Order.user_id == user_id, Order.status.in_((PENDING, CONFIRMED))
        )
    )
    if (own or 0) >= promo.max_uses_per_account:
        raise _refused("code_used_by_account", "You have used this promo code as often as it allows.")


def _used_up() -> Invalid:
    return _refused("code_used_up", "This promo code has been used up.")


def _refused(code: str, sentence: str) -> Invalid:
    return Invalid(code, sentence, field="promo_code")
