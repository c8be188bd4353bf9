"""Scanner links as organizers manage them: who has one, a new one (shown once), taking one back."""

from __future__ import annotations

import base64
import secrets
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import current_app, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import Row
from werkzeug.wrappers import Response as AnyResponse
from wtforms import DateTimeLocalField, HiddenField, SelectMultipleField
from wtforms.validators import DataRequired, Length, Optional, ValidationError

from ticketing.documents.qr import qr_svg
from ticketing.errors import Invalid
from ticketing.models import ScannerLink
from ticketing.policy import Permission, require
from ticketing.queries import scanner_links, scans
from ticketing.services import checkin
from ticketing.services.checkin.links import AFTERWARDS
from ticketing.web.actor import current_actor
from ticketing.web.forms import Text, show_refusal
from ticketing.web.organizer.door import bp as bp
from ticketing.web.organizer.scan_words import WORDS

#: Forms that were shown to this browser and not sent yet.
_FORMS, _MOST_FORMS = "scanner_link_forms", 8
_YEARS = range(2000, 9000)


class LinkForm(FlaskForm):
    """A new link. ``once`` names the form, so that sending it again by reloading makes no second link."""

    name = Text(
        _l("Name"),
        [DataRequired(_l("Please give it a name.")), Length(max=ScannerLink.name.type.length)],
    )
    gate = Text(_l("Gate"), [Length(max=ScannerLink.gate.type.length)])
    ticket_types = SelectMultipleField(_l("Ticket types"), coerce=int, validate_choice=False)
    expires_at = DateTimeLocalField(_l("Works until"), [Optional()], format="%Y-%m-%dT%H:%M")
    once = HiddenField()

    def validate_expires_at(self, field: DateTimeLocalField) -> None:
        """A year that every calendar here can count with."""
        if field.data is not None and field.data.year not in _YEARS:
            raise ValidationError(_("Please give a date and a time."))


@bp.get("/links")
def links(event: UUID) -> str:
    """The event's links and, for those who may make one, the form."""
    row = scans.get_event(current_actor(), event)
    return _listed(row, _empty_form(row))


def _empty_form(event: Row[Any]) -> LinkForm:
    ends = (event.ends_at + AFTERWARDS).astimezone(ZoneInfo(event.timezone)).replace(tzinfo=None)
    return LinkForm(formdata=None, expires_at=ends, once=_new_form_key())


def _listed(event: Row[Any], form: LinkForm) -> str:
    types = scanner_links.types_of(event.id)
    return render_template(
        "organizer/door/links.html",
        **WORDS,
        event=event,
        links=scanner_links.of_event(event.id, types),
        types=types,
        form=form,
    )


@bp.post("/links")
def make_link(event: UUID) -> str | AnyResponse | tuple[str, int]:
    """Make a link and show it in this very answer: its secret is kept nowhere, not even in the session."""
    actor, form = current_actor(), LinkForm()
    row = scans.get_event(actor, event)
    require(actor, Permission.EVENT_MANAGE, row)
    if not form.validate_on_submit():
        return _listed(row, form), 400
    if form.once.data not in session.get(_FORMS, ()):
        return _sent_before(row)
    try:
        made, secret = checkin.create_link(
            actor,
            event,
            name=form.name.data,
            gate=form.gate.data,
            ticket_types=form.ticket_types.data or (),
            expires_at=_moment(form.expires_at.data, row.timezone),
        )
    except Invalid as refusal:
        show_refusal(form, refusal)
        return _listed(row, form), 400
    _forget_form_key(form.once.data)
    address = _address_of(secret)
    picture = base64.b64encode(qr_svg(address).encode()).decode()
    return render_template(
        "organizer/door/link_made.html", event=row, link=made, address=address, picture=picture
    )


def _sent_before(event: Row[Any]) -> tuple[str, int]:
    form = _empty_form(event)
    sentence = _(
        "This form was sent before. Its link was shown once and cannot be shown again: if nobody has it, "
        "take it back and make a new one."
    )
    show_refusal(form, Invalid("sent_before", sentence))
    return _listed(event, form), 409


def _moment(local: datetime | None, zone: str) -> datetime | None:
    return None if local is None else local.replace(tzinfo=ZoneInfo(zone))


def _address_of(secret: str) -> str:
    """What a helper's phone opens: our public address where it is known."""
    base = current_app.config["PUBLIC_BASE_URL"] or request.host_url.rstrip("/")
    return str(base) + url_for("door.link", secret=secret)


def _new_form_key() -> str:
    key = secrets.token_urlsafe(9)
    session[_FORMS] = [*session.get(_FORMS, ()), key][-_MOST_FORMS:]
    return key


def _forget_form_key(key: str) -> None:
    session[_FORMS] = [one for one in session.get(_FORMS, ()) if one != key]


@bp.get("/links/<uuid:link>/revoke")
def ask_revoke(event: UUID, link: UUID) -> str:
    """Whether a link shall be taken back."""
    actor = current_actor()
    row = scans.get_event(actor, event)
    require(actor, Permission.EVENT_MANAGE, row)
    found = scanner_links.get(row.id, link)
    return render_template("organizer/door/revoke.html", event=row, link=found)


@bp.post("/links/<uuid:link>/revoke")
def revoke(event: UUID, link: UUID) -> AnyResponse:
    """Take a link back, with the passes of all devices that opened it."""
    actor = current_actor()
    found = scanner_links.get(scans.get_event(actor, event).id, link)
    checkin.revoke_link(actor, found.uuid)
    flash(_("“%(name)s” is taken back: its devices scan no more.", name=found.name), "success")
    return redirect(url_for("organizer_door.links", event=event), 303)
