"""The developer's mailbox: there in development without a mail server, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.web.page import Page
from ticketing import config, create_app
from ticketing.config import Config, DevelopmentConfig
from ticketing.errors import NotFound
from ticketing.jobs import mailbox

MAIL = b"""\
From: tickets@localhost
To: ada@example.org
Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe_=3Cb=3E?=
Message-ID: <1@localhost>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="x"

--x
Content-Type: text/plain; charset="utf-8"

Open http://127.0.0.1:8000/verify-email?token=abc <script>
--x
Content-Type: text/html; charset="utf-8"

<html><head><title>t</title></head><body><script>alert(1)</script><a href="/x">go</a></body></html>
--x--
"""


@pytest.fixture
def shop(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Flask]:
    """``shop(DevelopmentConfig, MAIL_SERVER=…)``: an application of its own, with its own instance folder."""

    def make(kind: type[Config], **environment: str) -> Flask:
        monkeypatch.setenv("INSTANCE_PATH", str(tmp_path))
        monkeypatch.setenv("DATABASE_URL", app.config["SQLALCHEMY_DATABASE_URI"])
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return create_app(kind())

    return make


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "mail"
    made.mkdir()
    for number in (100, 300, 200):
        (made / f"{number}-0.eml").write_bytes(MAIL.replace(b"<1@", f"<{number}@".encode()))
    (tmp_path / "secret.eml").write_bytes(MAIL)
    return made


@pytest.fixture
def developer(shop: Callable[..., Flask], folder: Path) -> FlaskClient:
    return shop(DevelopmentConfig).test_client()


def addresses(app: Flask) -> set[str]:
    return {rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/dev")}


def test_the_mailbox_exists_only_in_development_without_a_mail_server(shop: Callable[..., Flask]) -> None:
    assert "/dev/mail/" in addresses(shop(DevelopmentConfig))
    assert addresses(shop(config.TestingConfig)) == set()
    assert addresses(shop(DevelopmentConfig, MAIL_SERVER="127.0.0.1")) == set()


def test_the_newest_message_comes_first(developer: FlaskClient) -> None:
    page = Page(developer.get("/dev/mail/"))
    found = [href for _words, href in page.links if href.startswith("/dev/mail/") and href.endswith(".eml")]
    assert found == ["/dev/mail/300-0.eml", "/dev/mail/200-0.eml", "/dev/mail/100-0.eml"]
    assert "Grüße <b>" in page.text


def test_an_empty_mailbox_says_so(shop: Callable[..., Flask]) -> None:
    assert "No messages yet" in Page(shop(DevelopmentConfig).test_client().get("/dev/mail/")).text


def test_a_message_shows_its_headers_its_text_and_its_links(developer: FlaskClient) -> None:
    page = Page(developer.get("/dev/mail/300-0.eml"))
    for words in ("Grüße <b>", "ada@example.org", "<300@localhost>", "<script>"):
        assert words in page.text
    assert "http://127.0.0.1:8000/verify-email?token=abc" in {href for _words, href in page.links}
    frame = next(known for tag, known in page.attributes if tag == "iframe")
    assert (frame["src"], "allow-scripts" in frame["sandbox"]) == ("/dev/mail/300-0.eml/page", False)


def test_the_page_of_a_message_can_do_nothing(developer: FlaskClient) -> None:
    answer = developer.get("/dev/mail/300-0.eml/page")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script" not in policy
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.parametrize("name", ["..%2fsecret.eml", "%2e%2e%2fsecret.eml", "400-0.eml", "300-0", "%00"])
@pytest.mark.parametrize("end", ["", "/page"])
def test_nothing_but_messages_is_shown(developer: FlaskClient, name: str, end: str) -> None:
    assert developer.get(f"/dev/mail/{name}{end}").status_code == 404


def test_a_name_is_no_path(shop: Callable[..., Flask], folder: Path) -> None:
    assert (folder / "../secret.eml").is_file()
    with shop(DevelopmentConfig).app_context(), pytest.raises(NotFound):
        mailbox.read("../secret.eml")
