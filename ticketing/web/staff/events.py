"""Every event of the house: found, and put on the start page or taken from it."""

from __future__ import annotations

from uuid import UUID

from flask import render_template
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from werkzeug.wrappers import Response

from ticketing.models.events import EVENT_STATUSES
from ticketing.policy import Permission
from ticketing.queries.staff import events as reading
from ticketing.services import featuring
from ticketing.web.actor import current_actor
from ticketing.web.staff import asking, words
from ticketing.web.staff.asking import Bulk, BulkDeed, offer_bulk
from ticketing.web.staff.frame import bp
from ticketing.web.staff.lists import YES_NO, View, asked, asked_day

Answer = str | Response | tuple[str, int]


@bp.get("/events/")
def events() -> str:
    """Events of all organizations; searched, filtered and sorted by the address alone."""
    given = {
        "q": asked("q"),
        "status": asked("status", EVENT_STATUSES),
        "featured": asked("featured", YES_NO),
        **{name: asked(name) if asked_day(name) else "" for name in ("since", "until")},
    }
    view = View.of("staff.events", given, reading.SORTS, "-made")
    wanted = reading.Wanted(
        words=given["q"],
        status=given["status"],
        featured=YES_NO.get(given["featured"]),
        since=asked_day("since"),
        until=asked_day("until"),
    )
    page = reading.find_events(current_actor(), wanted, sort=view.sort, page=view.page)
    return render_template(
        "staff/events.html", page=page, view=view, words=words, bulk=asking.bulk_deeds("events")
    )


@bp.post("/events/<uuid:event>/feature")
def feature_event(event: UUID) -> Answer:
    """Put an event on the start page."""
    return asking.do(featuring.feature, event, _l("The event is featured now."), "staff.events")


@bp.post("/events/<uuid:event>/unfeature")
def unfeature_event(event: UUID) -> Answer:
    """Take an event from the start page."""
    return asking.do(featuring.unfeature, event, _l("The event is not featured any more."), "staff.events")


offer_bulk(
    "events",
    Bulk(
        "staff.events",
        reading.named,
        {
            "feature": BulkDeed(
                _l("Feature"),
                lambda n: ngettext("Feature %(num)s event?", "Feature %(num)s events?", n),
                _l("Featured events come first on the start page, as long as they are on show."),
                lambda n: ngettext("%(num)s event is featured.", "%(num)s events are featured.", n),
                featuring.feature,
                Permission.EVENT_FEATURE,
            ),
            "unfeature": BulkDeed(
                _l("Do not feature"),
                lambda n: ngettext("Stop featuring %(num)s event?", "Stop featuring %(num)s events?", n),
                _l("They stay on show, among all others."),
                lambda n: ngettext(
                    "%(num)s event is not featured any more.", "%(num)s events are not featured any more.", n
                ),
                featuring.unfeature,
                Permission.EVENT_FEATURE,
            ),
        },
    ),
)
