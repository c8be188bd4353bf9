"""Kinds of tickets: a new one, one that changes, one that goes."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import login_required
from werkzeug.wrappers import Response

from ticketing.errors import Conflict, Invalid
from ticketing.queries import editing
from ticketing.services import offers
from ticketing.web.actor import current_actor
from ticketing.web.organizer.editor import bp
from ticketing.web.organizer.pricing.desk import Desk, desk_of

_Answer = str | Response | tuple[str, int]


@bp.get("/<uuid:event>/tickets/new")
@login_required
def new_ticket(event: UUID) -> str:
    """An empty form."""
    return _desk(event).page()


@bp.post("/<uuid:event>/tickets/new")
@login_required
def create_ticket(event: UUID) -> _Answer:
    """Add a kind of ticket, with all its prices."""
    desk = _desk(event)
    return _kept(desk, _("“%(name)s” is added.", name=desk.form.name.data))


@bp.get("/<uuid:event>/tickets/<uuid:ticket_type>")
@login_required
def ticket(event: UUID, ticket_type: UUID) -> str:
    """One kind as it is."""
    return _desk(event, ticket_type).page()


@bp.post("/<uuid:event>/tickets/<uuid:ticket_type>")
@login_required
def save_ticket(event: UUID, ticket_type: UUID) -> _Answer:
    """Change it, with all its prices. Orders keep the price that they were placed at."""
    desk = _desk(event, ticket_type)
    return _kept(desk, _("“%(name)s” is saved.", name=desk.form.name.data))


@bp.post("/<uuid:event>/tickets/<uuid:ticket_type>/remove")
@login_required
def remove_ticket(event: UUID, ticket_type: UUID) -> _Answer:
    """Remove a kind that nobody has ordered."""
    desk = desk_of(editing.to_edit(current_actor(), event), ticket_type)
    try:
        offers.delete_type(current_actor(), ticket_type)
    except Invalid as refusal:
        desk.show(refusal)
        return desk.page(), 400
    flash(_("“%(name)s” is removed.", name=desk.form.name.data), "success")
    return redirect(url_for("organizer_editor.tickets", event=event), 303)


def _desk(event: UUID, ticket_type: UUID | None = None) -> Desk:
    """A kind as it is, or as it was sent."""
    posted = request.form if request.method == "POST" else None
    return desk_of(editing.to_edit(current_actor(), event), ticket_type, posted)


def _kept(desk: Desk, words: str) -> _Answer:
    if desk.wants_more:
        return desk.page()
    status = 400
    if desk.form.validate():
        try:
            desk.keep()
        except (Invalid, Conflict) as refusal:
            desk.show(refusal)
            status = 409 if isinstance(refusal, Conflict) else 400
        else:
            flash(words, "success")
            return redirect(url_for("organizer_editor.tickets", event=desk.event.uuid), 303)
    return desk.page(), status
