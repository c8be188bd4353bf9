"""What a refund would do, told before it is done. The service decides again, under its locks."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from flask_babel import gettext as _

from ticketing.errors import Invalid
from ticketing.models import Order, OrderItem, Ticket
from ticketing.models.payments import MANUAL, PAID
from ticketing.models.tickets import ACTIVE, USED
from ticketing.queries.organizer_orders import Dossier
from ticketing.services import refunds
from ticketing.services.amounts import in_minor
from ticketing.web.display import show_money

ALL, TICKETS, AMOUNT = "all", "tickets", "amount"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be given back: all, so many tickets by item, or an amount in major units."""

    what: str
    numbers: Mapping[int, int]
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """``amount`` goes back out of ``left`` (minor units), ``void`` admit nobody any more, ``used`` stay as
    they are. One that ``ends`` cancels the order."""

    amount: int
    left: int
    ends: bool
    void: tuple[Ticket, ...] = ()
    used: tuple[Ticket, ...] = ()
    is_manual: bool = False

    @property
    def mark(self) -> str:
        """Differs as soon as something else would be done than was told."""
        told = (self.amount, self.left, self.ends, [ticket.id for ticket in self.void])
        return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def left_of(order: Order) -> int:
    """Minor units that were paid and not given back."""
    return order.amount_paid - order.amount_refunded


def is_open(order: Order) -> bool:
    """Whether there is something to take back: a confirmed order, or money that an ended one still keeps."""
    return order.is_confirmed or (not order.is_pending and left_of(order) > 0)


def returnable(dossier: Dossier) -> dict[int, list[Ticket]]:
    """By item, the tickets that can be given back, in the order in which they become void: the last first."""
    found: dict[int, list[Ticket]] = {}
    if dossier.order.is_confirmed and left_of(dossier.order) > 0:
        for ticket in reversed(dossier.tickets):
            if ticket.status == ACTIVE and not ticket.admissions:
                found.setdefault(ticket.order_item_id, []).append(ticket)
    return found


def plan(dossier: Dossier, wish: Wish) -> Plan:
    """What would be done.

    :raises Invalid: it cannot be: ``amount`` or ``tickets`` is to blame.
    """
    order = dossier.order
    left = left_of(order)
    chosen = _chosen(dossier, wish) if wish.what == TICKETS else ()
    if wish.what == TICKETS:
        amount = _price_of(order, chosen, left)
    else:
        amount = left if wish.what == ALL else _amount(order, wish.amount, left)
    is_manual = any(payment.gateway == MANUAL and payment.status == PAID for payment in order.payments)
    if not (order.is_confirmed and amount == left):
        return Plan(amount, left, False, chosen, (), is_manual)
    active = tuple(ticket for ticket in dossier.tickets if ticket.status == ACTIVE)
    used = tuple(ticket for ticket in dossier.tickets if ticket.status == USED)
    return Plan(amount, left, True, active, used, is_manual)


def _chosen(dossier: Dossier, wish: Wish) -> tuple[Ticket, ...]:
    offered = returnable(dossier)
    chosen: list[Ticket] = []
    for item, number in wish.numbers.items():
        tickets = offered.get(item, [])
        if number > len(tickets):
            raise Invalid("too_many", _("So many tickets cannot be given back any more."), field=TICKETS)
        chosen += tickets[:number]
    if not chosen:
        raise Invalid("no_tickets", _("Say how many tickets are given back."), field=TICKETS)
    return tuple(chosen)


def _price_of(order: Order, chosen: tuple[Ticket, ...], left: int) -> int:
    """As the service counts: the last tickets bring back all that is left."""
    if len(chosen) == sum(item.quantity - item.returned for item in order.items):
        return left
    price = sum(refunds.returned(order, item, _among(chosen, item)).amount for item in order.items)
    if not price:
        raise Invalid(
            "free_tickets", _("These tickets were free: there is nothing to refund."), field=TICKETS
        )
    return min(left, price)


def _among(chosen: tuple[Ticket, ...], item: OrderItem) -> int:
    return sum(ticket.order_item_id == item.id for ticket in chosen)


def _amount(order: Order, wanted: Decimal | None, left: int) -> int:
    if wanted is None:
        raise Invalid("no_amount", _("Please give an amount."), field=AMOUNT)
    amount = in_minor(wanted, order.currency, field=AMOUNT)
    if amount <= 0:
        raise Invalid("bad_amount", _("Refund more than nothing."), field=AMOUNT)
    if amount > left:
        most = show_money(left, order.currency)
        raise Invalid("more_than_paid", _("At most %(most)s can be refunded.", most=most), field=AMOUNT)
    return amount
