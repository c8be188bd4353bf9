"""A month of the programme: the right days, bounded, and never the past."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import Client

from tests.factories import CategoryFactory, EventFactory, VenueFactory
from tests.web.conftest import Get
from tests.web.page import Page
from ticketing import clock
from ticketing.models.events import DRAFT
from ticketing.web.page_cache import PageCache

NOW = datetime(2031, 7, 10, 12, tzinfo=UTC)
_CELL = re.compile(r'<td class="month__day[^>]*>.*?</td>', re.DOTALL)


@pytest.fixture(autouse=True)
def july(app: Flask, db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the tenth of July."""
    monkeypatch.setattr(clock, "now", lambda: NOW)


def at(day: int, hour: int = 18, month: int = 7, year: int = 2031) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


def days_of(page: Page) -> dict[int, list[str]]:
    """What stands on which day of the month."""
    found: dict[int, list[str]] = {}
    for cell in _CELL.findall(page.html):
        day = re.search(r'<time datetime="\d+-\d+-(\d+)"', cell)
        if day and (names := re.findall(r'class="month__title">([^<]+)<', cell)):
            found[int(day[1])] = names
    return found


def robots(page: Page) -> str:
    return next((known["content"] for _t, known in page.attributes if known.get("name") == "robots"), "")


def test_events_stand_on_their_days_in_the_order_of_their_hours(get: Get) -> None:
    EventFactory(title="Late", starts_at=at(12, 20))
    EventFactory(title="Early", starts_at=at(12, 9))
    EventFactory(title="Other", starts_at=at(30))
    EventFactory(title="August", starts_at=at(1, month=8))
    EventFactory(title="Draft", starts_at=at(12), status=DRAFT)
    assert days_of(get("/events/calendar/")) == {12: ["Early", "Late"], 30: ["Other"]}


def test_a_day_is_that_of_the_place(get: Get) -> None:
    EventFactory(title="Tokyo", starts_at=at(31, 18), timezone="Asia/Tokyo")
    EventFactory(title="Honolulu", starts_at=at(1, 5, month=8), timezone="Pacific/Honolulu")
    assert days_of(get("/events/calendar/?month=2031-07")) == {31: ["Honolulu"]}
    assert days_of(get("/events/calendar/?month=2031-08")) == {1: ["Tokyo"]}


def test_what_lasts_several_days_stands_on_each_and_a_night_on_one(get: Get) -> None:
    EventFactory(title="Festival", starts_at=at(29), ends_at=at(1, month=8))
    EventFactory(title="Night", starts_at=at(20, 22), ends_at=at(21, 5))
    EventFactory(title="Exhibition", starts_at=at(11), ends_at=at(2, month=11))
    july = get("/events/calendar/")
    assert days_of(july) == {
        11: ["Exhibition"],
        20: ["Night"],
        29: ["Festival"],
        30: ["Festival"],
        31: ["Festival"],
    }
    assert "3 events" in july.text
    assert days_of(get("/events/calendar/?month=2031-08")) == {1: ["Festival"]}
    assert days_of(get("/events/calendar/?month=2031-11")) == {2: ["Exhibition"]}


def test_a_full_day_names_some_and_links_to_all(get: Get, statements: Any) -> None:
    EventFactory(starts_at=at(15), venue=VenueFactory(city="Porto"))
    with statements() as few:
        get("/events/calendar/?city=Porto")
    for _ in range(39):
        EventFactory(starts_at=at(15), venue=VenueFactory(city="Porto"))
    with statements() as many:
        page = get("/events/calendar/?city=Porto")
    assert len(days_of(page)[15]) == 4
    assert page.link("36 more") == "/events/?city=Porto&from=2031-07-15&to=2031-07-15"
    assert "40 events" in page.text
    assert len(many) == len(few) <= 4


def test_one_more_than_has_room_is_named_too(get: Get) -> None:
    for _ in range(5):
        EventFactory(starts_at=at(15))
    page = get("/events/calendar/")
    assert len(days_of(page)[15]) == 5
    assert "more" not in [text for text, _ in page.links]


