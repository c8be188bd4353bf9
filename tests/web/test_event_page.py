"""What an event's page does beside telling of the event: it stays true while it is open, and is handed on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import Client

from tests.factories import EventFactory, OfferFactory, TicketTypeFactory, UserFactory, VenueFactory, in_days
from tests.web.conftest import Get, browser_of
from tests.web.page import Page
from ticketing import clock
from ticketing.extensions import db as extension
from ticketing.models import Event, Quota
from ticketing.models.events import CANCELLED, DRAFT
from ticketing.web.page_cache import PageCache

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def event() -> Event:
    return OfferFactory(event=EventFactory(slug="lantern-walk"), size=5).event


def box(page: Page) -> dict[str, str]:
    """The attributes of the ticket choice."""
    return next(known for tag, known in page.attributes if known.get("id") == "tickets")


def test_the_choice_alone_is_the_same_as_on_the_page(client: FlaskClient, event: Event) -> None:
    alone = client.get("/events/lantern-walk/tickets").text

    def inside(text: str) -> str:
        return text.partition("<h2")[2].partition("</form>")[0]

    assert inside(alone) == inside(client.get("/events/lantern-walk").text.partition('id="tickets"')[2])
    assert "<html" not in alone


def test_the_choice_alone_is_kept_and_follows_the_stock(app: Flask, event: Event, statements: Any) -> None:
    visitor = Client(PageCache(app.wsgi_app, 60), use_cookies=False)
    assert "Only 5 left." in visitor.get("/events/lantern-walk/tickets").text
    with statements() as seen:
        visitor.get("/events/lantern-walk/tickets")
    assert len(seen) == 0
    extension.session.execute(extension.update(Quota).values(held=2))
    extension.session.commit()
    fresh = Client(PageCache(app.wsgi_app, 60), use_cookies=False)
    with statements() as seen:
        assert "Only 3 left." in fresh.get("/events/lantern-walk/tickets").text
    assert len(seen) <= 2


def test_strangers_do_not_see_what_a_draft_will_sell(app: Flask, client: FlaskClient) -> None:
    draft = EventFactory(slug="a-draft", status=DRAFT)
    OfferFactory(event=draft)
    assert client.get("/events/a-draft/tickets").status_code == 404
    assert browser_of(app, UserFactory()).get("/events/a-draft/tickets").status_code == 404


def test_an_open_page_knows_where_to_ask_again(get: Get, event: Event) -> None:
    assert box(get("/events/lantern-walk"))["data-live"] == "/events/lantern-walk/tickets"


@pytest.mark.parametrize(
    "details",
    [{"status": CANCELLED, "published_at": clock.now()}, {"starts_at": in_days(-3)}],
    ids=["off", "over"],
)
def test_what_sells_nothing_any_more_is_not_asked_again(get: Get, details: dict[str, Any]) -> None:
    event = EventFactory(**details)
    OfferFactory(event=event)
    assert "data-live" not in box(get(f"/events/{event.slug}"))


def test_a_choice_that_is_refused_stays_as_it_is_while_one_reads_why(get: Get, event: Event) -> None:
    page = get("/checkout/lantern-walk")
    assert page.status == 400
    assert "data-live" not in box(page)


def test_the_next_sale_is_counted_down_to(get: Get, client: FlaskClient) -> None:
    event = EventFactory(slug="later")
    first, second = clock.now() + timedelta(hours=2), clock.now() + timedelta(days=2)
    for opens in (second, first):
        OfferFactory(event=event, ticket_type=TicketTypeFactory(event=event, sales_start_at=opens))
    page = get("/events/later")
    assert box(page)["data-opens"] == first.isoformat()
    assert "They begin on" in page.text
    assert 'role="timer"' in page.html
    OfferFactory(event=event)
    page = get("/events/later")
    assert box(page)["data-opens"] == first.isoformat(), "what opens later shows by itself"
    assert "They begin on" not in page.text


def test_the_fee_of_the_settings_is_told_to_the_script(
    app: Flask, get: Get, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    from decimal import Decimal

    for percent, told in (("5", "5"), ("2.50", "2.5"), ("0", "0"), ("10", "10")):
        monkeypatch.setitem(app.config, "SERVICE_FEE_PERCENT", Decimal(percent))
        assert box(get("/events/lantern-walk"))["data-fee"] == told


@pytest.mark.parametrize(
    ("venue", "link"),
    [
        (
            {"latitude": "38.712200", "longitude": "-9.134000"},
            "https://www.openstreetmap.org/?mlat=38.712200&mlon=-9.134000#map=17/38.712200/-9.134000",
        ),
        (
            {"address": "1 Main Street & Co", "city": "Lisbon", "postal_code": "1100"},
            "https://www.openstreetmap.org/search?query=1+Main+Street+%26+Co%2C+1100%2C+Lisbon%2C+Portugal",
        ),
        ({"address": "", "city": "", "country": "Portugal"}, None),
    ],
    ids=["coordinates", "address", "nothing"],
)
def test_a_map_is_a_plain_link(get: Get, venue: dict[str, str], link: str | None) -> None:
    event = EventFactory(venue=VenueFactory(**venue))
    links = dict(get(f"/events/{event.slug}").links)
    assert links.get("Show on a map") == link


def test_the_page_is_handed_on_by_link_and_mail(get: Get) -> None:
    event = EventFactory(slug="lantern-walk", title="Walk & Talk: 100%?")
    page = get("/events/lantern-walk")
    mail = page.link("Send by e-mail")
    there = "http%3A//localhost/events/lantern-walk"
    assert mail == f"mailto:?subject=Walk%20%26%20Talk%3A%20100%25%3F&body={there}"
    assert f'value="http://localhost/events/{event.slug}"' in page.html


def test_a_draft_is_not_handed_on(app: Flask) -> None:
    from tests.factories import MembershipFactory

    event = EventFactory(status=DRAFT)
    member = UserFactory()
    MembershipFactory(organization=event.organization, user=member)
    text = browser_of(app, member).get(f"/events/{event.slug}").text
    assert "data-share" not in text
    assert "share.png" not in text


@pytest.mark.parametrize(
    ("banner", "thumbnail", "sizes"),
    [
        ("covers/a.webp", "covers/b.webp", "/media/covers/b.webp 800w, /media/covers/a.webp 1600w"),
        ("covers/a.webp", None, None),
        (None, "covers/b.webp", None),
        ("https://pictures.example/a.webp", "covers/b.webp", None),
    ],
)
def test_a_small_screen_gets_the_small_picture(
    get: Get, banner: str | None, thumbnail: str | None, sizes: str | None
) -> None:
    event = EventFactory(banner_image=banner, thumbnail_image=thumbnail)
    pictures = [known for tag, known in get(f"/events/{event.slug}").attributes if tag == "img"]
    cover = next(known for known in pictures if "/media/" in known["src"] or "pictures" in known["src"])
    assert cover.get("srcset") == sizes
    assert {"width", "height"} <= set(cover)


def test_the_hours_can_be_shown_on_the_visitors_own_clocks(get: Get) -> None:
    event = EventFactory(timezone="Europe/Lisbon")
    told = [known for _tag, known in get(f"/events/{event.slug}").attributes if "data-own-time" in known]
    assert [(one["data-own-time"], one["data-zone"]) for one in told] == [
        (event.starts_at.isoformat(), "Europe/Lisbon")
    ]


def test_the_organizer_has_a_card_in_plain_words(get: Get) -> None:
    from tests.factories import OrganizationFactory

    house = OrganizationFactory(name="Night Shift", description="We **love** [nights](https://x.example).")
    page = get(f"/events/{EventFactory(organization=house).slug}")
    assert "We love nights" in page.text
    assert page.link("All their events") == f"/o/{house.slug}"
