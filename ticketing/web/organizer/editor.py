"""Events as organizers write them: a new one, and one that changes."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import login_required
from werkzeug.wrappers import Response

from ticketing.errors import Invalid
from ticketing.policy import Permission, require
from ticketing.queries import editing
from ticketing.services import hosting
from ticketing.web.actor import current_actor
from ticketing.web.caching import keep_private
from ticketing.web.forms import show_refusal
from ticketing.web.organizer.editor_forms import EventForm, written

bp = Blueprint("organizer_editor", __name__, url_prefix="/organizer/events")
bp.after_request(keep_private)


@bp.get("/new")
@login_required
def new() -> str:
    """An empty form."""
    return _new_page(_new_form())


@bp.post("/new")
@login_required
def create() -> str | Response | tuple[str, int]:
    """Draft an event. Who has no organization yet gets one with it."""
    form = _new_form()
    if not form.validate():
        return _new_page(form), 400
    try:
        event = hosting.draft(current_actor(), **form.values())
    except Invalid as refusal:
        show_refusal(form, refusal)
        return _new_page(form), 400
    flash(_("Your event is drafted. Nobody else sees it yet."), "success")
    return redirect(url_for("organizer_editor.tickets", event=event.uuid), 303)


def _new_form() -> EventForm:
    actor = current_actor()
    require(actor, Permission.EVENT_HOST)
    zone = current_app.config["DEFAULT_TIMEZONE"]
    form = EventForm(data={"timezone": zone})
    form.offer(editing.choices(actor), zone)
    return form


def _new_page(form: EventForm) -> str:
    return render_template("organizer/editor/new.html", form=form)


@bp.get("/<uuid:event>/edit")
@login_required
def edit(event: UUID) -> str:
    """The event as it is written."""
    actor = current_actor()
    row = editing.to_edit(actor, event)
    form = EventForm(data=written(row))
    form.offer(editing.choices(actor, row), row.timezone)
    return render_template("organizer/editor/edit.html", event=row, form=form)


@bp.post("/<uuid:event>/edit")
@login_required
def save(event: UUID) -> str | Response | tuple[str, int]:
    """Write it anew."""
    actor = current_actor()
    row = editing.to_edit(actor, event)
    form = EventForm()
    form.offer(editing.choices(actor, row), row.timezone)
    if form.validate():
        try:
            hosting.change(actor, event, **form.values(row))
        except Invalid as refusal:
            show_refusal(form, refusal)
        else:
            flash(_("Saved."), "success")
            return redirect(url_for("organizer_editor.edit", event=event), 303)
    return render_template("organizer/editor/edit.html", event=row, form=form), 400
