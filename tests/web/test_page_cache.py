"""Public pages are kept for a second, for visitors of whom nothing is known."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import Client, EnvironBuilder, run_wsgi_app

from tests.factories import EventFactory, OfferFactory
from ticketing.extensions import db as extension
from ticketing.models import Event
from ticketing.web.page_cache import PageCache

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def cached(app: Flask) -> Client:
    """Visitors of a shop that keeps its pages for a minute."""
    return Client(PageCache(app.wsgi_app, 60), use_cookies=False)


def retitled(event: Event, title: str) -> None:
    event.title = title
    extension.session.commit()


@pytest.fixture
def event() -> Event:
    return OfferFactory(event=EventFactory(title="Before", slug="an-evening")).event


@pytest.mark.parametrize("address", ["/", "/events/", "/events/?q=before", "/events/an-evening"])
def test_a_public_page_is_made_once_and_needs_no_statement_again(
    cached: Client, event: Event, address: str, statements: Any
) -> None:
    first = cached.get(address)
    with statements() as asked:
        second = cached.get(address)
    assert (second.status_code, second.data) == (200, first.data)
    assert len(asked) == 0
    assert first.headers["X-Request-ID"] != second.headers["X-Request-ID"]
    assert second.headers["Content-Security-Policy"] == first.headers["Content-Security-Policy"]


def test_a_page_that_is_too_old_is_made_anew(app: Flask, event: Event) -> None:
    visitor = Client(PageCache(app.wsgi_app, 0.0), use_cookies=False)
    visitor.get("/events/an-evening")
    retitled(event, "After")
    assert "After" in visitor.get("/events/an-evening").text


@pytest.mark.parametrize(
    "headers",
    [{"Cookie": "session=somebody"}, {"Authorization": "Bearer x"}, {"Range": "bytes=0-10"}],
    ids=["cookie", "token", "range"],
)
def test_whoever_brings_something_of_their_own_is_not_served_from_what_is_kept(
    cached: Client, event: Event, headers: dict[str, str]
) -> None:
    cached.get("/events/an-evening")
    retitled(event, "After")
    assert "After" in cached.get("/events/an-evening", headers=headers).text
    assert "Before" in cached.get("/events/an-evening").text


@pytest.mark.parametrize(
    "headers",
    [{"Host": "other.example"}, {"Accept-Language": "de"}, {"Accept-Encoding": "br"}],
    ids=["host", "language", "encoding"],
)
def test_what_an_answer_depends_on_keeps_pages_apart(
    cached: Client, event: Event, headers: dict[str, str]
) -> None:
    cached.get("/events/an-evening")
    retitled(event, "After")
    answer = cached.get("/events/an-evening", headers=headers)
    assert answer.headers.get("Content-Encoding") == headers.get("Accept-Encoding")
    if "Accept-Encoding" not in headers:
        assert "After" in answer.text


@pytest.mark.parametrize("address", ["/events/nothing-there", "/sign-in", "/api/v1/events/", "/healthz"])
def test_errors_and_other_addresses_are_not_kept(app: Flask, address: str) -> None:
    asked = []

    def counting(environ: Any, start_response: Any) -> Any:
        asked.append(environ["PATH_INFO"])
        return app.wsgi_app(environ, start_response)

    visitor = Client(PageCache(counting, 60), use_cookies=False)
    assert visitor.get(address).status_code == visitor.get(address).status_code
    assert len(asked) == 2


def test_posts_and_answers_with_a_cookie_are_not_kept() -> None:
    asked = []

    def greeting(environ: Any, start_response: Callable[..., Any]) -> Iterator[bytes]:
        asked.append(1)
        start_response("200 OK", [("Set-Cookie", "session=secret")])
        yield b"hello"

    cache = PageCache(greeting, 60)
    for method in ("GET", "GET", "POST"):
        run_wsgi_app(cache, EnvironBuilder(path="/", method=method).get_environ())
    assert len(asked) == 3


def test_while_one_makes_an_old_page_anew_nobody_else_waits() -> None:
    may_go_on, asked = threading.Event(), []

    def slow(environ: Any, start_response: Callable[..., Any]) -> Iterator[bytes]:
        asked.append(1)
        if len(asked) > 1:
            assert may_go_on.wait(10)
        start_response("200 OK", [])
        yield str(len(asked)).encode()

    def get() -> bytes:
        return b"".join(run_wsgi_app(cache, EnvironBuilder(path="/").get_environ())[0])

    cache = PageCache(slow, 0.0)
    assert get() == b"1"
    with ThreadPoolExecutor(1) as pool:
        renewing = pool.submit(get)
        while len(asked) < 2:
            pass
        assert [get() for _ in range(5)] == [b"1"] * 5
        may_go_on.set()
        assert renewing.result(10) == b"2"


def test_only_so_many_pages_are_kept() -> None:
    def page(environ: Any, start_response: Callable[..., Any]) -> Iterator[bytes]:
        start_response("200 OK", [])
        yield environ["QUERY_STRING"].encode()

    cache = PageCache(page, 60)
    for number in range(400):
        run_wsgi_app(cache, EnvironBuilder(path="/", query_string=f"page={number}").get_environ())
    assert len(cache._pages) == 256
