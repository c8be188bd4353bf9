"""Who belongs to an organization, in which role. It never loses its last owner.

Whoever changes that locks the organization first: of two owners who take each other's place at once, the
second finds what the first has done.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select, update

from ticketing import clock
from ticketing.errors import Invalid, NotFound, said
from ticketing.extensions import db
from ticketing.models import Invitation, Membership, Organization, User
from ticketing.models.organizations import MANAGER, MEMBER, OWNER
from ticketing.policy import Actor, Permission, require
from ticketing.queries.keys import Key, load
from ticketing.services import activity
from ticketing.transaction import transactional


@transactional
def add_member(actor: Actor, key: Key, *, user_email: str, role: str = MEMBER) -> Membership:
    """Give an account a role in an organization (BTick 001 §5.3).

    :raises NotAllowed: the actor is neither owner or manager nor staff, or a manager naming an owner.
    :raises Invalid: no account has that address, or it is a member already.
    """
    organization = load(Organization, key)
    require(actor, Permission.ORGANIZATION_ADD_MEMBER, organization)
    if role == OWNER:
        require(
            actor,
            Permission.ORGANIZATION_ADD_OWNER,
            organization,
            said("Only an owner can add another owner."),
        )
    user = db.session.scalars(select(User).where(func.lower(User.email) == user_email.lower())).one_or_none()
    if user is None:
        raise Invalid("unknown_user", "No account has this email address.", field="user_email")
    clash = select(Membership.id).where(
        Membership.organization_id == organization.id, Membership.user_id == user.id
    )
    if db.session.scalar(clash):
        raise Invalid(
            "already_member", "This user is already a member of the organization.", field="non_field_errors"
        )
    membership = Membership(organization_id=organization.id, user_id=user.id, role=role)
    membership.user = user
    db.session.add(membership)
    db.session.flush()
    activity.record(actor, "member_added", organization, user_id=user.id, role=role)
    return membership


@transactional
def change_role(actor: Actor, key: Key, member: UUID, role: str) -> Membership:
    """Give a member another role. The one that they have already changes nothing.

    :raises NotFound: it is no member of an organization that is the actor's business.
    :raises NotAllowed: the actor is neither its owner or manager nor staff, or a manager, and this is about
        an owner.
    :raises Invalid: the organization would have no owner.
    """
    organization, membership = _locked(actor, key, member)
    _require_over(actor, organization, membership.role, role)
    before = membership.role
    if role == before:
        return membership
    if before == OWNER:
        _refuse_last_owner(organization, membership)
    membership.role = role
    _take_back_invitations(organization, membership)
    noted = {"role": [before, role]}
    activity.record(actor, "member_role_changed", organization, user_id=membership.user_id, changed=noted)
    return membership


@transactional
def remove(actor: Actor, key: Key, member: UUID) -> None:
    """End somebody's membership, at once and with all that it allowed; one's own, too. Whoever they have
    invited and has not come yet stays away.

    :raises NotFound: it is no member of an organization that is the actor's business.
    :raises NotAllowed: it is not the actor's own membership, and the actor is neither owner or manager nor
        staff, or a manager, and this is an owner.
    :raises Invalid: the organization would have no owner.
    """
    organization, membership = _locked(actor, key, member)
    is_own = membership.user_id == actor.user_id
    if not is_own:
        _require_over(actor, organization, membership.role)
    if membership.role == OWNER:
        _refuse_last_owner(organization, membership)
    _take_back_invitations(organization, membership, all_of_them=True)
    action = "member_left" if is_own else "member_removed"
    activity.record(actor, action, organization, user_id=membership.user_id, role=membership.role)
    db.session.delete(membership)


def _locked(actor: Actor, key: Key, member: UUID) -> tuple[Organization, Membership]:
    organization = load(Organization, key, lock=True)
    require(actor, Permission.ORGANIZATION_SEE, organization)
    membership = load(Membership, member)
    if membership.organization_id != organization.id:
        raise NotFound("membership")
    return organization, membership


def _require_over(actor: Actor, organization: Organization, *roles: str) -> None:
    """Owners are made and touched by owners only."""
    require(actor, Permission.ORGANIZATION_ADD_MEMBER, organization)
    if OWNER in roles:
        require(
            actor,
            Permission.ORGANIZATION_ADD_OWNER,
            organization,
            said("Only an owner can do this to an owner."),
        )


def _refuse_last_owner(organization: Organization, membership: Membership) -> None:
    """Somebody whose account is closed owns nothing that others could ask for."""
    others = (
        select(Membership.id)
        .join(Membership.user)
        .where(
            Membership.organization_id == organization.id,
            Membership.role == OWNER,
            Membership.id != membership.id,
            User.is_active,
        )
    )
    if db.session.scalar(others.limit(1)) is None:
        raise Invalid("last_owner", "An organization needs an owner: name another one first.")


def _take_back_invitations(
    organization: Organization, membership: Membership, *, all_of_them: bool = False
) -> None:
    """Nobody comes in on the word of somebody who could not give it any more."""
    everything = all_of_them or membership.role == MEMBER
    db.session.execute(
        update(Invitation)
        .where(
            Invitation.organization_id == organization.id,
            Invitation.actor_id == membership.user_id,
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
            Invitation.role.in_((OWNER, MANAGER, MEMBER) if everything else (OWNER,)),
        )
        .values(revoked_at=clock.now())
        .execution_options(synchronize_session=False)
    )
