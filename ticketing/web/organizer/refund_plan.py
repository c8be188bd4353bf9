"""What a refund would do, told before it is done. The service decides again, under its locks."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from flask_babel import gettext as _

from ticketing.errors import Invalid
from ticketing.models import Order, Ticket
from ticketing.models.payments import MANUAL, PAID
from ticketing.models.tickets import USED
from ticketing.queries.organizer_orders import Dossier
from ticketing.services import orders
from ticketing.services.orders import Decision

ALL, TICKETS, AMOUNT = "all", "tickets", "amount"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be given back: all, tickets by their ids, or an amount in major units."""

    what: str
    tickets: tuple[int, ...] = ()
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What was decided; ``used`` tickets stay as they are, a manual payment is handed back by hand."""

    decision: Decision
    used: tuple[Ticket, ...] = ()
    is_manual: bool = False


def is_open(order: Order) -> bool:
    """Whether there is something to take back: a confirmed order, or money that an ended one still keeps."""
    return order.is_confirmed or (not order.is_pending and orders.left_of(order) > 0)


def plan(dossier: Dossier, wish: Wish) -> Plan:
    """What would be done.

    :raises Invalid: it cannot be: ``amount`` or ``tickets`` is to blame.
    """
    order = dossier.order
    decision = _decided(dossier, wish)
    used = [ticket for ticket in dossier.tickets if decision.ends and ticket.status == USED]
    is_manual = any(payment.gateway == MANUAL and payment.status == PAID for payment in order.payments)
    return Plan(decision, tuple(used), is_manual)


def _decided(dossier: Dossier, wish: Wish) -> Decision:
    order, tickets = dossier.order, dossier.tickets
    if wish.what == ALL:
        return orders.decide_all(order, tickets)
    if wish.what == TICKETS and not wish.tickets:
        raise Invalid("no_tickets", _("Choose at least one ticket."), field=TICKETS)
    if wish.what == AMOUNT and wish.amount is None:
        raise Invalid("no_amount", _("Please give an amount."), field=AMOUNT)
    return orders.decide(order, tickets, orders.Wish(wish.amount, tickets=wish.tickets))
