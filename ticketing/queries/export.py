"""Everything that the house knows of a person, for that person."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from ticketing import money
from ticketing.errors import NotSignedIn
from ticketing.extensions import db
from ticketing.models import ActivityLog, Membership, Order, Ticket, User
from ticketing.policy import Actor
from ticketing.queries import orders
from ticketing.queries.keys import load

_MOST = 10_000


def own_data(actor: Actor) -> dict[str, Any]:
    """The actor's account, memberships, orders, tickets and activity, as plain values.

    :raises NotSignedIn: the actor has no account.
    """
    if actor.user_id is None:
        raise NotSignedIn
    user = load(User, actor.user_id)
    return {
        "account": _account(user),
        "memberships": _memberships(user.id),
        "orders": [_order(order) for order in orders.own(actor, _MOST)],
        "tickets": _tickets(user.id),
        "activity": _activity(user.id),
    }


def _account(user: User) -> dict[str, Any]:
    columns = ("email", "username", "first_name", "last_name", "phone", "bio", "city", "country", "language")
    moments = {
        "joined_at": user.created_at,
        "last_login_at": user.last_login_at,
        "email_verified_at": user.email_verified_at,
    }
    return {"id": str(user.uuid), **{name: getattr(user, name) for name in columns}, **moments}


def _memberships(user_id: int) -> list[dict[str, Any]]:
    mine = select(Membership).where(Membership.user_id == user_id)
    rows = db.session.scalars(mine.options(joinedload(Membership.organization)))
    return [
        {"organization": row.organization.name, "role": row.role, "since": row.created_at} for row in rows
    ]


def _order(order: Order) -> dict[str, Any]:
    return {
        "number": order.number,
        "event": order.event.title,
        "status": order.status,
        "currency": order.currency,
        "total": money.to_text(order.amount_due, order.currency),
        "paid": money.to_text(order.amount_paid, order.currency),
        "refunded": money.to_text(order.amount_refunded, order.currency),
        "buyer": {"name": order.buyer_name, "email": order.buyer_email, "phone": order.buyer_phone},
        "placed_at": order.created_at,
        "items": [{"ticket": item.name, "quantity": item.quantity} for item in order.items],
    }


def _tickets(user_id: int) -> list[dict[str, Any]]:
    rows = db.session.scalars(
        select(Ticket).where(Ticket.user_id == user_id).order_by(Ticket.id).limit(_MOST)
    )
    return [
        {
            "number": row.number,
            "status": row.status,
            "attendee": {"name": row.attendee_name, "email": row.attendee_email},
            "used_at": row.used_at,
        }
        for row in rows
    ]


def _activity(user_id: int) -> list[dict[str, Any]]:
    rows = db.session.scalars(
        select(ActivityLog).where(ActivityLog.user_id == user_id).order_by(ActivityLog.id.desc()).limit(_MOST)
    )
    return [
        {"action": row.action, "at": row.created_at, "address": row.ip_address, "browser": row.user_agent}
        for row in rows
    ]
