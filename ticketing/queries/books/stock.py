"""Stock and promo codes against the orders that use them, and which stocks each offer draws on."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CompoundSelect, Select, and_, case, except_, func, or_, select, union

from ticketing.models import EventDay, Offer, Order, OrderItem, PromoCode, Quota, TicketType, offer_quotas
from ticketing.models.orders import CONFIRMED, PENDING
from ticketing.models.types import table
from ticketing.queries.books.checks import Check, differs

_ORDERS, _ITEMS, _QUOTAS, _OFFERS = table(Order), table(OrderItem), table(Quota), table(Offer)
_ORDER, _ITEM, _QUOTA, _OFFER, _CODE = _ORDERS.c, _ITEMS.c, _QUOTAS.c, _OFFERS.c, table(PromoCode).c
_LINK, _TYPE, _DAY = offer_quotas.c, table(TicketType).c, table(EventDay).c


def _quotas() -> Select[Any]:
    """Every quota, also one that no offer draws on, whose figures are not those of its offers' orders."""
    left = _ITEM.quantity - _ITEM.returned
    ordered = (
        select(
            _ITEM.offer_id,
            func.sum(case((_ORDER.status == PENDING, left), else_=0)).label("held"),
            func.sum(case((_ORDER.status == CONFIRMED, left), else_=0)).label("sold"),
        )
        .select_from(_ITEMS.join(_ORDERS, _ORDER.id == _ITEM.order_id))
        .where(_ORDER.status.in_((PENDING, CONFIRMED)))
        .group_by(_ITEM.offer_id)
        .subquery()
    )
    held, sold = (func.coalesce(func.sum(ordered.c[name]), 0) for name in ("held", "sold"))
    columns = (_QUOTA.id, _QUOTA.kind, _QUOTA.held, _QUOTA.sold)
    return (
        select(*columns, held.label("ordered_held"), sold.label("ordered_sold"))
        .select_from(
            _QUOTAS.outerjoin(offer_quotas, _LINK.quota_id == _QUOTA.id).outerjoin(
                ordered, ordered.c.offer_id == _LINK.offer_id
            )
        )
        .group_by(*columns)
        .having(or_(held != _QUOTA.held, sold != _QUOTA.sold))
        .order_by(_QUOTA.id)
    )


def _oversold() -> Select[Any]:
    taken = _QUOTA.held + _QUOTA.sold
    return (
        select(_QUOTA.id, _QUOTA.kind, _QUOTA.size, taken.label("taken"))
        .where(taken > _QUOTA.size)
        .order_by(_QUOTA.id)
    )


def _right_links() -> CompoundSelect[Any]:
    """An offer draws on its own quota, its type's, the event's, and those of its day or of all days."""
    return union(
        select(_OFFER.id.label("offer_id"), _OFFER.quota_id),
        select(_OFFER.id, _TYPE.quota_id)
        .join(table(TicketType), _TYPE.id == _OFFER.ticket_type_id)
        .where(_TYPE.quota_id.is_not(None)),
        select(_OFFER.id, _QUOTA.id)
        .join(_QUOTAS, _QUOTA.event_id == _OFFER.event_id)
        .where(_QUOTA.kind == "event"),
        select(_OFFER.id, _DAY.quota_id)
        .join(
            table(EventDay),
            and_(_DAY.event_id == _OFFER.event_id, or_(_DAY.id == _OFFER.day_id, _OFFER.is_all_days)),
        )
        .where(_DAY.quota_id.is_not(None)),
    )


def _links(*, missing: bool) -> Select[Any]:
    drawn = select(_LINK.offer_id, _LINK.quota_id)
    right = select(_right_links().subquery())
    wrong = (except_(right, drawn) if missing else except_(drawn, right)).subquery()
    return (
        select(wrong.c.offer_id, wrong.c.quota_id, _QUOTA.kind)
        .join(_QUOTAS, _QUOTA.id == wrong.c.quota_id)
        .order_by(wrong.c.offer_id, wrong.c.quota_id)
    )


def _uses() -> Select[Any]:
    used = (
        select(_ORDER.promo_code_id, func.count().label("number"))
        .where(_ORDER.status.in_((PENDING, CONFIRMED)), _ORDER.promo_code_id.is_not(None))
        .group_by(_ORDER.promo_code_id)
        .subquery()
    )
    number = func.coalesce(used.c.number, 0)
    return (
        select(_CODE.id, _CODE.code, _CODE.used, number.label("number"))
        .select_from(table(PromoCode).outerjoin(used, used.c.promo_code_id == _CODE.id))
        .where(number != _CODE.used)
        .order_by(_CODE.id)
    )


CHECKS = (
    Check(
        "quota",
        _quotas(),
        lambda row: (
            f"quota {row.id} ({row.kind})",
            differs(
                "its stock",
                f"{row.ordered_held} held and {row.ordered_sold} sold",
                f"{row.held} held and {row.sold} sold",
            ),
        ),
    ),
    Check(
        "quota_oversold",
        _oversold(),
        lambda row: (
            f"quota {row.id} ({row.kind})",
            f"at most {row.size} should be taken and {row.taken} are",
        ),
    ),
    Check(
        "quota_not_drawn_on",
        _links(missing=True),
        lambda row: (f"offer {row.offer_id}", f"it should draw on quota {row.quota_id} ({row.kind})"),
    ),
    Check(
        "quota_drawn_on",
        _links(missing=False),
        lambda row: (f"offer {row.offer_id}", f"it should not draw on quota {row.quota_id} ({row.kind})"),
    ),
    Check(
        "promo_code",
        _uses(),
        lambda row: (f"promo code {row.code} ({row.id})", differs("its uses", row.number, row.used)),
    ),
    Check(
        "promo_code_overused",
        select(_CODE.id, _CODE.code, _CODE.used, _CODE.max_uses)
        .where(_CODE.used > _CODE.max_uses)
        .order_by(_CODE.id),
        lambda row: (
            f"promo code {row.code} ({row.id})",
            f"at most {row.max_uses} uses are allowed and {row.used} are counted",
        ),
    ),
)
