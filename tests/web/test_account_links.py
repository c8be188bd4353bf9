"""Links that came by mail: verifying an address, a new password, a new address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import MapAdapter

import ticketing
from tests.factories import PASSWORD, UserFactory
from tests.web.conftest import Get, browser_of
from tests.web.page import Page
from ticketing import clock
from ticketing.models import OutboxMessage, User
from ticketing.services import accounts

NEW = "another quiet afternoon"
#: Areas with pages that links in mails open.
OPENED_BY_MAIL = ("account", "recovery", "bookings", "tickets", "catalog", "following", "invitations")
MAILS = sorted((Path(ticketing.__file__).parent / "templates" / "mail").glob("[a-z]*.*"))
PAGES = ("/verify-email", "/reset-password", "/confirm-email")


def link(user: User, purpose: str, page: str) -> str:
    return f"{page}?token={accounts.mint_email_token(user.id, purpose, 'new@example.org')}"


@pytest.fixture
def unverified(app: Flask) -> User:
    return UserFactory(email="ada@example.org")


def verified(db, user: User) -> bool:
    db.session.refresh(user)
    return user.email_verified_at is not None


def mails(db) -> list[str]:
    return list(db.session.scalars(db.select(OutboxMessage.kind).order_by(OutboxMessage.id)))


def press(browser: FlaskClient, page: Page, **typed: str):
    """Send the form that a link leads to: the one that carries the secret."""
    form = next(form for form in page.forms if "token" in form.fields)
    return browser.post(form.action, data=form.fields | typed)


def test_a_verification_link_shows_a_button_and_is_not_used_up_by_opening_it(
    client: FlaskClient, unverified: User, db
) -> None:
    address = link(unverified, "verify", "/verify-email")
    for _ in range(3):
        page = Page(client.get(address))
        assert (page.status, page.headings[0]) == (200, "Confirm your address")
    assert not verified(db, unverified)
    assert press(client, page).status_code == 303
    assert verified(db, unverified)


def test_a_used_verification_link_leads_to_a_new_one(client: FlaskClient, unverified: User) -> None:
    address = link(unverified, "verify", "/verify-email")
    page = Page(client.get(address))
    press(client, page)
    for again in (client.get(address), press(client, page)):
        assert again.status_code == 400
        assert Page(again).link("Send me a new link") == "/verify-email"


def test_a_link_dies_with_the_day(client: FlaskClient, unverified: User) -> None:
    address = link(unverified, "verify", "/verify-email")
    with time_machine.travel(clock.now() + timedelta(hours=25)):
        assert client.get(address).status_code == 400


def test_a_link_for_one_purpose_opens_no_other_page(client: FlaskClient, unverified: User) -> None:
    token = link(unverified, "verify", "").removeprefix("?token=")
    assert client.get(f"/reset-password?token={token}").status_code == 400
    assert client.post("/reset-password", data={"token": token, "new_password": NEW}).status_code == 400


@pytest.mark.parametrize("token", ["x", "%00", "é" * 40, "x" * 5000])
@pytest.mark.parametrize("page", PAGES)
def test_nonsense_instead_of_a_secret_is_refused_kindly(get: Get, page: str, token: str) -> None:
    found = get(f"{page}?token={token}")
    assert found.status == 400
    assert "This link does not work" in found.headings


@pytest.mark.parametrize("page", PAGES)
def test_secrets_in_addresses_leak_to_nobody(client: FlaskClient, page: str) -> None:
    for answer in (client.get(f"{page}?token=x"), client.post(page, data={"token": "x"})):
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Robots-Tag"] == "noindex"


def test_the_secret_does_not_stand_in_the_address_that_the_form_is_sent_to(
    client: FlaskClient, unverified: User
) -> None:
    page = Page(client.get(link(unverified, "verify", "/verify-email")))
    assert next(form.action for form in page.forms if "token" in form.fields) == "/verify-email"


@pytest.fixture
def guarded(app: Flask) -> Iterator[Flask]:
    """The application with its guard against foreign forms, as it runs outside tests."""
    app.config["WTF_CSRF_ENABLED"] = True
    yield app
    app.config["WTF_CSRF_ENABLED"] = False


def test_links_work_over_https_though_their_pages_send_no_referrer(
    guarded: Flask, client: FlaskClient, unverified: User, db
) -> None:
    address = link(unverified, "verify", "/verify-email")
    page = Page(client.get(address, base_url="https://localhost"))
    form = next(form for form in page.forms if "token" in form.fields)
    answer = client.post(form.action, data=form.fields, base_url="https://localhost")
    assert answer.status_code == 303
    assert verified(db, unverified)


def test_a_foreign_page_cannot_use_a_link_in_somebodys_browser(
    guarded: Flask, client: FlaskClient, unverified: User, db
) -> None:
    token = accounts.mint_email_token(unverified.id, "verify")
    answer = client.post("/verify-email", data={"token": token, "csrf_token": "made up"})
    assert (answer.status_code, verified(db, unverified)) == (400, False)


def test_asking_for_another_verification_mail_tells_nobody_who_has_an_account(
    client: FlaskClient, unverified: User, db
) -> None:
    UserFactory(email="done@example.org", email_verified_at=clock.now())
    pages = []
    for email in ("ada@example.org", "done@example.org", "nobody@example.org"):
        page = Page(client.post("/verify-email/again", data={"email": email}))
        pages.append((page.status, page.text.replace(email, "…")))
    assert pages[0] == pages[1] == pages[2]
    assert mails(db) == ["mail.verify_email"]


def test_the_reminder_stays_until_the_address_is_verified(app: Flask, unverified: User, db) -> None:
    browser = browser_of(app, unverified)
    page = Page(browser.get("/events/?q=x"))
    form = page.form("/verify-email/again")
    assert "that we sent to ada@example.org" in page.text
    answer = browser.post(form.action, data=form.fields)
    assert (answer.status_code, answer.location) == (303, "/events/?q=x")
    assert mails(db) == ["mail.verify_email"]
    unverified.email_verified_at = clock.now()
    db.session.commit()
    assert "/verify-email/again" not in browser.get("/").get_data(as_text=True)


def test_the_reminder_sends_nobody_to_another_site(app: Flask, unverified: User) -> None:
    browser = browser_of(app, unverified)
    assert browser.post("/verify-email/again", data={"next": "//evil.example"}).location == "/"


def test_a_forgotten_password_is_answered_always_the_same(client: FlaskClient, user: User, db) -> None:
    pages = []
    for email in (user.email, "nobody@example.org"):
        page = Page(client.post("/forgotten-password", data={"email": email}))
        pages.append((page.status, page.text.replace(email, "…")))
    assert pages[0] == pages[1]
    assert pages[0][0] == 200
    assert mails(db) == ["mail.reset_password"]


def test_no_address_is_no_request(client: FlaskClient) -> None:
    page = Page(client.post("/forgotten-password", data={"email": " "}))
    assert page.status == 400
    assert "email-error" in page.ids


def test_a_reset_link_shows_a_form_and_is_not_used_up_by_opening_it(client: FlaskClient, user: User) -> None:
    address = link(user, "reset", "/reset-password")
    for _ in range(3):
        page = Page(client.get(address))
        assert page.headings[0] == "Choose a new password"
    assert press(client, page, new_password=NEW).location == "/sign-in"
    assert client.post("/sign-in", data={"email": user.email, "password": PASSWORD}).status_code == 400
    assert client.post("/sign-in", data={"email": user.email, "password": NEW}).status_code == 303
    assert client.get(address).status_code == 400


@pytest.mark.parametrize(("new", "words"), [("", "Choose a password."), ("short", "too short")])
def test_a_weak_password_does_not_use_the_link_up(
    client: FlaskClient, user: User, new: str, words: str
) -> None:
    page = Page(client.get(link(user, "reset", "/reset-password")))
    refused = Page(press(client, page, new_password=new))
    assert refused.status == 400
    assert words in refused.text
    assert "new_password-error" in refused.ids
    assert press(client, refused, new_password=NEW).status_code == 303


def test_every_session_ends_when_the_password_is_reset(
    client: FlaskClient, signed_in: FlaskClient, user: User
) -> None:
    page = Page(client.get(link(user, "reset", "/reset-password")))
    press(client, page, new_password=NEW)
    assert signed_in.get("/account/").status_code == 303


def test_a_new_address_counts_when_its_link_was_confirmed(
    client: FlaskClient, signed_in: FlaskClient, user: User, db
) -> None:
    old = user.email
    page = Page(client.get(link(user, "change_email", "/confirm-email")))
    db.session.refresh(user)
    assert user.email == old
    assert press(client, page).location == "/account/"
    db.session.refresh(user)
    assert user.email == "new@example.org"
    assert "new@example.org" in Page(signed_in.get("/account/")).text


def test_an_address_that_was_taken_meanwhile_is_refused(client: FlaskClient, user: User) -> None:
    page = Page(client.get(link(user, "change_email", "/confirm-email")))
    UserFactory(email="New@example.org")
    refused = Page(press(client, page))
    assert refused.status == 400
    assert "exists already" in refused.text


@pytest.mark.parametrize("template", MAILS, ids=lambda path: path.name)
def test_links_in_mails_lead_to_pages_that_there_are(app: Flask, template: Path) -> None:
    adapter: MapAdapter = app.url_map.bind("localhost")
    filled = template.read_text()
    known = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
    for name, value in (("order.uuid", known), ("ticket.uuid", known), ("event.slug", "x")):
        filled = filled.replace("{{ " + name + " }}", value)
    for path in re.findall(r"\{\{ base_url \}\}(/[^\s\"<?]*)", filled):
        endpoint, _ = adapter.match(path, method="GET")
        assert endpoint.split(".")[0] in OPENED_BY_MAIL, path


def with_parts(path: Path) -> str:
    """A template and the parts that it takes from others."""
    text = path.read_text()
    parts = re.findall(r'{% (?:from|include) "mail/(\w+\.txt)"', text)
    return "".join([text, *((path.parent / name).read_text() for name in parts)])


def test_every_mail_that_asks_for_something_has_a_link() -> None:
    without = {
        path.stem for path in MAILS if path.suffix == ".txt" and "{{ base_url }}" not in with_parts(path)
    }
    assert without == {"email_changed"}
