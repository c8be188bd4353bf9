"""Putting an event on sale, and calling it off."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import login_required
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import ValidationError
from wtforms.validators import DataRequired

from ticketing.errors import Invalid
from ticketing.queries import editing
from ticketing.services import events
from ticketing.web.actor import current_actor
from ticketing.web.forms import Text, show_refusal
from ticketing.web.organizer.editor import bp

_Answer = str | Response | tuple[str, int]


def _squeezed(text: str) -> str:
    return " ".join(text.split()).casefold()


class CancelForm(FlaskForm):
    """Nobody types a title by accident."""

    title = Text(_l("Type the event's title"), [DataRequired(_l("Please type the title to confirm."))])

    def __init__(self, wanted: str) -> None:
        super().__init__()
        self.wanted = wanted

    def validate_title(self, field: Text) -> None:
        """As it is written, in whatever case."""
        if _squeezed(field.data or "") != _squeezed(self.wanted):
            raise ValidationError(_("This is not the event's title: nothing was called off."))


@bp.get("/<uuid:event>/publish")
@login_required
def publish(event: UUID) -> str:
    """What is missing before it can be put on sale."""
    return _checklist(event, FlaskForm())


@bp.post("/<uuid:event>/publish")
@login_required
def publish_now(event: UUID) -> _Answer:
    """Put it on sale."""
    actor, form = current_actor(), FlaskForm()
    editing.to_edit(actor, event)
    try:
        events.publish(actor, event)
    except Invalid as refusal:
        show_refusal(form, refusal)
        return _checklist(event, form), 400
    flash(_("Published: your event is on show, and its tickets can be bought."), "success")
    return redirect(url_for("organizer.event", event=event), 303)


def _checklist(event: UUID, form: FlaskForm) -> str:
    actor = current_actor()
    row = editing.to_edit(actor, event)
    missing = events.obstacles(actor, event)
    return render_template("organizer/editor/publish.html", event=row, missing=missing, form=form)


@bp.get("/<uuid:event>/cancel")
@login_required
def cancel(event: UUID) -> str:
    """What calling it off brings about."""
    return _cancel_page(event)


@bp.post("/<uuid:event>/cancel")
@login_required
def cancel_now(event: UUID) -> _Answer:
    """Call it off, for whoever has typed its title."""
    actor = current_actor()
    form = CancelForm(editing.to_edit(actor, event).title)
    if not form.validate():
        return _cancel_page(event, form), 400
    try:
        events.cancel(actor, event, refuse_ended=True)
    except Invalid as refusal:
        show_refusal(form, refusal)
        return _cancel_page(event, form), 400
    flash(_("The event is called off. Its orders end now, one after the other."), "success")
    return redirect(url_for("organizer_editor.winding_up", event=event), 303)


def _cancel_page(event: UUID, form: CancelForm | None = None) -> str:
    row = editing.to_edit(current_actor(), event)
    return render_template(
        "organizer/editor/cancel.html",
        event=row,
        form=form or CancelForm(row.title),
        ends=editing.consequences(row.id),
    )
