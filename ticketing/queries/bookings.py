"""A buyer's own orders, as pages show them: each function a fixed number of statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from ticketing import clock, policy
from ticketing.errors import NotFound
from ticketing.extensions import db
from ticketing.models import Event, Order, Payment, Refund, Ticket
from ticketing.models.payments import DECLINED, REQUESTED
from ticketing.policy import Actor, Permission
from ticketing.queries.catalog import Page
from ticketing.queries.tickets import standing

PAGE_SIZE = 10


@dataclass(frozen=True, slots=True)
class Booking:
    """An order with its event, items and payments loaded, and the tickets that it led to. ``on_its_way`` is
    what was promised back and not sent yet, in minor units; ``standings`` says by a ticket's id how it stands
    at this moment."""

    order: Order
    tickets: Sequence[Ticket]
    on_its_way: int = 0
    standings: Mapping[int, str] = field(default_factory=dict)

    @property
    def can_be_paid(self) -> bool:
        """Its tickets are still kept, and something is due."""
        return can_be_paid(self.order)

    @property
    def was_moved(self) -> bool:
        """Its event has other hours or another place than when it was booked, and is still to come."""
        order, event = self.order, self.order.event
        if not order.is_confirmed or order.confirmed_at is None or event.moved_at is None:
            return False
        return order.confirmed_at <= event.moved_at and event.is_published and not event.has_started

    @property
    def was_declined(self) -> bool:
        """The latest attempt to pay was turned down."""
        return bool(self.order.payments) and self.order.payments[-1].status == DECLINED


@dataclass(frozen=True, slots=True)
class Listed:
    """An order in a list, with its event and items loaded."""

    order: Order
    on_its_way: int = 0


def can_be_paid(order: Order) -> bool:
    """It is pending and its hold lasts."""
    return order.is_pending and not order.hold_has_ended


def can_be_cancelled(order: Order) -> bool:
    """Its buyer may still take it back; needs ``event`` loaded."""
    return (can_be_paid(order) or order.is_confirmed) and not order.event.is_over


def _with_event() -> tuple[ExecutableOption, ...]:
    return (joinedload(Order.event).joinedload(Event.venue), selectinload(Order.items))


def find_own(actor: Actor, *, page: int, size: int = PAGE_SIZE) -> Page:
    """The actor's orders with event, venue and items, latest first. Four statements."""
    mine = Order.user_id == actor.user_id
    total = db.session.scalar(select(func.count()).select_from(Order).where(mine)) or 0
    number = min(max(page, 1), max(1, -(-total // size)))
    orders = db.session.scalars(
        select(Order)
        .where(mine)
        .options(*_with_event())
        .order_by(Order.created_at.desc(), Order.id.desc())
        .limit(size)
        .offset((number - 1) * size)
    ).all()
    coming = _on_its_way([order.id for order in orders])
    return Page([Listed(order, coming.get(order.id, 0)) for order in orders], number, size, total)


_PROMISED = (
    select(Refund.order_id, func.sum(Refund.amount))
    .where(Refund.order_id.in_(bindparam("ids", expanding=True)), Refund.status == REQUESTED)
    .group_by(Refund.order_id)
)


def _on_its_way(order_ids: Sequence[int]) -> dict[int, int]:
    """What was promised back and not sent yet, in minor units by order."""
    rows = db.session.execute(_PROMISED, {"ids": list(order_ids)}).all()
    return {order_id: int(amount) for order_id, amount in rows}


def get_booking(actor: Actor, key: UUID) -> Booking:
    """One order with everything that its page shows.

    :raises NotFound: there is none, or it is somebody else's.
    """
    order = db.session.scalar(
        select(Order).where(Order.uuid == key).options(*_with_event(), selectinload(Order.payments))
    )
    if order is None:
        raise NotFound("order")
    policy.require(actor, Permission.ORDER_SEE, order)
    rows = db.session.execute(
        select(Ticket, standing().label("standing"))
        .join(Event, Event.id == Ticket.event_id)
        .where(Ticket.order_id == order.id)
        .options(joinedload(Ticket.order_item))
        .order_by(Ticket.order_item_id, Ticket.position),
        {"now": clock.now()},
    ).all()
    standings = {row.Ticket.id: row.standing for row in rows}
    coming = _on_its_way([order.id]).get(order.id, 0)
    return Booking(order, [row.Ticket for row in rows], coming, standings)


def get_payment(actor: Actor, gateway: str, reference: str) -> Payment:
    """A payment by the gateway's name for it, with its order, event and items.

    :raises NotFound: there is none, or it pays for somebody else's order.
    """
    order = joinedload(Payment.order)
    payment = db.session.scalar(
        select(Payment)
        .where(Payment.gateway == gateway, Payment.reference == reference.replace("\x00", ""))
        .options(order.joinedload(Order.event).joinedload(Event.venue), order.selectinload(Order.items))
    )
    if payment is None:
        raise NotFound("payment")
    policy.require(actor, Permission.ORDER_SEE, payment.order)
    return payment
