"""A stranger buys tickets."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, order, sign_in
from tests.factories import EventFactory, OfferFactory
from tests.support.server import Server
from tests.support.stripe_standin import StripeStandIn
from ticketing import clock
from ticketing.extensions import db
from ticketing.jobs import outbox
from ticketing.models import Event, Offer, Order, Quota, User
from ticketing.services import orders

pytestmark = [pytest.mark.browser, pytest.mark.one_database]
Visit = Callable[..., Page]


def heading(page: Page, words: str) -> None:
    """The page has this heading."""
    expect(page.get_by_role("heading", name=words).first).to_be_visible()


def stock(event: Event) -> dict[str, int]:
    """Held and sold tickets of the event."""
    held, sold = db.session.execute(
        db.select(db.func.sum(Quota.held), db.func.sum(Quota.sold)).filter_by(event_id=event.id)
    ).one()
    return {"held": held, "sold": sold}


def choose_and_sign_up(page: Page) -> None:
    """From the start page to the review of two tickets, with a new account on the way."""
    page.get_by_role("searchbox", name="What").fill("lantern")
    page.get_by_role("button", name="Find events").click()
    page.get_by_role("link", name="Lantern Walk").click()
    heading(page, "Lantern Walk")
    for _ in range(2):
        page.get_by_role("button", name="One more: Walk", exact=True).click()
    expect(page.locator("[data-total]")).to_have_text("$52.50")
    expect(page.locator("[data-count]")).to_have_text("2 tickets")
    page.get_by_role("button", name="Get tickets").click()
    page.get_by_role("link", name="Create an account").click()
    page.get_by_label("First name").fill("Mary")
    page.get_by_label("Last name").fill("Shelley")
    page.get_by_label("E-mail address").fill("mary@example.org")
    page.get_by_label("Password").fill("a long walk on the beach")
    page.get_by_role("button", name="Create account").click()
    heading(page, "Your order")


def test_a_stranger_finds_books_pays_and_cancels(visit: Visit, event: Event) -> None:
    page = visit("/")
    choose_and_sign_up(page)
    expect(page.get_by_label("Name")).to_have_value("Mary Shelley")
    expect(page.get_by_role("row", name="Service fee $2.50")).to_be_visible()
    page.get_by_role("button", name="Continue to payment").click()
    heading(page, "Payment")
    assert stock(event) == {"held": 2, "sold": 0}
    page.get_by_role("button", name="Pay $52.50").click()
    page.get_by_role("button", name="Approve payment").click()
    heading(page, "You are going!")
    expect(page.get_by_text("Valid", exact=True)).to_have_count(2)
    assert stock(event) == {"held": 0, "sold": 2}

    page.get_by_role("link", name="My bookings").first.click()
    expect(page.get_by_text("Confirmed")).to_be_visible()
    page.get_by_role("link", name="Cancel Lantern Walk").click()
    page.get_by_role("button", name="Yes, cancel it").click()
    expect(page.get_by_text("Your booking is cancelled.")).to_be_visible()
    assert stock(event) == {"held": 0, "sold": 0}


def test_a_declined_payment_can_be_tried_again(visit: Visit, event: Event, user: User) -> None:
    page = visit("/")
    order(page, user, event)
    page.get_by_role("button", name="Pay").click()
    page.get_by_role("button", name="Decline payment").click()
    expect(page.get_by_role("alert")).to_contain_text("Your payment was declined")
    assert stock(event) == {"held": 1, "sold": 0}
    page.get_by_role("button", name="Pay").click()
    page.get_by_role("button", name="Approve payment").click()
    heading(page, "You are going!")


def test_who_closes_the_window_gets_the_tickets_by_the_webhook_alone(
    visit: Visit, event: Event, user: User, live_server: Server, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "MAIL_BASE_URL", live_server.url)
    page = visit("/")
    order(page, user, event)
    page.get_by_role("button", name="Pay").click()
    page.get_by_role("button", name="Close the window").click()
    heading(page, "The payment was made")
    assert stock(event) == {"held": 1, "sold": 0}
    page.close()
    outbox.deliver_due()
    assert stock(event) == {"held": 0, "sold": 1}
    again = visit("/")
    sign_in(again, user)
    again.goto("/bookings/")
    expect(again.get_by_text("Confirmed")).to_be_visible()


def test_who_pays_too_late_gets_tickets_that_are_left(
    visit: Visit, event: Event, user: User, live_server: Server, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "MAIL_BASE_URL", live_server.url)
    page = visit("/")
    order(page, user, event)
    page.get_by_role("button", name="Pay").click()
    heading(page, "How shall this payment end?")
    db.session.execute(db.update(Order).values(expires_at=clock.now() + timedelta(seconds=4)))
    db.session.commit()
    page.get_by_role("button", name="Pay later than allowed").click()
    heading(page, "This payment is under way")
    expect(page.get_by_role("timer")).to_have_text(re.compile(r"^0:\d\d$"))
    # When the moment has come the page looks again by itself.
    expect(page.get_by_text("The provider approves it in a moment")).to_be_visible(timeout=20_000)
    orders.expire_due()
    assert stock(event) == {"held": 0, "sold": 0}
    outbox.deliver_due()
    page.get_by_role("link", name="To your booking").click()
    expect(page.get_by_text("Confirmed")).to_be_visible()
    assert stock(event) == {"held": 0, "sold": 1}


def test_the_countdown_survives_a_reload(visit: Visit, event: Event, user: User) -> None:
    page = visit("/")
    order(page, user, event)
    left = page.get_by_role("timer")
    expect(left).to_have_text(re.compile(r"^14:[0-5]\d$"))
    page.wait_for_timeout(2100)
    before = left.inner_text()
    page.reload()
    expect(left).to_have_text(re.compile(r"^14:[0-5]\d$"))
    assert left.inner_text() <= before < "14:59"


def test_when_the_time_is_over_the_page_says_so_by_itself(
    visit: Visit, event: Event, user: User, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "HOLD_MINUTES", 0.06)
    page = visit("/")
    order(page, user, event)
    expect(page.get_by_role("heading", name="The time to pay is over")).to_be_visible(timeout=15_000)
    page.get_by_role("link", name="Choose tickets again").click()
    heading(page, "Lantern Walk")


def test_free_tickets_need_no_payment(visit: Visit, event: Event, user: User) -> None:
    free = EventFactory(slug="open-stage", title="Open Stage", lowest_price=0)
    OfferFactory(event=free, price=0)
    page = visit("/")
    order(page, user, event)
    page.goto("/events/open-stage")
    page.get_by_role("button", name=re.compile("^One more")).click()
    page.get_by_role("button", name="Get tickets").click()
    page.get_by_role("button", name="Book for free").click()
    heading(page, "You are going!")


def test_everything_works_without_scripts(visit: Visit, event: Event) -> None:
    page = visit("/", java_script_enabled=False)
    page.get_by_role("searchbox", name="What").fill("lantern")
    page.get_by_role("button", name="Find events").click()
    page.get_by_role("link", name="Lantern Walk").click()
    page.get_by_role("spinbutton", name="Walk", exact=True).fill("2")
    page.get_by_role("button", name="Get tickets").click()
    page.get_by_role("link", name="Create an account").click()
    page.get_by_label("E-mail address").fill("mary@example.org")
    page.get_by_label("Password").fill("a long walk on the beach")
    page.get_by_role("button", name="Create account").click()
    page.get_by_label("Name").fill("Mary Shelley")
    page.get_by_role("button", name="Continue to payment").click()
    expect(page.get_by_text("We keep your tickets until")).to_be_visible()
    page.get_by_role("button", name="Pay").click()
    page.get_by_role("button", name="Approve payment").click()
    heading(page, "You are going!")
    assert stock(event) == {"held": 0, "sold": 2}


def test_an_impatient_double_click_orders_once(visit: Visit, event: Event, user: User) -> None:
    page = visit("/")
    order(page, user, event)
    page.goto(f"/checkout/{event.slug}?offer_{_walk(event)}=3")
    page.get_by_role("button", name="Continue to payment").dblclick()
    heading(page, "Payment")
    assert db.session.scalar(db.select(db.func.count()).select_from(Order)) == 2


def _walk(event: Event) -> int:
    return db.session.scalars(db.select(Offer.id).filter_by(event_id=event.id, price=2500)).one()


def test_a_card_is_typed_in_on_our_page(
    visit: Visit, event: Event, user: User, stripe: StripeStandIn, app: Flask
) -> None:
    page = visit("/", viewport=PHONE)
    order(page, user, event)
    pay, card = page.get_by_role("button", name="Pay $26.25"), page.get_by_label("Card number")
    pay.click()
    expect(page.get_by_role("alert")).to_have_text("Your card number is incomplete.")
    assert not stripe.books.intents
    card.fill("4000000000000002")
    pay.click()
    expect(page.get_by_role("alert")).to_have_text("Your card has been declined.")
    card.fill("4242424242424242")
    pay.click()
    heading(page, "You are going!")
    assert len(stripe.books.intents) == 1
    assert stock(event) == {"held": 0, "sold": 1}
