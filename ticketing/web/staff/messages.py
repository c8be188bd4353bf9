"""The outbox: every mail and every deed, how it stands, and trying once more."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import flash, redirect, render_template
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from ticketing.errors import Invalid
from ticketing.policy import Actor
from ticketing.queries import staff
from ticketing.services import messages, promises
from ticketing.web.actor import current_actor
from ticketing.web.catalog import page_number
from ticketing.web.forms import show_refusal
from ticketing.web.staff import words
from ticketing.web.staff.frame import bp
from ticketing.web.staff.lists import View, asked

Answer = str | Response | tuple[str, int]


def _view() -> View:
    """What of the outbox the address asks for."""
    given = {
        "kind": asked("kind", words.kinds()),
        "state": asked("state", staff.STATES),
        "order": asked("order"),
    }
    return View.of("staff.outbox", given)


@bp.get("/outbox/")
def outbox() -> str:
    """Every message, newest first; filtered by the address alone."""
    return _shown(FlaskForm())


def _shown(form: FlaskForm) -> str:
    view = _view()
    given = view.given
    page = staff.outbox(
        current_actor(), kind=given["kind"], state=given["state"], order=given["order"], page=view.page
    )
    return render_template(
        "staff/outbox.html",
        form=form,
        page=page,
        view=view,
        words=words,
        can_be_tried_again=promises.can_be_tried_again,
    )


@bp.post("/outbox/<uuid:message>/send-again")
def send_again(message: UUID) -> Answer:
    """Have a mail about an order sent once more."""
    done, known = (
        _("The message goes out again now."),
        _("That message was sent again less than a minute ago."),
    )
    return _once_more(messages.send_again, message, done, known)


@bp.post("/outbox/<uuid:message>/try-again")
def try_again(message: UUID) -> Answer:
    """Have a deed, or a mail about an account, tried once more."""
    return _once_more(promises.try_again, message, _("It is tried again now."), _("It is due already."))


def _once_more(deed: Callable[[Actor, UUID], bool], message: UUID, done: str, known: str) -> Answer:
    """Do it, and go back to the part of the list that was shown; ``known`` is said where there was nothing
    more to do."""
    form = FlaskForm()
    try:
        is_new = deed(current_actor(), message)
    except Invalid as refusal:
        show_refusal(form, refusal)
        return _shown(form), 400
    flash(*((done, "success") if is_new else (known, "warning")))
    return redirect(_view().at(page_number()), 303)
