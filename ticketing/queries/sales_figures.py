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

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Row,
    Select,
    bindparam,
    case,
    func,
    literal,
    select,
    union_all,
)

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


_KIND = func.coalesce(DeskOrder.kind, "")


def _each(where: Sequence[ColumnElement[bool]], **more: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    """The orders one by one, each with its tickets: where a statement joined the items, an order of two items
    would be paid twice."""
    return (
        select(
            quarter_of(Order.confirmed_at).label("quarter"),
            _KIND.label("desk"),
            Order.currency.label("currency"),
            Order.amount_paid.label("paid"),
            Order.amount_refunded.label("refunded"),
            _TICKETS.label("tickets"),
            *(column.label(name) for name, column in more.items()),
        )
        .outerjoin(DeskOrder, DeskOrder.order_id == Order.id)
        .where(*where)
    )


def _grouped(what: str, each: FromClause, **groups: str) -> Select[*tuple[Any, ...]]:
    """Rows of one kind: orders in groups, their sums; ``groups`` says which columns are called how."""
    columns = {name: each.c[column] for name, column in groups.items()}
    sums = {name: func.coalesce(func.sum(each.c[name]), 0) for name in ("paid", "refunded", "tickets")}
    return _rows(what, number=func.count(), **columns, **sums).group_by(*columns.values())


_COLUMNS = ("key", "name", "state", "currency", "number", "paid", "refunded", "tickets", "discount")


def _rows(what: str, **columns: Any) -> Select[*tuple[Any, ...]]:
    """Rows of one kind, in the columns that all of them have."""
    every = dict.fromkeys(_COLUMNS, 0) | {"name": "", "state": "", "currency": ""} | columns
    named = (
        (literal(value) if isinstance(value, int | str) else value).label(name)
        for name, value in every.items()
    )
    return select(literal(what).label("what"), *named)


_MOMENT = {"key": "quarter", "name": "desk", "currency": "currency"}
_SINCE = [
    Order.organization_id.in_(bindparam("organizations", expanding=True)),
    Order.confirmed_at >= bindparam("since", type_=Order.confirmed_at.type),
]
_ORGANIZATIONS = _grouped("moment", _each(_SINCE).subquery(), **_MOMENT)


def of_organizations(organization_ids: Collection[int], since: datetime) -> list[Sold]:
    """What these organizations have sold since then, by quarters of an hour and currency. One statement over
    a range of an index; as many rows as there are quarters with a sale."""
    if not organization_ids:
        return []
    asked = {"organizations": sorted(organization_ids), "since": since}
    return _sold(db.session.execute(_ORGANIZATIONS, asked).all())


def _sold(moments: Sequence[Row[Any]]) -> list[Sold]:
    sums: defaultdict[tuple[int | None, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in moments:
        known = sums[row.key, row.currency]
        known[1 if row.name == COMPLIMENTARY else 0] += int(row.tickets)
        known[2] += int(row.paid - row.refunded)
    return [Sold(quarter, currency, *known) for (quarter, currency), known in sums.items() if any(known)]


def of_event(event_id: int) -> EventSales:
    """One event's sales. One statement."""
    found = defaultdict(list)
    for row in db.session.execute(_EVENT, {"event": event_id, "now": clock.now()}):
        found[row.what].append(row)
    orders = found["way"]
    counts = {status: sum(row.number for row in orders if row.state == status) for status in ORDER_STATUSES}
    codes = [
        CodeUse(row.name, row.currency, row.number, int(row.discount), int(row.paid - row.refunded))
        for row in found["code"]
    ]
    return EventSales(
        counts,
        _takings(orders),
        _sold(found["moment"]),
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


_OF_EVENT = Order.event_id == bindparam("event")
_ORDERS = _each([_OF_EVENT], way=func.coalesce(DeskOrder.kind, Order.channel), state=standing).cte("each")
_CODES = (
    _rows(
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
    _rows(
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
    _rows("gift", key=Offer.ticket_type_id, tickets=func.sum(_STANDS))
    .select_from(DeskOrder)
    .join(Order, Order.id == DeskOrder.order_id)
    .join(OrderItem, OrderItem.order_id == Order.id)
    .join(Offer, Offer.id == OrderItem.offer_id)
    .where(_OF_EVENT, DeskOrder.kind == COMPLIMENTARY, Order.confirmed_at.is_not(None))
    .group_by(Offer.ticket_type_id)
)
#: The orders are looked at once, and put together by time and by everything else.
_EVENT = union_all(
    _grouped("moment", _ORDERS, **_MOMENT),
    _grouped("way", _ORDERS, name="way", state="state", currency="currency"),
    select(_CODES),
    _REFUNDS,
    _GIFTS,
)
