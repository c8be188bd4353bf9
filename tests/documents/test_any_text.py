"""Whatever somebody writes into a field, there is a ticket."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.documents.sheets import CODE, codes_in, pages, picture_of, sheet
from ticketing.documents import tickets_pdf

#: Half characters and everything else, and, more often, what documents have rules for.
characters = st.characters() | st.sampled_from(
    "\n\r\t \u200d\u200c\u202e()[]«»،؟אبپ0٣é\u0301王、각ก🎉👩🏽…\u00a0\ufffe\U0010ffff"
)
texts = st.text(characters, max_size=300)
FIELDS = (
    "event_title", "ticket_name", "timezone", "venue_name", "venue_address", "city", "attendee_name",
    "price_text", "order_number", "ticket_number", "terms", "organizer_name", "accent", "language",
)  # fmt: skip
sheets = st.fixed_dictionaries(
    dict.fromkeys(FIELDS, texts)
    | {
        "code": st.text("0123456789abcdef", min_size=64, max_size=64),
        "organizer_logo": st.none() | st.binary(max_size=200),
        "day": st.none() | st.dates(),
    }
)


@given(values=sheets, title=texts)
@settings(max_examples=40, deadline=None)
def test_any_text_in_any_field_makes_a_ticket_that_is_read(values: dict[str, Any], title: str) -> None:
    (page,) = pages(tickets_pdf([sheet(**values)], title=title))
    assert codes_in(picture_of(page, dpi=100)) == [values["code"]]


@given(
    start=st.datetimes(timezones=st.just(UTC)),
    end=st.datetimes(timezones=st.just(UTC)),
    day=st.none() | st.dates(),
    zone=st.sampled_from(["Asia/Tokyo", "America/New_York", "UTC", "Pacific/Apia", "Europe/Berlin"]),
    language=st.sampled_from(["en", "de", "ar", "he", "fa", "ja", "pt-BR", "th"]),
)
@settings(max_examples=25, deadline=None)
def test_any_moment_in_any_language_makes_a_ticket(
    start: datetime, end: datetime, day: date | None, zone: str, language: str
) -> None:
    made = sheet(starts_at=start, ends_at=end, day=day, timezone=zone, language=language)
    (page,) = pages(tickets_pdf([made], title="x"))
    assert codes_in(picture_of(page, dpi=72)) == [CODE]
