"""The events that somebody puts on: the list, and one of them at a glance."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask_login import login_required

from ticketing.queries import organizer
from ticketing.queries.organizer import PERIODS, UPCOMING
from ticketing.web.actor import current_actor
from ticketing.web.caching import keep_private
from ticketing.web.catalog import page_number
from ticketing.web.forms import clean

bp = Blueprint("organizer", __name__, url_prefix="/organizer")
bp.after_request(keep_private)


@bp.get("/")
@login_required
def index() -> str:
    """The visitor's events: what is to come, what is over, what is not on sale yet."""
    asked = request.args.get("when", "")
    when, words = asked if asked in PERIODS else UPCOMING, clean(request.args.get("q"))[:100]
    page = organizer.find_events(current_actor(), when=when, words=words, page=page_number())

    def list_url(when: str, page: int = 1) -> str:
        shown = None if when == UPCOMING else when
        return url_for("organizer.index", when=shown, q=words or None, page=page if page > 1 else None)

    return render_template("organizer/index.html", page=page, when=when, words=words, list_url=list_url)


@bp.get("/events/<uuid:event>/", strict_slashes=False)
@login_required
def event(event: UUID) -> str:
    """One event in figures."""
    found = organizer.get_overview(current_actor(), event)
    return render_template("organizer/event.html", event=found.event, overview=found)
