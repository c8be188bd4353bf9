"""Invitations into an organization: a role, offered by mail to whoever reads that address.

The link in the mail is made when it is sent and kept as a hash only. It works once, for a week. It says
nothing of the address itself: whoever signs up with it still confirms it the usual way.
"""

from __future__ import annotations

import hashlib
import math
import secrets
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import joinedload

from ticketing import clock
from ticketing.errors import Invalid, NotFound, NotSignedIn, TooMany, said
from ticketing.extensions import db
from ticketing.models import ActivityLog, Invitation, Membership, Organization, User
from ticketing.models.organizations import MEMBER, OWNER
from ticketing.policy import Actor, Permission, require, role_in
from ticketing.queries.keys import Key, find, load
from ticketing.services import activity, notifications
from ticketing.transaction import transactional

LIFE = timedelta(days=7)
#: So many mails may an organization send in a day and a night.
MOST_A_DAY = 50
_DAY = timedelta(days=1)
_INVITED, _SENT_AGAIN = "member_invited", "invitation_sent_again"


@transactional
def invite(actor: Actor, key: Key, *, email: str, role: str = MEMBER) -> Invitation:
    """Offer a role to whoever reads that address; the mail goes out.

    :raises NotFound: the organization is none of the actor's business.
    :raises NotAllowed: the actor is neither its owner or manager nor staff, or a manager offering to be an
        owner.
    :raises Invalid: the address is a member's, or was invited and has time left to come.
    :raises TooMany: the organization has sent many invitations lately.
    """
    organization = _managed(actor, key, role)
    _refuse_member(organization, email)
    invitation = _open_one(organization, email)
    if invitation is not None and invitation.expires_at > clock.now():
        raise Invalid(
            "already_invited", "This address is invited already; send the mail again below.", field="email"
        )
    _count(organization)
    if invitation is None:
        invitation = Invitation(organization_id=organization.id, email=email)
        db.session.add(invitation)
    invitation.role, invitation.actor_id = role, actor.user_id
    _send(actor, invitation)
    activity.record(actor, _INVITED, organization, invitation_id=invitation.id, role=role)
    return invitation


@transactional
def send_again(actor: Actor, key: Key, invitation: UUID) -> Invitation:
    """Mail an invitation once more, with a link of its own and a week to come; the older link is dead.

    :raises NotFound: there is no such open one, or it is none of the actor's business.
    :raises NotAllowed: as with :func:`invite`.
    :raises TooMany: the organization has sent many invitations lately.
    """
    organization, row = _own(actor, key, invitation)
    _count(organization)
    _send(actor, row)
    activity.record(actor, _SENT_AGAIN, organization, invitation_id=row.id, role=row.role)
    return row


@transactional
def revoke(actor: Actor, key: Key, invitation: UUID) -> Invitation:
    """Take an invitation back; its link is dead at once.

    :raises NotFound: there is no such open one, or it is none of the actor's business.
    :raises NotAllowed: as with :func:`invite`.
    """
    organization, row = _own(actor, key, invitation)
    row.revoked_at = clock.now()
    activity.record(actor, "invitation_revoked", organization, invitation_id=row.id, role=row.role)
    return row


@transactional
def mint(invitation_id: int) -> tuple[Invitation, str] | None:
    """An open invitation with its organization, and a fresh secret to be mailed; an older one dies. Nothing
    where nobody may come any more."""
    row = find(Invitation, invitation_id, joinedload(Invitation.organization), lock=True)
    if row is None or not _is_open(row):
        return None
    secret = secrets.token_urlsafe(32)
    row.token_hash = _hashed(secret)
    return row, secret


def find_open(secret: str) -> Invitation | None:
    """The open invitation with this secret and its organization. Looking uses nothing up."""
    row = _with_secret(secret)
    return row if row is not None and _is_open(row) else None


@transactional
def accept(actor: Actor, secret: str, *, as_somebody_else: bool = False) -> Organization:
    """Take the offered role; the organization. A second time nothing changes for whoever has taken it.

    An account with another address than the invited one says so with ``as_somebody_else``: mails are passed
    on. Nobody becomes an owner in that way.

    :raises NotSignedIn: that needs an account.
    :raises Invalid: the link is not valid any more, the account is a member already, or has another address.
    """
    if actor.user_id is None:
        raise NotSignedIn
    known = _with_secret(secret)
    if known is None:
        raise _bad_link()
    organization = load(Organization, known.organization_id, lock=True)
    invitation = load(Invitation, known.id, lock=True)
    role = role_in(actor, organization.id)
    if invitation.accepted_at is not None and role is not None:
        return organization
    if not _is_open(invitation):
        raise _bad_link()
    if role is not None:
        raise Invalid("already_member", "You are a member of this organization already.")
    user = load(User, actor.user_id)
    _check_address(invitation, user, as_somebody_else)
    invitation.accepted_at = clock.now()
    db.session.add(Membership(organization_id=organization.id, user_id=user.id, role=invitation.role))
    noted = {"invitation_id": invitation.id, "role": invitation.role, "user_id": user.id}
    activity.record(actor, "invitation_accepted", organization, **noted)
    return organization


