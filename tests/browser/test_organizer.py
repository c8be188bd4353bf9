"""An organizer finds an order and sends its mail again; the pages fit every screen and colour."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import barriers
from tests.browser.barriers import BEYOND, SMALL
from tests.browser.conftest import sign_in
from tests.factories import (
    EventFactory,
    MembershipFactory,
    OfferFactory,
    OrderFactory,
    OrderItemFactory,
    OrganizationFactory,
    OutboxMessageFactory,
    QuotaFactory,
    TicketTypeFactory,
    UserFactory,
    VenueFactory,
)
from tests.factories.sales import PaymentFactory, RefundFactory, TicketFactory
from tests.support.server import Server
from tests.support.smtp import SmtpSink
from ticketing import clock
from ticketing.jobs import outbox
from ticketing.models import Event, Order, Organization, User
from ticketing.models.organizations import MANAGER
from ticketing.services import notifications

pytestmark = [pytest.mark.browser, pytest.mark.one_database]
Visit = Callable[..., Page]


@pytest.fixture
def organization(live_server: Server) -> Organization:
    return OrganizationFactory(name="Lantern Company")


@pytest.fixture
def organizer(organization: Organization) -> User:
    user = UserFactory(
        email="iris@example.org", first_name="Iris", user_type="organizer", email_verified_at=clock.now()
    )
    MembershipFactory(organization=organization, user=user, role=MANAGER)
    return user


@pytest.fixture
def event(organization: Organization) -> Event:
    """Half sold, with orders of every kind."""
    hall = VenueFactory(name="Harbour Hall", city="Porto")
    made = EventFactory(
        organization=organization,
        title="Lantern Walk",
        venue=hall,
        slug="lantern-walk",
        timezone="Europe/Lisbon",
    )
    kinds = [
        OfferFactory(
            event=made,
            ticket_type=TicketTypeFactory(event=made, name=name),
            price=price,
            quota=QuotaFactory(event=made, size=size, sold=sold, held=held),
        )
        for name, price, size, sold, held in (
            ("Walk", 2500, 120, 57, 2), ("Walk and supper", 6000, 40, 40, 0), ("Early bird", 1500, 30, 11, 0),
        )
    ]  # fmt: skip
    for number, (status, back) in enumerate(
        (("confirmed", 0), ("pending", 0), ("cancelled", 5000), ("failed", 0), ("confirmed", 2500))
    ):
        paid = 5000 if status in ("confirmed", "cancelled") else 0
        order = OrderFactory(
            event=made,
            status=status,
            amount_paid=paid,
            amount_refunded=back,
            buyer_name=f"Ada Person{number}",
        )
        OrderItemFactory(order=order, offer=kinds[0])
    for days, more in (
        (9, {"title": "Fado by candlelight"}),
        (40, {"title": "Tiles and wine", "status": "cancelled"}),
    ):
        EventFactory(
            organization=organization, venue=hall, starts_at=clock.now() + timedelta(days=days), **more
        )
    return made


@pytest.fixture
def order(event: Event) -> Order:
    """Grace Hopper's, paid and partly given back; her tickets never arrived."""
    row = OrderFactory(
        event=event, status="confirmed", buyer_name="Grace Hopper", buyer_email="grace@example.org",
        buyer_phone="+351 912 000 111", amount_due=4600, discount=500, fee=100, amount_paid=4600,
        amount_refunded=2300, promo_code="EARLY", notes="Two seats at the window, please.",
    )  # fmt: skip
    kind = TicketTypeFactory(event=event, name="Balcony")
    item = OrderItemFactory(order=row, offer=OfferFactory(event=event, ticket_type=kind), returned=1)
    now = clock.now()
    TicketFactory(
        order_item=item, position=1, status="used", admissions=1, used_at=now, attendee_name="Grace Hopper"
    )
    TicketFactory(order_item=item, position=2, status="cancelled")
    payment = PaymentFactory(order=row, status="paid", amount=4600, amount_refunded=2300, settled_at=now)
    refund = RefundFactory(payment=payment, amount=2300, status="succeeded", settled_at=now, reason="Rain")
    told = {"order_id": row.id, "payload": {"order_id": row.id}}
    OutboxMessageFactory(
        kind=notifications.ORDER_CONFIRMED, status="failed", attempts=14, created_at=now - timedelta(days=3),
        last_error="The mail server answered 550 5.1.1 <grace@example.org>: mailbox unavailable", **told,
    )  # fmt: skip
    OutboxMessageFactory(
        kind=notifications.REFUND_DONE, status="queued", attempts=2, due_at=now + timedelta(minutes=1),
        last_error="ConnectionRefusedError: refused", order_id=row.id,
        payload={"order_id": row.id, "refund_id": refund.id},
    )  # fmt: skip
    OutboxMessageFactory(kind=notifications.EVENT_CANCELLED, status="sent", sent_at=now, **told)
    return row


