"""My tickets: the list, one of them to be shown at the entrance, its files, who comes, and passing it on."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import login_required
from flask_wtf import FlaskForm
from sqlalchemy import Row
from werkzeug.wrappers import Response
from wtforms.validators import Email, InputRequired, Length, Optional

from ticketing.errors import Invalid
from ticketing.models import Ticket
from ticketing.queries import tickets as reading
from ticketing.services import tickets
from ticketing.services.tickets import papers
from ticketing.services.tickets.papers import Paper
from ticketing.web.actor import current_actor
from ticketing.web.caching import keep_private
from ticketing.web.catalog import page_number
from ticketing.web.forms import Text, show_refusal

bp = Blueprint("tickets", __name__)
bp.after_request(keep_private)

_LONGEST_NAME = Ticket.attendee_name.type.length
_LONGEST_EMAIL = Ticket.attendee_email.type.length
_NO_ADDRESS = _l("Please enter an e-mail address, like name@example.org.")


class AttendeeForm(FlaskForm):
    """Who comes with a ticket."""

    name = Text(_l("Name"), [Optional(), Length(max=_LONGEST_NAME)])
    email = Text(_l("E-mail address"), [Optional(), Length(max=_LONGEST_EMAIL), Email(_NO_ADDRESS)])


class PassOnForm(FlaskForm):
    """Whom a ticket goes to."""

    email = Text(
        _l("Their e-mail address"),
        [InputRequired(_NO_ADDRESS), Length(max=_LONGEST_EMAIL), Email(_NO_ADDRESS)],
    )
    name = Text(_l("Their name"), [Optional(), Length(max=_LONGEST_NAME)])


@bp.get("/tickets/")
@login_required
def index() -> str:
    """The visitor's tickets: what is to come, or what is over."""
    past = request.args.get("when") == "past"
    page = reading.find_own(current_actor(), past=past, page=page_number())

    def pages(number: int) -> str:
        when = "past" if past else None
        return url_for("tickets.index", when=when, page=number if number > 1 else None)

    return render_template("tickets/index.html", page=page, pages=pages, past=past)


@bp.get("/tickets/<uuid:ticket>", strict_slashes=False)
@login_required
def detail(ticket: UUID) -> str:
    """One ticket, as it is shown at the entrance."""
    row = reading.get(current_actor(), ticket)
    return _shown(row, AttendeeForm(name=row.attendee_name, email=row.attendee_email))


def _shown(row: Row, form: FlaskForm) -> str:
    return render_template("tickets/detail.html", ticket=row, form=form)


@bp.post("/tickets/<uuid:ticket>/attendee")
@login_required
def rename(ticket: UUID) -> str | Response | tuple[str, int]:
    """Say who comes."""
    actor, form = current_actor(), AttendeeForm()
    if not form.validate_on_submit():
        return _shown(reading.get(actor, ticket), form), 400
    try:
        tickets.rename(actor, ticket, name=form.name.data, email=form.email.data)
    except Invalid as refusal:
        show_refusal(form, refusal)
        return _shown(reading.get(actor, ticket), form), 400
    flash(_("Saved: this ticket is for %(name)s.", name=form.name.data or _("whoever brings it")), "success")
    return redirect(url_for("tickets.detail", ticket=ticket), 303)


@bp.get("/tickets/<uuid:ticket>/pass-on")
@login_required
def ask_pass_on(ticket: UUID) -> str:
    """Whom it shall go to."""
    row = reading.get(current_actor(), ticket)
    return render_template("tickets/pass_on.html", ticket=row, form=PassOnForm(), is_sure=False)


@bp.post("/tickets/<uuid:ticket>/pass-on")
@login_required
def pass_on(ticket: UUID) -> str | Response | tuple[str, int]:
    """Ask once more; then the ticket is somebody else's."""
    actor, form = current_actor(), PassOnForm()
    row = reading.get(actor, ticket)
    if not form.validate_on_submit():
        return render_template("tickets/pass_on.html", ticket=row, form=form, is_sure=False), 400
    if "sure" not in request.form:
        return render_template("tickets/pass_on.html", ticket=row, form=form, is_sure=True)
    try:
        tickets.transfer(actor, ticket, email=form.email.data, name=form.name.data)
    except Invalid as refusal:
        show_refusal(form, refusal)
        return render_template("tickets/pass_on.html", ticket=row, form=form, is_sure=False), 400
    flash(_("Your ticket is on its way to %(email)s.", email=form.email.data), "success")
    return redirect(url_for("tickets.index"), 303)


@bp.get("/tickets/<uuid:ticket>/qr.svg")
@login_required
def code(ticket: UUID) -> Response:
    """The QR as a picture."""
    return _file(papers.code_of_ticket(current_actor(), ticket, papers.SVG), is_shown=True)


@bp.get("/tickets/<uuid:ticket>/ticket.pdf")
@login_required
def pdf(ticket: UUID) -> Response:
    """The ticket as PDF."""
    return _file(papers.pdf_of_ticket(current_actor(), ticket))


@bp.get("/tickets/<uuid:ticket>/event.ics")
@login_required
def calendar(ticket: UUID) -> Response:
    """When to be where, as a calendar file."""
    return _file(papers.calendar_of_ticket(current_actor(), ticket))


@bp.get("/bookings/<uuid:key>/tickets.pdf")
@login_required
def pdf_of_order(key: UUID) -> Response:
    """All tickets of a booking as PDF."""
    return _file(papers.pdf_of_order(current_actor(), key))


@bp.get("/bookings/<uuid:key>/event.ics")
@login_required
def calendar_of_order(key: UUID) -> Response:
    """When to be where with a booking, as a calendar file."""
    return _file(papers.calendar_of_order(current_actor(), key))


def _file(paper: Paper, *, is_shown: bool = False) -> Response:
    answer = current_app.response_class(paper.content, mimetype=paper.mimetype)
    answer.headers.set("Content-Disposition", "inline" if is_shown else "attachment", filename=paper.name)
    return answer
