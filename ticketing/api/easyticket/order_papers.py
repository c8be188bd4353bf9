"""What an order's buyer takes along: all its tickets in one PDF, and a calendar file. Our own additions."""

from __future__ import annotations

from flask import Response

from ticketing.api.easyticket.my_ticket_present import file
from ticketing.api.http import Routes, current_actor
from ticketing.queries.keys import Key
from ticketing.services.tickets import papers

bp = Routes("easyticket_order_papers", prefix="/api/orders", tag="Orders")

_FILE = {"type": "string", "format": "binary"}


@bp.get("/<key:order>/download/")
@bp.alt_response(200, schema=_FILE, content_type=papers.PDF, description="The PDF.", success=True)
def download_order(order: Key) -> Response:
    """All tickets of an order as PDF (its buyer, support, managers of the organization, staff).

    Those that are void, or that were passed on, are not in it; 404 where none is left.
    """
    return file(papers.pdf_of_order(current_actor(), order))


@bp.get("/<key:order>/calendar/")
@bp.alt_response(200, schema=_FILE, content_type=papers.CALENDAR, description="The file.", success=True)
def calendar_of_order(order: Key) -> Response:
    """When to be where with an order's tickets, as a calendar file (as the PDF)."""
    return file(papers.calendar_of_order(current_actor(), order))
