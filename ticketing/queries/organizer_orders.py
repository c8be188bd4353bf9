"""An event's orders as its organizer reads them: found, listed, and one with all that belongs to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from ticketing import clock
from ticketing.errors import NotFound
from ticketing.extensions import db
from ticketing.models import (
    ActivityLog,
    DeskOrder,
    Event,
    IdempotencyKey,
    Order,
    OrderItem,
    OutboxMessage,
    Payment,
    Refund,
    Ticket,
    User,
)
from ticketing.models.outbox import FAILED
from ticketing.models.payments import REQUESTED
from ticketing.models.tickets import ACTIVE, LAPSED, USED
from ticketing.policy import Actor, Permission, allows
from ticketing.queries import messages
from ticketing.queries.catalog import Page
from ticketing.queries.keys import Key, condition_for
from ticketing.queries.messages import MAIL, Letter
from ticketing.queries.organizer import get_event, standing

PAGE_SIZE = 25
#: Rows that are read at once for a file.
BATCH = 1000


@dataclass(frozen=True, slots=True)
class Found:
    """An event's row and a page of its orders."""

    event: Row[Any]
    page: Page


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that is known of an order: with its event, items and payments loaded, its refunds, tickets (each
    with its item), mails and notes (``text, created_at, first_name, last_name``), the newest first.

    ``desk`` says of one that was made at the box office what it is, ``maker`` who made it.
    """

    order: Order
    refunds: Sequence[Refund]
    tickets: Sequence[Ticket]
    letters: Sequence[Letter]
    notes: Sequence[Row[Any]] = ()
    desk: DeskOrder | None = None
    maker: User | None = None

    @property
    def on_its_way(self) -> int:
        """What was promised back and not sent yet, in minor units."""
        return sum(refund.amount for refund in self.refunds if refund.status == REQUESTED)

    def standing_of(self, ticket: Ticket) -> str:
        """How one of the tickets stands now: what was never used when the event ended has expired."""
        if ticket.status != ACTIVE or not self.order.event.is_over:
            return ticket.status
        return USED if ticket.admissions else LAPSED


def find_orders(
    actor: Actor, key: Key, *, words: str, status: str, made: str = "", page: int, size: int = PAGE_SIZE
) -> Found:
    """The event's orders that have the words in their number, their buyer's name or address, or a ticket's
    number, newest first; ``made`` is a kind of orders of the box office. Three statements beside those that
    ask who the actor is.

    :raises NotFound: there is no such event, or its orders are none of the actor's business.
    """
    event = get_event(actor, key)
    where = _conditions(event.id, words, status, made)
    now = {"now": clock.now()}
    total = count(event.id, words=words, status=status, made=made)
    number = min(max(page, 1), max(1, -(-total // size)))
    newest = (Order.created_at.desc(), Order.id.desc())
    wanted = (
        select(Order.id).where(*where).order_by(*newest).limit(size).offset((number - 1) * size).subquery()
    )
    statement = _listed().join(wanted, wanted.c.id == Order.id).order_by(*newest)
    return Found(event, Page(db.session.execute(statement, now).all(), number, size, total))


def count(event_id: int, *, words: str, status: str, made: str = "") -> int:
    """How many orders match. One statement."""
    where = _conditions(event_id, words, status, made)
    now = {"now": clock.now()} if status else {}
    return db.session.scalar(select(func.count()).select_from(Order).where(*where), now) or 0


def stream(
    event_id: int, *, words: str, status: str, made: str = "", size: int = BATCH
) -> Iterator[Sequence[Row[Any]]]:
    """Every order of the event that matches, oldest first, in batches: the columns of the list, the phone
    number and all sums. Each batch is a statement of its own."""
    ordered = _listed().add_columns(Order.id, *_IN_FULL).where(*_conditions(event_id, words, status, made))
    last, now = 0, {"now": clock.now()}
    while rows := db.session.execute(
        ordered.order_by(Order.id).where(Order.id > last).limit(size), now
    ).all():
        yield rows
        if len(rows) < size:
            return
        last = rows[-1].id


_IN_FULL = (
    Order.buyer_phone,
    Order.subtotal,
    Order.fee,
    Order.discount,
    Order.amount_paid,
    Order.promo_code,
    Order.channel,
)


def _conditions(event_id: int, words: str, status: str, made: str) -> list[ColumnElement[bool]]:
    where = [Order.event_id == event_id]
    if words:
        where.append(_has(words, event_id))
    if status:
        where.append(standing == status)
    if made:
        where.append(Order.id.in_(select(DeskOrder.order_id).where(DeskOrder.kind == made)))
    return where


def _has(words: str, event_id: int) -> ColumnElement[bool]:
    tickets = select(Ticket.order_id).where(
        Ticket.event_id == event_id, Ticket.number.icontains(words, autoescape=True)
    )
    columns = (Order.number, Order.buyer_name, Order.buyer_email)
    return or_(*(column.icontains(words, autoescape=True) for column in columns), Order.id.in_(tickets))


def _listed() -> Select[*tuple[Any, ...]]:
    tickets = select(func.sum(OrderItem.quantity)).where(OrderItem.order_id == Order.id)
    undelivered = select(OutboxMessage.id).where(
        OutboxMessage.order_id == Order.id,
        OutboxMessage.status == FAILED,
        OutboxMessage.kind.startswith(MAIL),
    )
    return select(
        Order.uuid,
        Order.number,
        Order.buyer_name,
        Order.buyer_email,
        Order.created_at,
        Order.currency,
        Order.amount_due,
        Order.amount_refunded,
        standing.label("standing"),
        tickets.scalar_subquery().label("tickets"),
        undelivered.exists().label("has_undelivered_mail"),
        DeskOrder.kind.label("made"),
    ).outerjoin(DeskOrder, DeskOrder.order_id == Order.id)


def get_order(actor: Actor, key: Key) -> Dossier:
    """One order. Five statements beside those that ask who the actor is.

    :raises NotFound: there is none, or it is none of the actor's business.
    """
    found = (
        db.session.execute(
            select(Order, DeskOrder, User)
            .outerjoin(DeskOrder, DeskOrder.order_id == Order.id)
            .outerjoin(User, User.id == DeskOrder.actor_id)
            .where(condition_for(Order, key))
            .options(
                joinedload(Order.event).joinedload(Event.venue),
                joinedload(Order.items),
                selectinload(Order.payments).joinedload(Payment.refunds),
            )
            .execution_options(populate_existing=True)
        )
        .unique()
        .one_or_none()
    )
    if found is None or not allows(actor, Permission.EVENT_SEE_ORDERS, found.Order):
        raise NotFound("order")
    order = found.Order
    refunds = [refund for payment in order.payments for refund in payment.refunds]
    return Dossier(
        order,
        sorted(refunds, key=lambda refund: refund.id, reverse=True),
        _tickets_of(order.id),
        messages.of_order(order),
        _notes_on(order.id),
        found.DeskOrder,
        found.User,
    )


def get_handed_out(actor: Actor, key: Key) -> tuple[Order, DeskOrder]:
    """An order of the box office with its event. One statement beside that which asks who the actor is.

    :raises NotFound: there is none, or it is none of the actor's business.
    """
    found = db.session.execute(
        select(Order, DeskOrder)
        .join(DeskOrder, DeskOrder.order_id == Order.id)
        .where(condition_for(Order, key))
        .options(joinedload(Order.event))
    ).one_or_none()
    if found is None or not allows(actor, Permission.EVENT_SEE_ORDERS, found.Order):
        raise NotFound("order")
    return found.Order, found.DeskOrder


def _tickets_of(order_id: int) -> Sequence[Ticket]:
    tickets = (
        select(Ticket)
        .where(Ticket.order_id == order_id)
        .options(joinedload(Ticket.order_item))
        .order_by(Ticket.order_item_id, Ticket.position)
    )
    return db.session.scalars(tickets).all()


def _notes_on(order_id: int) -> Sequence[Row[Any]]:
    columns: tuple[Any, ...] = (
        ActivityLog.details["text"].as_string().label("text"),
        ActivityLog.created_at,
        User.first_name,
        User.last_name,
    )
    return db.session.execute(
        select(*columns)
        .outerjoin(User, User.id == ActivityLog.user_id)
        .where(
            ActivityLog.object_type == "order",
            ActivityLog.object_id == order_id,
            ActivityLog.action == "order_noted",
        )
        .order_by(ActivityLog.id.desc())
    ).all()


def was_done_before(actor: Actor, route: str, key: str) -> bool:
    """Whether a deed of the actor's was done under that idempotency key: its form came a second time."""
    done = select(IdempotencyKey.id).where(
        IdempotencyKey.actor == f"user:{actor.user_id}",
        IdempotencyKey.route == route,
        IdempotencyKey.key == key,
        IdempotencyKey.object_id.is_not(None),
    )
    return db.session.scalar(done) is not None
