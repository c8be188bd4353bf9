"""What else is done with an event as it is written: looked at as buyers will, copied, deleted."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import login_required
from flask_wtf import FlaskForm
from sqlalchemy import Row
from werkzeug.wrappers import Response
from wtforms import HiddenField
from wtforms.validators import DataRequired, Length

from ticketing import clock
from ticketing.errors import Conflict, Invalid
from ticketing.models import Event
from ticketing.queries import editing, prices
from ticketing.services import drafting, duplicating
from ticketing.services.idempotency import Idempotency
from ticketing.web.actor import current_actor
from ticketing.web.choice import choice_of
from ticketing.web.forms import Text, show_refusal
from ticketing.web.links import event_url
from ticketing.web.organizer.editor import bp
from ticketing.web.organizer.editor_forms import Moment, instant, local

_Answer = str | Response | tuple[str, int]
#: Under which a form's key is kept.
_ROUTE = "organizer.duplicate-event"


class CopyForm(FlaskForm):
    """What a copy is called and when it begins, by the clock of its place."""

    title = Text(
        _l("Title"), [DataRequired(_l("Please give it a title.")), Length(max=Event.title.type.length)]
    )
    starts_at = Moment(_l("Starts"), [DataRequired(_l("Please say when it starts."))])
    once = HiddenField()


@bp.get("/<uuid:event>/preview")
@login_required
def preview(event: UUID) -> str | Response:
    """A draft as buyers will see it; what they see already is shown where they see it."""
    found = editing.to_preview(current_actor(), event)
    if not found.is_draft:
        return redirect(event_url(found.slug), 303)
    return render_template("organizer/editor/preview.html", event=found, choice=choice_of(found))


@bp.get("/<uuid:event>/duplicate")
@login_required
def duplicate(event: UUID) -> str:
    """What the copy is called, and when it begins."""
    row = editing.to_edit(current_actor(), event)
    suggested = {"title": row.title, "starts_at": _next_week(row), "once": secrets.token_urlsafe(12)}
    return _copy_page(row, CopyForm(data=suggested))


def _next_week(row: Row[Any]) -> datetime | None:
    """The same hour of the same weekday, the first that is still to come."""
    starts_at = local(row.starts_at, row.timezone)
    now = local(clock.now(), row.timezone)
    if starts_at is None or now is None:
        return None
    weeks = max(1, (now - starts_at) // timedelta(weeks=1) + 1)
    return starts_at + timedelta(weeks=weeks)


@bp.post("/<uuid:event>/duplicate")
@login_required
def make_copy(event: UUID) -> _Answer:
    """Draft it: the same form sent again leads to the same copy."""
    actor, form = current_actor(), CopyForm()
    row = editing.to_edit(actor, event)
    if not form.validate():
        return _copy_page(row, form), 400
    starts_at = cast(datetime, instant(form.starts_at.data, row.timezone))
    said = f"{row.uuid} {form.title.data} {starts_at}".encode()
    try:
        once = Idempotency.of(_ROUTE, form.once.data or secrets.token_urlsafe(12), said)
        made = duplicating.duplicate(actor, event, once, title=form.title.data or "", starts_at=starts_at)
    except Conflict:
        return _made_already(row, form), 409
    except Invalid as refusal:
        show_refusal(form, refusal)
        return _copy_page(row, form), 400
    flash(_("This is the copy. Nobody else sees it yet."), "success")
    return redirect(url_for("organizer_editor.edit", event=made.uuid), 303)


def _copy_page(row: Row[Any], form: CopyForm, made: Row[Any] | None = None) -> str:
    return render_template("organizer/editor/duplicate.html", event=row, form=form, made=made)


def _made_already(row: Row[Any], form: CopyForm) -> str:
    made = editing.made_by(current_actor(), _ROUTE, form.once.data or "")
    form.once.data = secrets.token_urlsafe(12)
    return _copy_page(row, form, made)


@bp.get("/<uuid:event>/delete")
@login_required
def delete(event: UUID) -> str:
    """What goes with a draft."""
    return _delete_page(event, FlaskForm())


@bp.post("/<uuid:event>/delete")
@login_required
def delete_now(event: UUID) -> _Answer:
    """Delete a draft that nobody has ordered tickets of."""
    actor, form = current_actor(), FlaskForm()
    row = editing.to_edit(actor, event)
    try:
        drafting.discard(actor, event)
    except Invalid as refusal:
        show_refusal(form, refusal)
        return _delete_page(event, form), 400
    flash(_("The draft “%(title)s” is deleted.", title=row.title), "success")
    return redirect(url_for("organizer.index", when="drafts"), 303)


def _delete_page(event: UUID, form: FlaskForm) -> str:
    row = editing.to_edit(current_actor(), event)
    kinds = {ticket.uuid for ticket in prices.of_event(row.id)}
    return render_template("organizer/editor/delete.html", event=row, form=form, kinds=len(kinds))
