"""Calendar files, read back by a library."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from ticketing.documents import CalendarEntry, calendar


def entry(**values: Any) -> CalendarEntry:
    return CalendarEntry(
        **{
            "uid": "order-7@foyer.test",
            "sequence": 3,
            "title": "Midsummer Night",
            "starts_at": datetime(2026, 6, 20, 17, 30, tzinfo=UTC),
            "ends_at": datetime(2026, 6, 20, 21, 0, tzinfo=UTC),
            "timezone": "Europe/Berlin",
            "written_at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
            "location": "Orangery, Berlin",
            "description": "Two tickets",
            "link": "https://foyer.test/bookings/7",
            "organizer_name": "Spree Sounds",
            **values,
        }
    )


def read(file: bytes) -> Any:
    """The only event in it."""
    (event,) = Calendar.from_ical(file).walk("VEVENT")
    return event


def test_an_event_is_read_back_as_it_was_meant() -> None:
    file = calendar([entry()])
    event = read(file)
    assert Calendar.from_ical(file)["METHOD"] == "PUBLISH"
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == ("order-7@foyer.test", 3, "CONFIRMED")
    assert (event["SUMMARY"], event["LOCATION"]) == ("Midsummer Night", "Orangery, Berlin")
    assert event["DESCRIPTION"] == "Two tickets\n\nhttps://foyer.test/bookings/7"
    assert event["URL"] == "https://foyer.test/bookings/7"
    assert event["DTSTAMP"].dt == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert (event["ORGANIZER"].params["CN"], event["ORGANIZER"]) == ("Spree Sounds", "invalid:nomail")


@pytest.mark.parametrize(
    ("zone", "month", "wall"),
    [
        ("Europe/Berlin", 1, "20260120T183000"),
        ("Europe/Berlin", 6, "20260620T193000"),
        ("America/New_York", 1, "20260120T123000"),
        ("America/New_York", 6, "20260620T133000"),
        ("Australia/Lord_Howe", 1, "20260121T043000"),
        ("Asia/Kathmandu", 6, "20260620T231500"),
        ("Africa/Casablanca", 6, "20260620T183000"),
        ("Etc/GMT+3", 6, "20260620T143000"),
    ],
)
def test_times_stand_on_the_clocks_of_the_place_and_the_zone_comes_along(
    zone: str, month: int, wall: str
) -> None:
    start = datetime(2026, month, 20, 17, 30, tzinfo=UTC)
    file = calendar([entry(timezone=zone, starts_at=start, ends_at=start.replace(hour=19))])
    assert f"DTSTART;TZID={zone}:{wall}\r\n" in file.decode()
    (rules,) = Calendar.from_ical(file).walk("VTIMEZONE")
    assert rules["TZID"] == zone
    assert rules.to_tz(lookup_tzid=False).utcoffset(read(file)["DTSTART"].dt.replace(tzinfo=None)) == (
        read(file)["DTSTART"].dt.utcoffset()
    )
    assert read(file)["DTSTART"].dt == start


@pytest.mark.parametrize("zone", ["UTC", "Nowhere/At_All", "", "../../etc/passwd"])
def test_utc_needs_no_rules_and_stands_in_for_zones_that_nobody_knows(zone: str) -> None:
    file = calendar([entry(timezone=zone)])
    assert b"DTSTART:20260620T173000Z\r\nDTEND:20260620T210000Z\r\n" in file
    assert b"VTIMEZONE" not in file


def test_each_zone_comes_once_with_the_years_that_it_is_needed_for() -> None:
    later = {
        "starts_at": datetime(2028, 1, 1, 12, tzinfo=UTC),
        "ends_at": datetime(2028, 1, 1, 13, tzinfo=UTC),
    }
    file = calendar([entry(), entry(uid="b", **later), entry(uid="c", timezone="Asia/Tokyo")])
    assert re.findall(rb"TZID:(\S+)", file) == [b"Asia/Tokyo", b"Europe/Berlin"]
    assert b"20270328T" in file
    assert len(Calendar.from_ical(file).walk("VEVENT")) == 3


def test_a_cancelled_event_frees_the_time() -> None:
    event = read(calendar([entry(is_cancelled=True, sequence=4)]))
    assert (event["STATUS"], event["TRANSP"], event["SEQUENCE"]) == ("CANCELLED", "TRANSPARENT", 4)


def test_what_is_not_known_is_left_out() -> None:
    event = read(calendar([entry(organizer_name="", location="", description="", link="")]))
    assert not {"ORGANIZER", "LOCATION", "DESCRIPTION", "URL"} & set(event)


def test_lines_end_and_fold_as_the_format_wants() -> None:
    file = calendar([entry(title="Ein langer Abend für Flöte, Geige; und – Ähnliches \\ 夜 " * 9)])
    lines = file.split(b"\r\n")
    assert lines[-1] == b""
    assert all(len(line) <= 75 and b"\n" not in line for line in lines)


def test_texts_cannot_become_lines_of_their_own() -> None:
    trap = 'Concert"\r\nATTENDEE:mailto:eve@foyer.test\nEND:VEVENT'
    file = calendar(
        [entry(title=trap, location=trap, description=trap, uid=trap, link=trap, organizer_name=trap)]
    )
    event = read(file)
    assert b"\r\nATTENDEE" not in file
    assert event["SUMMARY"] == trap.replace("\r\n", "\n")
    assert event["LOCATION"] == event["SUMMARY"]


def test_an_organizer_with_an_address_is_named_by_it() -> None:
    event = read(calendar([entry(organizer_email="box@foyer.test", organizer_name='The "Box"; Office: ü')]))
    assert event["ORGANIZER"] == "mailto:box@foyer.test"
    assert event["ORGANIZER"].params["CN"] == "The 'Box'; Office: ü"


texts = st.text(max_size=120)


@given(title=texts, location=texts, description=texts, link=texts, name=texts, email=texts, uid=texts)
@settings(max_examples=60, deadline=None)
def test_any_text_makes_a_file_with_one_event(
    title: str, location: str, description: str, link: str, name: str, email: str, uid: str
) -> None:
    file = calendar(
        [
            entry(
                title=title,
                location=location,
                description=description,
                link=link,
                organizer_name=name,
                organizer_email=email,
                uid=uid,
            )
        ]
    )
    assert read(file)["SEQUENCE"] == 3
