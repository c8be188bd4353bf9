"""Passwords: how strong, changing and resetting them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy

from tests.api.conftest import Api
from tests.factories import PASSWORD, UserFactory
from ticketing import clock
from ticketing.models import ActivityLog, OutboxMessage, User
from ticketing.services import accounts, tokens

STRENGTH, CHANGE = "/api/auth/check-password-strength/", "/api/auth/change-password/"
RESET, CONFIRM, PROFILE = (
    "/api/auth/password-reset/",
    "/api/auth/password-reset/confirm/",
    "/api/auth/profile/",
)
NEW = "another walk on the beach"


@pytest.mark.parametrize(
    ("password", "level"),
    [
        ("password", "very_weak"),
        ("doghouse", "weak"),
        ("dog7house", "fair"),
        ("correct horse", "strong"),
        ("correct horse battery staple 93", "very_strong"),
    ],
)
def test_strength_has_a_score_and_the_level_that_belongs_to_it(api: Api, password: str, level: str) -> None:
    answer = api.post(STRENGTH, {"password": password})
    assert answer.status_code == 200
    words = ["very_weak", "weak", "fair", "strong", "very_strong"]
    assert answer.json["level"] == level == words[min(answer.json["score"] // 20, 4)]


def test_strength_says_what_is_in_the_password(api: Api) -> None:
    known = api.post(STRENGTH, {"password": "Ab1! ñ"}).json
    assert known["length"] == 6
    assert all(known[f"has_{kind}"] for kind in ("uppercase", "lowercase", "digit", "special"))
    plain = api.post(STRENGTH, {"password": "12345678"}).json
    assert [plain[f"has_{kind}"] for kind in ("uppercase", "lowercase", "digit", "special")] == [
        False,
        False,
        True,
        False,
    ]
    assert "This password is all digits." in plain["feedback"]


def test_strength_needs_a_password_and_keeps_none(api: Api, db: SQLAlchemy, caplog: Any) -> None:
    assert api.post(STRENGTH, {}).status_code == 400
    answer = api.post(STRENGTH, {"password": "a rather unusual one"})
    assert "unusual" not in answer.text
    assert "unusual" not in caplog.text
    assert db.session.query(ActivityLog).count() == 0


def test_the_longest_password_is_measured_quickly(api: Api) -> None:
    before = clock.now()
    assert api.post(STRENGTH, {"password": "a1!" * 341}).json["length"] == 1023
    assert clock.now() - before < timedelta(seconds=2)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_changed_password_ends_every_older_token(api: Api, method: str) -> None:
    user = UserFactory()
    here, elsewhere = tokens.issue(user), tokens.issue(user)
    body = {"old_password": PASSWORD, "new_password": NEW, "new_password_confirm": NEW}
    assert api.with_token(here.access).call(method, CHANGE, body).status_code == 200
    for pair in (here, elsewhere):
        assert api.with_token(pair.access).get(PROFILE).status_code == 401
        assert api.post("/api/auth/jwt/refresh/", {"refresh": pair.refresh}).status_code == 401
    assert api.post("/api/auth/login/", {"email": user.email, "password": NEW}).status_code == 200


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"old_password": "wrong"}, "old_password"),
        ({"new_password": "short"}, "new_password"),
        ({"new_password": PASSWORD}, "new_password"),
        ({"new_password_confirm": "something else"}, "new_password_confirm"),
    ],
)
def test_a_password_is_changed_by_who_knows_it_to_a_decent_one(
    api: Api, db: SQLAlchemy, changed: dict, field: str
) -> None:
    user = UserFactory()
    by = api.by(user)
    answer = by.post(CHANGE, {"old_password": PASSWORD, "new_password": NEW, **changed})
    assert answer.status_code == 400
    assert list(answer.json["field_errors"]) == [field]
    assert by.get(PROFILE).status_code == 200


def test_asking_for_a_reset_never_tells_who_has_an_account(api: Api, db: SQLAlchemy) -> None:
    user, closed = UserFactory(), UserFactory(is_active=False)
    answers = [
        api.post(RESET, {"email": email})
        for email in (user.email, closed.email, "nobody@example.org", "no address")
    ]
    assert {(answer.status_code, answer.text) for answer in answers} == {(200, answers[0].text)}
    assert [message.payload["user_id"] for message in db.session.query(OutboxMessage)] == [user.id]


def test_a_reset_ends_every_older_token_and_works_once(api: Api, client: FlaskClient) -> None:
    user = UserFactory()
    pair = tokens.issue(user)
    body = {"token": accounts.mint_email_token(user.id, "reset"), "new_password": NEW}
    assert api.post(CONFIRM, body).status_code == 200
    assert api.with_token(pair.access).get(PROFILE).status_code == 401
    assert api.post("/api/auth/token/refresh/", {"refresh": pair.refresh}).status_code == 401
    assert api.post("/api/auth/login/", {"email": user.email, "password": NEW}).status_code == 200
    again = api.post(CONFIRM, {**body, "new_password": "yet another walk"})
    assert again.status_code == 400
    assert list(again.json["field_errors"]) == ["token"]


def test_a_weak_password_does_not_use_the_token_up(api: Api) -> None:
    token = accounts.mint_email_token(UserFactory().id, "reset")
    weak = api.post(CONFIRM, {"token": token, "new_password": "short"})
    assert list(weak.json["field_errors"]) == ["new_password"]
    other = api.post(CONFIRM, {"token": token, "new_password": NEW, "new_password_confirm": "no"})
    assert list(other.json["field_errors"]) == ["new_password_confirm"]
    assert api.post(CONFIRM, {"token": token, "new_password": NEW}).status_code == 200


def test_a_reset_token_dies_after_an_hour(api: Api) -> None:
    token = accounts.mint_email_token(UserFactory().id, "reset")
    with time_machine.travel(clock.now() + timedelta(minutes=61)):
        assert api.post(CONFIRM, {"token": token, "new_password": NEW}).status_code == 400


def test_a_closed_account_ends_every_token(api: Api, db: SQLAlchemy) -> None:
    from ticketing.policy import SYSTEM

    user = UserFactory()
    pair = tokens.issue(user)
    accounts.deactivate(SYSTEM, user.email)
    assert api.with_token(pair.access).get(PROFILE).status_code == 401
    assert api.post("/api/auth/token/refresh/", {"refresh": pair.refresh}).status_code == 401
    assert db.session.get_one(User, user.id).is_active is False
