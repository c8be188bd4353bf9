"""Reading events as flat rows: with organization, venue and category, one statement a list.

A row has the event's own columns under their names, and ``organization_name``, ``venue_name``,
``venue_address``, ``category_name``, ``category_created_at`` beside the ids.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Label,
    Row,
    Select,
    UnaryExpression,
    bindparam,
    select,
)

from ticketing import clock, policy
from ticketing.errors import NotFound
from ticketing.extensions import db
from ticketing.models import Event, EventCategory, Membership, Organization, Venue
from ticketing.models.events import PUBLISHED
from ticketing.policy import Actor, Permission
from ticketing.queries import organizations, search, venues
from ticketing.queries.keys import Key, condition_for, permission_to_see


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list of events is asked for; None asks for nothing. ``status`` is the stored one."""

    category: Key | None = None
    venue: Key | None = None
    organization: Key | None = None
    status: str | None = None
    starts_after: datetime | None = None
    starts_before: datetime | None = None
    ends_after: datetime | None = None
    ends_before: datetime | None = None
    search: str = ""
    ordering: str = "starts_at"


def programme(actor: Actor, wanted: Filter, limit: int, offset: int = 0) -> Sequence[Row[Any]]:
    """Published events that are not over, soonest first (BTick 001 §2.1).

    Asked for drafts or cancelled ones, staff get all of them, members those of their organizations, and
    everybody else none.
    """
    if wanted == Filter():
        values = {"now": clock.now(), "limit": limit, "offset": offset}
        return db.session.connection().execute(_whole_programme(), values).all()
    statement = _events().where(*_conditions(wanted))
    if wanted.status in (None, PUBLISHED):
        return _listed(statement.where(*_on_show(clock.now())), wanted, limit, offset)
    if not actor.is_signed_in:
        return []
    return _listed(statement.where(*_own(actor)), wanted, limit, offset)


def _on_show(now: Any) -> tuple[ColumnElement[bool], ...]:
    return Event.status == PUBLISHED, Event.ends_at > now, Event.is_unlisted.is_(False)


@functools.cache
def _whole_programme() -> Select[Any]:
    """What most callers ask for. Built once: building it costs as much as running it."""
    now = bindparam("now", type_=Event.ends_at.type)
    limit, offset = bindparam("limit", type_=BigInteger), bindparam("offset", type_=BigInteger)
    ordered = _events().where(*_on_show(now)).order_by(Event.starts_at, Event.id)
    return ordered.limit(limit).offset(offset)


def own(actor: Actor, wanted: Filter, limit: int, offset: int = 0) -> Sequence[Row[Any]]:
    """Events of the organizations that the actor belongs to, whatever their status; staff get all
    (BTick 001 §2.7).

    :raises NotAllowed: the actor is no organizer.
    """
    policy.require(actor, Permission.EVENT_LIST_OWN)
    statement = _events().where(*_conditions(wanted), *_own(actor))
    return _listed(statement, wanted, limit, offset)


def of_organization(actor: Actor, key: Key, limit: int, offset: int = 0) -> Sequence[Row[Any]]:
    """An organization's events, newest first: all of them for its members, to others what was published
    and stands (BTick 001 §5.1).

    :raises NotFound: there is no such organization.
    """
    organization = organizations.get(key)
    statement = _events().where(Event.organization_id == organization.id)
    if not policy.allows(actor, Permission.ORGANIZATION_SEE_DRAFTS, organization):
        statement = statement.where(Event.status == PUBLISHED, Event.is_unlisted.is_(False))
    return _listed(statement, Filter(ordering="-created_at"), limit, offset)


def schedule(actor: Actor, key: Key, limit: int, offset: int = 0) -> Sequence[Row[Any]]:
    """Published events that will start at a venue, soonest first (BTick 001 §4).

    :raises NotFound: there is no such venue.
    """
    venue = venues.get(actor, key)
    statement = _events().where(
        Event.venue_id == venue.id,
        Event.status == PUBLISHED,
        Event.starts_at > clock.now(),
        Event.is_unlisted.is_(False),
    )
    return _listed(statement, Filter(), limit, offset)


def get(actor: Actor, key: Key) -> Row[Any]:
    """One event.

    :raises NotFound: there is none, or it is a stranger's draft, or unlisted and named by a number.
    """
    statement = _events().add_columns(
        Event.description,
        Event.capacity,
        Event.published_at,
        Event.is_unlisted,
        Event.created_at,
        Event.updated_at,
    )
    row = db.session.execute(statement.where(condition_for(Event, key))).one_or_none()
    if row is None:
        raise NotFound("event")
    policy.require(actor, permission_to_see(key), row)
    return row


#: What no list of events shows; turning a thousand UUIDs into objects takes longer than finding the rows.
_NOT_LISTED = ("uuid", "timezone", "currency")


@functools.cache
def columns() -> tuple[Label[Any], ...]:
    """What an event is shown by; needs organization, venue and category joined."""
    own_columns = (
        Event.id,
        Event.uuid,
        Event.title,
        Event.status,
        Event.starts_at,
        Event.ends_at,
        Event.timezone,
        Event.currency,
        Event.organization_id,
        Event.venue_id,
        Event.category_id,
    )
    return (
        *(column.label(column.key) for column in own_columns),
        Organization.name.label("organization_name"),
        Venue.name.label("venue_name"),
        Venue.address.label("venue_address"),
        EventCategory.name.label("category_name"),
        EventCategory.created_at.label("category_created_at"),
    )


@functools.cache
def _events() -> Select[Any]:
    return (
        select(*(column for column in columns() if column.name not in _NOT_LISTED))
        .select_from(Event)
        .join(Event.organization)
        .join(Event.venue)
        .outerjoin(Event.category)
    )


def _listed(statement: Select[Any], wanted: Filter, limit: int, offset: int) -> Sequence[Row[Any]]:
    ordered = statement.order_by(_first(wanted.ordering), Event.id)
    return db.session.connection().execute(ordered.limit(limit).offset(offset)).all()


def _first(ordering: str) -> UnaryExpression[Any]:
    """What to order by: ``starts_at``, ``created_at``, ``title``, each with ``-``; the soonest for words
    that mean nothing. Popularity, either way, is most sold first."""
    name = ordering.removeprefix("-")
    if name == "popularity":
        return Event.sold_total.desc()
    known = {"starts_at": Event.starts_at, "created_at": Event.created_at, "title": Event.title}
    if name not in known:
        return Event.starts_at.asc()
    return known[name].desc() if ordering.startswith("-") else known[name].asc()


def _own(actor: Actor) -> list[ColumnElement[bool]]:
    if actor.is_admin:
        return []
    mine = select(Membership.organization_id).where(Membership.user_id == actor.user_id)
    return [Event.organization_id.in_(mine)]


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    conditions = [
        condition_for(model, key)
        for model, key in (
            (EventCategory, wanted.category),
            (Venue, wanted.venue),
            (Organization, wanted.organization),
        )
        if key is not None
    ]
    if wanted.status is not None:
        conditions.append(Event.status == wanted.status)
    if wanted.starts_after is not None:
        conditions.append(Event.starts_at >= wanted.starts_after)
    if wanted.starts_before is not None:
        conditions.append(Event.starts_at <= wanted.starts_before)
    if wanted.ends_after is not None:
        conditions.append(Event.ends_at >= wanted.ends_after)
    if wanted.ends_before is not None:
        conditions.append(Event.ends_at <= wanted.ends_before)
    if wanted.search:
        conditions.append(search.matching(wanted.search))
    return conditions
