"""SecureTicket's events (SecureTicket 002, Event Endpoints): its body, and its keys of an event."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from marshmallow import fields

from ticketing import clock, money
from ticketing.api.errors import fields_called
from ticketing.api.fields import MOST_TICKETS, AnyKey, Day, In, Money, Out, Text, TimeOfDay, Whole
from ticketing.api.http import current_actor
from ticketing.api.parsing import ListQuery
from ticketing.models import Event, Venue
from ticketing.models.events import PUBLISHED
from ticketing.queries.keys import Key
from ticketing.queries.programme import Shown
from ticketing.services import hosting

_CALLED = {
    "starts_at": "date",
    "size": "total_seats",
    "quota": "total_seats",
    "capacity": "total_seats",
}


class EventIn(In):
    """Body of an event that one kind of ticket is sold for, on sale at once (staff)."""

    title = Text(Event.title, blank=False, required=True)
    description = Text(20_000)
    category = AnyKey(
        allow_none=True, metadata={"description": "Its name, slug or id; a new name makes a category."}
    )
    venue = Text(Venue.name, blank=False, required=True, metadata={"description": "A new name makes one."})
    date = Day(required=True)
    time = TimeOfDay(required=True, metadata={"example": "19:30:00"})
    timezone = Text(Event.timezone, blank=False, metadata={"description": "What date and time are local to."})
    seats = Whole(1, MOST_TICKETS, required=True, data_key="total_seats")
    price = Money(required=True)


class ByCategory(ListQuery):
    """Of which category."""

    category = AnyKey(
        required=True, metadata={"description": "Its name or slug, in any case.", "example": "movie"}
    )


class EventKeys(Out):
    """SecureTicket's keys of an event, beside those of the other dialect."""

    description = fields.String()
    venue = fields.String(metadata={"description": "Its name."})
    date = fields.Date(metadata={"description": "Local to `timezone`, like `time`."})
    time = fields.Time(metadata={"example": "19:30:00"})
    total_seats = fields.Integer()
    available_seats = fields.Integer()
    price = Money(metadata={"description": "The lowest."})
    is_active = fields.Boolean(metadata={"description": "Published, and not over."})


def keys_of(shown: Shown) -> dict[str, Any]:
    """SecureTicket's keys of an event."""
    row, seats = shown.row, shown.seats
    local = row.starts_at.astimezone(ZoneInfo(row.timezone))
    lowest = row.base_price if row.lowest_price is None else row.lowest_price
    return {
        "description": row.description,
        "venue": row.venue_name,
        "date": local.date().isoformat(),
        "time": local.strftime("%H:%M:%S"),
        "total_seats": seats.total,
        "available_seats": seats.available,
        "price": money.to_text(lowest or 0, row.currency),
        "is_active": row.status == PUBLISHED and row.ends_at > clock.now(),
    }


def create(body: dict[str, Any]) -> Event:
    """``POST /api/events/`` with SecureTicket's body."""
    with fields_called(_CALLED):
        return hosting.stage(current_actor(), **body)


def update(event: Key, body: dict[str, Any]) -> Event:
    """``PUT`` and ``PATCH /api/events/{key}/`` with SecureTicket's body."""
    with fields_called(_CALLED):
        return hosting.restage(current_actor(), event, **body)
