"""Opening an account that must verify its address first (EasyTicket 003)."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask_sqlalchemy import SQLAlchemy

from tests.api.conftest import Api
from tests.factories import UserFactory
from ticketing import clock
from ticketing.models import OutboxMessage, User
from ticketing.services import accounts

SIGNUP, VERIFY, RESEND = ("/api/auth/signup/", "/api/auth/verify-email/", "/api/auth/resend-verification/")
NEW = {
    "email": "ada@example.org",
    "password": "a long walk",
    "password_confirm": "a long walk",
    "user_type": "organizer",
    "first_name": "Ada",
    "last_name": "Lovelace",
    "phone_number": "+1234567890",
}
CREDENTIALS = {"email": NEW["email"], "password": NEW["password"]}


def test_signing_up_opens_an_account_of_the_chosen_kind(api: Api, db: SQLAlchemy) -> None:
    answer = api.post(SIGNUP, NEW)
    assert answer.status_code == 201
    user = db.session.query(User).one()
    assert answer.json["user"] == {"id": str(user.uuid), "email": NEW["email"], "user_type": "organizer"}
    assert (user.first_name, user.last_name, user.phone) == ("Ada", "Lovelace", "+1234567890")
    assert [message.kind for message in db.session.query(OutboxMessage)] == ["mail.verify_email"]


def test_one_is_a_consumer_unless_one_says_otherwise(api: Api) -> None:
    body = {name: value for name, value in NEW.items() if name != "user_type"}
    assert api.post(SIGNUP, body).json["user"]["user_type"] == "consumer"


@pytest.mark.parametrize("kind", ["admin", "staff", "support", ""])
def test_nobody_signs_up_as_more_than_an_organizer(api: Api, db: SQLAlchemy, kind: str) -> None:
    answer = api.post(SIGNUP, {**NEW, "user_type": kind})
    assert answer.status_code == 400
    assert list(answer.json["field_errors"]) == ["user_type"]
    assert db.session.query(User).count() == 0


@pytest.mark.parametrize("missing", ["email", "password", "password_confirm"])
def test_address_and_both_passwords_are_required(api: Api, missing: str) -> None:
    answer = api.post(SIGNUP, {name: value for name, value in NEW.items() if name != missing})
    assert answer.status_code == 400
    assert missing in answer.json["field_errors"]


def test_the_passwords_must_be_the_same(api: Api) -> None:
    answer = api.post(SIGNUP, {**NEW, "password_confirm": "a short walk"})
    assert list(answer.json["field_errors"]) == ["password_confirm"]


def test_nobody_signs_in_before_their_address_is_verified(api: Api, db: SQLAlchemy) -> None:
    api.post(SIGNUP, NEW)
    assert api.post("/api/auth/login/", CREDENTIALS).status_code == 400
    assert api.post("/api/auth/jwt/create/", CREDENTIALS).status_code == 401
    assert api.post("/api/v1/auth/login/", CREDENTIALS).status_code == 403
    user = db.session.query(User).one()
    answer = api.post(VERIFY, {"token": accounts.mint_email_token(user.id, "verify")})
    assert answer.status_code == 200
    assert answer.json["user"] == {"id": str(user.uuid), "email": user.email}
    for path in ("/api/auth/login/", "/api/auth/jwt/create/", "/api/v1/auth/login/"):
        assert api.post(path, CREDENTIALS).status_code == 200


def test_a_token_works_once_and_for_a_day(api: Api) -> None:
    user = UserFactory()
    token = accounts.mint_email_token(user.id, "verify")
    with time_machine.travel(clock.now() + timedelta(hours=25)):
        assert api.post(VERIFY, {"token": token}).status_code == 400
    assert api.post(VERIFY, {"token": token}).status_code == 200
    answer = api.post(VERIFY, {"token": token})
    assert answer.status_code == 400
    assert list(answer.json["field_errors"]) == ["token"]


@pytest.mark.parametrize("purpose", ["reset", "change_email"])
def test_a_token_for_something_else_verifies_nothing(api: Api, db: SQLAlchemy, purpose: str) -> None:
    user = UserFactory()
    token = accounts.mint_email_token(user.id, purpose, "new@example.org")
    assert api.post(VERIFY, {"token": token}).status_code == 400
    assert db.session.get_one(User, user.id).email_verified_at is None


def test_asking_again_ends_the_older_token_and_mails_a_new_one(api: Api, db: SQLAlchemy) -> None:
    user = UserFactory()
    token = accounts.mint_email_token(user.id, "verify")
    assert api.post(RESEND, {"email": user.email.upper()}).status_code == 200
    assert api.post(VERIFY, {"token": token}).status_code == 400
    assert [message.kind for message in db.session.query(OutboxMessage)] == ["mail.verify_email"]


def test_asking_again_never_tells_who_has_an_account(api: Api, db: SQLAlchemy) -> None:
    waiting, verified = UserFactory(), UserFactory(email_verified_at=clock.now())
    answers = [
        api.post(RESEND, {"email": email})
        for email in (waiting.email, verified.email, "nobody@example.org", "no address")
    ]
    assert {(answer.status_code, answer.text) for answer in answers} == {(200, answers[0].text)}
    assert db.session.query(OutboxMessage).count() == 1
