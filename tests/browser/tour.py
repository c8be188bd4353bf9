"""A walk past every page, in the order in which a buyer meets them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from playwright.sync_api import Page

from tests.browser.conftest import sign_in
from ticketing.extensions import db
from ticketing.models import Event, User
from ticketing.services import accounts


def public(page: Page, event: Event) -> Iterator[str]:
    """Opens each page that needs no account; yields what it is."""
    for name, address in (
        ("start", "/"),
        ("list", "/events/"),
        ("start of a city", "/?city=Porto"),
        ("calendar", "/events/calendar/"),
        ("nothing found", "/events/?q=zzz&when=week&category=walks"),
        ("event", f"/events/{event.slug}"),
        ("widget", f"/widget/{event.slug}"),
        ("sign-up", "/sign-up"),
        ("sign-in", "/sign-in"),
        ("forgotten password", "/forgotten-password"),
        ("no message", "/verify-email"),
        ("link that is no good", "/reset-password?token=x"),
        ("not found", "/nothing-here"),
    ):
        page.goto(address)
        yield name
    page.goto(f"/checkout/{event.slug}")
    yield "choose at least one"
    page.goto("/sign-up")
    page.get_by_role("button", name="Create account").click()
    page.wait_for_selector(".problems")
    yield "sign-up with mistakes"
    page.goto(f"/events/{event.slug}")
    page.get_by_role("button", name="One more: Walk", exact=True).click()
    page.get_by_role("button", name="Get tickets").click()
    page.wait_for_url(re.compile("/checkout/"))
    yield "review without an account"


def mailed(page: Page, user: User) -> Iterator[str]:
    """Opens what links in mails open, and asks for one."""
    for name, purpose, address in (
        ("verify", accounts.VERIFY, "/verify-email"),
        ("new password", accounts.RESET, "/reset-password"),
        ("new address", accounts.CHANGE, "/confirm-email"),
    ):
        page.goto(f"{address}?token={accounts.mint_email_token(user.id, purpose, 'new@example.org')}")
        yield name
    page.goto("/forgotten-password")
    page.get_by_label("E-mail address").fill("nobody@example.org")
    page.get_by_role("button", name="Send me the link").click()
    page.wait_for_selector(".letterhead__sign--good")
    yield "message sent"


def settings(page: Page, user: User) -> Iterator[str]:
    """For somebody who is signed in, and becomes staff on the way."""
    page.goto("/account/")
    yield "settings"
    page.locator("#password-new_password").fill("password12")
    page.wait_for_selector(".strength__said strong")
    page.get_by_role("button", name="Change password").click()
    page.wait_for_selector(".problems")
    yield "settings with mistakes"
    page.goto("/account/delete")
    yield "leaving"
    user.is_staff = True
    db.session.commit()
    page.goto("/staff/activity/")
    yield "activity"
    page.goto("/staff/activity/?account=nobody")
    yield "activity of nobody"


def private(page: Page, event: Event, user: User) -> Iterator[str]:
    """Signs in and goes on to the end; yields what each page is."""
    review = page.url
    sign_in(page, user)
    page.goto("/bookings/")
    yield "no bookings"
    page.goto(review)
    yield "review"
    page.get_by_role("button", name="Continue to payment").click()
    page.wait_for_url(re.compile("/pay$"))
    yield "payment"
    page.get_by_role("button", name="Pay").click()
    page.wait_for_url(re.compile("/sandbox/"))
    yield "sandbox"
    page.get_by_role("button", name="Decline payment").click()
    page.wait_for_url(re.compile("/pay$"))
    yield "declined"
    page.get_by_role("button", name="Pay").click()
    page.get_by_role("button", name="Approve payment").click()
    page.wait_for_url(re.compile("/orders/[0-9a-f-]+$"))
    yield "confirmed"
    yield from tickets(page)
    page.goto("/bookings/")
    yield "bookings"
    page.get_by_role("link", name=re.compile("^Show")).click()
    page.wait_for_url(re.compile("/bookings/[0-9a-f-]+$"))
    yield "booking"
    page.get_by_role("link", name="Cancel this booking").click()
    page.wait_for_url(re.compile("/cancel$"))
    yield "cancel"
    page.get_by_role("button", name="Yes, cancel it").click()
    page.wait_for_selector(".notice--success")
    yield "cancelled"


def organizing(page: Page) -> Iterator[str]:
    """For somebody who is signed in, and opens an organization on the way."""
    page.goto("/account/following")
    yield "following nobody"
    page.goto("/organizer/organizations/new")
    page.get_by_role("button", name="Open the organization").click()
    page.wait_for_selector(".problems")
    yield "opening an organization with mistakes"
    page.get_by_label("Name").fill("Spree Sounds")
    page.get_by_role("button", name="Open the organization").click()
    page.wait_for_url(re.compile("/organizer/events/new"))
    page.goto("/organizer/")
    page.get_by_role("link", name="Spree Sounds").click()
    for name in ("Members", "Page & terms", "Activity"):
        page.get_by_role("link", name=name, exact=True).click()
        page.locator(".tabs [aria-current=page]", has_text=name).wait_for()
        yield f"an organization: {name}"


def tickets(page: Page) -> Iterator[str]:
    """For somebody who has one."""
    page.goto("/tickets/?when=past")
    yield "no past tickets"
    page.get_by_role("link", name="Coming").click()
    page.get_by_role("link", name=re.compile("^Show ticket")).wait_for()
    yield "tickets"
    page.get_by_role("link", name=re.compile("^Show ticket")).click()
    page.wait_for_url(re.compile("/tickets/[0-9a-f-]+$"))
    yield "ticket"
    page.get_by_role("link", name="Pass this ticket on").click()
    page.wait_for_url(re.compile("/pass-on$"))
    yield "passing on"
    page.get_by_label("Their e-mail address").fill("friend@example.org")
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Yes, pass it on").wait_for()
    yield "passing on, once more"


def everything(page: Page, event: Event, user: User) -> Iterator[str]:
    """All of it."""
    yield from mailed(page, user)
    yield from public(page, event)
    yield from private(page, event, user)
    yield from organizing(page)
    yield from settings(page, user)
