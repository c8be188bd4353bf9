"""Reading organizations and who belongs to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, case, func, select
from sqlalchemy.orm import joinedload

from ticketing import policy
from ticketing.extensions import db
from ticketing.models import Membership, Organization
from ticketing.models.organizations import MANAGER, OWNER, ROLES
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


def to_see(actor: Actor, key: Key) -> Organization:
    """One organization, for whoever belongs to it in any role.

    :raises NotFound: there is none, or it is none of the actor's business.
    """
    organization = load(Organization, key)
    policy.require(actor, Permission.ORGANIZATION_SEE, organization)
    return organization


def to_manage(
    actor: Actor, key: Key, permission: Permission = Permission.ORGANIZATION_UPDATE
) -> Organization:
    """One organization, for whoever may change what it says of itself, or do what ``permission`` allows.

    :raises NotFound: there is none, or it is none of the actor's business.
    :raises NotAllowed: the actor belongs to it, and is neither its owner or manager.
    """
    organization = to_see(actor, key)
    policy.require(actor, permission, organization)
    return organization


def own(actor: Actor) -> Sequence[Row[Any]]:
    """The organizations that the actor belongs to, by name: rows of ``id, uuid, slug, name, role`` and
    ``is_managed``. One statement."""
    wanted: Select[*tuple[Any, ...]] = (
        select(
            Organization.id,
            Organization.uuid,
            Organization.slug,
            Organization.name,
            Membership.role,
            Membership.role.in_((OWNER, MANAGER)).label("is_managed"),
        )
        .join(Membership, Membership.organization_id == Organization.id)
        .where(Membership.user_id == actor.user_id)
        .order_by(func.lower(Organization.name), Organization.id)
    )
    return db.session.execute(wanted).all() if actor.is_signed_in else ()


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
