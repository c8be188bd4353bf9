"""EasyTicket's tickets that people have (EasyTicket 003, My Tickets). Saying who comes, passing on, the
picture of the code and the calendar file are our own additions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Response

from ticketing.api.easyticket import my_ticket_present as present
from ticketing.api.easyticket.my_ticket_schemas import (
    AttendeeIn,
    MyTicketInList,
    MyTicketOut,
    MyTicketQuery,
    PictureQuery,
    TicketStatsOut,
    TransferIn,
    TransferredOut,
    VerifiedOut,
    VerifyIn,
)
from ticketing.api.http import Routes, current_actor
from ticketing.api.paging import page, page_of
from ticketing.errors import Invalid
from ticketing.queries import tickets as reading
from ticketing.queries.keys import Key
from ticketing.queries.tickets import Filter
from ticketing.services import tickets
from ticketing.services.tickets import papers, verifying

bp = Routes("easyticket_my_tickets", prefix="/api/tickets/my-tickets", tag="Tickets")

_FILE = {"type": "string", "format": "binary"}


@bp.get("/")
@bp.arguments(MyTicketQuery, location="query")
@bp.refuses(404)
@bp.response(200, page_of(MyTicketInList, "MyTicketPageOut"))
def list_my_tickets(query: dict[str, Any]) -> Any:
    """List the tickets that the caller has, bought or passed on to them; the latest first."""
    asked = {name: query.pop(name) for name in ("page", "page_size")}
    rows, total = reading.own(current_actor(), Filter(**query), asked["page"], asked["page_size"])
    return page(rows, total, asked, present.ticket_in_list)


@bp.post("/verify/")
@bp.arguments(VerifyIn)
@bp.response(200, VerifiedOut)
def verify_ticket(body: dict[str, Any]) -> Any:
    """Let the holder of a QR code in (staff, organizers at their own events). Of two at once one succeeds.

    A 400 says `success` false and, where the code is known, the `ticket` with its number and `used_at`.
    """
    with _unsuccessful():
        verified = verifying.verify(current_actor(), body["qr_code_data"])
        if not verified.scanned.is_admitted:
            raise present.not_let_in(verified)
    return present.let_in(verified)


@contextmanager
def _unsuccessful() -> Iterator[None]:
    try:
        yield
    except Invalid as refusal:
        refusal.details = {"success": False, "error": "Ticket not found", **refusal.details}
        raise


@bp.get("/stats/")
@bp.response(200, TicketStatsOut)
def my_ticket_stats() -> Any:
    """The caller's tickets in numbers."""
    return present.stats(reading.figures(current_actor()))


@bp.get("/<key:my_ticket>/")
@bp.response(200, MyTicketOut)
def get_my_ticket(my_ticket: Key) -> Any:
    """One ticket (its holder)."""
    return present.ticket_in_detail(reading.get(current_actor(), my_ticket))


@bp.patch("/<key:my_ticket>/")
@bp.arguments(AttendeeIn)
@bp.response(200, MyTicketOut)
def rename_my_ticket(body: dict[str, Any], my_ticket: Key) -> Any:
    """Say who comes with a ticket (its holder), before it is used and the event begins. Its code stays."""
    actor = current_actor()
    said = {name.removeprefix("attendee_"): value for name, value in body.items()}
    tickets.rename(actor, my_ticket, **said)
    return present.ticket_in_detail(reading.get(actor, my_ticket))


@bp.post("/<key:my_ticket>/transfer/")
@bp.arguments(TransferIn)
@bp.response(200, TransferredOut)
def transfer_my_ticket(body: dict[str, Any], my_ticket: Key) -> Any:
    """Pass a ticket on (its holder), before it is used and the event begins.

    It gets a new code, which is mailed to its new holder; the old one is worth nothing at once.
    """
    ticket = tickets.transfer(current_actor(), my_ticket, **body)
    return {
        "message": "Ticket transferred successfully",
        "ticket_number": ticket.number,
        "email": ticket.attendee_email,
    }


@bp.get("/<key:my_ticket>/download/")
@bp.alt_response(200, schema=_FILE, content_type=papers.PDF, description="The PDF.", success=True)
def download_my_ticket(my_ticket: Key) -> Response:
    """A ticket as PDF with its QR (its holder). One that is void has none: 404."""
    return present.file(papers.pdf_of_ticket(current_actor(), my_ticket))


@bp.get("/<key:my_ticket>/qr/")
@bp.arguments(PictureQuery, location="query")
@bp.refuses(400)
@bp.alt_response(200, schema=_FILE, content_type=papers.SVG, description="The picture.", success=True)
@bp.alt_response(200, schema=_FILE, content_type=papers.PNG, description="The picture.", success=True)
def picture_of_my_ticket(query: dict[str, Any], my_ticket: Key) -> Response:
    """The QR of a ticket as a picture (its holder). A ticket that is void has none: 404."""
    form = {"png": papers.PNG, "svg": papers.SVG}[query["format"]]
    return present.file(papers.code_of_ticket(current_actor(), my_ticket, form), inline=True)


@bp.get("/<key:my_ticket>/calendar/")
@bp.alt_response(200, schema=_FILE, content_type=papers.CALENDAR, description="The file.", success=True)
def calendar_of_my_ticket(my_ticket: Key) -> Response:
    """When to be where with a ticket, as a calendar file (its holder)."""
    return present.file(papers.calendar_of_ticket(current_actor(), my_ticket))
