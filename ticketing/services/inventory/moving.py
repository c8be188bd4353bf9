"""Moving stock: hold, commit, release, give back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from sqlalchemy import bindparam, func, select, update

from ticketing.errors import SoldOut
from ticketing.extensions import db
from ticketing.models import Offer, Quota, TicketType, offer_quotas
from ticketing.models.offers import full_name
from ticketing.models.types import table
from ticketing.transaction import TryAgain

#: Tickets wanted or given, by offer id.
Quantities = Mapping[int, int]
#: ``(quota id, its links when it was read) → tickets``.
Demand = dict[tuple[int, int], int]


class Overdrawn(AssertionError):
    """More was to be taken out of a quota than it holds: the books are wrong, nothing is written."""


def demand_of(quantities: Quantities) -> Demand:
    """What the offers' quotas are asked for; several offers may draw on one."""
    rows = db.session.execute(
        select(offer_quotas.c.offer_id, Quota.id, Quota.links)
        .join(Quota, Quota.id == offer_quotas.c.quota_id)
        .where(offer_quotas.c.offer_id.in_(quantities))
    )
    demand: Counter[tuple[int, int]] = Counter()
    for offer_id, quota_id, links in rows:
        demand[quota_id, links] += quantities[offer_id]
    return dict(demand)


def hold(quantities: Quantities, demand: Demand | None = None) -> None:
    """Keep tickets for a pending order.

    :raises SoldOut: some quota has not that many left; the caller's transaction rolls back.
    """
    if not _move(quantities, demand, held=+1, sold=0):
        raise _sold_out(quantities)


def commit(quantities: Quantities) -> None:
    """A pending order was confirmed: what was held is sold."""
    _taken_out(_move(quantities, None, held=-1, sold=+1))


def release(quantities: Quantities) -> None:
    """A pending order ended without a sale: what was held is free again."""
    _taken_out(_move(quantities, None, held=-1, sold=0))


def give_back(quantities: Quantities) -> None:
    """Sold tickets were returned: they are free again."""
    _taken_out(_move(quantities, None, held=0, sold=-1))


_STOCK = table(Quota).c
_MOVE = (
    update(table(Quota))
    .where(
        _STOCK.id == bindparam("quota"),
        _STOCK.links == bindparam("read_links"),
        _STOCK.held + bindparam("more_held") >= 0,
        _STOCK.sold + bindparam("more_sold") >= 0,
        _STOCK.held + _STOCK.sold + bindparam("more") <= _STOCK.size,
    )
    .values(held=_STOCK.held + bindparam("more_held"), sold=_STOCK.sold + bindparam("more_sold"))
)


def _move(quantities: Quantities, demand: Demand | None, *, held: int, sold: int) -> bool:
    """One conditional UPDATE a quota, in ascending id. False as soon as one does not fit.

    :raises TryAgain: an offer draws on other quotas than it did when the demand was read.
    """
    for (quota_id, links), number in sorted((demand or demand_of(quantities)).items()):
        more_held, more_sold = held * number, sold * number
        moved = db.session.execute(
            _MOVE,
            {
                "quota": quota_id,
                "read_links": links,
                "more_held": more_held,
                "more_sold": more_sold,
                "more": more_held + more_sold,
            },
        )
        if moved.rowcount != 1:  # type: ignore[attr-defined]
            if db.session.scalar(select(Quota.links).where(Quota.id == quota_id)) != links:
                raise TryAgain
            return False
    return True


def _taken_out(fitted: bool) -> None:
    if not fitted:
        raise Overdrawn("a quota holds less than its orders say")


def _sold_out(quantities: Quantities) -> SoldOut:
    """The refusal that names the offer with too little left, and how much that is."""
    left = available(quantities)
    rows = db.session.execute(
        select(Offer.id, TicketType.name, Offer.tier_name, Offer.day_name)
        .join(TicketType, TicketType.id == Offer.ticket_type_id)
        .where(Offer.id.in_(quantities))
    ).all()
    names = {row.id: full_name(row.name, row.tier_name, row.day_name) for row in rows}
    scarce = min(names, key=lambda offer_id: left[offer_id] - quantities[offer_id])
    return SoldOut(names[scarce], max(left[scarce], 0))


def available(offer_ids: Iterable[int]) -> dict[int, int]:
    """Tickets left of each offer: the least that any of its quotas has."""
    rows = db.session.execute(
        select(offer_quotas.c.offer_id, func.min(Quota.size - Quota.held - Quota.sold))
        .join(Quota, Quota.id == offer_quotas.c.quota_id)
        .where(offer_quotas.c.offer_id.in_(list(offer_ids)))
        .group_by(offer_quotas.c.offer_id)
    )
    return {row[0]: row[1] for row in rows}
