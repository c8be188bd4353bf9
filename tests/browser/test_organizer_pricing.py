"""An organizer prices an event by tiers and days, and buyers see just these prices."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.barriers import AXE, BEYOND, SMALL
from tests.browser.conftest import DESKTOP, PHONE, sign_in
from tests.factories import EventFactory, MembershipFactory, OrganizationFactory, UserFactory
from tests.support.server import Server
from ticketing import clock
from ticketing.models import Event, User
from ticketing.models.organizations import MANAGER

pytestmark = [pytest.mark.browser, pytest.mark.one_database]
Visit = Callable[..., Page]


@pytest.fixture
def organizer(live_server: Server) -> User:
    """Somebody who manages an organization."""
    made: User = UserFactory(email="iris@example.org", user_type="organizer", email_verified_at=clock.now())
    return made


@pytest.fixture
def event(organizer: User) -> Event:
    """A draft of three days, from a Friday to a Sunday."""
    organization = OrganizationFactory(name="Lantern Company", currency="EUR")
    MembershipFactory(organization=organization, user=organizer, role=MANAGER)
    made: Event = EventFactory(
        title="Harbour Festival", slug="harbour-festival", status="draft", organization=organization,
        currency="EUR", timezone="Europe/Lisbon", starts_at=datetime(2031, 7, 4, 15, tzinfo=UTC),
        ends_at=datetime(2031, 7, 6, 21, tzinfo=UTC), capacity=None,
    )  # fmt: skip
    return made


class Camera:
    """Looks at each page for barriers; with ``SCREENSHOTS`` it takes pictures too."""

    def __init__(self, page: Page, name: str) -> None:
        self.page, self.name = page, name
        self.found: dict[str, Any] = {}

    def look(self, name: str) -> None:
        """At the page as it is."""
        if folder := os.environ.get("SCREENSHOTS"):
            self.page.screenshot(path=Path(folder) / f"{name}-{self.name}.png", full_page=True)
        self.page.evaluate(AXE)
        barriers = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        seen: list[Any] = [(one["id"], [node["html"][:160] for node in one["nodes"]]) for one in barriers]
        seen += self.page.evaluate(SMALL)
        if self.page.evaluate(BEYOND) > 0:
            seen.append("too wide")
        if seen:
            self.found[name] = seen


def cell(page: Page, place: str, price: str, tickets: str) -> None:
    """Type a price and a number of tickets."""
    page.get_by_role("spinbutton", name=f"{place}: price", exact=True).fill(price)
    page.get_by_role("spinbutton", name=f"{place}: tickets", exact=True).fill(tickets)


@pytest.mark.parametrize(("scheme", "size"), [("light", DESKTOP), ("dark", PHONE)], ids=["desk", "phone"])
def test_a_grid_of_tiers_and_days_is_made_published_and_seen(
    visit: Visit, organizer: User, event: Event, scheme: str, size: dict[str, int]
) -> None:
    page = visit("/sign-in", color_scheme=scheme, viewport=size, reduced_motion="reduce")
    camera = Camera(page, f"{scheme}-{size['width']}")
    sign_in(page, organizer)
    page.goto(f"/organizer/events/{event.uuid}/tickets")
    page.get_by_role("radio", name="Tiers on each day").check()
    camera.look("choose")
    page.get_by_role("button", name="Price it like this").click()
    page.get_by_role("link", name="Set the days").click()
    camera.look("days")
    page.get_by_role("button", name="Friday, Saturday, Sunday").click()
    expect(page.get_by_role("listitem").filter(has_text="Saturday")).to_be_visible()
    page.get_by_role("link", name="Add a ticket type").click()
    page.get_by_label("Name", exact=True).fill("Festival pass")
    page.get_by_role("textbox", name="Tier 1: name").fill("Early bird")
    cell(page, "Early bird, Friday", "20", "50")
    page.get_by_role("textbox", name="Tier 2: name").fill("Regular")
    page.get_by_role("button", name="Add a tier").click()
    expect(page.get_by_role("textbox", name="Tier 3: name")).to_be_focused()
    page.keyboard.type("Late")
    camera.look("grid-new")
    cell(page, "Early bird, Saturday", "25.50", "50")
    for place in (
        "Regular, Friday",
        "Regular, Saturday",
        "Regular, Sunday",
        "Late, Friday",
        "Late, Saturday",
    ):
        cell(page, place, "30", "100")
    cell(page, "Late, Sunday", "45", "")
    if size is DESKTOP:
        page.get_by_role("button", name="Same price on all days").nth(1).click()
    page.get_by_role("textbox", name="Tier 3: name").press("Enter")
    expect(page.get_by_role("link", name="Late, Sunday: Say how many there are")).to_be_visible()
    camera.look("grid-refused")
    cell(page, "Late, Sunday", "45", "100")
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_text("is added")).to_be_visible()
    camera.look("overview")
    page.get_by_role("link", name="Festival pass").click()
    camera.look("grid")
    page.get_by_role("link", name="Publish", exact=True).click()
    page.get_by_role("button", name="Publish it now").click()
    page.goto("/events/harbour-festival")
    for day, prices in {
        "Friday": ["€20.00", "€30.00", "€30.00"],
        "Saturday": ["€25.50", "€30.00", "€30.00"],
        "Sunday": ["Not offered", "€30.00", "€45.00"],
    }.items():
        told = page.get_by_role("group", name=day).locator(".offer__price, .matrix__none")
        expect(told).to_have_text(prices)
    assert not camera.found
