"""The outbox as those who run the house look at it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select

from ticketing import clock
from ticketing.extensions import db
from ticketing.models import Order, OutboxMessage
from ticketing.models.outbox import FAILED, QUEUED, SENT
from ticketing.policy import Actor, Permission, require
from ticketing.queries.catalog import Page
from ticketing.queries.messages import PLANNED, SENDING, is_about_order, state_of
from ticketing.queries.staff.paging import PAGE_SIZE

STATES = (PLANNED, QUEUED, SENDING, SENT, FAILED)


@dataclass(frozen=True, slots=True)
class Promise:
    """A message of the outbox, and the order that it belongs to, if any. Show its kind and ids, never
    addresses."""

    message: OutboxMessage
    order_uuid: UUID | None
    order_number: str | None

    @property
    def state(self) -> str:
        """One of ``STATES``, at this moment."""
        return state_of(self.message)

    @property
    def is_about_order(self) -> bool:
        """A mail that may be sent again."""
        return is_about_order(self.message)


def in_state(state: str, now: datetime) -> ColumnElement[bool]:
    """The messages that stand so, as :func:`messages.state_of` has it; the status comes first, it has an
    index."""
    message = OutboxMessage
    is_free = or_(message.leased_until.is_(None), message.leased_until <= now)
    is_to_come = and_(message.attempts == 0, message.due_at > now)
    conditions = {
        SENT: message.status == SENT,
        FAILED: message.status == FAILED,
        SENDING: and_(message.status == QUEUED, message.leased_until > now),
        PLANNED: and_(message.status == QUEUED, is_free, is_to_come),
        QUEUED: and_(message.status == QUEUED, is_free, ~is_to_come),
    }
    return conditions[state]


def outbox(
    actor: Actor, *, kind: str = "", state: str = "", order: str = "", page: int = 1, size: int = PAGE_SIZE
) -> Page:
    """The outbox, newest first: all of it, or of one kind, in one state, about the order with that number.
    Its items are ``Promise``. Two statements.

    :raises NotAllowed: the actor is not staff.
    """
    require(actor, Permission.OUTBOX_MANAGE)
    where: list[ColumnElement[bool]] = []
    if kind:
        where.append(OutboxMessage.kind == kind)
    if state:
        where.append(in_state(state, clock.now()))
    if order:
        named = select(Order.id).where(Order.number == order.upper()).scalar_subquery()
        where.append(OutboxMessage.order_id == named)
    total = db.session.scalar(select(func.count()).select_from(OutboxMessage).where(*where)) or 0
    number = min(max(page, 1), max(1, -(-total // size)))
    rows = db.session.execute(
        select(OutboxMessage, Order.uuid, Order.number)
        .outerjoin(Order, Order.id == OutboxMessage.order_id)
        .where(*where)
        .order_by(OutboxMessage.id.desc())
        .limit(size)
        .offset((number - 1) * size)
        .execution_options(populate_existing=True)
    )
    promises = [Promise(message, uuid, order_number) for message, uuid, order_number in rows]
    return Page(promises, number, size, total)
