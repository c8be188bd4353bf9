"""Registering, signing in and one's profile (Cafa 004 Authentication)."""

from __future__ import annotations

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from tests.api.conftest import Api
from tests.factories import (
    PASSWORD,
    EventFactory,
    OrderFactory,
    OrderItemFactory,
    OrganizationFactory,
    UserFactory,
    member_of,
)
from ticketing.models import User
from ticketing.models.orders import CONFIRMED
from ticketing.services import accounts, tokens

USERS, LOGIN = "/api/v1/auth/users/", "/api/v1/auth/login/"
REFRESH, PROFILE = "/api/v1/auth/jwt/refresh/", "/api/v1/auth/profile/"
NEW = {
    "email": "john@example.com",
    "username": "johndoe",
    "password": "SecurePass123!",
    "re_password": "SecurePass123!",
    "full_name": "John Doe",
}
USER = {
    "id", "username", "email", "full_name", "phone_number", "is_organizer", "profile_image", "bio", "city",
    "country", "is_email_verified", "date_joined", "last_login", "settings", "stats",
}  # fmt: skip


def test_registering_and_signing_in_go_as_documented(api: Api, db: SQLAlchemy) -> None:
    answer = api.post(USERS, NEW)
    assert answer.status_code == 201
    number = db.session.query(User).one().id
    documented = {"id": number, "username": "johndoe", "email": "john@example.com", "full_name": "John Doe"}
    assert answer.json == documented
    signed_in = api.post(LOGIN, {"email": "john@example.com", "password": "SecurePass123!"})
    assert signed_in.status_code == 200
    assert signed_in.json["message"] == "Login successful"
    assert set(signed_in.json["tokens"]) == {"access", "refresh"}
    user = signed_in.json["user"]
    assert {name: user[name] for name in documented} == documented
    assert user["profile_image"] is None
    assert api.with_token(signed_in.json["tokens"]["access"]).get(PROFILE).json == user


def test_a_name_may_have_any_number_of_words(api: Api, db: SQLAlchemy) -> None:
    assert (
        api.post(USERS, {**NEW, "full_name": " Vincent  van Gogh "}).json["full_name"] == "Vincent van Gogh"
    )
    user = db.session.query(User).one()
    assert (user.first_name, user.last_name) == ("Vincent", "van Gogh")


def test_name_and_repetition_may_be_left_out(api: Api) -> None:
    body = {name: NEW[name] for name in ("email", "username", "password")}
    assert api.post(USERS, body).json["full_name"] == ""


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"email": "none"}, "email"),
        ({"email": "taken@example.org"}, "email"),
        ({"username": "taken"}, "username"),
        ({"username": "two words"}, "username"),
        ({"username": ""}, "username"),
        ({"password": "123", "re_password": "123"}, "password"),
        ({"re_password": "Another1!"}, "re_password"),
        ({"full_name": "x" * 200}, "full_name"),
    ],
)
def test_what_is_wrong_stands_in_details(api: Api, changed: dict, field: str) -> None:
    UserFactory(email="taken@example.org", username="taken")
    answer = api.post(USERS, {**NEW, **changed})
    assert answer.status_code == 400
    assert list(answer.json["details"]) == [field]


@pytest.mark.parametrize("missing", ["email", "username", "password"])
def test_address_username_and_password_are_required(api: Api, missing: str) -> None:
    answer = api.post(USERS, {name: value for name, value in NEW.items() if name not in (missing,)})
    assert answer.status_code == 400
    assert missing in answer.json["details"]


def test_the_email_field_may_hold_the_username(api: Api) -> None:
    user = UserFactory()
    assert api.post(LOGIN, {"email": user.username, "password": PASSWORD}).status_code == 200


def test_wrong_credentials_are_401_and_a_missing_one_is_400(api: Api) -> None:
    user = UserFactory()
    assert api.post(LOGIN, {"email": user.email, "password": "wrong"}).status_code == 401
    assert api.post(LOGIN, {"email": "nobody@example.org", "password": PASSWORD}).status_code == 401
    missing = api.post(LOGIN, {"email": user.email})
    assert missing.status_code == 400
    assert list(missing.json["details"]) == ["password"]


def test_where_activation_is_asked_for_nobody_signs_in_before(
    api: Api, app: Flask, db: SQLAlchemy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "CAFA_ACTIVATION", True)
    assert api.post(USERS, NEW).status_code == 201
    credentials = {"email": NEW["email"], "password": NEW["password"]}
    refused = api.post(LOGIN, credentials)
    assert refused.status_code == 403
    assert refused.json["code"] == "email_not_verified"
    token = accounts.mint_email_token(db.session.query(User).one().id, "verify")
    assert api.post("/api/auth/verify-email/", {"token": token}).status_code == 200
    assert api.post(LOGIN, credentials).status_code == 200


def test_signing_in_leaves_no_cookies(api: Api) -> None:
    answer = api.post(LOGIN, {"email": UserFactory().email, "password": PASSWORD})
    assert answer.headers.getlist("Set-Cookie") == []


def test_a_refresh_token_gets_a_new_access_token(api: Api) -> None:
    pair = tokens.issue(UserFactory())
    answer = api.post(REFRESH, {"refresh": pair.refresh})
    assert api.with_token(answer.json["access"]).get(PROFILE).status_code == 200
    assert api.post(REFRESH, {"refresh": pair.access}).status_code == 401


def test_a_profile_has_the_documented_keys_and_figures(api: Api, db: SQLAlchemy) -> None:
    user = UserFactory(phone="")
    order = OrderFactory(user=user, status=CONFIRMED, amount_paid=5000, amount_refunded=1000)
    OrderItemFactory(order=order, quantity=3, returned=1)
    OrderFactory(user=user, amount_paid=0)
    profile = api.by(user).get(PROFILE).json
    assert set(profile) == USER
    assert profile["phone_number"] is None
    assert profile["is_organizer"] is False
    assert profile["stats"] == {
        "total_tickets_purchased": 2,
        "total_events_attended": 0,
        "events_organized": 0,
        "total_spent": 40.0,
        "account_age_days": 0,
    }


def test_a_member_of_an_organization_is_an_organizer(api: Api, db: SQLAlchemy) -> None:
    organization = OrganizationFactory()
    actor = member_of(organization)
    EventFactory(organization=organization, organizer=db.session.get_one(User, actor.user_id))
    profile = api.by(actor).get(PROFILE).json
    assert profile["is_organizer"] is True
    assert profile["stats"]["events_organized"] == 1


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_only_what_is_sent_is_changed(api: Api, method: str) -> None:
    by = api.by(UserFactory(first_name="Ada", last_name="L", bio="Poet"))
    changes = {"full_name": "Grace Brewster Hopper", "phone_number": "+233201234567", "city": "Accra"}
    answer = by.call(method, PROFILE, {**changes, "is_organizer": True, "email": "x@example.org"})
    assert answer.status_code == 200
    assert set(answer.json) == {"message", "user"}
    assert {name: answer.json["user"][name] for name in changes} == changes
    assert answer.json["user"]["bio"] == "Poet"
    assert answer.json["user"]["is_organizer"] is False
    assert by.call(method, PROFILE, {"phone_number": None}).json["user"]["phone_number"] is None


@pytest.mark.parametrize("phone", ["12", "no number", "+2332012345678901234"])
def test_a_phone_number_looks_like_one(api: Api, phone: str) -> None:
    answer = api.by(UserFactory()).patch(PROFILE, {"phone_number": phone})
    assert answer.status_code == 400
    assert list(answer.json["details"]) == ["phone_number"]
