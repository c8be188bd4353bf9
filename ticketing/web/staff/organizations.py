"""Every organization: found, opened, changed, given members, and deleted while it is empty."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import URL, DataRequired, Email, Length, Optional

from ticketing.errors import Invalid
from ticketing.models import Organization
from ticketing.models.organizations import MEMBER, ROLES
from ticketing.policy import Permission
from ticketing.queries.staff import organizations as reading
from ticketing.services import organizations as writing
from ticketing.web.actor import current_actor
from ticketing.web.forms import Lines, Text, carried_out, show_refusal
from ticketing.web.staff import asking, words
from ticketing.web.staff.asking import Answer, Deed
from ticketing.web.staff.frame import bp
from ticketing.web.staff.lists import View, asked

_LONGEST_TEXT = 20_000


class OrganizationForm(FlaskForm):
    """What an organization says of itself."""

    name = Text(
        _l("Name"), [DataRequired(_l("Please give it a name.")), Length(max=Organization.name.type.length)]
    )
    contact_email = Text(
        _l("E-mail address for questions"),
        [
            Optional(),
            Email(_l("This is no e-mail address.")),
            Length(max=Organization.contact_email.type.length),
        ],
    )
    website = Text(
        _l("Website"),
        [
            Optional(),
            URL(message=_l("This is no web address.")),
            Length(max=Organization.website.type.length),
        ],
    )
    description = Lines(_l("Description"), [Length(max=_LONGEST_TEXT)])

    def values(self) -> dict[str, Any]:
        """What was typed, as the service takes it."""
        return {name: self[name].data for name in ("name", "contact_email", "website", "description")}


class MemberForm(FlaskForm):
    """Who becomes a member, and as what."""

    user_email = Text(_l("E-mail address of an account"), [DataRequired(_l("Please give an address."))])
    role = SelectField(_l("Role"), default=MEMBER)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.role.choices = [SelectChoice(role, words.roles()[role]) for role in ROLES]


@bp.get("/organizations/")
def organizations() -> str:
    """Organizations; searched and sorted by the address alone."""
    view = View.of("staff.organizations", {"q": asked("q")}, reading.SORTS, "name")
    page = reading.find_organizations(current_actor(), words=view.given["q"], sort=view.sort, page=view.page)
    return render_template("staff/organizations.html", page=page, view=view, words=words)


@bp.get("/organizations/<uuid:organization>")
def organization(organization: UUID) -> str:
    """One organization."""
    return _shown(organization, MemberForm())


def _shown(key: UUID, form: MemberForm) -> str:
    whole = reading.get(current_actor(), key)
    return render_template(
        "staff/organization.html",
        whole=whole,
        organization=whole.organization,
        deeds=asking.offered(DEEDS, whole),
        form=form,
        words=words,
    )


@bp.route("/organizations/new", methods=["GET", "POST"])
def new_organization() -> Answer:
    """Open one; its first owner is added as a member."""
    form = OrganizationForm()
    made = carried_out(form, lambda: writing.create(current_actor(), **form.values()))
    if made is None:
        return _written(form)
    flash(_("The organization is open. Add its owner now."), "success")
    return redirect(url_for("staff.organization", organization=made.uuid), 303)


def _written(form: OrganizationForm, organization: Any = None) -> Answer:
    page = render_template("staff/organization_form.html", form=form, organization=organization)
    return (page, 400) if form.is_submitted() else page


@bp.route("/organizations/<uuid:organization>/edit", methods=["GET", "POST"])
def edit_organization(organization: UUID) -> Answer:
    """What it says of itself."""
    found = reading.alone(current_actor(), organization)
    form = OrganizationForm(obj=found)
    if carried_out(form, lambda: writing.update(current_actor(), organization, **form.values())) is None:
        return _written(form, found)
    flash(_("The organization is changed."), "success")
    return redirect(url_for("staff.organization", organization=organization), 303)


@bp.post("/organizations/<uuid:organization>/members")
def add_organization_member(organization: UUID) -> Answer:
    """Give an account a role in it."""
    form = MemberForm()
    if form.validate_on_submit():
        try:
            writing.add_member(
                current_actor(), organization, user_email=form.user_email.data, role=form.role.data
            )
        except Invalid as refusal:
            show_refusal(form, refusal)
        else:
            flash(_("The account is a member now."), "success")
            return redirect(url_for("staff.organization", organization=organization), 303)
    return _shown(organization, form), 400


#: By the name that stands in the address.
DEEDS: dict[str, Deed] = {
    "delete": Deed(
        _l("Delete"),
        _l("Delete this organization?"),
        _l("Its members lose it for good. Organizations with events stay."),
        _l("The organization is deleted."),
        writing.delete,
        Permission.ORGANIZATION_DELETE,
        lambda whole: not whole.events.total and not whole.organization.is_house,
        is_grave=True,
    )
}


@bp.route("/organizations/<uuid:organization>/delete", methods=["GET", "POST"])
def delete_organization(organization: UUID) -> Answer:
    """Whether an empty one shall be deleted."""
    whole = reading.get(current_actor(), organization)
    return asking.ask(
        asking.deed_named(DEEDS, "delete", whole),
        whole,
        back=url_for("staff.organizations"),
        about=whole.organization.name,
    )
