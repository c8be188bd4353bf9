"""The door as its organizer sees it: who came, every scan while it happens or as a file, taking one back."""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf import FlaskForm
from sqlalchemy import Row
from werkzeug.wrappers import Response as AnyResponse

from ticketing import clock
from ticketing.errors import Invalid, NotSignedIn
from ticketing.models.tickets import SCAN_RESULTS
from ticketing.queries import door_figures, scans
from ticketing.queries.scans import Filter
from ticketing.services import checkin
from ticketing.services.checkin.rules import Occasion
from ticketing.web.actor import current_actor
from ticketing.web.caching import keep_private
from ticketing.web.catalog import page_number
from ticketing.web.forms import clean, show_refusal
from ticketing.web.organizer import csv_files, scan_file
from ticketing.web.organizer.scan_words import WORDS

bp = Blueprint("organizer_door", __name__, url_prefix="/organizer/events/<uuid:event>/door")
bp.after_request(keep_private)


@bp.before_request
def _sign_in_first() -> Response | None:
    """A board that stands open when its session ends opens anew, and asks to sign in."""
    if current_user.is_authenticated:
        return None
    if "HX-Request" in request.headers:
        return current_app.response_class(status=204, headers={"HX-Refresh": "true"})
    raise NotSignedIn


def asked_for() -> Filter:
    """The filter that the address holds; what makes no sense asks for nothing."""

    def text(name: str) -> str:
        return clean(request.args.get(name))[:100]

    result = text("result")
    return Filter(
        result=result if result in SCAN_RESULTS else "",
        conflicts=request.args.get("conflicts") == "yes",
        gate=text("gate"),
        words=text("q"),
    )


def door_url(endpoint: str, event: UUID, wanted: Filter, **more: Any) -> str:
    """The address of the board, its list or its file, with only what is asked for in it."""
    asked = {
        "result": wanted.result or None,
        "conflicts": "yes" if wanted.conflicts else None,
        "gate": wanted.gate or None,
        "q": wanted.words or None,
    }
    return url_for(f"organizer_door.{endpoint}", event=event, **(asked | more))


@bp.get("", strict_slashes=False)
def index(event: UUID) -> str:
    """The board."""
    return render_template("organizer/door/index.html", **_board(event))


@bp.get("/live")
def live(event: UUID) -> str | tuple[str, int]:
    """What of the board changes, or nothing where it has not changed since it was ``seen``."""
    board = _board(event)
    if request.args.get("seen") == board["mark"]:
        return "", 204
    return render_template("organizer/door/_live.html", **board)


def _board(event: UUID) -> dict[str, Any]:
    row, wanted = scans.get_event(current_actor(), event), asked_for()
    page = scans.find(row.id, wanted, page=page_number())
    earlier = scans.earlier(page.items)
    today = Occasion.of(row).counted_day(clock.now())
    figures = door_figures.figures(row.id, row.check_in_policy, today)
    mark = hashlib.sha256(repr((page, figures, earlier)).encode()).hexdigest()[:16]
    return {
        **WORDS,
        "event": row,
        "wanted": wanted,
        "page": page,
        "pages": lambda number: door_url("index", event, wanted, page=number if number > 1 else None),
        "figures": figures,
        "earlier": earlier,
        "mark": mark,
        "board_url": lambda **more: door_url("index", event, wanted, **more),
        "live_url": door_url("live", event, wanted, seen=mark),
        "file_url": door_url("file", event, wanted),
    }


@bp.get("/scans.csv")
def file(event: UUID) -> Response:
    """Every scan that the filter leaves, for a spreadsheet program."""
    row = scans.get_event(current_actor(), event)
    return csv_files.sent(scan_file.lines(row, asked_for()), f"{row.slug}-scans.csv")


@bp.get("/scans/<int:scan>/undo")
def ask_undo(event: UUID, scan: int) -> str:
    """Whether an admission shall be taken back."""
    row = scans.get_event(current_actor(), event)
    return _asked(row, scan, FlaskForm())


def _asked(event: Row[Any], scan: int, form: FlaskForm) -> str:
    return render_template(
        "organizer/door/undo.html", **WORDS, event=event, scan=scans.get(event.id, scan), form=form
    )


@bp.post("/scans/<int:scan>/undo")
def undo(event: UUID, scan: int) -> AnyResponse | tuple[str, int]:
    """Take an admission back."""
    actor, form = current_actor(), FlaskForm()
    row = scans.get_event(actor, event)
    try:
        checkin.undo(actor, event, scan)
    except Invalid as refusal:
        show_refusal(form, refusal)
        return _asked(row, scan, form), 400
    flash(_("Taken back: the ticket is good again."), "success")
    return redirect(url_for("organizer_door.index", event=event), 303)
