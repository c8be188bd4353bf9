"""Ending an order before its event: tickets return to stock, money returns to the buyer."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import select

from ticketing import clock
from ticketing.errors import Invalid, NotFound, said
from ticketing.extensions import db
from ticketing.models import Order, Refund, Ticket
from ticketing.models.orders import CANCELLED, CONFIRMED, FAILED, PENDING
from ticketing.models.tickets import USED
from ticketing.policy import SYSTEM, Actor, Permission, allows, require
from ticketing.queries.keys import Key, load
from ticketing.services import activity, inventory, notifications, promotions, refunds, tickets
from ticketing.services.orders.confirming import WITH_ITEMS, quantities_of
from ticketing.services.payments import withdrawing
from ticketing.transaction import transactional

_BATCH = 100


class NotAllEnded(RuntimeError):
    """Some orders of an event that was called off still stand, because of errors."""


@transactional
def cancel(actor: Actor, key: Key, *, reason: str = "", only_pending: bool = False) -> Order:
    """Cancel a pending or confirmed order; what was paid is given back (BTick 001 §7.4).

    :raises NotFound: it is somebody else's.
    :raises Invalid: it has ended already, the event has taken place, one of its tickets was used, or it is
        confirmed where ``only_pending`` ones are cancelled (EasyTicket 003).
    """
    order = load(Order, key, *WITH_ITEMS, lock=True)
    require(actor, Permission.ORDER_SEE, order)
    require(actor, Permission.ORDER_CANCEL, order)
    if order.status not in (PENDING, CONFIRMED):
        raise Invalid(
            "already_ended",
            said("This order is %(status)s already.", status=order.status),
            field="non_field_errors",
        )
    if only_pending and order.is_confirmed:
        raise Invalid("confirmed", "Confirmed orders are refunded, not cancelled.", field="non_field_errors")
    if order.event.is_over:
        raise Invalid("event_over", "The event has already taken place.", field="non_field_errors")
    refuse_used(order)
    end(actor, order, reason, told=notifications.ORDER_CANCELLED)
    return order


@transactional
def cancel_unpaid(actor: Actor, key: Key, *, reason: str = "") -> Order:
    """Let go of an order that waits for its payment, as those who sell do it: its tickets are on sale again
    at once, and its buyer is told. Whoever pays all the same gets the money back.

    :raises NotFound: it is none of the actor's business.
    :raises NotAllowed: the actor is neither support nor manages the event's organization.
    :raises Invalid: it does not wait any more.
    """
    order = load(Order, key, *WITH_ITEMS, lock=True)
    require_managing(actor, order)
    if not order.is_pending:
        sentence = said("This order does not wait for its payment any more.")
        raise Invalid("not_pending", sentence, field="non_field_errors")
    end(actor, order, reason, told=notifications.ORDER_CANCELLED)
    return order


def require_managing(actor: Actor, order: Order) -> None:
    """Support, or managers of the organization; strangers do not learn that the order exists."""
    if not allows(actor, Permission.ORDER_REFUND, order):
        if not allows(actor, Permission.EVENT_SEE_ORDERS, order.event):
            require(actor, Permission.ORDER_SEE, order)
        require(actor, Permission.ORDER_REFUND, order)


def end(actor: Actor, order: Order, reason: str, *, told: str) -> list[Refund]:
    """Cancel a pending or confirmed order that is locked; the stock moves last. The refunds that this
    promises."""
    was_confirmed = order.is_confirmed
    order.status = CANCELLED
    order.cancelled_at = clock.now()
    order.cancellation_reason = reason[:500]
    quantities, promised = quantities_of(order), []
    if was_confirmed:
        tickets.void(order)
        promised = refunds.give_all_back(actor, order, reason or "cancelled")
        for item in order.items:
            item.returned = item.quantity
    activity.record(actor, "order_cancelled", order, reason=reason, was_confirmed=was_confirmed)
    notifications.tell_buyer(told, order)
    withdrawing.ask([order.id])
    promotions.give_back([order.promo_code_id])
    if was_confirmed:
        inventory.give_back(quantities)
    else:
        inventory.release(quantities)
    return promised


def fail(order: Order) -> None:
    """A payment was declined for good: a pending order that is locked has failed; its stock is free."""
    order.status = FAILED
    activity.record(SYSTEM, "order_failed", order)
    promotions.give_back([order.promo_code_id])
    inventory.release(quantities_of(order))


def cancel_pending_of(event_id: int) -> int:
    """End every pending order of an event that was called off; how many there were.

    :raises NotAllEnded: some could not be ended; all others were.
    """
    return _end_all(event_id, PENDING)


def wind_up(event_id: int) -> int:
    """End every order of an event that was called off, in small transactions; how many there were.

    :raises NotAllEnded: some could not be ended; all others were.
    """
    return _end_all(event_id, PENDING, CONFIRMED)


def _end_all(event_id: int, *statuses: str) -> int:
    """Order by order. One that cannot be ended holds up none of the others; what went wrong with it is told
    when they are done, so that whoever called tries again."""
    ended = 0
    stuck: dict[int, Exception] = {}
    for status in statuses:
        while ids := _some_of(event_id, status, but=stuck):
            for order_id in ids:
                try:
                    ended += _end_one(order_id, status)
                except NotFound:
                    continue
                except Exception as error:
                    stuck[order_id] = error
    if stuck:
        raise NotAllEnded(f"orders {sorted(stuck)}") from next(iter(stuck.values()))
    return ended


def _some_of(event_id: int, status: str, *, but: Collection[int]) -> list[int]:
    mine = Order.event_id == event_id, Order.status == status, Order.id.not_in(but)
    return list(db.session.scalars(select(Order.id).where(*mine).limit(_BATCH)))


@transactional
def _end_one(order_id: int, status: str) -> bool:
    return end_if(SYSTEM, order_id, status, "The event was cancelled.", told=notifications.EVENT_CANCELLED)


def end_if(actor: Actor, order_id: int, status: str, reason: str, *, told: str) -> bool:
    """End an order that still has this status; whether it had.

    :raises NotFound: it is gone.
    """
    order = load(Order, order_id, *WITH_ITEMS, lock=True)
    if order.status != status:
        return False
    end(actor, order, reason, told=told)
    return True


def refuse_used(order: Order) -> None:
    """Go on only if nobody has come in with a ticket of this order. Its tickets are locked: whoever is at the
    door with one of them at this moment waits, and is then refused."""
    tickets_of = select(Ticket.status, Ticket.admissions).where(Ticket.order_id == order.id)
    refuse_any_used(db.session.execute(tickets_of.with_for_update(key_share=True)))


def refuse_any_used(tickets: Iterable[Any]) -> None:
    """Go on only if nobody has come in with any of these (rows with ``status`` and ``admissions``)."""
    if any(ticket.status == USED or ticket.admissions for ticket in tickets):
        sentence = said("A ticket of this order was used at the door.")
        raise Invalid("ticket_used", sentence, field="non_field_errors")
