"""Opening organizations: by staff, by whoever wants to put something on, and by the house itself."""

from __future__ import annotations

from typing import Any

from flask import current_app
from sqlalchemy import func, select

from ticketing.errors import Invalid, said
from ticketing.extensions import db
from ticketing.models import Membership, Organization, User
from ticketing.models.organizations import MANAGER, OWNER
from ticketing.policy import Actor, Permission, require
from ticketing.queries.keys import load
from ticketing.services import activity, idempotency
from ticketing.services.idempotency import Idempotency
from ticketing.services.slugs import free_slug
from ticketing.transaction import transactional

#: So many may one account own that opened them itself; staff gives more.
MOST_OWNED = 10
#: What an organization can sell in, where its opener chooses.
CURRENCIES = (
    "AED", "AUD", "BRL", "CAD", "CHF", "CLP", "COP", "CZK", "DKK", "EUR", "GBP", "GHS", "HKD", "HUF", "IDR",
    "ILS", "INR", "JPY", "KES", "KRW", "MAD", "MXN", "MYR", "NGN", "NOK", "NZD", "PHP", "PLN", "RON", "SAR",
    "SEK", "SGD", "THB", "TND", "TRY", "TZS", "UGX", "USD", "VND", "XAF", "XOF", "ZAR",
)  # fmt: skip


@transactional
def create(actor: Actor, *, name: str, **details: Any) -> Organization:
    """Open an organization. Nobody belongs to it yet: its first owner is added as a member.

    :raises NotAllowed: the actor is not staff.
    :raises Invalid: the name is taken.
    """
    require(actor, Permission.ORGANIZATION_CREATE)
    check_name(name)
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
def open_own(
    actor: Actor, *, name: str, currency: str, once: Idempotency | None = None, **details: Any
) -> Organization:
    """Open an organization that the actor owns. With ``once``, a request that comes again gets the first
    one's organization.

    :raises NotSignedIn: the actor has no account.
    :raises Invalid: the name is taken, there is no such currency, or the account owns many already.
    :raises Conflict: another request was made under the same key.
    """
    require(actor, Permission.ORGANIZATION_OPEN)
    if once is not None and (earlier := idempotency.claim(actor, once)) is not None:
        return load(Organization, earlier)
    # Locked, so that of two requests at once the second counts what the first one opened.
    user = load(User, actor.user_id or 0, lock=True)
    _check_number(actor)
    check_name(name)
    if currency not in (*CURRENCIES, current_app.config["CURRENCY"]):
        raise Invalid("unknown_currency", "There is no such currency.", field="currency")
    organization = Organization(name=name, slug=free_slug(Organization, name), currency=currency, **details)
    db.session.add(organization)
    db.session.flush()
    activity.record(actor, "organization_created", organization, name=name)
    _make_owner(actor, organization, user)
    if once is not None:
        idempotency.point_at(actor, once, organization.id)
    return organization


def _check_number(actor: Actor) -> None:
    owned = db.session.scalar(
        select(func.count(Membership.id)).where(Membership.user_id == actor.user_id, Membership.role == OWNER)
    )
    if not actor.is_admin and (owned or 0) >= MOST_OWNED:
        raise Invalid(
            "too_many_organizations",
            said("You own %(number)s organizations already. Ask us if you need more.", number=owned),
        )


def _make_owner(actor: Actor, organization: Organization, user: User) -> None:
    db.session.add(Membership(organization_id=organization.id, user_id=user.id, role=OWNER))
    activity.record(actor, "member_added", organization, user_id=user.id, role=OWNER)


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
    _make_owner(actor, organization, user)
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


def check_name(name: str, but: int | None = None) -> None:
    """Nobody else has it.

    :raises Invalid: an organization other than ``but`` is called so, in whatever case.
    """
    clash = select(Organization.id).where(func.lower(Organization.name) == func.lower(name))
    if db.session.scalar(clash.where(Organization.id != (but or 0))):
        raise Invalid("name_taken", "An organization with this name exists already.", field="name")
