"""What was sold, in figures.

What is counted, here and on every page that shows it:

- A **sale** is an order that was confirmed. It counts at the moment of that, as it stands now: its tickets
  are those that were not given back, its revenue is what was paid less what was refunded or promised back. So
  a refund lowers the day of the sale, not the day of the refund.
- **Revenue** comes from payments and refunds, never from prices; fees that buyers paid are part of it. It is
  kept apart by currency. A refund that failed is no refund.
- **Complimentary** orders were given away. They are no sales: their tickets are counted apart.
- Money of an order that never was confirmed (paid too late, and not refunded yet) is revenue without a day.

Over all moments together the revenue is exactly what the ledger has taken in less what it has given back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, case, func, literal, select, union_all

from ticketing import clock
from ticketing.extensions import db
from ticketing.models import DeskOrder, Offer, Order, OrderItem, Refund
from ticketing.models.desk import COMPLIMENTARY
from ticketing.models.orders import CONFIRMED, ORDER_STATUSES
from ticketing.queries.organizer import standing
from ticketing.queries.quarters import quarter_of

#: How many promo codes an event's figures name, the most used first.
MOST_CODES = 10


@dataclass(frozen=True, slots=True)
class Sold:
    """Sales of one quarter of an hour (see ``quarters``; None: never confirmed) in one currency. ``gifts``
    are complimentary tickets; money in minor units."""

    quarter: int | None
    currency: str
    tickets: int
    gifts: int
    revenue: int


@dataclass(frozen=True, slots=True)
class Takings:
    """What buyers paid in one currency and got back, in minor units."""

    currency: str
    paid: int
    refunded: int

    @property
    def kept(self) -> int:
        """What is left of it: the revenue."""
        return self.paid - self.refunded


@dataclass(frozen=True, slots=True)
class Way:
    """How some orders came: the channel, or the desk's word for it (see ``models.desk``). ``orders`` are
    those that stand, ``revenue`` is in minor units."""

    channel: str
    currency: str
    orders: int
    tickets: int
    revenue: int


@dataclass(frozen=True, slots=True)
class CodeUse:
    """What one promo code brought: confirmed orders that keep it, what it took off, and their revenue."""

    code: str
    currency: str
    orders: int
    discount: int
    revenue: int


@dataclass(frozen=True, slots=True)
class GivenBack:
    """Refunds in one state and currency: how many, and how much in minor units."""

    status: str
    currency: str
    number: int
    amount: int


@dataclass(frozen=True, slots=True)
class EventSales:
    """One event's sales. ``counts`` are orders by how they stand, a hold that has ended as expired; ``given``
    complimentary tickets by ticket type id. The rest is described where it is defined."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(ORDER_STATUSES, 0))
    takings: Sequence[Takings] = ()
    sold: Sequence[Sold] = ()
    ways: Sequence[Way] = ()
    codes: Sequence[CodeUse] = ()
    refunds: Sequence[GivenBack] = ()
    given: dict[int, int] = field(default_factory=dict)


_STANDS = OrderItem.quantity - OrderItem.returned
_TICKETS = case(
    (
        Order.confirmed_at.is_not(None),
        select(func.sum(_STANDS)).where(OrderItem.order_id == Order.id).correlate(Order).scalar_subquery(),
    ),
    else_=0,
)


def _orders_by(*groups: ColumnElement[Any], where: Sequence[ColumnElement[bool]]) -> Select[*tuple[Any, ...]]:
    """Orders in groups, with ``number, paid, refunded, tickets`` of each. One look at each order: where a
    statement joined the items, an order of two items would be paid twice."""
    each = (
        select(
            *groups,
            Order.amount_paid.label("paid"),
            Order.amount_refunded.label("refunded"),
            _TICKETS.label("tickets"),
        )
        .outerjoin(DeskOrder, DeskOrder.order_id == Order.id)
        .where(*where)
        .subquery()
    )
    names = [each.c[group.name] for group in groups]
    sums = (func.coalesce(func.sum(each.c[name]), 0).label(name) for name in ("paid", "refunded", "tickets"))
    return select(*names, func.count().label("number"), *sums).group_by(*names)


_QUARTER = quarter_of(Order.confirmed_at).label("quarter")
_DESK = func.coalesce(DeskOrder.kind, "").label("desk")
_MOMENTS = (_QUARTER, Order.currency.label("currency"), _DESK)
_OF_EVENT = Order.event_id == bindparam("event")
_EVENT = _orders_by(*_MOMENTS, where=[_OF_EVENT])
_ORGANIZATIONS = _orders_by(
    *_MOMENTS,
    where=[
        Order.organization_id.in_(bindparam("organizations", expanding=True)),
        Order.confirmed_at >= bindparam("since", type_=Order.confirmed_at.type),
    ],
)


