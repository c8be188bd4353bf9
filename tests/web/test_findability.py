"""What search engines, feed readers, calendars and whoever shares a link are told: the truth, and of public
events only."""

from __future__ import annotations

import gzip
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree as Xml

import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar
from werkzeug.test import Client

from tests.factories import (
    CategoryFactory,
    EventFactory,
    OfferFactory,
    OrganizationFactory,
    TicketTypeFactory,
    VenueFactory,
    in_days,
)
from tests.web.conftest import Get
from tests.web.page import Page
from ticketing import clock
from ticketing.models import Event
from ticketing.models.events import CANCELLED, DRAFT
from ticketing.queries import feeds
from ticketing.web import findability
from ticketing.web.page_cache import PageCache

_LOC = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
_DATA = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)
HOME = "http://localhost"


def told(page: Page) -> Any:
    """The one data block of a page."""
    (text,) = _DATA.findall(page.html)
    return orjson.loads(text)


def event_of(get: Get, event: Event) -> Any:
    return told(get(f"/events/{event.slug}"))


def offers_of(get: Get, event: Event) -> Any:
    return event_of(get, event)["offers"]


def metas(page: Page) -> dict[str, str]:
    """What a page says of itself to others: ``og:…`` and ``twitter:…``, robots and canonical."""
    known = {
        attributes.get("property") or attributes.get("name", ""): attributes["content"]
        for tag, attributes in page.attributes
        if tag == "meta" and "content" in attributes
    }
    links = {value["rel"]: value["href"] for tag, value in page.attributes if tag == "link"}
    return known | ({"canonical": links["canonical"]} if "canonical" in links else {})


def mapped(client: FlaskClient) -> dict[str, str | None]:
    """``{address: lastmod}`` of the site map."""
    answer = client.get("/sitemap.xml")
    assert (answer.status_code, answer.mimetype) == (200, "application/xml")
    root = Xml.fromstring(answer.data)
    assert root.tag == f"{_LOC}urlset"
    return {str(node.findtext(f"{_LOC}loc")): node.findtext(f"{_LOC}lastmod") for node in root}


def items(client: FlaskClient, query: str = "") -> list[Xml.Element]:
    answer = client.get(f"/events/feed.xml{query}")
    assert (answer.status_code, answer.mimetype) == (200, "application/rss+xml")
    return Xml.fromstring(answer.data).findall("channel/item")


def titles(client: FlaskClient, query: str = "") -> list[str | None]:
    return [item.findtext("title") for item in items(client, query)]


def entries(client: FlaskClient, query: str = "") -> list[Any]:
    answer = client.get(f"/events/feed.ics{query}")
    assert (answer.status_code, answer.mimetype) == (200, "text/calendar")
    return Calendar.from_ical(answer.data).walk("VEVENT")


def hidden() -> set[str]:
    """Makes an event of each kind that is not for everybody to find; their slugs."""
    EventFactory(slug="a-draft", status=DRAFT)
    EventFactory(slug="an-unlisted", is_unlisted=True)
    EventFactory(slug="a-cancelled", status=CANCELLED, published_at=clock.now())
    EventFactory(slug="a-past", starts_at=in_days(-2))
    return {"a-draft", "an-unlisted", "a-cancelled", "a-past"}


# --- Structured data ---


