"""What search engines, feed readers and calendars are told, and an organizer's own programme.

Only what stands in the public programme is in here: nothing unlisted, no draft. Every function is a fixed
number of statements, whatever it finds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, and_, bindparam, exists, func, select

from ticketing import clock
from ticketing.errors import NotFound
from ticketing.extensions import db
from ticketing.models import Event, EventCategory, Organization, Venue
from ticketing.models.events import DRAFT, PUBLISHED
from ticketing.queries.catalog import CARDS, MAX_PAGE, ON_SHOW, PAGE_SIZE, Card, Page, with_stock

#: A feed tells of so many events, the soonest.
MOST_IN_FEED = 100
#: The protocol lets a site map hold no more.
MOST_IN_MAP = 50_000

_AnyRow = Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Channel:
    """What a feed is about; without both it is the whole programme."""

    category: EventCategory | None = None
    organizer: Organization | None = None


def channel(category: str = "", organizer: str = "") -> Channel:
    """The feed of a category, of an organizer, or of both, by their slugs. A statement for each.

    :raises NotFound: there is no such category in use, or no such organizer to be seen.
    """
    return Channel(
        _category(category) if category else None,
        get_organizer(organizer) if organizer else None,
    )


def _category(slug: str) -> EventCategory:
    wanted = select(EventCategory).where(EventCategory.slug == slug, EventCategory.is_active)
    category = None if "\0" in slug else db.session.scalar(wanted)
    if category is None:
        raise NotFound("category")
    return category


#: What the public knows an organization by.
HAS_SHOWN = exists().where(
    Event.organization_id == Organization.id, Event.status != DRAFT, Event.published_at.is_not(None)
)


def get_organizer(slug: str) -> Organization:
    """An organization that the public knows: one that has published something. One statement.

    :raises NotFound: there is none, or it has published nothing.
    """
    wanted = select(Organization).where(Organization.slug == slug, HAS_SHOWN)
    organization = None if "\0" in slug else db.session.scalar(wanted)
    if organization is None:
        raise NotFound("organization")
    return organization


_UPCOMING = (
    select(
        Event.id,
        Event.uuid,
        Event.slug,
        Event.title,
        Event.short_description,
        Event.starts_at,
        Event.ends_at,
        Event.timezone,
        Event.published_at,
        Event.created_at,
        Event.updated_at,
        Venue.name.label("venue"),
        Venue.address,
        Venue.city,
        EventCategory.name.label("category"),
        Organization.name.label("organizer"),
    )
    .select_from(Event)
    .join(Event.venue)
    .join(Event.organization)
    .outerjoin(Event.category)
    .where(ON_SHOW)
    .order_by(Event.starts_at, Event.id)
    .limit(MOST_IN_FEED)
)


def upcoming(about: Channel) -> Sequence[_AnyRow]:
    """The next events of a channel, soonest first. One statement."""
    wanted = _UPCOMING
    if about.category is not None:
        wanted = wanted.where(Event.category_id == about.category.id)
    if about.organizer is not None:
        wanted = wanted.where(Event.organization_id == about.organizer.id)
    return db.session.execute(wanted, {"now": clock.now()}).all()


def of_organizer(organization_id: int, *, past: bool, page: int, size: int = PAGE_SIZE) -> Page:
    """An organizer's public events: those to come, soonest first, or those that are over, latest first.
    Three statements; two for what is over, of which nobody asks what is left."""
    now = clock.now()
    gone = and_(Event.status == PUBLISHED, Event.ends_at <= now, Event.is_unlisted.is_(False))
    conditions = (Event.organization_id == organization_id, gone if past else ON_SHOW)
    known = {} if past else {"now": now}
    total = db.session.scalar(select(func.count(Event.id)).where(*conditions), known) or 0
    number = min(max(page, 1), max(1, -(-total // size)), MAX_PAGE)
    rows: Sequence[Any] = ()
    if total:
        order = (Event.starts_at.desc(), Event.id.desc()) if past else (Event.starts_at, Event.id)
        wanted = CARDS.where(*conditions).order_by(*order).limit(size).offset((number - 1) * size)
        rows = db.session.execute(wanted, known).all()
    return Page([Card(*row) for row in rows] if past else with_stock(rows), number, size, total)


@dataclass(frozen=True, slots=True)
class Mapped:
    """Rows of ``(slug, changed at)`` for a site map."""

    events: Sequence[_AnyRow]
    categories: Sequence[_AnyRow]
    organizers: Sequence[_AnyRow]


_CHANGED = func.max(Event.updated_at).label("changed_at")


def _gathered(slug: Any, joined: Any) -> Select[Any]:
    """What has something on show, and when that changed last."""
    found = select(slug, _CHANGED).select_from(Event).join(joined).where(ON_SHOW)
    return found.group_by(slug).order_by(slug).limit(bindparam("most"))


_MAPPED_CATEGORIES = _gathered(EventCategory.slug, Event.category).where(EventCategory.is_active)
_MAPPED_ORGANIZERS = _gathered(Organization.slug, Event.organization)
_MAPPED_EVENTS = (
    select(Event.slug, Event.updated_at.label("changed_at"))
    .where(ON_SHOW)
    .order_by(Event.starts_at, Event.id)
    .limit(bindparam("most"))
)


def mapped(most: int = MOST_IN_MAP) -> Mapped:
    """What a site map names, ``most`` addresses altogether: categories and organizers with something on show,
    then events, the soonest first. Three statements."""
    now = clock.now()

    def rows(wanted: Any, left: int) -> Sequence[_AnyRow]:
        return db.session.execute(wanted, {"now": now, "most": max(left, 0)}).all()

    categories = rows(_MAPPED_CATEGORIES, most)
    events = rows(_MAPPED_EVENTS, most - len(categories))
    organizers = rows(_MAPPED_ORGANIZERS, most - len(categories) - len(events))
    return Mapped(events, categories, organizers)
