"""EasyTicket's shapes of ticket types and their parts: plain values from rows.

``ticket_schemas.py`` documents them.
"""

from __future__ import annotations

from typing import Any

from ticketing import money
from ticketing.api.fields import utc_text
from ticketing.models.events import DAY_BASED, SIMPLE, TIER_AND_DAY, TIERED
from ticketing.queries import ticket_types
from ticketing.queries.ticket_types import TypeRows

Shape = dict[str, Any]


def type_in_list(row: Any) -> Shape:
    """Ticket type."""
    left = ticket_types.left(row)
    return {
        "id": row.uuid,
        "event": row.event_uuid,
        "event_title": row.event_title,
        "name": row.name,
        "description": row.description,
        "pricing_type": row.pricing_type,
        "price": money.to_text(row.price or 0, row.currency) if row.pricing_type == SIMPLE else None,
        "min_price": money.to_text(row.lowest or 0, row.currency),
        "total_quantity": row.total,
        "quantity_sold": row.sold,
        "available_quantity": left,
        "is_sold_out": left == 0,
        "is_on_sale": row.is_on_sale,
        **_window(row),
        "is_active": row.is_active,
        "created_at": utc_text(row.created_at),
    }


def type_in_full(found: TypeRows) -> Shape:
    """Ticket type with its parts."""
    row, kind = found.row, found.row.pricing_type
    return {
        **type_in_list(row),
        "event_slug": row.event_slug,
        "min_purchase": row.min_purchase,
        "max_purchase": row.max_purchase,
        "benefits": row.benefits,
        "tiers": [tier(part) for part in found.parts if kind == TIERED],
        "day_passes": [day_pass(part) for part in found.parts if kind == DAY_BASED],
        "day_tier_prices": [day_tier_price(part) for part in found.parts if kind == TIER_AND_DAY],
        "updated_at": utc_text(row.updated_at),
    }


def tier(row: Any) -> Shape:
    """Tier."""
    return {
        "id": row.uuid,
        "ticket_type": row.ticket_type,
        "tier_number": row.tier_number,
        "name": row.tier_name,
        **_stock(row),
        **_window(row),
        "created_at": utc_text(row.created_at),
    }


def day_pass(row: Any) -> Shape:
    """Day pass."""
    return {
        "id": row.uuid,
        "ticket_type": row.ticket_type,
        "day_number": row.day_number,
        "name": row.day_name,
        "date": row.date,
        **_stock(row),
        "is_all_days": row.is_all_days,
        "created_at": utc_text(row.created_at),
    }


def day_tier_price(row: Any) -> Shape:
    """Price of a tier on a day."""
    return {
        "id": row.uuid,
        "ticket_type": row.ticket_type,
        "day_number": row.day_number,
        "day_name": row.day_name,
        "date": row.date,
        "tier_number": row.tier_number,
        "tier_name": row.tier_name,
        **_stock(row),
        "is_on_sale": row.is_on_sale,
        "is_active": row.is_active,
        **_window(row),
        "created_at": utc_text(row.created_at),
    }


def matrix(found: TypeRows) -> Shape:
    """Prices by day and tier. A day or tier is called as its first price calls it."""
    days: dict[int, str] = {}
    tiers: dict[int, str] = {}
    cells: dict[str, dict[str, Shape]] = {}
    for part in found.parts:
        if part.pricing_type == TIER_AND_DAY:
            days.setdefault(part.day_number, part.day_name)
            tiers.setdefault(part.tier_number, part.tier_name)
            cells.setdefault(str(part.day_number), {})[str(part.tier_number)] = day_tier_price(part)
    return {"ticket_type": found.row.uuid, "days": _axis(days), "tiers": _axis(tiers), "matrix": cells}


def _axis(names: dict[int, str]) -> list[Shape]:
    return [{"number": number, "name": names[number]} for number in sorted(names)]


def _stock(row: Any) -> Shape:
    left = max(row.available or 0, 0)
    return {
        "price": money.to_text(row.price, row.currency),
        "quantity": row.quantity,
        "quantity_sold": row.sold,
        "available_quantity": left,
        "is_sold_out": left == 0,
    }


def _window(row: Any) -> Shape:
    return {"sales_start": utc_text(row.sales_start_at), "sales_end": utc_text(row.sales_end_at)}
