"""Organizations and their members."""

from __future__ import annotations

import re
from typing import IO, Any

from flask import current_app
from sqlalchemy import func, select

from ticketing.errors import Invalid, Refusal
from ticketing.extensions import db
from ticketing.models import Event, Membership, Organization, User
from ticketing.models.organizations import MANAGER, MEMBER, OWNER
from ticketing.policy import Actor, Permission, require
from ticketing.queries.keys import Key, load
from ticketing.services import activity, pictures
from ticketing.services.slugs import free_slug
from ticketing.transaction import assert_none_open, transactional


@transactional
def create(actor: Actor, *, name: str, **details: Any) -> Organization:
    """Open an organization. Nobody belongs to it yet: its first owner is added as a member.

    :raises NotAllowed: the actor is not staff.
    :raises Invalid: the name is taken.
    """
    require(actor, Permission.ORGANIZATION_CREATE)
    _check_name(name)
    organization = Organization(
        name=name,
        slug=free_slug(Organization, name),
        currency=details.pop("currency", None) or current_app.config["CURRENCY"],
        **details,
    )
    db.session.add(organization)
    activity.record(actor, "organization_created", organization, name=name)
    return organization


@transactional
def update(actor: Actor, key: Key, **changed: Any) -> Organization:
    """Change what an organization says of itself; its slug and currency stay.

    :raises NotAllowed: the actor is neither its owner or manager nor staff.
    :raises Invalid: the name is taken.
    """
    organization = load(Organization, key, lock=True)
    require(actor, Permission.ORGANIZATION_UPDATE, organization)
    if "name" in changed:
        _check_name(changed["name"], but=organization.id)
    activity.record(
        actor, "organization_updated", organization, changed=activity.apply(organization, changed)
    )
    return organization


def set_look(
    actor: Actor,
    key: Key,
    *,
    accent: str,
    logo: IO[bytes] | bytes | None = None,
    remove_logo: bool = False,
) -> Organization:
    """Decorate an organization's tickets: with a colour, ``#rrggbb`` or nothing for the house's own, and with
    a logo, see ``pictures.take_in``. Without a new one and without ``remove_logo`` the logo stays.

    :raises NotAllowed: the actor is neither its owner or manager nor staff.
    :raises Invalid: this is no colour, or no picture that can be taken in.
    """
    assert_none_open()
    require(actor, Permission.ORGANIZATION_UPDATE, load(Organization, key))
    changed: dict[str, Any] = {"accent": _checked_accent(accent)}
    if logo is not None:
        changed["logo"] = pictures.take_in(logo, folder=pictures.LOGOS, box=pictures.LOGO_BOX, field="logo")
    elif remove_logo:
        changed["logo"] = None
    try:
        organization, replaced = _set_look(actor, key, changed)
    except Refusal:
        # After any other failure it may be committed all the same, and then the picture is needed.
        pictures.drop(changed.get("logo"))
        raise
    pictures.drop(replaced)
    return organization


@transactional
def _set_look(actor: Actor, key: Key, changed: dict[str, Any]) -> tuple[Organization, str | None]:
    """The organization, and the logo that it had and has no more."""
    organization = load(Organization, key, lock=True)
    require(actor, Permission.ORGANIZATION_UPDATE, organization)
    before = organization.logo
    noted = activity.apply(organization, changed)
    activity.record(actor, "organization_look_set", organization, changed=noted)
    return organization, before if before != organization.logo else None


def delete(actor: Actor, key: Key) -> None:
    """Remove an organization that has no events, and its logo.

    :raises NotAllowed: the actor is not staff.
    :raises Invalid: it has events.
    """
    assert_none_open()
    pictures.drop(_delete(actor, key))


@transactional
def _delete(actor: Actor, key: Key) -> str | None:
    """What its logo is called."""
    require(actor, Permission.ORGANIZATION_DELETE)
    organization = load(Organization, key, lock=True)
    if db.session.scalar(select(Event.id).where(Event.organization_id == organization.id).limit(1)):
        raise Invalid("in_use", "This organization has events; it cannot be deleted.")
    activity.record(actor, "organization_deleted", organization, name=organization.name)
    db.session.delete(organization)
    return organization.logo


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
            actor, Permission.ORGANIZATION_ADD_OWNER, organization, "Only an owner can add another owner."
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


#: No name leads to that slug, so nobody else has it: of two houses opened at once the second collides with
#: the first, and its command, run again, finds it.
_HOUSE_NAME, _HOUSE_SLUG = "Foyer", "the_house"


def house(actor: Actor) -> Organization:
    """The house's own organization, for what staff arrange: there is one, and it is opened on demand."""
    found = select(Organization).where(Organization.is_house).order_by(Organization.id).limit(1)
    return db.session.scalar(found) or _open(actor, _HOUSE_NAME, slug=_HOUSE_SLUG, is_house=True)


def own(actor: Actor) -> Organization:
    """The first organization that the actor owns or manages; who has none gets one of that name.

    Within the caller's command. The account is locked, so that two requests at once open one.
    """
    user = load(User, actor.user_id or 0, lock=True)
    first = managed(actor)
    if first is not None:
        return first
    organization = _open(actor, user.full_name if user.full_name != user.email else user.username)
    db.session.add(Membership(organization_id=organization.id, user_id=user.id, role=OWNER))
    activity.record(actor, "member_added", organization, user_id=user.id, role=OWNER)
    return organization


def managed(actor: Actor) -> Organization | None:
    """The first organization that the actor owns or manages."""
    return db.session.scalar(
        select(Organization)
        .join(Membership, Membership.organization_id == Organization.id)
        .where(Membership.user_id == actor.user_id, Membership.role.in_((OWNER, MANAGER)))
        .order_by(Membership.id)
        .limit(1)
    )


def _open(actor: Actor, name: str, *, slug: str | None = None, is_house: bool = False) -> Organization:
    name = _free_name(name)
    organization = Organization(
        name=name,
        slug=slug or free_slug(Organization, name),
        currency=current_app.config["CURRENCY"],
        is_house=is_house,
    )
    db.session.add(organization)
    db.session.flush()
    activity.record(actor, "organization_created", organization, name=name)
    return organization


def _free_name(wanted: str) -> str:
    """The name, with a number behind it where others have it."""
    wanted = wanted[:190]
    alike = func.lower(Organization.name).startswith(func.lower(wanted))
    taken = {name.lower() for name in db.session.scalars(select(Organization.name).where(alike))}
    name, number = wanted, 1
    while name.lower() in taken:
        number += 1
        name = f"{wanted} {number}"
    return name


def _checked_accent(accent: str) -> str:
    if accent and not re.fullmatch("#[0-9a-fA-F]{6}", accent):
        raise Invalid("bad_accent", "A colour is written like #ad124e.", field="accent")
    return accent.lower()


def _check_name(name: str, but: int | None = None) -> None:
    clash = select(Organization.id).where(func.lower(Organization.name) == func.lower(name))
    if db.session.scalar(clash.where(Organization.id != (but or 0))):
        raise Invalid("name_taken", "An organization with this name exists already.", field="name")
