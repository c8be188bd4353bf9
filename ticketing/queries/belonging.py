"""Who belongs to an organization and who is invited, as its pages show them. Flat rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, case, func, select

from ticketing.errors import NotFound
from ticketing.extensions import db
from ticketing.models import Invitation, Membership, Organization, User
from ticketing.models.organizations import MANAGER, MEMBER, ROLES
from ticketing.policy import Actor, Permission, allows
from ticketing.queries import organizations
from ticketing.queries.catalog import Page
from ticketing.queries.keys import Key

PAGE_SIZE = 50

_NAME = func.trim(User.first_name + " " + User.last_name)
_PERSON = func.coalesce(func.nullif(_NAME, ""), User.email)
_RANK = case({role: place for place, role in enumerate(ROLES)}, value=Membership.role)
_MEMBERS: Select[*tuple[Any, ...]] = select(
    Membership.uuid,
    Membership.user_id,
    Membership.role,
    Membership.created_at,
    User.email,
    _PERSON.label("person"),
).join(Membership.user)


@dataclass(frozen=True, slots=True)
class Belonging:
    """A page of an organization's members, its open invitations for those who may invite, and which roles
    the actor may give."""

    organization: Organization
    page: Page
    invitations: Sequence[Row[Any]]
    may_give: tuple[str, ...]

    def may_change(self, member: Any) -> bool:
        """Whether the actor stands above them. Owners are an owner's business."""
        return member.role in self.may_give


@dataclass(frozen=True, slots=True)
class Member:
    """One member: a row of ``uuid, user_id, role, created_at, email, person``."""

    organization: Organization
    member: Row[Any]
    may_give: tuple[str, ...]
    is_own: bool

    @property
    def may_change(self) -> bool:
        """Whether the actor may give them another role."""
        return self.member.role in self.may_give


def of(actor: Actor, key: Key, *, page: int = 1, size: int = PAGE_SIZE) -> Belonging:
    """Who belongs to an organization, owners first. Six statements at most.

    :raises NotFound: there is none, or it is none of the actor's business.
    """
    organization = organizations.to_see(actor, key)
    here = Membership.organization_id == organization.id
    total = db.session.scalar(select(func.count(Membership.id)).where(here)) or 0
    number = min(max(page, 1), max(1, -(-total // size)))
    ordered = _MEMBERS.where(here).order_by(_RANK, Membership.created_at, Membership.id)
    rows = db.session.execute(ordered.limit(size).offset((number - 1) * size)).all()
    may_give = _may_give(actor, organization)
    invited = _invited(organization) if may_give else ()
    return Belonging(organization, Page(rows, number, size, total), invited, may_give)


def one_of(actor: Actor, key: Key, member: UUID) -> Member:
    """One member, for whoever may give them another role or take theirs: for oneself, too.

    :raises NotFound: there is no such member, or they are none of the actor's business.
    """
    organization = organizations.to_see(actor, key)
    wanted = _MEMBERS.where(Membership.organization_id == organization.id, Membership.uuid == member)
    row = db.session.execute(wanted).one_or_none()
    if row is None:
        raise NotFound("member")
    found = Member(organization, row, _may_give(actor, organization), row.user_id == actor.user_id)
    if not (found.may_change or found.is_own):
        raise NotFound("member")
    return found


def _may_give(actor: Actor, organization: Organization) -> tuple[str, ...]:
    """The roles that the actor may offer and take."""
    if allows(actor, Permission.ORGANIZATION_ADD_OWNER, organization):
        return ROLES
    return (MANAGER, MEMBER) if allows(actor, Permission.ORGANIZATION_ADD_MEMBER, organization) else ()


def _invited(organization: Organization) -> Sequence[Row[Any]]:
    """Open invitations, the latest first, and who made them. One that is too old stays until it is sent
    again or taken back."""
    wanted: Select[*tuple[Any, ...]] = (
        select(
            Invitation.uuid,
            Invitation.email,
            Invitation.role,
            Invitation.expires_at,
            _PERSON.label("inviter"),
        )
        .outerjoin(User, User.id == Invitation.actor_id)
        .where(
            Invitation.organization_id == organization.id,
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
        )
        .order_by(Invitation.updated_at.desc(), Invitation.id.desc())
        .limit(200)
    )
    return db.session.execute(wanted).all()


def name_of(user_id: int | None) -> str:
    """What somebody is called; nothing for who is gone."""
    return db.session.scalar(select(_PERSON).where(User.id == user_id)) or ""


def has_account(email: str) -> bool:
    """Whether an account has this address."""
    wanted = select(User.id).where(func.lower(User.email) == email.lower())
    return db.session.scalar(wanted) is not None