def test_an_event_is_told_with_its_own_offset_place_and_organizer(get: Get) -> None:
    venue = VenueFactory(
        name="Orangery", city="Berlin", state="BE", postal_code="14059", latitude="52.520800",
        longitude="13.295700",
    )  # fmt: skip
    event = EventFactory(
        title="Night", short_description="A long one.", timezone="Europe/Berlin", venue=venue,
        organization=OrganizationFactory(name="Spree Sounds", slug="spree"), age_restriction=18,
        starts_at=datetime(2031, 7, 5, 17, 30, tzinfo=UTC),
    )  # fmt: skip
    found = event_of(get, event)
    assert (found["@context"], found["@type"], found["name"]) == ("https://schema.org", "Event", "Night")
    assert (found["startDate"], found["endDate"]) == (
        "2031-07-05T19:30:00+02:00",
        "2031-07-05T22:30:00+02:00",
    )
    assert found["eventStatus"] == "https://schema.org/EventScheduled"
    assert (found["description"], found["typicalAgeRange"]) == ("A long one.", "18-")
    assert found["organizer"] == {
        "@type": "Organization", "name": "Spree Sounds", "url": f"{HOME}/o/spree",
    }  # fmt: skip
    assert found["location"]["name"] == "Orangery"
    assert found["location"]["address"] == {
        "@type": "PostalAddress", "streetAddress": "1 Main Street", "addressLocality": "Berlin",
        "addressRegion": "BE", "postalCode": "14059", "addressCountry": "Portugal",
    }  # fmt: skip
    assert found["location"]["geo"]["latitude"] == 52.5208


def test_in_winter_the_same_zone_has_another_offset(get: Get) -> None:
    event = EventFactory(timezone="Europe/Berlin", starts_at=datetime(2031, 1, 5, 17, 30, tzinfo=UTC))
    assert event_of(get, event)["startDate"] == "2031-01-05T18:30:00+01:00"


@pytest.mark.parametrize(
    ("currency", "minor", "price"),
    [("USD", 2550, "25.50"), ("JPY", 1800, "1800.00"), ("KWD", 12345, "12.345"), ("USD", 0, "0.00")],
)
def test_a_price_is_told_as_its_currency_counts(get: Get, currency: str, minor: int, price: str) -> None:
    event = EventFactory(organization=OrganizationFactory(currency=currency))
    OfferFactory(event=event, price=minor)
    (offer,) = offers_of(get, event)
    assert (offer["price"], offer["priceCurrency"]) == (price, currency)
    assert offer["url"] == f"{HOME}/events/{event.slug}"


@pytest.mark.parametrize(
    ("stock", "opens", "closes", "word"),
    [
        (5, -1, 9, "InStock"),
        (0, -1, 9, "SoldOut"),
        (5, 2, 9, "PreOrder"),
        (5, -3, -1, "OutOfStock"),
    ],
    ids=["open", "sold out", "not yet", "no more"],
)
def test_availability_is_what_the_page_says(
    get: Get, stock: int, opens: float, closes: float, word: str
) -> None:
    event = EventFactory()
    kind = TicketTypeFactory(event=event, sales_start_at=in_days(opens), sales_end_at=in_days(closes))
    OfferFactory(ticket_type=kind, size=stock)
    (offer,) = offers_of(get, event)
    assert offer["availability"] == f"https://schema.org/{word}"
    assert datetime.fromisoformat(offer["validFrom"]) == kind.sales_start_at.replace(microsecond=0)
    assert datetime.fromisoformat(offer["validThrough"]) == kind.sales_end_at.replace(microsecond=0)


def test_an_offer_without_a_window_is_valid_from_when_the_event_was_published(get: Get) -> None:
    event = EventFactory(published_at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC), timezone="Asia/Tokyo")
    OfferFactory(event=event)
    (offer,) = offers_of(get, event)
    assert offer["validFrom"] == "2026-01-02T12:04:00+09:00"
    assert datetime.fromisoformat(offer["validThrough"]) == event.ends_at.replace(microsecond=0)


def test_nothing_of_a_cancelled_event_can_be_had(get: Get) -> None:
    event = EventFactory(status=CANCELLED, published_at=clock.now())
    OfferFactory(event=event)
    found = event_of(get, event)
    assert found["eventStatus"] == "https://schema.org/EventCancelled"
    assert found["offers"][0]["availability"] == "https://schema.org/OutOfStock"


def test_nothing_of_an_event_that_is_over_can_be_had(get: Get) -> None:
    event = EventFactory(starts_at=in_days(-2))
    OfferFactory(event=event)
    assert offers_of(get, event)[0]["availability"] == "https://schema.org/OutOfStock"


def test_an_event_that_sells_nothing_yet_offers_nothing(get: Get) -> None:
    assert "offers" not in event_of(get, EventFactory())


