"""Looking around: filters that live in the address, the calendar, and pages that do not jump."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.barriers import AXE, BEYOND, SMALL
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.test_keyboard import tab_to
from tests.factories import CategoryFactory, EventFactory, OfferFactory, VenueFactory
from ticketing import clock
from ticketing.extensions import db
from ticketing.models import Event, Quota

pytestmark = [pytest.mark.browser, pytest.mark.one_database]
Visit = Callable[..., Page]

#: How far what is on the page moved without anybody having asked for it; below 0.1 is called good.
_SHIFT = """() => new Promise(done => {
    let sum = 0;
    const add = one => { if (!one.hadRecentInput) sum += one.value; };
    const watch = new PerformanceObserver(list => list.getEntries().forEach(add));
    watch.observe({type: "layout-shift", buffered: true});
    setTimeout(() => done(sum), 600);
})"""
_STATE = """() => ({
    when: document.querySelector("[name=when]:checked").value,
    category: document.querySelector("[name=category]:checked").value,
    city: document.getElementById("city").value,
    sort: document.getElementById("sort").value,
    free: document.querySelector("[name=price]").checked,
    max: document.getElementById("max").value,
})"""


@pytest.fixture
def programme(event: Event) -> Event:
    """The lantern walk, three concerts elsewhere, a free one among them."""
    concerts = CategoryFactory(name="Concerts", slug="concerts")
    hall = VenueFactory(name="Town Hall", city="Lisbon")
    for title, price, days in (("Free Noon", 0, 3), ("Quartet", 1500, 20), ("Gala", 9000, 45)):
        made = EventFactory(
            title=title, category=concerts, venue=hall, lowest_price=price, highest_price=price,
            starts_at=clock.now() + timedelta(days=days),
        )  # fmt: skip
        OfferFactory(event=made, price=price)
    return event


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["wide", "phone"])
def test_filters_go_back_and_forth_with_the_browser(
    visit: Visit, programme: Event, size: dict[str, int]
) -> None:
    page = visit("/events/", viewport=size)
    if size is PHONE:
        page.get_by_text("Search and filters").click()
    page.evaluate("() => { window.sameDocument = true; }")
    page.get_by_role("radio", name="Concerts").check()
    expect(page).to_have_url("/events/?category=concerts")
    expect(page.get_by_role("status")).to_have_text("3 events")
    expect(page.get_by_role("radio", name="Concerts")).to_be_focused()
    page.get_by_label("To", exact=True).fill("20")
    page.get_by_label("To", exact=True).press("Tab")
    expect(page).to_have_url("/events/?category=concerts&max=20")
    expect(page.get_by_role("status")).to_have_text("2 events")
    page.get_by_label("Sort by").select_option("price")
    expect(page).to_have_url(re.compile(r"category=concerts&max=20&sort=price$"))
    page.get_by_label("Free events only").check()
    expect(page).to_have_url(re.compile(r"category=concerts&price=free&sort=price$"))
    expect(page.get_by_label("To", exact=True)).to_have_value("")
    assert page.evaluate("() => window.sameDocument") is True, "the results were exchanged, not the page"
    assert page.title().startswith("Concerts · Free")

    # Going back loads the page of that address anew.
    page.evaluate("() => { history.back(); }")
    expect(page.get_by_label("Free events only")).not_to_be_checked()
    expect(page.locator("#sort")).to_have_value("price")
    page.evaluate("() => { history.back(); }")
    expect(page).to_have_url("/events/?category=concerts&max=20")
    expect(page.locator("#sort")).to_have_value("")
    expect(page.get_by_role("link", name="Quartet")).to_be_visible()
    assert page.evaluate(_STATE) == {
        "when": "", "category": "concerts", "city": "", "sort": "", "free": False, "max": "20",
    }  # fmt: skip
    page.evaluate("() => { history.forward(); }")
    expect(page.locator("#sort")).to_have_value("price")
    page.get_by_role("link", name="Concerts", exact=True).click()
    expect(page).to_have_url("/events/?max=20&sort=price")


def test_own_days_and_periods_exclude_each_other(visit: Visit, programme: Event) -> None:
    page = visit("/events/")
    page.get_by_role("radio", name="This week", exact=True).check()
    expect(page).to_have_url("/events/?when=week")
    day = (clock.now() + timedelta(days=20)).date().isoformat()
    page.get_by_label("From day").fill(day)
    expect(page).to_have_url(f"/events/?from={day}")
    expect(page.get_by_role("radio", name="Any day")).to_be_checked()
    page.get_by_role("radio", name="Today").check()
    expect(page).to_have_url("/events/?when=today")
    expect(page.get_by_label("From day")).to_have_value("")


def test_the_calendar_takes_the_filters_along(visit: Visit, programme: Event) -> None:
    page = visit("/events/?category=concerts")
    page.get_by_label("City").select_option("Lisbon")
    expect(page).to_have_url("/events/?category=concerts&city=Lisbon")
    page.get_by_role("link", name="Calendar").click()
    expect(page).to_have_url("/events/calendar/?category=concerts&city=Lisbon")
    for _ in range(3):
        if page.get_by_role("link", name="Quartet").count():
            break
        page.get_by_role("link", name="Next month").first.click()
    expect(page.get_by_role("table")).to_be_visible()
    page.get_by_role("radio", name="Walks").check()
    expect(page).to_have_url(re.compile(r"/events/calendar/\?month=\d{4}-\d\d&category=walks&city=Lisbon$"))
    expect(page.get_by_role("link", name="Quartet")).to_have_count(0)
    page.go_back()
    page.get_by_role("link", name="Quartet").click()
    expect(page.get_by_role("heading", name="Quartet", level=1)).to_be_visible()


def test_the_calendar_is_walked_through_with_the_keyboard(visit: Visit, programme: Event) -> None:
    page = visit("/events/calendar/")
    tab_to(page, "Next month")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"month="))
    tab_to(page, "Previous month")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"month="))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "size", [DESKTOP, PHONE, {"width": 320, "height": 700}], ids=["wide", "phone", "small"]
)
def test_calendar_and_filters_have_no_barrier_at_any_width(
    visit: Visit, programme: Event, scheme: str, size: dict[str, int]
) -> None:
    month = (clock.now() + timedelta(days=20)).strftime("%Y-%m")
    page = visit("/", color_scheme=scheme, viewport=size, reduced_motion="reduce")
    for address in (
        f"/events/calendar/?month={month}", "/events/calendar/?city=Nowhere", "/?city=Porto",
        "/events/?category=walks&price=free&city=Lisbon", "/widget/lantern-walk?theme=auto",
    ):  # fmt: skip
        page.goto(address)
        page.evaluate(AXE)
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        assert [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found] == [], address
        assert page.evaluate(BEYOND) <= 0, address
        assert size is DESKTOP or page.evaluate(SMALL) == [], address


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["wide", "phone"])
def test_nothing_jumps_while_a_page_comes_in(visit: Visit, programme: Event, size: dict[str, int]) -> None:
    page = visit("/", viewport=size, timezone_id="Asia/Tokyo")
    shifts = {"/": page.evaluate(_SHIFT)}
    for address in ("/events/", "/events/calendar/", "/events/lantern-walk"):
        page.goto(address)
        shifts[address] = page.evaluate(_SHIFT)
    print(size["width"], shifts)  # noqa: T201 (shown with -s)
    assert max(shifts.values()) < 0.05, shifts


def test_what_is_chosen_is_in_the_address_and_survives_going_away(visit: Visit, event: Event) -> None:
    page = visit("/events/lantern-walk")
    page.get_by_role("button", name="One more: Walk", exact=True).click(click_count=3)
    expect(page.locator("[data-total]")).to_have_text("$78.75")
    expect(page.get_by_text("with a service fee of $3.75")).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?offer_\d+=3$"))
    page.get_by_role("button", name="Get tickets").click()
    expect(page.get_by_role("heading", name="Your order")).to_be_visible()
    page.go_back()
    expect(page.locator("[data-count]")).to_have_text("3 tickets")
    address = page.url
    page.goto("/")
    page.goto(address)
    expect(page.locator("[data-count]")).to_have_text("3 tickets")


def test_an_open_page_follows_what_is_left_and_keeps_the_choice(visit: Visit, event: Event) -> None:
    page = visit("/")
    page.clock.install()
    page.goto("/events/lantern-walk")
    page.get_by_role("button", name="One more: Walk", exact=True).click(click_count=2)
    more = page.get_by_role("button", name="One more: Walk and supper")
    more.click(click_count=3)
    more.focus()
    said = page.locator("[data-tickets-said]")
    _left(event, 6000, 3)
    with page.expect_response("**/lantern-walk/tickets"):
        page.clock.run_for(40_000)
    expect(page.get_by_text("Only 3 left.")).to_be_visible()
    expect(page.get_by_role("spinbutton", name="Walk and supper")).to_have_value("3")
    expect(page.get_by_role("spinbutton", name="Walk", exact=True)).to_have_value("2")
    expect(page.locator("[data-count]")).to_have_text("5 tickets")
    expect(said).to_have_text("")
    _left(event, 6000, 1)
    page.get_by_role("button", name="One fewer: Walk", exact=True).focus()
    with page.expect_response("**/lantern-walk/tickets"):
        page.clock.run_for(40_000)
    expect(said).to_have_text("Less is left than you had chosen. Please look at your choice.")
    expect(page.get_by_role("spinbutton", name="Walk and supper")).to_have_value("1")
    expect(page.get_by_role("button", name="One fewer: Walk", exact=True)).to_be_focused()


def _left(event: Event, price: int, number: int) -> None:
    from ticketing.models import Offer

    wanted = db.select(Offer.quota_id).where(Offer.event_id == event.id, Offer.price == price)
    db.session.execute(db.update(Quota).where(Quota.id.in_(wanted)).values(size=number))
    db.session.commit()


def test_a_sale_opens_by_itself_when_its_time_has_come(visit: Visit, event: Event) -> None:
    from tests.factories import TicketTypeFactory

    made = EventFactory(slug="midnight", title="Midnight")
    opens = clock.now() + timedelta(seconds=4)
    OfferFactory(event=made, ticket_type=TicketTypeFactory(event=made, name="Seat", sales_start_at=opens))
    page = visit("/events/midnight")
    expect(page.get_by_role("timer")).to_have_text(re.compile(r"^0:0\d$"))
    expect(page.get_by_role("button", name="Get tickets")).to_have_count(0)
    expect(page.get_by_role("button", name="Get tickets")).to_be_visible(timeout=15_000)
    expect(page.locator("[data-tickets-said]")).to_have_text("Tickets are on sale now.")
    page.get_by_role("button", name="One more: Seat").click()
    expect(page.locator("[data-count]")).to_have_text("1 ticket")


def test_the_page_is_shared_and_tells_the_visitors_own_hour(visit: Visit, event: Event) -> None:
    page = visit(
        "/events/lantern-walk", timezone_id="Asia/Tokyo", permissions=["clipboard-read", "clipboard-write"]
    )
    expect(page.get_by_text("where you are")).to_be_visible()
    page.get_by_text("Share", exact=True).click()
    page.get_by_role("button", name="Copy the link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("() => navigator.clipboard.readText()") == page.url.partition("?")[0]
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Copied")).to_be_hidden()
    home = visit("/events/lantern-walk", timezone_id=event.timezone)
    expect(home.get_by_text("where you are")).to_be_hidden()
