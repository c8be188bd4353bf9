"""Reading event categories."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, or_, select

from ticketing import policy
from ticketing.errors import NotFound
from ticketing.extensions import db
from ticketing.models import Event, EventCategory
from ticketing.models.events import PUBLISHED
from ticketing.policy import Actor, Permission
from ticketing.queries.keys import Key, condition_for, load


def find_all(limit: int, offset: int = 0) -> Sequence[EventCategory]:
    """The categories in use, by name (BTick 001 §3)."""
    statement = select(EventCategory).where(EventCategory.is_active)
    return db.session.scalars(
        statement.order_by(func.lower(EventCategory.name), EventCategory.id).limit(limit).offset(offset)
    ).all()


def get(key: Key) -> EventCategory:
    """One category.

    :raises NotFound: there is none.
    """
    return load(EventCategory, key)


def find_named(key: Key) -> EventCategory | None:
    """The category of that number, UUID, slug or name, in whatever case; of two the one with the slug."""
    if not isinstance(key, str):
        return db.session.scalar(select(EventCategory).where(condition_for(EventCategory, key)))
    slug, name = func.lower(EventCategory.slug), func.lower(EventCategory.name)
    wanted = func.lower(key)
    statement = select(EventCategory).where(or_(slug == wanted, name == wanted))
    return db.session.scalar(statement.order_by(slug != wanted, EventCategory.id).limit(1))


def with_counts(limit: int, offset: int = 0) -> Sequence[Row[Any]]:
    """The active categories with ``events_count``, by name (EasyTicket 003). One statement."""
    statement = _with_counts().where(EventCategory.is_active)
    ordered = statement.order_by(func.lower(EventCategory.name), EventCategory.id)
    return db.session.execute(ordered.limit(limit).offset(offset)).all()


def with_count(actor: Actor, key: Key) -> Row[Any]:
    """One category with ``events_count``. One statement.

    :raises NotFound: there is none, or it is out of use and the actor is not staff.
    """
    row = db.session.execute(_with_counts().where(condition_for(EventCategory, key))).one_or_none()
    if row is None or not (row.is_active or policy.allows(actor, Permission.CATEGORY_MANAGE)):
        raise NotFound("category")
    return row


def counted(events: Any = Event) -> tuple[ColumnElement[bool], ...]:
    """Which events a category counts: those on show, over or not."""
    return events.status == PUBLISHED, events.is_unlisted.is_(False)


@functools.cache
def _with_counts() -> Select[Any]:
    count = (
        select(func.count(Event.id))
        .where(Event.category_id == EventCategory.id, *counted())
        .correlate(EventCategory)
        .scalar_subquery()
    )
    return select(*EventCategory.__table__.columns, count.label("events_count"))
