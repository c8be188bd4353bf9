"""Staying signed in, being signed out, and how often a password may be tried."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import PASSWORD, UserFactory
from tests.web.page import Page
from ticketing import clock
from ticketing.models import User
from ticketing.services import throttle

NEW = "another quiet afternoon"
REMEMBER = "remember_token"


def sign_in(app: Flask, user: User, **typed: str) -> FlaskClient:
    browser = app.test_client()
    answer = browser.post("/sign-in", data={"email": user.email, "password": PASSWORD} | typed)
    assert answer.status_code == 303
    return browser


def close(browser: FlaskClient) -> None:
    """What a browser forgets when it is closed: the session's own cookie."""
    browser.delete_cookie("session")


def knows(browser: FlaskClient) -> bool:
    return "Sign out" in browser.get("/").get_data(as_text=True)


@pytest.fixture
def remembered(app: Flask, user: User) -> FlaskClient:
    browser = sign_in(app, user, remember="y")
    close(browser)
    return browser


def test_a_browser_that_was_not_asked_to_forgets_when_it_is_closed(app: Flask, user: User) -> None:
    answer = app.test_client().post("/sign-in", data={"email": user.email, "password": PASSWORD})
    cookies = {one.split("=")[0]: one for one in answer.headers.getlist("Set-Cookie")}
    assert REMEMBER not in cookies
    assert "Expires" not in cookies["session"]


def test_a_remembered_browser_stays_signed_in(remembered: FlaskClient) -> None:
    assert knows(remembered)


def test_the_remembering_cookie_is_closed_to_scripts_and_foreign_pages(app: Flask, user: User) -> None:
    answer = app.test_client().post(
        "/sign-in", data={"email": user.email, "password": PASSWORD, "remember": "y"}
    )
    cookie = next(one for one in answer.headers.getlist("Set-Cookie") if one.startswith(REMEMBER))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_forged_remembering_cookie_signs_nobody_in(app: Flask, user: User) -> None:
    browser = app.test_client()
    browser.set_cookie(REMEMBER, f"{user.id}.0|" + "0" * 128)
    assert not knows(browser)


def test_signing_out_ends_being_remembered(remembered: FlaskClient) -> None:
    remembered.post("/sign-out")
    close(remembered)
    assert not knows(remembered)


def test_a_remembered_browser_is_signed_out_by_sign_out_everywhere(
    app: Flask, user: User, remembered: FlaskClient
) -> None:
    other = sign_in(app, user)
    assert other.post("/account/sign-out-everywhere").location == "/sign-in"
    assert not knows(other)
    assert not knows(remembered)


def test_other_sessions_end_when_the_password_changes(
    app: Flask, user: User, remembered: FlaskClient
) -> None:
    here, there = sign_in(app, user), sign_in(app, user)
    typed = {"password-old_password": PASSWORD, "password-new_password": NEW}
    assert here.post("/account/password", data=typed).location == "/account/"
    assert knows(here)
    assert not knows(there)
    assert not knows(remembered)


def test_a_remembered_browser_that_changes_the_password_stays_remembered(remembered: FlaskClient) -> None:
    typed = {"password-old_password": PASSWORD, "password-new_password": NEW}
    assert remembered.post("/account/password", data=typed).status_code == 303
    close(remembered)
    assert knows(remembered)


def test_signing_in_as_somebody_else_ends_being_remembered_as_the_first(
    app: Flask, remembered: FlaskClient, user: User
) -> None:
    remembered.post("/sign-out")
    second = UserFactory(first_name="Second")
    remembered.post("/sign-in", data={"email": user.email, "password": PASSWORD, "remember": "y"})
    remembered.post("/sign-in", data={"email": second.email, "password": PASSWORD})
    assert "Second" in remembered.get("/").get_data(as_text=True)
    close(remembered)
    assert not knows(remembered)


