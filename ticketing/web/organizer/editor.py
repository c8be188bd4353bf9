"""Events as organizers write them: a new one, and one that changes."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import login_required
from sqlalchemy import Row
from werkzeug.wrappers import Response

from ticketing.errors import Conflict, Invalid
from ticketing.policy import Permission, require
from ticketing.queries import editing
from ticketing.services import drafting, listing
from ticketing.services.idempotency import Idempotency
from ticketing.web.actor import current_actor
from ticketing.web.caching import keep_private
from ticketing.web.forms import sentence_of, show_refusal
from ticketing.web.organizer.editor_forms import EventForm, differing, written

bp = Blueprint("organizer_editor", __name__, url_prefix="/organizer/events")
bp.after_request(keep_private)

_Answer = str | Response | tuple[str, int]
#: Under which a form's key is kept.
ROUTE = "organizer.new-event"


@bp.get("/new")
@login_required
def new() -> str:
    """An empty form."""
    return _new_page(new_form())


@bp.post("/new")
@login_required
def create() -> _Answer:
    """Draft an event. Who has no organization yet gets one with it."""
    form = new_form()
    if not form.validate():
        return _new_page(form), 400
    try:
        event = drafting.begin(current_actor(), once_of(form), **form.values())
    except Conflict:
        return _made_already(form), 409
    except Invalid as refusal:
        show_refusal(form, refusal)
        return _new_page(form), 400
    return _drafted(event.uuid)


def _drafted(event: UUID) -> Response:
    flash(_("Your event is drafted. Nobody else sees it yet."), "success")
    return redirect(url_for("organizer_editor.tickets", event=event), 303)


def new_form() -> EventForm:
    """What is sent, or an empty form with a name of its own."""
    actor = current_actor()
    require(actor, Permission.EVENT_HOST)
    zone = current_app.config["DEFAULT_TIMEZONE"]
    chosen = request.args.get("organization")
    form = EventForm(data={"timezone": zone, "once": secrets.token_urlsafe(12), "organization": chosen})
    form.offer(editing.choices(actor), zone)
    return form


def once_of(form: EventForm) -> Idempotency:
    """The form's own name, and what it says."""
    said = sorted((name, value) for name, value in request.form.items(multi=True) if name != "csrf_token")
    return Idempotency.of(ROUTE, form.once.data or secrets.token_urlsafe(12), urlencode(said).encode())


def _new_page(form: EventForm, made: Row[Any] | None = None) -> str:
    return render_template("organizer/editor/new.html", form=form, made=made)


def _made_already(form: EventForm) -> str:
    """A form that comes back with something else in it may mean another event: its next try makes one."""
    made = editing.made_by(current_actor(), ROUTE, form.once.data or "")
    form.once.data = secrets.token_urlsafe(12)
    return _new_page(form, made)


@bp.get("/<uuid:event>/edit")
@login_required
def edit(event: UUID) -> str:
    """The event as it is written."""
    row = editing.to_edit(current_actor(), event)
    return _edit_page(row, form_for(row, data=written(row)))


@bp.post("/<uuid:event>/edit")
@login_required
def save(event: UUID) -> _Answer:
    """Write it anew, unless somebody else has in the meantime and nobody was asked."""
    actor = current_actor()
    row = editing.to_edit(actor, event)
    form = form_for(row)
    if not form.validate():
        return _edit_page(row, form), 400
    try:
        drafting.save(actor, event, known=form.version.data or "", **form.values(row))
    except Conflict:
        return _changed_meanwhile(event, form), 409
    except Invalid as refusal:
        show_refusal(form, refusal)
        return _edit_page(row, form), 400
    if request.form.get("then") == "tickets":
        # The form of a new event, which has become a draft while it was written.
        return _drafted(event)
    flash(_("Saved."), "success")
    return redirect(url_for("organizer_editor.edit", event=event), 303)


def form_for(row: Row[Any], **options: Any) -> EventForm:
    """The form of a stored event: what is sent, else the given data."""
    form = EventForm(**options)
    form.offer(editing.choices(current_actor(), row), row.timezone)
    return form


def _edit_page(row: Row[Any], form: EventForm, theirs: list[tuple[str, str]] | None = None) -> str:
    return render_template("organizer/editor/edit.html", event=row, form=form, theirs=theirs)


def _changed_meanwhile(event: UUID, form: EventForm) -> str:
    """What was typed, beside what is stored by now: saved again it takes the place of that."""
    row = editing.to_edit(current_actor(), event)
    form.version.data = editing.version_of(row)
    return _edit_page(row, form, differing(form, row))


@bp.post("/<uuid:event>/link")
@login_required
def renew_link(event: UUID) -> Response:
    """Another secret link; the old one leads nowhere."""
    actor = current_actor()
    editing.to_edit(actor, event)
    try:
        listing.new_link(actor, event)
    except Invalid as refusal:
        flash(sentence_of(refusal), "error")
    else:
        flash(_("This event has a new link. The old one leads nowhere now."), "success")
    return redirect(url_for("organizer_editor.edit", event=event, _anchor="visibility"), 303)