def test_many_prices_are_told_as_their_span(get: Get) -> None:
    event = EventFactory()
    for number in range(12):
        OfferFactory(event=event, price=1000 + number * 100, size=0 if number else 3)
    found = offers_of(get, event)
    assert (found["@type"], found["offerCount"]) == ("AggregateOffer", 12)
    assert (found["lowPrice"], found["highPrice"]) == ("10.00", "21.00")
    assert found["availability"] == "https://schema.org/InStock"


NASTY = "</script><script>alert(1)</script><!-- \"'& \u2028 ]]>"


def test_nothing_in_a_text_breaks_out_of_the_data(get: Get) -> None:
    event = EventFactory(
        title=NASTY, short_description=NASTY, venue=VenueFactory(name=NASTY),
        organization=OrganizationFactory(name=NASTY),
    )  # fmt: skip
    OfferFactory(ticket_type=TicketTypeFactory(event=event, name=NASTY))
    page = get(f"/events/{event.slug}")
    found = told(page)
    assert (found["name"], found["location"]["name"], found["organizer"]["name"]) == (NASTY,) * 3
    assert found["offers"][0]["name"] == NASTY
    assert "<script>alert" not in page.html
    assert metas(page)["og:title"] == NASTY
    assert [known for tag, known in page.attributes if tag == "script" and "src" not in known] == [
        {"type": "application/ld+json"}
    ]


def test_an_unlisted_event_is_told_to_no_search_engine(get: Get) -> None:
    event = EventFactory(is_unlisted=True)
    page = get(f"/events/{event.slug}")
    assert _DATA.findall(page.html) == []
    assert "canonical" not in metas(page)
    assert metas(page)["og:title"] == event.title  # whoever has the link may share it


# --- One address, and a card ---


def test_an_event_page_has_one_address_and_a_card_with_its_share_image(get: Get) -> None:
    event = EventFactory(title="Night", short_description="A long one.", banner_image="covers/a b.webp")
    said = metas(get(f"/events/{event.slug}?utm_source=somewhere"))
    assert said["canonical"] == said["og:url"] == f"{HOME}/events/{event.slug}"
    assert (said["og:title"], said["og:description"]) == ("Night", "A long one.")
    assert said["og:image"].startswith(f"{HOME}/events/{event.slug}/share.png?v=")
    assert said["twitter:image"] == said["og:image"]
    assert (said["og:image:width"], said["og:image:height"]) == ("1200", "630")
    assert said["og:image:alt"] == said["twitter:image:alt"] == "Night"
    assert said["twitter:card"] == "summary_large_image"
    assert event_of(get, event)["image"] == [f"{HOME}/media/covers/a%20b.webp"]


def test_a_picture_that_lies_elsewhere_keeps_its_address(get: Get) -> None:
    event = EventFactory(thumbnail_image="https://pictures.example/a.png")
    assert event_of(get, event)["image"] == ["https://pictures.example/a.png"]


def test_lists_have_a_small_card(get: Get) -> None:
    EventFactory()
    for address in ("/", "/events/", "/events/calendar/"):
        said = metas(get(address))
        assert "og:image" not in said
        assert said["twitter:card"] == "summary"


@pytest.mark.parametrize("base", ["https://tickets.example", "https://tickets.example/shop"])
def test_addresses_are_the_public_ones_whatever_host_is_asked(
    app: Flask, client: FlaskClient, get: Get, monkeypatch: pytest.MonkeyPatch, base: str
) -> None:
    event = EventFactory(banner_image="a.webp")
    monkeypatch.setitem(app.config, "PUBLIC_BASE_URL", base)
    said = metas(get(f"/events/{event.slug}", headers={"Host": "10.0.0.7:8000"}))
    assert said["canonical"] == f"{base}/events/{event.slug}"
    assert said["og:image"].startswith(f"{base}/events/{event.slug}/share.png?v=")
    assert all(address.startswith(f"{base}/") for address in mapped(client))
    assert items(client)[0].findtext("link") == f"{base}/events/{event.slug}"
    assert f"Sitemap: {base}/sitemap.xml" in client.get("/robots.txt").text
    assert entries(client)[0]["UID"] == f"event-{event.uuid}@tickets.example"


