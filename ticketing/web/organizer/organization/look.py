"""What an organization's tickets look like: its logo and its colour."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import login_required
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response
from wtforms import BooleanField

from ticketing.documents.pen import DEFAULT_ACCENT
from ticketing.errors import Invalid, Refusal
from ticketing.queries import organizations as reading
from ticketing.services import organizations, pictures
from ticketing.services.tickets import samples
from ticketing.web.actor import current_actor
from ticketing.web.caching import keep_private
from ticketing.web.errors import answer_refusal
from ticketing.web.forms import Text, show_refusal

bp = Blueprint("organizer_look", __name__, url_prefix="/organizer/organizations")
bp.after_request(keep_private)


class LookForm(FlaskForm):
    """A colour and a picture; the service says what is wrong with them."""

    accent = Text(_l("Colour"))
    logo = FileField(_l("Logo"))
    remove_logo = BooleanField(_l("Use no logo any more"))


@bp.get("/<uuid:organization>/look")
@login_required
def index(organization: UUID) -> str:
    """The look as it is, and how to change it."""
    return _page(organization)


@bp.post("/<uuid:organization>/look")
@login_required
def save(organization: UUID) -> str | Response | tuple[str, int]:
    """Take another look."""
    actor, form = current_actor(), LookForm()
    reading.to_manage(actor, organization)
    if not form.validate():
        return _page(organization, form), 400
    look = {"accent": form.accent.data or "", "remove_logo": form.remove_logo.data}
    try:
        sent = form.logo.data.stream if form.logo.data else None
        organizations.set_look(actor, organization, logo=sent, **look)
    except Invalid as refusal:
        return _page(organization, form, refusal), 400
    flash(_("Saved: this is what your tickets look like from now on."), "success")
    return redirect(url_for("organizer_look.index", organization=organization), 303)


@bp.get("/<uuid:organization>/look/sample.pdf")
@login_required
def sample(organization: UUID) -> Response:
    """A ticket with this look that nobody can use."""
    paper = samples.pdf(current_actor(), organization)
    answer = current_app.response_class(paper.content, mimetype=paper.mimetype)
    answer.headers.set("Content-Disposition", "attachment", filename=paper.name)
    return answer


@bp.errorhandler(RequestEntityTooLarge)
def too_large(_error: RequestEntityTooLarge) -> Any:
    """What was sent was not even read: the form as it is stored, and why."""
    organization = UUID(str((request.view_args or {})["organization"]))
    try:
        return _page(organization, refusal=pictures.too_large("logo")), 413
    except Refusal as refusal:
        return answer_refusal(refusal)


def _page(organization: UUID, form: LookForm | None = None, refusal: Invalid | None = None) -> str:
    """The form as it was sent, else as it is stored."""
    found = reading.to_manage(current_actor(), organization)
    form = form or LookForm(formdata=None, data={"accent": found.accent})
    if refusal is not None:
        show_refusal(form, refusal)
    return render_template(
        "organizer/organization/look.html", organization=found, form=form, house_accent=DEFAULT_ACCENT
    )
