"""Who belongs to an organization: the list, other roles, invitations, and the way out."""

from __future__ import annotations

from uuid import UUID

from flask import current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import login_required
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from ticketing.errors import Invalid, TooMany
from ticketing.queries import belonging
from ticketing.queries.belonging import Belonging
from ticketing.services import invitations, organizations
from ticketing.web.actor import current_actor
from ticketing.web.catalog import page_number
from ticketing.web.forms import refused, show_refusal
from ticketing.web.organizer.organization.blueprint import bp
from ticketing.web.organizer.organization.forms import InviteForm, RoleForm

Answer = str | Response | tuple[str, int]


def _there(organization: UUID) -> Response:
    return redirect(url_for("organizer_organization.members", organization=organization), 303)


@bp.get("/<uuid:organization>/members")
@login_required
def members(organization: UUID) -> str:
    """Everybody who belongs to it; for those who may invite, who is invited."""
    found = belonging.of(current_actor(), organization, page=page_number())
    return _listed(found, InviteForm(formdata=None))


def _listed(found: Belonging, form: InviteForm) -> str:
    form.offer(list(found.may_give))

    def pages(number: int) -> str:
        page = number if number > 1 else None
        return url_for("organizer_organization.members", organization=found.organization.uuid, page=page)

    return render_template(
        "organizer/organization/members.html",
        organization=found.organization,
        found=found,
        form=form,
        pages=pages,
        zone=current_app.config["DEFAULT_TIMEZONE"],
    )


@bp.post("/<uuid:organization>/members")
@login_required
def members_invite(organization: UUID) -> Answer:
    """Invite somebody by mail."""
    actor, form = current_actor(), InviteForm()
    found = belonging.of(actor, organization)
    form.offer(list(found.may_give))
    if not form.validate():
        return _listed(found, form), 400
    try:
        invitations.invite(actor, organization, email=form.email.data, role=form.role.data)
    except (Invalid, TooMany) as refusal:
        show_refusal(form, refusal)
        return refused(_listed(belonging.of(actor, organization), form), refusal)
    flash(_("An invitation is on its way to %(email)s.", email=form.email.data), "success")
    return _there(organization)


@bp.post("/<uuid:organization>/members/invitations/<uuid:invitation>/again")
@login_required
def members_invite_again(organization: UUID, invitation: UUID) -> Answer:
    """Mail an invitation once more."""
    actor = current_actor()
    try:
        sent = invitations.send_again(actor, organization, invitation)
    except TooMany as refusal:
        form = InviteForm(formdata=None)
        show_refusal(form, refusal)
        return refused(_listed(belonging.of(actor, organization), form), refusal)
    flash(_("An invitation is on its way to %(email)s once more.", email=sent.email), "success")
    return _there(organization)


@bp.post("/<uuid:organization>/members/invitations/<uuid:invitation>/revoke")
@login_required
def members_revoke(organization: UUID, invitation: UUID) -> Response:
    """Take an invitation back."""
    taken = invitations.revoke(current_actor(), organization, invitation)
    flash(_("The invitation of %(email)s is taken back.", email=taken.email), "success")
    return _there(organization)


@bp.get("/<uuid:organization>/members/<uuid:member>")
@login_required
def members_one(organization: UUID, member: UUID) -> str:
    """One of them: another role, or the end."""
    found = belonging.one_of(current_actor(), organization, member)
    return _one(found, RoleForm(formdata=None, role=found.member.role))


def _one(found: belonging.Member, form: FlaskForm) -> str:
    if isinstance(form, RoleForm):
        form.offer(list(found.may_give))
    return render_template(
        "organizer/organization/member.html",
        organization=found.organization,
        member=found.member,
        found=found,
        form=form,
    )


@bp.post("/<uuid:organization>/members/<uuid:member>")
@login_required
def members_change(organization: UUID, member: UUID) -> Answer:
    """Give them another role."""
    actor, form = current_actor(), RoleForm()
    found = belonging.one_of(actor, organization, member)
    form.offer(list(found.may_give))
    if form.validate():
        try:
            organizations.change_role(actor, organization, member, form.role.data)
        except Invalid as refusal:
            show_refusal(form, refusal)
        else:
            flash(_("Saved: %(person)s has another role now.", person=found.member.person), "success")
            return _there(organization)
    return _one(found, form), 400


@bp.post("/<uuid:organization>/members/<uuid:member>/remove")
@login_required
def members_remove(organization: UUID, member: UUID) -> Answer:
    """End a membership; one's own, too."""
    actor = current_actor()
    found = belonging.one_of(actor, organization, member)
    try:
        organizations.remove(actor, organization, member)
    except Invalid as refusal:
        form = RoleForm(formdata=None, role=found.member.role)
        show_refusal(form, refusal)
        return _one(found, form), 400
    if found.is_own:
        flash(_("You do not belong to %(name)s any more.", name=found.organization.name), "success")
        return redirect(url_for("organizer.index"), 303)
    flash(_("%(person)s does not belong to it any more.", person=found.member.person), "success")
    return _there(organization)
