"""Writing to those who come, as organizers do it: write, try it out, read for whom it is, send it once, and
watch it go."""

from __future__ import annotations

import secrets
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_login import login_required
from flask_wtf import FlaskForm
from sqlalchemy import Row
from werkzeug.wrappers import Response
from wtforms import HiddenField, RadioField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length

from ticketing.errors import Invalid, Refusal, TooMany
from ticketing.models import desk
from ticketing.queries import circulars as reading
from ticketing.queries import scanner_links
from ticketing.queries.circulars import Audience, Listed, Rows
from ticketing.services import circulars
from ticketing.services.circulars import LONGEST_BODY, LONGEST_SUBJECT, Letter
from ticketing.services.idempotency import Idempotency
from ticketing.web.actor import current_actor
from ticketing.web.display import show_date
from ticketing.web.forms import Lines, Text, refused, show_refusal
from ticketing.web.organizer.attendees import bp as bp

Answer = str | Response | tuple[str, int]
Types = Any
#: Under which a form's key is kept.
ROUTE = "organizer.circular"
_CAME = {"": None, "no": False, "yes": True}


class CircularForm(FlaskForm):
    """A message and whom it is for. ``once`` names the form."""

    subject = Text(
        _l("Subject"),
        [DataRequired(_l("Please write what it is about.")), Length(max=LONGEST_SUBJECT)],
    )
    body = Lines(_l("Message"), [DataRequired(_l("Please write your message.")), Length(max=LONGEST_BODY)])
    types = SelectMultipleField(_l("Tickets"), coerce=int)
    day = SelectField(_l("Day"))
    came = RadioField(
        _l("Admission"),
        choices=[
            SelectChoice("", _l("Whether they have been let in or not")),
            SelectChoice("no", _l("Only those who have not been let in")),
            SelectChoice("yes", _l("Only those who have been let in")),
        ],
        default="",
    )
    once = HiddenField()

    def __init__(self, types: Types, days: Rows, /, **options: Any) -> None:
        super().__init__(**options)
        self.types.choices = [SelectChoice(number, name) for number, name in types]
        self.day.choices = [
            SelectChoice("", _("Any day")),
            *(SelectChoice(str(day.id), day_name(day)) for day in days),
        ]
        self.day.data = self.day.data or ""

    def audience(self) -> Audience:
        """Whom it is for."""
        day = int(self.day.data) if self.day.data else None
        return Audience(tuple(sorted(set(self.types.data or ()))), day, _CAME[self.came.data or ""])


def day_name(day: Any) -> str:
    """What a day is called, and which one it is."""
    return f"{day.name}, {show_date(day.date)}" if day.date and day.name else day.name or show_date(day.date)


def audience_words(audience: Audience, types: Types, days: Rows) -> list[str]:
    """For whom a message is, a sentence for each condition."""
    words = []
    if audience.types:
        names = [name for number, name in types if number in audience.types]
        words.append(_("With a ticket of these: %(names)s", names=", ".join(names) or "–"))
    if audience.day is not None:
        day = next((day_name(day) for day in days if day.id == audience.day), "–")
        words.append(_("With a ticket for this day: %(day)s", day=day))
    if audience.came is not None:
        words.append(_("Let in already") if audience.came else _("Not let in yet"))
    return words or [_("Everybody who comes")]


def state_of(one: Listed) -> tuple[str, str]:
    """How a message stands: a tone and the words."""
    if one.circular.status == desk.FAILED:
        return "bad", _("Stopped")
    if one.is_going:
        return "warn", _("Under way")
    return ("bad", _("Not all delivered")) if one.failed else ("good", _("Sent"))


def said_of(one: Listed) -> str:
    """How many mails went out so far, in a sentence."""
    if one.is_going:
        return _("%(sent)s of %(total)s mails are sent.", sent=one.sent, total=one.total)
    return ngettext("%(num)s mail was sent.", "%(num)s mails were sent.", one.sent)


