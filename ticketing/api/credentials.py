"""Signing in, as every dialect does it: what is sent, how often it may be tried, which cookies are left."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, request
from flask_jwt_extended import set_access_cookies, set_refresh_cookies, unset_jwt_cookies
from marshmallow import ValidationError, fields, validates_schema

from ticketing.api import identity, limits
from ticketing.api.fields import In, Out, Text
from ticketing.errors import Invalid, NotSignedIn
from ticketing.models import User
from ticketing.services import accounts, devices, throttle, tokens
from ticketing.services.passwords import MAX_LENGTH
from ticketing.services.tokens import TokenPair


class Password(Text):
    """A secret: blanks around it belong to it, and it is never sent back."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("metadata", {"format": "password"})
        super().__init__(MAX_LENGTH, blank=False, trimmed=False, load_only=True, **kwargs)


class CredentialsIn(In):
    """Body of signing in: `email` or `username`, whichever is at hand."""

    email = Text(254)
    username = Text(254)
    password = Password(required=True)

    @validates_schema(skip_on_field_errors=False)
    def _names_somebody(self, given: dict[str, Any], **_: Any) -> None:
        if not (given.get("email") or given.get("username")):
            raise ValidationError("Missing data for required field.", field_name="email")


class TokensOut(Out):
    """A pair of tokens: `access` for calls, `refresh` for a new `access`."""

    access = fields.String()
    refresh = fields.String()


class RefreshIn(In):
    """Body of a renewal; without it the refresh cookie counts."""

    refresh = Text(4096)


class AccessOut(Out):
    """A new access token."""

    access = fields.String()


class MessageOut(Out):
    """What was done, in a sentence."""

    message = fields.String()


def present_pair(pair: TokenPair) -> dict[str, str]:
    """A pair of tokens."""
    return {"access": pair.access, "refresh": pair.refresh}


def sign_in(rate: str, credentials: dict[str, Any]) -> User:
    """The account that these credentials open.

    :raises TooMany: tried too often.
    :raises WrongCredentials: they open none.
    :raises EmailNotVerified: the account's address is still to be verified.
    """
    actor = identity.current_actor()
    login = credentials.get("email") or credentials["username"]
    device = request.cookies.get(devices.COOKIE)
    with throttle.trying_a_password(rate, actor.address, login, device) as count:
        limits.note(count)
        return accounts.authenticate(actor, login, credentials["password"])


def own_password() -> Any:
    """Around what looks at the password of an account that is signed in: guesses are counted there, too.

    :raises TooMany: tried too often.
    """
    actor = identity.current_actor()
    return throttle.trying_a_password("sign_in", actor.address, actor.email)


def renewed(body: dict[str, Any]) -> str:
    """A new access token for the refresh token of the body, or of the cookie.

    The call is counted for the token's account: who shares an address shares no bucket here.

    :raises Invalid: there is no refresh token.
    :raises NotSignedIn: it is no good.
    """
    claims = identity.refresh_claims(body.get("refresh"))
    access = tokens.renewed_access(claims)
    limits.count_account(int(claims["sub"]))
    return access


def remember_device(answer: Response, user: User) -> None:
    """Leave the cookie by which this device is known when the account signs in again."""
    value = devices.remembered(request.cookies.get(devices.COOKIE), user)
    answer.set_cookie(
        devices.COOKIE,
        value,
        max_age=int(devices.LIFE.total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=current_app.config["JWT_COOKIE_SECURE"],
    )


def leave_cookies(answer: Response, pair: TokenPair, user: User) -> None:
    """Sign the browser in. A foreign page gets no cookies: it could sign a visitor in as somebody else."""
    if not identity.is_own_origin():
        return
    leave_access_cookie(answer, pair.access)
    life = current_app.config["JWT_REFRESH_TOKEN_EXPIRES"]
    set_refresh_cookies(answer, pair.refresh, max_age=int(life.total_seconds()))
    remember_device(answer, user)


def leave_access_cookie(answer: Response, access: str) -> None:
    """Give the browser a fresh access token."""
    life = current_app.config["JWT_ACCESS_TOKEN_EXPIRES"]
    set_access_cookies(answer, access, max_age=int(life.total_seconds()))


def take_cookies_back(answer: Response) -> Response:
    """Sign the browser out."""
    unset_jwt_cookies(answer)
    return answer


def revocable(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The claims of the tokens that end with this call: its own, and the refresh token of the body or the
    cookie.

    :raises Invalid: the body's refresh token is not one of this account; nothing would be signed out.
    """
    ending = [identity.presented_claims()]
    if body.get("refresh") is None and not request.cookies.get(current_app.config["JWT_REFRESH_COOKIE_NAME"]):
        return ending
    try:
        claims = identity.refresh_claims(body.get("refresh"))
    except NotSignedIn as refusal:
        if body.get("refresh") is None:
            return ending
        raise Invalid("token_not_valid", refusal.sentence, field="refresh") from refusal
    if claims["sub"] == ending[0]["sub"]:
        ending.append(claims)
    elif body.get("refresh") is not None:
        raise Invalid("token_not_valid", "This is another account's token.", field="refresh")
    return ending
