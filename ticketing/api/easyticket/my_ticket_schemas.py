"""EasyTicket's bodies and answers of tickets that people have (EasyTicket 003, My Tickets)."""

from __future__ import annotations

from marshmallow import fields, validate

from ticketing.api.fields import AnyKey, In, Money, Out, Text, UtcDate, Word
from ticketing.api.paging import PageQuery
from ticketing.models import Ticket
from ticketing.models.tickets import TICKET_STATUSES
from ticketing.queries.tickets import ORDERINGS

_EMAIL = {"format": "email"}
_VOID = "Null for a ticket that admits nobody any more."
_PHONE = validate.Regexp(r"[0-9+() -]+\Z", error="Use digits, spaces, hyphens, parentheses and a plus sign.")


class MyTicketQuery(PageQuery):
    """Which of the caller's tickets."""

    status = Word(*TICKET_STATUSES)
    is_used = fields.Boolean()
    event = AnyKey(metadata={"description": "An id in either form, or a slug."})
    ordering = Word(*ORDERINGS, load_default="-created_at")


class PictureQuery(In):
    """Which picture."""

    format = Word("png", "svg", load_default="png")


class VerifyIn(In):
    """What a ticket's QR code holds."""

    qr_code_data = Text(255, blank=False, required=True)


class AttendeeIn(In):
    """Who comes with a ticket. What is not said stays as it is."""

    attendee_name = Text(Ticket.attendee_name)
    attendee_email = Text(Ticket.attendee_email, also=validate.Email(), metadata=_EMAIL)
    attendee_phone = Text(Ticket.attendee_phone, also=_PHONE)


class TransferIn(In):
    """Whom a ticket is passed on to."""

    email = Text(Ticket.attendee_email, blank=False, required=True, also=validate.Email(), metadata=_EMAIL)
    name = Text(Ticket.attendee_name, load_default="")


class PlaceOut(Out):
    """Where an event takes place."""

    name = fields.String()
    address = fields.String()
    city = fields.String()


class MyTicketInList(Out):
    """Ticket, for whoever has it."""

    id = fields.UUID()
    ticket_number = fields.String()
    qr_code_data = fields.String(allow_none=True, metadata={"description": f"What the QR holds. {_VOID}"})
    qr_code_image = fields.URL(allow_none=True, metadata={"description": f"The QR as a picture. {_VOID}"})
    pdf_url = fields.URL(allow_none=True, metadata={"description": f"The PDF. {_VOID}"})
    order = fields.UUID()
    order_number = fields.String()
    event = fields.UUID()
    event_title = fields.String()
    event_date = UtcDate()
    event_date_formatted = fields.String(
        metadata={
            "description": "On the clocks of the event's place.",
            "example": "Friday, November 27, 2026 at 06:36 AM",
        }
    )
    event_location = fields.String(metadata={"description": "The city."})
    venue = fields.Nested(PlaceOut)
    ticket_type = fields.UUID()
    ticket_name = fields.String()
    tier_name = fields.String()
    day_name = fields.String()
    full_ticket_name = fields.String()
    price = Money()
    currency = fields.String()
    status = Word(
        *TICKET_STATUSES,
        metadata={"description": "`expired`: it was valid and not used when its event ended."},
    )
    is_used = fields.Boolean()
    used_at = UtcDate(allow_none=True)
    is_valid = fields.Boolean(metadata={"description": "It lets somebody in, now or when the time comes."})
    attendee_name = fields.String()
    attendee_email = fields.String()
    created_at = UtcDate()


class MyTicketOut(MyTicketInList):
    """Ticket in detail, for whoever has it."""

    event_venue = fields.String()
    event_address = fields.String()
    attendee_phone = fields.String()
    buyer_name = fields.String(metadata={"description": "Empty for somebody whom it was passed on to."})
    buyer_email = fields.String(metadata={"description": "Empty for somebody whom it was passed on to."})
    verified_by = fields.UUID(
        allow_none=True, metadata={"description": "The account that let its holder in last."}
    )
    updated_at = UtcDate()


class VerifiedOut(Out):
    """Somebody was let in."""

    success = fields.Boolean()
    message = fields.String()
    ticket = fields.Nested(MyTicketInList)


class TransferredOut(Out):
    """A ticket was passed on; it is no longer the caller's."""

    message = fields.String()
    ticket_number = fields.String()
    email = fields.String()


class TicketStatsOut(Out):
    """The caller's tickets in numbers."""

    total_tickets = fields.Integer()
    active_tickets = fields.Integer(metadata={"description": "Valid, not used, the event not over."})
    used_tickets = fields.Integer()
    cancelled_tickets = fields.Integer()
    expired_tickets = fields.Integer(metadata={"description": "Not used when their event ended."})
    upcoming_events = fields.Integer(metadata={"description": "Events to come with an active ticket."})
    past_events = fields.Integer(metadata={"description": "Events that are over, with a ticket."})
