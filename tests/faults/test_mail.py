"""Mail in real trouble: processes that are killed while they send, and a large audience."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update

from tests.faults.mailroom import promise
from tests.jobs.visits import concert, fill
from tests.support.processes import wait_until
from tests.support.troubled_smtp import Behaviour, TroubledServer
from ticketing import clock
from ticketing.config import ROOT
from ticketing.extensions import db as extension
from ticketing.models import Event, Order, OutboxMessage
from ticketing.policy import SYSTEM
from ticketing.services import announcing, events, notifications
from ticketing.services.reminding import remind_due

pytestmark = pytest.mark.faults

#: Seconds; a process needs a few to start, and more of them on a busy machine.
_PATIENCE = 180


@pytest.fixture
def server() -> Iterator[TroubledServer]:
    with TroubledServer() as started:
        yield started


def runner(url: str, server: TroubledServer, folder: Path) -> subprocess.Popen[bytes]:
    """The embedded runner in a process of its own."""
    environment = os.environ | {
        "DATABASE_URL": url,
        "MAIL_SERVER": server.host,
        "MAIL_PORT": str(server.port),
        "INSTANCE_PATH": str(folder),
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "tests.faults.mailroom"]
    return subprocess.Popen(command, env=environment, cwd=ROOT)


def states() -> list[tuple[str, int]]:
    """Status and attempts of all messages."""
    columns = select(OutboxMessage.status, OutboxMessage.attempts).order_by(OutboxMessage.id)
    return [tuple(row) for row in extension.session.execute(columns)]  # type: ignore[misc]


def end_leases() -> None:
    """What minutes would do."""
    extension.session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.status == "queued")
        .values(leased_until=None, due_at=clock.now() - timedelta(seconds=1))
    )
    extension.session.commit()


def all_sent() -> bool:
    return {status for status, _attempts in states()} == {"sent"}


@pytest.mark.parametrize("place", ["RCPT", "END"])
def test_a_runner_that_is_killed_while_it_sends_loses_nothing(
    app: Flask, committed: Any, database: Any, server: TroubledServer, tmp_path: Path, place: str
) -> None:
    """Killed before the server had the message, it is sent once; killed when the server had it and had not
    said so, a second time under the same Message-ID."""
    promise(5)
    server.does = Behaviour(hangs_at=place)
    with ExitStack() as stack:
        stack.callback(ended, runner(database.url, server, tmp_path))
        assert server.came.wait(_PATIENCE)
    assert states().count(("queued", 1)) == 1, "one was being sent; no other was touched"
    server.stop()
    server.does = Behaviour()
    server.start()
    with ExitStack() as stack:
        stack.callback(ended, runner(database.url, server, tmp_path))
        wait_until(lambda: states().count(("sent", 1)) == 4, "the others", seconds=_PATIENCE)
        assert states().count(("queued", 1)) == 1, "its lease stands"
        end_leases()
        wait_until(all_sent, "the one that was being sent", seconds=_PATIENCE)
    assert len(set(server.kept)) == 5
    assert len(server.kept) == (6 if place == "END" else 5)


def test_runners_that_are_killed_again_and_again_lose_nothing(
    app: Flask, committed: Any, database: Any, server: TroubledServer, tmp_path: Path
) -> None:
    promise(40)
    server.does = Behaviour(slow=0.05)
    kills = 0
    while not all_sent():
        assert kills < 20
        wanted = len(server.kept) + 8
        with ExitStack() as stack:
            for _ in range(2):
                stack.callback(ended, runner(database.url, server, tmp_path))
            wait_until(partial(enough, server, wanted), "some mails", seconds=_PATIENCE)
        kills += 1
        end_leases()
    assert len(set(server.kept)) == 40
    # Each kill may repeat the one mail that was on its way in each of the two.
    assert len(server.kept) <= 40 + 2 * kills


def enough(server: TroubledServer, wanted: int) -> bool:
    return len(server.kept) >= wanted or all_sent()


def ended(process: subprocess.Popen[bytes]) -> None:
    """Killed, whatever it was doing."""
    process.kill()
    process.wait()


def test_twenty_thousand_are_told_of_a_change(app: Flask, committed: Any, statements: Any) -> None:
    event = concert()
    fill(event, 20_000)
    known_to_the_planner()
    events.update(SYSTEM, event.id, title="Another name")
    (announcement,) = extension.session.scalars(select(OutboxMessage)).all()
    begun, clocked = time.process_time(), time.monotonic()
    with statements() as seen:
        assert announcing.carry_out(announcement.id) == 20_000
    took = time.process_time() - begun
    passed = time.monotonic() - clocked
    print(f"announced to 20,000: {took:.1f} s of ours, {passed:.1f} s in all, {len(seen)}")  # noqa: T201
    assert took < 20
    assert len(seen) < 41 * 12
    assert kinds(notifications.EVENT_CHANGED) == 20_000


def test_twenty_thousand_are_reminded(app: Flask, committed: Any, statements: Any) -> None:
    fill(tomorrow(), 20_000)
    known_to_the_planner()
    begun, clocked = time.process_time(), time.monotonic()
    with statements() as seen:
        assert remind_due() == 20_000
    took = time.process_time() - begun
    passed = time.monotonic() - clocked
    print(f"reminded 20,000: {took:.1f} s of ours, {passed:.1f} s in all, {len(seen)}")  # noqa: T201
    assert took < 30
    assert kinds(notifications.REMINDER) == 20_000


def test_fifty_thousand_orders_cost_little_while_nothing_is_due(
    app: Flask, committed: Any, statements: Any, database: Any
) -> None:
    """A hundredth of them is for an event of tomorrow, and done with. With a tenth, PostgreSQL reads the
    whole table instead: 19 ms."""
    for number in range(9):
        fill(concert(title=f"Later {number}"), 5_500)
    event = tomorrow()
    fill(event, 500)
    extension.session.execute(update(Order).where(Order.event_id == event.id).values(reminded_at=clock.now()))
    extension.session.commit()
    known_to_the_planner()
    with statements() as seen:
        assert remind_due() == 0
    assert len(seen) == 2
    plan = plan_of(event.id, database.kind)
    begun = time.monotonic()
    for _ in range(10):
        remind_due()
    took = (time.monotonic() - begun) / 10
    print(f"{database.kind}: nothing due among 50,000: {1000 * took:.0f} ms\n{plan}")  # noqa: T201
    assert "ix_orders_event_id_status" in plan
    assert took < 0.5


def known_to_the_planner() -> None:
    """What a database does by itself after a while, and not within the seconds of a test."""
    extension.session.execute(text("ANALYZE"))


def plan_of(event_id: int, kind: str) -> str:
    """How the database goes about the statement that looks for orders."""
    wanted = select(Order.id).where(
        Order.event_id.in_([event_id]), Order.status == "confirmed", Order.reminded_at.is_(None)
    )
    compiled = wanted.limit(200).compile(extension.engine, compile_kwargs={"literal_binds": True})
    explain = "EXPLAIN ANALYZE " if kind == "postgresql" else "EXPLAIN QUERY PLAN "
    return "\n".join(str(row[-1]) for row in extension.session.execute(text(explain + str(compiled))))


def tomorrow() -> Event:
    """An event that begins in twenty hours."""
    starts_at = clock.now() + timedelta(hours=20)
    return concert(starts_at=starts_at, ends_at=starts_at + timedelta(hours=3))


def kinds(kind: str) -> int:
    """How many messages are of that kind."""
    count = select(func.count()).select_from(OutboxMessage).where(OutboxMessage.kind == kind)
    return extension.session.scalar(count) or 0
