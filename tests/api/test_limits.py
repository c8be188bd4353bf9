"""How often somebody may call, sign in, sign up (EasyTicket 003 «Rate limits»)."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from werkzeug.test import TestResponse

from tests.api.conftest import Api
from tests.api.contract import Contract
from tests.factories import PASSWORD, UserFactory
from tests.support.counting import count_together
from tests.support.fixtures import Redis
from ticketing.models import OutboxMessage
from ticketing.services import accounts, devices, throttle, tokens

LOGIN, CREATE, CAFA = "/api/auth/login/", "/api/auth/jwt/create/", "/api/v1/auth/login/"
SIGNUP, PROFILE, LOGS = "/api/auth/signup/", "/api/auth/profile/", "/api/logs/"
HOUR = 3600
#: Every way to sign in by a program, and how often an hour it may be tried.
WAYS = [(LOGIN, 5), (CREATE, 20), (CAFA, 20)]

Travel = Callable[[float], AbstractContextManager[Any]]


@pytest.fixture(autouse=True)
def limited(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> throttle.Limits:
    """The limits, switched on, with counters of this test's own."""
    return _limit(app, f"shared-counters://{tmp_path / 'counters.sqlite3'}", monkeypatch)


def _limit(app: Flask, storage: str, monkeypatch: pytest.MonkeyPatch) -> throttle.Limits:
    monkeypatch.setitem(app.config, "RATELIMIT_ENABLED", True)
    monkeypatch.setitem(app.config, "RATELIMIT_STORAGE_URI", storage)
    limits = throttle.Limits(app)
    monkeypatch.setitem(app.extensions, "limits", limits)
    return limits


@pytest.fixture
def later() -> Travel:
    return lambda seconds: time_machine.travel(time.time() + seconds, tick=True)


def sized(limits: throttle.Limits, monkeypatch: pytest.MonkeyPatch, **sizes: int) -> None:
    """Give buckets another size."""
    for name, size in sizes.items():
        rate = limits.rates[name]
        monkeypatch.setitem(limits.rates, name, type(rate)(size, rate.multiples))


class Places:
    """Programs at other addresses, without any cookies from before."""

    def __init__(self, app: Flask, contract: Contract) -> None:
        self._app, self._contract = app, contract

    def at(self, address: str) -> Api:
        client = self._app.test_client()
        client.environ_base["REMOTE_ADDR"] = address
        return Api(client, self._contract)


@pytest.fixture
def places(app: Flask, contract: Contract) -> Places:
    return Places(app, contract)


def standing(answer: TestResponse) -> tuple[int, int]:
    """What an answer says of its bucket: size and rest."""
    headers = answer.headers
    assert 0 < int(headers["X-RateLimit-Reset"]) - time.time() <= HOUR + 1
    return int(headers["X-RateLimit-Limit"]), int(headers["X-RateLimit-Remaining"])


def tried(api: Api, login: str, password: str = "wrong", path: str = LOGIN) -> TestResponse:
    return api.post(path, {"email": login, "password": password})


def statuses(api: Api, times: int, *args: str) -> list[int]:
    return [tried(api, *args).status_code for _ in range(times)]


# ------------------------------------------------------------------ general buckets


def test_every_answer_says_how_its_bucket_stands(api: Api) -> None:
    user = api.by(UserFactory())
    assert standing(api.get("/api/v1/events/")) == (1000, 999)
    assert standing(api.get("/api/v1/events/999/")) == (1000, 998)
    assert standing(user.get("/api/v1/bookings/")) == (10_000, 9999)
    assert standing(user.get(PROFILE)) == (1000, 999)
    assert standing(user.get(LOGS)) == (1000, 998)
    assert standing(api.get(PROFILE)) == (100, 99)
    assert standing(api.get("/api/nowhere/")) == (100, 98)
    assert standing(api.call("DELETE", "/api/auth/login/")) == (100, 97)
    assert standing(api.post("/api/auth/register/", {})) == (100, 96)
    assert standing(api.with_token("dead").get(PROFILE)) == (100, 95)
    assert standing(api.post(LOGIN, {})) == (100, 94)


