"""Reading event categories."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from ticketing.extensions import db
from ticketing.models import EventCategory
from ticketing.queries.keys import Key, load


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
