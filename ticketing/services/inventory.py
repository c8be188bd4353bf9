"""Stock: the only code that touches a quota.

Stock moves in exactly four ways, on all quotas that the offers draw on, in ascending quota id, each one
conditional UPDATE, as the last thing that a transaction does:

====================  ===========================
``hold``              ``held += n``, where it fits
``commit``            ``held −= n``, ``sold += n``
``release``           ``held −= n``
``give_back``         ``sold −= n``
====================  ===========================
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from sqlalchemy import bindparam, delete, func, insert, select, update

from ticketing.errors import Invalid, SoldOut
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
        raise Invalid(
            "below_sold", f"This cannot be less than the {taken} tickets that are sold or held.", field=field
        )


def draw_on(offer_id: int, quota_ids: Iterable[int]) -> None:
    """Let a new offer, which nobody has bought yet, draw on these quotas."""
    rows = [{"offer_id": offer_id, "quota_id": quota_id} for quota_id in quota_ids]
    db.session.execute(insert(offer_quotas), rows)


def set_event_capacity(event_id: int, capacity: int | None) -> None:
    """Bound what is sold and held over all offers of an event, or lift the bound.

    :raises Invalid: more than that is sold or held already.
    """
    existing = db.session.scalar(select(Quota.id).where(Quota.event_id == event_id, Quota.kind == "event"))
    if capacity is not None and existing is not None:
        resize(existing, capacity, field="capacity")
        return
    if capacity is None and existing is None:
        return
    _relink(event_id)
    if existing is not None:
        db.session.execute(delete(offer_quotas).where(offer_quotas.c.quota_id == existing))
        db.session.execute(delete(Quota).where(Quota.id == existing))
    elif capacity is not None:
        _bound(event_id, capacity)


def _relink(event_id: int) -> None:
    """Lock the event's stock and make every sale that read the old set of quotas read it again."""
    ids = db.session.scalars(select(Quota.id).where(Quota.event_id == event_id).order_by(Quota.id)).all()
    for quota_id in ids:
        db.session.execute(
            update(Quota)
            .where(Quota.id == quota_id)
            .values(links=Quota.links + 1)
            .execution_options(synchronize_session=False)
        )


def _bound(event_id: int, capacity: int) -> None:
    held, sold = db.session.execute(
        select(func.coalesce(func.sum(Quota.held), 0), func.coalesce(func.sum(Quota.sold), 0)).where(
            Quota.event_id == event_id, Quota.kind == "offer"
        )
    ).one()
    if held + sold > capacity:
        raise Invalid(
            "below_sold",
            f"This cannot be less than the {held + sold} tickets that are sold or held.",
            field="capacity",
        )
    quota = Quota(event_id=event_id, kind="event", size=capacity, held=held, sold=sold, links=0)
    db.session.add(quota)
    db.session.flush()
    offer_ids = db.session.scalars(select(Offer.id).where(Offer.event_id == event_id)).all()
    if offer_ids:
        rows = [{"offer_id": offer_id, "quota_id": quota.id} for offer_id in offer_ids]
        db.session.execute(insert(offer_quotas), rows)
