"""Choosing from tiers, days and both; codes that make it cheaper."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.barriers import AXE, BEYOND, SMALL
from tests.browser.conftest import DESKTOP, PHONE, sign_in
from tests.factories import (
    PASSWORD,
    EventDayFactory,
    EventFactory,
    OfferFactory,
    PromoCodeFactory,
    QuotaFactory,
    TicketTypeFactory,
    in_days,
)
from tests.support.server import Server
from ticketing.models import Event, User

pytestmark = [pytest.mark.browser, pytest.mark.one_database]
Visit = Callable[..., Page]


def tiered() -> Event:
    """Two types of three tiers: one open, one sold out, one on sale later."""
    event: Event = EventFactory(slug="tiered", pricing_type="tiered")
    for name in ("Stalls", "Balcony"):
        kind = TicketTypeFactory(event=event, name=name, description="A seat.", benefits="Welcome drink")
        states: tuple[dict[str, Any], ...] = ({}, {"size": 0}, {"sales_start_at": in_days(2).function()})
        for number, state in enumerate(states, 1):
            OfferFactory(
                event=event, ticket_type=kind, tier_number=number, tier_name=f"Tier {number}", **state
            )
    return event


def by_the_day(pricing: str) -> Event:
    """Three days of which the first has four places left: passes, or two tiers each."""
    event: Event = EventFactory(slug=pricing.replace("_", "-"), pricing_type=pricing)
    kind = TicketTypeFactory(event=event, name="Pass")
    stocks = []
    for number, name in enumerate(("Friday", "Saturday", "Sunday"), 1):
        stock = QuotaFactory(event=event, kind="day", size=4 if number == 1 else 500)
        day = EventDayFactory(
            event=event, number=number, name=name, date=date(2031, 7, 3 + number), quota_id=stock.id
        )
        stocks.append(stock)
        for tier in (1, 2) if pricing == "tier_and_day" else (None,):
            OfferFactory(
                event=event, ticket_type=kind, day_id=day.id, day_name=name, also=[stock], tier_number=tier,
                tier_name=("", "Floor", "Balcony")[tier or 0],
            )  # fmt: skip
    if pricing == "day_based":
        OfferFactory(event=event, ticket_type=kind, is_all_days=True, day_name="All days", also=stocks)
    return event


@pytest.fixture
def pages(live_server: Server) -> list[str]:
    """An event of each pricing; one of them with a choice that cannot be had."""
    events = [tiered(), by_the_day("day_based"), by_the_day("tier_and_day")]
    return [*(f"/events/{event.slug}" for event in events), "/checkout/tier-and-day?offer_11=3&offer_12=3"]


@pytest.mark.parametrize(("size", "scheme"), [(DESKTOP, "light"), (PHONE, "light"), (DESKTOP, "dark")])
def test_every_pricing_is_read_and_steered_by_everybody(
    visit: Visit, pages: list[str], size: Any, scheme: str
) -> None:
    page = visit("/", viewport=size, color_scheme=scheme, reduced_motion="reduce")
    found: dict[str, Any] = {}
    for address in pages:
        page.goto(address)
        expect(page.get_by_role("button", name="Get tickets")).to_be_visible()
        page.evaluate(AXE)
        barriers = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")["violations"]
        faults = [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in barriers]
        if faults or page.evaluate(BEYOND) > 0 or page.evaluate(SMALL):
            found[address] = faults, page.evaluate(BEYOND), page.evaluate(SMALL)
    assert not found


def test_days_by_tiers_are_a_table_where_there_is_room_and_a_block_a_day_elsewhere(
    visit: Visit, pages: list[str]
) -> None:
    page = visit("/events/tier-and-day")
    floor, balcony = (
        page.get_by_role("spinbutton", name=f"Saturday {tier}", exact=True) for tier in ("Floor", "Balcony")
    )
    one, two = floor.bounding_box(), balcony.bounding_box()
    assert one is not None
    assert two is not None
    assert abs(one["y"] - two["y"]) < 1 < two["x"] - one["x"]
    page.set_viewport_size(PHONE)
    one, two = floor.bounding_box(), balcony.bounding_box()
    assert one is not None
    assert two is not None
    assert abs(one["x"] - two["x"]) < 1 < two["y"] - one["y"]
    expect(page.get_by_text("Balcony", exact=True).locator("visible=true")).to_have_count(3)


def test_more_than_a_day_holds_is_said_beside_that_day(visit: Visit, pages: list[str]) -> None:
    page = visit("/events/day-based", java_script_enabled=False)
    page.get_by_role("spinbutton", name="Friday", exact=True).fill("3")
    page.get_by_role("spinbutton", name="All days", exact=True).fill("2")
    page.get_by_role("button", name="Get tickets").click()
    expect(page.get_by_text("Only 4 tickets are left for Friday; you chose 5.")).to_have_count(2)
    expect(page.get_by_role("spinbutton", name="Friday", exact=True)).to_have_value("3")
    page.get_by_role("spinbutton", name="Friday", exact=True).fill("2")
    page.get_by_role("button", name="Get tickets").click()
    expect(page.get_by_role("heading", name="Your order")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_code_is_applied_changed_and_paid(visit: Visit, event: Event, user: User, scripts: bool) -> None:
    PromoCodeFactory(organization=event.organization, code="WELCOME10")
    page = visit("/", java_script_enabled=scripts)
    if scripts:
        sign_in(page, user)
    else:
        page.goto("/sign-in")
        page.get_by_label("E-mail address").fill(user.email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
    page.goto(f"/events/{event.slug}")
    page.get_by_role("spinbutton", name="Walk", exact=True).fill("2")
    page.get_by_role("button", name="Get tickets").click()
    page.get_by_label("Name").fill("Mary Shelley")
    page.get_by_label("Have a code?").fill("nonsense")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("There is no such promo code for this event.")).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("Mary Shelley")
    page.get_by_label("Have a code?").fill("welcome10")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("row", name="Total $47.50")).to_be_visible()
    page.get_by_role("button", name="Continue to payment").click()
    expect(page.get_by_role("heading", name="Pay $47.50")).to_be_visible()
    page.get_by_role("button", name="Remove WELCOME10").click()
    expect(page.get_by_role("heading", name="Pay $52.50")).to_be_visible()
    page.get_by_text("Have a code?").click()
    page.get_by_label("Promo code").fill("WELCOME10")
    page.get_by_role("button", name="Apply").click()
    page.get_by_role("button", name="Pay $47.50").click()
    page.get_by_role("button", name="Approve payment").click()
    expect(page.get_by_role("heading", name="You are going!")).to_be_visible()
    expect(page.get_by_role("row", name="Discount (WELCOME10) −$5.00")).to_be_visible()
