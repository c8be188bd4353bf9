"""Who is calling: a bearer token, else the cookie that signing in left in a browser. Never a web session."""

from __future__ import annotations

from enum import Enum, auto
from typing import Any
from urllib.parse import urlsplit

import jwt
from flask import current_app, g, request

from ticketing.errors import Invalid, NotAllowed, NotSignedIn
from ticketing.policy import ANONYMOUS, Actor
from ticketing.services import tokens

_SAFE = ("GET", "HEAD", "OPTIONS")
#: What every token of ours says.
_CLAIMS = {"require": ["exp", "iat", "jti", "sub", "type", "epoch"]}


class Access(Enum):
    """Who may call a route at all; what they may do there is the policy's affair."""

    SIGNED_IN = auto()
    #: Anybody; a token that is sent is still checked.
    ANYBODY = auto()
    #: Anybody, and no token is looked at: whoever comes for a fresh one may carry a dead one.
    UNCHECKED = auto()


def admit(access: Access) -> None:
    """Find out who is calling, for ``current_actor``. At most one statement.

    :raises NotSignedIn: the bearer token is no good; or the route needs an account and none is named.
    :raises NotAllowed: a foreign page makes a browser call with its cookie.
    """
    actor = ANONYMOUS if access is Access.UNCHECKED else _caller(access)
    g.api_actor = actor.seen_at(request.remote_addr or "", request.headers.get("User-Agent", ""))
    if access is Access.SIGNED_IN and not actor.is_signed_in:
        raise NotSignedIn


def presented_claims() -> dict[str, Any]:
    """The claims of the access token that this call was made with."""
    claims: dict[str, Any] = g.api_claims
    return claims


def came_by_cookie() -> bool:
    """Whether the call was signed by a cookie: its answer may then renew it."""
    return not request.headers.get("Authorization", "").lower().startswith("bearer ")


def current_actor() -> Actor:
    """Who is calling, as services want them."""
    actor: Actor = g.api_actor
    return actor


def refresh_claims(given: str | None) -> dict[str, Any]:
    """The claims of a refresh token: the given one, else the cookie's.

    :raises Invalid: there is none.
    :raises NotSignedIn: it is forged, expired, or no refresh token.
    :raises NotAllowed: a foreign page makes a browser call with its cookie.
    """
    if given is None:
        given = request.cookies.get(current_app.config["JWT_REFRESH_COOKIE_NAME"])
        if given is None:
            raise Invalid("invalid", "Missing data for required field.", field="refresh")
        require_own_origin()
    return _claims(given, "refresh")


def require_own_origin() -> None:
    """Go on only if no foreign page is behind a call that a browser signs with its cookie.

    :raises NotAllowed: one is.
    """
    if not is_own_origin():
        raise NotAllowed("Requests from this origin are not allowed to use your session.")


def is_own_origin() -> bool:
    """Whether a page of ours makes this call, or none at all: a call with neither ``Origin`` nor
    ``Sec-Fetch-Site`` comes from no browser."""
    origin = request.headers.get("Origin")
    if origin is not None:
        return origin.lower() in _own_origins()
    return request.headers.get("Sec-Fetch-Site", "none") in ("same-origin", "none")


def _own_origins() -> set[str]:
    own = {
        request.host_url.rstrip("/").lower(),
        *(name.lower() for name in current_app.config["CORS_ORIGINS"]),
    }
    if public := current_app.config["PUBLIC_BASE_URL"]:
        parts = urlsplit(public)
        own.add(f"{parts.scheme}://{parts.netloc}".lower())
    return own


def _caller(access: Access) -> Actor:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return _holder(token.strip())
    cookie = request.cookies.get(current_app.config["JWT_ACCESS_COOKIE_NAME"])
    if not cookie:
        return ANONYMOUS
    if request.method not in _SAFE:
        require_own_origin()
    try:
        return _holder(cookie)
    except NotSignedIn:
        if access is Access.ANYBODY:
            return ANONYMOUS
        raise


def _holder(token: str) -> Actor:
    g.api_claims = _claims(token, "access")
    return tokens.actor_of(g.api_claims)


def _claims(token: str, kind: str) -> dict[str, Any]:
    """What a token says, its signature, time and kind verified."""
    config = current_app.config
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            config["JWT_SECRET_KEY"],
            algorithms=[config["JWT_ALGORITHM"]],
            leeway=config["JWT_DECODE_LEEWAY"],
            options=_CLAIMS,  # type: ignore[arg-type]
        )
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise NotSignedIn("The token is invalid or has expired.", "token_not_valid") from error
    if claims["type"] != kind:
        raise NotSignedIn(f"This is no {kind} token.", "token_not_valid")
    return claims
