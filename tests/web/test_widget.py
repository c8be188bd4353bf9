"""Tickets on the pages of others: only where they are allowed to be, and knowing nobody."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import Client

from tests.factories import (
    EventDayFactory,
    EventFactory,
    MembershipFactory,
    OfferFactory,
    OrganizationFactory,
    TicketTypeFactory,
    UserFactory,
    in_days,
)
from tests.web.conftest import Get, browser_of
from ticketing import clock
from ticketing.models import Event
from ticketing.models.events import CANCELLED, DRAFT
from ticketing.models.organizations import MANAGER, MEMBER
from ticketing.web.page_cache import PageCache

pytestmark = pytest.mark.usefixtures("db")


def event_of(*origins: str, **details: Any) -> Event:
    """An event whose organization allows these pages."""
    house = OrganizationFactory(widget_origins=list(origins))
    made: Event = EventFactory(slug="lantern-walk", title="Lantern Walk", organization=house, **details)
    return made


def framed_by(client: FlaskClient, address: str = "/widget/lantern-walk") -> tuple[str, str | None]:
    """Who may frame a page: by the policy, and by the older header."""
    answer = client.get(address)
    policy = answer.headers["Content-Security-Policy"]
    (ancestors,) = re.findall(r"frame-ancestors ([^;]*)", policy)
    return ancestors, answer.headers.get("X-Frame-Options")


def test_the_pages_that_the_organization_names_may_frame_it(client: FlaskClient) -> None:
    event_of("https://example.org", "https://shop.example.net:8443")
    assert framed_by(client) == ("https://example.org https://shop.example.net:8443", None)


def test_without_any_named_nobody_may(client: FlaskClient) -> None:
    event_of()
    assert framed_by(client) == ("'none'", None)


@pytest.mark.parametrize(
    "origin",
    [
        "https://a.example; script-src *",
        "*",
        "https://*",
        "data:",
        "'self'",
        "https://a.example/x",
        "HTTPS://A.example",
        "",
        "https://a.example\r\nX: y",
    ],
)
def test_what_is_no_origin_never_gets_into_the_header(client: FlaskClient, origin: str) -> None:
    event_of(origin, "https://example.org")
    assert framed_by(client)[0] == "https://example.org"


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/events/lantern-walk",
        "/events/lantern-walk/tickets",
        "/widget/nothing",
        "/sign-in",
        "/widget.js",
    ],
)
def test_everything_else_stays_out_of_frames(client: FlaskClient, address: str) -> None:
    OfferFactory(event=event_of("https://example.org"))
    assert framed_by(client, address) == ("'none'", "DENY")


def test_it_says_what_there_is_and_what_it_costs(get: Get) -> None:
    event = event_of()
    kind = TicketTypeFactory(event=event, name="Standard", min_purchase=2)
    offer = OfferFactory(event=event, ticket_type=kind, price=2550, size=5)
    OfferFactory(event=event, ticket_type=TicketTypeFactory(event=event, name="Gone"), size=0)
    later = TicketTypeFactory(event=event, name="Late", sales_start_at=in_days(2))
    OfferFactory(event=event, ticket_type=later)
    page = get("/widget/lantern-walk")
    for words in ("Lantern Walk", "Standard", "$25.50", "Only 5 left.", "Sold out", "On sale from"):
        assert words in page.text
    links = {href for text, href in page.links if text.startswith("Get tickets")}
    assert links == {f"http://localhost/events/lantern-walk?offer_{offer.id}=2#tickets"}


def test_every_link_opens_a_window_of_its_own(get: Get) -> None:
    OfferFactory(event=event_of())
    links = [known for tag, known in get("/widget/lantern-walk").attributes if tag == "a"]
    assert len(links) >= 3
    assert {(known["target"], known["rel"]) for known in links} == {("_blank", "noopener")}
    assert all(known["href"].startswith("http://localhost/events/lantern-walk") for known in links)


def test_offers_of_days_and_tiers_are_told_one_by_one(get: Get) -> None:
    event = event_of(pricing_type="tier_and_day")
    kind = TicketTypeFactory(event=event, name="Entry")
    for number in (1, 2):
        day = EventDayFactory(event=event, number=number, name=f"Day {number}", date=date(2031, 7, number))
        for tier, words in ((1, "Floor"), (2, "Balcony")):
            OfferFactory(
                event=event,
                ticket_type=kind,
                day_id=day.id,
                day_name=day.name,
                tier_number=tier,
                tier_name=words,
            )
    text = get("/widget/lantern-walk").text
    assert text.count("Get tickets") == 4
    assert "Balcony – Day 2" in text


@pytest.mark.parametrize(
    ("details", "words"),
    [
        ({"status": CANCELLED, "published_at": clock.now()}, "cancelled"),
        ({"starts_at": in_days(-3)}, "This event is over."),
        ({}, "sold out"),
    ],
    ids=["cancelled", "over", "sold out"],
)
def test_an_event_that_sells_nothing_says_why(get: Get, details: dict[str, Any], words: str) -> None:
    OfferFactory(event=event_of(**details), size=0)
    page = get("/widget/lantern-walk")
    assert words in page.text
    assert "Get tickets" not in page.text


def test_drafts_are_shown_to_nobody_not_even_to_their_own(app: Flask, client: FlaskClient) -> None:
    event = event_of(status=DRAFT)
    member = UserFactory()
    MembershipFactory(organization=event.organization, user=member)
    assert client.get("/widget/lantern-walk").status_code == 404
    assert browser_of(app, member).get("/widget/lantern-walk").status_code == 404


def test_it_starts_no_session_and_is_no_page_for_search_engines(client: FlaskClient, get: Get) -> None:
    OfferFactory(event=event_of())
    answer = client.get("/widget/lantern-walk")
    assert "Set-Cookie" not in answer.headers
    assert "csrf" not in answer.text
    assert ("meta", {"name": "robots", "content": "noindex"}) in get("/widget/lantern-walk").attributes


def test_it_is_kept_for_the_next_visitor(app: Flask, statements: Any) -> None:
    OfferFactory(event=event_of("https://example.org"))
    visitor = Client(PageCache(app.wsgi_app, 60), use_cookies=False)
    first = visitor.get("/widget/lantern-walk")
    with statements() as seen:
        second = visitor.get("/widget/lantern-walk")
    assert len(seen) == 0
    assert second.headers["Content-Security-Policy"] == first.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in second.headers


def test_it_needs_as_many_statements_for_many_offers_as_for_one(get: Get, statements: Any) -> None:
    event = event_of()
    OfferFactory(event=event)

    def visit() -> int:
        with statements() as seen:
            get("/widget/lantern-walk")
        return len(seen)

    few = visit()
    for _ in range(8):
        OfferFactory(event=event)
    assert visit() == few <= 2


@pytest.mark.parametrize(
    ("asked", "theme"), [("", "light"), ("?theme=dark", "dark"), ("?theme=pink", "light")]
)
def test_its_colours_are_those_that_are_asked_for(client: FlaskClient, asked: str, theme: str) -> None:
    event_of()
    page = client.get(f"/widget/lantern-walk{asked}").text
    assert f'data-bs-theme="{theme}"' in page
    assert ("dark.css" in page) is (theme == "dark")


def test_the_script_may_be_fetched_by_everybody_and_kept_for_an_hour(client: FlaskClient) -> None:
    answer = client.get("/widget.js")
    assert (answer.status_code, answer.mimetype) == (200, "text/javascript")
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert "Set-Cookie" not in answer.headers


def test_the_line_to_copy_names_the_event_and_breaks_out_of_nothing(app: Flask) -> None:
    event = event_of("https://example.org")
    event.title = '"><script>alert(1)</script>'
    manager = UserFactory()
    MembershipFactory(organization=event.organization, user=manager, role=MANAGER)
    OfferFactory(event=event)
    answer = browser_of(app, manager).get(f"/organizer/events/{event.uuid}/embedding")
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    # What is copied out of the page is escaped once more.
    assert "data-event=&#34;lantern-walk&#34;" in answer.text
    assert "data-title=&#34;&amp;#34;&amp;gt;&amp;lt;script&amp;gt;alert(1)" in answer.text
    assert "https://example.org" in answer.text


def test_only_those_who_manage_the_event_get_the_line(app: Flask, client: FlaskClient) -> None:
    event = event_of()
    member = UserFactory()
    MembershipFactory(organization=event.organization, user=member, role=MEMBER)
    address = f"/organizer/events/{event.uuid}/embedding"
    assert client.get(address).status_code == 303
    assert browser_of(app, UserFactory()).get(address).status_code == 404
    assert browser_of(app, member).get(address).status_code == 403


def test_the_page_with_the_line_needs_few_statements(app: Flask, statements: Any) -> None:
    event = event_of()
    manager = UserFactory()
    MembershipFactory(organization=event.organization, user=manager, role=MANAGER)
    browser = browser_of(app, manager)

    def visit() -> int:
        with statements() as seen:
            assert browser.get(f"/organizer/events/{event.uuid}/embedding").status_code == 200
        return len(seen)

    OfferFactory(event=event)
    few = visit()
    for _ in range(5):
        OfferFactory(event=event)
    assert visit() == few <= 12
