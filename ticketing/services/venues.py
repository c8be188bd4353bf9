"""Venues."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, func, select

from ticketing.errors import Invalid, NotFound, said
from ticketing.extensions import db
from ticketing.models import Event, Organization, User, Venue, VenueMembership
from ticketing.models.venues import VENUE_ROLES
from ticketing.policy import Actor, Permission, require
from ticketing.queries.keys import Key, load
from ticketing.services import activity, announcing
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
    """Change a venue. Who has tickets for something there is told of another name or address.

    :raises NotAllowed: the actor neither manages it nor is staff.
    :raises Invalid: the name is taken.
    """
    venue = load(Venue, key, lock=True)
    require(actor, Permission.VENUE_UPDATE, venue)
    if "name" in changed and venue.organization_id is None:
        _check_name(changed["name"], but=venue.id)
    known = announcing.events_at(venue, changed)
    activity.record(actor, "venue_updated", venue, changed=activity.apply(venue, changed))
    announcing.promise_for(known)
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


@transactional
def assign(actor: Actor, key: Key, *, organization: str) -> Venue:
    """Make a venue private to the organization with that slug or name; with none, put it into the public
    list.

    :raises NotAllowed: the actor is not staff.
    :raises Invalid: there is no such organization, events of others take place there, or the public list
        has a venue of that name.
    """
    require(actor, Permission.VENUE_ASSIGN)
    venue = load(Venue, key, lock=True)
    owner_id = _owner_named(organization).id if organization else None
    if owner_id is None:
        _check_name(venue.name, but=venue.id)
    else:
        others = select(Event.id).where(Event.venue_id == venue.id, Event.organization_id != owner_id)
        if db.session.scalar(others.limit(1)):
            raise Invalid(
                "used_by_others", "Events of other organizations take place here.", field="organization"
            )
    changed = activity.apply(venue, {"organization_id": owner_id})
    activity.record(actor, "venue_assigned", venue, changed=changed)
    return venue


@transactional
def add_manager(actor: Actor, key: Key, *, user_email: str, role: str) -> VenueMembership:
    """Let an account look after a venue: as ``MANAGER``, who may change it, or as ``STAFF``.

    :raises NotAllowed: the actor is not staff.
    :raises Invalid: no account has that address, it looks after the venue already, or there is no such role.
    """
    require(actor, Permission.VENUE_ASSIGN)
    if role not in VENUE_ROLES:
        sentence = said("A role is one of %(roles)s.", roles=", ".join(VENUE_ROLES))
        raise Invalid("unknown_role", sentence, field="role")
    venue = load(Venue, key, lock=True)
    user = db.session.scalar(select(User).where(func.lower(User.email) == user_email.lower()))
    if user is None:
        raise Invalid("unknown_user", "No account has this email address.", field="user_email")
    if _membership(venue.id, user.id) is not None:
        raise Invalid("already_member", "This account looks after the venue already.", field="user_email")
    membership = VenueMembership(venue_id=venue.id, user_id=user.id, role=role)
    db.session.add(membership)
    activity.record(actor, "venue_manager_added", venue, user_id=user.id, role=role)
    return membership


@transactional
def remove_manager(actor: Actor, key: Key, user: Key) -> None:
    """Let an account no longer look after a venue.

    :raises NotAllowed: the actor is not staff.
    :raises NotFound: it does not look after it.
    """
    require(actor, Permission.VENUE_ASSIGN)
    venue = load(Venue, key, lock=True)
    membership = _membership(venue.id, load(User, user).id)
    if membership is None:
        raise NotFound("venue manager")
    activity.record(actor, "venue_manager_removed", venue, user_id=membership.user_id, role=membership.role)
    db.session.delete(membership)


def _membership(venue_id: int, user_id: int) -> VenueMembership | None:
    same = VenueMembership.venue_id == venue_id, VenueMembership.user_id == user_id
    return db.session.scalar(select(VenueMembership).where(*same))


def _owner_named(text: str) -> Organization:
    named = func.lower(Organization.name) == text.lower()
    found = select(Organization).where((Organization.slug == text) | named)
    owner = db.session.scalar(found.order_by(Organization.slug != text, Organization.id).limit(1))
    if owner is None:
        raise Invalid("unknown_organization", "No organization has this name.", field="organization")
    return owner


#: What an event's text may say of its place.
TEXT = ("name", "address", "city", "state", "country", "postal_code", "latitude", "longitude")


def private(actor: Actor, organization_id: int, place: Mapping[str, Any], *, timezone: str) -> Venue:
    """The organization's own venue that the text describes, in whatever case: found, or made within the
    caller's command. ``place`` are columns of ``TEXT``; those that it leaves out may say anything.

    A venue is never changed by a text: other events may take place there.
    """
    same = (_says(column, value) for column, value in place.items())
    found = db.session.scalar(
        select(Venue).where(Venue.organization_id == organization_id, *same).order_by(Venue.id).limit(1)
    )
    if found is not None:
        return found
    venue = Venue(organization_id=organization_id, timezone=timezone, **place)
    db.session.add(venue)
    activity.record(actor, "venue_created", venue, name=venue.name)
    return venue


def public(actor: Actor, name: str, *, timezone: str) -> Venue:
    """The venue of the public list with that name, in whatever case: found, or added to it.

    :raises NotAllowed: there is none, and the actor is not staff.
    """
    named = select(Venue).where(Venue.organization_id.is_(None), func.lower(Venue.name) == func.lower(name))
    return db.session.scalar(named) or create(actor, name=name, timezone=timezone)


def _says(column: str, value: Any) -> ColumnElement[bool]:
    stored = getattr(Venue, column)
    if isinstance(value, str):
        return func.lower(stored) == func.lower(value)
    return stored.is_(None) if value is None else stored == value


def _check_name(name: str, but: int | None = None) -> None:
    clash = select(Venue.id).where(
        func.lower(Venue.name) == func.lower(name), Venue.organization_id.is_(None)
    )
    if db.session.scalar(clash.where(Venue.id != (but or 0))):
        raise Invalid("name_taken", "A venue with this name exists already.", field="name")
