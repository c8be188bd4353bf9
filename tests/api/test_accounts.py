"""Registering and getting tokens (BTick 001 §1)."""

from __future__ import annotations

import pytest
import time_machine
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy

from tests.api.conftest import Api
from tests.factories import PASSWORD, RevokedTokenFactory, UserFactory
from ticketing import clock
from ticketing.models import ActivityLog, OutboxMessage, User
from ticketing.services import tokens

NEW = {"email": "Ada@Example.org", "password": "a long walk"}


def test_registering_opens_an_account_that_is_signed_in(api: Api, db: SQLAlchemy) -> None:
    answer = api.post("/api/auth/register/", {**NEW, "first_name": "Ada", "last_name": "L", "phone": "+1"})
    assert answer.status_code == 201
    user = db.session.query(User).one()
    assert answer.json["user"]["id"] == str(user.uuid)
    assert answer.json["user"]["first_name"] == "Ada"
    assert answer.json["tokens"] == {"access": answer.json["access"], "refresh": answer.json["refresh"]}
    assert api.with_token(answer.json["access"]).get("/api/v1/bookings/").json == []


def test_registering_sends_the_mail_that_verifies_the_address(api: Api, db: SQLAlchemy) -> None:
    api.post("/api/auth/register/", NEW)
    assert [message.kind for message in db.session.query(OutboxMessage)] == ["mail.verify_email"]


def test_a_username_is_made_from_the_address_where_none_is_given(api: Api) -> None:
    assert api.post("/api/auth/register/", NEW).json["user"]["username"] == "ada"


def test_an_address_is_taken_in_whatever_case(api: Api) -> None:
    UserFactory(email="ada@example.org")
    answer = api.post("/api/auth/register/", NEW)
    assert answer.status_code == 400
    assert list(answer.json["field_errors"]) == ["email"]


@pytest.mark.parametrize("name", ["password2", "password_confirm"])
def test_a_repeated_password_must_be_the_same(api: Api, name: str) -> None:
    answer = api.post("/api/auth/register/", {**NEW, name: "another walk"})
    assert answer.status_code == 400
    assert list(answer.json["field_errors"]) == [name]
    assert api.post("/api/auth/register/", {**NEW, name: NEW["password"]}).status_code == 201


@pytest.mark.parametrize("password", ["short", "12345678901", "password", "ada@example.org"])
def test_a_weak_password_is_refused(api: Api, password: str, db: SQLAlchemy) -> None:
    answer = api.post("/api/auth/register/", {**NEW, "password": password})
    assert answer.status_code == 400
    assert answer.json["password"]
    assert db.session.query(User).count() == 0


@pytest.mark.parametrize("missing", ["email", "password"])
def test_address_and_password_are_required(api: Api, missing: str) -> None:
    body = {name: value for name, value in NEW.items() if name != missing}
    answer = api.post("/api/auth/register/", body)
    assert answer.status_code == 400
    assert list(answer.json["field_errors"]) == [missing]


def test_nobody_makes_themselves_staff(api: Api, db: SQLAlchemy) -> None:
    api.post("/api/auth/register/", {**NEW, "is_staff": True, "is_superuser": True, "user_type": "organizer"})
    user = db.session.query(User).one()
    assert (user.is_staff, user.is_superuser, user.user_type) == (False, False, "consumer")


@pytest.mark.parametrize("login", ["email", "username"])
def test_tokens_are_given_for_the_address_or_the_username(api: Api, login: str) -> None:
    user = UserFactory()
    answer = api.post("/api/auth/jwt/create/", {login: getattr(user, login), "password": PASSWORD})
    assert answer.status_code == 200
    assert set(answer.json) == {"access", "refresh"}
    assert api.with_token(answer.json["access"]).get("/api/v1/bookings/").status_code == 200


def test_an_address_may_stand_under_the_name_username(api: Api) -> None:
    body = {"username": UserFactory().email.upper(), "password": PASSWORD}
    assert api.post("/api/auth/jwt/create/", body).status_code == 200


def test_wrong_credentials_are_401_and_remembered(api: Api, db: SQLAlchemy) -> None:
    user = UserFactory()
    for login in (user.email, "nobody@example.org"):
        answer = api.post("/api/auth/jwt/create/", {"email": login, "password": "wrong password"})
        assert answer.status_code == 401
        assert answer.json["detail"] == "Invalid email or password."
    assert [log.action for log in db.session.query(ActivityLog)] == ["login_failed", "login_failed"]