def test_documents_count_as_anonymous_calls(client: FlaskClient) -> None:
    assert standing(client.get("/api/docs/")) == (100, 99)
    assert standing(client.get("/api/schema/")) == (100, 98)


def test_pages_and_files_are_outside(client: FlaskClient) -> None:
    for path in ("/", "/sign-in", "/static/nothing.css", "/healthz"):
        assert "X-RateLimit-Limit" not in client.get(path).headers


def test_an_empty_bucket_refuses_in_the_usual_form_until_its_hour_is_over(
    api: Api, limited: throttle.Limits, monkeypatch: pytest.MonkeyPatch, later: Travel
) -> None:
    sized(limited, monkeypatch, v1_anon=2)
    assert [api.get("/api/v1/venues/").status_code for _ in range(3)] == [200, 200, 429]
    refused = api.get("/api/v1/venues/")
    assert refused.json["code"] == "too_many_requests"
    assert standing(refused) == (2, 0)
    assert HOUR - 5 <= int(refused.headers["Retry-After"]) <= HOUR
    with later(HOUR - 10):
        assert api.get("/api/v1/venues/").status_code == 429
    with later(HOUR + 1):
        assert standing(api.get("/api/v1/venues/")) == (2, 1)


@pytest.mark.parametrize("path", ["/api/nowhere/", "/api/docs/", "/api/schema/"])
def test_what_has_no_handler_is_refused_too(
    client: FlaskClient, limited: throttle.Limits, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    sized(limited, monkeypatch, anon=1)
    client.get(path)
    refused = client.get(path)
    assert refused.status_code == 429
    assert refused.json["code"] == "too_many_requests"
    assert "Retry-After" in refused.headers


def test_accounts_are_counted_apart_wherever_they_are(
    places: Places, limited: throttle.Limits, monkeypatch: pytest.MonkeyPatch
) -> None:
    sized(limited, monkeypatch, user=2, anon=2)
    one, other = UserFactory(), UserFactory()
    assert [places.at(f"10.0.0.{n}").by(one).get(PROFILE).status_code for n in range(3)] == [200, 200, 429]
    assert places.at("10.0.0.1").by(other).get(PROFILE).status_code == 200


def test_addresses_are_counted_apart_and_an_ipv6_household_as_one(
    places: Places, limited: throttle.Limits, monkeypatch: pytest.MonkeyPatch
) -> None:
    sized(limited, monkeypatch, v1_anon=2)
    seen = [places.at(f"2001:db8::{n}").get("/api/v1/venues/").status_code for n in range(1, 4)]
    assert seen == [200, 200, 429]
    assert places.at("2001:db8:0:1::1").get("/api/v1/venues/").status_code == 200
    assert places.at("10.0.0.1").get("/api/v1/venues/").status_code == 200
    assert throttle.place_of("::ffff:10.0.0.1") == "10.0.0.1"


def test_an_expired_token_is_told_so_even_where_the_addresss_bucket_is_empty(
    api: Api, limited: throttle.Limits, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or a neighbour could keep everybody from renewing their tokens."""
    sized(limited, monkeypatch, anon=1)
    pair = tokens.issue(UserFactory())
    api.get("/api/nowhere/")
    assert api.with_token("expired").get(PROFILE).status_code == 401
    renewed = api.post("/api/auth/token/refresh/", {"refresh": pair.refresh})
    assert renewed.status_code == 200
    assert standing(renewed) == (1000, 999)


def test_nobody_is_turned_away_because_the_counters_fail(
    api: Api, limited: throttle.Limits, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, app: Flask
) -> None:
    _limit(app, f"shared-counters://{tmp_path / 'no' / 'such' / 'folder'}", monkeypatch)
    assert api.get("/api/v1/venues/").status_code == 200
    assert tried(api, UserFactory().email, PASSWORD).status_code == 200


# ------------------------------------------------------------------ behind proxies


def test_a_forwarded_address_counts_only_behind_trusted_proxies(
    api: Api, limited: throttle.Limits, monkeypatch: pytest.MonkeyPatch, app: Flask
) -> None:
    from ticketing import responses

    sized(limited, monkeypatch, v1_anon=1)
    call = lambda said: api.get("/api/v1/venues/", headers={"X-Forwarded-For": said}).status_code  # noqa: E731
    assert [call("10.0.0.1"), call("10.0.0.2")] == [200, 429]
    monkeypatch.setitem(app.config, "TRUSTED_PROXIES", 1)
    behind = Flask("behind a proxy")
    behind.config.from_mapping(app.config)
    behind.wsgi_app = app.wsgi_app  # type: ignore[method-assign]
    responses.init_app(behind)
    monkeypatch.setattr(app, "wsgi_app", behind.wsgi_app)
    assert [call("10.0.0.1"), call("10.0.0.2"), call("10.0.0.1")] == [200, 200, 429]
    assert call("10.0.0.3, 10.0.0.2") == 429, "what the caller puts before the proxy's word does not count"


# ------------------------------------------------------------------ signing up and in


def test_an_address_signs_up_five_times_an_hour(places: Places, later: Travel) -> None:
    here = places.at("10.0.0.1")
    new = {"password": "a long walk", "password_confirm": "a long walk"}
    answers = [here.post(SIGNUP, {**new, "email": f"p{n}@example.org"}) for n in range(6)]
    assert [answer.status_code for answer in answers] == [201] * 5 + [429]
    assert [standing(answer) for answer in answers[:2]] == [(5, 4), (5, 3)]
    assert here.post("/api/auth/register/", {}).status_code == 400
    assert places.at("10.0.0.2").post(SIGNUP, {**new, "email": "x@example.org"}).status_code == 201
    with later(HOUR + 1):
        assert here.post(SIGNUP, {**new, "email": "y@example.org"}).status_code == 201


@pytest.mark.parametrize(("path", "most"), WAYS)
def test_one_account_is_tried_so_often_from_one_address(
    places: Places, later: Travel, path: str, most: int
) -> None:
    user = UserFactory()
    here = places.at("10.0.0.1")
    wrong = 400 if path == LOGIN else 401
    assert statuses(here, most + 2, user.email, "wrong", path) == [wrong] * most + [429, 429]
    refused = tried(here, user.email, PASSWORD, path)
    assert refused.status_code == 429, "the right password does not help any more"
    assert standing(refused) == (most, 0)
    with later(HOUR + 1):
        assert tried(here, user.email, PASSWORD, path).status_code == 200


@pytest.mark.parametrize("spelling", [str.upper, " {} ".format, lambda email: email.split("@")[0]])
def test_another_name_of_an_account_makes_no_new_bucket(
    places: Places, spelling: Callable[[str], str]
) -> None:
    user = UserFactory(username="ada", email="ada@example.org")
    here = places.at("10.0.0.1")
    statuses(here, 5, user.email)
    assert tried(here, spelling(user.email), PASSWORD).status_code == 429


def test_unknown_accounts_are_counted_like_any_other(places: Places) -> None:
    assert statuses(places.at("10.0.0.1"), 6, "nobody@example.org") == [400] * 5 + [429]


def test_an_office_behind_one_address_is_not_locked_out_with_one_account(places: Places) -> None:
    target, colleague = UserFactory(), UserFactory()
    office = places.at("10.0.0.1")
    assert statuses(office, 30, target.email)[-1] == 429
    assert tried(office, colleague.email, PASSWORD).status_code == 200
    assert office.get("/api/v1/events/").status_code == 200


def test_one_address_fails_so_often_over_all_accounts_and_ways(places: Places, later: Travel) -> None:
    here, user = places.at("10.0.0.1"), UserFactory()
    ways = [LOGIN, CREATE, CAFA]
    seen = [tried(here, f"p{n}@example.org", "x", ways[n % 3]).status_code for n in range(110)]
    assert 429 not in seen[:100]
    assert seen[100:] == [429] * 10
    for path in ways:
        assert tried(here, user.email, PASSWORD, path).status_code == 429
        assert tried(places.at("10.0.0.2"), user.email, PASSWORD, path).status_code == 200
    with later(HOUR + 1):
        assert tried(here, user.email, PASSWORD).status_code == 200


def test_one_account_is_failed_so_often_from_all_addresses(
    places: Places, limited: throttle.Limits, monkeypatch: pytest.MonkeyPatch, later: Travel
) -> None:
    sized(limited, monkeypatch, account_failures=10)
    user, other = UserFactory(), UserFactory()
    seen = [tried(places.at(f"10.0.0.{n}"), user.email).status_code for n in range(12)]
    assert seen == [400] * 10 + [429] * 2
    assert tried(places.at("10.0.1.1"), user.email, PASSWORD).status_code == 429
    assert tried(places.at("10.0.1.1"), other.email, PASSWORD).status_code == 200
    with later(HOUR + 1):
        assert tried(places.at("10.0.1.1"), user.email, PASSWORD).status_code == 200


def test_signing_in_uses_up_no_failures(places: Places, limited: throttle.Limits) -> None:
    user = UserFactory()
    assert tried(places.at("10.0.0.1"), user.email, PASSWORD).status_code == 200
    assert limited.look("failures", "10.0.0.1").remaining == 100
    assert limited.look("account_failures", devices.account_key(user.email)).remaining == 100


# ------------------------------------------------------------------ known devices


def test_a_device_that_the_account_knows_is_not_locked_out_by_others(places: Places) -> None:
    user = UserFactory()
    phone, attacker = places.at("10.0.0.1"), places.at("10.0.0.1")
    assert tried(phone, user.email, PASSWORD).status_code == 200
    assert statuses(attacker, 6, user.email)[-1] == 429
    assert statuses(attacker, 1, user.email, PASSWORD) == [429]
    for login in (user.email, user.username):
        assert tried(phone, login, PASSWORD).status_code == 200


def test_a_known_device_gets_through_where_address_and_account_have_failed_too_often(
    places: Places, limited: throttle.Limits, monkeypatch: pytest.MonkeyPatch
) -> None:
    sized(limited, monkeypatch, failures=2, account_failures=2)
    user = UserFactory()
    phone = places.at("10.0.0.1")
    tried(phone, user.email, PASSWORD)
    statuses(places.at("10.0.0.1"), 3, user.email)
    assert statuses(places.at("10.0.0.1"), 1, user.email, PASSWORD) == [429]
    assert tried(phone, user.email, PASSWORD).status_code == 200


def test_a_known_device_has_a_bucket_and_no_free_guesses(places: Places) -> None:
    user = UserFactory()
    phone = places.at("10.0.0.1")
    tried(phone, user.email, PASSWORD)
    assert statuses(phone, 6, user.email) == [400] * 5 + [429]


def test_a_device_is_known_to_the_accounts_that_signed_in_there_only(places: Places) -> None:
    mine, victim = UserFactory(), UserFactory()
    attacker = places.at("10.0.0.1")
    tried(attacker, mine.email, PASSWORD)
    assert statuses(attacker, 6, victim.email) == [400] * 5 + [429]
    assert tried(attacker, mine.email, PASSWORD).status_code == 200


def test_a_forged_device_is_a_stranger(app: Flask, db: SQLAlchemy) -> None:
    user, other = UserFactory(), UserFactory()
    cookie = devices.remembered(None, user)
    assert devices.known(cookie, user.email.upper())
    assert devices.known(cookie, user.username) == devices.known(cookie, user.email)
    assert devices.known(cookie, other.email) is None
    assert devices.known(cookie[:-2], user.email) is None
    assert devices.known("", user.email) is None
    assert user.email not in cookie


def test_a_device_remembers_several_accounts_and_stays_the_same(app: Flask, db: SQLAlchemy) -> None:
    users = [UserFactory() for _ in range(6)]
    cookie, names = None, []
    for user in users:
        cookie = devices.remembered(cookie, user)
        names.append(devices.known(cookie, user.email))
    assert len(set(names)) == 1
    known = [devices.known(cookie, user.email) is not None for user in users]
    assert known == [False, False, True, True, True, True]


# ------------------------------------------------------------------ other guesses, and mails


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/auth/change-password/", {"old_password": "wrong", "new_password": "x" * 9}),
        ("POST", "/api/auth/change-email/", {"password": "wrong", "new_email": "new@example.org"}),
        ("DELETE", "/api/auth/account/", {"password": "wrong"}),
    ],
)
def test_a_stolen_token_does_not_guess_the_password(api: Api, method: str, path: str, body: dict) -> None:
    by = api.by(UserFactory())
    assert [by.call(method, path, body).status_code for _ in range(21)] == [400] * 20 + [429]


def test_nobodys_mailbox_is_filled_and_nobody_learns_of_it(api: Api, db: SQLAlchemy) -> None:
    user = UserFactory()
    answers = [api.post("/api/auth/password-reset/", {"email": user.email}) for _ in range(8)]
    answers += [api.post("/api/auth/resend-verification/", {"email": user.email})]
    assert {answer.status_code for answer in answers} == {200}
    assert db.session.query(OutboxMessage).count() == 5


# ------------------------------------------------------------------ several processes


def test_processes_count_together(tmp_path: Path) -> None:
    path, context = str(tmp_path / "counters.sqlite3"), multiprocessing.get_context("spawn")
    counted = context.Queue()
    crowd = [context.Process(target=count_together, args=(path, 50, counted)) for _ in range(3)]
    for process in crowd:
        process.start()
    numbers = [counted.get(timeout=120) for _ in range(150)]
    for process in crowd:
        process.join()
    assert sorted(numbers) == list(range(1, 151))


def test_applications_of_one_machine_share_their_buckets(
    app: Flask, app_on: Callable[[str], Flask], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = f"shared-counters://{tmp_path / 'shared.sqlite3'}"
    one = _limit(app, storage, monkeypatch)
    other = _limit(app_on(f"sqlite:///{tmp_path / 'other.sqlite3'}"), storage, monkeypatch)
    assert [limits.take("anon", "10.0.0.1").remaining for limits in (one, other, one)] == [99, 98, 97]


@pytest.fixture
def in_redis(app: Flask, valkey: Redis, monkeypatch: pytest.MonkeyPatch) -> Iterator[throttle.Limits]:
    limits = _limit(app, valkey.url, monkeypatch)
    limits._storage.reset()
    yield limits
    limits._storage.reset()


def test_redis_counts_alike(api: Api, in_redis: throttle.Limits) -> None:
    user = UserFactory()
    assert statuses(api, 6, user.email) == [400] * 5 + [429]
    assert standing(api.get(PROFILE)) == (100, 99)
    assert standing(api.get(PROFILE)) == (100, 98)


def test_limits_are_off_where_they_are_switched_off(
    api: Api, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "RATELIMIT_ENABLED", False)
    monkeypatch.setitem(app.extensions, "limits", throttle.Limits(app))
    user = UserFactory()
    assert statuses(api, 8, user.email) == [400] * 8
    assert "X-RateLimit-Limit" not in api.get("/api/v1/venues/").headers


@pytest.mark.parametrize("path", [LOGIN, CAFA])
def test_a_reset_password_is_a_way_back_in(
    places: Places, limited: throttle.Limits, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """Somebody fails on purpose; the holder of the address sets a new password and signs in with it."""
    sized(limited, monkeypatch, account_failures=5, sign_in=5)
    user = UserFactory()
    here = places.at("10.0.0.1")
    assert statuses(here, 6, user.email, "wrong", path)[-1] == 429
    token = accounts.mint_email_token(user.id, "reset")
    new = {"token": token, "new_password": "another long walk"}
    assert here.post("/api/auth/password-reset/confirm/", new).status_code == 200
    assert tried(here, user.email, "another long walk", path).status_code == 200
