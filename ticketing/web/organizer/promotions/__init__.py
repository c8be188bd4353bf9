"""Promo codes: an organization's list, one code, many at once, and those that count for an event."""

from __future__ import annotations

from ticketing.web.organizer.promotions import changing, making
from ticketing.web.organizer.promotions.listing import bp

#: Further pages of the area.
PAGES = (changing, making)

__all__ = ["PAGES", "bp"]
