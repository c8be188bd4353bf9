"""Bodies and answers of registering and getting tokens."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, post_load, validates_schema

from ticketing.api.fields import In, Out, Text, UtcDate
from ticketing.models import User
from ticketing.services.passwords import MAX_LENGTH


class Password(Text):
    """A secret: blanks around it belong to it, and it is never sent back."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("metadata", {"format": "password"})
        super().__init__(MAX_LENGTH, blank=False, trimmed=False, load_only=True, **kwargs)


class RegisterIn(In):
    """Body of a registration. Either name of the repeated password will do; it may be left out."""

    email = Text(User.email, blank=False, required=True, metadata={"format": "email"})
    password = Password(required=True)
    password2 = Password()
    password_confirm = Password()
    username = Text(User.username)
    first_name = Text(User.first_name)
    last_name = Text(User.last_name)
    phone = Text(User.phone)

    @validates_schema
    def _repeats_the_password(self, given: dict[str, Any], **_: Any) -> None:
        for name in ("password2", "password_confirm"):
            if name in given and given[name] != given.get("password"):
                raise ValidationError("The two passwords do not match.", field_name=name)

    @post_load
    def _forget_the_repetition(self, given: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {name: value for name, value in given.items() if name not in ("password2", "password_confirm")}


class UserOut(Out):
    """Account."""

    id = fields.UUID()
    username = fields.String()
    email = fields.String()
    first_name = fields.String()
    last_name = fields.String()
    phone = fields.String()
    is_staff = fields.Boolean()
    date_joined = UtcDate()


class TokensOut(Out):
    """A pair of tokens: `access` for calls, `refresh` for a new `access`."""

    access = fields.String()
    refresh = fields.String()


class RegisteredOut(TokensOut):
    """A new account, signed in."""

    message = fields.String()
    user = fields.Nested(UserOut)
    tokens = fields.Nested(TokensOut)


class CredentialsIn(In):
    """Body of signing in: `email` or `username`, whichever is at hand."""

    email = Text(254)
    username = Text(254)
    password = Password(required=True)

    @validates_schema
    def _names_somebody(self, given: dict[str, Any], **_: Any) -> None:
        if not (given.get("email") or given.get("username")):
            raise ValidationError("Missing data for required field.", field_name="email")


class RefreshIn(In):
    """Body of a renewal; without it the refresh cookie counts."""

    refresh = Text(4096)


class AccessOut(Out):
    """A new access token."""

    access = fields.String()
