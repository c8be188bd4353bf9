"""What a ticket says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketSheet:
    """One admission, ready to be printed. Texts may be empty or of any length: they are fitted."""

    event_title: str
    #: Type, tier and day, as the buyer picked them.
    ticket_name: str
    #: Aware; shown in ``timezone``, an IANA name.
    starts_at: datetime
    ends_at: datetime
    timezone: str
    venue_name: str
    venue_address: str
    city: str
    attendee_name: str
    #: With its currency, in words for whoever reads it: ``$25.50``, ``Free``.
    price_text: str
    order_number: str
    ticket_number: str
    #: What the QR holds: 64 hex digits.
    code: str
    #: Small print. Empty lines part paragraphs.
    terms: str = ""
    organizer_name: str = ""
    #: PNG or JPEG; left out when it is neither.
    organizer_logo: bytes | None = None
    #: ``#rrggbb``; decorates, never carries text.
    accent: str = "#ad124e"
    #: The day that a day pass admits to.
    day: date | None = None
    language: str = "en"
