"""Placing an order: the hot path. Core statements, the quota UPDATE last."""

from __future__ import annotations

import secrets
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, bindparam, insert, or_, select

from ticketing import clock, money
from ticketing.errors import Invalid, SoldOut
from ticketing.extensions import db
from ticketing.models import Event, Offer, Order, OrderItem, Quota, TicketType, offer_quotas
from ticketing.models.events import PUBLISHED
from ticketing.models.offers import full_name
from ticketing.models.types import table
from ticketing.policy import Actor, Permission, require
from ticketing.queries.keys import Key
from ticketing.services import activity, idempotency, inventory
from ticketing.services.idempotency import Idempotency
from ticketing.services.orders import expiring
from ticketing.services.orders.confirming import confirm_free
from ticketing.services.orders.terms import SaleTerms
from ticketing.transaction import transactional

#: More lines than any shop shows; a bound for hostile bodies.
MOST_LINES = 50


@dataclass(frozen=True, slots=True)
class Line:
    """Some tickets of one offer; ``attendees`` are ``{"name", "email"}``, at most one a ticket."""

    offer: Key
    quantity: int
    attendees: Sequence[dict[str, str]] = field(default=(), hash=False)


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who the order is for, where that differs from the account."""

    name: str = ""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """The order that was placed. ``is_replay``: it had been placed before under the same key."""

    order_id: int
    uuid: UUID | None = None
    is_replay: bool = False


def place(
    actor: Actor,
    lines: Sequence[Line],
    *,
    terms: SaleTerms,
    buyer: Buyer | None = None,
    event: Key | None = None,
    notes: str = "",
    once: Idempotency | None = None,
) -> Placed:
    """Hold tickets for a pending order, all lines or none (BTick 001 §7.3).

    Lines are of one event; ``event``, where it is given, must be that one. ``once`` makes a repeated call
    find the first order. Where nothing is left, holds whose time is over are ended first.

    :raises NotSignedIn: orders need an account.
    :raises Invalid: an unknown offer, tickets of several events, not on sale (yet, any more), too few or
        too many in one order.
    :raises SoldOut: not that many are left.
    :raises Conflict: the idempotency key was used for another request.
    """
    require(actor, Permission.ORDER_PLACE)
    buyer = buyer or Buyer()
    try:
        return _place(actor, lines, terms, buyer, event, notes, once)
    except SoldOut:
        if not expiring.expire_overdue_holds_on([line.offer for line in lines]):
            raise
        return _place(actor, lines, terms, buyer, event, notes, once)


@transactional
def _place(
    actor: Actor,
    lines: Sequence[Line],
    terms: SaleTerms,
    buyer: Buyer,
    event: Key | None,
    notes: str,
    once: Idempotency | None,
) -> Placed:
    if once is not None and (earlier := idempotency.claim(actor, once)) is not None:
        return Placed(earlier, is_replay=True)
    offers = _offers_of(lines)
    _check_event(offers, event, terms)
    quantities = _checked_quantities(lines, offers, terms)
    order_id, public_id, amount_due = _insert_order(actor, offers, quantities, terms, buyer, notes)
    _insert_items(order_id, lines, offers)
    _note(actor, order_id, offers, quantities)
    if once is not None:
        idempotency.point_at(actor, once, order_id)
    demand: Counter[tuple[int, int]] = Counter()
    for row in offers.rows:
        demand[row.quota_id, row.links] += quantities[row.id]
    inventory.hold(quantities, dict(demand))
    if terms.confirms_free and amount_due == 0:
        confirm_free(actor, order_id)
    return Placed(order_id, public_id)


class _Offers:
    """What was found for the lines' keys: a row per offer and quota."""

    def __init__(self, rows: Sequence[Row[Any]]) -> None:
        self.rows = rows
        self.by_id = {row.id: row for row in rows}
        self.by_key: dict[Key, Any] = {row.uuid: row for row in rows} | dict(self.by_id)
        self.first = rows[0] if rows else None


_COLUMNS: Select[*tuple[Any, ...]] = (
    select(
        Offer.id,
        Offer.uuid,
        Offer.price,
        Offer.tier_name,
        Offer.day_name,
        Offer.is_active.label("offer_is_active"),
        Offer.sales_start_at.label("offer_start"),
        Offer.sales_end_at.label("offer_end"),
        TicketType.name,
        TicketType.is_active.label("type_is_active"),
        TicketType.min_purchase,
        TicketType.max_purchase,
        TicketType.sales_start_at.label("type_start"),
        TicketType.sales_end_at.label("type_end"),
        Event.id.label("event_id"),
        Event.uuid.label("event_uuid"),
        Event.slug.label("event_slug"),
        Event.organization_id,
        Event.status,
        Event.starts_at,
        Event.ends_at,
        Event.currency,
        Quota.id.label("quota_id"),
        Quota.links,
    )
    .join(TicketType, TicketType.id == Offer.ticket_type_id)
    .join(Event, Event.id == Offer.event_id)
    .join(offer_quotas, offer_quotas.c.offer_id == Offer.id)
    .join(Quota, Quota.id == offer_quotas.c.quota_id)
)


# Statements of the hot path are built once: building one anew costs more than the database needs for it.
_BY_NUMBER = _COLUMNS.where(Offer.id == bindparam("number"))
_BY_KEYS = _COLUMNS.where(
    or_(
        Offer.id.in_(bindparam("numbers", expanding=True)),
        Offer.uuid.in_(bindparam("public", expanding=True)),
    )
)
_INSERT_ORDER = insert(table(Order)).returning(table(Order).c.id)
_INSERT_ITEM = insert(table(OrderItem))


