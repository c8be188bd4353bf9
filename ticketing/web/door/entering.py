"""Scanner links: what their address shows, and the exchange of a link for a pass of this device.

Opening a link shows a button and makes nothing: messengers open links, too, to show what is behind them.
"""

from __future__ import annotations

from flask import Response, current_app, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.csrf import CSRFError, validate_csrf
from werkzeug.wrappers import Response as AnyResponse
from wtforms import ValidationError
from wtforms.validators import Length

from ticketing.errors import NotFound
from ticketing.extensions import csrf
from ticketing.models import ScannerLink, ScannerPass
from ticketing.services import checkin
from ticketing.services.throttle import limits, place_of
from ticketing.web.actor import current_actor
from ticketing.web.door.blueprint import bp
from ticketing.web.door.standing import device_name, give_pass
from ticketing.web.forms import Text

Answer = str | AnyResponse | tuple[str, int]


class DeviceForm(FlaskForm):
    """What this device is called."""

    device = Text(_l("Name of this device"), [Length(max=ScannerPass.device.type.length)])


@bp.after_request
def _tell_nobody(answer: Response) -> Response:
    """The address of a link is a secret: no other page learns it, and no search engine."""
    if request.endpoint in ("door.link", "door.open_link"):
        answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


@bp.get("/link/<secret>")
def link(secret: str) -> Answer:
    """What a scanner link is for, and a button."""
    found = _find(secret)
    return _closed() if found is None else _shown(found, DeviceForm(formdata=None, device=device_name()))


@bp.post("/link/<secret>")
@csrf.exempt
def open_link(secret: str) -> Answer:
    """Make this browser a scanner."""
    _require_token()
    found = _find(secret)
    if found is None:
        return _closed()
    form = DeviceForm()
    if not form.validate_on_submit():
        return _shown(found, form), 400
    event, ends = found.event.uuid, found.expires_at
    try:
        opened = checkin.open_link(secret, device=form.device.data or device_name(), actor=current_actor())
    except NotFound:
        return _closed()
    answer = redirect(url_for("door.scanner", event=event), 303)
    give_pass(answer, event, opened.secret, ends)
    return answer


def _require_token() -> None:
    """The page sends no referrer, for which the general guard asks on HTTPS: its guard is the token alone."""
    if not current_app.config["WTF_CSRF_ENABLED"]:
        return
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError as error:
        raise CSRFError(str(error)) from error


def _find(secret: str) -> ScannerLink | None:
    """The link of this secret. Whoever guesses is slowed down; a good link opens even then, because the
    crowd before a door shares its address with those who open it.

    :raises TooMany: it is none, and neither were many before it.
    """
    found = checkin.find_link(secret)
    if found is None and limits().enabled:
        limits().take("failures", "scanner link", place_of(request.remote_addr or ""))
    return found


def _shown(found: ScannerLink, form: FlaskForm) -> str:
    return render_template("door/link.html", link=found, event=found.event, form=form)


def _closed() -> Response:
    return closed_page(
        _("This scanner link does not work"),
        _("It was taken back, it has ended, or a part of it is missing. Ask for a new one."),
    )


def closed_page(title: str, sentence: str) -> Response:
    """The page for whom the door is not, or not any more."""
    return make_response(render_template("door/closed.html", title=title, sentence=sentence), 404)
