"""The programme: what visitors find, and what they must not see."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import (
    CategoryFactory,
    EventDayFactory,
    EventFactory,
    OfferFactory,
    QuotaFactory,
    TicketTypeFactory,
    UserFactory,
    VenueFactory,
    in_days,
)
from tests.factories.people import MembershipFactory
from tests.web.conftest import Get, browser_of
from tests.web.page import Page
from ticketing import clock
from ticketing.models import Event
from ticketing.models.events import CANCELLED, DRAFT
from ticketing.queries.narrowing import period_bounds


def titles(page: Page) -> set[str]:
    """The events that a list shows."""
    return {text for text, href in page.links if re.match(r"/events/(?!calendar/)[\w-]", href)}


@pytest.mark.parametrize("address", ["/", "/events/"])
def test_upcoming_published_events_are_shown(get: Get, address: str) -> None:
    EventFactory(title="Lantern Walk")
    assert "Lantern Walk" in titles(get(address))


@pytest.mark.parametrize("address", ["/", "/events/"])
def test_drafts_cancelled_unlisted_and_past_events_are_not_shown(get: Get, address: str) -> None:
    EventFactory(title="Shown")
    EventFactory(title="Draft", status=DRAFT)
    EventFactory(title="Cancelled", status=CANCELLED)
    EventFactory(title="Unlisted", is_unlisted=True)
    EventFactory(title="Past", starts_at=in_days(-2))
    assert titles(get(address)) == {"Shown"}


def test_an_event_that_is_under_way_is_still_shown(get: Get) -> None:
    EventFactory(title="Under way", starts_at=in_days(-0.05))
    assert titles(get("/events/")) == {"Under way"}


def test_a_featured_event_is_shown_once_on_the_start_page(get: Get) -> None:
    EventFactory(title="Featured", is_featured=True)
    EventFactory(title="Plain")
    page = get("/")
    assert [text for text, _ in page.links].count("Featured") == 1
    assert titles(page) == {"Featured", "Plain"}


def test_featured_events_that_have_no_room_on_top_come_among_the_next(get: Get) -> None:
    names = {f"Star {number}" for number in range(5)}
    for name in names:
        EventFactory(title=name, is_featured=True)
    assert titles(get("/")) == names


@pytest.mark.parametrize("words", ["lantern", "LANTERN walk", "harbour", "porto", "outdoors"])
def test_search_finds_title_venue_city_and_tags(get: Get, words: str) -> None:
    place = VenueFactory(name="Harbour Hall", city="Porto")
    EventFactory(title="Lantern Walk", venue=place, tags="family, outdoors")
    EventFactory(title="Something else")
    assert titles(get("/events/", query_string={"q": words})) == {"Lantern Walk"}


@pytest.mark.parametrize("words", ["%", "_", "\\", "100%", "a\x00b", "x" * 5000, "' OR 1=1 --"])
def test_what_means_something_to_the_database_is_just_text(get: Get, words: str) -> None:
    EventFactory(title="Lantern Walk")
    page = get("/events/", query_string={"q": words})
    assert (page.status, titles(page)) == (200, set())


def test_search_words_stay_in_the_field_and_are_escaped(get: Get) -> None:
    page = get("/events/", query_string={"q": '<b>"x'})
    assert page.form("/events/").fields["q"] == '<b>"x'
    assert "<b>" not in page.html


def test_the_list_is_filtered_by_category_city_and_price(get: Get) -> None:
    jazz = CategoryFactory(slug="jazz")
    EventFactory(title="Wanted", category=jazz, venue=VenueFactory(city="Porto"), lowest_price=0)
    EventFactory(title="Other kind", venue=VenueFactory(city="Porto"), lowest_price=0)
    EventFactory(title="Other city", category=jazz, lowest_price=0)
    EventFactory(title="Not free", category=jazz, venue=VenueFactory(city="Porto"), lowest_price=100)
    found = get("/events/", query_string={"category": "jazz", "city": "porto", "price": "free"})
    assert titles(found) == {"Wanted"}


def test_the_list_is_filtered_by_period(get: Get) -> None:
    EventFactory(title="Now", starts_at=clock.now() - timedelta(minutes=5))
    EventFactory(title="Next season", starts_at=in_days(90))
    assert titles(get("/events/?when=today")) == {"Now"}


def test_filters_that_make_no_sense_ask_for_nothing(get: Get) -> None:
    EventFactory(title="Lantern Walk")
    page = get("/events/?when=yesterday&price=cheap&page=minus&category=&unknown=1")
    assert titles(page) == {"Lantern Walk"}


def test_a_filter_that_is_on_can_be_taken_off_alone(get: Get) -> None:
    EventFactory(category=CategoryFactory(name="Jazz", slug="jazz"), title="Lantern Walk")
    page = get("/events/?category=jazz&q=lantern")
    assert page.link("Jazz") == "/events/?q=lantern"


def test_further_pages_keep_the_search_and_show_the_rest(get: Get) -> None:
    for number in range(14):
        EventFactory(title=f"Lantern {number:02}", starts_at=in_days(10 + number))
    first = get("/events/?q=lantern")
    second = get("/events/?q=lantern&page=2")
    assert ("2", "/events/?q=lantern&page=2") in first.links
    assert len(titles(first)) == 12
    assert titles(second) == {"Lantern 12", "Lantern 13"}


def test_a_page_beyond_the_last_shows_the_last(get: Get) -> None:
    EventFactory(title="Lantern Walk")
    for page in ("2", "0", "99999", "-1", "1e3", "٣"):
        assert titles(get("/events/", query_string={"page": page})) == {"Lantern Walk"}


def test_a_search_without_results_offers_a_way_back(get: Get) -> None:
    page = get("/events/?q=nothing-like-it")
    assert page.link("Show all events") == "/events/"


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("today", "2026-03-11T20:00", "2026-03-12T00:00"),
        ("tomorrow", "2026-03-12T00:00", "2026-03-13T00:00"),
        ("weekend", "2026-03-14T00:00", "2026-03-16T00:00"),
        ("week", "2026-03-11T20:00", "2026-03-16T00:00"),
        ("month", "2026-03-11T20:00", "2026-04-01T00:00"),
    ],
)
def test_periods_end_at_local_midnight(period: str, first: str, last: str) -> None:
    zone = ZoneInfo("Europe/Berlin")
    now = datetime(2026, 3, 11, 19, tzinfo=UTC)
    expected = tuple(datetime.fromisoformat(text).replace(tzinfo=zone) for text in (first, last))
    assert period_bounds(period, now, zone) == expected


def test_on_a_sunday_this_weekend_is_what_is_left_of_it() -> None:
    now = datetime(2026, 3, 15, 12, tzinfo=UTC)
    assert period_bounds("weekend", now, ZoneInfo("UTC")) == (now, datetime(2026, 3, 16, tzinfo=UTC))


def test_in_december_this_month_ends_with_the_year() -> None:
    now = datetime(2026, 12, 31, 12, tzinfo=UTC)
    assert period_bounds("month", now, ZoneInfo("UTC"))[1] == datetime(2027, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("address", ["/", "/events/"])
def test_a_list_needs_as_many_statements_for_many_events_as_for_one(
    get: Get, statements, address: str
) -> None:
    def visit() -> int:
        with statements() as seen:
            get(address)
        return len(seen)

    OfferFactory()
    few = visit()
    for _ in range(10):
        OfferFactory(event=EventFactory(is_featured=True))
        OfferFactory()
    assert visit() == few <= 5


def test_an_event_page_needs_as_many_statements_for_many_offers_as_for_one(get: Get, statements) -> None:
    event = EventFactory()
    OfferFactory(event=event)

    def visit() -> int:
        with statements() as seen:
            assert get(f"/events/{event.slug}").status == 200
        return len(seen)

    few = visit()
    shared = QuotaFactory(event=event, kind="event", size=500)
    for _ in range(8):
        OfferFactory(event=event, also=[shared])
    assert visit() == few <= 2


@pytest.mark.parametrize("pricing", ["tiered", "day_based", "tier_and_day"])
def test_a_page_with_parts_needs_as_many_statements_for_many_as_for_one(
    get: Get, statements, pricing: str
) -> None:
    event = EventFactory(pricing_type=pricing)

    def add(number: int) -> None:
        kind = TicketTypeFactory(event=event)
        stock = QuotaFactory(event=event, kind="day", size=50)
        day = EventDayFactory(event=event, number=number, quota_id=stock.id)
        OfferFactory(event=event, ticket_type=kind, tier_number=1, tier_name="A", day_id=day.id, also=[stock])

    def visit() -> int:
        with statements() as seen:
            assert get(f"/events/{event.slug}").status == 200
        return len(seen)

    add(1)
    few = visit()
    for number in range(2, 6):
        add(number)
    assert visit() == few <= 3


def fields(page: Page) -> dict[str, dict[str, str]]:
    """The numbers that can be typed, by the id of their field."""
    return {known["id"]: known for tag, known in page.attributes if tag == "input" and "data-price" in known}


def test_tiers_stand_under_their_type_with_what_it_gives(get: Get) -> None:
    event = EventFactory(pricing_type="tiered")
    kind = TicketTypeFactory(
        event=event, name="Stalls", description="Close to the stage.", benefits="Welcome drink\nFirst rows"
    )
    for number, (name, price) in enumerate([("Early", 1000), ("Late", 1500)], 1):
        OfferFactory(event=event, ticket_type=kind, tier_number=number, tier_name=name, price=price)
    page = get(f"/events/{event.slug}")
    for words in ("Stalls", "Close to the stage.", "Welcome drink", "First rows", "Early", "$10.00", "Late"):
        assert words in page.text
    assert {known["data-more"] for known in fields(page).values()} == {
        "One more: Stalls - Early",
        "One more: Stalls - Late",
    }


def test_day_passes_say_their_day_and_what_is_for_all_days_says_so(get: Get) -> None:
    event = EventFactory(pricing_type="day_based")
    kind = TicketTypeFactory(event=event, name="Pass")
    OfferFactory(event=event, ticket_type=kind, is_all_days=True, day_name="Everything")
    for number, name in ((2, "Sunday of drums"), (1, "Saturday of drums")):
        day = EventDayFactory(event=event, number=number, name=name, date=date(2031, 7, 4 + number))
        OfferFactory(event=event, ticket_type=kind, day_id=day.id, day_name=name)
    page = get(f"/events/{event.slug}")
    names = [name for name in page.headings if name in ("Saturday of drums", "Sunday of drums", "Everything")]
    assert names == ["Saturday of drums", "Sunday of drums", "Everything"]
    assert "Sat, Jul 5, 2031" in page.text
    assert "Valid on all 2 days" in page.text
    assert "Days" not in page.headings, "they stand in the choice"


@pytest.fixture
def matrix(app: Flask) -> Event:
    """Two days by two tiers: one cell sold out, one on sale later, one missing."""
    event: Event = EventFactory(slug="lantern-walk", pricing_type="tier_and_day")
    kind = TicketTypeFactory(event=event, name="Entry")
    for number, name in ((1, "Saturday"), (2, "Sunday")):
        day = EventDayFactory(event=event, number=number, name=name, date=date(2031, 7, 4 + number))
        for tier, words in ((1, "Floor"), (2, "Balcony")):
            if (number, tier) != (2, 2):
                details = {(1, 2): {"size": 0}, (2, 1): {"sales_start_at": in_days(2).function()}}
                OfferFactory(
                    event=event, ticket_type=kind, day_id=day.id, day_name=name, tier_number=tier,
                    tier_name=words, **details.get((number, tier), {}),
                )  # fmt: skip
    return event


def test_days_by_tiers_have_a_cell_each_with_its_own_state(get: Get, matrix: Event) -> None:
    page = get("/events/lantern-walk")
    groups = [known for _tag, known in page.attributes if known.get("role") == "group"]
    assert [known["aria-labelledby"] for known in groups] == ["group-1-day-1", "group-1-day-2"]
    for words in ("Floor", "Balcony", "Sold out", "Soon", "On sale from", "Not offered"):
        assert words in page.text
    (number,) = fields(page).values()
    day, tier = number["aria-labelledby"].split()
    assert {day, tier} <= set(page.ids)
    assert day == "group-1-day-1"


def test_a_cell_goes_into_the_checkout_like_any_offer(get: Get, matrix: Event) -> None:
    (number,) = fields(get("/events/lantern-walk")).values()
    page = get(f"/checkout/lantern-walk?{number['name']}=2")
    assert page.status == 200
    assert "2 × Entry - Floor - Saturday" in page.text


def test_few_left_of_a_shared_stock_is_said_where_it_counts(get: Get) -> None:
    event = EventFactory(pricing_type="day_based")
    kind = TicketTypeFactory(event=event, name="Pass")
    total = QuotaFactory(event=event, kind="type", size=9)
    stock = QuotaFactory(event=event, kind="day", size=7)
    day = EventDayFactory(event=event, number=1, name="Saturday", quota_id=stock.id)
    OfferFactory(event=event, ticket_type=kind, day_id=day.id, day_name="Saturday", also=[total, stock])
    OfferFactory(event=event, ticket_type=kind, is_all_days=True, day_name="All", also=[total, stock], size=5)
    page = get(f"/events/{event.slug}")
    text = page.text
    assert "&lt;" not in page.html
    assert text.count("Only 7 left for Saturday.") == 2
    assert text.count("Only 9 left of all these together.") == 1
    assert text.count("Only 5 left.") == 1


def test_an_event_that_was_called_off_has_no_numbers_to_type(get: Get) -> None:
    event = EventFactory(status=CANCELLED, published_at=clock.now())
    OfferFactory(event=event)
    assert not fields(get(f"/events/{event.slug}"))


def test_an_order_takes_no_more_than_the_pages_terms(get: Get) -> None:
    event = EventFactory()
    OfferFactory(event=event, ticket_type=TicketTypeFactory(event=event, max_purchase=40))
    (number,) = fields(get(f"/events/{event.slug}")).values()
    assert number["max"] == "10"


def test_an_event_that_sells_by_the_day_names_its_days(get: Get) -> None:
    event = EventFactory(pricing_type="day_based")
    for number in (1, 2):
        EventDayFactory(event=event, number=number, name=f"Day of drums {number}", date=date(2031, 7, number))
    assert "Day of drums 2 · Wed, Jul 2, 2031" in get(f"/events/{event.slug}").text


@pytest.mark.parametrize("address", ["/", "/events/", "/events/lantern-walk"])
def test_public_pages_carry_nothing_of_a_visitor(client: FlaskClient, address: str) -> None:
    OfferFactory(event=EventFactory(slug="lantern-walk"))
    answer = client.get(address)
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert "csrf" not in answer.get_data(as_text=True)


def test_the_event_page_shows_what_when_where_who_and_how_much(get: Get) -> None:
    event = EventFactory(
        title="Lantern Walk",
        starts_at=datetime(2031, 7, 4, 18, 30, tzinfo=UTC),
        timezone="Europe/Lisbon",
        venue=VenueFactory(name="Harbour Hall", city="Porto"),
        organization__name="Night Shift",
    )
    OfferFactory(event=event, price=2550)
    page = get(f"/events/{event.slug}")
    for words in (
        "Lantern Walk",
        "Fri, Jul 4, 2031",
        "7:30",
        "WEST",
        "Harbour Hall",
        "Porto",
        "Night Shift",
        "$25.50",
    ):
        assert words in page.text.replace("\u202f", " ")
    assert ("time", {"datetime": "2031-07-04T18:30:00+00:00"}) in page.attributes


def test_a_description_is_text_and_nothing_else(get: Get) -> None:
    event = EventFactory(description="One <script>alert(1)</script>\n\nTwo\nlines & more")
    page = get(f"/events/{event.slug}")
    assert "<script>alert" not in page.html
    assert "<p>Two<br>\nlines &amp; more</p>" in page.html


def test_the_ticket_choice_is_a_plain_form_into_the_checkout(get: Get) -> None:
    offer = OfferFactory(event=EventFactory(slug="lantern-walk"))
    form = get("/events/lantern-walk").form("/checkout/lantern-walk")
    assert (form.method, form.fields) == ("get", {f"offer_{offer.id}": "0"})


def test_a_sold_out_offer_cannot_be_chosen(get: Get) -> None:
    event = EventFactory()
    OfferFactory(event=event, size=0)
    page = get(f"/events/{event.slug}")
    assert "Sold out" in page.text
    assert "sold out" in page.text
    assert not page.form(f"/checkout/{event.slug}").fields


def test_an_offer_is_sold_out_when_a_stock_that_it_shares_is(get: Get) -> None:
    event = EventFactory()
    OfferFactory(event=event, size=10, also=[QuotaFactory(event=event, kind="event", size=5, sold=5)])
    assert not get(f"/events/{event.slug}").form(f"/checkout/{event.slug}").fields


def test_an_offer_that_opens_later_says_when(get: Get) -> None:
    event = EventFactory()
    OfferFactory(ticket_type=TicketTypeFactory(event=event, sales_start_at=in_days(2)))
    page = get(f"/events/{event.slug}")
    assert "On sale from" in page.text
    assert not page.form(f"/checkout/{event.slug}").fields


def test_offers_and_types_that_are_switched_off_are_not_shown(get: Get) -> None:
    event = EventFactory()
    OfferFactory(ticket_type=TicketTypeFactory(event=event, name="Hidden type", is_active=False))
    OfferFactory(ticket_type=TicketTypeFactory(event=event, name="Hidden offer"), is_active=False)
    page = get(f"/events/{event.slug}")
    assert "Hidden" not in page.text


def test_a_sold_out_event_says_so_in_the_list(get: Get) -> None:
    OfferFactory(event=EventFactory(title="Full house"), size=0, quota__size=3, quota__sold=3)
    assert "Sold out" in get("/events/").text


@pytest.mark.parametrize("kind", ["type", "day", "event"])
def test_an_event_is_sold_out_when_what_its_offers_share_is(get: Get, kind: str) -> None:
    event = EventFactory(title="Full house")
    shared = QuotaFactory(event=event, kind=kind, size=5, sold=5)
    total = {"quota_id": shared.id} if kind == "type" else {}
    OfferFactory(ticket_type=TicketTypeFactory(event=event, **total), also=[shared])
    OfferFactory(event=EventFactory(title="Open house"))
    text = get("/events/").text
    assert text.count("Sold out") == 1


def test_a_draft_is_not_found_by_visitors_and_seen_by_its_organization(app: Flask, get: Get) -> None:
    event = EventFactory(status=DRAFT)
    member = UserFactory()
    MembershipFactory(organization=event.organization, user=member)
    assert get(f"/events/{event.slug}").status == 404
    assert browser_of(app, UserFactory()).get(f"/events/{event.slug}").status_code == 404
    assert browser_of(app, member).get(f"/events/{event.slug}").status_code == 200


def test_a_cancelled_event_stays_readable_and_sells_nothing(get: Get) -> None:
    event = EventFactory(status=CANCELLED, published_at=clock.now())
    OfferFactory(event=event)
    page = get(f"/events/{event.slug}")
    assert page.status == 200
    assert "Cancelled" in page.text
    assert not page.form(f"/checkout/{event.slug}").buttons


def test_an_unlisted_event_is_found_by_its_address_and_hidden_from_search_engines(get: Get) -> None:
    event = EventFactory(is_unlisted=True)
    page = get(f"/events/{event.slug}")
    assert page.status == 200
    assert ("meta", {"name": "robots", "content": "noindex"}) in page.attributes


@pytest.mark.parametrize("slug", ["nothing", "a%00b", "%F0%9F%8E%9F", "x" * 600, "..%2f..%2fetc", "a b"])
def test_an_unknown_event_is_a_friendly_404(get: Get, slug: str) -> None:
    page = get(f"/events/{slug}")
    assert page.status == 404
    assert "Nothing behind this door" in page.text
