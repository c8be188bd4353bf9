"""An organizer makes an event, gives it tickets, publishes it, and finds it among all others."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser import barriers
from tests.browser.conftest import DESKTOP, PHONE, sign_in
from tests.factories import (
    EventFactory,
    MembershipFactory,
    OfferFactory,
    OrderFactory,
    UserFactory,
    VenueFactory,
)
from tests.support.server import Server
from ticketing import clock
from ticketing.models import Event, User
from ticketing.models.organizations import MANAGER

pytestmark = [pytest.mark.browser, pytest.mark.one_database]
Visit = Callable[..., Page]


@pytest.fixture(autouse=True)
def media(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """``MEDIA_ROOT`` of this test."""
    monkeypatch.setitem(app.config, "MEDIA_ROOT", tmp_path)
    return tmp_path


@pytest.fixture
def organizer(live_server: Server) -> User:
    """Somebody without an organization yet."""
    VenueFactory(name="Harbour Hall", city="Porto")
    made: User = UserFactory(
        email="iris@example.org",
        first_name="Iris",
        last_name="Murdoch",
        user_type="organizer",
        email_verified_at=clock.now(),
    )
    return made


@pytest.fixture
def event(organizer: User) -> Event:
    """One that is on sale."""
    made: Event = EventFactory(title="Lantern Walk")
    OfferFactory(event=made, size=80)
    MembershipFactory(organization=made.organization, user=organizer, role=MANAGER)
    return made


def photograph() -> dict[str, Any]:
    """A picture as a file to choose."""
    file = io.BytesIO()
    Image.new("RGB", (900, 600), "#0a7f5c").save(file, "JPEG")
    return {"name": "cover.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


def write(page: Page) -> None:
    """Fill in the form of a new event."""
    year = clock.now().year + 1
    page.get_by_label("Title").fill("Lantern Walk")
    page.get_by_label("In one sentence").fill("Through the old town by candlelight.")
    page.get_by_label("Place", exact=True).select_option("Harbour Hall, Porto")
    page.get_by_label("Starts").fill(f"{year}-06-20T20:00")
    page.get_by_label("Ends").fill(f"{year}-06-20T23:00")
    page.get_by_label("Time zone").select_option("Europe/Lisbon")


@pytest.mark.parametrize("scripts", [True, False])
def test_an_event_is_made_given_tickets_published_and_seen(
    visit: Visit, organizer: User, scripts: bool
) -> None:
    page = visit("/sign-in", java_script_enabled=scripts, viewport=DESKTOP if scripts else PHONE)
    if scripts:
        sign_in(page, organizer)
    else:
        page.get_by_label("E-mail address").fill(organizer.email)
        page.get_by_label("Password").fill("a long walk on the beach")
        page.get_by_role("button", name="Sign in").click()
    page.goto("/organizer/")
    page.get_by_role("link", name="New event").click()
    write(page)
    page.get_by_role("button", name="Keep as a draft").click()
    expect(page.get_by_text("Your event is drafted")).to_be_visible()
    page.get_by_role("link", name="Publish", exact=True).click()
    expect(page.get_by_text("Add at least one ticket type")).to_be_visible()
    page.get_by_role("link", name="Go to the ticket types").click()
    page.get_by_role("link", name="Add a ticket type").click()
    page.get_by_label("Name", exact=True).fill("Standing")
    page.get_by_label("Price").fill("12.50")
    page.get_by_label("Quantity").fill("80")
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_role("link", name="Standing")).to_be_visible()
    page.get_by_role("link", name="Picture", exact=True).click()
    page.get_by_label("Picture", exact=True).and_(page.locator("input")).set_input_files(photograph())
    page.get_by_role("button", name="Use this picture").click()
    expect(page.locator(".cover-now img")).to_be_visible()
    page.get_by_role("link", name="Publish", exact=True).click()
    page.get_by_role("button", name="Publish it now").click()
    expect(page.get_by_text("your event is on show")).to_be_visible()
    page.get_by_role("link", name="Public page").click()
    expect(page.get_by_role("heading", name="Lantern Walk")).to_be_visible()
    expect(page.get_by_text("12.50").first).to_be_visible()
    cover = page.locator(".event-cover img")
    assert str(cover.get_attribute("src")).startswith("/media/covers/")
    if scripts:
        page.wait_for_function("() => document.querySelector('.event-cover img').naturalWidth > 0")


def pages(page: Page, event: Event) -> Any:
    """Every page of the editor, with mistakes too."""
    start = f"/organizer/events/{event.uuid}"
    for name, address in (
        ("list", "/organizer/"),
        ("new", "/organizer/events/new"),
        ("edit", f"{start}/edit"),
        ("tickets", f"{start}/tickets"),
        ("ticket-new", f"{start}/tickets/new"),
        ("cover", f"{start}/cover"),
        ("publish", f"{start}/publish"),
        ("duplicate", f"{start}/duplicate"),
        ("cancel", f"{start}/cancel"),
    ):
        page.goto(address)
        yield name
    page.get_by_role("button", name="Call it off").click()
    yield "cancel-refused"
    page.goto(f"{start}/tickets")
    page.locator(".kind a").first.click()
    yield "ticket"
    page.goto("/organizer/events/new")
    page.get_by_role("button", name="Keep as a draft").click()
    page.wait_for_selector(".problems")
    yield "new-refused"
    yield from of_a_draft(page)
    yield from wound_up(page, event)


def of_a_draft(page: Page) -> Any:
    """A new event that becomes one while it is written, with everything open that can be."""
    page.goto("/organizer/events/new")
    write(page)
    page.get_by_text("How to format").click()
    page.get_by_label("Unlisted").check()
    page.get_by_label("Capacity").fill("0")
    expect(page.get_by_text("except for: Capacity")).to_be_visible()
    yield "draft-kept"
    for name, words in (("preview", "Preview"), ("delete", "Delete")):
        page.goto(page.url.rpartition("/")[0] + "/edit")
        page.get_by_role("link", name=words, exact=True).click()
        page.wait_for_url(re.compile(f"/{name}$"))
        yield name


def wound_up(page: Page, event: Event) -> Any:
    """An event that is called off, with an order on its way to its end."""
    OrderFactory(event=event, status="confirmed", amount_paid=1000)
    page.goto(f"/organizer/events/{event.uuid}/cancel")
    page.get_by_label("Type the event's title").fill(event.title)
    page.get_by_role("button", name="Call it off").click()
    page.wait_for_selector("progress")
    yield "winding-up"
    page.goto(f"/organizer/events/{event.uuid}/edit")
    yield "called-off"


@pytest.mark.parametrize("look", barriers.LOOKS)
def test_no_page_has_a_barrier_or_is_wider_than_its_screen(
    visit: Visit, organizer: User, event: Event, look: dict[str, Any]
) -> None:
    page = visit("/sign-in", **look, reduced_motion="reduce")
    sign_in(page, organizer)
    looked: dict[str, Any] = {}
    for name in pages(page, event):
        if folder := os.environ.get("SCREENSHOTS"):
            shown = f"{name}-{look['color_scheme']}-{look['viewport']['width']}.png"
            page.screenshot(path=Path(folder) / shown, full_page=True)
        looked[name] = barriers.in_the_way(page)
    assert {name: found for name, found in looked.items() if found} == {}
