"""Reading venues."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, or_, select, true

from ticketing.errors import NotFound
from ticketing.extensions import db
from ticketing.models import Event, Membership, Venue
from ticketing.policy import Actor
from ticketing.queries.keys import Key, find


def find_all(limit: int, offset: int = 0) -> Sequence[Venue]:
    """The public list, by name (BTick 001 §4)."""
    statement = select(Venue).where(Venue.organization_id.is_(None))
    return db.session.scalars(
        statement.order_by(func.lower(Venue.name), Venue.id).limit(limit).offset(offset)
    ).all()


def get(actor: Actor, key: Key) -> Venue:
    """One venue.

    :raises NotFound: there is none, or it is private to a strange organization that has published nothing
        there.
    """
    venue = find(Venue, key, where=(_visible(actor),))
    if venue is None:
        raise NotFound("venue")
    return venue


def _visible(actor: Actor) -> ColumnElement[bool]:
    """In the public list, on a published event's page, or the actor's own organization's."""
    if actor.is_admin:
        return true()
    shown = select(Event.venue_id).where(Event.venue_id == Venue.id, Event.published_at.is_not(None))
    mine = select(Membership.organization_id).where(Membership.user_id == actor.user_id)
    return or_(Venue.organization_id.is_(None), shown.exists(), Venue.organization_id.in_(mine))
