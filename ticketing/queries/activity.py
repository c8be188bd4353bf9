"""Reading the activity log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, ScalarSelect, and_, func, or_, select
from sqlalchemy.orm import joinedload

from ticketing.extensions import db
from ticketing.models import ActivityLog, User
from ticketing.policy import Actor, Permission, require
from ticketing.queries.keys import Key, condition_for


@dataclass(frozen=True, slots=True)
class LogPage:
    """One page of deeds, newest first, and how many there are in all."""

    rows: Sequence[ActivityLog]
    total: int


def find(
    actor: Actor, *, about: Key | None = None, action: str | None = None, page: int = 1, size: int = 20
) -> LogPage:
    """The log, or an action's or an account's part of it: what it did, and what was done to it (a sign-in
    that failed was nobody's). Deeds outlive accounts: a number is taken as it is.

    :raises NotAllowed: the actor is not staff.
    """
    require(actor, Permission.ACTIVITY_SEE)
    where: list[ColumnElement[bool]] = []
    if about is not None:
        number = about if isinstance(about, int) else _number_of(about)
        done_to_it = and_(ActivityLog.object_type == "user", ActivityLog.object_id == number)
        where.append(or_(ActivityLog.user_id == number, done_to_it))
    if action is not None:
        where.append(ActivityLog.action == action)
    total = db.session.scalar(select(func.count()).select_from(ActivityLog).where(*where)) or 0
    rows = db.session.scalars(
        select(ActivityLog)
        .where(*where)
        .order_by(ActivityLog.created_at.desc(), ActivityLog.id.desc())
        .limit(size)
        .offset((page - 1) * size)
        .options(joinedload(ActivityLog.user))
    ).all()
    return LogPage(rows, total)


def _number_of(key: Key) -> ScalarSelect[int]:
    return select(User.id).where(condition_for(User, key)).scalar_subquery()


def actions() -> Sequence[str]:
    """Every action that was ever noted, for a choice."""
    return db.session.scalars(select(ActivityLog.action).distinct().order_by(ActivityLog.action)).all()


def account_named(text: str) -> int | None:
    """The number of the account that somebody means by an e-mail address or by the number itself.

    Deeds outlive accounts: a number is taken as it is.
    """
    if text.isascii() and text.isdigit():
        return int(text) if len(text) < 19 else None
    return db.session.scalar(select(User.id).where(func.lower(User.email) == text.lower()))
