"""Which language a page is in, and that what is kept for one reader is not shown to another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests import factories as make
from ticketing.errors import said
from ticketing.web.language import accepted, translated
from ticketing.web.page_cache import PageCache


def shown_in(client: FlaskClient, path: str = "/", **headers: str) -> str:
    """The language that a page says it is in."""
    page = client.get(path, headers=headers).text
    return page.partition('<html lang="')[2].partition('"')[0]


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("ru-RU", "ru"),
        ("fr-FR, ru;q=0.4, en;q=0.3", "ru"),
        ("fr", "en"),
        ("*", "en"),
        (";;;q=nonsense,,", "en"),
    ],
)
def test_the_browsers_wish_is_heard(header: str, language: str) -> None:
    assert accepted(header) == language


@pytest.mark.usefixtures("db")
class TestOfPages:
    def test_a_page_is_in_the_browsers_language(self, client: FlaskClient) -> None:
        assert shown_in(client, **{"Accept-Language": "de-DE"}) == "de"
        assert shown_in(client) == "en"

    def test_a_choice_outlives_the_page_and_outdoes_the_browser(self, client: FlaskClient) -> None:
        answer = client.get("/language/ru", headers={"Referer": "http://localhost/events/?q=jazz"})
        assert (answer.status_code, answer.location) == (303, "/events/?q=jazz")
        assert shown_in(client, **{"Accept-Language": "de"}) == "ru"

    @pytest.mark.parametrize("referrer", ["http://elsewhere.example/", "", "nonsense", "//evil.example/x"])
    def test_a_choice_leads_nowhere_else(self, client: FlaskClient, referrer: str) -> None:
        assert client.get("/language/de", headers={"Referer": referrer}).location == "/"

    def test_a_language_that_we_do_not_speak_is_no_page(self, client: FlaskClient) -> None:
        answer = client.get("/language/xx")
        assert answer.status_code == 404
        assert "Set-Cookie" not in answer.headers

    def test_whoever_is_signed_in_reads_the_accounts_language(self, app: Flask, client: FlaskClient) -> None:
        user = make.UserFactory(language="de")
        client.post("/sign-in", data={"email": user.email, "password": make.PASSWORD})
        assert shown_in(client, **{"Accept-Language": "ru"}) == "de"

    def test_the_language_set_in_the_account_is_that_of_this_browser(self, client: FlaskClient) -> None:
        user = make.UserFactory()
        client.post("/sign-in", data={"email": user.email, "password": make.PASSWORD})
        client.get("/language/ru")
        client.post("/account/profile", data={"profile-language": "de"})
        assert shown_in(client) == "de"

    def test_pages_tell_caches_that_they_vary(self, client: FlaskClient) -> None:
        assert "Accept-Language" in client.get("/").headers["Vary"]


@pytest.mark.usefixtures("db")
class TestOfKeptPages:
    @pytest.fixture
    def keeping(self, app: Flask) -> Iterator[FlaskClient]:
        bare = app.wsgi_app
        app.wsgi_app = PageCache(bare, 60)  # type: ignore[method-assign]
        yield app.test_client(use_cookies=False)
        app.wsgi_app = bare  # type: ignore[method-assign]

    def test_each_language_has_its_own(self, keeping: FlaskClient) -> None:
        for _ in range(2):
            assert shown_in(keeping, **{"Accept-Language": "de"}) == "de"
            assert shown_in(keeping) == "en"
            assert shown_in(keeping, Cookie="language=ru") == "ru"

    def test_a_reader_with_a_chosen_language_is_served_without_a_statement(
        self, keeping: FlaskClient, statements: Any
    ) -> None:
        keeping.get("/", headers={"Cookie": "language=ru"})
        with statements() as seen:
            assert shown_in(keeping, Cookie="language=ru", **{"Accept-Language": "de"}) == "ru"
        assert seen == []

    @pytest.mark.parametrize("cookie", ["language=xx", "language=ru; session=abc", "languages=ru"])
    def test_other_cookies_are_served_anew(self, keeping: FlaskClient, statements: Any, cookie: str) -> None:
        keeping.get("/", headers={"Cookie": cookie})
        with statements() as seen:
            keeping.get("/", headers={"Cookie": cookie})
        assert seen != []


def test_a_sentence_keeps_its_values_in_every_language(app: Flask) -> None:
    with app.test_request_context("/"):
        assert translated(said("Only %(number)s of %(all)s.", number=3, all="9 %")) == "Only 3 of 9 %."
        assert translated("100 % sure") == "100 % sure"
        assert translated("") == ""
