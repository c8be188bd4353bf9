"""Who follows which organization."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, select

from ticketing import clock
from ticketing.errors import NotFound
from ticketing.extensions import db
from ticketing.models import Event, Follow, Organization, OutboxMessage, User
from ticketing.models.outbox import QUEUED
from ticketing.policy import Actor
from ticketing.queries.catalog import ON_SHOW, Page
from ticketing.queries.feeds import HAS_SHOWN
from ticketing.queries.keys import Key, condition_for

PAGE_SIZE = 20


def get_public(key: Key) -> Organization:
    """An organization that the public knows.

    :raises NotFound: there is none, or it has published nothing.
    """
    wanted = select(Organization).where(condition_for(Organization, key), HAS_SHOWN)
    organization = db.session.scalar(wanted)
    if organization is None:
        raise NotFound("organization")
    return organization


def is_public(organization_id: int) -> bool:
    """Whether the public knows the organization, and can follow it."""
    wanted = select(Organization.id).where(Organization.id == organization_id, HAS_SHOWN)
    return db.session.scalar(wanted) is not None


def follows(actor: Actor, organization_id: int) -> bool:
    """Whether the actor follows it. One statement for those who have an account, none for others."""
    if actor.user_id is None:
        return False
    wanted = select(Follow.id).where(
        Follow.user_id == actor.user_id, Follow.organization_id == organization_id
    )
    return db.session.scalar(wanted) is not None


def has_followers(organization_id: int) -> bool:
    """Whether anybody follows it."""
    wanted = select(Follow.id).where(Follow.organization_id == organization_id).limit(1)
    return db.session.scalar(wanted) is not None


def number_of_followers(organization_id: int) -> int:
    """How many follow it."""
    wanted = select(func.count(Follow.id)).where(Follow.organization_id == organization_id)
    return db.session.scalar(wanted) or 0


def of_account(actor: Actor, *, page: int, size: int = PAGE_SIZE) -> Page:
    """What the actor follows, by name: rows of ``slug, name, created_at`` and ``upcoming``, the number of
    events that are on show. Two statements."""
    mine = Follow.user_id == actor.user_id
    total = db.session.scalar(select(func.count(Follow.id)).where(mine)) or 0
    number = min(max(page, 1), max(1, -(-total // size)))
    upcoming = (
        select(func.count(Event.id))
        .where(Event.organization_id == Organization.id, ON_SHOW)
        .correlate(Organization)
        .scalar_subquery()
    )
    wanted: Select[*tuple[Any, ...]] = (
        select(Organization.slug, Organization.name, Follow.created_at, upcoming.label("upcoming"))
        .join(Follow, Follow.organization_id == Organization.id)
        .where(mine)
        .order_by(func.lower(Organization.name), Organization.id)
        .limit(size)
        .offset((number - 1) * size)
    )
    return Page(db.session.execute(wanted, {"now": clock.now()}).all(), number, size, total)


def next_followers(
    organization_id: int, *, until: datetime, after: int, limit: int
) -> Sequence[Row[int, int, str]]:
    """The next of those who followed at a moment and whose account is open: rows of ``id, user_id,
    language``, in the order in which they came."""
    return db.session.execute(
        select(Follow.id, Follow.user_id, User.language)
        .join(User, User.id == Follow.user_id)
        .where(
            Follow.organization_id == organization_id,
            Follow.id > after,
            Follow.created_at <= until,
            User.is_active,
        )
        .order_by(Follow.id)
        .limit(limit)
    ).all()


def waiting_mails(kind: str, most: int) -> int:
    """How many mails of a kind wait for their first try, counted up to ``most``."""
    waiting = select(OutboxMessage.id).where(
        OutboxMessage.status == QUEUED, OutboxMessage.attempts == 0, OutboxMessage.kind == kind
    )
    return db.session.scalar(select(func.count()).select_from(waiting.limit(most).subquery())) or 0
