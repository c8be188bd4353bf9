"""The outbox: every mail and every deed, how it stands, and trying once more."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from ticketing.errors import Invalid
from ticketing.queries import staff
from ticketing.services import messages, promises
from ticketing.web.actor import current_actor
from ticketing.web.catalog import page_number
from ticketing.web.forms import show_refusal
from ticketing.web.staff import words
from ticketing.web.staff.frame import address, asked, bp, in_address


def _asked_for() -> dict[str, str]:
    """What of the outbox the address asks for."""
    return {
        "kind": asked("kind", words.kinds()),
        "state": asked("state", staff.STATES),
        "order": asked("order"),
    }


@bp.get("/outbox/")
def outbox() -> str:
    """Every message, newest first; filtered by the address alone."""
    return _shown(FlaskForm())


def _shown(form: FlaskForm) -> str:
    given = _asked_for()
    kind, state, order = given["kind"], given["state"], given["order"]
    page = staff.outbox(current_actor(), kind=kind, state=state, order=order, page=page_number())
    return render_template(
        "staff/outbox.html",
        form=form,
        page=page,
        given=given,
        here=in_address(given, page.number),
        pages=lambda number: address("staff.outbox", number, **given),
        words=words,
        can_be_tried_again=promises.can_be_tried_again,
    )


@bp.post("/outbox/<uuid:message>/send-again")
def send_again(message: UUID) -> str | Response | tuple[str, int]:
    """Have a mail about an order sent once more."""
    form = FlaskForm()
    try:
        is_new = messages.send_again(current_actor(), message)
    except Invalid as refusal:
        show_refusal(form, refusal)
        return _shown(form), 400
    if is_new:
        flash(_("The message goes out again now."), "success")
    else:
        flash(_("That message was sent again less than a minute ago."), "warning")
    return _back()


@bp.post("/outbox/<uuid:message>/try-again")
def try_again(message: UUID) -> str | Response | tuple[str, int]:
    """Have a deed, or a mail about an account, tried once more."""
    form = FlaskForm()
    try:
        is_new = promises.try_again(current_actor(), message)
    except Invalid as refusal:
        show_refusal(form, refusal)
        return _shown(form), 400
    if is_new:
        flash(_("It is tried again now."), "success")
    else:
        flash(_("It is due already."), "warning")
    return _back()


def _back() -> Response:
    """To the part of the list that was shown."""
    return redirect(address("staff.outbox", page_number(), **_asked_for()), 303)
