"""Pages for those who run the house. Nobody else learns that they exist."""

from __future__ import annotations

from ticketing.web.staff import (
    books,
    categories,
    events,
    health,
    messages,
    orders,
    organizations,
    payments,
    people,
    start,
    venues,
    webhooks,
)
from ticketing.web.staff.activity import readable
from ticketing.web.staff.frame import bp

__all__ = [
    "books",
    "bp",
    "categories",
    "events",
    "health",
    "messages",
    "orders",
    "organizations",
    "payments",
    "people",
    "readable",
    "start",
    "venues",
    "webhooks",
]
