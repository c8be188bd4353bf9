"""Every payment of the house, and all that is known of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from ticketing.errors import NotFound
from ticketing.extensions import db
from ticketing.models import GatewayEvent, LedgerEntry, Order, Payment
from ticketing.policy import Actor, Permission, require
from ticketing.queries.catalog import Page
from ticketing.queries.keys import Key, find
from ticketing.queries.staff.paging import between, having, page_of, sorting

_MOST_LINES = 200
SORTS: dict[str, Any] = {
    "started": Payment.id,
    "settled": Payment.settled_at,
    "amount": Payment.amount,
    "reference": func.lower(Payment.reference),
}
_LISTED = select(
    Payment.uuid,
    Payment.gateway,
    Payment.reference,
    Payment.status,
    Payment.method,
    Payment.amount,
    Payment.amount_received,
    Payment.amount_refunded,
    Payment.currency,
    Payment.created_at,
    Payment.settled_at,
    Order.uuid.label("order_uuid"),
    Order.number.label("order_number"),
    Order.buyer_email,
).join(Order, Order.id == Payment.order_id)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which payments. Days are of UTC and both included; ``words`` stand in the reference, the order's
    number or the buyer's address."""

    words: str = ""
    gateway: str = ""
    status: str = ""
    since: date | None = None
    until: date | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """All that has to be so."""
        columns = (Payment.reference, Order.number, Order.buyer_email)
        found = [*having(self.words, *columns), *between(Payment.created_at, self.since, self.until)]
        if self.gateway:
            found.append(Payment.gateway == self.gateway)
        if self.status:
            found.append(Payment.status == self.status)
        return found


@dataclass(frozen=True, slots=True)
class Traced:
    """A payment with its order, event and refunds loaded, what its gateway told us of it, and what the
    ledger says of it and of its refunds."""

    payment: Payment
    told: Sequence[GatewayEvent]
    lines: Sequence[LedgerEntry]


def find_payments(actor: Actor, wanted: Wanted, *, sort: str = "-started", page: int = 1) -> Page:
    """Such payments of all orders. Two statements.

    :raises NotAllowed: the actor is not staff.
    """
    require(actor, Permission.PAYMENT_MANAGE)
    rows = _LISTED.where(*wanted.conditions())
    return page_of(rows.order_by(*sorting(SORTS, sort, Payment.id)), page)


def gateways(actor: Actor) -> Sequence[str]:
    """Every gateway that was ever paid through. One statement.

    :raises NotAllowed: the actor is not staff.
    """
    require(actor, Permission.PAYMENT_MANAGE)
    return db.session.scalars(select(Payment.gateway).distinct().order_by(Payment.gateway)).all()


def get(actor: Actor, key: Key) -> Traced:
    """One payment. Four statements.

    :raises NotFound: there is none.
    :raises NotAllowed: the actor is not staff.
    """
    require(actor, Permission.PAYMENT_MANAGE)
    whole = joinedload(Payment.order).joinedload(Order.event), selectinload(Payment.refunds)
    payment = find(Payment, key, *whole)
    if payment is None:
        raise NotFound("payment")
    return Traced(payment, _told(payment), _lines(payment))


def _told(payment: Payment) -> Sequence[GatewayEvent]:
    same = GatewayEvent.gateway == payment.gateway, GatewayEvent.reference == payment.reference
    return db.session.scalars(
        select(GatewayEvent).where(*same).order_by(GatewayEvent.id.desc()).limit(_MOST_LINES)
    ).all()


def _lines(payment: Payment) -> Sequence[LedgerEntry]:
    refunds = [refund.id for refund in payment.refunds]
    about_it = or_(
        and_(LedgerEntry.source == "payment", LedgerEntry.source_id == payment.id),
        and_(LedgerEntry.source == "refund", LedgerEntry.source_id.in_(refunds)),
    )
    rows = select(LedgerEntry).where(LedgerEntry.order_id == payment.order_id, about_it)
    return db.session.scalars(rows.order_by(LedgerEntry.id).limit(_MOST_LINES)).all()
