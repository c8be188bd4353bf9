"""An organizer's public page: who they are, what comes, what was. Nothing that is not public."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import EventFactory, OfferFactory, OrganizationFactory, in_days, member_of
from tests.web.conftest import Get, browser_of
from tests.web.page import Page
from ticketing.extensions import db
from ticketing.models import Organization, User
from ticketing.models.events import CANCELLED, DRAFT
from ticketing.web.organizations import safe_website


@pytest.fixture
def spree(app: Flask) -> Organization:
    """An organizer."""
    return OrganizationFactory(
        name="Spree Sounds",
        slug="spree",
        description="Music\n\nby the <river>",
        website="https://www.spree.example/",
    )


def titles(page: Page) -> list[str]:
    """The events that a page lists, in order."""
    return [text for text, href in page.links if re.match(r"/events/[\w-]+$", href)]


def test_the_page_says_who_the_organizer_is(get: Get, spree: Organization) -> None:
    EventFactory(organization=spree)
    page = get("/o/spree")
    assert page.status == 200
    assert page.headings[0] == "Spree Sounds"
    assert "<p>by the &lt;river&gt;</p>" in page.html
    assert "office@example.org" not in page.html
    known = next(known for tag, known in page.attributes if known.get("href") == "https://www.spree.example/")
    assert known["rel"] == "nofollow noopener ugc"
    assert "spree.example" in page.text


def test_what_is_to_come_is_listed_soonest_first(get: Get, spree: Organization) -> None:
    EventFactory(title="Later", organization=spree, starts_at=in_days(9))
    EventFactory(title="Soon", organization=spree, starts_at=in_days(1))
    EventFactory(title="Under way", organization=spree, starts_at=in_days(-0.05))
    EventFactory(title="Of others")
    assert titles(get("/o/spree")) == ["Under way", "Soon", "Later"]


def test_what_is_over_is_listed_latest_first_and_apart(get: Get, spree: Organization) -> None:
    EventFactory(title="Coming", organization=spree)
    EventFactory(title="Long ago", organization=spree, starts_at=in_days(-90))
    EventFactory(title="Lately", organization=spree, starts_at=in_days(-3))
    page = get("/o/spree")
    assert titles(page) == ["Coming"]
    assert titles(get(page.link("Past"))) == ["Lately", "Long ago"]


def test_nobody_is_hurried_to_what_is_over(get: Get, spree: Organization) -> None:
    past = EventFactory(organization=spree, starts_at=in_days(-9))
    OfferFactory(event=past, quota__sold=100)
    coming = EventFactory(organization=spree)
    OfferFactory(event=coming, quota__sold=100)
    assert "Sold out" in get("/o/spree").text
    assert "Sold out" not in get("/o/spree?when=past").text


@pytest.mark.parametrize("address", ["/o/spree", "/o/spree?when=past"])
def test_drafts_unlisted_and_cancelled_events_are_on_neither_list(
    get: Get, spree: Organization, address: str
) -> None:
    for day in (-5, 5):
        EventFactory(title="Shown", organization=spree, starts_at=in_days(day))
        EventFactory(title="Draft", organization=spree, starts_at=in_days(day), status=DRAFT)
        EventFactory(title="Unlisted", organization=spree, starts_at=in_days(day), is_unlisted=True)
        EventFactory(
            title="Cancelled",
            organization=spree,
            starts_at=in_days(day),
            status=CANCELLED,
            published_at=in_days(-9),
        )
    page = get(address)
    assert titles(page) == ["Shown"]
    assert not [word for word in ("Draft", "Unlisted", "Cancelled") if word in page.text]


@pytest.mark.parametrize("slug", ["nobody", "drafts", "dropped", "idle", "a%00b", "x" * 400])
def test_whoever_has_put_on_nothing_has_no_page(get: Get, slug: str) -> None:
    EventFactory(status=DRAFT, organization=OrganizationFactory(slug="drafts"))
    EventFactory(status=CANCELLED, organization=OrganizationFactory(slug="dropped"))  # before anybody saw it
    OrganizationFactory(slug="idle")
    assert get(f"/o/{slug}").status == 404


def test_not_even_its_owner_has_a_page_of_drafts(app: Flask, spree: Organization) -> None:
    EventFactory(status=DRAFT, organization=spree)
    owner = db.session.get_one(User, member_of(spree).user_id)
    assert browser_of(app, owner).get("/o/spree").status_code == 404


def test_an_event_leads_to_its_organizer_and_a_draft_to_nobody(
    app: Flask, get: Get, spree: Organization
) -> None:
    shown = EventFactory(organization=spree)
    assert get(get(f"/events/{shown.slug}").link("Spree Sounds")).headings[0] == "Spree Sounds"
    unlisted = EventFactory(is_unlisted=True, organization=OrganizationFactory(name="Whispers"))
    assert get(get(f"/events/{unlisted.slug}").link("Whispers")).status == 200
    draft = EventFactory(status=DRAFT, organization=spree)
    owner = db.session.get_one(User, member_of(spree).user_id)
    page = Page(browser_of(app, owner).get(f"/events/{draft.slug}"))
    assert page.status == 200
    assert not [href for _, href in page.links if href.startswith("/o/")]
    assert "application/ld+json" not in page.html
    assert "og:title" not in page.html


def test_a_page_without_public_events_is_kept_out_of_search_engines(get: Get, spree: Organization) -> None:
    EventFactory(organization=spree, is_unlisted=True)
    page = get("/o/spree")
    assert ("meta", {"name": "robots", "content": "noindex"}) in page.attributes
    assert 'rel="canonical"' not in page.html
    assert "Nothing announced at the moment" in page.text


def test_pages_of_the_list_have_their_own_address(get: Get, spree: Organization) -> None:
    for number in range(13):
        EventFactory(organization=spree, starts_at=in_days(-number - 1))
    page = get("/o/spree?when=past&page=2")
    assert len(titles(page)) == 1
    assert '<link rel="canonical" href="http://localhost/o/spree?when=past&amp;page=2">' in page.html
    assert (
        '<link rel="canonical" href="http://localhost/o/spree?when=past&amp;page=2">'
        in get("/o/spree?when=past&page=77").html
    )


def test_the_page_leads_to_its_feeds(client: FlaskClient, get: Get, spree: Organization) -> None:
    EventFactory(title="Night", organization=spree)
    page = get("/o/spree")
    for words, form in (("Calendar feed", "ics"), ("RSS feed", "xml")):
        address = page.link(words)
        assert address == f"/events/feed.{form}?organizer=spree"
        assert "Night" in client.get(address).text
        assert page.html.count(f'href="{address}"') == 2  # for people, and for programs


@pytest.mark.parametrize("address", ["/o/spree", "/o/spree?when=past"])
def test_the_page_needs_as_many_statements_for_many_events_as_for_one(
    get: Get, spree: Organization, statements: Any, address: str
) -> None:
    day = -9 if "past" in address else 9

    def visit() -> int:
        with statements() as seen:
            assert get(address).status == 200
        return len(seen)

    OfferFactory(event=EventFactory(organization=spree, starts_at=in_days(day)))
    few = visit()
    for _ in range(8):
        OfferFactory(event=EventFactory(organization=spree, starts_at=in_days(day)))
    assert visit() == few <= 4


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("https://www.spree.example/a?b=c", ("https://www.spree.example/a?b=c", "spree.example")),
        (" HTTP://spree.example ", ("HTTP://spree.example", "spree.example")),
        ("", None),
        ("spree.example", None),
        ("javascript:alert(1)", None),
        ("java\nscript:alert(1)", None),
        ("data:text/html,x", None),
        ("//evil.example", None),
        ("https://", None),
        ("https://bank.example@evil.example/", None),
        ("https://good.example\\@evil.example", None),
        ("https://[", None),
        ("https://a b.example", None),
    ],
)
def test_only_a_plain_website_is_linked_to(given: str, safe: tuple[str, str] | None) -> None:
    assert safe_website(given) == safe


def test_a_website_that_is_none_is_not_shown(get: Get) -> None:
    EventFactory(organization=OrganizationFactory(slug="spree", website="javascript:alert(1)"))
    assert "javascript:" not in get("/o/spree").html
