"""Event categories."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from ticketing.errors import Invalid
from ticketing.extensions import db
from ticketing.models import Event, EventCategory
from ticketing.policy import Actor, Permission, require
from ticketing.queries.keys import Key, load
from ticketing.services import activity
from ticketing.services.slugs import free_slug
from ticketing.transaction import transactional


@transactional
def create(actor: Actor, *, name: str, **details: Any) -> EventCategory:
    """Add a category.

    :raises NotAllowed: the actor is not staff.
    :raises Invalid: the name is taken.
    """
    require(actor, Permission.CATEGORY_MANAGE)
    _check_name(name)
    slug = details.pop("slug", None) or free_slug(EventCategory, name, longest=100)
    category = EventCategory(name=name, slug=slug, **details)
    db.session.add(category)
    activity.record(actor, "category_created", category, name=name)
    return category


@transactional
def update(actor: Actor, key: Key, **changed: Any) -> EventCategory:
    """Change a category; its slug stays.

    :raises NotAllowed: the actor is not staff.
    :raises Invalid: the name is taken.
    """
    require(actor, Permission.CATEGORY_MANAGE)
    category = load(EventCategory, key, lock=True)
    if "name" in changed:
        _check_name(changed["name"], but=category.id)
    activity.record(actor, "category_updated", category, changed=activity.apply(category, changed))
    return category


@transactional
def delete(actor: Actor, key: Key) -> None:
    """Remove a category that no event uses.

    :raises NotAllowed: the actor is not staff.
    :raises Invalid: events use it.
    """
    require(actor, Permission.CATEGORY_MANAGE)
    category = load(EventCategory, key, lock=True)
    if db.session.scalar(select(Event.id).where(Event.category_id == category.id).limit(1)):
        raise Invalid("in_use", "Events use this category; it cannot be deleted.")
    activity.record(actor, "category_deleted", category, name=category.name)
    db.session.delete(category)


def _check_name(name: str, but: int | None = None) -> None:
    clash = select(EventCategory.id).where(func.lower(EventCategory.name) == name.lower())
    if db.session.scalar(clash.where(EventCategory.id != (but or 0))):
        raise Invalid("name_taken", "A category with this name exists already.", field="name")