def test_the_filters_of_the_list_narrow_it_and_stay_when_one_turns_the_page(get: Get) -> None:
    jazz = CategoryFactory(name="Jazz", slug="jazz")
    EventFactory(title="Wanted", starts_at=at(12), category=jazz, lowest_price=0)
    EventFactory(title="Other", starts_at=at(12))
    page = get("/events/calendar/?category=jazz&price=free&when=week&sort=price")
    assert days_of(page) == {12: ["Wanted"]}
    assert page.link("Next month") == "/events/calendar/?month=2031-08&category=jazz&price=free"
    assert page.link("Jazz") == "/events/calendar/?month=2031-07&price=free"
    assert page.link("List") == "/events/?category=jazz&price=free"


@pytest.mark.parametrize("month", ["2031-06", "1999-01", "", "x", "2031-13", "0000-00", "2031-7", "\x00"])
def test_the_past_and_what_is_no_month_show_this_month(get: Get, month: str) -> None:
    page = get("/events/calendar/", query_string={"month": month})
    assert (page.status, page.headings[0]) == (200, "July 2031")
    assert "Previous month" not in [text for text, _ in page.links]


def test_one_can_turn_so_many_months_and_no_further(get: Get) -> None:
    page = get("/events/calendar/?month=9999-12")
    assert page.headings[0] == "July 2034"
    assert "Next month" not in [text for text, _ in page.links]
    assert page.link("Previous month") == "/events/calendar/?month=2034-06"


def test_today_is_marked_for_eyes_and_ears(get: Get) -> None:
    EventFactory(starts_at=at(12))
    page = get("/events/calendar/")
    (cell,) = [cell for cell in _CELL.findall(page.html) if 'aria-current="date"' in cell]
    assert 'datetime="2031-07-10"' in cell
    assert "Today" in cell


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("", ""),
        ("?month=2032-07", ""),
        ("?month=2032-08", "noindex, follow"),
        ("?city=Lisbon", "noindex, follow"),
    ],
)
def test_near_months_without_filters_are_found_by_search_engines(get: Get, asked: str, said: str) -> None:
    for month, year in ((7, 2031), (7, 2032), (8, 2032)):
        EventFactory(starts_at=at(20, month=month, year=year))
    assert robots(get(f"/events/calendar/{asked}")) == said


def test_an_empty_month_is_not_found_and_leads_on(get: Get) -> None:
    page = get("/events/calendar/")
    assert robots(page) == "noindex, follow"
    assert "Nothing in July 2031" in page.text


def test_a_table_is_read_by_its_days(get: Get) -> None:
    EventFactory(starts_at=at(12))
    page = get("/events/calendar/")
    heads = [known["abbr"] for tag, known in page.attributes if tag == "th"]
    assert len(heads) == 7
    assert set(heads) == {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}
    assert "Events in July 2031" in page.text


def test_it_is_kept_for_the_next_visitor(app: Flask, statements: Any) -> None:
    EventFactory(starts_at=at(12))
    visitor = Client(PageCache(app.wsgi_app, 60), use_cookies=False)
    first = visitor.get("/events/calendar/?month=2031-07")
    with statements() as seen:
        assert visitor.get("/events/calendar/?month=2031-07").data == first.data
    assert len(seen) == 0


def test_an_event_called_calendar_has_another_address() -> None:
    from ticketing.models import Event
    from ticketing.services.slugs import free_slug

    assert free_slug(Event, "Calendar") == "event-calendar"


def test_what_never_ends_is_no_reason_to_fail(get: Get) -> None:
    EventFactory(
        title="For ever",
        starts_at=at(12),
        ends_at=datetime(9999, 12, 31, 23, tzinfo=UTC),
        timezone="Asia/Tokyo",
    )
    assert days_of(get("/events/calendar/")) == {13: ["For ever"]}
