"""Ticket types and what they offer, by the event's pricing type.

``simple`` has one offer a type, ``tiered`` one a tier, ``day_based`` one a day pass, ``tier_and_day`` one a
cell of days and tiers. Tiers, day passes and cells are *parts* of their type.
"""

from ticketing.services.offers.days import MOST_DAYS, calendar_days
from ticketing.services.offers.grid import create_priced, save_prices
from ticketing.services.offers.layout import Day, Grid, Price, Tier
from ticketing.services.offers.parts import (
    CELL,
    DAY_PASS,
    TIER,
    create_day_pass,
    create_day_tier_price,
    create_tier,
    delete_part,
    update_part,
)
from ticketing.services.offers.pricing import refresh_prices
from ticketing.services.offers.schedule import DayWish, save_days
from ticketing.services.offers.simple import create_simple, delete, update_simple
from ticketing.services.offers.types import create_type, delete_type, update_type
from ticketing.services.offers.writing import place

__all__ = [
    "CELL",
    "DAY_PASS",
    "MOST_DAYS",
    "TIER",
    "Day",
    "DayWish",
    "Grid",
    "Price",
    "Tier",
    "calendar_days",
    "create_day_pass",
    "create_day_tier_price",
    "create_priced",
    "create_simple",
    "create_tier",
    "create_type",
    "delete",
    "delete_part",
    "delete_type",
    "place",
    "refresh_prices",
    "save_days",
    "save_prices",
    "update_part",
    "update_simple",
    "update_type",
]
