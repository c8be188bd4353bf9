"""What organizers write about their organization. Fields are called as the services call them."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Email, Length, Optional, ValidationError

from ticketing.models import Organization
from ticketing.models.organizations import MEMBER
from ticketing.services.organizations import CURRENCIES
from ticketing.web.forms import Lines, Text
from ticketing.web.organizations import safe_website
from ticketing.web.organizer.organization.words import role_names

_LONGEST_TEXT = 20_000
_NO_ADDRESS = _l("Enter a valid e-mail address.")


class _AboutForm(FlaskForm):
    """What every organization says of itself."""

    name = Text(
        _l("Name"), [DataRequired(_l("Please give it a name.")), Length(max=Organization.name.type.length)]
    )
    description = Lines(_l("About you"), [Length(max=_LONGEST_TEXT)])
    website = Text(_l("Website"), [Length(max=Organization.website.type.length)])
    contact_email = Text(
        _l("Contact address"),
        [Optional(), Length(max=Organization.contact_email.type.length), Email(_NO_ADDRESS)],
    )

    def validate_website(self, field: Text) -> None:
        """An address that the public page can link to."""
        if field.data and safe_website(field.data) is None:
            raise ValidationError(_("Enter an address like https://example.org."))

    def values(self) -> dict[str, Any]:
        """What was typed, as the services take it."""
        return {name: self[name].data for name in ("name", "description", "website", "contact_email")}


class OpenForm(_AboutForm):
    """A new organization. ``once`` names the form, so that sending it twice opens one."""

    currency = SelectField(_l("Currency"))
    once = HiddenField()

    def offer(self, usual: str) -> None:
        """Say which currencies can be chosen; ``usual`` always."""
        self.currency.choices = [SelectChoice(name) for name in sorted({usual, *CURRENCIES})]

    def values(self) -> dict[str, Any]:
        """What was typed, as ``organizations.open_own`` takes it."""
        return super().values() | {"currency": self.currency.data}


class SettingsForm(_AboutForm):
    """What an organization says of itself, and what holds for its events."""

    terms = Lines(_l("Terms and conditions"), [Length(max=_LONGEST_TEXT)])
    refund_policy = Lines(_l("Refund policy"), [Length(max=_LONGEST_TEXT)])
    imprint = Lines(_l("Imprint"), [Length(max=_LONGEST_TEXT)])
    widget_origins = Lines(_l("Websites with your widget"), [Length(max=_LONGEST_TEXT)])

    def values(self) -> dict[str, Any]:
        """What was typed, as ``organizations.update`` takes it."""
        typed = {name: self[name].data for name in ("terms", "refund_policy", "imprint")}
        return super().values() | typed | {"widget_origins": (self.widget_origins.data or "").split()}


def written(organization: Organization) -> dict[str, Any]:
    """A stored organization as its form shows it."""
    names = ("name", "description", "website", "contact_email", "terms", "refund_policy", "imprint")
    return {name: getattr(organization, name) for name in names} | {
        "widget_origins": "\n".join(organization.widget_origins)
    }


class InviteForm(FlaskForm):
    """Whom to invite, as what."""

    email = Text(
        _l("E-mail address"),
        [DataRequired(_l("Please type an address.")), Length(max=254), Email(_NO_ADDRESS)],
    )
    role = SelectField(_l("Role"), default=MEMBER)

    def offer(self, roles: list[str]) -> None:
        """Say which roles can be given, the least mighty first."""
        names = role_names()
        self.role.choices = [SelectChoice(role, names[role]) for role in reversed(roles)]


class RoleForm(FlaskForm):
    """Another role."""

    role = SelectField(_l("Role"))

    def offer(self, roles: list[str]) -> None:
        """Say which roles can be given."""
        names = role_names()
        self.role.choices = [SelectChoice(role, names[role]) for role in roles]