def walk(page: Page, event: Event, order: Order) -> Iterator[str]:
    """Opens each page; yields what it is."""
    for name, address in (
        ("events", "/organizer/"),
        ("no drafts", "/organizer/?when=drafts"),
        ("overview", f"/organizer/events/{event.uuid}/"),
        ("orders", f"/organizer/events/{event.uuid}/orders"),
        ("no order found", f"/organizer/events/{event.uuid}/orders?q=nobody"),
        ("order", f"/organizer/orders/{order.uuid}"),
    ):
        page.goto(address)
        yield name


def keep(page: Page, name: str) -> None:
    """A picture for whoever wants to look: ``SHOTS=folder``."""
    if folder := os.environ.get("SHOTS"):
        page.wait_for_load_state("networkidle")
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_an_organizer_finds_an_order_and_sends_its_tickets_again(
    visit: Visit, organizer: User, event: Event, order: Order, smtp_sink: SmtpSink
) -> None:
    page = visit("/")
    sign_in(page, organizer)
    page.locator("[data-menu] summary").click()
    page.get_by_role("link", name="Your events").click()
    page.get_by_role("link", name="Lantern Walk").click()
    page.get_by_role("navigation", name="About this event").get_by_role("link", name="Orders").click()
    page.get_by_role("searchbox", name="Search the orders").fill("hopper")
    page.get_by_role("search").get_by_role("button", name="Search").last.click()
    expect(page.get_by_role("heading", name="1 order")).to_be_visible()
    page.get_by_role("link", name="Grace Hopper").click()
    mail = page.get_by_role("listitem").filter(has_text="Confirmation with the tickets")
    expect(mail).to_contain_text("Given up after 14 attempts.")
    expect(mail).to_contain_text("There is no such mailbox")
    mail.get_by_role("button", name="Send again").click()
    expect(page.get_by_text("The message goes out again now.")).to_be_visible()
    expect(mail).to_contain_text("Waiting")
    keep(page, "sent-again")
    outbox.deliver_due()
    page.reload()
    expect(mail).to_contain_text("Sent")
    (letter,) = smtp_sink.to("grace@example.org")
    assert letter["subject"] == "Your tickets for Lantern Walk"
    mail.get_by_role("button", name="Send again").click()
    expect(page.get_by_text("less than a minute ago")).to_be_visible()
    assert outbox.deliver_due() == 0


@pytest.mark.parametrize("size", [{"width": 320, "height": 700}], ids=["320"])
def test_the_pages_fit_and_fingers_hit_everything(
    visit: Visit, organizer: User, event: Event, order: Order, size: dict[str, Any]
) -> None:
    page = visit(viewport=size)
    sign_in(page, organizer)
    wide, small = {}, {}
    for name in walk(page, event, order):
        keep(page, f"{name}-{size['width']}-light")
        if (beyond := page.evaluate(BEYOND)) > 0:
            wide[name] = beyond
        if found := page.evaluate(SMALL):
            small[name] = found
    assert not wide
    assert not small


@pytest.mark.parametrize("look", barriers.LOOKS)
def test_axe_finds_no_barrier(
    visit: Visit, organizer: User, event: Event, order: Order, look: dict[str, Any]
) -> None:
    page = visit(**look, reduced_motion="reduce")
    sign_in(page, organizer)
    looked: dict[str, Any] = {}
    for name in walk(page, event, order):
        keep(page, f"{name}-{look['viewport']['width']}-{look['color_scheme']}")
        looked[name] = barriers.in_the_way(page)
    assert {name: found for name, found in looked.items() if found} == {}
