"""Opening an organization: for whoever wants to put something on."""

from __future__ import annotations

import secrets

from flask import current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import login_required
from werkzeug.wrappers import Response

from ticketing.errors import Conflict, Invalid
from ticketing.services import organizations
from ticketing.services.idempotency import Idempotency
from ticketing.web.actor import current_actor
from ticketing.web.forms import show_refusal
from ticketing.web.organizer.organization.blueprint import bp
from ticketing.web.organizer.organization.forms import OpenForm

ROUTE = "organizations.open"


@bp.get("/new")
@login_required
def new() -> str:
    """An empty form; whom to write to is known already."""
    usual, actor = current_app.config["CURRENCY"], current_actor()
    return _page(
        OpenForm(formdata=None, currency=usual, contact_email=actor.email, once=secrets.token_urlsafe(12))
    )


@bp.post("/new")
@login_required
def create() -> str | Response | tuple[str, int]:
    """Open it, and go on to its first event. The same form sent again opens nothing more."""
    form = OpenForm()
    form.offer(current_app.config["CURRENCY"])
    if not form.validate():
        return _page(form), 400
    values = form.values()
    try:
        once = Idempotency.of(ROUTE, form.once.data or "", repr(sorted(values.items())).encode())
        opened = organizations.open_own(current_actor(), once=once, **values)
    except (Invalid, Conflict) as refusal:
        show_refusal(form, refusal)
        return _page(form), 400
    flash(_("%(name)s is open. Here is its first event.", name=opened.name), "success")
    return redirect(url_for("organizer_editor.new", organization=opened.uuid), 303)


def _page(form: OpenForm) -> str:
    form.offer(current_app.config["CURRENCY"])
    return render_template("organizer/organization/new.html", form=form)
