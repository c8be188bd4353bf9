"""The pages of those who put events on: the list, one event in figures."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import (
    EventFactory,
    MembershipFactory,
    OfferFactory,
    OrderFactory,
    OrderItemFactory,
    OrganizationFactory,
    QuotaFactory,
    TicketFactory,
    TicketTypeFactory,
    UserFactory,
)
from tests.web.conftest import browser_of
from tests.web.page import Page
from ticketing import clock
from ticketing.models import Event, Organization
from ticketing.models.organizations import MEMBER

LIST = "/organizer/"


@pytest.fixture
def organization(app: Flask) -> Organization:
    return OrganizationFactory(name="Lantern Company")


@pytest.fixture
def organizer(app: Flask, organization: Organization) -> FlaskClient:
    """The browser of a member, in the lowest role."""
    return browser_of(app, MembershipFactory(organization=organization, role=MEMBER).user)


def sell(event: Event, *, name: str = "Standing", size: int = 10, sold: int = 0, held: int = 0) -> Any:
    """Something to buy, and what was bought of it."""
    stock = QuotaFactory(event=event, size=size, sold=sold, held=held)
    return OfferFactory(event=event, ticket_type=TicketTypeFactory(event=event, name=name), quota=stock)


def admit(event: Event, *admissions: int, **ticket: Any) -> None:
    """A confirmed order of the event with one ticket for each number: how often it let somebody in."""
    order = OrderFactory(event=event, status="confirmed", amount_paid=5000)
    item = OrderItemFactory(order=order, offer=OfferFactory(event=event), quantity=len(admissions))
    for position, number in enumerate(admissions, 1):
        TicketFactory(order_item=item, position=position, admissions=number, **ticket)


def at(event: Event) -> str:
    return f"/organizer/events/{event.uuid}/"


def test_a_visitor_without_an_account_is_led_to_the_door(client: FlaskClient) -> None:
    event = EventFactory()
    for address in (LIST, at(event)):
        assert client.get(address).location == f"/sign-in?next={address}"


def test_somebody_without_an_organization_is_told_kindly_and_shown_nothing(signed_in: FlaskClient) -> None:
    event = EventFactory(title="Somebody's")
    page = Page(signed_in.get(LIST))
    assert (page.status, "Organize events" in page.headings) == (200, True)
    assert "Somebody's" not in page.text
    assert signed_in.get(at(event)).status_code == 404
    assert LIST not in {href for _words, href in Page(signed_in.get("/")).links}


def test_a_member_of_any_role_finds_their_events_through_the_menu(
    organizer: FlaskClient, organization: Organization
) -> None:
    EventFactory(organization=organization, title="Ours")
    EventFactory(title="Theirs")
    page = Page(organizer.get(Page(organizer.get("/")).link("Your events")))
    assert "Ours" in page.headings
    assert "Theirs" not in page.text


def test_staff_see_all_and_support_what_was_ever_on_show(app: Flask) -> None:
    shown, draft = EventFactory(title="Shown"), EventFactory(title="Draft of somebody", status="draft")
    staff, support = (browser_of(app, UserFactory(**{rank: True})) for rank in ("is_staff", "is_support"))
    for browser in (staff, support):
        assert "Shown" in Page(browser.get(LIST)).headings
        assert browser.get(at(shown)).status_code == 200
        assert Page(browser.get("/")).link("Your events") == LIST
    assert "Draft of somebody" in Page(staff.get(f"{LIST}?when=drafts")).text
    assert "Draft of somebody" not in Page(support.get(f"{LIST}?when=drafts")).text
    assert (staff.get(at(draft)).status_code, support.get(at(draft)).status_code) == (200, 404)


def test_events_are_sorted_into_what_comes_what_is_over_and_drafts(
    organizer: FlaskClient, organization: Organization
) -> None:
    now = clock.now()
    for title, days, status in (
        ("Later", 20, "published"),
        ("Soon", 2, "published"),
        ("Called off", 3, "cancelled"),
        ("Long ago", -30, "published"),
        ("Just over", -2, "published"),
        ("Idea", 5, "draft"),
    ):
        EventFactory(
            organization=organization, title=title, status=status, starts_at=now + timedelta(days=days)
        )
    running = EventFactory(organization=organization, title="Running", starts_at=now - timedelta(hours=1))

    def titles(when: str) -> list[str]:
        return Page(organizer.get(f"{LIST}?when={when}")).headings[1:]

    assert titles("upcoming") == titles("nonsense") == ["Running", "Soon", "Called off", "Later"]
    assert titles("past") == ["Just over", "Long ago"]
    assert titles("drafts") == ["Idea"]
    assert "Happening now" in Page(organizer.get(at(running))).text


def test_the_list_is_searched_by_words_and_says_when_there_is_nothing(
    organizer: FlaskClient, organization: Organization
) -> None:
    EventFactory(organization=organization, title="Café Lumière")
    EventFactory(organization=organization, title="Harbour Walk")
    assert Page(organizer.get(f"{LIST}?q=cafe")).headings[1:] == ["Café Lumière"]
    page = Page(organizer.get(f"{LIST}?q=%00opera"))
    assert "Nothing found" in page.headings
    assert page.link("Show all") == LIST


def test_the_list_has_pages_that_keep_what_was_asked(
    organizer: FlaskClient, organization: Organization
) -> None:
    for number in range(21):
        EventFactory(organization=organization, title=f"Walk {number:02}", status="draft")
    first = Page(organizer.get(f"{LIST}?when=drafts&q=walk"))
    onward = f"{LIST}?when=drafts&q=walk&page=2"
    assert onward in {href for _words, href in first.links}
    assert len(Page(organizer.get(onward)).headings) == 2
    assert len(Page(organizer.get(f"{LIST}?when=drafts&page=99")).headings) == 2


def test_the_list_tells_what_is_sold_and_who_came(organizer: FlaskClient, organization: Organization) -> None:
    event = EventFactory(organization=organization)
    sell(event, size=40, sold=3, held=2)
    sell(event, name="Seat", size=10, sold=4)
    admit(event, 1, 2, 0)
    admit(event, 1, status="cancelled")
    text = Page(organizer.get(LIST)).text
    assert "Sold 7 / 250" in text, "the offers of the tickets themselves are part of it"
    assert "Admitted 2 / 3" in text


def test_an_event_is_shown_in_its_own_zone_with_all_its_figures(
    organizer: FlaskClient, organization: Organization
) -> None:
    starts_at = clock.now().replace(year=2131, month=7, day=1, hour=18, minute=30)
    event = EventFactory(
        organization=organization, timezone="Europe/Berlin", starts_at=starts_at, slug="lanterns"
    )
    sell(event, size=40, sold=3, held=2)
    for status, amounts in (
        ("confirmed", {"amount_paid": 5000, "amount_refunded": 1500}),
        ("confirmed", {"amount_paid": 5000}),
        ("cancelled", {"amount_paid": 5000, "amount_refunded": 5000}),
        ("pending", {}),
        ("pending", {"expires_at": clock.now() - timedelta(minutes=1)}),
    ):
        OrderFactory(event=event, status=status, **amounts)
    page = Page(organizer.get(at(event)))
    for words in (
        "8:30 PM – 11:30 PM CEST",
        "Tickets sold 3 / 40 35 left",
        "Standing 3 2 35",
        "Revenue $85.00 $150.00 paid, $65.00 given back",
        "Admitted 0 / 0",
        "Confirmed 2",
        "Waiting for payment 1",
        "Cancelled 1",
        "Expired 1",
    ):
        assert words in page.text, words
    assert page.link("Public page") == "/events/lanterns"
    assert page.link("Orders") == f"/organizer/events/{event.uuid}/orders"


def test_a_type_sells_no_more_than_its_total_and_nothing_that_is_not_on_offer(
    organizer: FlaskClient, organization: Organization
) -> None:
    event = EventFactory(organization=organization)
    total = QuotaFactory(event=event, kind="type", size=8, sold=5)
    kind = TicketTypeFactory(event=event, name="Tiers", quota=total, quota_id=total.id)
    for number, active in ((1, True), (2, True), (3, False)):
        stock = QuotaFactory(event=event, size=5, sold=2 if number < 3 else 1)
        OfferFactory(event=event, ticket_type=kind, quota=stock, tier_number=number, is_active=active)
    hidden = sell(event, name="Hidden", size=9)
    hidden.is_active = False
    text = Page(organizer.get(at(event))).text
    assert "Tiers 5 0 3" in text
    assert "Hidden Not on offer 0 0 0" in text


def test_a_draft_leads_to_no_public_page(organizer: FlaskClient, organization: Organization) -> None:
    event = EventFactory(organization=organization, status="draft")
    page = Page(organizer.get(at(event)))
    assert "Draft" in page.text
    assert "Public page" not in page.text
    assert "Nothing is offered yet." in page.text


def test_strangers_learn_nothing_and_nobody_keeps_what_members_see(
    app: Flask, organizer: FlaskClient, organization: Organization
) -> None:
    event = EventFactory(organization=organization)
    stranger = browser_of(app, MembershipFactory().user)
    assert stranger.get(at(event)).status_code == 404
    for address in (LIST, at(event)):
        assert organizer.get(address).headers["Cache-Control"] == "no-store"


def test_as_many_statements_for_fifty_events_as_for_five(
    organizer: FlaskClient, organization: Organization, statements: Any
) -> None:
    def visit(address: str) -> int:
        with statements() as seen:
            assert organizer.get(address).status_code == 200
        return len(seen)

    def more(number: int) -> Event:
        for _ in range(number):
            event = EventFactory(organization=organization)
            sell(event)
            admit(event, 1)
        return event

    event = more(5)
    few = visit(f"{LIST}?q=evening"), visit(at(event))
    more(45)
    for _ in range(20):
        sell(event, name=f"Type {_}")
        admit(event, 0, 1)
    many = visit(f"{LIST}?q=evening"), visit(at(event))
    assert many == few
    assert max(many) <= 12
