"""The inbox of what payment providers told us, how each event stands, and processing one again."""

from __future__ import annotations

from flask import flash, redirect, render_template
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from ticketing.errors import Invalid
from ticketing.queries import gateway_events
from ticketing.services.payments import inbox
from ticketing.web.actor import current_actor
from ticketing.web.catalog import page_number
from ticketing.web.forms import show_refusal
from ticketing.web.staff import words
from ticketing.web.staff.frame import bp
from ticketing.web.staff.lists import View, asked


def _view() -> View:
    """What of the inbox the address asks for."""
    given = {
        "state": asked("state", gateway_events.CONDITIONS),
        "outcome": asked("outcome", words.outcomes()),
        "order": asked("order"),
    }
    return View.of("staff.webhooks", given)


@bp.get("/webhooks/")
def webhooks() -> str:
    """What we were told, newest first; filtered by the address alone."""
    return _shown(FlaskForm())


def _shown(form: FlaskForm) -> str:
    view = _view()
    given = view.given
    page = gateway_events.find(
        current_actor(), state=given["state"], outcome=given["outcome"], order=given["order"], page=view.page
    )
    return render_template(
        "staff/webhooks.html",
        form=form,
        page=page,
        view=view,
        words=words,
        state_of=gateway_events.state_of,
        conditions={name: words.event_states()[name] for name in gateway_events.CONDITIONS},
    )


@bp.post("/webhooks/<int:number>/process-again")
def process_again(number: int) -> str | Response | tuple[str, int]:
    """Act at once on an event that waits or was given up."""
    form = FlaskForm()
    try:
        is_done = inbox.process_again(current_actor(), number)
    except Invalid as refusal:
        show_refusal(form, refusal)
        return _shown(form), 400
    if is_done:
        flash(_("The event was processed."), "success")
    else:
        flash(_("It did not work this time either. It is tried again by itself."), "warning")
    return redirect(_view().at(page_number()), 303)
