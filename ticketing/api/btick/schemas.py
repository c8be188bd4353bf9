"""BTick's bodies, queries and answers."""

from __future__ import annotations

from marshmallow import fields, validate

from ticketing.api.btick.dialect import (
    BOOKING_STATUS_SHOWN,
    EVENT_STATUS_SHOWN,
    ROLES,
    STORED_EVENT_STATUS,
    TICKET_KINDS,
)
from ticketing.api.fields import (
    INT32,
    MOST_TICKETS,
    AnyKey,
    In,
    Money,
    MoneyNumber,
    Out,
    Text,
    UtcDate,
    Whole,
    Word,
)
from ticketing.api.parsing import ListQuery
from ticketing.models import Event, EventCategory, Organization, Venue
from ticketing.models.organizations import MEMBER

_URL = validate.URL(schemes={"http", "https"})
_EMAIL = validate.Email()
_LONGEST_TEXT = 20_000


class CategoryIn(In):
    """Body of a category."""

    name = Text(EventCategory.name, blank=False, required=True)


class CategoryOut(Out):
    """Category."""

    id = fields.Integer()
    name = fields.String()
    created_at = UtcDate()


class VenueIn(In):
    """Body of a venue."""

    name = Text(Venue.name, blank=False, required=True)
    address = Text(Venue.address)
    capacity = Whole(0, INT32)


class VenueMini(Out):
    """Venue, in short."""

    id = fields.Integer()
    name = fields.String()
    address = fields.String()


class VenueOut(VenueMini):
    """Venue."""

    capacity = fields.Integer()
    created_at = UtcDate()


class OrganizationIn(In):
    """Body of an organization."""

    name = Text(Organization.name, blank=False, required=True)
    website = Text(Organization.website, also=_URL, metadata={"format": "uri"})
    contact_email = Text(Organization.contact_email, also=_EMAIL, metadata={"format": "email"})


class OrganizationMini(Out):
    """Organization, in short."""

    id = fields.Integer()
    name = fields.String()


class OrganizationOut(OrganizationMini):
    """Organization."""

    website = fields.String()
    contact_email = fields.String()
    created_at = UtcDate()


class MemberIn(In):
    """Body of a new membership."""

    user_email = Text(254, blank=False, required=True, also=_EMAIL, metadata={"format": "email"})
    role = Word(*ROLES, load_default=MEMBER)


class MemberOut(Out):
    """Membership."""

    id = fields.Integer()
    user = fields.Integer()
    user_email = fields.String()
    user_name = fields.String()
    organization = fields.Integer()
    role = Word(*ROLES)
    role_display = fields.String()
    created_at = UtcDate()


class TicketIn(In):
    """Body of a ticket type."""

    event = AnyKey(required=True)
    kind = Word(*TICKET_KINDS, required=True, data_key="ticket_type")
    price = Money(required=True)
    size = Whole(0, MOST_TICKETS, data_key="quota")


class TicketMini(Out):
    """Ticket type, in short. ``available`` is what can still be had: quota less what is sold or held,
    and never more than a capacity that the whole event shares leaves."""

    id = fields.Integer()
    ticket_type = Word(*TICKET_KINDS)
    ticket_type_display = fields.String()
    price = Money()
    available = fields.Integer()


class TicketOut(TicketMini):
    """Ticket type with its stock. ``sold`` counts tickets that pending bookings hold, too."""

    event = fields.Integer()
    quota = fields.Integer()
    sold = fields.Integer()
    created_at = UtcDate()


class TicketQuery(ListQuery):
    """Which ticket types."""

    event = AnyKey(load_default=None, metadata={"description": "Of this event only."})


class EventQuery(ListQuery):
    """Which events."""

    category = AnyKey(metadata={"description": "A category's id or slug."})
    venue = AnyKey()
    organization = AnyKey()
    status = Word(*STORED_EVENT_STATUS)
    starts_after = UtcDate(metadata={"description": "Date or date-time; that moment included."})
    starts_before = UtcDate()
    ends_after = UtcDate()
    ends_before = UtcDate()
    search = Text(200, metadata={"description": "Words in the title or the description."})
    ordering = Text(
        40,
        metadata={
            "description": "`starts_at`, `created_at` or `title`, with `-` for descending; `popularity`."
        },
    )


