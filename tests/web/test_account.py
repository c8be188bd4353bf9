"""Signing up, in and out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import PASSWORD, UserFactory
from tests.web.conftest import Get, browser_of
from tests.web.page import Page
from ticketing.models import OutboxMessage, User
from ticketing.services import throttle

NEWCOMER = {"first_name": "Mary", "last_name": "Shelley", "email": "mary@example.org", "password": PASSWORD}


def knows(browser: FlaskClient) -> bool:
    """Whether the browser is signed in."""
    return "Sign out" in browser.get("/").get_data(as_text=True)


def test_signing_up_signs_in_and_leads_on(client: FlaskClient) -> None:
    answer = client.post("/sign-up?next=/events/", data=NEWCOMER)
    assert (answer.status_code, answer.location) == (303, "/events/")
    assert knows(client)


def test_signing_up_promises_a_verification_mail(client: FlaskClient, db) -> None:
    client.post("/sign-up", data=NEWCOMER)
    user = db.session.scalars(db.select(User).filter_by(email="mary@example.org")).one()
    message = db.session.scalars(db.select(OutboxMessage)).one()
    assert (message.kind, message.payload) == ("mail.verify_email", {"user_id": user.id})


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("email", "", "Enter your e-mail address."),
        ("email", "mary", "Enter a valid email address."),
        ("email", "x" * 300 + "@example.org", "Field cannot be longer than 254 characters."),
        ("password", "", "Choose a password."),
        ("password", "short", "This password is too short"),
        ("password", "12345678901", "This password is all digits."),
        ("password", "mary@example.org", "too much like your name"),
        ("first_name", "x" * 151, "Field cannot be longer than 150 characters."),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(
    client: FlaskClient, db, field: str, value: str, words: str
) -> None:
    answer = client.post("/sign-up", data=NEWCOMER | {field: value})
    page = Page(answer)
    assert page.status == 400
    assert words in page.text
    assert f"{field}-error" in page.ids
    typed = {"first_name", "last_name", "email"} - {field}
    assert all(page.form("").fields[name] == NEWCOMER[name] for name in typed)
    assert not page.form("").fields["password"]
    assert not knows(client)
    assert db.session.scalar(db.select(db.func.count()).select_from(User)) == 0


def test_an_address_has_one_account(client: FlaskClient) -> None:
    UserFactory(email="Mary@example.org")
    page = Page(client.post("/sign-up", data=NEWCOMER))
    assert page.status == 400
    assert "An account with this email address exists already." in page.text


def test_names_are_stored_without_characters_that_no_database_keeps(client: FlaskClient, db) -> None:
    client.post("/sign-up", data=NEWCOMER | {"first_name": " Ma\x00ry "})
    assert db.session.scalars(db.select(User.first_name)).one() == "Mary"


def test_signing_in_takes_the_address_in_any_case(client: FlaskClient) -> None:
    UserFactory(email="ada@example.org")
    answer = client.post("/sign-in", data={"email": " ADA@Example.org ", "password": PASSWORD})
    assert answer.status_code == 303
    assert knows(client)


@pytest.mark.parametrize("email", ["ada@example.org", "nobody@example.org", "a\x00b"])
def test_wrong_credentials_do_not_tell_which_part_was_wrong(client: FlaskClient, email: str) -> None:
    UserFactory(email="ada@example.org")
    page = Page(client.post("/sign-in", data={"email": email, "password": "not the password"}))
    assert page.status == 400
    assert "Invalid email or password." in page.text
    assert page.form("").fields["email"] == email.replace("\x00", "")
    assert not page.form("").fields["password"]


def test_a_closed_account_cannot_sign_in(client: FlaskClient) -> None:
    user = UserFactory(is_active=False)
    assert client.post("/sign-in", data={"email": user.email, "password": PASSWORD}).status_code == 400


def test_an_account_that_must_verify_first_is_told_so(client: FlaskClient) -> None:
    user = UserFactory(must_verify_email=True)
    page = Page(client.post("/sign-in", data={"email": user.email, "password": PASSWORD}))
    assert "Email not verified." in page.text
    assert not knows(client)


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "/%5c/../\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "events/",
        "",
    ],
)
def test_a_link_sends_nobody_to_another_site_after_signing_in(client: FlaskClient, target: str) -> None:
    user = UserFactory()
    answer = client.post(
        "/sign-in", query_string={"next": target}, data={"email": user.email, "password": PASSWORD}
    )
    assert answer.location == "/"


def test_the_way_on_survives_changing_between_sign_in_and_sign_up(get: Get) -> None:
    page = get("/sign-in?next=/checkout/x?offer_1%3D2")
    assert page.link("Create an account") == "/sign-up?next=/checkout/x?offer_1%3D2"


def test_signing_in_forgets_what_the_browser_had_before(client: FlaskClient, user: User) -> None:
    with client.session_transaction() as session:
        session["planted"] = "by somebody else"
    client.post("/sign-in", data={"email": user.email, "password": PASSWORD})
    with client.session_transaction() as session:
        assert "planted" not in session
        assert session["_user_id"] == user.get_id()


def test_signing_out_ends_the_session_and_is_no_link(signed_in: FlaskClient) -> None:
    assert signed_in.get("/sign-out").status_code == 405
    assert knows(signed_in)
    assert signed_in.post("/sign-out").status_code == 303
    assert not knows(signed_in)


def test_who_is_signed_in_needs_no_form(signed_in: FlaskClient) -> None:
    assert signed_in.get("/sign-in?next=/events/").location == "/events/"
    assert signed_in.get("/sign-up").location == "/"


def test_raising_the_epoch_ends_web_sessions(signed_in: FlaskClient, user: User, db) -> None:
    user.token_epoch += 1
    db.session.commit()
    assert not knows(signed_in)


def test_closing_the_account_ends_web_sessions(app: Flask, user: User, db) -> None:
    browser = browser_of(app, user)
    user.is_active = False
    db.session.commit()
    assert not knows(browser)


@pytest.mark.parametrize("session_id", ["", "x", "1", "1.", ".1", "²..", "²3.0", "9" * 30 + ".0", "1.0.0"])
def test_a_session_with_nonsense_in_it_belongs_to_nobody(client: FlaskClient, session_id: str) -> None:
    with client.session_transaction() as session:
        session["_user_id"] = session_id
    assert client.get("/").status_code == 200
    assert not knows(client)


@pytest.mark.parametrize("address", ["/sign-in", "/sign-up", "/bookings/"])
def test_private_pages_are_kept_by_no_cache(signed_in: FlaskClient, address: str) -> None:
    assert signed_in.get(address).headers["Cache-Control"] == "no-store"


@pytest.fixture
def limited(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two tries an hour for an address and an account together."""
    before = app.extensions["limits"]
    changes = {
        "RATELIMIT_ENABLED": True,
        "RATELIMIT_SIGN_IN": "2 per hour",
        "RATELIMIT_STORAGE_URI": "memory://",
    }
    for name, value in changes.items():
        monkeypatch.setitem(app.config, name, value)
    app.extensions["limits"] = throttle.Limits(app)
    yield
    app.extensions["limits"] = before


def test_guessing_a_password_is_slowed_down(client: FlaskClient, user: User, limited: None) -> None:
    wrong = {"email": user.email, "password": "not the password"}
    assert [client.post("/sign-in", data=wrong).status_code for _ in range(3)] == [400, 400, 429]
    page = Page(client.post("/sign-in", data=wrong | {"password": PASSWORD}))
    assert page.status == 429
    assert "That was too often." in page.text
    assert page.form("").fields["email"] == user.email
    assert not knows(client)


def test_a_guesser_does_not_lock_the_owner_out(
    app: Flask, client: FlaskClient, user: User, limited: None
) -> None:
    owner = browser_of(app, user)
    owner.post("/sign-out")
    for _ in range(5):
        client.post("/sign-in", data={"email": user.email, "password": "not the password"})
    assert owner.post("/sign-in", data={"email": user.email, "password": PASSWORD}).status_code == 303
