"""Tickets on a foreign website: shown where they may be, refused elsewhere, bought on our own pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.barriers import AXE, BEYOND
from tests.browser.conftest import DESKTOP, PHONE, sign_in
from tests.factories import MembershipFactory
from tests.support.server import Server
from ticketing.extensions import db
from ticketing.models import Event, Organization, User
from ticketing.models.organizations import MANAGER

pytestmark = [pytest.mark.browser, pytest.mark.one_database]


class Blog:
    """Somebody's website, of another origin than ours: its one page holds what is given to it."""

    def __init__(self) -> None:
        blog = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = f"<!doctype html><title>A blog</title><h1>My evening</h1>{blog.line}".encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Requests are not worth a line each."""

        self.line = ""
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://localhost:{self.server.server_port}"
        self.thread = Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})


@pytest.fixture
def blog(live_server: Server) -> Iterator[Blog]:
    """That website with the lantern walk's tickets on it."""
    made = Blog()
    made.line = f'<script src="{live_server.url}/widget.js" data-event="lantern-walk" async></script>'
    made.thread.start()
    yield made
    made.server.shutdown()
    made.thread.join()
    made.server.server_close()


@pytest.fixture(params=[DESKTOP, PHONE], ids=["wide", "phone"])
def visitor(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Somebody who reads that website."""
    context = chromium.new_context(viewport=request.param)
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


def allow(event: Event, *origins: str) -> None:
    db.session.get_one(Organization, event.organization_id).widget_origins = list(origins)
    db.session.commit()


def test_an_allowed_website_shows_the_tickets_and_leads_to_the_choice(
    visitor: Page, blog: Blog, event: Event, live_server: Server
) -> None:
    allow(event, "https://example.org", blog.origin)
    visitor.goto(blog.origin)
    frame = visitor.frame_locator("iframe")
    expect(frame.get_by_role("heading", name="Lantern Walk")).to_be_visible()
    expect(frame.get_by_text("Only 4 left.")).to_be_visible()
    expect(frame.get_by_text("Sold out")).to_be_visible()
    # The frame became as high as what is in it.
    inside = visitor.frames[1]
    visitor.wait_for_function("() => document.querySelector('iframe').style.height.endsWith('px')")
    height = visitor.evaluate("() => document.querySelector('iframe').clientHeight")
    assert abs(height - inside.evaluate("() => document.body.getBoundingClientRect().height")) <= 1
    assert inside.evaluate(BEYOND) <= 0
    assert visitor.context.cookies() == []
    with visitor.expect_popup() as opened:
        frame.get_by_role("link", name="Get tickets: Walk", exact=True).click()
    shop = opened.value
    assert re.fullmatch(rf"{live_server.url}/events/lantern-walk\?offer_\d+=1#tickets", shop.url)
    expect(shop.locator("[data-count]")).to_have_text("1 ticket")
    assert shop.evaluate("() => window.opener") is None
    shop.get_by_role("button", name="Get tickets").click()
    expect(shop.get_by_role("heading", name="Your order")).to_be_visible()


@pytest.mark.parametrize("origins", [[], ["https://example.org"]], ids=["nobody", "others"])
def test_a_website_that_is_not_allowed_shows_nothing(
    chromium: Browser, blog: Blog, event: Event, origins: list[str]
) -> None:
    allow(event, *origins)
    context = chromium.new_context()
    page = context.new_page()
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.goto(blog.origin)
    page.wait_for_selector("iframe")
    page.wait_for_timeout(1500)
    assert any("frame-ancestors" in text for text in told), told
    assert page.frame_locator("iframe").get_by_text("Lantern Walk").count() == 0
    context.close()


def test_no_other_page_of_ours_gets_into_a_frame(
    chromium: Browser, blog: Blog, event: Event, live_server: Server
) -> None:
    allow(event, blog.origin)
    blog.line = f'<iframe src="{live_server.url}/events/lantern-walk"></iframe>'
    context = chromium.new_context()
    page = context.new_page()
    page.goto(blog.origin)
    page.wait_for_timeout(1000)
    assert page.frame_locator("iframe").get_by_text("Lantern Walk").count() == 0
    context.close()


def test_an_organizer_copies_the_line(
    chromium: Browser, event: Event, user: User, live_server: Server
) -> None:
    MembershipFactory(
        organization=db.session.get_one(Organization, event.organization_id), user=user, role=MANAGER
    )
    allow(event, "https://example.org")
    for size in (DESKTOP, PHONE):
        context = chromium.new_context(
            base_url=live_server.url, viewport=size, permissions=["clipboard-read", "clipboard-write"]
        )
        page = context.new_page()
        sign_in(page, user)
        page.goto(f"/organizer/events/{event.uuid}")
        page.get_by_role("link", name="Put it on your website").click()
        page.get_by_role("button", name="Copy", exact=True).click()
        expect(page.get_by_role("button", name="Copied")).to_be_visible()
        line = page.evaluate("() => navigator.clipboard.readText()")
        assert line == (
            f'<script src="{live_server.url}/widget.js" data-event="lantern-walk"'
            ' data-title="Lantern Walk" async></script>'
        )
        expect(page.get_by_text("https://example.org")).to_be_visible()
        assert page.evaluate(BEYOND) <= 0
        page.evaluate(AXE)
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        assert [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found] == []
        context.close()