class EventIn(In):
    """Body of an event. Its status has verbs of its own: publish and cancel."""

    title = Text(Event.title, blank=False, required=True)
    description = Text(_LONGEST_TEXT)
    organization = AnyKey(required=True)
    venue = AnyKey(required=True)
    category = AnyKey(required=True)
    starts_at = UtcDate(required=True)
    ends_at = UtcDate(required=True)
    capacity = Whole(0, MOST_TICKETS, allow_none=True)


class EventInList(Out):
    """Event as lists show it."""

    id = fields.Integer()
    title = fields.String()
    organization = fields.Nested(OrganizationMini)
    venue = fields.Nested(VenueMini)
    category = fields.Nested(CategoryOut, allow_none=True)
    starts_at = UtcDate()
    ends_at = UtcDate()
    status = Word(*STORED_EVENT_STATUS)
    status_display = Word(*EVENT_STATUS_SHOWN.values())


class EventOut(EventInList):
    """Event with what it sells."""

    description = fields.String()
    tickets = fields.List(fields.Nested(TicketMini))
    capacity = fields.Integer(allow_none=True)
    created_at = UtcDate()
    updated_at = UtcDate()


class EventManaged(Out):
    """Event as those who changed it get it: references are ids."""

    id = fields.Integer()
    title = fields.String()
    description = fields.String()
    organization = fields.Integer()
    venue = fields.Integer()
    category = fields.Integer(allow_none=True)
    starts_at = UtcDate()
    ends_at = UtcDate()
    status = Word(*STORED_EVENT_STATUS)
    capacity = fields.Integer(allow_none=True)
    created_at = UtcDate()
    updated_at = UtcDate()


class EventDone(Out):
    """What was done to an event."""

    message = fields.String()
    event = fields.Nested(EventOut)


class BookingIn(In):
    """Body of a booking."""

    event_ticket = AnyKey(required=True)
    quantity = Whole(1, 10, load_default=1)


class BookingItem(Out):
    """One kind of ticket in a booking of several; ``unit_price`` is what was agreed on."""

    event_ticket = fields.Nested(TicketOut)
    quantity = fields.Integer()
    unit_price = MoneyNumber()


class BookingState(Out):
    """What every shape of a booking says."""

    id = fields.Integer()
    quantity = fields.Integer()
    status = Word(*BOOKING_STATUS_SHOWN)
    status_display = Word(*BOOKING_STATUS_SHOWN.values())
    total_price = MoneyNumber()
    expires_at = UtcDate(allow_none=True)
    created_at = UtcDate()


class BookingInList(BookingState):
    """Booking as its buyer's list shows it."""

    event_ticket = fields.Nested(TicketOut)
    items = fields.List(
        fields.Nested(BookingItem),
        metadata={"description": "Only where the booking is for several kinds.", "x-optional": True},
    )


class BookingOut(BookingInList):
    """Booking with its event."""

    event = fields.Nested(EventInList)
    updated_at = UtcDate()


class BookedEvent(Out):
    """Event of a booking, for staff."""

    id = fields.Integer()
    title = fields.String()
    organization = fields.String()
    starts_at = UtcDate()


class BookedTicket(Out):
    """Ticket type of a booking, for staff."""

    id = fields.Integer()
    ticket_type = fields.String()
    price = MoneyNumber()


class BookingForStaff(BookingState):
    """Booking as staff, support and the organization see it."""

    user = fields.Integer(allow_none=True)
    user_email = fields.String()
    user_name = fields.String()
    event = fields.Nested(BookedEvent)
    event_ticket = fields.Nested(BookedTicket)
    updated_at = UtcDate()


class BookingDone(Out):
    """What was done to a booking."""

    message = fields.String()
    booking = fields.Nested(BookingOut)


class BookingRefunded(Out):
    """What was refunded."""

    message = fields.String()
    booking = fields.Nested(BookingForStaff)
