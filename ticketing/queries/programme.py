"""The programme as flat rows: every event with its place, category and organizer, and what is left of it.

A row has the event's own columns under their names, the venue's under ``venue_…``, the category's under
``category_…``, the organizer's under ``organizer_…`` and ``organization_name``, ``contact_email`` and
``is_house`` of the organization. A list is one statement for its rows and one for their stock, whatever it
finds.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Label, Row, Select, and_, func, or_, select, true
from sqlalchemy.orm import aliased

from ticketing import clock, policy
from ticketing.errors import Invalid, NotFound
from ticketing.extensions import db
from ticketing.models import Event, EventCategory, Membership, Organization, User, Venue
from ticketing.models.events import CANCELLED, DRAFT, PUBLISHED
from ticketing.policy import Actor, Permission
from ticketing.queries import categories, search, stock
from ticketing.queries.keys import Key, condition_for, permission_to_see
from ticketing.queries.stock import Seats


class Stage(StrEnum):
    """Where an event stands: its stored status, and of a published one what the clock says."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ONGOING = "ongoing"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list of events is asked for; None asks for nothing. ``ordering`` is a column of ``ORDERINGS``,
    with ``-`` for descending; popularity, either way, is most sold first."""

    stage: Stage | None = None
    category: Key | None = None
    is_free: bool | None = None
    is_featured: bool | None = None
    city: str = ""
    pricing_type: str | None = None
    search: str = ""
    ordering: str = "-starts_at"


@dataclass(frozen=True, slots=True)
class Shown:
    """An event as a reader sees it, and its stock."""

    row: Row[Any]
    seats: Seats


@dataclass(frozen=True, slots=True)
class Found:
    """One page of a list, and how many there are on all pages."""

    rows: list[Shown]
    total: int


#: What a list can be ordered by.
ORDERINGS: dict[str, Any] = {
    "starts_at": Event.starts_at,
    "created_at": Event.created_at,
    "title": Event.title,
    "base_price": func.coalesce(Event.base_price, Event.lowest_price, 0),
    "popularity": Event.sold_total,
}


def find(actor: Actor, wanted: Wanted, *, page: int, size: int) -> Found:
    """A page of the published events, over or not, and of what the actor's own organizations have beside
    them; staff see all (EasyTicket 003, Events). Three statements, one more for a category.

    :raises Invalid: there is no such category.
    """
    conditions = [*_visible(actor), *_conditions(wanted)]
    total = db.session.scalar(select(func.count()).select_from(Event).where(*conditions)) or 0
    return Found(_listed(conditions, wanted.ordering, size, (page - 1) * size) if total else [], total)


def matching(actor: Actor, wanted: Wanted, limit: int, offset: int = 0) -> list[Shown]:
    """The same events without pages.

    :raises Invalid: there is no such category.
    """
    return _listed([*_visible(actor), *_conditions(wanted)], wanted.ordering, limit, offset)


def own(actor: Actor, limit: int, offset: int = 0) -> list[Shown]:
    """Events of the organizations that the actor belongs to, whatever their status; staff get all.

    :raises NotAllowed: the actor is no organizer.
    """
    policy.require(actor, Permission.EVENT_LIST_OWN)
    return _listed([_own(actor)], "-starts_at", limit, offset)


def upcoming(limit: int, offset: int = 0) -> list[Shown]:
    """Published events that have not begun, soonest first."""
    return _listed([*_ON_SHOW, Event.starts_at > clock.now()], "starts_at", limit, offset)


def featured(limit: int, offset: int = 0) -> list[Shown]:
    """Published events that the house puts in front, the newest first."""
    return _listed([*_ON_SHOW, Event.is_featured.is_(True)], "-created_at", limit, offset)


def of_category(key: Key, limit: int, offset: int = 0) -> list[Shown]:
    """Published events of a category that is named by its id, slug or name; none for an unknown one."""
    category = categories.find_named(key)
    if category is None:
        return []
    return _listed([*_ON_SHOW, Event.category_id == category.id], "starts_at", limit, offset)


def get(actor: Actor, key: Key) -> Shown:
    """One event with everything that it says of itself. Two statements.

    :raises NotFound: there is none, or it is a stranger's draft, or unlisted and named by a number.
    """
    row = db.session.execute(_whole_events().where(condition_for(Event, key))).one_or_none()
    if row is None:
        raise NotFound("event")
    policy.require(actor, permission_to_see(key), row)
    return Shown(row, stock.seats_of([row.id])[row.id])


def stage_of(row: Any) -> Stage:
    """Where an event stands at this moment."""
    if row.status != PUBLISHED:
        return Stage(row.status)
    now = clock.now()
    if row.starts_at > now:
        return Stage.PUBLISHED
    return Stage.ONGOING if row.ends_at > now else Stage.COMPLETED


_ON_SHOW = (Event.status == PUBLISHED, Event.is_unlisted.is_(False))


def _visible(actor: Actor) -> list[ColumnElement[bool]]:
    """What is on show, and the actor's own; unlisted events are in no list but ``own``."""
    listed = Event.is_unlisted.is_(False)
    if not actor.is_signed_in:
        return list(_ON_SHOW)
    return [listed, or_(Event.status == PUBLISHED, _own(actor))]


