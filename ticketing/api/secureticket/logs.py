"""The activity log, for administrators (SecureTicket 002 Activity Logs)."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from ticketing.api.fields import AnyKey, Out, Text, UtcDate, utc_text
from ticketing.api.http import Routes, current_actor
from ticketing.api.paging import PageQuery, page, page_of
from ticketing.models import ActivityLog
from ticketing.queries import activity

bp = Routes("secureticket_logs", prefix="/api/logs", tag="Logs")


class LogQuery(PageQuery):
    """Which part of the log."""

    user_id = AnyKey(metadata={"description": "Deeds of this account, and what happened to it."})
    action = Text(ActivityLog.action, metadata={"example": "login_failed"})


class LogUserOut(Out):
    """Account that did something."""

    id = fields.UUID()
    username = fields.String()
    email = fields.String()


class LogOut(Out):
    """One deed: who did what to what, and from where."""

    id = fields.String()
    user = fields.Nested(LogUserOut, allow_none=True)
    action = fields.String(metadata={"example": "booking_created"})
    object_type = fields.String()
    object_id = fields.String(allow_none=True)
    details = fields.Dict()
    ip_address = fields.String()
    user_agent = fields.String()
    timestamp = UtcDate()


@bp.get("/")
@bp.arguments(LogQuery, location="query")
@bp.refuses(403, 404)
@bp.response(200, page_of(LogOut, "LogPageOut"))
def list_logs(query: dict[str, Any]) -> Any:
    """The activity log, newest first."""
    found = activity.find(
        current_actor(),
        about=query.get("user_id"),
        action=query.get("action"),
        page=query["page"],
        size=query["page_size"],
    )
    return page(found.rows, found.total, query, _present)


def _present(row: ActivityLog) -> dict[str, Any]:
    user = row.user
    return {
        "id": str(row.id),
        "user": user and {"id": user.uuid, "username": user.username, "email": user.email},
        "action": row.action,
        "object_type": row.object_type,
        "object_id": None if row.object_id is None else str(row.object_id),
        "details": row.details,
        "ip_address": row.ip_address,
        "user_agent": row.user_agent,
        "timestamp": utc_text(row.created_at),
    }
