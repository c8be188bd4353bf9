"""Every category of events, those out of use too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select

from ticketing.errors import NotFound
from ticketing.extensions import db
from ticketing.models import Event, EventCategory
from ticketing.policy import Actor, Permission, require
from ticketing.queries.catalog import Page
from ticketing.queries.keys import Key, condition_for
from ticketing.queries.staff.paging import having, page_of, sorting

#: All events, on show or not: while there is one, its category stays.
_EVENTS = (
    select(func.count(Event.id))
    .where(Event.category_id == EventCategory.id)
    .correlate(EventCategory)
    .scalar_subquery()
)
_LISTED = select(
    EventCategory.uuid,
    EventCategory.name,
    EventCategory.slug,
    EventCategory.description,
    EventCategory.icon,
    EventCategory.is_active,
    _EVENTS.label("events"),
)
SORTS: dict[str, Any] = {
    "name": func.lower(EventCategory.name),
    "events": _EVENTS,
    "made": EventCategory.id,
}


def find_categories(
    actor: Actor, *, words: str = "", active: bool | None = None, sort: str = "name", page: int = 1
) -> Page:
    """The categories that have the words in their name or slug. Two statements.

    :raises NotAllowed: the actor is not staff.
    """
    require(actor, Permission.CATEGORY_MANAGE)
    where = having(words, EventCategory.name, EventCategory.slug)
    if active is not None:
        where.append(EventCategory.is_active == active)
    return page_of(_LISTED.where(*where).order_by(*sorting(SORTS, sort, EventCategory.id)), page)


def get(actor: Actor, key: Key) -> Row[Any]:
    """One category, and how many ``events`` have it. One statement.

    :raises NotFound: there is none.
    :raises NotAllowed: the actor is not staff.
    """
    require(actor, Permission.CATEGORY_MANAGE)
    row = db.session.execute(_LISTED.where(condition_for(EventCategory, key))).one_or_none()
    if row is None:
        raise NotFound("category")
    return row


def named(actor: Actor, keys: Sequence[UUID]) -> Sequence[Any]:
    """What these categories are called. One statement.

    :raises NotAllowed: the actor is not staff.
    """
    require(actor, Permission.CATEGORY_MANAGE)
    rows = select(EventCategory.uuid, EventCategory.name).where(EventCategory.uuid.in_(keys))
    return db.session.execute(rows.order_by(func.lower(EventCategory.name))).all()
