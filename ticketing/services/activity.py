"""The activity log: who did what to what, in the deed's own transaction."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import insert

from ticketing.extensions import db
from ticketing.models import ActivityLog
from ticketing.models.types import table
from ticketing.policy import Actor

_INSERT = insert(table(ActivityLog))


def record(actor: Actor, action: str, subject: Any = None, **details: Any) -> None:
    """Note that the actor did ``action`` (``event_published``, ``order_placed``, …) to the subject.

    ``details`` must hold no secret. ``subject`` is a row, or a pair of its kind and id.
    """
    kind, number = _named(subject)
    db.session.execute(
        _INSERT,
        {
            "user_id": actor.user_id,
            "action": action,
            "object_type": kind,
            "object_id": number,
            "details": {name: _plain(value) for name, value in details.items()},
            "ip_address": actor.address,
            "user_agent": actor.agent[:255],
        },
    )


def changes(before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[Any]]:
    """``{column: [old, new]}`` of what differs, fit for ``details``."""
    return {
        name: [_plain(before.get(name)), _plain(value)]
        for name, value in after.items()
        if before.get(name) != value
    }


def apply(row: Any, values: dict[str, Any]) -> dict[str, list[Any]]:
    """Set columns of a row; ``{column: [old, new]}`` of what that changes, fit for ``details``."""
    before = {column: getattr(row, column) for column in values}
    for column, value in values.items():
        setattr(row, column, value)
    return changes(before, values)


def _named(subject: Any) -> tuple[str, int | None]:
    if subject is None:
        return "", None
    if isinstance(subject, tuple):
        return subject
    if subject.id is None:
        db.session.flush()
    return type(subject).__name__.lower(), subject.id


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, str):
        return value[:500]
    return value
