"""Orders that an organizer makes for others: sold at the door, or given away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ticketing.errors import Invalid, NotFound, SoldOut
from ticketing.extensions import db
from ticketing.models import DeskOrder, Event, Order, User
from ticketing.models.desk import AT_THE_DOOR, COMPLIMENTARY, DOOR_METHODS
from ticketing.policy import Actor, Permission, allows, require
from ticketing.queries.keys import Key, load
from ticketing.services import activity, idempotency, inventory, tickets
from ticketing.services.idempotency import Idempotency
from ticketing.services.orders import expiring
from ticketing.services.orders.confirming import WITH_ITEMS, make_valid
from ticketing.services.orders.limits import DESK
from ticketing.services.orders.placing import Buyer, Placed, checked, insert_items, insert_order
from ticketing.services.orders.terms import terms_for
from ticketing.services.orders.wanted import Line, Wanted, check_for_desk, look_up
from ticketing.services.payments import manual
from ticketing.transaction import transactional


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is handed out, to whom, and how it was paid (nothing for a present)."""

    event: Key
    lines: Sequence[Line]
    kind: str
    method: str
    buyer: Buyer
    once: Idempotency | None


def sell(
    actor: Actor,
    event: Key,
    lines: Sequence[Line],
    *,
    method: str,
    buyer: Buyer | None = None,
    once: Idempotency | None = None,
) -> Placed:
    """Sell tickets at the door, for cash or by a card terminal (``method``): they are paid and valid at once.

    The money never reaches us; the payment is a manual one in the actor's name, and whoever took it hands it
    back. The order belongs to no account, also where an address is given: whoever mistypes one would put
    tickets that somebody has paid for in cash, and may return, into a stranger's hands. They are shown, and
    sent to the address.

    :raises NotFound: the event is none of the actor's business.
    :raises NotAllowed: the actor does not manage its organization.
    :raises Invalid: it is not published or over, no such way to pay, or tickets that cannot be handed out.
    :raises SoldOut: not that many are left.
    :raises Conflict: the idempotency key was used for another request.
    """
    if method not in DOOR_METHODS:
        raise Invalid("bad_method", "Say how it was paid.", field="method")
    return _hand_out(actor, _Asked(event, lines, AT_THE_DOOR, method, buyer or Buyer(), once))


def give_away(
    actor: Actor, event: Key, lines: Sequence[Line], *, buyer: Buyer, once: Idempotency | None = None
) -> Placed:
    """Give tickets to somebody, who pays nothing and gets them by mail. Stock, tickets and what becomes of
    them are as with any order.

    Where an account has proved that the address is its own, the order is that account's: the mail brings the
    same person the same tickets anyway. An account that merely claims the address gets nothing.

    :raises NotFound: the event is none of the actor's business.
    :raises NotAllowed: the actor does not manage its organization.
    :raises Invalid: nobody is named, it is not published or over, or tickets that cannot be handed out.
    :raises SoldOut: not that many are left.
    :raises Conflict: the idempotency key was used for another request.
    """
    for field in ("name", "email"):
        if not getattr(buyer, field).strip():
            raise Invalid("no_recipient", "Say who gets the tickets.", field=field)
    return _hand_out(actor, _Asked(event, lines, COMPLIMENTARY, "", buyer, once))


def _hand_out(actor: Actor, asked: _Asked) -> Placed:
    try:
        return _make(actor, asked)
    except SoldOut:
        if not expiring.expire_overdue_holds_on([line.offer for line in asked.lines]):
            raise
    return _make(actor, asked)


@transactional
def _make(actor: Actor, asked: _Asked) -> Placed:
    event = load(Event, asked.event)
    if not allows(actor, Permission.EVENT_SEE_ORDERS, event):
        raise NotFound("event")
    require(actor, Permission.ORDER_MAKE, event)
    once = asked.once
    if once is not None and (earlier := idempotency.claim(actor, once)) is not None:
        return Placed(earlier, load(Order, earlier).uuid, is_replay=True)
    wanted = look_up(asked.lines)
    check_for_desk(wanted, event.id, terms_for(DESK))
    order_id = _insert(actor, asked, wanted)
    order = load(Order, order_id, *WITH_ITEMS, lock=True)
    if asked.kind == AT_THE_DOOR:
        manual.record(actor, order, method=asked.method)
    if once is not None:
        idempotency.point_at(actor, once, order_id)
    inventory.hold(wanted.quantities, wanted.demand)
    make_valid(actor, order)
    return Placed(order_id, order.uuid)


def _insert(actor: Actor, asked: _Asked, wanted: Wanted) -> int:
    is_free = asked.kind == COMPLIMENTARY
    subtotal = 0 if is_free else checked(sum(wanted.amounts.values()))
    account = _account(asked)
    order_id, _public_id = insert_order(
        wanted.first,
        terms_for(DESK),
        user_id=account.id if account is not None else None,
        subtotal=subtotal,
        amount_due=subtotal,
        buyer_name=asked.buyer.name,
        buyer_email=asked.buyer.email,
        buyer_phone=asked.buyer.phone,
        language=account.language if account is not None else actor.language,
    )
    insert_items(order_id, wanted, is_free=is_free)
    db.session.add(DeskOrder(order_id=order_id, actor_id=actor.user_id, kind=asked.kind, method=asked.method))
    activity.record(
        actor,
        "order_made",
        ("order", order_id),
        event_id=wanted.first.event_id,
        kind=asked.kind,
        method=asked.method,
        tickets={str(offer_id): number for offer_id, number in wanted.quantities.items()},
    )
    return order_id


def _account(asked: _Asked) -> User | None:
    return tickets.account_of(asked.buyer.email) if asked.kind == COMPLIMENTARY else None
