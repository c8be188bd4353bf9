"""Error pages: friendly, with the right status, and telling nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from tests.web.conftest import Get
from tests.web.page import Page
from ticketing import errors
from ticketing.queries import catalog

PRIVATE = {"account", "bookings", "checkout", "recovery", "sandbox", "settings"}


@pytest.mark.parametrize("status", [400, 403, 404, 405, 413, 429, 500, 503])
def test_each_error_has_a_page_with_a_way_on(get: Get, monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    monkeypatch.setattr(catalog, "front_page", lambda *_: abort(status))
    page = get("/")
    assert page.status == status
    assert str(status) in page.text
    assert page.headings
    assert any(href == "/" for words, href in page.links if "start page" in words)


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (errors.NotFound("event"), 404),
        (errors.NotAllowed("Not for you."), 403),
        (errors.Conflict("conflict", "Too late."), 409),
        (errors.Invalid("invalid", "Not like this."), 400),
        (errors.TooMany(5, 0, retry_after=7), 429),
        (errors.Unavailable(retry_after=7), 503),
    ],
)
def test_refusals_that_no_page_caught_become_pages(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, refusal: errors.Refusal, status: int
) -> None:
    def refuse(*_: object) -> None:
        raise refusal

    monkeypatch.setattr(catalog, "front_page", refuse)
    answer = client.get("/")
    assert answer.status_code == status
    assert (refusal.sentence in Page(answer).text) == (status in (400, 403, 409, 429))
    assert answer.headers.get("Retry-After") == ("7" if status in (429, 503) else None)


def test_a_failure_shows_its_number_and_nothing_of_its_cause(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the secret cause")

    monkeypatch.setattr(catalog, "front_page", fail)
    answer = client.get("/", headers={"X-Request-ID": "number-of-this-request"})
    assert answer.status_code == 500
    assert "the secret cause" not in answer.get_data(as_text=True)
    assert "number-of-this-request" in answer.get_data(as_text=True)


def test_the_page_for_a_broken_database_asks_the_database_nothing(
    signed_in: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("gone"))

    monkeypatch.setattr("ticketing.queries.sessions.find_account", broken)
    monkeypatch.setattr(catalog, "front_page", broken)
    answer = signed_in.get("/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert "Please wait a moment" in Page(answer).text


def test_a_wrong_method_says_which_ones_there_are(client: FlaskClient) -> None:
    answer = client.delete("/events/")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_an_unknown_address_is_a_friendly_404(get: Get) -> None:
    assert "Nothing behind this door" in get("/no/such/page").text


@pytest.fixture
def guarded(app: Flask) -> Iterator[Flask]:
    """The application with its guard against foreign forms, as it runs outside tests."""
    app.config["WTF_CSRF_ENABLED"] = True
    yield app
    app.config["WTF_CSRF_ENABLED"] = False


def test_every_form_that_changes_something_needs_its_token(guarded: Flask, client: FlaskClient) -> None:
    values = {"key": "3fa85f64-5717-4562-b3fc-2c963f66afa6", "slug": "x", "reference": "x"}
    rules = [
        rule
        for rule in guarded.url_map.iter_rules()
        if rule.endpoint.split(".")[0] in PRIVATE and "POST" in (rule.methods or ())
    ]
    assert len(rules) >= 14
    with guarded.test_request_context():
        adapter = guarded.create_url_adapter(None) or guarded.url_map.bind("localhost")
        addresses = [
            adapter.build(rule.endpoint, {name: values[name] for name in rule.arguments}) for rule in rules
        ]
    for address in addresses:
        answer = client.post(address, data={"email": "a@example.org"})
        assert answer.status_code == 400, address
        assert "This form has expired" in Page(answer).text


def test_a_form_with_its_token_is_accepted(guarded: Flask, client: FlaskClient) -> None:
    fields = Page(client.get("/sign-up")).form("").fields
    person = {"email": "new@example.org", "password": "a long walk on the beach"}
    assert client.post("/sign-up", data=fields | person).status_code == 303
