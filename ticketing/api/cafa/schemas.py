"""Bodies and answers of Cafa's accounts."""

from __future__ import annotations

import re
from typing import Any

from marshmallow import ValidationError, fields, post_load, validates_schema

from ticketing.api.credentials import Password, TokensOut
from ticketing.api.fields import In, MoneyNumber, Out, Text, UtcDate
from ticketing.models import User

_PHONE = re.compile(r"\+?1?\d{9,15}\Z", re.ASCII)


def _looks_like_a_phone(text: str) -> None:
    if not _PHONE.match(text):
        raise ValidationError("Enter a phone number like +233201234567, with 9 to 15 digits.")


class FullName(Text):
    """One field for a name: its first word is the first name, the rest the last name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(255, also=_check_name, **kwargs)


def _split(name: str) -> tuple[str, str]:
    first, _, last = " ".join(name.split()).partition(" ")
    return first, last


def _check_name(name: str) -> None:
    longest: int = User.first_name.type.length
    if any(len(part) > longest for part in _split(name)):
        raise ValidationError(f"Each part of the name has at most {longest} characters.")


class Named(In):
    """A body with ``full_name`` in place of two names."""

    @post_load
    def _split_the_name(self, given: dict[str, Any], **_: Any) -> dict[str, Any]:
        if "full_name" in given:
            given["first_name"], given["last_name"] = _split(given.pop("full_name"))
        given.pop("re_password", None)
        return given


class NewUserIn(Named):
    """Body of a registration. The repetition of the password may be left out."""

    email = Text(User.email, blank=False, required=True, metadata={"format": "email"})
    username = Text(User.username, blank=False, required=True)
    password = Password(required=True)
    re_password = Password()
    full_name = FullName()

    @validates_schema
    def _repeats_the_password(self, given: dict[str, Any], **_: Any) -> None:
        if "re_password" in given and given["re_password"] != given.get("password"):
            raise ValidationError("The two password fields didn't match.", field_name="re_password")


class NewUserOut(Out):
    """Account that was just opened."""

    id = fields.Integer()
    username = fields.String()
    email = fields.String()
    full_name = fields.String()


class SettingsOut(Out):
    """What somebody wants to be told, and how."""

    marketing_emails = fields.Boolean()
    event_reminders = fields.Boolean()
    email_notifications = fields.Boolean()
    sms_notifications = fields.Boolean()


class FiguresOut(Out):
    """What somebody bought and arranged."""

    total_tickets_purchased = fields.Integer()
    total_events_attended = fields.Integer()
    events_organized = fields.Integer()
    total_spent = MoneyNumber()
    account_age_days = fields.Integer()


class UserOut(Out):
    """Account, as its owner sees it."""

    id = fields.Integer()
    username = fields.String()
    email = fields.String()
    full_name = fields.String()
    phone_number = fields.String(allow_none=True)
    is_organizer = fields.Boolean()
    profile_image = fields.String(allow_none=True)
    bio = fields.String()
    city = fields.String()
    country = fields.String()
    is_email_verified = fields.Boolean()
    date_joined = UtcDate()
    last_login = UtcDate(allow_none=True)
    settings = fields.Nested(SettingsOut)
    stats = fields.Nested(FiguresOut)


class LoginOut(Out):
    """An account, signed in."""

    message = fields.String()
    user = fields.Nested(UserOut)
    tokens = fields.Nested(TokensOut)


class ProfileIn(Named):
    """Body of a change of profile: only what is sent is changed."""

    full_name = FullName()
    phone_number = Text(17, also=_looks_like_a_phone, allow_none=True, attribute="phone")
    bio = Text(500)
    city = Text(User.city)
    country = Text(User.country)

    @post_load
    def _no_phone(self, given: dict[str, Any], **_: Any) -> dict[str, Any]:
        if "phone" in given:
            given["phone"] = given["phone"] or ""
        return given


class UpdatedProfileOut(Out):
    """A changed profile."""

    message = fields.String()
    user = fields.Nested(UserOut)
