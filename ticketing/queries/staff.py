"""What those who run the house look at: the outbox, and who has an account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select

from ticketing import clock
from ticketing.extensions import db
from ticketing.models import Order, OutboxMessage, User
from ticketing.models.outbox import FAILED, QUEUED, SENT
from ticketing.policy import Actor, Permission, require
from ticketing.queries.catalog import Page
from ticketing.queries.messages import PLANNED, SENDING, is_about_order, state_of

PAGE_SIZE = 40
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


def users(
    actor: Actor, *, words: str = "", kind: str = "", active: bool | None = None, page: int = 1
) -> Page:
    """The accounts that have the words in their name or address, newest first. ``kind`` is a user type, or
    ``staff`` or ``support``. Two statements.

    :raises NotAllowed: the actor is not staff.
    """
    require(actor, Permission.USER_LIST)
    where: list[ColumnElement[bool]] = [_has(word) for word in words.split()[:5]]
    if kind:
        where.append(_KINDS[kind])
    if active is not None:
        where.append(User.is_active == active)
    total = db.session.scalar(select(func.count()).select_from(User).where(*where)) or 0
    number = min(max(page, 1), max(1, -(-total // PAGE_SIZE)))
    listed = select(*_SHOWN).where(*where).order_by(User.id.desc())
    rows: Sequence[object] = db.session.execute(
        listed.limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)
    ).all()
    return Page(rows, number, PAGE_SIZE, total)


_KINDS: dict[str, ColumnElement[bool]] = {
    "consumer": User.user_type == "consumer",
    "organizer": User.user_type == "organizer",
    "support": User.is_support.is_(True),
    "staff": or_(User.is_staff.is_(True), User.is_superuser.is_(True)),
}
KINDS = tuple(_KINDS)
_SHOWN = (
    User.id,
    User.email,
    User.first_name,
    User.last_name,
    User.user_type,
    User.is_active,
    User.is_staff,
    User.is_superuser,
    User.is_support,
    User.email_verified_at,
    User.created_at,
    User.last_login_at,
)


def _has(word: str) -> ColumnElement[bool]:
    """In any of the columns: first and last name may be asked for together, as two words."""
    columns = (User.first_name, User.last_name, User.email)
    return or_(*(column.icontains(word, autoescape=True) for column in columns))
