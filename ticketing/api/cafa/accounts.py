"""Registering, signing in and one's profile (Cafa 004 Authentication)."""

from __future__ import annotations

from typing import Any

from flask import current_app

from ticketing.api.cafa import present
from ticketing.api.cafa.schemas import (
    LoginOut,
    NewUserIn,
    NewUserOut,
    ProfileIn,
    UpdatedProfileOut,
    UserOut,
)
from ticketing.api.credentials import AccessOut, CredentialsIn, RefreshIn, present_pair, renewed, sign_in
from ticketing.api.http import Access, Counted, Routes, current_actor
from ticketing.errors import NotAllowed, NotSignedIn
from ticketing.queries import accounts as own_accounts
from ticketing.services import accounts, tokens
from ticketing.services.accounts import EmailNotVerified, Person, WrongCredentials

bp = Routes("cafa_accounts", prefix="/api/v1/auth", tag="Auth")


@bp.post("/users/", access=Access.UNCHECKED)
@bp.arguments(NewUserIn)
@bp.response(201, NewUserOut)
def create_user(body: dict[str, Any]) -> Any:
    """Open an account."""
    must_verify = current_app.config["CAFA_ACTIVATION"]
    return present.new_user(accounts.register(current_actor(), Person(**body), must_verify=must_verify))


@bp.post("/login/", access=Access.UNCHECKED, counted=Counted.BY_HANDLER)
@bp.arguments(CredentialsIn)
@bp.refuses(401, 403)
@bp.response(200, LoginOut)
def cafa_login(body: dict[str, Any]) -> Any:
    """Sign in. `email` may hold the username."""
    try:
        user = sign_in("sign_in", body)
    except WrongCredentials as refusal:
        raise NotSignedIn(refusal.sentence, refusal.code) from refusal
    except EmailNotVerified as refusal:
        raise NotAllowed(refusal.sentence, refusal.code) from refusal
    pair = present_pair(tokens.issue(user))
    return {"message": "Login successful", "user": present.user(user), "tokens": pair}


@bp.post("/jwt/refresh/", access=Access.UNCHECKED, counted=Counted.BY_HANDLER)
@bp.arguments(RefreshIn)
@bp.refuses(401, 403)
@bp.response(200, AccessOut)
def cafa_refresh(body: dict[str, Any]) -> Any:
    """Get a new access token for a refresh token."""
    return {"access": renewed(body)}


@bp.get("/profile/")
@bp.response(200, UserOut)
def cafa_profile() -> Any:
    """The account that is signed in."""
    return present.user(own_accounts.own(current_actor()))


@bp.put("/profile/")
@bp.arguments(ProfileIn)
@bp.response(200, UpdatedProfileOut)
def cafa_put_profile(body: dict[str, Any]) -> Any:
    """Change the profile. What is not sent stays."""
    return _changed(body)


@bp.patch("/profile/")
@bp.arguments(ProfileIn)
@bp.response(200, UpdatedProfileOut)
def cafa_patch_profile(body: dict[str, Any]) -> Any:
    """Change parts of the profile."""
    return _changed(body)


def _changed(body: dict[str, Any]) -> dict[str, Any]:
    user = accounts.update_profile(current_actor(), **body)
    return {"message": "Profile updated successfully", "user": present.user(user)}
