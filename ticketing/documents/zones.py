"""Time zones of events."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo


@lru_cache(128)
def zone_named(name: str) -> ZoneInfo:
    """The IANA zone; UTC when there is none of that name."""
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        return ZoneInfo("UTC")


def local(moment: datetime, zone: str) -> datetime:
    """The moment on that zone's clocks. At the two ends of the calendar, where no day is left, as it is."""
    try:
        return moment.astimezone(zone_named(zone))
    except OverflowError:
        return moment.astimezone(UTC)
