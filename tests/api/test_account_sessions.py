"""Signing in and out with tokens and cookies (EasyTicket 003, SecureTicket 002)."""

from __future__ import annotations

from http.cookies import Morsel, SimpleCookie

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from werkzeug.test import TestResponse

from tests.api.conftest import Api
from tests.factories import PASSWORD, UserFactory
from ticketing.models import ActivityLog, User
from ticketing.services import tokens

LOGIN, LOGOUT, PROFILE = "/api/auth/login/", "/api/auth/logout/", "/api/auth/profile/"
REFRESH = "/api/auth/token/refresh/"
FOREIGN = ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"})


def left(answer: TestResponse) -> dict[str, Morsel]:
    """The cookies that an answer leaves."""
    found: SimpleCookie = SimpleCookie()
    for line in answer.headers.getlist("Set-Cookie"):
        found.load(line)
    return dict(found)


def signed_in(api: Api, user: User | None = None) -> TestResponse:
    user = user or UserFactory()
    return api.post(LOGIN, {"email": user.email, "password": PASSWORD})


@pytest.mark.parametrize("field", ["email", "username"])
def test_signing_in_takes_the_address_or_the_username(api: Api, field: str) -> None:
    user = UserFactory()
    answer = api.post(LOGIN, {field: getattr(user, field), "password": PASSWORD})
    assert answer.status_code == 200
    assert set(answer.json) == {"message", "user", "access", "refresh", "tokens"}
    assert answer.json["tokens"] == {"access": answer.json["access"], "refresh": answer.json["refresh"]}
    assert answer.json["user"]["id"] == str(user.uuid)
    assert answer.json["user"]["last_login"] is not None
    assert api.with_token(answer.json["access"]).get(PROFILE).status_code == 200


def test_signing_in_leaves_cookies_that_scripts_and_foreign_pages_do_not_see(api: Api, app: Flask) -> None:
    cookies = left(signed_in(api))
    assert {"access_token", "refresh_token", "known_device"} == set(cookies)
    for cookie in cookies.values():
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert cookie["path"] == "/"
        assert not cookie["secure"]
    assert cookies["access_token"]["max-age"] == "300"
    assert cookies["refresh_token"]["max-age"] == str(7 * 86400)


def test_cookies_are_secure_where_the_site_is(api: Api, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "JWT_COOKIE_SECURE", True)
    assert all(cookie["secure"] for cookie in left(signed_in(api)).values())


def test_the_cookies_alone_sign_calls(api: Api) -> None:
    signed_in(api)
    assert api.get(PROFILE).status_code == 200
    assert api.patch(PROFILE, {"first_name": "Grace"}).json["first_name"] == "Grace"


def test_wrong_credentials_have_one_sentence_whatever_is_wrong(api: Api) -> None:
    user, closed = UserFactory(), UserFactory(is_active=False)
    for login, password in ((user.email, "wrong"), ("nobody@example.org", "x"), (closed.email, PASSWORD)):
        answer = api.post(LOGIN, {"email": login, "password": password})
        assert answer.status_code == 400
        assert answer.json["detail"] == "Invalid email or password."
        assert left(answer) == {}


def test_who_must_verify_first_is_told_so_and_only_with_the_right_password(api: Api) -> None:
    user = UserFactory(must_verify_email=True)
    answer = signed_in(api, user)
    assert answer.status_code == 400
    assert answer.json["detail"] == "Email not verified. Please check your email."
    wrong = api.post(LOGIN, {"email": user.email, "password": "wrong"})
    assert wrong.json["detail"] == "Invalid email or password."


@pytest.mark.parametrize("headers", FOREIGN)
def test_a_foreign_page_signs_nobodys_browser_in(api: Api, headers: dict) -> None:
    body = {"email": UserFactory().email, "password": PASSWORD}
    answer = api.post(LOGIN, body, headers=headers)
    assert answer.status_code == 200
    assert left(answer) == {}


def test_signing_out_revokes_both_tokens_and_takes_the_cookies_back(api: Api, db: SQLAlchemy) -> None:
    pair = signed_in(api).json["tokens"]
    answer = api.post(LOGOUT)
    assert answer.status_code == 200
    assert {"access_token", "refresh_token"} == set(left(answer))
    assert all(cookie.value == "" and "1970" in cookie["expires"] for cookie in left(answer).values())
    assert api.with_token(pair["access"]).get(PROFILE).status_code == 401
    assert api.post(REFRESH, {"refresh": pair["refresh"]}).status_code == 401
    assert db.session.query(ActivityLog).filter_by(action="logout").count() == 1


