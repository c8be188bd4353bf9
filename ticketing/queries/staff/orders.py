"""Every order of the house: found, and listed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, select

from ticketing import clock, money
from ticketing.extensions import db
from ticketing.models import Event, Order
from ticketing.policy import Actor, Permission, require
from ticketing.queries.catalog import Page
from ticketing.queries.organizer import standing
from ticketing.queries.staff.paging import PAGE_SIZE, between, having, page_of, sorting

SORTS: dict[str, Any] = {
    "placed": Order.created_at,
    "number": Order.number,
    "buyer": func.lower(Order.buyer_name),
    "amount": Order.amount_due,
}
_LISTED = select(
    Order.uuid,
    Order.number,
    Order.status,
    Order.channel,
    Order.buyer_name,
    Order.buyer_email,
    Order.created_at,
    Order.currency,
    Order.amount_due,
    Order.amount_refunded,
    standing.label("standing"),
    Event.title,
    Event.uuid.label("event_uuid"),
).join(Event, Event.id == Order.event_id)
#: What an order costs in thousandths of its currency, so that one bound fits all currencies.
_THOUSANDTHS = Order.amount_due * case(
    (Order.currency.in_(money.currencies_with(0)), 1000),
    (Order.currency.in_(money.currencies_with(3)), 1),
    else_=10,
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which orders. Days are of UTC and both included, amounts in major units of each order's currency."""

    words: str = ""
    status: str = ""
    channel: str = ""
    since: date | None = None
    until: date | None = None
    least: Decimal | None = None
    most: Decimal | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """All that has to be so."""
        columns = (Order.number, Order.buyer_name, Order.buyer_email, Event.title)
        found = [*having(self.words, *columns), *between(Order.created_at, self.since, self.until)]
        if self.status:
            found.append(standing == self.status)
        if self.channel:
            found.append(Order.channel == self.channel)
        if self.least is not None:
            found.append(int(self.least * 1000) <= _THOUSANDTHS)
        if self.most is not None:
            found.append(int(self.most * 1000) >= _THOUSANDTHS)
        return found


def find_orders(actor: Actor, wanted: Wanted, *, sort: str = "-placed", page: int = 1) -> Page:
    """Such orders of all events. Two statements.

    :raises NotAllowed: the actor is neither support nor staff.
    """
    require(actor, Permission.ORDER_SEE_ALL)
    return _listed(_LISTED.where(*wanted.conditions()).order_by(*sorting(SORTS, sort, Order.id)), page)


def of_buyer(actor: Actor, user_id: int, *, size: int = PAGE_SIZE) -> Page:
    """What an account ordered, the newest first. Two statements.

    :raises NotAllowed: the actor is neither support nor staff.
    """
    require(actor, Permission.ORDER_SEE_ALL)
    newest = Order.created_at.desc(), Order.id.desc()
    return _listed(_LISTED.where(Order.user_id == user_id).order_by(*newest), 1, size)


def _listed(rows: Select[*tuple[Any, ...]], page: int, size: int = PAGE_SIZE) -> Page:
    return page_of(rows.params(now=clock.now()), page, size)


def named(actor: Actor, keys: Sequence[UUID]) -> Sequence[Any]:
    """What these orders are called. One statement.

    :raises NotAllowed: the actor is neither support nor staff.
    """
    require(actor, Permission.ORDER_SEE_ALL)
    name = (Order.number + " · " + Order.buyer_email).label("name")
    return db.session.execute(
        select(Order.uuid, name).where(Order.uuid.in_(keys)).order_by(Order.number)
    ).all()
