"""Reading organizations and who belongs to them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import case, func, select
from sqlalchemy.orm import joinedload

from ticketing import policy
from ticketing.extensions import db
from ticketing.models import Membership, Organization
from ticketing.models.organizations import ROLES
from ticketing.policy import Actor, Permission
from ticketing.queries.keys import Key, load


def find_all(limit: int, offset: int = 0) -> Sequence[Organization]:
    """All organizations, by name (BTick 001 §5)."""
    return db.session.scalars(
        select(Organization)
        .order_by(func.lower(Organization.name), Organization.id)
        .limit(limit)
        .offset(offset)
    ).all()


def get(key: Key) -> Organization:
    """One organization.

    :raises NotFound: there is none.
    """
    return load(Organization, key)


def to_manage(actor: Actor, key: Key) -> Organization:
    """One organization, for whoever may change what it says of itself.

    :raises NotFound: there is none.
    :raises NotAllowed: the actor is neither its owner or manager nor staff.
    """
    organization = load(Organization, key)
    policy.require(actor, Permission.ORGANIZATION_UPDATE, organization)
    return organization


def members(actor: Actor, key: Key, limit: int, offset: int = 0) -> Sequence[Membership]:
    """Who belongs to an organization, owners first (BTick 001 §5.2). Two statements.

    :raises NotFound: there is no such organization.
    :raises NotAllowed: the actor does not belong to it.
    """
    organization = get(key)
    policy.require(actor, Permission.ORGANIZATION_SEE_MEMBERS, organization)
    rank = case({role: place for place, role in enumerate(ROLES)}, value=Membership.role)
    return db.session.scalars(
        select(Membership)
        .where(Membership.organization_id == organization.id)
        .options(joinedload(Membership.user))
        .order_by(rank, Membership.created_at, Membership.id)
        .limit(limit)
        .offset(offset)
    ).all()
