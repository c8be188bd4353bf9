"""Venues."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from ticketing.errors import Invalid
from ticketing.extensions import db
from ticketing.models import Event, Venue
from ticketing.policy import Actor, Permission, require
from ticketing.queries.keys import Key, load
from ticketing.services import activity
from ticketing.transaction import transactional


@transactional
def create(actor: Actor, *, name: str, **details: Any) -> Venue:
    """Add a venue to the public list.

    :raises NotAllowed: the actor is not staff.
    :raises Invalid: the name is taken.
    """
    require(actor, Permission.VENUE_CREATE)
    _check_name(name)
    venue = Venue(name=name, **details)
    db.session.add(venue)
    activity.record(actor, "venue_created", venue, name=name)
    return venue


@transactional
def update(actor: Actor, key: Key, **changed: Any) -> Venue:
    """Change a venue.

    :raises NotAllowed: the actor neither manages it nor is staff.
    :raises Invalid: the name is taken.
    """
    venue = load(Venue, key, lock=True)
    require(actor, Permission.VENUE_UPDATE, venue)
    if "name" in changed and venue.organization_id is None:
        _check_name(changed["name"], but=venue.id)
    activity.record(actor, "venue_updated", venue, changed=activity.apply(venue, changed))
    return venue


@transactional
def delete(actor: Actor, key: Key) -> None:
    """Remove a venue where nothing takes or took place.

    :raises NotAllowed: the actor is not staff.
    :raises Invalid: events use it.
    """
    require(actor, Permission.VENUE_DELETE)
    venue = load(Venue, key, lock=True)
    if db.session.scalar(select(Event.id).where(Event.venue_id == venue.id).limit(1)):
        raise Invalid("in_use", "Events take place here; the venue cannot be deleted.")
    activity.record(actor, "venue_deleted", venue, name=venue.name)
    db.session.delete(venue)


def _check_name(name: str, but: int | None = None) -> None:
    clash = select(Venue.id).where(func.lower(Venue.name) == name.lower(), Venue.organization_id.is_(None))
    if db.session.scalar(clash.where(Venue.id != (but or 0))):
        raise Invalid("name_taken", "A venue with this name exists already.", field="name")
