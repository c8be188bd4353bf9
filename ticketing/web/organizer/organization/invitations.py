"""Where the link of an invitation's mail leads: see who offers what, sign in or sign up, and take it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import login_required
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import BooleanField, HiddenField

from ticketing.errors import Invalid
from ticketing.models import Invitation
from ticketing.queries import belonging
from ticketing.services import invitations
from ticketing.web.actor import current_actor
from ticketing.web.caching import keep_private
from ticketing.web.forms import clean, show_refusal

bp = Blueprint("invitations", __name__, url_prefix="/invitation")
bp.after_request(keep_private)

Answer = str | Response | tuple[str, int]


class AcceptForm(FlaskForm):
    """The secret of the mail; with another address than the invited one, the word that this is meant."""

    token = HiddenField()
    other = BooleanField(_l("Yes, I come with this account"))


def _token() -> str:
    return clean(request.values.get("token"))


@bp.get("", strict_slashes=False)
def show() -> Answer:
    """Who offers what. Looking uses nothing up."""
    token = _token()
    invitation = invitations.find_open(token)
    if invitation is None:
        return _bad_link()
    return _page(invitation, AcceptForm(formdata=None, token=token))


@bp.post("", strict_slashes=False)
@login_required
def accept() -> Answer:
    """Take it."""
    form, token, actor = AcceptForm(), _token(), current_actor()
    try:
        organization = invitations.accept(actor, token, as_somebody_else=form.other.data)
    except Invalid as refusal:
        invitation = invitations.find_open(token)
        if invitation is None:
            return _bad_link()
        show_refusal(form, refusal)
        return _page(invitation, form), 400
    flash(_("Welcome! You belong to %(name)s now.", name=organization.name), "success")
    return redirect(url_for("organizer_organization.events", organization=organization.uuid), 303)


def _page(invitation: Invitation, form: AcceptForm) -> str:
    actor = current_actor()
    return render_template(
        "organizer/organization/invitation.html",
        invitation=invitation,
        organization=invitation.organization,
        inviter=belonging.name_of(invitation.actor_id),
        is_mine=invitations.is_for(invitation, actor.email),
        has_account=belonging.has_account(invitation.email),
        here=url_for("invitations.show", token=form.token.data),
        form=form,
    )


def _bad_link() -> tuple[str, int]:
    return render_template("organizer/organization/bad_invitation.html"), 400
