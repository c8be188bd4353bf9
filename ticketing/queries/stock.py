"""How many tickets events have, what is left and what was sold: for showing, never for deciding a sale."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, bindparam, case, func, literal, null, select, union_all
from sqlalchemy.orm import aliased

from ticketing.extensions import db
from ticketing.models import Offer, Quota, TicketType


@dataclass(frozen=True, slots=True)
class Seats:
    """Tickets of one event: all that it offers, what is left of them, what is sold (not what is held)."""

    total: int = 0
    available: int = 0
    sold: int = 0


_IDS: Any = bindparam("ids", expanding=True)
_TOTAL = aliased(Quota)
_ON_OFFER = and_(Offer.is_active, TicketType.is_active)


def _where_offered(amount: Any) -> Any:
    return func.coalesce(func.sum(case((_ON_OFFER, amount), else_=0)), 0)


#: Each ticket type with its own total; and the bound that its event sets on all of them, or its days do.
_STOCK = union_all(
    select(
        Offer.event_id,
        literal("type").label("kind"),
        _where_offered(Quota.size).label("size"),
        _where_offered(Quota.size - Quota.held - Quota.sold).label("left"),
        func.sum(Quota.sold).label("sold"),
        func.max(_TOTAL.size).label("most"),
        func.max(_TOTAL.size - _TOTAL.held - _TOTAL.sold).label("most_left"),
    )
    .join(TicketType, TicketType.id == Offer.ticket_type_id)
    .join(Quota, Quota.id == Offer.quota_id)
    .outerjoin(_TOTAL, _TOTAL.id == TicketType.quota_id)
    .where(Offer.event_id.in_(_IDS))
    .group_by(Offer.event_id, Offer.ticket_type_id),
    select(
        Quota.event_id,
        literal("bound"),
        func.sum(Quota.size),
        func.sum(Quota.size - Quota.held - Quota.sold),
        literal(0),
        null(),
        null(),
    )
    .where(Quota.event_id.in_(_IDS), Quota.kind.in_(("event", "day")))
    .group_by(Quota.event_id),
)


def seats_of(event_ids: Sequence[int]) -> dict[int, Seats]:
    """The stock of each of these events. One statement.

    A type offers what its parts do, and no more than its total; an event what its types do, and no more than
    it admits, over all or on its days together.
    """
    if not event_ids:
        return {}
    sums: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
    bounds: dict[int, tuple[int, int]] = {}
    for row in db.session.execute(_STOCK, {"ids": list(event_ids)}):
        if row.kind == "bound":
            bounds[row.event_id] = int(row.size), int(row.left)
            continue
        known = sums[row.event_id]
        known[0] += _least(row.size, row.most)
        known[1] += max(_least(row.left, row.most_left), 0)
        known[2] += int(row.sold)
    return {event_id: _bounded(sums[event_id], bounds.get(event_id)) for event_id in event_ids}


def _least(amount: Any, most: Any) -> int:
    return int(amount) if most is None else int(min(amount, most))


def _bounded(known: list[int], bound: tuple[int, int] | None) -> Seats:
    total, available, sold = known
    if bound is None:
        return Seats(total, available, sold)
    return Seats(min(total, bound[0]), max(min(available, bound[1]), 0), sold)
