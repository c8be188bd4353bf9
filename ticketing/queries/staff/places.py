"""Every venue, and one with those who look after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from ticketing.extensions import db
from ticketing.models import Event, Organization, Venue, VenueMembership
from ticketing.policy import Actor, Permission, require
from ticketing.queries.catalog import Page
from ticketing.queries.keys import Key, load
from ticketing.queries.staff.paging import having, page_of, sorting

_EVENTS = select(func.count(Event.id)).where(Event.venue_id == Venue.id).correlate(Venue).scalar_subquery()
SORTS: dict[str, Any] = {
    "name": func.lower(Venue.name),
    "city": func.lower(Venue.city),
    "events": _EVENTS,
    "made": Venue.id,
}
PUBLIC, PRIVATE = "public", "private"


@dataclass(frozen=True, slots=True)
class Place:
    """A venue, whose it is (nobody's: in the public list), who looks after it, and how many events take or
    took place there."""

    venue: Venue
    organization: Organization | None
    memberships: Sequence[VenueMembership]
    events: int

    @property
    def uuid(self) -> UUID:
        """The venue's."""
        return self.venue.uuid


def find_venues(actor: Actor, *, words: str = "", shown: str = "", sort: str = "name", page: int = 1) -> Page:
    """The venues that have the words in their name or address. ``shown`` is ``public`` or ``private``. Two
    statements.

    :raises NotAllowed: the actor is not staff.
    """
    require(actor, Permission.VENUE_CREATE)
    where = having(words, Venue.name, Venue.address, Venue.city, Venue.country)
    if shown:
        where.append(
            Venue.organization_id.is_(None) if shown == PUBLIC else Venue.organization_id.is_not(None)
        )
    rows = (
        select(
            Venue.uuid,
            Venue.name,
            Venue.address,
            Venue.city,
            Venue.country,
            Venue.capacity,
            Organization.uuid.label("organization_uuid"),
            Organization.name.label("organization"),
            _EVENTS.label("events"),
        )
        .outerjoin(Organization, Organization.id == Venue.organization_id)
        .where(*where)
    )
    return page_of(rows.order_by(*sorting(SORTS, sort, Venue.id)), page)


def get(actor: Actor, key: Key) -> Place:
    """One venue. Four statements.

    :raises NotFound: there is none.
    :raises NotAllowed: the actor is not staff.
    """
    require(actor, Permission.VENUE_CREATE)
    venue = load(Venue, key)
    owner = None if venue.organization_id is None else load(Organization, venue.organization_id)
    people = select(VenueMembership).where(VenueMembership.venue_id == venue.id)
    return Place(
        venue,
        owner,
        db.session.scalars(
            people.options(joinedload(VenueMembership.user)).order_by(VenueMembership.id)
        ).all(),
        db.session.scalar(select(func.count(Event.id)).where(Event.venue_id == venue.id)) or 0,
    )
