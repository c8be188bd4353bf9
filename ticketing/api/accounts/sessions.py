"""Signing in and out, with cookies beside the tokens (EasyTicket 003, SecureTicket 002)."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify

from ticketing.api.accounts import present
from ticketing.api.accounts.schemas import SignedInOut
from ticketing.api.credentials import (
    CredentialsIn,
    MessageOut,
    RefreshIn,
    leave_cookies,
    revocable,
    sign_in,
    take_cookies_back,
)
from ticketing.api.http import Access, Counted, Routes, current_actor
from ticketing.services import accounts, tokens

bp = Routes("auth_sessions", prefix="/api/auth", tag="Auth")


@bp.post("/login/", access=Access.UNCHECKED, counted=Counted.BY_HANDLER)
@bp.arguments(CredentialsIn)
@bp.response(200, SignedInOut)
def log_in(body: dict[str, Any]) -> Response:
    """Sign in. The tokens are in the answer, and in cookies that scripts cannot read."""
    user = sign_in("auth", body)
    pair = tokens.issue(user)
    answer = jsonify(present.signed_in(user, pair, "Login successful"))
    leave_cookies(answer, pair, user)
    return answer


@bp.post("/logout/")
@bp.arguments(RefreshIn)
@bp.response(200, MessageOut)
def log_out(body: dict[str, Any]) -> Response:
    """Sign out: the access token of this call and the refresh token, from the body or the cookie, work no
    more."""
    tokens.revoke(current_actor(), *revocable(body))
    return take_cookies_back(jsonify({"message": "Logout successful"}))


@bp.post("/logout-all/")
@bp.response(200, MessageOut)
def log_out_everywhere() -> Response:
    """Sign out everywhere: every token and web session of the account ends."""
    accounts.sign_out_everywhere(current_actor())
    return take_cookies_back(jsonify({"message": "You are signed out everywhere."}))
