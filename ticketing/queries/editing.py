"""What forms about events start from: an event as its organizer wrote it, and what can be chosen for it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, func, or_, select
from sqlalchemy.orm import joinedload

from ticketing import clock
from ticketing.errors import NotFound
from ticketing.extensions import db
from ticketing.models import (
    Event,
    EventCategory,
    IdempotencyKey,
    Membership,
    Order,
    Organization,
    Venue,
)
from ticketing.models.orders import CONFIRMED, PENDING
from ticketing.models.organizations import MANAGER, OWNER
from ticketing.policy import Actor, Permission, allows, require
from ticketing.queries.keys import Key, condition_for, load

_EVENT: Select[*tuple[Any, ...]] = (
    select(
        *(column for column in Event.__table__.columns),
        Venue.uuid.label("venue_uuid"),
        EventCategory.uuid.label("category_uuid"),
        Organization.name.label("organization_name"),
    )
    .select_from(Event)
    .join(Event.venue)
    .join(Event.organization)
    .outerjoin(Event.category)
)


@dataclass(frozen=True, slots=True)
class Choices:
    """What an event can be given: rows with ``uuid`` and ``name``, of venues also ``city``."""

    organizations: Sequence[Row[Any]]
    venues: Sequence[Row[Any]]
    categories: Sequence[Row[Any]]


def to_edit(actor: Actor, key: Key) -> Row[Any]:
    """An event with all that its form shows, and ``venue_uuid, category_uuid, organization_name``. One
    statement beside those that ask who the actor is.

    :raises NotFound: there is none, or it is none of the actor's business.
    :raises NotAllowed: the actor has to do with it and does not manage its organization.
    """
    event = db.session.execute(_EVENT.where(condition_for(Event, key))).one_or_none()
    if event is None:
        raise NotFound("event")
    require(actor, Permission.EVENT_SEE, event)
    if not allows(actor, Permission.EVENT_SEE_ORDERS, event):
        raise NotFound("event")
    require(actor, Permission.EVENT_MANAGE, event)
    return event


def to_preview(actor: Actor, key: Key) -> Event:
    """An event with its venue, organization and category, for those who belong to it. One statement beside
    those that ask who the actor is.

    :raises NotFound: there is none, or the actor is a stranger to its organization.
    """
    event = load(
        Event, key, joinedload(Event.venue), joinedload(Event.organization), joinedload(Event.category)
    )
    if not allows(actor, Permission.EVENT_SEE_ORDERS, event):
        raise NotFound("event")
    return event


#: The columns that the form of an event writes.
WRITTEN = (
    "title", "short_description", "description", "category_id", "tags", "venue_id", "starts_at", "ends_at",
    "timezone", "is_free", "capacity", "tickets_per_account", "check_in_policy", "age_restriction",
    "is_unlisted", "terms_and_conditions", "refund_policy",
)  # fmt: skip


def version_of(event: Any) -> str:
    """A mark of what the form of an event or of a row of one writes: another one as soon as any of it has
    changed, and none because something else has, as ``updated_at`` would."""
    told = repr([getattr(event, column) for column in WRITTEN])
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def made_by(actor: Actor, route: str, key: str) -> Row[Any] | None:
    """``uuid`` and ``title`` of the event that the actor's form of this key has made, if there is one. One
    statement."""
    kept = (
        IdempotencyKey.actor == f"user:{actor.user_id}",
        IdempotencyKey.route == route,
        IdempotencyKey.key == key,
    )
    statement: Select[*tuple[Any, ...]] = select(Event.uuid, Event.title)
    joined = statement.join(IdempotencyKey, IdempotencyKey.object_id == Event.id)
    return db.session.execute(joined.where(*kept)).one_or_none()


def choices(actor: Actor, event: Row[Any] | None = None) -> Choices:
    """What the event, else a new one, can be given by the actor. Three statements; for an event two: it stays
    with its organization."""
    if event is not None:
        return Choices((), _venues([event.organization_id]), _categories(event.category_id))
    organizations = _managed(actor)
    return Choices(organizations, _venues([row.id for row in organizations]), _categories(None))


def _managed(actor: Actor) -> Sequence[Row[Any]]:
    """Whose events the actor may make, in the order in which they joined."""
    statement: Select[*tuple[Any, ...]] = (
        select(Organization.id, Organization.uuid, Organization.name)
        .join(Membership, Membership.organization_id == Organization.id)
        .where(Membership.user_id == actor.user_id, Membership.role.in_((OWNER, MANAGER)))
    )
    return db.session.execute(statement.order_by(Membership.id)).all()


def _venues(organization_ids: Sequence[int]) -> Sequence[Row[Any]]:
    """The public ones and the organizations' own, by name."""
    usable = or_(Venue.organization_id.is_(None), Venue.organization_id.in_(organization_ids))
    statement: Select[*tuple[Any, ...]] = select(Venue.uuid, Venue.name, Venue.city).where(usable)
    return db.session.execute(statement.order_by(func.lower(Venue.name), Venue.id)).all()


def _categories(kept: int | None) -> Sequence[Row[Any]]:
    """Those in use and the one that the event has, by name."""
    usable = or_(EventCategory.is_active, EventCategory.id == (kept or 0))
    columns = (EventCategory.uuid, EventCategory.name)
    statement: Select[*tuple[Any, ...]] = select(*columns).where(usable)
    return db.session.execute(statement.order_by(func.lower(EventCategory.name), EventCategory.id)).all()


@dataclass(frozen=True, slots=True)
class Consequences:
    """What calling an event off ends: confirmed orders, orders that wait for their payment, and what buyers
    get back, in minor units by currency."""

    confirmed: int
    pending: int
    money: dict[str, int]


def consequences(event_id: int) -> Consequences:
    """What calling the event off at this moment would end. One statement."""
    stands = (Order.status == CONFIRMED) | ((Order.status == PENDING) & (Order.expires_at > clock.now()))
    left = func.sum(Order.amount_paid - Order.amount_refunded).label("left")
    rows = db.session.execute(
        select(Order.status, Order.currency, func.count().label("number"), left)
        .where(Order.event_id == event_id, stands)
        .group_by(Order.status, Order.currency)
        .order_by(Order.currency)
    ).all()
    return Consequences(
        sum(row.number for row in rows if row.status == CONFIRMED),
        sum(row.number for row in rows if row.status == PENDING),
        {row.currency: int(row.left) for row in rows if row.status == CONFIRMED and row.left},
    )