def test_signing_out_takes_the_refresh_token_from_the_body(api: Api) -> None:
    pair = tokens.issue(UserFactory())
    assert api.with_token(pair.access).post(LOGOUT, {"refresh": pair.refresh}).status_code == 200
    assert api.post(REFRESH, {"refresh": pair.refresh}).status_code == 401


def test_signing_out_without_a_refresh_token_ends_the_access_token(api: Api) -> None:
    pair = tokens.issue(UserFactory())
    assert api.with_token(pair.access).post(LOGOUT).status_code == 200
    assert api.with_token(pair.access).get(PROFILE).status_code == 401
    assert api.post(REFRESH, {"refresh": pair.refresh}).status_code == 200


def test_other_sessions_of_the_account_stay_when_one_signs_out(api: Api) -> None:
    user = UserFactory()
    one, other = tokens.issue(user), tokens.issue(user)
    api.with_token(one.access).post(LOGOUT, {"refresh": one.refresh})
    assert api.with_token(other.access).get(PROFILE).status_code == 200
    assert api.post(REFRESH, {"refresh": other.refresh}).status_code == 200


def test_nobody_signs_out_with_a_token_that_would_stay_alive(api: Api) -> None:
    pair, foreign = tokens.issue(UserFactory()), tokens.issue(UserFactory())
    mine = api.with_token(pair.access)
    for token in ("forged", pair.access, foreign.refresh):
        answer = mine.post(LOGOUT, {"refresh": token})
        assert answer.status_code == 400
        assert list(answer.json["field_errors"]) == ["refresh"]
    assert api.post(REFRESH, {"refresh": foreign.refresh}).status_code == 200


def test_a_dead_refresh_cookie_does_not_hinder_signing_out(api: Api, client: FlaskClient) -> None:
    client.set_cookie("refresh_token", "long dead")
    assert api.with_token(tokens.issue(UserFactory()).access).post(LOGOUT).status_code == 200


def test_signing_out_needs_somebody_who_is_signed_in(api: Api) -> None:
    assert api.post(LOGOUT).status_code == 401


def test_signing_out_everywhere_ends_every_token(api: Api) -> None:
    user = UserFactory()
    one, other = tokens.issue(user), tokens.issue(user)
    assert api.with_token(one.access).post("/api/auth/logout-all/").status_code == 200
    for pair in (one, other):
        assert api.with_token(pair.access).get(PROFILE).status_code == 401
        assert api.post(REFRESH, {"refresh": pair.refresh}).status_code == 401


@pytest.mark.parametrize("path", [REFRESH, "/api/auth/jwt/refresh/"])
def test_a_refresh_by_cookie_renews_the_access_cookie(api: Api, client: FlaskClient, path: str) -> None:
    pair = tokens.issue(UserFactory())
    by_body = api.post(path, {"refresh": pair.refresh})
    assert by_body.status_code == 200
    assert left(by_body) == {}
    client.set_cookie("refresh_token", pair.refresh)
    by_cookie = api.post(path)
    assert left(by_cookie)["access_token"].value == by_cookie.json["access"]
    assert set(left(by_cookie)) == {"access_token"}
    assert api.get(PROFILE).status_code == 200


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize("path", [REFRESH, LOGOUT, "/api/auth/logout-all/"])
def test_a_foreign_page_does_nothing_with_a_visitors_cookies(api: Api, path: str, headers: dict) -> None:
    signed_in(api)
    answer = api.post(path, headers=headers)
    assert answer.status_code == 403
    assert api.get(PROFILE).status_code == 200


@pytest.mark.parametrize("headers", [{}, {"Origin": "http://localhost"}, {"Sec-Fetch-Site": "same-origin"}])
def test_our_own_pages_and_programs_use_the_cookies(api: Api, headers: dict) -> None:
    signed_in(api)
    assert api.patch(PROFILE, {"city": "Lisbon"}, headers=headers).status_code == 200


def test_a_configured_origin_uses_the_cookies(api: Api, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "CORS_ORIGINS", ["https://app.example.org"])
    signed_in(api)
    headers = {"Origin": "https://app.example.org", "Sec-Fetch-Site": "cross-site"}
    assert api.patch(PROFILE, {"city": "Lisbon"}, headers=headers).status_code == 200


def test_a_foreign_page_may_use_a_token_in_the_header(api: Api) -> None:
    """It has been given one; browsers add none by themselves."""
    by = api.by(UserFactory())
    assert by.patch(PROFILE, {"city": "Lisbon"}, headers=FOREIGN[0]).status_code == 200