def _rows_of(keys: Sequence[Key]) -> Sequence[Row[Any]]:
    numbers = [key for key in keys if isinstance(key, int) and 0 < key < 2**63]
    public = [key for key in keys if isinstance(key, UUID)]
    connection = db.session.connection()
    if len(numbers) == 1 and not public:
        return connection.execute(_BY_NUMBER, {"number": numbers[0]}).all()
    return connection.execute(_BY_KEYS, {"numbers": numbers, "public": public}).all()


def _offers_of(lines: Sequence[Line]) -> _Offers:
    if not lines:
        raise Invalid("no_items", "Order must have at least one item", field="items")
    if len(lines) > MOST_LINES:
        raise Invalid("too_many_items", f"An order has at most {MOST_LINES} lines.", field="items")
    offers = _Offers(_rows_of([line.offer for line in lines]))
    if any(line.offer not in offers.by_key for line in lines):
        raise Invalid("unknown_offer", "Ticket type not found", field="event_ticket")
    return offers


def _check_event(offers: _Offers, event: Key | None, terms: SaleTerms) -> None:
    first = offers.rows[0]
    if any(row.event_id != first.event_id for row in offers.rows):
        raise Invalid("several_events", "All tickets of an order are for one event.", field="items")
    if event is not None and event not in (first.event_id, first.event_uuid, first.event_slug):
        raise Invalid("other_event", "These tickets are not for this event.", field="event")
    if first.status != PUBLISHED:
        raise Invalid("not_on_sale", "This event is not on sale.", field="event_ticket")
    closes = first.starts_at if terms.closes_at_start else first.ends_at
    if closes <= clock.now():
        raise Invalid("sales_ended", "Sales for this event have ended.", field="event_ticket")


def _checked_quantities(lines: Sequence[Line], offers: _Offers, terms: SaleTerms) -> dict[int, int]:
    """Tickets by offer id. One offer's lines count together against its limits."""
    quantities: Counter[int] = Counter()
    for line in lines:
        if line.quantity < 1:
            raise Invalid("bad_quantity", "Order at least one ticket.", field="quantity")
        quantities[offers.by_key[line.offer].id] += line.quantity
    now = clock.now()
    for offer_id, quantity in quantities.items():
        row = offers.by_id[offer_id]
        _check_on_sale(row, now)
        most = min(row.max_purchase, terms.most)
        if quantity > most:
            raise Invalid("too_many", f"At most {most} tickets can be ordered at once.", field="quantity")
        if quantity < row.min_purchase:
            raise Invalid("too_few", f"Order at least {row.min_purchase} tickets.", field="quantity")
    return dict(quantities)


def _check_on_sale(row: Any, now: Any) -> None:
    name = full_name(row.name, row.tier_name, row.day_name)
    if not (row.offer_is_active and row.type_is_active):
        raise Invalid("not_on_sale", f"'{name}' is not on sale.", field="event_ticket")
    if any(start is not None and start > now for start in (row.offer_start, row.type_start)):
        raise Invalid("sales_not_started", f"'{name}' is not on sale yet.", field="event_ticket")
    if any(end is not None and end <= now for end in (row.offer_end, row.type_end)):
        raise Invalid("sales_ended", f"Sales of '{name}' have ended.", field="event_ticket")


def _insert_order(
    actor: Actor,
    offers: _Offers,
    quantities: dict[int, int],
    terms: SaleTerms,
    buyer: Buyer,
    notes: str,
) -> tuple[int, UUID, int]:
    first, now, public_id = offers.rows[0], clock.now(), uuid.uuid4()
    subtotal = sum(offers.by_id[offer_id].price * number for offer_id, number in quantities.items())
    if subtotal > money.MAX_MINOR:
        raise Invalid("too_expensive", "This order is larger than we can take.", field="quantity")
    fee = money.percent_of(subtotal, terms.fee_percent)
    order = {
        "uuid": public_id,
        "number": order_number(now),
        "user_id": actor.user_id,
        "organization_id": first.organization_id,
        "event_id": first.event_id,
        "channel": terms.channel,
        "currency": first.currency,
        "subtotal": subtotal,
        "fee": fee,
        "amount_due": subtotal + fee,
        "buyer_name": buyer.name or actor.name,
        "buyer_email": buyer.email or actor.email,
        "buyer_phone": buyer.phone,
        "language": actor.language,
        "notes": notes,
        "expires_at": now + terms.hold,
        "created_at": now,
        "updated_at": now,
    }
    order_id = db.session.connection().execute(_INSERT_ORDER, order).scalar_one()
    return order_id, public_id, subtotal + fee


def _insert_items(order_id: int, lines: Sequence[Line], offers: _Offers) -> None:
    rows = []
    for line in lines:
        row = offers.by_key[line.offer]
        rows.append(
            {
                "order_id": order_id,
                "offer_id": row.id,
                "quantity": line.quantity,
                "unit_price": row.price,
                "ticket_name": row.name,
                "tier_name": row.tier_name,
                "day_name": row.day_name,
                "attendees": list(line.attendees)[: line.quantity],
            }
        )
    db.session.connection().execute(_INSERT_ITEM, rows if len(rows) > 1 else rows[0])


def _note(actor: Actor, order_id: int, offers: _Offers, quantities: dict[int, int]) -> None:
    activity.record(
        actor,
        "order_placed",
        ("order", order_id),
        event_id=offers.rows[0].event_id,
        tickets={str(offer_id): number for offer_id, number in quantities.items()},
    )


def order_number(now: Any) -> str:
    """``OE-YYYYMMDD-`` and ten random digits: unique without a counter that sales would queue for."""
    return f"OE-{now:%Y%m%d}-{secrets.randbelow(10**10):010d}"
