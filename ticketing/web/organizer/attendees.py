"""Who comes to an event: one row a ticket, searched, filtered, printed, or as a file."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask_login import login_required

from ticketing.models.tickets import TICKET_STATUSES
from ticketing.queries import attendees, organizer, scanner_links
from ticketing.queries.attendees import PAGE_SIZE, PRINTED, Filter
from ticketing.web.actor import current_actor
from ticketing.web.caching import keep_private
from ticketing.web.catalog import page_number
from ticketing.web.forms import clean

bp = Blueprint("organizer_attendees", __name__, url_prefix="/organizer/events/<uuid:event>/attendees")
bp.after_request(keep_private)

_BIGGEST = 2**63 - 1


def asked_for() -> Filter:
    """The filter that the address or a form holds; what makes no sense asks for nothing."""
    kind, standing = request.values.get("type", ""), request.values.get("standing", "")
    number = int(kind) if kind.isascii() and kind.isdigit() and len(kind) < 20 else 0
    return Filter(
        words=clean(request.values.get("q"))[:100],
        ticket_type=number if number <= _BIGGEST else 0,
        standing=standing if standing in TICKET_STATUSES else "",
    )


def asked(wanted: Filter) -> dict[str, Any]:
    """What a filter asks for, by the names of its address."""
    named = {"q": wanted.words, "type": wanted.ticket_type, "standing": wanted.standing}
    return {name: value for name, value in named.items() if value}


@bp.get("", strict_slashes=False)
@login_required
def index(event: UUID) -> str:
    """An event's attendees, a page of them or, with ``show=all``, as many as fit on paper."""
    row, wanted = organizer.get_event(current_actor(), event), asked_for()
    shows_all = request.args.get("show") == "all"
    size = PRINTED if shows_all else PAGE_SIZE

    def address(**more: Any) -> str:
        return url_for("organizer_attendees.index", event=event, **(asked(wanted) | more))

    def pages(number: int) -> str:
        return address(show="all" if shows_all else None, page=number if number > 1 else None)

    return render_template(
        "organizer/attendees.html",
        event=row,
        wanted=wanted,
        types=scanner_links.types_of(row.id),
        page=attendees.find(row.id, wanted, page=page_number(), size=size),
        pages=pages,
        address=address,
        asked=asked(wanted),
        shows_all=shows_all,
    )
