"""What ``@transactional`` promises when several do it at once, with real commits."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event, select, update

from tests.factories import VenueFactory
from ticketing.errors import Unavailable
from ticketing.extensions import db as extension
from ticketing.models import Venue
from ticketing.transaction import transactional

pytestmark = pytest.mark.races


def in_threads(app: Flask, *calls: Callable[[], Any]) -> list[Any]:
    """What the calls return, each in a thread and an application context of its own."""

    def run(call: Callable[[], Any]) -> Any:
        with app.app_context():
            return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result(60) for future in [pool.submit(run, call) for call in calls]]


def in_transaction() -> bool:
    """Whether the driver's connection is inside a transaction."""
    connection = extension.session.connection().connection.dbapi_connection
    assert connection is not None
    if hasattr(connection, "in_transaction"):
        return bool(connection.in_transaction)
    return bool(connection.pgconn.transaction_status != 0)


def test_a_read_leaves_no_transaction_behind(committed: SQLAlchemy) -> None:
    VenueFactory()
    committed.session.rollback()
    committed.session.scalars(select(Venue)).all()
    assert not in_transaction()


def test_what_is_read_for_writing_is_not_changed_by_another(app: Flask, committed: SQLAlchemy) -> None:
    """Without the lock (``with_for_update``; on SQLite BEGIN IMMEDIATE) some of the 80 are lost."""
    venue_id = VenueFactory(capacity=0).id

    @transactional
    def count() -> None:
        venue = extension.session.scalars(
            select(Venue).where(Venue.id == venue_id).with_for_update(key_share=True)
        ).one()
        venue.capacity += 1

    def count_often() -> None:
        for _ in range(20):
            count()

    in_threads(app, *[count_often] * 4)
    committed.session.expire_all()
    assert committed.session.get_one(Venue, venue_id).capacity == 80


def test_a_deadlock_is_solved_by_trying_again(app: Flask, committed: SQLAlchemy) -> None:
    """Two commands want the same two rows in opposite order; without the retry one of them fails."""
    first, second = VenueFactory(capacity=0).id, VenueFactory(capacity=0).id
    both_hold_one = threading.Barrier(2)

    def add_one(venue_id: int) -> None:
        extension.session.execute(
            update(Venue).where(Venue.id == venue_id).values(capacity=Venue.capacity + 1)
        )

    @transactional
    def count(order: tuple[int, int]) -> None:
        add_one(order[0])
        with contextlib.suppress(threading.BrokenBarrierError):
            both_hold_one.wait(0.3)  # SQLite lets one in only, and the second try comes alone
        add_one(order[1])

    in_threads(app, lambda: count((first, second)), lambda: count((second, first)))
    committed.session.expire_all()
    assert [committed.session.get_one(Venue, key).capacity for key in (first, second)] == [2, 2]


def test_a_lock_that_is_not_released_makes_it_unavailable(app: Flask, committed: SQLAlchemy) -> None:
    venue_id = VenueFactory(capacity=0).id
    is_sqlite = committed.engine.dialect.name == "sqlite"
    patience = "PRAGMA busy_timeout = 50" if is_sqlite else "SET lock_timeout = '50ms'"
    holding, done = threading.Event(), threading.Event()

    @transactional
    def change(wait: bool) -> None:
        extension.session.execute(update(Venue).where(Venue.id == venue_id).values(capacity=7))
        if wait:
            holding.set()
            done.wait(30)

    def be_refused() -> None:
        holding.wait(30)
        try:
            with pytest.raises(Unavailable):
                change(wait=False)
        finally:
            done.set()

    def impatient(connection: Any, *_rest: Any) -> None:
        connection.cursor().execute(patience)

    engine = committed.engine
    event.listen(engine, "checkout", impatient)
    try:
        in_threads(app, lambda: change(wait=True), be_refused)
    finally:
        event.remove(engine, "checkout", impatient)
        committed.session.remove()
        engine.dispose()