@bp.get("/circulars")
@login_required
def all_circulars(event: UUID) -> str:
    """What was written before."""
    row = reading.get_event(current_actor(), event)
    return render_template(
        "organizer/desk/circulars.html",
        event=row,
        circulars=reading.of_event(row.id),
        state_of=state_of,
        said_of=said_of,
    )


@bp.route("/circulars/new", methods=["GET", "POST"])
@login_required
def write(event: UUID) -> Answer:
    """The form; sent here from the review, it shows again what was written."""
    row, types, days = _about(event)
    return _form(row, CircularForm(types, days))


def _about(event: UUID) -> tuple[Row[Any], Types, Rows]:
    row = reading.get_event(current_actor(), event)
    return row, scanner_links.types_of(row.id), reading.days_of(row.id)


def _form(event: Row[Any], form: CircularForm) -> str:
    return render_template("organizer/desk/circular_form.html", event=event, form=form)


@bp.post("/circulars/review")
@login_required
def review(event: UUID) -> Answer:
    """How it reads, and how many mails it will be: nothing is sent yet."""
    row, types, days = _about(event)
    form = CircularForm(types, days)
    try:
        return _reviewed(row, types, days, form) if form.validate() else (_form(row, form), 400)
    except Invalid as refusal:
        show_refusal(form, refusal)
        return _form(row, form), 400


def _reviewed(event: Row[Any], types: Types, days: Rows, form: CircularForm, once: str = "") -> str:
    """:raises Invalid: nobody can be written to, or nobody is meant."""
    letter, audience = _letter(form), form.audience()
    number = circulars.count(event, audience)
    asked = CircularForm(
        types,
        days,
        formdata=None,
        subject=letter.subject,
        body=letter.body,
        types=list(audience.types),
        day=form.day.data,
        came=form.came.data,
        once=once or secrets.token_urlsafe(12),
    )
    asked.form_errors = form.form_errors
    return render_template(
        "organizer/desk/circular_review.html",
        event=event,
        form=asked,
        letter=letter,
        number=number,
        audience=audience_words(audience, types, days),
    )


def _letter(form: CircularForm) -> Letter:
    return Letter.of(form.subject.data or "", form.body.data or "")


@bp.post("/circulars/test")
@login_required
def try_out(event: UUID) -> Answer | Any:
    """Send it to its writer, and show the review again."""
    row, types, days = _about(event)
    form = CircularForm(types, days)
    if not form.validate():
        return _form(row, form), 400
    try:
        address = circulars.send_test(current_actor(), event, _letter(form))
        flash(_("A test is on its way to %(address)s.", address=address), "success")
        return _reviewed(row, types, days, form, form.once.data)
    except TooMany as refusal:
        show_refusal(form, refusal)
        return refused(_reviewed(row, types, days, form), refusal)
    except Invalid as refusal:
        show_refusal(form, refusal)
        return _form(row, form), 400


@bp.post("/circulars")
@login_required
def send(event: UUID) -> Answer:
    """Send it, once: the same form again leads to the message that it made."""
    row, types, days = _about(event)
    form = CircularForm(types, days)
    if not form.validate():
        return _form(row, form), 400
    try:
        made = _sent(event, form)
    except Refusal as refusal:
        show_refusal(form, refusal)
        return _form(row, form), 400
    return redirect(url_for("organizer_attendees.circular", event=event, circular=made), 303)


def _sent(event: UUID, form: CircularForm) -> UUID:
    letter, audience = _letter(form), form.audience()
    once = Idempotency.of(ROUTE, form.once.data or "", repr((event, letter, audience)).encode())
    return circulars.send(current_actor(), event, letter, audience, once=once).uuid


@bp.get("/circulars/<uuid:circular>")
@login_required
def circular(event: UUID, circular: UUID) -> str:
    """How far a message came."""
    row, types, days = _about(event)
    one = reading.get(row.id, circular)
    return render_template(
        "organizer/desk/circular.html",
        event=row,
        one=one,
        state=state_of(one),
        said=said_of(one),
        audience=audience_words(Audience.read(one.circular.audience), types, days),
        here=request.path,
    )
