"""Everything that somebody puts on: how it goes of late, what waits, the list; and one event in figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, render_template, request, url_for
from flask_login import login_required
from sqlalchemy import Row

from ticketing import clock
from ticketing.queries import event_figures, organizations, organizer, sales_figures, to_do
from ticketing.queries.organizer import PERIODS, UPCOMING
from ticketing.web.actor import current_actor
from ticketing.web.caching import keep_private
from ticketing.web.catalog import page_number
from ticketing.web.forms import clean
from ticketing.web.organizer.figures import periods
from ticketing.web.organizer.figures.event import figures_of
from ticketing.web.organizer.figures.periods import Recent
from ticketing.web.organizer.figures.words import way_name

bp = Blueprint("organizer", __name__, url_prefix="/organizer")
bp.after_request(keep_private)


@bp.get("/")
@login_required
def index() -> str:
    """How the visitor's events sell and what waits for them; then the list: what is to come, what is over,
    what is not on sale yet. An address that searches or turns pages shows the list alone."""
    actor = current_actor()
    asked = request.args.get("when", "")
    when, words = asked if asked in PERIODS else UPCOMING, clean(request.args.get("q"))[:100]
    own = organizations.own(actor)
    chosen = next((row for row in own if str(row.uuid) == request.args.get("organization")), None)
    page = organizer.find_events(
        actor, when=when, words=words, page=page_number(), organization_id=chosen.id if chosen else None
    )
    shows_figures = not (words or asked or page_number() > 1)
    concerned = [chosen] if chosen else own

    def list_url(
        when: str, page: int = 1, organization: UUID | None = chosen.uuid if chosen else None
    ) -> str:
        shown = None if when == UPCOMING else when
        number = page if page > 1 else None
        return url_for("organizer.index", organization=organization, when=shown, q=words or None, page=number)

    return render_template(
        "organizer/index.html",
        page=page,
        when=when,
        words=words,
        list_url=list_url,
        own=own,
        chosen=chosen,
        zone=_house_zone().key,
        recent=_recent(concerned) if shows_figures else None,
        waiting=_waiting(concerned) if shows_figures else (),
    )


def _house_zone() -> ZoneInfo:
    return ZoneInfo(current_app.config["DEFAULT_TIMEZONE"])


def _recent(concerned: Sequence[Row[Any]]) -> Recent | None:
    now, zone = clock.now(), _house_zone()
    sold = sales_figures.of_organizations([row.id for row in concerned], periods.since(now, zone))
    return periods.recent(sold, now, zone)


def _waiting(concerned: Sequence[Row[Any]]) -> list[Row[Any]]:
    return to_do.find([row.id for row in concerned], [row.id for row in concerned if row.is_managed])


@bp.get("/events/<uuid:event>/", strict_slashes=False)
@login_required
def event(event: UUID) -> str:
    """One event in figures; ``day`` of the address is the one whose door is shown."""
    found = event_figures.get_overview(current_actor(), event)
    figures = figures_of(found, request.args.get("day", ""))
    return render_template(
        "organizer/event.html", event=found.event, overview=found, figures=figures, way_name=way_name
    )
