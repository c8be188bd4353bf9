"""Calendar files (RFC 5545) that put an event into somebody's calendar, and take it out again."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from ticketing.documents.zones import local, zone_named

_PRODUCT = "-//Foyer//Tickets//EN"


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEntry:
    """One event as a calendar shows it."""

    #: The same for the same thing for ever: calendars replace what they know by it.
    uid: str
    #: Counts the changes: the higher one replaces the lower one.
    sequence: int
    title: str
    #: Aware; written on the clocks of ``timezone``, an IANA name.
    starts_at: datetime
    ends_at: datetime
    timezone: str
    #: When this was written down; aware.
    written_at: datetime
    location: str = ""
    description: str = ""
    #: A page about it; also the last line of the description, where every calendar shows it.
    link: str = ""
    organizer_name: str = ""
    organizer_email: str = ""
    is_cancelled: bool = False


def calendar(entries: Sequence[CalendarEntry], *, name: str = "") -> bytes:
    """A file to import or to subscribe to (METHOD PUBLISH), with the rules of every zone in it."""
    from icalendar import Calendar

    file = Calendar()
    file.add("prodid", _PRODUCT)
    file.add("version", "2.0")
    file.add("calscale", "GREGORIAN")
    file.add("method", "PUBLISH")
    if name:
        file.add("x-wr-calname", _plain(name))
    # Written one by one: a feed is asked for again and again, and holds the same ones each time.
    head, end = file.to_ical().rsplit(b"END:", 1)
    events = [_event(entry) for entry in entries]
    return b"".join((head, *_zones(entries), *events, b"END:", end))


@lru_cache(1024)
def _event(entry: CalendarEntry) -> bytes:
    from icalendar import Event

    event = Event()
    event.add("uid", _address(entry.uid))
    event.add("dtstamp", local(entry.written_at, "UTC"))
    event.add("sequence", entry.sequence)
    event.add("dtstart", local(entry.starts_at, entry.timezone))
    event.add("dtend", local(entry.ends_at, entry.timezone))
    event.add("summary", _plain(entry.title))
    event.add("status", "CANCELLED" if entry.is_cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if entry.is_cancelled else "OPAQUE")
    texts = {
        "location": _plain(entry.location),
        "description": _plain("\n\n".join(filter(None, (entry.description, entry.link)))),
        "url": _address(entry.link),
    }
    for key, text in texts.items():
        if text:
            event.add(key, text)
    if entry.organizer_name:
        event["organizer"] = _organizer(entry)
    return bytes(event.to_ical())


def _organizer(entry: CalendarEntry) -> Any:
    """Whose event it is. An address is required; this one says that there is none."""
    from icalendar import vCalAddress, vText

    address = _address(entry.organizer_email)
    organizer = vCalAddress(f"mailto:{address}" if address else "invalid:nomail")
    # A parameter has no way to write these.
    name = _plain(entry.organizer_name).replace('"', "'").replace("\n", " ")
    organizer.params["cn"] = vText(name)
    return organizer


def _zones(entries: Sequence[CalendarEntry]) -> list[bytes]:
    """A VTIMEZONE for each zone, with the years that it is needed for; UTC needs none."""
    years: dict[str, list[int]] = {}
    for entry in entries:
        for moment in (local(entry.starts_at, entry.timezone), local(entry.ends_at, entry.timezone)):
            years.setdefault(str(moment.tzinfo), []).append(moment.year)
    years.pop("UTC", None)
    return [_zone(name, min(seen), max(seen)) for name, seen in sorted(years.items())]


@lru_cache(256)
def _zone(name: str, first: int, last: int) -> bytes:
    from icalendar import Timezone

    rules = Timezone.from_tzinfo(zone_named(name), name, date(first, 1, 1), date(min(last + 1, 9999), 1, 1))
    return bytes(rules.to_ical())


def _address(text: str) -> str:
    """As :func:`_plain`, in one piece."""
    return "".join(_plain(text).split())


def _plain(text: str) -> str:
    """Text as a calendar line may hold it: no control characters but line ends, no half characters."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in lines if char == "\n" or unicodedata.category(char) not in ("Cc", "Cs"))
