"""Every organization, and one with its people, events and money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.orm import joinedload

from ticketing.extensions import db
from ticketing.models import Balance, Event, Membership, Order, Organization
from ticketing.models.organizations import ROLES
from ticketing.policy import Actor, Permission, require
from ticketing.queries.catalog import Page
from ticketing.queries.keys import Key, load
from ticketing.queries.sales_figures import Takings
from ticketing.queries.staff import events
from ticketing.queries.staff.paging import having, page_of, sorting

_NEWEST = 8
_MOST_MEMBERS = 100
_MEMBERS = (
    select(func.count(Membership.id))
    .where(Membership.organization_id == Organization.id)
    .correlate(Organization)
    .scalar_subquery()
)
_EVENTS = (
    select(func.count(Event.id))
    .where(Event.organization_id == Organization.id)
    .correlate(Organization)
    .scalar_subquery()
)
SORTS: dict[str, Any] = {
    "name": func.lower(Organization.name),
    "members": _MEMBERS,
    "events": _EVENTS,
    "opened": Organization.created_at,
}


@dataclass(frozen=True, slots=True)
class Whole:
    """An organization: who belongs to it (owners first), its newest events, what its buyers paid in each
    currency, and what we owe it."""

    organization: Organization
    members: Sequence[Membership]
    events: Page
    takings: Sequence[Takings]
    balances: Sequence[Balance]

    @property
    def uuid(self) -> UUID:
        """The organization's."""
        return self.organization.uuid


def find_organizations(actor: Actor, *, words: str = "", sort: str = "name", page: int = 1) -> Page:
    """The organizations that have the words in their name, slug or address. Two statements.

    :raises NotAllowed: the actor is not staff.
    """
    require(actor, Permission.ORGANIZATION_CREATE)
    columns = Organization.name, Organization.slug, Organization.contact_email
    rows = select(
        Organization.uuid,
        Organization.name,
        Organization.slug,
        Organization.contact_email,
        Organization.currency,
        Organization.is_house,
        Organization.created_at,
        _MEMBERS.label("members"),
        _EVENTS.label("events"),
    ).where(*having(words, *columns))
    return page_of(rows.order_by(*sorting(SORTS, sort, Organization.id)), page)


def get(actor: Actor, key: Key) -> Whole:
    """One organization. Six statements.

    :raises NotFound: there is none.
    :raises NotAllowed: the actor is not staff.
    """
    require(actor, Permission.ORGANIZATION_CREATE)
    found = load(Organization, key)
    balances = select(Balance).where(Balance.organization_id == found.id).order_by(Balance.currency)
    return Whole(
        found,
        _members(found.id),
        events.find_events(actor, events.Wanted(organization=found.id), size=_NEWEST),
        _takings(found.id),
        db.session.scalars(balances).all(),
    )


def alone(actor: Actor, key: Key) -> Organization:
    """One organization without all that. One statement.

    :raises NotFound: there is none.
    :raises NotAllowed: the actor is not staff.
    """
    require(actor, Permission.ORGANIZATION_CREATE)
    return load(Organization, key)


def _members(organization_id: int) -> Sequence[Membership]:
    rank = case({role: place for place, role in enumerate(ROLES)}, value=Membership.role)
    rows = select(Membership).where(Membership.organization_id == organization_id)
    return db.session.scalars(
        rows.options(joinedload(Membership.user)).order_by(rank, Membership.id).limit(_MOST_MEMBERS)
    ).all()


def _takings(organization_id: int) -> list[Takings]:
    rows = db.session.execute(
        select(Order.currency, func.sum(Order.amount_paid), func.sum(Order.amount_refunded))
        .where(Order.organization_id == organization_id, Order.amount_paid > 0)
        .group_by(Order.currency)
        .order_by(Order.currency)
    ).all()
    return [Takings(currency, int(paid), int(refunded)) for currency, paid, refunded in rows]
