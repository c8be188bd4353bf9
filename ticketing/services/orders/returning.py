"""What giving back does: decided here once, for those who ask first and for those who do it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ticketing import money
from ticketing.errors import Invalid, said
from ticketing.models import Order, OrderItem, Ticket
from ticketing.models.tickets import ACTIVE
from ticketing.queries.keys import Key
from ticketing.services import refunds
from ticketing.services.amounts import in_minor
from ticketing.services.orders.cancelling import refuse_any_used
from ticketing.services.refunds import Returned


@dataclass(frozen=True, slots=True)
class ItemBack:
    """So many tickets of an order's item."""

    item: Key
    quantity: int


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be given back: an ``amount`` in major units, so many tickets of some ``items``, or these
    ``tickets``; all that is left where nothing is named."""

    amount: Decimal | None = None
    items: Sequence[ItemBack] = ()
    tickets: Sequence[Key] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """``amount`` goes back out of ``left`` (minor units), the tickets in ``void`` admit nobody any more.
    One that ``ends`` cancels the order; ``lines`` are the tickets that leave one that stays."""

    amount: int
    left: int
    ends: bool
    lines: tuple[Returned, ...] = ()
    void: tuple[Ticket, ...] = ()

    @property
    def mark(self) -> str:
        """Differs as soon as something else would be done than was told."""
        told = (self.amount, self.left, self.ends, [ticket.id for ticket in self.void])
        return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def left_of(order: Order) -> int:
    """Minor units that were paid and not given back."""
    return order.amount_paid - order.amount_refunded


def returnable(order: Order, tickets: Iterable[Ticket]) -> list[Ticket]:
    """Of an order's tickets, those that can be given back one by one."""
    return [ticket for ticket in tickets if order.is_confirmed and _is_unused(ticket)]


def returnable_by_buyer(order: Order, tickets: Sequence[Ticket]) -> list[Ticket]:
    """Those that the order's buyer may still choose. Needs its event."""
    try:
        refuse_buyer(order, tickets)
    except Invalid:
        return []
    return [ticket for ticket in returnable(order, tickets) if ticket.user_id == order.user_id]


def _is_unused(ticket: Ticket) -> bool:
    return ticket.status == ACTIVE and not ticket.admissions


def refuse_buyer(order: Order, tickets: Sequence[Ticket], chosen: Sequence[Key] = ()) -> None:
    """Go on only if the order's buyer may still give it back, these tickets of it or all. Needs its event.

    :raises Invalid: it is not confirmed, the event has started (by the hours that hold now), somebody has
        come in, or a chosen ticket was passed on.
    """
    refuse_unconfirmed(order)
    if order.event.has_started:
        raise Invalid("event_started", "The event has started; ask its organizer.", field="non_field_errors")
    refuse_any_used(tickets)
    if any(ticket.user_id != order.user_id for ticket in tickets if {ticket.id, ticket.uuid} & {*chosen}):
        raise Invalid("passed_on", "A ticket that you passed on is no longer yours.", field="tickets")


def refuse_unconfirmed(order: Order) -> None:
    """Go on only with an order whose tickets are valid.

    :raises Invalid: it is another.
    """
    if not order.is_confirmed:
        raise Invalid(
            "not_confirmed",
            said("Only a confirmed order can be refunded; this one is %(status)s.", status=order.status),
            field="non_field_errors",
        )


def decide(order: Order, tickets: Sequence[Ticket], wish: Wish) -> Decision:
    """What would be done. The order's items are loaded, ``tickets`` are all of its, by position.

    Whoever names tickets gets what these cost, and the order stays as long as one is left; the last ones
    bring back all that is left. Whoever names an amount or items ends the order with its last money.

    :raises Invalid: it cannot be done.
    """
    left = left_of(order)
    if wish.tickets:
        return _of_tickets(order, tickets, wish.tickets, left)
    if left <= 0:
        raise Invalid("nothing_paid", "There is nothing to refund: no payment is left on this order.")
    lines = _lines(order, wish.items)
    amount = _asked_for(order, wish.amount, left) if wish.amount is not None else left
    if lines and (amount := _price_of(order, lines, left)) <= 0:
        raise _too_little()
    if order.is_confirmed and amount == left:
        return decide_all(order, tickets)
    return Decision(amount, left, False, lines, _last_of(lines, tickets))