def _own(actor: Actor) -> ColumnElement[bool]:
    if actor.is_admin:
        return true()
    mine = select(Membership.organization_id).where(Membership.user_id == actor.user_id)
    return Event.organization_id.in_(mine)


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions = [] if wanted.stage is None else [_stands(wanted.stage)]
    if wanted.category is not None:
        conditions.append(Event.category_id == _category_id(wanted.category))
    if wanted.is_free is not None:
        conditions.append(_IS_FREE if wanted.is_free else ~_IS_FREE)
    if wanted.is_featured is not None:
        conditions.append(Event.is_featured.is_(wanted.is_featured))
    if wanted.pricing_type is not None:
        conditions.append(Event.pricing_type == wanted.pricing_type)
    if wanted.city:
        there = select(Venue.id).where(func.lower(Venue.city) == func.lower(wanted.city))
        conditions.append(Event.venue_id.in_(there))
    if wanted.search:
        conditions.append(search.matching(wanted.search))
    return conditions


def _category_id(key: Key) -> int:
    category = categories.find_named(key)
    if category is None:
        raise Invalid("unknown_category", "There is no such category.", field="category")
    return category.id


#: Declared as free, or nothing that it offers costs anything.
_IS_FREE = or_(Event.is_free, func.coalesce(Event.highest_price, 1) == 0)


def _stands(stage: Stage) -> ColumnElement[bool]:
    if stage in (Stage.DRAFT, Stage.CANCELLED):
        return Event.status == {Stage.DRAFT: DRAFT, Stage.CANCELLED: CANCELLED}[stage]
    now = clock.now()
    times = {
        Stage.PUBLISHED: Event.starts_at > now,
        Stage.ONGOING: and_(Event.starts_at <= now, Event.ends_at > now),
        Stage.COMPLETED: Event.ends_at <= now,
    }
    return and_(Event.status == PUBLISHED, times[stage])


def _listed(conditions: Sequence[ColumnElement[bool]], ordering: str, limit: int, offset: int) -> list[Shown]:
    ordered = _events().where(*conditions).order_by(*_order(ordering)).limit(limit).offset(offset)
    rows = db.session.execute(ordered).all()
    seats = stock.seats_of([row.id for row in rows])
    return [Shown(row, seats[row.id]) for row in rows]


def _order(ordering: str) -> tuple[Any, Any]:
    name = ordering.removeprefix("-")
    down = ordering.startswith("-") or name == "popularity"
    column = ORDERINGS[name]
    return (column.desc(), Event.id.desc()) if down else (column.asc(), Event.id.asc())


#: What only one event's own page tells.
_AT_LENGTH = (
    "banner_image",
    "terms_and_conditions",
    "refund_policy",
    "age_restriction",
    "tags",
    "is_unlisted",
    "updated_at",
    "venue_address",
    "venue_state",
    "venue_postal_code",
    "venue_latitude",
    "venue_longitude",
    "category_slug",
    "category_description",
    "category_icon",
    "category_is_active",
    "category_created_at",
)


@functools.cache
def _columns() -> tuple[Label[Any], ...]:
    labelled: list[Label[Any]] = [
        column.label(column.key)
        for column in Event.__table__.columns
        if column.key not in ("organizer_id", "category_id", "venue_id", "check_in_policy")
    ]
    for prefix, model, names in (
        ("venue", Venue, "name address city state country postal_code latitude longitude"),
        ("category", EventCategory, "uuid name slug description icon is_active created_at"),
        ("organizer", User, "uuid first_name last_name email"),
    ):
        labelled += [getattr(model, name).label(f"{prefix}_{name}") for name in names.split()]
    labelled += [
        Organization.name.label("organization_name"),
        Organization.contact_email.label("contact_email"),
        Organization.is_house.label("is_house"),
    ]
    return tuple(labelled)


def _joined(columns: Sequence[Any]) -> Select[Any]:
    return (
        select(*columns)
        .select_from(Event)
        .join(Event.organization)
        .join(Event.venue)
        .outerjoin(Event.category)
        .outerjoin(Event.organizer)
    )


@functools.cache
def _events() -> Select[Any]:
    return _joined([column for column in _columns() if column.name not in _AT_LENGTH])


@functools.cache
def _whole_events() -> Select[Any]:
    other = aliased(Event)
    count = (
        select(func.count(other.id))
        .where(other.category_id == EventCategory.id, *categories.counted(other))
        .correlate(EventCategory)
        .scalar_subquery()
    )
    return _joined([*_columns(), count.label("category_events_count")])
