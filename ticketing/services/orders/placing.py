"""Placing an order: the hot path. Core statements built once, the quota UPDATE last."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert

from ticketing import clock, money
from ticketing.errors import Invalid, SoldOut
from ticketing.extensions import db
from ticketing.models import Order, OrderItem
from ticketing.models.types import table
from ticketing.policy import Actor, Permission, require
from ticketing.queries.keys import Key
from ticketing.services import activity, idempotency, inventory, promotions
from ticketing.services.idempotency import Idempotency
from ticketing.services.orders import expiring, limits
from ticketing.services.orders.confirming import confirm_free
from ticketing.services.orders.terms import SaleTerms
from ticketing.services.orders.wanted import Line, Wanted, check, look_up
from ticketing.services.promotions import Discount
from ticketing.transaction import transactional


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
    code: str = "",
    once: Idempotency | None = None,
) -> Placed:
    """Hold tickets for a pending order, all lines or none (BTick 001 §7.3).

    Lines are of one event; ``event``, where it is given, must be that one. ``code`` is a promo code.
    ``once`` makes a repeated call find the first order. Where nothing is left, of the stock or to this
    account, holds whose time is over are ended first.

    :raises NotSignedIn: orders need an account.
    :raises Invalid: an unknown offer, tickets of several events, not on sale (yet, any more), too few or
        too many in one order, or a promo code that cannot be used.
    :raises AccountLimit: the event lets one account have only so many.
    :raises SoldOut: not that many are left.
    :raises Conflict: the idempotency key was used for another request.
    """
    require(actor, Permission.ORDER_PLACE)
    asked = _Asked(lines, terms, buyer or Buyer(), event, notes, code, once)
    try:
        return _place(actor, asked)
    except SoldOut:
        if not expiring.expire_overdue_holds_on([line.offer for line in lines]):
            raise
    except limits.AccountLimit:
        if not expiring.expire_overdue_holds_of(actor):
            raise
    return _place(actor, asked)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What ``place`` was asked for."""

    lines: Sequence[Line]
    terms: SaleTerms
    buyer: Buyer
    event: Key | None
    notes: str
    code: str
    once: Idempotency | None


@transactional
def _place(actor: Actor, asked: _Asked) -> Placed:
    once = asked.once
    if once is not None and (earlier := idempotency.claim(actor, once)) is not None:
        return Placed(earlier, is_replay=True)
    wanted = look_up(asked.lines)
    check(wanted, asked.event, asked.terms)
    limits.keep(actor.user_id, wanted.first.event_id, wanted.first.tickets_per_account, wanted.total)
    order_id, public_id, amount_due = _insert_order(actor, wanted, asked)
    insert_items(order_id, wanted)
    _note(actor, order_id, wanted)
    if once is not None:
        idempotency.point_at(actor, once, order_id)
    inventory.hold(wanted.quantities, wanted.demand)
    if asked.terms.confirms_free and amount_due == 0:
        confirm_free(actor, order_id)
    return Placed(order_id, public_id)


_INSERT_ORDER = insert(table(Order)).returning(table(Order).c.id)
_INSERT_ITEM = insert(table(OrderItem))
_NOTHING_OFF = Discount(0, "", 0)


def _insert_order(actor: Actor, wanted: Wanted, asked: _Asked) -> tuple[int, UUID, int]:
    first, terms, buyer, amounts = wanted.first, asked.terms, asked.buyer, wanted.amounts
    subtotal = checked(sum(amounts.values()))
    reduced = _NOTHING_OFF
    if asked.code.strip():
        reduced = promotions.take(actor, first.organization_id, first.event_id, asked.code, amounts)
    fee = 0 if terms.fee_at_payment else terms.fee_on(subtotal, reduced.amount)
    amount_due = subtotal + fee - reduced.amount
    order_id, public_id = insert_order(
        first,
        terms,
        user_id=actor.user_id,
        subtotal=subtotal,
        fee=fee,
        discount=reduced.amount,
        amount_due=amount_due,
        promo_code_id=reduced.code_id or None,
        promo_code=reduced.code,
        buyer_name=buyer.name or actor.name,
        buyer_email=buyer.email or actor.email,
        buyer_phone=buyer.phone,
        language=actor.language,
        notes=asked.notes,
    )
    return order_id, public_id, amount_due


def checked(subtotal: int) -> int:
    """What the tickets cost together, in minor units.

    :raises Invalid: it is more than any order can hold.
    """
    if subtotal > money.MAX_MINOR:
        raise Invalid("too_expensive", "This order is larger than we can take.", field="quantity")
    return subtotal


def insert_order(first: Row[Any], terms: SaleTerms, **columns: Any) -> tuple[int, UUID]:
    """A pending order of the event that ``first`` (of a :class:`Wanted`) is about; its id and public id.
    ``columns`` say whose it is and what it costs."""
    now, public_id = clock.now(), uuid.uuid4()
    order = {
        "uuid": public_id,
        "number": order_number(now),
        "organization_id": first.organization_id,
        "event_id": first.event_id,
        "channel": terms.channel,
        "currency": first.currency,
        "expires_at": now + terms.hold,
        "created_at": now,
        "updated_at": now,
        **columns,
    }
    return db.session.connection().execute(_INSERT_ORDER, order).scalar_one(), public_id


def insert_items(order_id: int, wanted: Wanted, *, is_free: bool = False) -> None:
    """What the order is for, at the prices of this moment, or at none."""
    rows = []
    for line in wanted.lines:
        row = wanted.by_key[line.offer]
        rows.append(
            {
                "order_id": order_id,
                "offer_id": row.id,
                "quantity": line.quantity,
                "unit_price": 0 if is_free else row.price,
                "ticket_name": row.name,
                "tier_name": row.tier_name,
                "day_name": row.day_name,
                "attendees": list(line.attendees)[: line.quantity],
            }
        )
    db.session.connection().execute(_INSERT_ITEM, rows if len(rows) > 1 else rows[0])


def _note(actor: Actor, order_id: int, wanted: Wanted) -> None:
    activity.record(
        actor,
        "order_placed",
        ("order", order_id),
        event_id=wanted.first.event_id,
        tickets={str(offer_id): number for offer_id, number in wanted.quantities.items()},
    )


def order_number(now: Any) -> str:
    """``OE-YYYYMMDD-`` and ten random digits: unique without a counter that sales would queue for."""
    return f"OE-{now:%Y%m%d}-{secrets.randbelow(10**10):010d}"