@pytest.mark.parametrize(
    ("asked", "canonical"),
    [
        ("", "/events/"),
        ("?utm_source=x", "/events/"),
        ("?page=1", "/events/"),
        ("?page=99", "/events/"),
        ("?category=walks&q=", "/events/?category=walks"),
        ("?city=Lisbon", "/events/?city=Lisbon"),
        ("?price=free", "/events/?price=free"),
    ],
)
def test_a_list_with_at_most_one_filter_is_found(get: Get, asked: str, canonical: str) -> None:
    OfferFactory(event=EventFactory(category=CategoryFactory(name="Walks", slug="walks"), lowest_price=0))
    said = metas(get(f"/events/{asked}"))
    assert "robots" not in said
    assert said["canonical"] == f"{HOME}{canonical}"


@pytest.mark.parametrize(
    "asked",
    ["q=evening", "category=walks&city=Lisbon", "category=walks&when=month", "city=Nowhere", "category=x"],
)
def test_searches_several_filters_and_lists_of_nothing_are_not_found(get: Get, asked: str) -> None:
    EventFactory(title="Evening", category=CategoryFactory(slug="walks"))
    said = metas(get(f"/events/?{asked}"))
    assert said["robots"] == "noindex, follow"
    assert "canonical" not in said


def test_a_list_is_called_by_what_it_shows(get: Get) -> None:
    EventFactory(category=CategoryFactory(name="Walks", slug="walks"))
    assert "<title>Walks · Lisbon · Foyer</title>" in get("/events/?category=walks&city=Lisbon").html
    assert metas(get("/events/?category=walks"))["og:title"] == "Walks"
    assert "<title>All events · Foyer</title>" in get("/events/").html


def test_the_start_page_has_one_address(get: Get) -> None:
    said = metas(get("/?ref=x"))
    assert (said["canonical"], said["og:url"]) == (f"{HOME}/", f"{HOME}/")
    assert "robots" not in said


@pytest.mark.parametrize("address", ["/sign-in", "/sign-up", "/forgotten-password", "/checkout/{slug}"])
def test_pages_that_are_no_programme_are_not_found(get: Get, address: str) -> None:
    event = OfferFactory().event
    assert metas(get(address.format(slug=event.slug)))["robots"] == "noindex"


@pytest.mark.parametrize("address", ["/account/", "/bookings/", "/tickets/", "/organizer/"])
def test_pages_of_one_person_are_not_found(signed_in: FlaskClient, address: str) -> None:
    assert metas(Page(signed_in.get(address)))["robots"] == "noindex"


def test_what_is_told_to_others_weighs_little(get: Get) -> None:
    event = EventFactory(short_description="word " * 90, banner_image="a.webp")
    for number in range(10):
        OfferFactory(ticket_type=TicketTypeFactory(event=event, name=f"Section {number}, row {number * 7}"))
    whole = get(f"/events/{event.slug}").html
    bare = _DATA.sub(
        "", re.sub(r"<(meta property|meta name=.twitter|link rel=.(alternate|canon))[^>]*>", "", whole)
    )
    assert len(whole) - len(bare) > 2000
    assert len(gzip.compress(whole.encode())) - len(gzip.compress(bare.encode())) < 1200


# --- Site map and robots ---


def test_the_site_map_names_public_pages_and_when_they_changed(client: FlaskClient) -> None:
    category, organizer = CategoryFactory(slug="walks"), OrganizationFactory(slug="spree")
    changed = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    event = EventFactory(category=category, organization=organizer, updated_at=changed)
    later = EventFactory(category=None, organization=organizer, updated_at=changed + timedelta(days=1))
    hidden()
    assert mapped(client) == {
        f"{HOME}/": "2026-03-05T05:06:07+00:00",
        f"{HOME}/events/": "2026-03-05T05:06:07+00:00",
        f"{HOME}/events/?category=walks": "2026-03-04T05:06:07+00:00",
        f"{HOME}/o/spree": "2026-03-05T05:06:07+00:00",
        f"{HOME}/events/{event.slug}": "2026-03-04T05:06:07+00:00",
        f"{HOME}/events/{later.slug}": "2026-03-05T05:06:07+00:00",
    }