def of_organizations(organization_ids: Collection[int], since: datetime) -> list[Sold]:
    """What these organizations have sold since then, by quarters of an hour and currency. One statement over
    a range of an index; as many rows as there are quarters with a sale."""
    if not organization_ids:
        return []
    asked = {"organizations": sorted(organization_ids), "since": since}
    return _sold(db.session.execute(_ORGANIZATIONS, asked).all())


def _sold(rows: Sequence[Row[Any]]) -> list[Sold]:
    sums: defaultdict[tuple[int | None, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in rows:
        known = sums[row.quarter, row.currency]
        known[1 if row.desk == COMPLIMENTARY else 0] += int(row.tickets)
        known[2] += int(row.paid - row.refunded)
    return [Sold(quarter, currency, *known) for (quarter, currency), known in sums.items() if any(known)]


def of_event(event_id: int) -> EventSales:
    """One event's sales. Two statements, of which the second is about all but time."""
    rows = db.session.execute(_EVENT, {"event": event_id}).all()
    found = defaultdict(list)
    for row in db.session.execute(_ASIDE, {"event": event_id, "now": clock.now()}):
        found[row.what].append(row)
    orders = found["orders"]
    counts = {status: sum(row.number for row in orders if row.state == status) for status in ORDER_STATUSES}
    codes = [
        CodeUse(row.name, row.currency, row.number, int(row.discount), int(row.paid - row.refunded))
        for row in found["code"]
    ]
    return EventSales(
        counts,
        _takings(orders),
        _sold(rows),
        _ways(orders),
        sorted(codes, key=lambda use: (-use.orders, use.code)),
        [GivenBack(row.state, row.currency, row.number, int(row.refunded)) for row in found["refund"]],
        {row.key: int(row.tickets) for row in found["gift"]},
    )


def _takings(orders: Sequence[Row[Any]]) -> list[Takings]:
    sums: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in orders:
        sums[row.currency][0] += int(row.paid)
        sums[row.currency][1] += int(row.refunded)
    return [Takings(currency, *sums[currency]) for currency in sorted(sums)]


def _ways(orders: Sequence[Row[Any]]) -> list[Way]:
    """The most tickets first. What never came to a sale, and left no money, is left out."""
    sums: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in orders:
        known = sums[row.name, row.currency]
        known[0] += row.number if row.state == CONFIRMED else 0
        known[1] += int(row.tickets)
        known[2] += int(row.paid - row.refunded)
    ways = [Way(channel, currency, *known) for (channel, currency), known in sums.items() if any(known)]
    return sorted(ways, key=lambda way: (-way.tickets, way.channel, way.currency))


_COLUMNS = ("key", "name", "state", "currency", "number", "paid", "refunded", "tickets", "discount")


def _aside(what: str, **columns: Any) -> Select[*tuple[Any, ...]]:
    """Rows of one kind, in the columns that all of them have."""
    empty = dict.fromkeys(_COLUMNS, 0) | {"name": "", "state": "", "currency": ""}
    given = (
        literal(value) if isinstance(value, int | str) else value for value in (empty | columns).values()
    )
    named = (value.label(name) for name, value in zip(empty | columns, given, strict=True))
    return select(literal(what).label("what"), *named)


_WAYS = _orders_by(
    func.coalesce(DeskOrder.kind, Order.channel).label("name"),
    standing.label("state"),
    Order.currency.label("currency"),
    where=[_OF_EVENT],
).subquery()
_CODES = (
    _aside(
        "code",
        name=Order.promo_code,
        currency=Order.currency,
        number=func.count(),
        paid=func.sum(Order.amount_paid),
        refunded=func.sum(Order.amount_refunded),
        discount=func.sum(Order.discount),
    )
    .where(_OF_EVENT, Order.promo_code != "", Order.status == CONFIRMED)
    .group_by(Order.promo_code, Order.currency)
    .order_by(func.count().desc(), Order.promo_code)
    .limit(MOST_CODES)
    .subquery()
)
_REFUNDS = (
    _aside(
        "refund",
        state=Refund.status,
        currency=Refund.currency,
        number=func.count(),
        refunded=func.sum(Refund.amount),
    )
    .join(Order, Order.id == Refund.order_id)
    .where(_OF_EVENT)
    .group_by(Refund.status, Refund.currency)
)
_GIFTS = (
    _aside("gift", key=Offer.ticket_type_id, tickets=func.sum(_STANDS))
    .select_from(DeskOrder)
    .join(Order, Order.id == DeskOrder.order_id)
    .join(OrderItem, OrderItem.order_id == Order.id)
    .join(Offer, Offer.id == OrderItem.offer_id)
    .where(_OF_EVENT, DeskOrder.kind == COMPLIMENTARY, Order.confirmed_at.is_not(None))
    .group_by(Offer.ticket_type_id)
)
_ASIDE = union_all(
    _aside("orders", **{column.name: column for column in _WAYS.c}), select(_CODES), _REFUNDS, _GIFTS
)
