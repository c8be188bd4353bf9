"""What other tests rely on: isolation between tests, the mail sink, the servers of a run."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from urllib.request import urlopen

import pytest
from flask import Flask, g, has_app_context
from flask.testing import FlaskClient
from flask_mailman import EmailMessage
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import func, select

from tests.factories import CategoryFactory, UserFactory
from tests.support.fixtures import Redis, Statements
from tests.support.server import Server
from tests.support.smtp import SmtpSink
from ticketing.extensions import db as extension
from ticketing.models import EventCategory
from ticketing.transaction import transactional


def categories() -> int:
    return extension.session.scalar(select(func.count(EventCategory.id))) or 0


@pytest.mark.parametrize("turn", [1, 2])
def test_what_a_test_writes_is_gone_for_the_next_one(app: Flask, turn: int) -> None:
    @transactional
    def command() -> None:
        extension.session.add(EventCategory(name="music", slug="music"))

    command()
    CategoryFactory()
    assert categories() == 2


@pytest.mark.parametrize("turn", [1, 2])
def test_what_a_committed_test_writes_is_gone_for_the_next_one(committed: SQLAlchemy, turn: int) -> None:
    CategoryFactory()
    committed.session.remove()
    assert categories() == 1


def test_requests_see_what_the_test_wrote_and_nothing_else_of_it(app: Flask, client: FlaskClient) -> None:
    g.mark = "of the test"
    seen: list[object] = []

    def look() -> None:
        seen.extend(["mark" in g, categories()])
        extension.session.add(EventCategory(name="in the request", slug="in-the-request"))
        extension.session.commit()

    app.before_request_funcs.setdefault(None, []).append(look)
    try:
        CategoryFactory()
        assert client.get("/healthz").status_code == 200
    finally:
        app.before_request_funcs[None].remove(look)
    assert seen == [False, 1]
    assert categories() == 2
    assert g.mark == "of the test"
    assert has_app_context()


def test_statements_are_counted_without_savepoints(
    db: SQLAlchemy, statements: Callable[[], AbstractContextManager[Statements]]
) -> None:
    with statements() as seen:
        CategoryFactory()
        categories()
    assert [each.split()[0] for each in seen] == ["INSERT", "SELECT"]
    assert seen.matching("count(") == [seen[1]]


def test_mail_goes_to_the_sink(app: Flask, smtp_sink: SmtpSink) -> None:
    EmailMessage("Hello", "You\n", "shop@example.org", ["ada@example.org"]).send()
    (message,) = smtp_sink.to("ada@example.org")
    assert message["Subject"] == "Hello"
    assert message.get_content().strip() == "You"


def test_the_live_server_serves_what_was_committed(live_server: Server) -> None:
    UserFactory()
    with urlopen(f"{live_server.url}/readyz") as reply:
        assert reply.status == 200


def test_valkey_speaks_the_protocol_of_redis(valkey: Redis) -> None:
    import redis

    connection = redis.from_url(valkey.url)
    connection.set("key", "value")
    assert connection.get("key") == b"value"


def test_settings_of_the_developer_do_not_reach_the_tests() -> None:
    assert os.environ["TICKETING_ENV"] == "testing"
    assert "DATABASE_URL" not in os.environ
