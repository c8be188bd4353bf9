"""Bodies and answers of accounts."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, post_load, validates_schema

from ticketing.api.credentials import Password, TokensOut
from ticketing.api.fields import In, Out, Text, UtcDate, Word
from ticketing.models import User
from ticketing.models.accounts import USER_TYPES
from ticketing.services.strength import LEVELS

_LONGEST_TOKEN = 200


class Repeated(In):
    """A body whose password may be sent twice; the second one must then be the same."""

    password_name = "password"  # noqa: S105 (the name of a field)
    #: Fields that repeat the password; those that are required are marked in the schema itself.
    repetitions: tuple[str, ...] = ()

    @validates_schema
    def _repeats_the_password(self, given: dict[str, Any], **_: Any) -> None:
        for name in self.repetitions:
            if name in given and given[name] != given.get(self.password_name):
                raise ValidationError("The two passwords do not match.", field_name=name)

    @post_load
    def _forget_the_repetition(self, given: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {name: value for name, value in given.items() if name not in self.repetitions}


class RegisterIn(Repeated):
    """Body of a registration. Either name of the repeated password will do; it may be left out."""

    repetitions = ("password2", "password_confirm")

    email = Text(User.email, blank=False, required=True, metadata={"format": "email"})
    password = Password(required=True)
    password2 = Password()
    password_confirm = Password()
    username = Text(User.username)
    first_name = Text(User.first_name)
    last_name = Text(User.last_name)
    phone = Text(User.phone)


class SignupIn(Repeated):
    """Body of a sign-up. The account signs in when its address is verified."""

    repetitions = ("password_confirm",)

    email = Text(User.email, blank=False, required=True, metadata={"format": "email"})
    password = Password(required=True)
    password_confirm = Password(required=True)
    user_type = Word(*USER_TYPES, load_default=USER_TYPES[0])
    first_name = Text(User.first_name)
    last_name = Text(User.last_name)
    phone_number = Text(User.phone, attribute="phone")


class UserOut(Out):
    """Account, as its owner sees it. `phone` and `phone_number` are the same."""

    id = fields.UUID()
    username = fields.String()
    email = fields.String()
    first_name = fields.String()
    last_name = fields.String()
    phone = fields.String()
    phone_number = fields.String()
    bio = fields.String()
    city = fields.String()
    country = fields.String()
    avatar = fields.String(allow_none=True)
    user_type = Word(*USER_TYPES)
    is_staff = fields.Boolean()
    is_email_verified = fields.Boolean()
    is_phone_verified = fields.Boolean()
    auth_provider = fields.String()
    date_joined = UtcDate()
    last_login = UtcDate(allow_none=True)


class SignedInOut(TokensOut):
    """An account, signed in. The tokens stand there twice, for clients of either form."""

    message = fields.String()
    user = fields.Nested(UserOut)
    tokens = fields.Nested(TokensOut)


class NewAccountOut(Out):
    """Account that was just opened."""

    id = fields.UUID()
    email = fields.String()
    user_type = Word(*USER_TYPES)


class SignedUpOut(Out):
    """A new account that waits for its address to be verified."""

    message = fields.String()
    user = fields.Nested(NewAccountOut)


class VerifiedAccountOut(Out):
    """Account whose address was verified."""

    id = fields.UUID()
    email = fields.String()


class VerifiedOut(Out):
    """An address that is known to be the account's own."""

    message = fields.String()
    user = fields.Nested(VerifiedAccountOut)


class EmailTokenIn(In):
    """Body with a secret that went out by mail."""

    token = Text(_LONGEST_TOKEN, blank=False, required=True)


class EmailIn(In):
    """Body that names an address."""

    email = Text(254, blank=False, required=True, metadata={"format": "email"})


class PasswordIn(In):
    """Body with a password."""

    password = Password(required=True)


class StrengthOut(Out):
    """How strong a password is: twenty points of `score` for each level."""

    score = fields.Integer(metadata={"minimum": 0, "maximum": 100})
    level = Word(*LEVELS)
    feedback = fields.List(fields.String(), metadata={"description": "What would make it better."})
    has_uppercase = fields.Boolean()
    has_lowercase = fields.Boolean()
    has_digit = fields.Boolean()
    has_special = fields.Boolean()
    length = fields.Integer()


class ChangePasswordIn(Repeated):
    """Body of a change of password. The repetition may be left out."""

    password_name = "new_password"  # noqa: S105 (the name of a field)
    repetitions = ("new_password_confirm",)

    old_password = Password(required=True)
    new_password = Password(required=True)
    new_password_confirm = Password()


class ResetPasswordIn(Repeated):
    """Body that sets a new password by a mailed secret. The repetition may be left out."""

    password_name = "new_password"  # noqa: S105 (the name of a field)
    repetitions = ("new_password_confirm",)

    token = Text(_LONGEST_TOKEN, blank=False, required=True)
    new_password = Password(required=True)
    new_password_confirm = Password()


class ProfileIn(In):
    """Body of a change of profile: only what is sent is changed. `phone_number` is the same as `phone`."""

    first_name = Text(User.first_name)
    last_name = Text(User.last_name)
    phone = Text(User.phone)
    phone_number = Text(User.phone)
    bio = Text(500)
    city = Text(User.city)
    country = Text(User.country)


class UpdatedProfileOut(Out):
    """A changed profile."""

    message = fields.String()
    user = fields.Nested(UserOut)


class ChangeEmailIn(In):
    """Body of a change of address."""

    new_email = Text(254, blank=False, required=True, metadata={"format": "email"})
    password = Password(required=True)


class OwnDataOut(Out):
    """Everything that is known of an account."""

    account = fields.Dict()
    memberships = fields.List(fields.Dict())
    orders = fields.List(fields.Dict())
    tickets = fields.List(fields.Dict())
    activity = fields.List(fields.Dict())