def test_a_category_out_of_use_is_not_in_the_site_map(client: FlaskClient) -> None:
    EventFactory(category=CategoryFactory(slug="walks", is_active=False))
    assert not [address for address in mapped(client) if "category" in address]


def test_every_address_of_the_site_map_is_a_page_that_may_be_found(client: FlaskClient, get: Get) -> None:
    EventFactory()
    hidden()
    for address in mapped(client):
        said = metas(get(address.removeprefix(HOME)))
        assert said["canonical"] == address
        assert "robots" not in said


def test_a_site_map_of_nothing_is_one_still(client: FlaskClient) -> None:
    assert mapped(client) == {f"{HOME}/": None, f"{HOME}/events/": None}


def test_the_site_map_holds_no_more_than_it_may(app: Flask) -> None:
    for _ in range(4):
        EventFactory()
    found = feeds.mapped(6)
    assert [len(rows) for rows in (found.categories, found.events, found.organizers)] == [4, 2, 0]


def test_the_same_few_statements_make_any_site_map(client: FlaskClient, statements: Any) -> None:
    def visit() -> int:
        with statements() as seen:
            mapped(client)
        return len(seen)

    EventFactory()
    few = visit()
    for _ in range(6):
        EventFactory()
    assert visit() == few <= 3


def test_a_site_map_is_made_once_a_minute_whoever_asks(
    app: Flask, client: FlaskClient, statements: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "PAGE_CACHE_SECONDS", 1.0)
    monkeypatch.setitem(app.extensions, "site_maps", {})
    first = client.get("/sitemap.xml").data
    event = EventFactory()
    with statements() as asked:
        assert client.get("/sitemap.xml?x=1", headers={"Accept-Language": "de"}).data == first
    assert len(asked) == 0
    assert event.slug in client.get("/sitemap.xml", headers={"Host": "other.example"}).text
    monkeypatch.setattr(findability, "_MAP_SECONDS", -1.0)
    monkeypatch.setitem(app.extensions, "site_maps", {})
    client.get("/sitemap.xml")
    later = EventFactory()
    assert later.slug in client.get("/sitemap.xml").text


def test_only_so_many_site_maps_are_kept(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "PAGE_CACHE_SECONDS", 1.0)
    monkeypatch.setitem(app.extensions, "site_maps", {})
    for number in range(9):
        assert client.get("/sitemap.xml", headers={"Host": f"host{number}.example"}).status_code == 200
    assert len(app.extensions["site_maps"]) <= 4


def test_robots_are_kept_from_what_is_private_and_shown_the_rest(client: FlaskClient) -> None:
    answer = client.get("/robots.txt")
    assert (answer.status_code, answer.mimetype) == (200, "text/plain")
    rules = RobotFileParser()
    rules.parse(answer.text.splitlines())
    closed = (
        "checkout/x",
        "account/",
        "organizer/",
        "checkin/",
        "staff/activity/",
        "api/v1/events/",
        "tickets/",
    )
    assert [path for path in closed if rules.can_fetch("a", f"/{path}")] == []
    open_ = ("", "events/", "events/a-night", "o/spree", "api/docs/", "media/a.webp", "static/css/app.css")
    assert [path for path in open_ if not rules.can_fetch("a", f"/{path}")] == []
    assert rules.site_maps() == [f"{HOME}/sitemap.xml"]


def test_robots_are_kept_from_every_page_that_asks_to_sign_in(app: Flask, client: FlaskClient) -> None:
    rules = RobotFileParser()
    rules.parse(client.get("/robots.txt").text.splitlines())
    free = ("/", "/events", "/o/", "/static/", "/media/", "/api/", "/robots", "/sitemap", "/widget")
    service = ("/healthz", "/readyz", "/metrics")
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and not (rule.rule == "/" or rule.rule.startswith(free[1:])):
            assert rule.rule in service or not rules.can_fetch("a", rule.rule.split("<")[0]), rule.rule


