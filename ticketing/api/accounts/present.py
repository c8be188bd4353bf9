"""Accounts as they stand in answers."""

from __future__ import annotations

from typing import Any

from ticketing.api.credentials import present_pair
from ticketing.api.fields import utc_text
from ticketing.models import User
from ticketing.services.tokens import TokenPair


def user(row: User) -> dict[str, Any]:
    """An account as its owner sees it: every documented key, whichever client asks."""
    return {
        "id": row.uuid,
        "username": row.username,
        "email": row.email,
        "first_name": row.first_name,
        "last_name": row.last_name,
        "phone": row.phone,
        "phone_number": row.phone,
        "bio": row.bio,
        "city": row.city,
        "country": row.country,
        "avatar": row.avatar,
        "user_type": row.user_type,
        "is_staff": row.is_staff,
        "is_email_verified": row.email_verified_at is not None,
        "is_phone_verified": False,
        "auth_provider": "email",
        "date_joined": utc_text(row.created_at),
        "last_login": utc_text(row.last_login_at),
    }


def signed_in(row: User, pair: TokenPair, message: str) -> dict[str, Any]:
    """An account with its tokens."""
    both = present_pair(pair)
    return {"message": message, "user": user(row), **both, "tokens": both}
