"""Whatever a device tells the door: an answer or a refusal that programs understand, never a failure."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.web.doorway import a_scanner, a_ticket, code, door, doors_are_open, evening
from ticketing.models import Event

__all__ = ["doors_are_open", "evening"]  # fixtures

ODD = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
FIELDS = ("code", "ticket", "direction", "gate", "scan_id", "scanned_at", "claimed")
TEXTS = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "\0",
            "a\0b",
            "\ud800",
            "x" * 5000,
            "0001-01-01T00:00:00+14:00",
            "9999-12-31T23:59:59-14:00",
            "1970-01-01T00:00:00Z",
            "2030-06-01T17:00:00",
            "2030-06-01T17:00:00+99:99",
            "2030-W22-6T17:00:00Z",
            "２０３０-06-01T17:00:00Z",
            "3fa85f64-5717-4562-b3fc-2c963f66afa6",
            "{3fa85f64-5717-4562-b3fc-2c963f66afa6}",
            "urn:uuid:3fa85f64",
            "entry",
            "exit",
            "admitted",
            "left",
            "' OR 1=1 --",
        ]
    ),
)
VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**64 - 1),
        st.floats(allow_nan=False, allow_infinity=False),
        TEXTS,
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)
SCANS = st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=len(FIELDS))


@pytest.fixture
def browser(app: Flask, event: Event) -> FlaskClient:
    """A device at the door."""
    return a_scanner(app, event)


def sent(told: Any) -> bytes:
    """As JSON, lone surrogates and all."""
    return json.dumps(told).encode()


def posted(browser: FlaskClient, address: str, body: bytes) -> int:
    answer = browser.post(address, data=body, content_type="application/json")
    said = orjson.loads(answer.get_data())
    if answer.status_code != 200:
        assert answer.status_code in (400, 413), (body, said)
        assert set(said) == {"code", "message"}
    return answer.status_code


@ODD
@given(told=SCANS)
def test_a_scan_of_whatever_shape(browser: FlaskClient, event: Event, told: dict[str, Any]) -> None:
    posted(browser, door(event, "scans"), sent(told))


@ODD
@given(
    told=st.fixed_dictionaries(
        {"code": st.one_of(st.just(""), TEXTS)}, optional=dict.fromkeys(FIELDS[1:], TEXTS)
    )
)
def test_a_scan_of_texts(browser: FlaskClient, event: Event, told: dict[str, str]) -> None:
    posted(browser, door(event, "scans"), sent(told))


@ODD
@given(
    told=st.one_of(VALUES, st.fixed_dictionaries({"scans": st.one_of(VALUES, st.lists(SCANS, max_size=4))}))
)
def test_scans_of_whatever_shape(browser: FlaskClient, event: Event, told: Any) -> None:
    posted(browser, door(event, "scans/sync"), sent(told))


@ODD
@given(body=st.binary(max_size=200))
def test_what_is_no_json(browser: FlaskClient, event: Event, body: bytes) -> None:
    posted(browser, door(event, "scans"), body)


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"[" * 100_000, b'{"code": "\\ud800"}', b"1" * 5000, b'{"code": NaN}']
)
def test_what_is_json_by_half(browser: FlaskClient, event: Event, body: bytes) -> None:
    assert posted(browser, door(event, "scans"), body) == 400


@ODD
@given(q=st.one_of(st.text(max_size=200), TEXTS))
def test_a_search_for_whatever_text(browser: FlaskClient, event: Event, q: str) -> None:
    address = door(event, "search?q=") + quote(q.encode("utf-8", "surrogatepass"))
    assert browser.get(address).status_code == 200


@ODD
@given(form=st.dictionaries(st.sampled_from([*FIELDS, "undo", "q"]), st.text(max_size=80), max_size=5))
def test_a_form_of_whatever_texts(browser: FlaskClient, event: Event, form: dict[str, str]) -> None:
    assert browser.post(door(event), data=form).status_code in (200, 400, 404)


@pytest.mark.parametrize("number", ["0", "-1", "x", "٣", "²", "9" * 19, "9" * 5000])
def test_taking_back_whatever_number(browser: FlaskClient, event: Event, number: str) -> None:
    assert browser.post(door(event), data={"undo": number}).status_code == 404


def test_an_etag_of_whatever_shape(browser: FlaskClient, event: Event) -> None:
    a_ticket(event)
    for tag in ("x", "*", '"', 'W/"x"', '"x:y:z"', "\xff", '"' * 999):
        assert browser.get(door(event, "list"), headers={"If-None-Match": tag}).status_code == 200


def test_a_cookie_of_whatever_shape(app: Flask, event: Event) -> None:
    ticket = a_ticket(event)
    for value in ("", "x", "x" * 3000, "%00", "ä", '"'):
        browser = app.test_client()
        browser.set_cookie("scanner", value, path="/")
        answer = browser.post(door(event, "scans"), json={"code": code(ticket)})
        assert answer.status_code == 401, value
