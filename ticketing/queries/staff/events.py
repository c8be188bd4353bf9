"""Every event of the house, drafts too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from ticketing.extensions import db
from ticketing.models import Event, Organization, Venue
from ticketing.policy import Actor, Permission, require
from ticketing.queries.catalog import Page
from ticketing.queries.staff.paging import PAGE_SIZE, between, having, page_of, sorting

SORTS: dict[str, Any] = {
    "starts": Event.starts_at,
    "title": func.lower(Event.title),
    "made": Event.id,
    "sold": Event.sold_total,
}
_LISTED = (
    select(
        Event.uuid,
        Event.slug,
        Event.title,
        Event.status,
        Event.starts_at,
        Event.ends_at,
        Event.timezone,
        Event.is_featured,
        Event.sold_total,
        Organization.uuid.label("organization_uuid"),
        Organization.name.label("organization"),
        Venue.name.label("venue"),
        Venue.city,
    )
    .join(Organization, Organization.id == Event.organization_id)
    .join(Venue, Venue.id == Event.venue_id)
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events. Days are those on which they start, of UTC, both included."""

    words: str = ""
    status: str = ""
    featured: bool | None = None
    since: date | None = None
    until: date | None = None
    organization: int | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """All that has to be so."""
        columns = (Event.title, Organization.name, Venue.name, Venue.city)
        found = [*having(self.words, *columns), *between(Event.starts_at, self.since, self.until)]
        if self.status:
            found.append(Event.status == self.status)
        if self.featured is not None:
            found.append(Event.is_featured == self.featured)
        if self.organization is not None:
            found.append(Event.organization_id == self.organization)
        return found


def find_events(
    actor: Actor, wanted: Wanted, *, sort: str = "-made", page: int = 1, size: int = PAGE_SIZE
) -> Page:
    """Such events of all organizations. Two statements.

    :raises NotAllowed: the actor is not staff.
    """
    require(actor, Permission.EVENT_FEATURE)
    rows = _LISTED.where(*wanted.conditions())
    return page_of(rows.order_by(*sorting(SORTS, sort, Event.id)), page, size)


def named(actor: Actor, keys: Sequence[UUID]) -> Sequence[Any]:
    """What these events are called. One statement.

    :raises NotAllowed: the actor is not staff.
    """
    require(actor, Permission.EVENT_FEATURE)
    rows = select(Event.uuid, Event.title.label("name")).where(Event.uuid.in_(keys))
    return db.session.execute(rows.order_by(func.lower(Event.title), Event.id)).all()
