"""Reading the activity log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from ticketing.extensions import db
from ticketing.models import ActivityLog
from ticketing.policy import Actor, Permission, require


@dataclass(frozen=True, slots=True)
class LogPage:
    """One page of deeds, newest first, and how many there are in all."""

    rows: Sequence[ActivityLog]
    total: int


def find(
    actor: Actor, *, user_id: int | None = None, action: str | None = None, page: int = 1, size: int = 20
) -> LogPage:
    """The log, or an account's or an action's part of it.

    :raises NotAllowed: the actor is not staff.
    """
    require(actor, Permission.ACTIVITY_SEE)
    where: list[ColumnElement[bool]] = []
    if user_id is not None:
        where.append(ActivityLog.user_id == user_id)
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


def actions() -> Sequence[str]:
    """Every action that was ever noted, for a choice."""
    return db.session.scalars(select(ActivityLog.action).distinct().order_by(ActivityLog.action)).all()
