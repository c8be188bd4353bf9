"""An account from its first day to its last, with real mail."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, sign_in
from tests.factories import PASSWORD
from tests.support.smtp import SmtpSink
from ticketing.extensions import db
from ticketing.jobs import outbox
from ticketing.models import User

pytestmark = [pytest.mark.browser, pytest.mark.one_database]
Visit = Callable[..., Page]

EMAIL, FIRST, SECOND = "mary@example.org", PASSWORD, "another quiet afternoon"


def heading(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", name=words).first).to_be_visible()


def said(page: Page, words: str) -> None:
    expect(page.get_by_role("status").filter(has_text=words)).to_be_visible()


def mailed_link(sink: SmtpSink, subject: str, address: str = EMAIL) -> str:
    """Deliver what waits; where the link of the latest mail with this subject leads, on our own server."""
    db.session.rollback()
    outbox.deliver_due()
    message = next(one for one in reversed(sink.to(address)) if subject in str(one["Subject"]))
    body = message.get_body(("plain",))
    assert body is not None
    found = re.search(r"http\S+", body.get_content())
    assert found is not None
    parts = urlsplit(found.group())
    return f"{parts.path}?{parts.query}"


def sign_up(page: Page) -> None:
    page.get_by_role("radio", name="I organize events").check()
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password").fill(FIRST)
    page.get_by_role("button", name="Create account").click()
    said(page, "Your account is ready.")


def come_in(page: Page, password: str) -> None:
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password").fill(password)
    page.get_by_label("Keep me signed in on this device").check()
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("[data-menu]")).to_be_visible()


@pytest.mark.parametrize(
    "profile", [{}, {"java_script_enabled": False, "viewport": PHONE}], ids=["desk", "bare"]
)
def test_an_account_from_its_first_day_to_its_last(
    visit: Visit, smtp_sink: SmtpSink, profile: dict[str, object]
) -> None:
    page = visit("/sign-up", **profile)
    sign_up(page)
    expect(page.get_by_text(f"we sent to {EMAIL}")).to_be_visible()
    page.get_by_role("button", name="Send it again").click()
    said(page, "A message is on its way")
    page.goto(mailed_link(smtp_sink, "confirm your e-mail address"))
    page.get_by_role("button", name="Yes, this is my address").click()
    said(page, "your address is confirmed")
    expect(page.get_by_role("button", name="Send it again")).to_have_count(0)

    elsewhere = visit("/forgotten-password")
    elsewhere.get_by_label("E-mail address").fill(EMAIL)
    elsewhere.get_by_role("button", name="Send me the link").click()
    heading(elsewhere, "Look into your mailbox")
    elsewhere.goto(mailed_link(smtp_sink, "Set a new password"))
    elsewhere.get_by_label("New password").fill(SECOND)
    elsewhere.get_by_role("button", name="Set the new password").click()
    said(elsewhere, "Your new password is set.")

    page.goto("/account/")
    heading(page, "Welcome back")
    come_in(page, SECOND)
    heading(page, "Settings")
    page.get_by_label("City").fill("Geneva")
    page.get_by_role("button", name="Save profile").click()
    said(page, "Your profile is saved.")
    expect(page.get_by_label("City")).to_have_value("Geneva")

    page.get_by_role("link", name="Delete my account").click()
    page.get_by_label("Your password").fill(SECOND)
    page.get_by_label("Type the word “delete”").fill("delete")
    page.get_by_role("button", name="Delete my account for good").click()
    said(page, "Your account is deleted.")
    db.session.rollback()
    assert db.session.scalar(db.select(db.func.count()).select_from(User)) == 0


def test_a_password_is_weighed_while_it_is_typed(visit: Visit) -> None:
    page = visit("/sign-up")
    meter = page.locator(".strength")
    expect(meter).to_be_hidden()
    page.get_by_label("First name").fill("Grace")
    password = page.get_by_label("Password")
    for typed, words in (
        ("short", "Very weak. Still too short."),
        ("8391028471", "Very weak. Not only digits"),
        ("Password123!", "Passwords like this"),
        ("iamgracethe1st", "too much like your name"),
        ("aaaaaaaaaaaaaaa", "Very weak. Longer is better"),
        ("a long walk on the beach", "Very strong."),
    ):
        password.fill(typed)
        expect(meter.locator("[aria-live=polite]")).to_contain_text(words)
    expect(meter).to_have_attribute("data-level", "4")
    password.fill("")
    expect(meter).to_be_hidden()


def test_own_data_is_a_file(visit: Visit, user: User) -> None:
    page = visit("/")
    sign_in(page, user)
    page.goto("/account/")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download my data").click()
    assert download.value.suggested_filename == "my-data.json"
    assert user.email in download.value.path().read_text()


def test_a_choice_at_sign_up_is_made_with_the_arrow_keys(visit: Visit) -> None:
    page = visit("/sign-up")
    page.get_by_role("radio", name="I go to events").focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="I organize events")).to_be_checked()
    shown = page.locator(".role", has_text="I organize events").evaluate(
        "one => getComputedStyle(one).outlineStyle"
    )
    assert shown == "solid"