def test_a_closed_account_gets_no_tokens(api: Api) -> None:
    user = UserFactory(is_active=False)
    assert api.post("/api/auth/jwt/create/", {"email": user.email, "password": PASSWORD}).status_code == 401


def test_an_account_that_must_verify_first_gets_no_tokens(api: Api) -> None:
    user = UserFactory(must_verify_email=True)
    answer = api.post("/api/auth/jwt/create/", {"email": user.email, "password": PASSWORD})
    assert answer.status_code == 401
    assert answer.json["code"] == "email_not_verified"


@pytest.mark.parametrize(
    ("body", "field"), [({"password": "x"}, "email"), ({"email": "a@b.org"}, "password"), ({}, "password")]
)
def test_a_missing_credential_is_400(api: Api, body: dict, field: str) -> None:
    answer = api.post("/api/auth/jwt/create/", body)
    assert answer.status_code == 400
    assert field in answer.json["field_errors"]


def test_a_refresh_token_gets_a_new_access_token(api: Api) -> None:
    pair = tokens.issue(UserFactory())
    answer = api.post("/api/auth/jwt/refresh/", {"refresh": pair.refresh})
    assert set(answer.json) == {"access"}
    assert api.with_token(answer.json["access"]).get("/api/v1/bookings/").status_code == 200


def test_an_access_token_refreshes_nothing_and_a_refresh_token_opens_nothing(api: Api) -> None:
    pair = tokens.issue(UserFactory())
    assert api.post("/api/auth/jwt/refresh/", {"refresh": pair.access}).status_code == 401
    assert api.with_token(pair.refresh).get("/api/v1/bookings/").status_code == 401


def test_a_forged_refresh_token_is_401_and_a_missing_one_400(api: Api) -> None:
    assert api.post("/api/auth/jwt/refresh/", {"refresh": "forged"}).status_code == 401
    answer = api.post("/api/auth/jwt/refresh/", {})
    assert answer.status_code == 400
    assert list(answer.json["field_errors"]) == ["refresh"]


def test_an_expired_access_token_in_the_header_does_not_hinder_a_refresh(api: Api) -> None:
    pair = tokens.issue(UserFactory())
    answer = api.with_token("long dead").post("/api/auth/jwt/refresh/", {"refresh": pair.refresh})
    assert answer.status_code == 200


def test_the_refresh_token_may_come_in_its_cookie(api: Api, client: FlaskClient) -> None:
    client.set_cookie("refresh_token", tokens.issue(UserFactory()).refresh)
    assert api.post("/api/auth/jwt/refresh/").status_code == 200
    assert api.post("/api/auth/jwt/refresh/", headers={"Origin": "https://evil.example"}).status_code == 403


def test_tokens_die_with_their_time(api: Api) -> None:
    pair = tokens.issue(UserFactory())
    with time_machine.travel(clock.now().timestamp() + 6 * 60, tick=False):
        assert api.with_token(pair.access).get("/api/v1/bookings/").status_code == 401
        assert api.post("/api/auth/jwt/refresh/", {"refresh": pair.refresh}).status_code == 200
    with time_machine.travel(clock.now().timestamp() + 8 * 86400, tick=False):
        assert api.post("/api/auth/jwt/refresh/", {"refresh": pair.refresh}).status_code == 401


def test_a_raised_epoch_ends_every_older_token(api: Api, db: SQLAlchemy) -> None:
    user = UserFactory()
    pair = tokens.issue(user)
    user.token_epoch += 1
    db.session.commit()
    assert api.with_token(pair.access).get("/api/v1/bookings/").status_code == 401
    assert api.post("/api/auth/jwt/refresh/", {"refresh": pair.refresh}).status_code == 401


def test_a_revoked_token_opens_nothing(api: Api) -> None:
    from flask_jwt_extended import decode_token

    user = UserFactory()
    pair = tokens.issue(user)
    RevokedTokenFactory(user=user, jti=decode_token(pair.access)["jti"])
    assert api.with_token(pair.access).get("/api/v1/bookings/").status_code == 401


def test_passwords_are_neither_answered_nor_logged(api: Api, db: SQLAlchemy) -> None:
    answer = api.post("/api/auth/register/", NEW)
    assert NEW["password"] not in answer.text
    assert all(NEW["password"] not in str(log.details) for log in db.session.query(ActivityLog))
