"""Tokens that are no good, and what finding that out costs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy

from tests.api.conftest import Api
from tests.factories import EventFactory, UserFactory
from tests.support.fixtures import Statements
from ticketing import clock
from ticketing.models import User
from ticketing.services import tokens
from ticketing.services.tokens import TokenPair

PROFILE, REFRESH = "/api/auth/profile/", "/api/auth/token/refresh/"
PUBLIC = "/api/v1/events/"


def forged(app: Flask, pair: TokenPair, kind: str, **changed: Any) -> str:
    """One of the pair's tokens with other claims (None: without them), signed by us unless ``key`` says
    otherwise."""
    key = changed.pop("key", app.config["JWT_SECRET_KEY"])
    algorithm = changed.pop("algorithm", "HS256")
    claims = jwt.decode(getattr(pair, kind), app.config["JWT_SECRET_KEY"], algorithms=["HS256"]) | changed
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(kept, key, algorithm)


def in_minutes(number: float) -> int:
    return int((datetime.now(UTC) + timedelta(minutes=number)).timestamp())


BAD: dict[str, Callable[[], dict[str, Any]]] = {
    "signed with a foreign key": lambda: {"key": "another secret that is long enough for HS256"},
    "not signed": lambda: {"key": None, "algorithm": "none"},
    "signed by another algorithm": lambda: {"algorithm": "HS384"},
    "expired": lambda: {"exp": in_minutes(-1)},
    "issued in the future": lambda: {"iat": in_minutes(5), "nbf": in_minutes(-1)},
    "not valid yet": lambda: {"nbf": in_minutes(5)},
    "for somebody else's number": lambda: {"sub": "999999999"},
    "for no number": lambda: {"sub": "admin"},
    "for a number that no row has": lambda: {"sub": str(2**70)},
    "of another epoch": lambda: {"epoch": 1},
    "without an epoch": lambda: {"epoch": None},
    "without a holder": lambda: {"sub": None},
    "without a number of its own": lambda: {"jti": None},
    "without an end": lambda: {"exp": None},
    "without a kind": lambda: {"type": None},
}


@pytest.mark.parametrize("what", list(BAD))
def test_a_bad_token_opens_nothing_and_renews_nothing(api: Api, app: Flask, what: str) -> None:
    pair = tokens.issue(UserFactory())
    access, refresh = (forged(app, pair, kind, **BAD[what]()) for kind in ("access", "refresh"))
    for path in (PROFILE, PUBLIC):
        answer = api.with_token(access).get(path)
        assert answer.status_code == 401
        assert answer.json["code"] == "token_not_valid"
    assert api.post(REFRESH, {"refresh": refresh}).status_code == 401
    assert api.post("/api/v1/auth/jwt/refresh/", {"refresh": refresh}).status_code == 401


def test_the_same_forgery_with_nothing_changed_is_good(api: Api, app: Flask) -> None:
    pair = tokens.issue(UserFactory())
    assert api.with_token(forged(app, pair, "access")).get(PROFILE).status_code == 200
    assert api.post(REFRESH, {"refresh": forged(app, pair, "refresh")}).status_code == 200


def test_clocks_may_differ_by_seconds(api: Api, app: Flask) -> None:
    pair = tokens.issue(UserFactory())
    for changed in ({"exp": in_minutes(-5 / 60)}, {"iat": in_minutes(5 / 60), "nbf": in_minutes(5 / 60)}):
        assert api.with_token(forged(app, pair, "access", **changed)).get(PROFILE).status_code == 200


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "é", "Bearer", "\t", "." * 4000])
def test_what_is_no_token_at_all_is_401(api: Api, text: str) -> None:
    headers = {"Authorization": f"Bearer {text}".encode().decode("latin-1")}
    assert api.get(PROFILE, headers=headers).status_code == 401
    assert api.post(REFRESH, {"refresh": text or "x"}).status_code in (400, 401)


def test_a_token_for_one_purpose_is_refused_for_another(api: Api, client: FlaskClient) -> None:
    pair = tokens.issue(UserFactory())
    assert api.with_token(pair.refresh).get(PROFILE).status_code == 401
    assert api.post(REFRESH, {"refresh": pair.access}).status_code == 401
    client.set_cookie("access_token", pair.refresh)
    assert api.get(PROFILE).status_code == 401


def test_the_tokens_of_a_deleted_account_are_refused(api: Api, db: SQLAlchemy) -> None:
    user = UserFactory()
    pair = tokens.issue(user)
    db.session.delete(user)
    db.session.commit()
    assert api.with_token(pair.access).get(PROFILE).status_code == 401
    assert api.post(REFRESH, {"refresh": pair.refresh}).status_code == 401


def test_the_tokens_of_a_closed_account_are_refused(api: Api, db: SQLAlchemy) -> None:
    user = UserFactory()
    pair = tokens.issue(user)
    user.is_active = False
    db.session.commit()
    assert api.with_token(pair.access).get(PROFILE).status_code == 401
    assert api.post(REFRESH, {"refresh": pair.refresh}).status_code == 401


def test_a_bad_cookie_is_nobody_where_anybody_may_call(api: Api, client: FlaskClient) -> None:
    client.set_cookie("access_token", "long dead")
    EventFactory()
    assert len(api.get(PUBLIC).json) == 1
    assert api.get(PROFILE).status_code == 401


def test_a_bad_cookie_does_not_hinder_signing_in_or_up(api: Api, client: FlaskClient) -> None:
    client.set_cookie("access_token", "long dead")
    body = {"email": "ada@example.org", "password": "a long walk"}
    assert api.post("/api/auth/register/", body).status_code == 201
    assert api.post("/api/auth/login/", body).status_code == 200


def test_the_header_wins_over_the_cookie(api: Api, client: FlaskClient) -> None:
    one, other = UserFactory(), UserFactory()
    client.set_cookie("access_token", tokens.issue(one).access)
    assert api.get(PROFILE).json["email"] == one.email
    assert api.by(other).get(PROFILE).json["email"] == other.email
    assert api.with_token("long dead").get(PROFILE).status_code == 401


def test_a_web_session_signs_no_call_of_the_api(api: Api, client: FlaskClient) -> None:
    user = UserFactory()
    with client.session_transaction() as session:
        session["_user_id"] = user.get_id()
    assert api.get(PROFILE).status_code == 401


def test_finding_out_who_calls_takes_one_statement(
    app: Flask, db: SQLAlchemy, statements: Callable[[], Any]
) -> None:
    from flask import g

    from ticketing.api.identity import Access, admit

    user = UserFactory()
    header = {"Authorization": f"Bearer {tokens.issue(user).access}"}
    seen: Statements
    with app.test_request_context("/api/v1/bookings/", headers=header), statements() as seen:
        admit(Access.SIGNED_IN)
        assert g.api_actor.user_id == user.id
    assert len(seen) == 1
    assert seen.matching("revoked_tokens")


def test_a_call_without_a_token_asks_the_database_nothing_about_its_caller(
    app: Flask, statements: Callable[[], Any]
) -> None:
    from ticketing.api.identity import Access, admit

    with app.test_request_context("/api/v1/events/"), statements() as seen:
        admit(Access.ANYBODY)
    assert seen == []


def test_the_life_of_tokens_is_documented(app: Flask, db: SQLAlchemy) -> None:
    pair = tokens.issue(UserFactory())
    for token, life in ((pair.access, timedelta(minutes=5)), (pair.refresh, timedelta(days=7))):
        claims = jwt.decode(token, app.config["JWT_SECRET_KEY"], algorithms=["HS256"])
        assert claims["exp"] - claims["iat"] == life.total_seconds()
        assert abs(claims["iat"] - clock.now().timestamp()) < 60
    assert db.session.query(User).count() == 1
