"""How the house runs: for staff."""

from __future__ import annotations

import shutil
from collections import namedtuple
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import (
    GatewayEventFactory,
    OrderFactory,
    OutboxMessageFactory,
    PaymentFactory,
    StaffFactory,
    UserFactory,
)
from tests.web.conftest import browser_of
from tests.web.page import Page
from ticketing import clock
from ticketing.extensions import db
from ticketing.queries import running
from ticketing.queries.gateway_events import MOST_ATTEMPTS

HEALTH = "/staff/health"


@pytest.fixture
def staff(app: Flask) -> FlaskClient:
    user = UserFactory(email="staff@example.org", is_staff=True, first_name="Iris", last_name="Staff")
    return browser_of(app, user)


def test_to_everybody_else_there_is_no_such_page(app: Flask, client: FlaskClient) -> None:
    for browser in (client, browser_of(app, UserFactory()), browser_of(app, UserFactory(is_support=True))):
        assert browser.get(HEALTH).status_code == 404


def test_what_waits_is_counted_by_how_it_stands_and_since_when(app: Flask) -> None:
    now = clock.now()
    hour, minute = timedelta(hours=1), timedelta(minutes=1)
    for due in (now - hour, now - minute):
        OutboxMessageFactory(due_at=due)
    OutboxMessageFactory(due_at=now + hour)
    OutboxMessageFactory(attempts=1, leased_until=now + minute)
    OutboxMessageFactory(status="failed")
    OutboxMessageFactory(status="sent", due_at=now - 2 * hour, sent_at=now - hour)
    OutboxMessageFactory(status="sent", due_at=now - hour, sent_at=now - minute)
    GatewayEventFactory(created_at=now - hour)
    GatewayEventFactory(attempts=MOST_ATTEMPTS)
    GatewayEventFactory(processed_at=now - minute, outcome="paid")
    OrderFactory(expires_at=now - hour)
    OrderFactory()
    PaymentFactory(created_at=now - 3 * hour)
    PaymentFactory()
    PaymentFactory(status="review")
    seen = running.look(StaffFactory())
    numbers = {state: depth.number for state, depth in seen.outbox.items()}
    assert numbers == {"planned": 1, "queued": 2, "sending": 1, "failed": 1}
    assert (seen.outbox["queued"].oldest, seen.outbox["queued"].is_late) == (now - hour, True)
    assert seen.outbox_last == now - minute
    assert (seen.inbox_waiting.number, seen.inbox_waiting.is_late) == (1, True)
    assert (seen.inbox_given_up.number, seen.inbox_last) == (1, now - minute)
    assert (seen.holds_overdue.number, seen.holds_overdue.oldest) == (1, now - hour)
    assert (seen.payments_long_open.number, seen.payments_in_review.number) == (1, 1)


def test_a_quiet_house_raises_no_alarm(staff: FlaskClient) -> None:
    page = Page(staff.get(HEALTH))
    assert page.status == 200
    assert "notice--error" not in page.html
    assert "figure--bad" not in page.html
    assert "newest" in page.text
    for words in ("Python", "SQLAlchemy", "Database", "free"):
        assert words in page.text


def test_what_is_due_for_long_raises_one_and_leads_there(staff: FlaskClient) -> None:
    OutboxMessageFactory(due_at=clock.now() - timedelta(hours=3))
    page = Page(staff.get(HEALTH))
    assert "perhaps no runner of jobs is at work" in page.text
    assert "the oldest for 3 hours" in page.text
    assert page.link("Messages that are due") == "/staff/outbox/?state=queued"


def test_a_database_that_lags_behind_and_a_full_disk_are_told(
    staff: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(100 * 10**9, 98 * 10**9, 2 * 10**9))
    monkeypatch.setattr(running, "_newest_migration", lambda: "9999")
    page = Page(staff.get(HEALTH))
    assert "this version wants 9999" in page.text
    assert "Little room is left" in page.text
    assert "2 GB of 100 GB free" in page.text


def test_no_address_of_the_database_is_shown(app: Flask, staff: FlaskClient) -> None:
    page = Page(staff.get(HEALTH))
    assert app.config["SQLALCHEMY_DATABASE_URI"] not in page.html
    assert app.config["SECRET_KEY"] not in page.html
    with app.app_context():
        name = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[db.engine.dialect.name]
    assert name in page.text


def test_the_figures_cost_a_fixed_number_of_statements(
    staff: FlaskClient, statements: Callable[[], Any]
) -> None:
    counted = []
    for number in (5, 45):
        for _ in range(number):
            OutboxMessageFactory()
            GatewayEventFactory()
        staff.get(HEALTH)
        with statements() as seen:
            staff.get(HEALTH)
        counted.append(len(seen))
    assert counted[0] == counted[1] <= 8
