"""Registering, and getting tokens (BTick 001 §1)."""

from __future__ import annotations

from typing import Any

from ticketing.api.accounts.schemas import (
    AccessOut,
    CredentialsIn,
    RefreshIn,
    RegisteredOut,
    RegisterIn,
    TokensOut,
)
from ticketing.api.fields import utc_text
from ticketing.api.http import Access, Routes, current_actor, refresh_claims
from ticketing.errors import NotSignedIn
from ticketing.models import User
from ticketing.services import accounts, tokens
from ticketing.services.accounts import EmailNotVerified, Person, WrongCredentials

bp = Routes("auth_tokens", prefix="/api/auth", tag="Auth")


def present_user(user: User) -> dict[str, Any]:
    """An account as its owner sees it."""
    return {
        "id": user.uuid,
        "username": user.username,
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "phone": user.phone,
        "is_staff": user.is_staff,
        "date_joined": utc_text(user.created_at),
    }


@bp.post("/register/", access=Access.UNCHECKED)
@bp.arguments(RegisterIn)
@bp.response(201, RegisteredOut)
def register(body: dict[str, Any]) -> Any:
    """Open an account.

    It can be used at once; a mail asks to verify the address.
    """
    user = accounts.register(current_actor(), Person(**body))
    pair = tokens.issue(user)
    both = {"access": pair.access, "refresh": pair.refresh}
    return {"message": "Registration successful", "user": present_user(user), **both, "tokens": both}


@bp.post("/jwt/create/", access=Access.UNCHECKED)
@bp.arguments(CredentialsIn)
@bp.refuses(401)
@bp.response(200, TokensOut)
def create_tokens(body: dict[str, Any]) -> Any:
    """Get a pair of tokens for a login and a password."""
    try:
        login = body.get("email") or body["username"]
        user = accounts.authenticate(current_actor(), login, body["password"])
    except (WrongCredentials, EmailNotVerified) as refusal:
        raise NotSignedIn(refusal.sentence, refusal.code) from refusal
    pair = tokens.issue(user)
    return {"access": pair.access, "refresh": pair.refresh}


@bp.post("/jwt/refresh/", access=Access.UNCHECKED)
@bp.arguments(RefreshIn)
@bp.refuses(401, 403)
@bp.response(200, AccessOut)
def refresh_access(body: dict[str, Any]) -> Any:
    """Get a new access token for a refresh token, from the body or the cookie."""
    return {"access": tokens.renewed_access(refresh_claims(body.get("refresh")))}