# --- Feeds ---


def test_rss_tells_of_upcoming_events_soonest_first(client: FlaskClient) -> None:
    late = EventFactory(title="Late", starts_at=in_days(9))
    soon = EventFactory(
        title="Fish & <chips>", starts_at=datetime(2031, 7, 5, 17, 30, tzinfo=UTC), timezone="Europe/Berlin",
        category=CategoryFactory(name="Food & drink"), short_description="Salt\n& <vinegar>",
        venue=VenueFactory(name="Quay <1>", city="Hull"), published_at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
    )  # fmt: skip
    hidden()
    assert titles(client) == ["Late", "Fish & <chips>"]
    item = items(client)[1]
    assert item.findtext("link") == f"{HOME}/events/{soon.slug}"
    assert item.findtext("guid") == f"urn:uuid:{soon.uuid}"
    assert item.findtext("pubDate") == "Fri, 02 Jan 2026 03:04:00 GMT"
    assert item.findtext("category") == "Food & drink"
    summary = str(item.findtext("description"))
    assert "7:30" in summary
    assert "Quay &lt;1&gt;, Hull" in summary
    assert "<br>&amp; &lt;vinegar&gt;" in summary
    assert items(client)[0].findtext("link") == f"{HOME}/events/{late.slug}"


def test_letters_that_xml_cannot_hold_are_left_out(client: FlaskClient) -> None:
    EventFactory(title="a\x08b\x1b\uffffc")
    assert titles(client) == ["abc"]


def test_the_calendar_feed_is_read_by_a_calendar(client: FlaskClient) -> None:
    event = EventFactory(
        title="Night", timezone="Europe/Berlin", starts_at=datetime(2031, 7, 5, 17, 30, tzinfo=UTC),
        short_description="A long one.", venue=VenueFactory(name="Orangery", address="1 Park", city="Berlin"),
    )  # fmt: skip
    hidden()
    (entry,) = entries(client)
    assert (entry["SUMMARY"], entry["LOCATION"]) == ("Night", "Orangery, 1 Park, Berlin")
    assert entry["DTSTART"].dt.isoformat() == "2031-07-05T19:30:00+02:00"
    assert entry["URL"] == f"{HOME}/events/{event.slug}"
    assert entry["UID"] == f"event-{event.uuid}@localhost"
    assert "A long one." in entry["DESCRIPTION"]


@pytest.mark.parametrize("query", ["?category=walks", "?organizer=spree", "?category=walks&organizer=spree"])
def test_a_feed_may_be_of_a_category_of_an_organizer_or_of_both(client: FlaskClient, query: str) -> None:
    walks, spree = (
        CategoryFactory(name="Walks", slug="walks"),
        OrganizationFactory(name="Spree", slug="spree"),
    )
    both = EventFactory(title="Both", category=walks, organization=spree)
    other = EventFactory(title="Other", organization=spree if "category" in query else both.organization)
    wanted = {"Both"} if "category" in query else {"Both", other.title}
    EventFactory(title="Neither")
    assert set(titles(client, query)) == wanted == {str(entry["SUMMARY"]) for entry in entries(client, query)}


@pytest.mark.parametrize("form", ["xml", "ics"])
@pytest.mark.parametrize(
    "query",
    ["category=nothing", "category=walks&organizer=nobody", "organizer=drafts", "organizer=a%00b",
     "category=%00", "category=old"],
)  # fmt: skip
def test_a_feed_of_what_is_not_known_is_not_there(client: FlaskClient, form: str, query: str) -> None:
    CategoryFactory(slug="walks")
    CategoryFactory(slug="old", is_active=False)
    EventFactory(status=DRAFT, organization=OrganizationFactory(slug="drafts"))
    assert client.get(f"/events/feed.{form}?{query}").status_code == 404


def test_a_feed_of_nothing_is_one_still(client: FlaskClient) -> None:
    CategoryFactory(slug="walks")
    assert titles(client, "?category=walks") == entries(client, "?category=walks") == []


