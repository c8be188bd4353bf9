"""Who comes to an event: one row a ticket, searched, filtered, printed, or as a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, render_template, request, url_for
from flask_login import login_required
from sqlalchemy import Row

from ticketing.models.offers import full_name
from ticketing.models.tickets import TICKET_STATUSES
from ticketing.queries import attendees, organizer, scanner_links
from ticketing.queries.attendees import PAGE_SIZE, PRINTED, Filter
from ticketing.web.actor import current_actor
from ticketing.web.caching import keep_private
from ticketing.web.catalog import page_number
from ticketing.web.forms import clean
from ticketing.web.organizer import csv_files
from ticketing.web.organizer.csv_files import local_text

bp = Blueprint("organizer_attendees", __name__, url_prefix="/organizer/events/<uuid:event>/attendees")
bp.after_request(keep_private)

#: Of the file; whatever the reader's language, columns and words are English ones.
COLUMNS = (
    "Attendee", "E-mail", "Ticket", "Ticket number", "Order number", "Buyer", "Standing", "Admitted",
)  # fmt: skip
_BIGGEST = 2**63 - 1


def _asked_for() -> Filter:
    """The filter that the address holds; what makes no sense asks for nothing."""
    kind, standing = request.args.get("type", ""), request.args.get("standing", "")
    number = int(kind) if kind.isascii() and kind.isdigit() and len(kind) < 20 else 0
    return Filter(
        words=clean(request.args.get("q"))[:100],
        ticket_type=number if number <= _BIGGEST else 0,
        standing=standing if standing in TICKET_STATUSES else "",
    )


@bp.get("", strict_slashes=False)
@login_required
def index(event: UUID) -> str:
    """An event's attendees, a page of them or, with ``show=all``, as many as fit on paper."""
    row, wanted = organizer.get_event(current_actor(), event), _asked_for()
    shows_all = request.args.get("show") == "all"
    size = PRINTED if shows_all else PAGE_SIZE
    asked = {
        "q": wanted.words or None,
        "type": wanted.ticket_type or None,
        "standing": wanted.standing or None,
    }

    def address(endpoint: str = "index", **more: Any) -> str:
        return url_for(f"organizer_attendees.{endpoint}", event=event, **(asked | more))

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
        shows_all=shows_all,
    )


@bp.get("/attendees.csv")
@login_required
def file(event: UUID) -> Response:
    """Every ticket that the filter leaves, for a spreadsheet program."""
    row = organizer.get_event(current_actor(), event)
    batches = _batches(row.id, _asked_for(), ZoneInfo(row.timezone))
    return csv_files.sent(csv_files.pieces(COLUMNS, batches), f"{row.slug}-attendees.csv")


def _batches(event_id: int, wanted: Filter, zone: ZoneInfo) -> Iterator[list[tuple[str, ...]]]:
    for rows in attendees.stream(event_id, wanted):
        yield [_cells(row, zone) for row in rows]


def _cells(row: Row[Any], zone: ZoneInfo) -> tuple[str, ...]:
    """A ticket in the order of ``COLUMNS``."""
    return (
        row.attendee_name,
        row.attendee_email,
        full_name(row.ticket_name, row.tier_name, row.day_name),
        row.number,
        row.order_number,
        row.buyer_name,
        row.standing,
        local_text(row.used_at, zone),
    )
