"""An event's picture: sent, replaced, removed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import login_required
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from ticketing.errors import Invalid, Refusal
from ticketing.queries import editing
from ticketing.services import covers, pictures
from ticketing.web.actor import current_actor
from ticketing.web.errors import answer_http_error, answer_refusal
from ticketing.web.forms import show_refusal
from ticketing.web.organizer.editor import bp


class CoverForm(FlaskForm):
    """A picture; the service says what is wrong with it."""

    picture = FileField(_l("Picture"), [FileRequired(_l("Please choose a file."))])


@bp.get("/<uuid:event>/cover")
@login_required
def cover(event: UUID) -> str:
    """The picture as visitors see it, and how to change it."""
    return _page(event, CoverForm())


@bp.post("/<uuid:event>/cover")
@login_required
def save_cover(event: UUID) -> str | Response | tuple[str, int]:
    """Show another picture."""
    actor = current_actor()
    editing.to_edit(actor, event)
    form = CoverForm()
    if not form.validate():
        return _page(event, form), 400
    try:
        covers.set_cover(actor, event, form.picture.data.stream)
    except Invalid as refusal:
        show_refusal(form, refusal)
        return _page(event, form), 400
    flash(_("Saved: this is the picture that visitors see."), "success")
    return redirect(url_for("organizer_editor.cover", event=event), 303)


@bp.post("/<uuid:event>/cover/remove")
@login_required
def remove_cover(event: UUID) -> Response:
    """Show none."""
    actor = current_actor()
    editing.to_edit(actor, event)
    covers.remove(actor, event)
    flash(_("The picture is removed."), "success")
    return redirect(url_for("organizer_editor.cover", event=event), 303)


@bp.errorhandler(RequestEntityTooLarge)
def too_large(error: RequestEntityTooLarge) -> Any:
    """What was sent was not even read: where a picture was expected, the page says why."""
    if request.endpoint != "organizer_editor.save_cover":
        return answer_http_error(error)
    form = CoverForm(formdata=None)
    show_refusal(form, pictures.too_large("picture"))
    try:
        return _page(UUID(str((request.view_args or {})["event"])), form), 413
    except Refusal as refusal:
        return answer_refusal(refusal)


def _page(event: UUID, form: CoverForm) -> str:
    row = editing.to_edit(current_actor(), event)
    return render_template("organizer/editor/cover.html", event=row, form=form)
