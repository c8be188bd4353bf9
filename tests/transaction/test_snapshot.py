"""What ``snapshot`` promises: one moment, nothing written, nobody kept waiting."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError

from tests.factories import VenueFactory
from tests.transaction.test_concurrency import in_threads, in_transaction
from ticketing.extensions import db as extension
from ticketing.models import Venue
from ticketing.transaction import TransactionOpen, snapshot, transactional

pytestmark = pytest.mark.races


def _capacity(session: Any) -> int:
    return int(session.scalar(select(func.sum(Venue.capacity))))


@transactional
def grow(number: int = 1) -> None:
    extension.session.execute(update(Venue).values(capacity=Venue.capacity + number))


def test_what_others_commit_meanwhile_is_not_seen(app: Flask, committed: SQLAlchemy) -> None:
    VenueFactory(capacity=1)
    with snapshot() as session:
        before = _capacity(session)
        in_threads(app, grow)
        assert _capacity(session) == before == 1
    assert _capacity(committed.session) == 2


def test_nothing_can_be_written_within(committed: SQLAlchemy) -> None:
    VenueFactory(capacity=1)
    with pytest.raises(DBAPIError, match=r"readonly|read-only"), snapshot() as session:
        session.execute(update(Venue).values(capacity=9))
    assert _capacity(committed.session) == 1


def test_the_connection_writes_again_afterwards_and_is_inside_no_transaction(committed: SQLAlchemy) -> None:
    VenueFactory(capacity=1)
    with snapshot() as session:
        _capacity(session)
    assert not in_transaction()
    grow()
    assert _capacity(committed.session) == 2


def test_a_failure_within_ends_it_too(committed: SQLAlchemy) -> None:
    VenueFactory(capacity=1)
    with pytest.raises(ZeroDivisionError), snapshot():
        raise ZeroDivisionError
    grow()
    assert _capacity(committed.session) == 2


def test_a_command_does_not_take_its_own_reads_for_a_snapshot(committed: SQLAlchemy) -> None:
    @transactional
    def command() -> None:
        with snapshot():
            pass

    with pytest.raises(TransactionOpen):
        command()
