"""What an organization says of itself, what its tickets look like, and its end."""

from __future__ import annotations

import re
from typing import IO, Any

from sqlalchemy import select

from ticketing.errors import Invalid, Refusal
from ticketing.extensions import db
from ticketing.models import Event, Organization
from ticketing.policy import Actor, Permission, require
from ticketing.queries.keys import Key, load
from ticketing.services import activity, pictures
from ticketing.services.organizations import origins
from ticketing.services.organizations.opening import check_name
from ticketing.transaction import assert_none_open, transactional


@transactional
def update(actor: Actor, key: Key, **changed: Any) -> Organization:
    """Change what an organization says of itself; its slug and currency stay.

    :raises NotAllowed: the actor is neither its owner or manager nor staff.
    :raises Invalid: the name is taken, or a widget's page is none.
    """
    organization = load(Organization, key, lock=True)
    require(actor, Permission.ORGANIZATION_UPDATE, organization)
    if "name" in changed:
        check_name(changed["name"], but=organization.id)
    if "widget_origins" in changed:
        changed["widget_origins"] = origins.normalised(changed["widget_origins"])
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


def _checked_accent(accent: str) -> str:
    if accent and not re.fullmatch("#[0-9a-fA-F]{6}", accent):
        raise Invalid("bad_accent", "A colour is written like #ad124e.", field="accent")
    return accent.lower()
