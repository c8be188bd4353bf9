"""The forms of one's own account."""

from __future__ import annotations

from typing import Any

from babel import Locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import PasswordField, SelectField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from ticketing.config import LANGUAGES
from ticketing.web.forms import Lines, Text

#: What has to be typed before an account is deleted, in any case of letters.
CONFIRMATION = lazy_gettext("delete")


def _languages(chosen: str | None) -> list[SelectChoice]:
    """The languages that there are translations for, and the one that an account has chosen before."""
    known = {*LANGUAGES, chosen or "en"}
    named = {code: Locale.parse(code).get_display_name(code) or code for code in known}
    choices = [SelectChoice(code, name.capitalize()) for code, name in named.items()]
    return sorted(choices, key=lambda choice: choice.label)


def _secret(label: str, missing: str) -> PasswordField:
    return PasswordField(label, [InputRequired(missing), Length(max=1024)])


class ProfileForm(FlaskForm):
    """What somebody says of themselves."""

    first_name = Text(lazy_gettext("First name"), [Length(max=150)])
    last_name = Text(lazy_gettext("Last name"), [Length(max=150)])
    phone = Text(lazy_gettext("Phone"), [Length(max=20)])
    city = Text(lazy_gettext("City"), [Length(max=100)])
    country = Text(lazy_gettext("Country"), [Length(max=100)])
    bio = Lines(lazy_gettext("About you"), [Length(max=2000)])
    language = SelectField(lazy_gettext("Language"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.language.choices = _languages(getattr(options.get("obj"), "language", None))

    def values(self) -> dict[str, str]:
        """What is to be saved."""
        return {name: text or "" for name, text in self.data.items() if name != "csrf_token"}


class PasswordForm(FlaskForm):
    """The password that is, and the one that is to be."""

    old_password = _secret(
        lazy_gettext("Current password"), lazy_gettext("Enter the password that you have now.")
    )
    new_password = _secret(lazy_gettext("New password"), lazy_gettext("Choose a password."))


class EmailForm(FlaskForm):
    """Another address, and proof that the account's holder asks for it."""

    new_email = Text(
        lazy_gettext("New e-mail address"),
        [InputRequired(lazy_gettext("Enter the new e-mail address.")), Length(max=254)],
    )
    password = _secret(lazy_gettext("Your password"), lazy_gettext("Enter your password."))


class DeleteForm(FlaskForm):
    """Proof that the holder asks for it, and knows what for."""

    password = _secret(lazy_gettext("Your password"), lazy_gettext("Enter your password."))
    confirmation = Text(lazy_gettext("Type the word “delete”"))

    def validate_confirmation(self, field: Text) -> None:
        """Refuse what somebody did not mean to send."""
        if (field.data or "").casefold() != str(CONFIRMATION).casefold():
            raise ValidationError(_("Type the word “%(word)s” to go on.", word=CONFIRMATION))
