"""Accounts as Cafa's clients read them."""

from __future__ import annotations

from typing import Any

from ticketing import clock
from ticketing.api.fields import money_number, utc_text
from ticketing.models import User
from ticketing.queries import accounts

#: What is sent to somebody who never chose.
_SETTINGS = {
    "marketing_emails": False,
    "event_reminders": True,
    "email_notifications": True,
    "sms_notifications": False,
}


def new_user(row: User) -> dict[str, Any]:
    """An account that was just opened."""
    return {"id": row.id, "username": row.username, "email": row.email, "full_name": _full_name(row)}


def user(row: User) -> dict[str, Any]:
    """An account as its owner sees it, figures included."""
    figures = accounts.figures(row)
    return {
        **new_user(row),
        "phone_number": row.phone or None,
        "is_organizer": figures.is_organizer,
        "profile_image": row.avatar,
        "bio": row.bio,
        "city": row.city,
        "country": row.country,
        "is_email_verified": row.email_verified_at is not None,
        "date_joined": utc_text(row.created_at),
        "last_login": utc_text(row.last_login_at),
        "settings": {name: bool(row.settings.get(name, usual)) for name, usual in _SETTINGS.items()},
        "stats": {
            "total_tickets_purchased": figures.tickets_bought,
            "total_events_attended": figures.events_attended,
            "events_organized": figures.events_organized,
            "total_spent": money_number(figures.spent, figures.currency),
            "account_age_days": (clock.now() - row.created_at).days,
        },
    }


def _full_name(row: User) -> str:
    return f"{row.first_name} {row.last_name}".strip()