def decide_all(order: Order, tickets: Sequence[Ticket]) -> Decision:
    """What taking all of it back does, whether something was paid or not; used tickets stay as they are."""
    left = left_of(order)
    void = tuple(ticket for ticket in tickets if order.is_confirmed and ticket.status == ACTIVE)
    return Decision(left, left, order.is_confirmed, (), void)


def _of_tickets(order: Order, tickets: Sequence[Ticket], keys: Sequence[Key], left: int) -> Decision:
    if not order.is_confirmed:
        raise _gone_already("tickets")
    named = {*keys}
    chosen = [ticket for ticket in tickets if {ticket.id, ticket.uuid} & named]
    if len(chosen) < len(named):
        raise Invalid("unknown_ticket", "This order has no such ticket.", field="tickets")
    for ticket in chosen:
        if not _is_unused(ticket):
            sentence = said("Ticket %(number)s was used or returned already.", number=ticket.number)
            raise Invalid("ticket_used", sentence, field="tickets")
    numbers = Counter(ticket.order_item_id for ticket in chosen)
    lines = tuple(refunds.returned(order, item, numbers[item.id]) for item in order.items if numbers[item.id])
    if _is_last(order, lines):
        return decide_all(order, tickets)
    return Decision(_price_of(order, lines, left), left, False, lines, tuple(chosen))


def _lines(order: Order, items: Sequence[ItemBack]) -> tuple[Returned, ...]:
    if items and not order.is_confirmed:
        raise _gone_already("items")
    quantities: Counter[int] = Counter()
    for wanted in items:
        quantities[_item(order, wanted.item).id] += wanted.quantity
    for item in order.items:
        kept = item.quantity - item.returned
        if quantities[item.id] > kept:
            sentence = said("Only %(left)s tickets of '%(name)s' are left.", left=kept, name=item.name)
            raise Invalid("too_many", sentence, field="items")
    return tuple(
        refunds.returned(order, item, quantities[item.id]) for item in order.items if quantities[item.id]
    )


def _item(order: Order, key: Key) -> OrderItem:
    for item in order.items:
        if key in (item.id, item.uuid):
            return item
    raise Invalid("unknown_item", "This order has no such item.", field="items")


def _gone_already(field: str) -> Invalid:
    return Invalid("not_confirmed", "Its tickets were given back already.", field=field)


def _is_last(order: Order, lines: Sequence[Returned]) -> bool:
    kept = sum(item.quantity - item.returned for item in order.items)
    return kept == sum(line.quantity for line in lines)


def _price_of(order: Order, lines: Sequence[Returned], left: int) -> int:
    """Minor units; giving the last tickets back gives all back."""
    return left if _is_last(order, lines) else min(left, sum(line.amount for line in lines))


def _asked_for(order: Order, amount: Decimal, left: int) -> int:
    wanted = in_minor(amount, order.currency, field="amount")
    if wanted <= 0:
        raise _too_little()
    if wanted > left:
        most = money.to_text(left, order.currency)
        raise Invalid("more_than_paid", said("At most %(most)s can be refunded.", most=most), field="amount")
    return wanted


def _too_little() -> Invalid:
    return Invalid("bad_amount", "Refund more than nothing.", field="amount")


def _last_of(lines: Sequence[Returned], tickets: Sequence[Ticket]) -> tuple[Ticket, ...]:
    """Of each item the last tickets that nobody has used."""
    found: list[Ticket] = []
    for line in lines:
        unused = [ticket for ticket in tickets if ticket.order_item_id == line.item.id and _is_unused(ticket)]
        if len(unused) < line.quantity:
            raise Invalid("ticket_used", "A ticket of this order was used at the door.", field="items")
        found += unused[-line.quantity :]
    return tuple(found)