def test_whoever_must_sign_in_for_a_page_comes_back_to_it(client: FlaskClient, user: User) -> None:
    first = client.get("/account/delete")
    assert first.location == "/sign-in?next=/account/delete"
    answer = client.post(first.location, data={"email": user.email, "password": PASSWORD})
    assert answer.location == "/account/delete"


@pytest.fixture
def limited(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Limits as they are configured outside tests."""
    monkeypatch.setitem(app.config, "RATELIMIT_ENABLED", True)
    monkeypatch.setitem(app.config, "RATELIMIT_STORAGE_URI", "memory://")
    before = app.extensions["limits"]
    app.extensions["limits"] = throttle.Limits(app)
    yield
    app.extensions["limits"] = before


def test_the_twenty_first_try_within_an_hour_waits(client: FlaskClient, user: User, limited: None) -> None:
    wrong = {"email": user.email, "password": "not the password", "remember": "y"}
    assert {client.post("/sign-in", data=wrong).status_code for _ in range(20)} == {400}
    answer = client.post("/sign-in", data=wrong | {"password": PASSWORD})
    page = Page(answer)
    assert page.status == 429
    assert 3500 < int(answer.headers["Retry-After"]) <= 3600
    assert "Please wait 60 minutes and try again." in page.text
    assert page.form("").fields["email"] == user.email
    assert ("input", "checked") in {
        (tag, name) for tag, known in page.attributes for name in known if known.get("name") == "remember"
    }
    assert not page.form("").fields["password"]
    assert not knows(client)


def test_an_hour_later_there_are_tries_again(client: FlaskClient, user: User, limited: None) -> None:
    right = {"email": user.email, "password": PASSWORD}
    for _ in range(21):
        client.post("/sign-in", data=right | {"password": "not the password"})
    assert client.post("/sign-in", data=right).status_code == 429
    with time_machine.travel(clock.now() + timedelta(minutes=61)):
        assert client.post("/sign-in", data=right).status_code == 303


def test_an_office_shares_no_bucket(client: FlaskClient, user: User, limited: None) -> None:
    for _ in range(21):
        client.post("/sign-in", data={"email": user.email, "password": "not the password"})
    colleague = UserFactory()
    answer = client.post("/sign-in", data={"email": colleague.email, "password": PASSWORD})
    assert answer.status_code == 303


def test_an_address_has_a_hundred_failures_an_hour(client: FlaskClient, limited: None) -> None:
    users = [f"person-{number}@example.org" for number in range(101)]
    answers = [client.post("/sign-in", data={"email": email, "password": "guess"}) for email in users]
    assert [answer.status_code for answer in answers] == [400] * 100 + [429]


def test_an_address_opens_a_hundred_accounts_an_hour(app: Flask, limited: None) -> None:
    def sign_up(number: int) -> int:
        person = {"email": f"person-{number}@example.org", "password": PASSWORD}
        return app.test_client().post("/sign-up", data=person).status_code

    assert [sign_up(number) for number in range(101)] == [303] * 100 + [429]


def test_nobody_locks_out_who_signed_up_in_this_browser(app: Flask, limited: None) -> None:
    owner, person = app.test_client(), {"email": "mary@example.org", "password": PASSWORD}
    owner.post("/sign-up", data=person)
    owner.post("/sign-out")
    for _ in range(21):
        app.test_client().post("/sign-in", data=person | {"password": "not the password"})
    assert app.test_client().post("/sign-in", data=person).status_code == 429
    assert owner.post("/sign-in", data=person).status_code == 303


def test_an_open_browser_does_not_let_one_guess_the_password_for_long(
    app: Flask, user: User, limited: None
) -> None:
    browser = sign_in(app, user)
    wrong = {"password-old_password": "a guess", "password-new_password": NEW}
    codes = [browser.post("/account/password", data=wrong).status_code for _ in range(21)]
    assert (set(codes[:19]), codes[-1]) == ({400}, 429)
    page = Page(browser.post("/account/password", data=wrong | {"password-old_password": PASSWORD}))
    assert page.status == 429
    assert "Please wait" in page.text
