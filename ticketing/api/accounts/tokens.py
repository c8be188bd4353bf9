"""Tokens: getting a pair for a password, a fresh access token for a refresh token (BTick 001 §1)."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify

from ticketing.api.credentials import (
    AccessOut,
    CredentialsIn,
    RefreshIn,
    TokensOut,
    leave_access_cookie,
    present_pair,
    renewed,
    sign_in,
)
from ticketing.api.http import Access, Counted, Routes
from ticketing.errors import NotSignedIn
from ticketing.services import tokens
from ticketing.services.accounts import EmailNotVerified, WrongCredentials

bp = Routes("auth_tokens", prefix="/api/auth", tag="Auth")


@bp.post("/jwt/create/", access=Access.UNCHECKED, counted=Counted.BY_HANDLER)
@bp.arguments(CredentialsIn)
@bp.refuses(401)
@bp.response(200, TokensOut)
def create_tokens(body: dict[str, Any]) -> Any:
    """Get a pair of tokens for a login and a password."""
    try:
        user = sign_in("sign_in", body)
    except (WrongCredentials, EmailNotVerified) as refusal:
        raise NotSignedIn(refusal.sentence, refusal.code) from refusal
    return present_pair(tokens.issue(user))


@bp.post("/jwt/refresh/", access=Access.UNCHECKED, counted=Counted.BY_HANDLER)
@bp.arguments(RefreshIn)
@bp.refuses(401, 403)
@bp.response(200, AccessOut)
def refresh_access(body: dict[str, Any]) -> Any:
    """Get a new access token for a refresh token, from the body or the cookie."""
    return _renewed(body)


@bp.post("/token/refresh/", access=Access.UNCHECKED, counted=Counted.BY_HANDLER)
@bp.arguments(RefreshIn)
@bp.refuses(401, 403)
@bp.response(200, AccessOut)
def refresh_access_token(body: dict[str, Any]) -> Any:
    """Get a new access token for a refresh token, from the body or the cookie (EasyTicket 003)."""
    return _renewed(body)


def _renewed(body: dict[str, Any]) -> Response:
    """Whoever came with the cookie gets the new token as a cookie, too."""
    access = renewed(body)
    answer = jsonify({"access": access})
    if body.get("refresh") is None:
        leave_access_cookie(answer, access)
    return answer
