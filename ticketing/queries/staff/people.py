"""Who has an account, and all that the house knows of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import joinedload

from ticketing.extensions import db
from ticketing.models import ActivityLog, Membership, User, VenueMembership
from ticketing.policy import Actor, Permission, allows, require
from ticketing.queries import activity
from ticketing.queries.catalog import Page
from ticketing.queries.keys import Key, load
from ticketing.queries.staff import orders
from ticketing.queries.staff.paging import having, page_of, sorting

_NEWEST = 8
_SIGN_INS = 6
_KINDS: dict[str, ColumnElement[bool]] = {
    "consumer": User.user_type == "consumer",
    "organizer": User.user_type == "organizer",
    "support": User.is_support.is_(True),
    "staff": or_(User.is_staff.is_(True), User.is_superuser.is_(True)),
}
KINDS = tuple(_KINDS)
SORTS: dict[str, Any] = {
    "joined": User.created_at,
    "name": func.lower(User.last_name),
    "email": func.lower(User.email),
    "seen": User.last_login_at,
}
_LISTED = select(
    User.id,
    User.uuid,
    User.email,
    User.first_name,
    User.last_name,
    User.user_type,
    User.is_active,
    User.is_staff,
    User.is_superuser,
    User.is_support,
    User.email_verified_at,
    User.created_at,
    User.last_login_at,
)


@dataclass(frozen=True, slots=True)
class Person:
    """An account with what belongs to it. What it did, and from where it signed in, is told to those only
    who may read the activity log."""

    user: User
    memberships: Sequence[Membership]
    venues: Sequence[VenueMembership]
    orders: Page
    deeds: Sequence[ActivityLog]
    sign_ins: Sequence[ActivityLog]


def users(
    actor: Actor,
    *,
    words: str = "",
    kind: str = "",
    active: bool | None = None,
    sort: str = "-joined",
    page: int = 1,
) -> Page:
    """The accounts that have the words in their name or address. ``kind`` is a user type, or ``staff`` or
    ``support``. Two statements.

    :raises NotAllowed: the actor is neither support nor staff.
    """
    require(actor, Permission.USER_LIST)
    where = having(words, User.first_name, User.last_name, User.email)
    if kind:
        where.append(_KINDS[kind])
    if active is not None:
        where.append(User.is_active == active)
    return page_of(_LISTED.where(*where).order_by(*sorting(SORTS, sort, User.id)), page)


def named(actor: Actor, keys: Sequence[UUID]) -> Sequence[Any]:
    """What these accounts are called. One statement.

    :raises NotAllowed: the actor is neither support nor staff.
    """
    require(actor, Permission.USER_LIST)
    rows = select(User.uuid, User.email.label("name")).where(User.uuid.in_(keys))
    return db.session.execute(rows.order_by(func.lower(User.email))).all()


def get(actor: Actor, key: Key) -> Person:
    """One account. Five statements, four more for those who may read the activity log.

    :raises NotFound: there is none.
    :raises NotAllowed: the actor is neither support nor staff.
    """
    require(actor, Permission.USER_LIST)
    user = load(User, key)
    may_read = allows(actor, Permission.ACTIVITY_SEE)
    return Person(
        user,
        _memberships(user),
        _venues(user),
        orders.of_buyer(actor, user.id, size=_NEWEST),
        activity.find(actor, about=user.id, size=_NEWEST).rows if may_read else (),
        activity.find(actor, about=user.id, action="login", size=_SIGN_INS).rows if may_read else (),
    )


def account(actor: Actor, key: Key) -> User:
    """One account alone. One statement.

    :raises NotFound: there is none.
    :raises NotAllowed: the actor is neither support nor staff.
    """
    require(actor, Permission.USER_LIST)
    return load(User, key)


def _memberships(user: User) -> Sequence[Membership]:
    rows = select(Membership).where(Membership.user_id == user.id)
    return db.session.scalars(
        rows.options(joinedload(Membership.organization)).order_by(Membership.id).limit(50)
    ).all()


def _venues(user: User) -> Sequence[VenueMembership]:
    rows = select(VenueMembership).where(VenueMembership.user_id == user.id)
    return db.session.scalars(
        rows.options(joinedload(VenueMembership.venue)).order_by(VenueMembership.id).limit(50)
    ).all()
