"""EasyTicket's shapes of tickets that people have: plain values from rows. ``my_ticket_schemas.py`` documents
them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, current_app, request, url_for

from ticketing import money
from ticketing.api.fields import utc_text
from ticketing.errors import Invalid
from ticketing.models import events, tickets
from ticketing.models.offers import full_name
from ticketing.services.checkin.rules import Reason
from ticketing.services.tickets import code_of
from ticketing.services.tickets.papers import Paper
from ticketing.services.tickets.verifying import Verified

Shape = dict[str, Any]

_USED = "Ticket already used"
#: Title and sentence of what is said at the door.
_REFUSALS = {
    Reason.VOID: ("Ticket is not active", "This ticket was cancelled and admits nobody."),
    Reason.EVENT_CANCELLED: ("Event cancelled", "The event was cancelled."),
    Reason.EVENT_OVER: ("Event has ended", "The event has ended."),
    Reason.WRONG_DAY: ("Wrong day", "This ticket is for another day of the event."),
    Reason.ALREADY_USED: (_USED, "This ticket has already been used."),
    Reason.ALREADY_TODAY: (_USED, "This ticket has already been used today."),
    Reason.ALREADY_INSIDE: (_USED, "The holder of this ticket is inside already."),
}


def ticket_in_list(row: Any) -> Shape:
    """Ticket as lists show it."""
    is_void = row.status == tickets.VOID
    return {
        "id": row.uuid,
        "ticket_number": row.number,
        "qr_code_data": None if is_void else code_of(row.uuid, row.code_version, row.key_version),
        "qr_code_image": None if is_void else f"{_address()}{row.uuid}/qr/",
        "pdf_url": None if is_void else f"{_address()}{row.uuid}/download/",
        "order": row.order_uuid,
        "order_number": row.order_number,
        "event": row.event_uuid,
        "event_title": row.event_title,
        "event_date": utc_text(row.event_starts_at),
        "event_date_formatted": _in_words(row.event_starts_at, row.event_timezone),
        "event_location": row.venue_city,
        "venue": {"name": row.venue_name, "address": row.venue_address, "city": row.venue_city},
        "ticket_type": row.type_uuid,
        "ticket_name": row.ticket_name,
        "tier_name": row.tier_name,
        "day_name": row.day_name,
        "full_ticket_name": full_name(row.ticket_name, row.tier_name, row.day_name),
        "price": money.to_text(row.unit_price, row.currency),
        "currency": row.currency,
        "status": row.standing,
        "is_used": row.standing == tickets.USED,
        "used_at": utc_text(row.used_at),
        "is_valid": row.standing == tickets.ACTIVE and row.event_status != events.CANCELLED,
        "attendee_name": row.attendee_name,
        "attendee_email": row.attendee_email,
        "created_at": utc_text(row.created_at),
    }


def ticket_in_detail(row: Any) -> Shape:
    """Ticket as its holder sees it. Who bought it is known to those who did."""
    is_buyers = row.order_user_id == row.user_id
    return {
        **ticket_in_list(row),
        "event_venue": row.venue_name,
        "event_address": row.venue_address,
        "attendee_phone": row.attendee_phone,
        "buyer_name": row.order_buyer_name if is_buyers else "",
        "buyer_email": row.order_buyer_email if is_buyers else "",
        "verified_by": row.scanned_by,
        "updated_at": utc_text(row.updated_at),
    }


def let_in(verified: Verified) -> Shape:
    """What the door is told when somebody may come in."""
    return {
        "success": True,
        "message": "Ticket verified successfully",
        "ticket": ticket_in_list(verified.ticket),
    }


def not_let_in(verified: Verified) -> Invalid:
    """What the door is told when somebody may not."""
    reason, row = verified.scanned.reason, verified.ticket
    title, sentence = _REFUSALS.get(Reason(reason), ("Ticket is not valid", "This ticket is not valid here."))
    return Invalid(
        reason,
        sentence,
        success=False,
        error=title,
        ticket={"ticket_number": row.number, "status": row.standing, "used_at": utc_text(row.used_at)},
    )


def stats(row: Any) -> Shape:
    """Tickets in numbers."""
    return {
        "total_tickets": row.total,
        "active_tickets": row.active,
        "used_tickets": row.used,
        "cancelled_tickets": row.cancelled,
        "expired_tickets": row.expired,
        "upcoming_events": row.upcoming,
        "past_events": row.past,
    }


def file(paper: Paper, *, inline: bool = False) -> Response:
    """A file as an answer: to be kept, or to be shown."""
    answer = current_app.response_class(paper.content, mimetype=paper.mimetype)
    answer.headers.set("Content-Disposition", "inline" if inline else "attachment", filename=paper.name)
    return answer


def _address() -> str:
    return f"{request.host_url.rstrip('/')}{url_for('easyticket_my_tickets.list_my_tickets')}"


def _in_words(moment: datetime, zone: str) -> str:
    """As documented, in English whatever the caller reads."""
    from babel.dates import format_datetime

    local = moment.astimezone(ZoneInfo(zone))
    return str(format_datetime(local, "EEEE, MMMM dd, yyyy 'at' hh:mm a", locale="en"))
