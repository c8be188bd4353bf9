"""EasyTicket's shapes of events and categories, from rows. ``event_schemas.py`` documents them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import url_for

from ticketing import clock, money
from ticketing.api.easyticket import ticket_present
from ticketing.api.fields import utc_text
from ticketing.queries.programme import Shown, stage_of
from ticketing.queries.ticket_types import TypeRows
from ticketing.queries.winding_up import REFUND_STATUSES, Amount, Progress

Shape = dict[str, Any]
_DAY = timedelta(days=1)


def category(row: Any) -> Shape:
    """Category; a row of ``queries.categories``."""
    return {
        "id": row.uuid,
        "name": row.name,
        "slug": row.slug,
        "description": row.description,
        "icon": row.icon,
        "is_active": row.is_active,
        "events_count": row.events_count,
        "created_at": utc_text(row.created_at),
    }


def event_in_list(shown: Shown) -> Shape:
    """Event as lists show it."""
    row, now = shown.row, clock.now()
    return {
        "id": row.uuid,
        "title": row.title,
        "slug": row.slug,
        "short_description": row.short_description,
        "organizer": row.organizer_uuid,
        "organizer_name": _organizer_name(row),
        "organizer_email": _organizer_email(row),
        "category": row.category_uuid,
        "category_name": row.category_name,
        "pricing_type": row.pricing_type,
        "venue_name": row.venue_name,
        "venue_city": row.venue_city,
        "venue_country": row.venue_country,
        "start_date": utc_text(row.starts_at),
        "end_date": utc_text(row.ends_at),
        "timezone": row.timezone,
        "thumbnail_image": picture_url(row.thumbnail_image),
        "status": stage_of(row),
        "is_free": row.is_free or row.highest_price == 0,
        "base_price": base_price(row),
        "currency": row.currency,
        "is_featured": row.is_featured,
        "is_upcoming": row.starts_at > now,
        "is_ongoing": row.starts_at <= now <= row.ends_at,
        "is_past": row.ends_at < now,
        "duration_days": -(-(row.ends_at - row.starts_at) // _DAY),
        "created_at": utc_text(row.created_at),
    }


def event_in_detail(shown: Shown, types: Sequence[TypeRows]) -> Shape:
    """Event with everything that it says of itself, and what it sells."""
    row, seats = shown.row, shown.seats
    return {
        **event_in_list(shown),
        "description": row.description,
        "category_details": _category_of(row),
        "venue_address": row.venue_address,
        "venue_state": row.venue_state,
        "venue_postal_code": row.venue_postal_code,
        "venue_latitude": _degrees(row.venue_latitude),
        "venue_longitude": _degrees(row.venue_longitude),
        "banner_image": picture_url(row.banner_image),
        "total_capacity": seats.total if row.capacity is None else row.capacity,
        "available_tickets": seats.available,
        "tickets_sold": seats.sold,
        "terms_and_conditions": row.terms_and_conditions,
        "refund_policy": row.refund_policy,
        "age_restriction": row.age_restriction,
        "tags": row.tags,
        "ticket_types": [ticket_present.type_in_full(found) for found in types],
        "published_at": utc_text(row.published_at),
        "updated_at": utc_text(row.updated_at),
    }


def cancellation(progress: Progress) -> Shape:
    """How far the winding up of a cancelled event has come."""
    currency = progress.event.currency
    refunds = {status: progress.refunds.get(status, Amount()) for status in REFUND_STATUSES}
    return {
        "event": progress.event.uuid,
        "cancelled_at": utc_text(progress.cancelled_at),
        "orders_open": progress.open_orders,
        "orders_ended": progress.ended_orders,
        "currency": currency,
        "refunds": {
            status: {"count": each.number, "amount": money.to_text(each.total, currency)}
            for status, each in refunds.items()
        },
        "is_complete": progress.is_complete,
    }


def base_price(row: Any) -> str:
    """What an event announces, else the lowest price that it offers, else nothing."""
    declared = row.lowest_price if row.base_price is None else row.base_price
    return money.to_text(declared or 0, row.currency)


def picture_url(name: str | None) -> str | None:
    """Where a stored picture can be seen."""
    return url_for("media.picture", name=name, _external=True) if name else None


def _organizer_name(row: Any) -> str:
    """The person's name; for the house speaks the house."""
    person = (
        "" if row.is_house else f"{row.organizer_first_name or ''} {row.organizer_last_name or ''}".strip()
    )
    name: str = person or row.organization_name
    return name


def _organizer_email(row: Any) -> str:
    """The organization's address where it names one; nobody learns one of the house's own people."""
    email: str = row.contact_email or ("" if row.is_house else row.organizer_email or "")
    return email


def _category_of(row: Any) -> Shape | None:
    if row.category_uuid is None:
        return None
    return {
        "id": row.category_uuid,
        "name": row.category_name,
        "slug": row.category_slug,
        "description": row.category_description,
        "icon": row.category_icon,
        "is_active": row.category_is_active,
        "events_count": row.category_events_count,
        "created_at": utc_text(row.category_created_at),
    }


def _degrees(value: Any) -> str | None:
    return None if value is None else f"{value:.6f}"
