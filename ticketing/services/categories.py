"""Event categories."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from ticketing.errors import Invalid
from ticketing.extensions import db
from ticketing.models import Event, EventCategory
from ticketing.policy import Actor, Permission, require
from ticketing.queries.categories import find_named
from ticketing.queries.keys import Key, load, parse_key, unknown
from ticketing.services import activity
from ticketing.services.slugs import free_slug
from ticketing.transaction import transactional

_LONGEST_NAME = 100


@transactional
def create(actor: Actor, *, name: str, **details: Any) -> EventCategory:
    """Add a category.

    A missing slug is made from the name.

    :raises NotAllowed: the actor is not staff.
    :raises Invalid: the name or the slug is taken, or the slug could be an id.
    """
    require(actor, Permission.CATEGORY_MANAGE)
    _check_name(name)
    slug = details.pop("slug", None)
    if slug:
        _check_slug(slug)
    slug = slug or free_slug(EventCategory, name, longest=100)
    category = EventCategory(name=name, slug=slug, **details)
    db.session.add(category)
    activity.record(actor, "category_created", category, name=name)
    return category


@transactional
def update(actor: Actor, key: Key, **changed: Any) -> EventCategory:
    """Change a category. Its slug stays unless another one is given.

    :raises NotAllowed: the actor is not staff.
    :raises Invalid: the name or the slug is taken, or the slug could be an id.
    """
    require(actor, Permission.CATEGORY_MANAGE)
    category = load(EventCategory, key, lock=True)
    if "name" in changed:
        _check_name(changed["name"], but=category.id)
    if not changed.get("slug"):
        changed.pop("slug", None)
    else:
        _check_slug(changed["slug"], but=category.id)
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


def usable(key: Key, kept: int | None = None) -> EventCategory:
    """The active category of that id, slug or name; an event may keep the one that it has.

    :raises Invalid: there is none, or it is out of use.
    """
    category = find_named(key)
    if category is None:
        raise unknown(EventCategory, field="category")
    if not category.is_active and category.id != kept:
        raise Invalid("inactive_category", "This category is not in use any more.", field="category")
    return category


def usable_or_new(actor: Actor, key: Key, kept: int | None = None) -> EventCategory:
    """The active category of that id, slug or name; a name that nobody knows makes one.

    :raises NotAllowed: there is none of that name, and the actor is not staff.
    :raises Invalid: there is none of that id, or it is out of use.
    """
    if not isinstance(key, str) or find_named(key) is not None:
        return usable(key, kept)
    if len(key) > _LONGEST_NAME:
        sentence = f"A category's name has at most {_LONGEST_NAME} characters."
        raise Invalid("too_long", sentence, field="category")
    return create(actor, name=key)


def _check_slug(slug: str, but: int | None = None) -> None:
    if not isinstance(parse_key(slug), str):
        raise Invalid("slug_is_id", "A slug must not look like an id.", field="slug")
    clash = select(EventCategory.id).where(func.lower(EventCategory.slug) == slug.lower())
    if db.session.scalar(clash.where(EventCategory.id != (but or 0))):
        raise Invalid("slug_taken", "A category with this slug exists already.", field="slug")


def _check_name(name: str, but: int | None = None) -> None:
    clash = select(EventCategory.id).where(func.lower(EventCategory.name) == func.lower(name))
    if db.session.scalar(clash.where(EventCategory.id != (but or 0))):
        raise Invalid("name_taken", "A category with this name exists already.", field="name")
