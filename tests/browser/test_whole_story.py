"""From nothing to the right figures, without a manual: an organization, an event sold by tiers and days, a
buyer with a phone, somebody at the door, money given back."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser import door
from tests.browser.conftest import DESKTOP, PHONE
from tests.factories import PASSWORD
from tests.support.server import Server
from ticketing.extensions import db
from ticketing.models import Event, OrderItem, Ticket

pytestmark = [pytest.mark.browser, pytest.mark.one_database]
Visit = Callable[..., Page]
#: One of them has its midday now: nothing here happens across midnight.
_ZONES = (
    "Pacific/Honolulu", "America/Denver", "America/Sao_Paulo", "Europe/London", "Asia/Kolkata", "Asia/Tokyo",
    "Pacific/Auckland",
)  # fmt: skip


@pytest.fixture(autouse=True)
def media(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "MEDIA_ROOT", tmp_path)


def midday() -> tuple[str, datetime]:
    """A zone where the day is neither young nor late, and its clock without one."""
    now = datetime.now(tz=ZoneInfo("UTC"))
    zone = min(_ZONES, key=lambda name: abs(now.astimezone(ZoneInfo(name)).hour - 12))
    return zone, now.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def sign_up(page: Page, name: str, *, organizes: bool = False) -> None:
    """Make an account on the page that asks for one."""
    if organizes:
        page.get_by_label("I organize events").check()
    page.get_by_label("First name").fill(name)
    page.get_by_label("E-mail address").fill(f"{name.lower()}@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()


def open_organization(page: Page) -> None:
    """A stranger becomes an organizer."""
    page.get_by_role("link", name="Organize events").last.click()
    page.get_by_role("link", name="Create an account").click()
    sign_up(page, "Iris", organizes=True)
    page.get_by_label("Name", exact=True).fill("Lantern Company")
    page.get_by_label("Currency").select_option("EUR")
    page.get_by_role("button", name="Open the organization").click()


def draft(page: Page, zone: str, now: datetime) -> None:
    """Three days, beginning soon."""
    page.get_by_label("Title").fill("Harbour Festival")
    page.locator("summary", has_text="place").click()
    page.get_by_label("Name of the place").fill("Harbour Hall")
    page.get_by_label("City", exact=True).fill("Porto")
    begins = now + timedelta(hours=1)
    page.get_by_label("Starts").fill(f"{begins:%Y-%m-%dT%H:%M}")
    page.get_by_label("Ends").fill(f"{now + timedelta(days=2, hours=6):%Y-%m-%dT%H:%M}")
    page.get_by_label("Time zone").select_option(zone)
    page.get_by_role("button", name="Keep as a draft").click()


def price(page: Page, now: datetime) -> None:
    """Two tiers on three days; early birds come on the first one only."""
    days = [f"{now + timedelta(days=number):%A}" for number in range(3)]
    page.get_by_role("radio", name="Tiers on each day").check()
    page.get_by_role("button", name="Price it like this").click()
    page.get_by_role("link", name="Set the days").click()
    page.get_by_role("button", name=", ".join(days)).click()
    page.get_by_role("link", name="Add a ticket type").click()
    page.get_by_label("Name", exact=True).fill("Festival")
    page.get_by_role("textbox", name="Tier 1: name").fill("Early bird")
    page.get_by_role("textbox", name="Tier 2: name").fill("Regular")
    for place, amount, number in [
        (f"Early bird, {days[0]}", "20", "5"),
        *((f"Regular, {day}", "30", "50") for day in days),
    ]:
        page.get_by_role("spinbutton", name=f"{place}: price", exact=True).fill(amount)
        page.get_by_role("spinbutton", name=f"{place}: tickets", exact=True).fill(number)
    page.get_by_role("button", name="Add it").click()


def buy(page: Page, day: str) -> None:
    """A regular ticket and an early bird for the first day."""
    page.get_by_role("searchbox", name="What").fill("harbour")
    page.get_by_role("button", name="Find events").click()
    page.get_by_role("link", name="Harbour Festival").click()
    more = page.get_by_role("group", name=day).get_by_role("button", name=re.compile("^One more"))
    expect(more).to_have_count(2)
    more.first.click()
    more.last.click()
    expect(page.locator("[data-total]")).to_have_text("€52.50")
    page.get_by_role("button", name="Get tickets").click()
    page.get_by_role("link", name="Create an account").click()
    sign_up(page, "Grace")
    page.get_by_role("button", name="Continue to payment").click()
    page.get_by_role("button", name="Pay €52.50").click()
    page.get_by_role("button", name="Approve payment").click()
    expect(page.get_by_role("heading", name="You are going!")).to_be_visible()


def test_from_a_new_organization_to_the_right_figures(visit: Visit, live_server: Server) -> None:
    zone, now = midday()
    page = visit("/", viewport=DESKTOP)
    open_organization(page)
    draft(page, zone, now)
    page.get_by_role("link", name="Ticket types", exact=True).click()
    price(page, now)
    page.get_by_role("link", name="Publish", exact=True).click()
    page.get_by_role("button", name="Publish it now").click()
    expect(page.get_by_text("your event is on show")).to_be_visible()

    buy(visit("/", viewport=PHONE), f"{now:%A}")

    event = db.session.scalars(db.select(Event)).one()
    used = db.session.scalars(db.select(Ticket).join(OrderItem).where(OrderItem.tier_name == "Regular")).one()
    scan(visit(scanner_link(page), viewport=PHONE), used)
    give_back_early_bird(page)

    page.goto(f"/organizer/events/{event.uuid}/")
    sold, revenue, admitted = (
        page.get_by_role("definition").filter(has_text=words).first for words in ("/ 155", "€32.50", "/ 1")
    )
    expect(sold).to_have_text("1 / 155")
    expect(revenue).to_have_text("€32.50")
    expect(admitted).to_be_visible()
    expect(page.get_by_text("€52.50 paid, €20.00 given back")).to_be_visible()


def scanner_link(page: Page) -> str:
    """Where a helper at the door begins."""
    page.get_by_role("navigation", name="About this event").get_by_role("link", name="Door").click()
    page.get_by_role("link", name="Scanner links").first.click()
    page.get_by_label("Name", exact=True).fill("Main entrance")
    page.get_by_role("button", name="Make the link").click()
    return str(page.locator("[readonly]").first.input_value())


def scan(page: Page, ticket: Ticket) -> None:
    """Let the ticket in, on a phone without an account."""
    page.get_by_label("Name of this device").fill("Phone 1")
    page.get_by_role("button", name="Start scanning").click()
    door.check(door.ready(page), door.code(ticket))
    door.expect_answer(page, "green", "Let in", "Grace")


def give_back_early_bird(page: Page) -> None:
    """The ticket that was not used."""
    tabs = page.get_by_role("navigation", name="About this event")
    tabs.get_by_role("link", name="Orders").click()
    page.get_by_role("link", name="Grace").click()
    page.get_by_role("link", name="Give back").click()
    page.get_by_role("checkbox", name=re.compile("Early bird")).check()
    page.get_by_role("button", name="Give these tickets back").click()
    page.get_by_role("button", name="Yes, give it back").click()
    expect(page.get_by_text("€20.00 goes back to the buyer.")).to_be_visible()
