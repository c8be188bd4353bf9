"""EasyTicket's bodies, queries and answers of events and their categories (EasyTicket 003)."""

from __future__ import annotations

from marshmallow import fields

from ticketing.api.easyticket.ticket_schemas import TypeOut
from ticketing.api.fields import (
    MOST_TICKETS,
    AnyKey,
    Degrees,
    In,
    Money,
    Out,
    Slug,
    Text,
    UtcDate,
    Whole,
    Word,
)
from ticketing.api.paging import PageQuery
from ticketing.api.parsing import ListQuery
from ticketing.models import Event, EventCategory, Venue
from ticketing.models.events import PRICING_TYPES
from ticketing.queries.programme import Stage

_LONGEST_TEXT = 20_000
#: What a list can be ordered by, and what that is inside.
ORDERINGS = {
    "start_date": "starts_at",
    "base_price": "base_price",
    "created_at": "created_at",
    "title": "title",
    "popularity": "popularity",
}


class CategoryIn(In):
    """Body of a category."""

    name = Text(EventCategory.name, blank=False, required=True)
    slug = Slug(100, metadata={"description": "Made from the name where it is missing."})
    description = Text(_LONGEST_TEXT)
    icon = Text(EventCategory.icon)
    is_active = fields.Boolean()


class CategoryOut(Out):
    """Category."""

    id = fields.UUID()
    name = fields.String()
    slug = fields.String()
    description = fields.String()
    icon = fields.String()
    is_active = fields.Boolean()
    events_count = fields.Integer(metadata={"description": "Published events."})
    created_at = UtcDate()


class EventFilter(In):
    """Which events."""

    stage = fields.Enum(
        Stage,
        by_value=True,
        data_key="status",
        metadata={
            "type": "string",
            "description": "`published` has not begun, `ongoing` runs, `completed` is over.",
        },
    )
    category = AnyKey(metadata={"description": "A category's id, slug or name."})
    is_free = fields.Boolean()
    is_featured = fields.Boolean()
    city = Text(Venue.city, data_key="venue_city", metadata={"description": "In whatever case."})
    pricing_type = Word(*PRICING_TYPES)
    search = Text(200, metadata={"description": "Words in title, description, tags, category or venue."})
    ordering = Word(
        *(sign + name for name in ORDERINGS for sign in ("", "-")),
        load_default="-start_date",
        metadata={"description": "With `-` for descending; popularity is always most sold first."},
    )


class EventQuery(EventFilter, PageQuery):
    """Which events, and which page of them."""


class EventSearch(EventFilter, ListQuery):
    """Which events."""


class EventIn(In):
    """Body of an event. Its status has verbs of its own: publish and cancel."""

    title = Text(Event.title, blank=False, required=True)
    description = Text(_LONGEST_TEXT, blank=False, required=True)
    short_description = Text(Event.short_description)
    category = AnyKey(allow_none=True, metadata={"description": "An active category's id, slug or name."})
    organization = AnyKey(metadata={"description": "When it is made only; else the caller's own."})
    pricing_type = Word(*PRICING_TYPES)
    venue_name = Text(Venue.name, blank=False, required=True)
    venue_address = Text(Venue.address)
    venue_city = Text(Venue.city, blank=False, required=True)
    venue_state = Text(Venue.state)
    venue_country = Text(Venue.country)
    venue_postal_code = Text(Venue.postal_code)
    venue_latitude = Degrees(90, allow_none=True)
    venue_longitude = Degrees(180, allow_none=True)
    starts_at = UtcDate(required=True, data_key="start_date")
    ends_at = UtcDate(required=True, data_key="end_date")
    timezone = Text(Event.timezone, blank=False, metadata={"example": "Europe/Lisbon"})
    capacity = Whole(1, MOST_TICKETS, required=True, data_key="total_capacity")
    is_free = fields.Boolean()
    base_price = Money(allow_none=True)
    currency = Text(3, metadata={"description": "No other than the organization's."})
    terms_and_conditions = Text(_LONGEST_TEXT)
    refund_policy = Text(_LONGEST_TEXT)
    age_restriction = Whole(0, 150, allow_none=True)
    tags = Text(Event.tags, metadata={"description": "Separated by commas."})
    is_featured = fields.Boolean(metadata={"description": "Taken from staff only; from others ignored."})


class EventInList(Out):
    """Event as lists show it."""

    id = fields.UUID()
    title = fields.String()
    slug = fields.String()
    short_description = fields.String()
    organizer = fields.UUID(allow_none=True)
    organizer_name = fields.String()
    organizer_email = fields.String()
    category = fields.UUID(allow_none=True)
    category_name = fields.String(allow_none=True)
    pricing_type = Word(*PRICING_TYPES)
    venue_name = fields.String()
    venue_city = fields.String()
    venue_country = fields.String()
    start_date = UtcDate()
    end_date = UtcDate()
    timezone = fields.String()
    thumbnail_image = fields.URL(allow_none=True)
    status = Word(*Stage)
    is_free = fields.Boolean()
    base_price = Money(metadata={"description": "As announced, else the lowest price."})
    currency = fields.String()
    is_featured = fields.Boolean()
    is_upcoming = fields.Boolean()
    is_ongoing = fields.Boolean()
    is_past = fields.Boolean()
    duration_days = fields.Integer(metadata={"description": "Days from start to end, begun ones included."})
    created_at = UtcDate()


class EventOut(EventInList):
    """Event with everything that it says of itself."""

    description = fields.String()
    category_details = fields.Nested(CategoryOut, allow_none=True)
    venue_address = fields.String()
    venue_state = fields.String()
    venue_postal_code = fields.String()
    venue_latitude = fields.String(allow_none=True)
    venue_longitude = fields.String(allow_none=True)
    banner_image = fields.URL(allow_none=True)
    total_capacity = fields.Integer(metadata={"description": "Where none was set, all that is on offer."})
    available_tickets = fields.Integer()
    tickets_sold = fields.Integer()
    terms_and_conditions = fields.String()
    refund_policy = fields.String()
    age_restriction = fields.Integer(allow_none=True)
    tags = fields.String()
    ticket_types = fields.List(fields.Nested(TypeOut))
    published_at = UtcDate(allow_none=True)
    updated_at = UtcDate()


class RefundsOut(Out):
    """Refunds of one kind: how many, and how much they are together."""

    count = fields.Integer()
    amount = Money()


class RefundsByStatus(Out):
    """Refunds by how far they have come."""

    requested = fields.Nested(RefundsOut)
    succeeded = fields.Nested(RefundsOut)
    failed = fields.Nested(RefundsOut)


class CancellationOut(Out):
    """How far the winding up of a cancelled event has come."""

    event = fields.UUID()
    cancelled_at = UtcDate()
    orders_open = fields.Integer(metadata={"description": "Pending and confirmed ones, still to end."})
    orders_ended = fields.Integer()
    currency = fields.String()
    refunds = fields.Nested(RefundsByStatus)
    is_complete = fields.Boolean(
        metadata={"description": "Every order has ended, and every refund has succeeded."}
    )
