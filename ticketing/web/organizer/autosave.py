"""Drafts that are kept while they are written. What can be saved is; the rest is named, and stays typed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from flask import jsonify, url_for
from flask_babel import gettext as _
from flask_login import login_required
from werkzeug.wrappers import Response

from ticketing.errors import Conflict, Invalid
from ticketing.models import Event
from ticketing.queries import editing
from ticketing.services import drafting
from ticketing.web.actor import current_actor
from ticketing.web.forms import sentence_of, show_refusal
from ticketing.web.links import absolute_url, event_url
from ticketing.web.organizer.editor import ROUTE, bp, form_for, new_form, once_of
from ticketing.web.organizer.editor_forms import EventForm, said_by

_Answer = Response | tuple[Response, int]
#: Without these there is no event to keep.
_ESSENTIAL = {"organization", "title", "venue", "starts_at"}


@bp.post("/autosave")
@login_required
def begin() -> _Answer:
    """A new event becomes a draft as soon as it can be one."""
    form = new_form()
    form.validate()
    if _ESSENTIAL & _wrong(form):
        return jsonify(saved=False, waiting=_labels(form))
    actor, once = current_actor(), once_of(form)
    made = editing.made_by(actor, ROUTE, once.key)
    if made is None:
        return _answer(form, partial(drafting.begin, actor, once), None)
    # It was made, and the browser never heard of it.
    return _answer(form, partial(drafting.save, actor, made.uuid, only_draft=True), None)


@bp.post("/<uuid:event>/autosave")
@login_required
def keep(event: UUID) -> _Answer:
    """A draft is changed; nothing of a published event is."""
    row = editing.to_edit(current_actor(), event)
    form = form_for(row)
    form.validate()
    known = form.version.data or ""
    return _answer(form, partial(drafting.save, current_actor(), event, known=known, only_draft=True), row)


def _answer(form: EventForm, save: Callable[..., Event], stored: Any) -> _Answer:
    if "csrf_token" in form.errors:
        return jsonify(saved=False, why=_("This page is too old. Please save it by the button.")), 400
    try:
        event = _saved(form, save, stored)
    except Conflict:
        return jsonify(saved=False, why=_("Somebody else has changed this event meanwhile.")), 409
    except Invalid as refusal:
        return jsonify(saved=False, why=sentence_of(refusal)), 400
    link = absolute_url(event_url(event.slug)) if event.is_unlisted else ""
    return jsonify(
        saved=True,
        version=editing.version_of(event),
        address=url_for("organizer_editor.edit", event=event.uuid),
        autosave=url_for("organizer_editor.keep", event=event.uuid),
        tickets=url_for("organizer_editor.tickets", event=event.uuid),
        link=link,
        except_for=_labels(form),
    )


def _saved(form: EventForm, save: Callable[..., Event], stored: Any) -> Event:
    """Save all that is good: whatever the service blames is left out, and the rest is tried again.

    :raises Invalid: what was left to blame is no field of the form.
    """
    wrong = _wrong(form)
    while True:
        try:
            return save(**form.values(stored, wrong))
        except Invalid as refusal:
            blamed = {said_by(name) for name in refusal.fields} - wrong
            if not blamed or (stored is None and blamed & _ESSENTIAL):
                raise
            show_refusal(form, refusal)
            wrong |= blamed


def _wrong(form: EventForm) -> set[str]:
    return {said_by(name) for name in form.errors if name}


def _labels(form: EventForm) -> list[str]:
    """What the fields are called that are wrong, in the order of the page."""
    return [str(field.label.text) for field in form if field.errors and field.name != "csrf_token"]
