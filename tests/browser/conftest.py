"""Real browsers in front of a real server. What a page complains about fails the test that opened it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import executable, running
from tests.factories import (
    PASSWORD,
    CategoryFactory,
    EventFactory,
    OfferFactory,
    TicketTypeFactory,
    UserFactory,
    VenueFactory,
)
from tests.support.server import Server
from ticketing.models import Event, User

DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
_REFUSED_PAGE = re.compile(r"the server responded with a status of (400|404|413) ")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser, once a worker."""
    path = executable()
    if path is None:
        pytest.skip("no Chromium is installed")
    with running(path) as browser:
        yield browser


@dataclass
class Complaints:
    """What pages complained about: errors of scripts, broken policies, failed requests."""

    found: list[str] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        """Note whatever this page complains about. A form that was refused (400) is no complaint."""
        page.on("pageerror", lambda error: self.found.append(f"{page.url}: {error}"))
        page.on("console", lambda message: self._console(page, message))
        page.on("requestfailed", lambda request: self._failed(request))

    def _console(self, page: Page, message: Any) -> None:
        own = message.location.get("url", "") == page.url and _REFUSED_PAGE.search(message.text)
        if message.type in ("error", "warning") and not own:
            self.found.append(f"{page.url}: {message.text}")

    def _failed(self, request: Any) -> None:
        # The browser itself gives up what a navigation leaves behind.
        if request.failure != "net::ERR_ABORTED":
            self.found.append(f"{request.url}: {request.failure}")


@pytest.fixture
def visit(
    chromium: Browser, live_server: Server, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Page]]:
    """``visit("/events/")`` opens a page of the shop in a new browser profile; keywords are the profile's."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    complaints, contexts = Complaints(), []

    def open_page(address: str = "/", **profile: Any) -> Page:
        context = chromium.new_context(base_url=live_server.url, **({"viewport": DESKTOP} | profile))
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        complaints.listen(page)
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints.found


@pytest.fixture
def event(live_server: Server) -> Event:
    """The lantern walk in Porto, with two kinds of tickets and one that is sold out."""
    made: Event = EventFactory(
        slug="lantern-walk",
        title="Lantern Walk",
        short_description="Through the old town by candlelight, with stories at every corner.",
        description="Meet at the harbour.\n\nBring warm shoes.",
        category=CategoryFactory(name="Walks", slug="walks"),
        venue=VenueFactory(name="Harbour Hall", city="Porto"),
        is_featured=True,
        lowest_price=2500,
        highest_price=6000,
    )
    for name, price, size in (("Walk", 2500, 50), ("Walk and supper", 6000, 4), ("Early bird", 1500, 0)):
        OfferFactory(event=made, price=price, size=size, ticket_type=TicketTypeFactory(event=made, name=name))
    return made


@pytest.fixture
def user(live_server: Server) -> User:
    """Somebody with an account."""
    made: User = UserFactory(email="grace@example.org", first_name="Grace", last_name="Hopper")
    return made


def sign_in(page: Page, user: User) -> None:
    """Sign in, wherever the page is."""
    page.goto("/sign-in")
    page.get_by_label("E-mail address").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("[data-menu]")).to_be_visible()


def order(page: Page, user: User, event: Event) -> None:
    """As that user, order one ticket and stop before the payment."""
    sign_in(page, user)
    page.goto(f"/events/{event.slug}")
    page.get_by_role("button", name="One more: Walk", exact=True).click()
    page.get_by_role("button", name="Get tickets").click()
    page.get_by_role("button", name="Continue to payment").click()
    expect(page.get_by_role("heading", name="Payment", exact=True)).to_be_visible()
