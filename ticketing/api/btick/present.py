"""BTick's shapes: plain values from rows. ``schemas.py`` documents them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ticketing import money
from ticketing.api.btick.dialect import (
    BOOKING_STATUS,
    BOOKING_STATUS_SHOWN,
    EVENT_STATUS,
    EVENT_STATUS_SHOWN,
    ROLE_SHOWN,
)
from ticketing.api.fields import money_number, utc_text
from ticketing.models import Event, EventCategory, Membership, Organization, Venue
from ticketing.models.offers import full_name
from ticketing.queries.order_rows import OrderRows

Shape = dict[str, Any]


def category(row: EventCategory) -> Shape:
    """Category."""
    return {"id": row.id, "name": row.name, "created_at": utc_text(row.created_at)}


def venue(row: Venue) -> Shape:
    """Venue."""
    return {
        "id": row.id,
        "name": row.name,
        "address": row.address,
        "capacity": row.capacity,
        "created_at": utc_text(row.created_at),
    }


def organization(row: Organization) -> Shape:
    """Organization."""
    return {
        "id": row.id,
        "name": row.name,
        "website": row.website,
        "contact_email": row.contact_email,
        "created_at": utc_text(row.created_at),
    }


def membership(row: Membership) -> Shape:
    """Membership; needs ``user`` loaded."""
    return {
        "id": row.id,
        "user": row.user_id,
        "user_email": row.user.email,
        "user_name": row.user.full_name,
        "organization": row.organization_id,
        "role": row.role,
        "role_display": ROLE_SHOWN[row.role],
        "created_at": utc_text(row.created_at),
    }


def event_in_list(row: Any, of: str = "") -> Shape:
    """Event as lists show it; ``of`` is the prefix of its columns in a wider row."""
    column = _reader(row, of)
    status = column("status")
    return {
        "id": column("id"),
        "title": column("title"),
        "organization": {"id": column("organization_id"), "name": column("organization_name")},
        "venue": {
            "id": column("venue_id"),
            "name": column("venue_name"),
            "address": column("venue_address"),
        },
        "category": None
        if column("category_id") is None
        else {
            "id": column("category_id"),
            "name": column("category_name"),
            "created_at": utc_text(column("category_created_at")),
        },
        "starts_at": utc_text(column("starts_at")),
        "ends_at": utc_text(column("ends_at")),
        "status": EVENT_STATUS[status],
        "status_display": EVENT_STATUS_SHOWN[status],
    }


def event_in_detail(row: Any, tickets: Sequence[Any]) -> Shape:
    """Event with what it sells."""
    return {
        **event_in_list(row),
        "description": row.description,
        "tickets": [ticket(offer) for offer in tickets],
        "capacity": row.capacity,
        "created_at": utc_text(row.created_at),
        "updated_at": utc_text(row.updated_at),
    }


def event_to_manage(row: Event) -> Shape:
    """Event as those who changed it get it: references are ids."""
    return {
        "id": row.id,
        "title": row.title,
        "description": row.description,
        "organization": row.organization_id,
        "venue": row.venue_id,
        "category": row.category_id,
        "starts_at": utc_text(row.starts_at),
        "ends_at": utc_text(row.ends_at),
        "status": EVENT_STATUS[row.status],
        "capacity": row.capacity,
        "created_at": utc_text(row.created_at),
        "updated_at": utc_text(row.updated_at),
    }


def ticket(row: Any, of: str = "", currency: str | None = None) -> Shape:
    """Ticket type, in short."""
    column = _reader(row, of)
    return {
        "id": column("id"),
        "ticket_type": column("kind"),
        "ticket_type_display": full_name(column("type_name"), column("tier_name"), column("day_name")),
        "price": money.to_text(column("price"), currency or row.currency),
        "available": max(column("available") or 0, 0),
    }


def ticket_in_full(row: Any, of: str = "", currency: str | None = None) -> Shape:
    """Ticket type with its stock; held tickets count as sold."""
    column = _reader(row, of)
    return {
        **ticket(row, of, currency),
        "event": column("event_id"),
        "quota": column("quota"),
        "sold": column("taken"),
        "created_at": utc_text(column("created_at")),
    }


def booking_in_list(order: OrderRows) -> Shape:
    """Booking as its buyer's list shows it."""
    row = order.first
    shown = {
        "id": row.id,
        "event_ticket": ticket_in_full(row, "offer_", row.event_currency),
        **_state_of(order),
        "expires_at": utc_text(row.expires_at),
        "created_at": utc_text(row.created_at),
    }
    if len(order.items) > 1:
        shown["items"] = [
            {
                "event_ticket": ticket_in_full(item, "offer_", item.event_currency),
                "quantity": item.quantity,
                "unit_price": money_number(item.unit_price, item.currency),
            }
            for item in order.items
        ]
    return shown


def booking_in_detail(order: OrderRows) -> Shape:
    """Booking with its event."""
    return {
        **booking_in_list(order),
        "event": event_in_list(order.first, "event_"),
        "updated_at": utc_text(order.first.updated_at),
    }


def booking_for_staff(order: OrderRows) -> Shape:
    """Booking as staff, support and the organization see it."""
    row = order.first
    name = f"{row.first_name or ''} {row.last_name or ''}".strip() or row.buyer_name
    email = row.email or row.buyer_email
    return {
        "id": row.id,
        "user": row.user_id,
        "user_email": email,
        "user_name": name or email,
        "event": {
            "id": row.event_id,
            "title": row.event_title,
            "organization": row.event_organization_name,
            "starts_at": utc_text(row.event_starts_at),
        },
        "event_ticket": {
            "id": row.offer_id,
            "ticket_type": full_name(row.offer_type_name, row.offer_tier_name, row.offer_day_name),
            "price": money_number(row.offer_price, row.event_currency),
        },
        **_state_of(order),
        "expires_at": utc_text(row.expires_at),
        "created_at": utc_text(row.created_at),
        "updated_at": utc_text(row.updated_at),
    }


def _state_of(order: OrderRows) -> Shape:
    row = order.first
    status = BOOKING_STATUS[row.status]
    return {
        "quantity": order.quantity,
        "status": status,
        "status_display": BOOKING_STATUS_SHOWN[status],
        "total_price": money_number(row.amount_due, row.currency),
    }


def _reader(row: Any, prefix: str) -> Any:
    """Reads the row's columns under their names without the prefix."""
    mapping = row._mapping
    return mapping.__getitem__ if not prefix else lambda name: mapping[prefix + name]
