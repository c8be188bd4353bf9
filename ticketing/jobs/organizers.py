"""What mails say that organizations send: come and join us, and here is something new."""

from __future__ import annotations

from typing import Any

from flask import current_app
from sqlalchemy.orm import joinedload

from ticketing.models import Event, OutboxMessage, User
from ticketing.policy import Actor
from ticketing.queries import following as reading
from ticketing.queries.keys import find
from ticketing.services import following, invitations

#: Nobody is to be written to.
_NOBODY: dict[str, Any] = {"recipient": ""}


def invited(message: OutboxMessage) -> dict[str, Any]:
    """Somebody is invited. The link is made now; an older one works no more."""
    minted = invitations.mint(message.payload["invitation_id"])
    if minted is None:
        return _NOBODY
    invitation, secret = minted
    inviter = find(User, invitation.actor_id) if invitation.actor_id else None
    return {
        "recipient": invitation.email,
        "organization": invitation.organization,
        "role": invitation.role,
        "inviter": inviter.full_name if inviter is not None else "",
        "token": secret,
        "days": invitations.LIFE.days,
    }


def new_event(message: OutboxMessage) -> dict[str, Any]:
    """Somebody whom one follows puts something on. Nobody is told who has stopped following, or of what was
    called off meanwhile."""
    event = find(Event, message.payload["event_id"], joinedload(Event.organization), joinedload(Event.venue))
    user = find(User, message.payload["user_id"])
    if event is None or user is None or not user.is_active:
        return _NOBODY
    if not following.is_worth_telling(event) or not reading.follows(Actor.of(user), event.organization_id):
        return _NOBODY
    token = following.unsubscribe_token(user.id, event.organization_id)
    way_out = f"{current_app.config['MAIL_BASE_URL']}/unsubscribe?token={token}"
    return {
        "recipient": user.email,
        "event": event,
        "organization": event.organization,
        "unsubscribe": way_out,
        "headers": {
            "List-Unsubscribe": f"<{way_out}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    }
