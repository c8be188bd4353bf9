"""Staff tries again what was given up, ends an account, sees to an order; the pages fit every screen and
colour."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import barriers
from tests.browser.barriers import BEYOND, SMALL
from tests.browser.conftest import PHONE, sign_in
from tests.factories import (
    ActivityLogFactory,
    EventFactory,
    GatewayEventFactory,
    OrderFactory,
    OutboxMessageFactory,
    PaymentFactory,
    UserFactory,
)
from tests.services.selling import Sale
from tests.support.server import Server
from ticketing import clock
from ticketing.models import User
from ticketing.queries.gateway_events import MOST_ATTEMPTS
from ticketing.services import announcing, notifications

pytestmark = [pytest.mark.browser, pytest.mark.one_database]
Visit = Callable[..., Page]
PAGES = {
    "activity": "/staff/activity/",
    "outbox": "/staff/outbox/",
    "outbox empty": "/staff/outbox/?order=nothing",
    "webhooks": "/staff/webhooks/",
    "webhooks empty": "/staff/webhooks/?order=nothing",
    "people": "/staff/users/?chosen=all",
    "health": "/staff/health",
    "start": "/staff/",
    "organizations": "/staff/organizations/",
    "new organization": "/staff/organizations/new",
    "events": "/staff/events/",
    "venues": "/staff/venues/",
    "new venue": "/staff/venues/new",
    "categories": "/staff/categories/",
    "new category": "/staff/categories/new",
    "orders": "/staff/orders/",
    "orders empty": "/staff/orders/?q=nothing",
    "payments": "/staff/payments/",
    "books": "/staff/books/",
}
#: Pages of one row: the list, and what leads there.
ROWS = {
    "person": "/staff/users/",
    "organization": "/staff/organizations/",
    "venue": "/staff/venues/",
    "category": "/staff/categories/",
    "payment": "/staff/payments/",
}


@pytest.fixture
def staff(live_server: Server) -> User:
    """Somebody of the house; messages and events of every kind wait for them."""
    now = clock.now()
    order = OrderFactory(event=EventFactory(title="Lantern Walk"), number="ORD-20261122-LANTERN")
    about = {"order_id": order.id, "payload": {"order_id": order.id}}
    OutboxMessageFactory(kind=notifications.ORDER_CANCELLED, status="sent", sent_at=now, attempts=1, **about)
    OutboxMessageFactory(
        kind=notifications.REFUND_DONE, status="failed", attempts=14, due_at=now - timedelta(days=1),
        last_error="The mail server answered 550 5.1.1 <ada@example.org>: mailbox unavailable", **about,
    )  # fmt: skip
    OutboxMessageFactory(
        kind=announcing.ANNOUNCE, payload={"event_id": order.event_id}, due_at=now + timedelta(minutes=9)
    )
    OutboxMessageFactory(
        kind=notifications.SEND_REFUND, payload={"order_id": order.id, "refund_id": 7}, order_id=order.id,
        status="queued", attempts=3, due_at=now + timedelta(hours=1), last_error="GatewayDown: no answer",
    )  # fmt: skip
    OutboxMessageFactory(
        kind=notifications.WITHDRAW_PAYMENT, payload={"payment_id": 7}, status="failed", attempts=14,
        last_error="KeyError: 'x'", due_at=now - timedelta(days=2),
    )  # fmt: skip
    OutboxMessageFactory(kind=notifications.VERIFY_EMAIL, payload={"user_id": 1}, due_at=now - timedelta(1))
    payment = PaymentFactory(order=order, created_at=now - timedelta(hours=3))
    GatewayEventFactory(reference=payment.reference, outcome="paid", attempts=1, processed_at=now)
    GatewayEventFactory(
        outcome="ignored: unknown payment", kind="charge.refunded", attempts=1, processed_at=now
    )
    GatewayEventFactory(reference=payment.reference, attempts=3, leased_until=now + timedelta(minutes=2))
    GatewayEventFactory(event_id="evt_1QzLongAsStripeMakesThemABCDEFGH", attempts=MOST_ATTEMPTS)
    ActivityLogFactory(action="order_placed", ip_address="192.0.2.7")
    UserFactory(is_active=False, first_name="", last_name="", user_type="organizer")
    return UserFactory(
        email="iris@example.org", first_name="Iris", is_staff=True, email_verified_at=clock.now()
    )


def keep(page: Page, name: str) -> None:
    """A picture for whoever wants to look: ``SHOTS=folder``."""
    if folder := os.environ.get("SHOTS"):
        page.wait_for_load_state("networkidle")
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def walk(page: Page) -> Iterator[str]:
    """Opens each page; yields what it is."""
    for name, address in PAGES.items():
        page.goto(address)
        yield name
    for name, address in ROWS.items():
        page.goto(address)
        page.locator(".rows h3 a").first.click()
        page.wait_for_load_state()
        yield name
    page.goto("/staff/users/?chosen=all")
    page.get_by_role("button", name="Switch off").click()
    yield "many asked"
    page.locator("main .panel").get_by_role("button", name="Switch off").click()
    yield "many done"
    page.goto("/staff/books/")
    page.get_by_role("button", name="Look at the books").click()
    yield "books read"


def test_staff_finds_what_was_given_up_and_tries_it_again(visit: Visit, staff: User) -> None:
    page = visit("/")
    sign_in(page, staff)
    page.locator("[data-menu] summary").click()
    page.get_by_role("link", name="Staff", exact=True).click()
    page.get_by_role("navigation", name="Running the house").get_by_role("link", name="Outbox").click()
    page.get_by_label("State").select_option("Given up")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", name="2 messages")).to_be_visible()
    deed = page.get_by_role("listitem").filter(has_text="withdraw a payment")
    expect(deed).to_contain_text("Stopped by an error (KeyError).")
    deed.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("It is tried again now.")).to_be_visible()
    expect(page.get_by_role("heading", name="1 message")).to_be_visible()
    page.get_by_role("link", name="Webhooks").click()
    gone = page.get_by_role("listitem").filter(has_text="evt_1Qz")
    gone.get_by_role("button", name="Process again").click()
    expect(page.get_by_text("The event was processed.")).to_be_visible()
    expect(gone).to_contain_text("About no payment")
    keep(page, "processed-again")


def test_staff_ends_an_account_and_sees_to_an_order(visit: Visit, staff: User) -> None:
    sale, ada = Sale(), UserFactory(email="ada@example.org", first_name="Ada", last_name="Lovelace")
    theirs, page = visit("/"), visit("/", viewport=PHONE)
    sign_in(theirs, ada)
    sign_in(page, staff)
    page.goto("/staff/users/")
    page.get_by_label("Name or address").fill("lovelace")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name="Ada Lovelace").click()
    page.get_by_role("link", name="Switch off").click()
    expect(page.get_by_role("heading", name="Switch this account off?")).to_be_visible()
    page.get_by_role("button", name="Switch off").click()
    expect(page.get_by_text("The account is switched off.")).to_be_visible()
    keep(page, "switched-off")
    theirs.goto("/account/")
    expect(theirs).to_have_url(re.compile("/sign-in"))
    page.get_by_text("People", exact=True).first.click()
    page.get_by_role("navigation", name="Running the house").get_by_role("link", name="Orders").click()
    page.get_by_text("Search and filters").click()
    page.get_by_label("Number, buyer or event").fill(sale.order.number)
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", name="1 order")).to_be_visible()
    page.locator(".rows h3 a").click()
    page.get_by_role("link", name="Confirm by hand").click()
    page.get_by_role("button", name="Confirm by hand").click()
    expect(page.get_by_text("The order is confirmed.")).to_be_visible()
    page.get_by_role("link", name="Give back").click()
    page.get_by_role("button", name="Give $52.50 back").click()
    page.get_by_role("button", name="Yes, give it back").click()
    expect(page.get_by_text("goes back to the buyer.")).to_be_visible()
    assert sale.money == ("cancelled", 5250, 5250)


@pytest.mark.parametrize("size", [{"width": 320, "height": 700}], ids=["320"])
def test_the_pages_fit_and_fingers_hit_everything(visit: Visit, staff: User, size: dict[str, Any]) -> None:
    page = visit(viewport=size)
    sign_in(page, staff)
    wide, small = {}, {}
    for name in walk(page):
        if (beyond := page.evaluate(BEYOND)) > 0:
            wide[name] = beyond
        if found := page.evaluate(SMALL):
            small[name] = found
    assert not wide
    assert not small


@pytest.mark.parametrize("look", barriers.LOOKS)
def test_axe_finds_no_barrier(visit: Visit, staff: User, look: dict[str, Any]) -> None:
    page = visit(**look, reduced_motion="reduce")
    sign_in(page, staff)
    looked: dict[str, Any] = {}
    for name in walk(page):
        keep(page, f"{name}-{look['viewport']['width']}-{look['color_scheme']}")
        looked[name] = barriers.in_the_way(page)
    assert {name: found for name, found in looked.items() if found} == {}
