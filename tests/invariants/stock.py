"""What is always true of stock, whatever happened before."""

from __future__ import annotations

from typing import Any

from sqlalchemy import case, func, select

from ticketing.models import Order, OrderItem, Quota, offer_quotas
from ticketing.models.orders import CONFIRMED, PENDING


def assert_stock_adds_up(session: Any) -> None:
    """``held`` = Σ pending, ``sold`` = Σ (quantity − returned) of confirmed, both together ≤ ``size``.

    Of every quota that some offer draws on.
    """
    kept = OrderItem.quantity - OrderItem.returned
    expected = (
        select(
            offer_quotas.c.quota_id,
            func.coalesce(func.sum(case((Order.status == PENDING, kept), else_=0)), 0).label("held"),
            func.coalesce(func.sum(case((Order.status == CONFIRMED, kept), else_=0)), 0).label("sold"),
        )
        .select_from(offer_quotas)
        .outerjoin(OrderItem, OrderItem.offer_id == offer_quotas.c.offer_id)
        .outerjoin(Order, Order.id == OrderItem.order_id)
        .group_by(offer_quotas.c.quota_id)
        .subquery()
    )
    rows = session.execute(
        select(Quota.id, Quota.size, Quota.held, Quota.sold, expected.c.held, expected.c.sold).join(
            expected, expected.c.quota_id == Quota.id
        )
    ).all()
    assert rows, "nothing to check"
    for quota_id, size, held, sold, held_by_orders, sold_by_orders in rows:
        assert (held, sold) == (held_by_orders, sold_by_orders), f"quota {quota_id}"
        assert held + sold <= size, f"quota {quota_id} is oversold"
