"""What narrows the programme: prices, days of one's own, the order, what stands in the way."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from tests.factories import (
    CategoryFactory,
    EventFactory,
    OrganizationFactory,
    VenueFactory,
    in_days,
)
from tests.web.conftest import Get
from tests.web.page import Page
from tests.web.test_catalog import titles
from ticketing import clock
from ticketing.queries.narrowing import Search, conditions
from ticketing.web.narrowing import arguments_of, search_from

pytestmark = pytest.mark.usefixtures("db")


def in_order(page: Page) -> list[str]:
    """The events of a list as they follow each other."""
    known = titles(page)
    return [text for text, _ in page.links if text in known]


def priced(title: str, lowest: int | None, highest: int | None = None, currency: str = "USD") -> None:
    house = OrganizationFactory(currency=currency)
    EventFactory(
        title=title, organization=house, currency=currency, lowest_price=lowest, highest_price=highest
    )


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("max=20", {"Cheap", "Wide", "Free"}),
        ("min=30", {"Wide", "Dear"}),
        ("min=11&max=19", {"Wide"}),
        ("min=19&max=11", {"Wide"}),
        ("price=free&min=30", {"Free"}),
        ("min=0&max=", {"Cheap", "Wide", "Dear", "Free", "Unpriced"}),
        ("min=-3&max=1e9", {"Cheap", "Wide", "Dear", "Free", "Unpriced"}),
    ],
)
def test_the_list_is_filtered_by_the_price_of_a_ticket(get: Get, asked: str, found: set[str]) -> None:
    priced("Cheap", 1000, 1000)
    priced("Wide", 1000, 5000)
    priced("Dear", 5000, 5000)
    priced("Free", 0, 0)
    priced("Unpriced", None)
    assert titles(get(f"/events/?{asked}")) == found


def test_prices_are_whole_units_of_whatever_currency(get: Get) -> None:
    priced("Yen", 25, 25, "JPY")
    priced("Dollars", 2500, 2500)
    priced("Dinars", 25_000, 25_000, "KWD")
    assert titles(get("/events/?min=25&max=25")) == {"Yen", "Dollars", "Dinars"}
    assert titles(get("/events/?max=24")) == set()


def test_the_list_is_put_in_order_by_date_price_or_age(get: Get) -> None:
    for title, day, price, published in (("A", 3, 3000, -1), ("B", 1, None, -3), ("C", 2, 500, -2)):
        EventFactory(
            title=title,
            starts_at=in_days(day),
            lowest_price=price,
            published_at=in_days(published).function(),
        )
    assert in_order(get("/events/")) == ["B", "C", "A"]
    assert in_order(get("/events/?sort=price")) == ["C", "A", "B"]
    assert in_order(get("/events/?sort=newest")) == ["A", "C", "B"]
    assert in_order(get("/events/?sort=random()")) == ["B", "C", "A"]


def test_own_days_are_both_included_and_may_be_given_the_wrong_way_round(get: Get) -> None:
    for day in (4, 5, 6, 7):
        EventFactory(title=f"On {day}", starts_at=datetime(2031, 7, day, 18, tzinfo=UTC))
    assert titles(get("/events/?from=2031-07-05&to=2031-07-06")) == {"On 5", "On 6"}
    assert titles(get("/events/?to=2031-07-05&from=2031-07-06")) == {"On 5", "On 6"}
    assert titles(get("/events/?from=2031-07-07")) == {"On 7"}
    assert titles(get("/events/?to=2031-07-04")) == {"On 4"}
    assert titles(get("/events/?when=week&from=2031-07-07")) == set()


@pytest.mark.parametrize("text", ["2031-13-01", "0001-01-01", "9999-12-31", "tomorrow", "2031-07", "\x00"])
def test_days_that_make_no_sense_ask_for_nothing(get: Get, text: str) -> None:
    EventFactory(title="Lantern Walk")
    page = get("/events/", query_string={"from": text, "to": text})
    assert (page.status, titles(page)) == (200, {"Lantern Walk"})


def test_a_search_survives_being_written_into_an_address() -> None:
    search = Search(
        words="a&b", category="x", city="São Paulo", first=date(2031, 1, 2), last=date(2031, 1, 3), lowest=1,
        highest=9, sort="price",
    )  # fmt: skip
    assert search_from(MultiDict(arguments_of(search))) == search
    free = Search(period="week", free=True)
    assert search_from(MultiDict(arguments_of(free))) == free
    assert arguments_of(Search()) == {}


def test_every_filter_has_words_and_a_link_that_takes_it_off(get: Get) -> None:
    EventFactory(category=CategoryFactory(name="Jazz", slug="jazz"), venue=VenueFactory(city="Porto"))
    asked = "q=x&from=2031-07-05&to=2031-07-05&category=jazz&city=Porto&min=3&max=9"
    page = get(f"/events/?{asked}&sort=price")
    for words, gone in (
        ("“x”", {"q"}),
        ("Sat, Jul 5, 2031", {"from", "to"}),
        ("Jazz", {"category"}),
        ("Porto", {"city"}),
        ("Tickets from 3 to 9", {"min", "max"}),
    ):
        left = page.link(words).partition("?")[2].split("&")
        assert {part.partition("=")[0] for part in left} == {
            "q", "from", "to", "category", "city", "min", "max", "sort",
        } - gone  # fmt: skip


def test_a_search_that_finds_nothing_offers_to_drop_what_stands_in_the_way(get: Get, statements: Any) -> None:
    jazz = CategoryFactory(name="Jazz", slug="jazz")
    for _ in range(3):
        EventFactory(category=jazz, venue=VenueFactory(city="Porto"), lowest_price=500)
    EventFactory(venue=VenueFactory(city="Porto"), lowest_price=0)
    with statements() as seen:
        page = get("/events/?category=jazz&city=Porto&price=free")
    ways = [(text, href) for text, href in page.links if text.startswith("Without")]
    assert [text for text, _ in ways] == ["Without Free 3 events", "Without Jazz 1 event"]
    assert ways[0][1] == "/events/?category=jazz&city=Porto"
    assert len(seen) <= 5


def test_one_filter_that_finds_nothing_has_nothing_else_to_drop(get: Get) -> None:
    EventFactory()
    assert not [text for text, _ in get("/events/?city=Nowhere").links if text.startswith("Without")]


def test_pages_of_the_list_keep_order_and_prices(get: Get) -> None:
    for number in range(14):
        EventFactory(lowest_price=1000 + number)
    page = get("/events/?max=50&sort=price")
    assert ("2", "/events/?max=50&sort=price&page=2") in page.links


@pytest.mark.parametrize("asked", ["sort=price", "max=20", "from=2031-07-05", "to=2031-07-05"])
def test_lists_in_another_order_and_of_prices_and_days_are_not_found(get: Get, asked: str) -> None:
    EventFactory(lowest_price=0)
    assert ("meta", {"name": "robots", "content": "noindex, follow"}) in get(f"/events/?{asked}").attributes


def test_the_start_page_shows_one_city_where_the_address_says_so(get: Get, statements: Any) -> None:
    EventFactory(title="Here", venue=VenueFactory(city="Porto"), is_featured=True)
    EventFactory(title="Here too", venue=VenueFactory(city="Porto"))
    EventFactory(title="There", venue=VenueFactory(city="Lisbon"))
    with statements() as seen:
        page = get("/?city=porto")
    assert titles(page) == {"Here", "Here too"}
    assert len(seen) <= 5
    assert page.form("/events/").fields["city"] == "porto"
    assert page.link("See all events") == "/events/?city=porto"
    assert ("meta", {"name": "robots", "content": "noindex, follow"}) in page.attributes


def test_the_start_page_names_the_cities_with_most_events(get: Get) -> None:
    for number in range(10):
        EventFactory(venue=VenueFactory(city=f"Town {number}"))
    for _ in range(2):
        EventFactory(venue=VenueFactory(city="Zagreb"))
    cities = [text for text, href in get("/").links if href.startswith("/?city=")]
    assert len(cities) == 8
    assert "Zagreb" in cities
    assert cities == sorted(cities)


def test_a_city_without_events_offers_the_others(get: Get) -> None:
    EventFactory(title="There")
    page = get("/", query_string={"city": "<Nowhere>"})
    assert "Nothing in <Nowhere> at the moment" in page.text
    assert page.link("Show what is on everywhere") == "/"


def test_a_visitor_starts_no_session_by_narrowing(client: FlaskClient) -> None:
    EventFactory(venue=VenueFactory(city="Porto"))
    for address in ("/?city=Porto", "/events/?city=Porto&max=3&sort=price", "/events/calendar/?city=Porto"):
        assert "Set-Cookie" not in client.get(address).headers


def test_days_begin_at_midnight_of_the_shop() -> None:
    zone = ZoneInfo("America/New_York")
    (first, last) = conditions(Search(first=date(2031, 7, 5), last=date(2031, 7, 5)), clock.now(), zone)
    bounds = [one.right.value for one in (first, last)]  # type: ignore[attr-defined]
    assert bounds == [datetime(2031, 7, 5, tzinfo=zone), datetime(2031, 7, 6, tzinfo=zone)]
    assert bounds[1] - bounds[0] == timedelta(days=1)