def forget(email: str) -> None:
    """Take an address out of our books, within the caller's command. The log never had it."""
    db.session.execute(
        delete(Invitation)
        .where(func.lower(Invitation.email) == email.lower())
        .execution_options(synchronize_session=False)
    )


def is_for(invitation: Invitation, email: str) -> bool:
    """Whether this is the invited address."""
    return invitation.email.lower() == email.lower()


def _check_address(invitation: Invitation, user: User, as_somebody_else: bool) -> None:
    if is_for(invitation, user.email):
        return
    if invitation.role == OWNER:
        raise Invalid(
            "other_address", "Only the account with the invited address can become an owner.", field="other"
        )
    if not as_somebody_else:
        raise Invalid("confirm_other", "Please confirm that you come with another address.", field="other")


def _managed(actor: Actor, key: Key, role: str) -> Organization:
    """The organization, locked."""
    organization = load(Organization, key, lock=True)
    require(actor, Permission.ORGANIZATION_SEE, organization)
    require(actor, Permission.ORGANIZATION_ADD_MEMBER, organization)
    if role == OWNER:
        require(
            actor,
            Permission.ORGANIZATION_ADD_OWNER,
            organization,
            said("Only an owner can add another owner."),
        )
    return organization


def _own(actor: Actor, key: Key, invitation: UUID) -> tuple[Organization, Invitation]:
    """An open invitation of the organization, both locked."""
    organization = _managed(actor, key, MEMBER)
    row = load(Invitation, invitation, lock=True)
    is_settled = row.accepted_at is not None or row.revoked_at is not None
    if row.organization_id != organization.id or is_settled:
        raise NotFound("invitation")
    if row.role == OWNER:
        require(actor, Permission.ORGANIZATION_ADD_OWNER, organization)
    return organization, row


def _refuse_member(organization: Organization, email: str) -> None:
    member = (
        select(Membership.id)
        .join(Membership.user)
        .where(Membership.organization_id == organization.id, func.lower(User.email) == email.lower())
    )
    if db.session.scalar(member) is not None:
        raise Invalid("already_member", "Somebody with this address is a member already.", field="email")


def _open_one(organization: Organization, email: str) -> Invitation | None:
    wanted = select(Invitation).where(
        Invitation.organization_id == organization.id,
        func.lower(Invitation.email) == email.lower(),
        Invitation.accepted_at.is_(None),
        Invitation.revoked_at.is_(None),
    )
    fresh = wanted.with_for_update(key_share=True).execution_options(populate_existing=True)
    return db.session.scalars(fresh).one_or_none()


def _count(organization: Organization) -> None:
    """Counted in the log, of which nothing is taken back; the organization is locked."""
    now = clock.now()
    sent = db.session.scalars(
        select(ActivityLog.created_at)
        .where(
            ActivityLog.object_type == "organization",
            ActivityLog.object_id == organization.id,
            ActivityLog.action.in_((_INVITED, _SENT_AGAIN)),
            ActivityLog.created_at > now - _DAY,
        )
        .order_by(ActivityLog.created_at.desc())
        .limit(MOST_A_DAY)
    ).all()
    if len(sent) == MOST_A_DAY:
        free_at = sent[-1] + _DAY
        wait = math.ceil((free_at - now).total_seconds())
        raise TooMany(MOST_A_DAY, math.ceil(free_at.timestamp()), max(wait, 1))


def _send(actor: Actor, invitation: Invitation) -> None:
    """Promise the mail. Until it is sent nobody knows the secret that opens it."""
    invitation.token_hash = _hashed(secrets.token_urlsafe(32))
    invitation.expires_at = clock.now() + LIFE
    db.session.flush()
    known = select(User.language).where(func.lower(User.email) == invitation.email.lower())
    notifications.tell(
        notifications.INVITATION,
        language=db.session.scalar(known) or actor.language,
        invitation_id=invitation.id,
    )


def _with_secret(secret: str) -> Invitation | None:
    """Looked up by its hash, so that no comparison tells by its duration how much of a guess was right."""
    wanted = select(Invitation).where(Invitation.token_hash == _hashed(secret))
    fresh = wanted.options(joinedload(Invitation.organization)).execution_options(populate_existing=True)
    return db.session.scalars(fresh).one_or_none()


def _is_open(invitation: Invitation) -> bool:
    settled = invitation.accepted_at or invitation.revoked_at
    return settled is None and invitation.expires_at > clock.now()


def _bad_link() -> Invalid:
    return Invalid("bad_invitation", "This invitation is not valid any more.", field="token")


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