def test_a_feed_says_whose_it_is_and_where_it_lives(client: FlaskClient) -> None:
    event = EventFactory(
        category=CategoryFactory(name="Walks", slug="walks"),
        organization=OrganizationFactory(name="Spree", slug="spree"),
    )
    answer = client.get("/events/feed.xml?organizer=spree&category=walks&utm=x")
    channel = Xml.fromstring(answer.data).find("channel")
    assert channel is not None
    assert (channel.findtext("title"), channel.findtext("link")) == (
        "Walks by Spree · Foyer",
        f"{HOME}/o/spree",
    )
    own = channel.find("{http://www.w3.org/2005/Atom}link")
    assert own is not None
    assert own.get("href") == f"{HOME}/events/feed.xml?category=walks&organizer=spree"
    assert channel.findtext("lastBuildDate") == f"{event.updated_at:%a, %d %b %Y %H:%M:%S} GMT"
    assert titles(client, "?organizer=+spree+") == [event.title]


def test_a_feed_ends_somewhere(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        EventFactory(title=f"{number}", starts_at=in_days(number + 1))
    monkeypatch.setattr(feeds, "_UPCOMING", feeds._UPCOMING.limit(2))
    assert titles(client) == ["0", "1"]
    assert feeds.MOST_IN_FEED == 100


@pytest.mark.parametrize("form", ["xml", "ics"])
def test_the_same_few_statements_make_any_feed(client: FlaskClient, statements: Any, form: str) -> None:
    walks, spree = CategoryFactory(slug="walks"), OrganizationFactory(slug="spree")
    query = "?category=walks&organizer=spree"

    def visit() -> int:
        with statements() as seen:
            assert client.get(f"/events/feed.{form}{query}").status_code == 200
        return len(seen)

    EventFactory(category=walks, organization=spree)
    few = visit()
    for _ in range(6):
        EventFactory(category=walks, organization=spree)
    assert visit() == few <= 3


@pytest.mark.parametrize(
    ("address", "query"),
    [("/", ""), ("/events/", ""), ("/events/?category=walks&city=Lisbon", "?category=walks"),
     ("/events/?category=unknown", ""), ("/events/a-walk", "?organizer=spree")],
)  # fmt: skip
def test_a_page_leads_to_its_feeds(client: FlaskClient, get: Get, address: str, query: str) -> None:
    walks = CategoryFactory(slug="walks")
    EventFactory(slug="a-walk", category=walks, organization=OrganizationFactory(slug="spree"))
    found = {
        known["type"]: known["href"]
        for tag, known in get(address).attributes
        if tag == "link" and known["rel"] == "alternate"
    }
    assert found == {
        "application/rss+xml": f"/events/feed.xml{query}",
        "text/calendar": f"/events/feed.ics{query}",
    }
    assert [client.get(feed).status_code for feed in found.values()] == [200, 200]


# --- As cacheable as the pages beside them ---

_ADDRESSES = [
    "/sitemap.xml",
    "/robots.txt",
    "/events/feed.xml",
    "/events/feed.ics?organizer=spree",
    "/o/spree",
]


@pytest.mark.parametrize("address", _ADDRESSES)
def test_what_is_public_is_made_once_for_all_and_sets_no_cookie(
    app: Flask, statements: Any, address: str
) -> None:
    EventFactory(organization=OrganizationFactory(slug="spree"))
    visitor = Client(PageCache(app.wsgi_app, 60), use_cookies=False)
    first = visitor.get(address)
    assert first.status_code == 200
    assert "Set-Cookie" not in first.headers
    with statements() as asked:
        assert visitor.get(address).data == first.data
    assert len(asked) == 0


@pytest.mark.parametrize("address", ["/o/nobody", "/events/feed.xml?organizer=nobody"])
def test_what_is_not_there_is_not_kept(app: Flask, address: str) -> None:
    cache = PageCache(app.wsgi_app, 60)
    assert Client(cache, use_cookies=False).get(address).status_code == 404
    assert not cache._pages
