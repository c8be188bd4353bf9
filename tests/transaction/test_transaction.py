"""What ``@transactional`` promises, in one thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from tests.factories import CategoryFactory
from ticketing import transaction
from ticketing.errors import Conflict, Invalid, RecordedRefusal, Unavailable
from ticketing.models import EventCategory
from ticketing.transaction import TransactionOpen, TryAgain, is_open, transactional


class Busy(Exception):
    """What the drivers raise when the database asks for another try."""

    sqlstate = "40P01"


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transaction.time, "sleep", lambda _seconds: None)


def add(db: SQLAlchemy, name: str) -> EventCategory:
    category = EventCategory(name=name, slug=name)
    db.session.add(category)
    return category


def names(db: SQLAlchemy) -> list[str]:
    return list(db.session.scalars(select(EventCategory.name).order_by(EventCategory.name)))


def failing(times: int, error: Callable[[], Exception]) -> tuple[Callable[[], int], list[int]]:
    """A command that fails so many times, then says at which attempt it got through."""
    attempts: list[int] = []

    @transactional
    def command() -> int:
        attempts.append(1)
        if len(attempts) <= times:
            raise error()
        return len(attempts)

    return command, attempts


def busy() -> Exception:
    return OperationalError("UPDATE", {}, Busy())


def test_what_a_command_wrote_is_kept(db: SQLAlchemy) -> None:
    @transactional
    def command() -> str:
        assert is_open()
        add(db, "music")
        return "done"

    assert command() == "done"
    assert not is_open()
    db.session.rollback()
    assert names(db) == ["music"]


@pytest.mark.parametrize("error", [Invalid("no", "No."), ZeroDivisionError(), KeyboardInterrupt()])
def test_a_refusal_or_a_failure_leaves_nothing(db: SQLAlchemy, error: BaseException) -> None:
    @transactional
    def command() -> None:
        add(db, "music")
        db.session.flush()
        raise error

    with pytest.raises(type(error)):
        command()
    assert names(db) == []
    assert not is_open()


def test_a_recorded_refusal_keeps_its_traces(db: SQLAlchemy) -> None:
    @transactional
    def command() -> None:
        add(db, "attempt")
        raise RecordedRefusal("no", "No.")

    with pytest.raises(RecordedRefusal):
        command()
    db.session.rollback()
    assert names(db) == ["attempt"]


def test_an_inner_command_joins_the_outer_one(db: SQLAlchemy) -> None:
    @transactional
    def inner() -> None:
        add(db, "inner")

    @transactional
    def outer() -> None:
        inner()
        assert is_open()
        raise Invalid("no", "No.")

    with pytest.raises(Invalid):
        outer()
    assert names(db) == []


@pytest.mark.parametrize("error", [busy, TryAgain])
def test_a_command_runs_again_when_the_database_asks_for_it(
    db: SQLAlchemy, error: Callable[[], Exception]
) -> None:
    command, _ = failing(transaction.TRIES - 1, error)
    assert command() == transaction.TRIES


def test_it_is_unavailable_when_the_database_keeps_asking(db: SQLAlchemy) -> None:
    command, attempts = failing(99, busy)
    with pytest.raises(Unavailable):
        command()
    assert len(attempts) == transaction.TRIES


def test_another_failure_of_the_database_is_not_tried_again(db: SQLAlchemy) -> None:
    command, attempts = failing(99, lambda: OperationalError("SELECT", {}, Exception("disk full")))
    with pytest.raises(OperationalError):
        command()
    assert len(attempts) == 1


def test_each_try_begins_with_nothing_of_the_last_one(db: SQLAlchemy) -> None:
    tries = []

    @transactional
    def command() -> None:
        tries.append(names(db))
        add(db, "music")
        db.session.flush()
        if len(tries) == 1:
            raise TryAgain

    command()
    assert tries == [[], []]
    assert names(db) == ["music"]


def test_a_name_that_was_taken_meanwhile_is_a_conflict_after_a_second_look(db: SQLAlchemy) -> None:
    CategoryFactory(name="music", slug="music")
    tries = []

    @transactional
    def command() -> None:
        tries.append(1)
        add(db, "music")

    with pytest.raises(Conflict):
        command()
    assert len(tries) == 2
    assert db.session.scalar(select(func.count(EventCategory.id))) == 1


def test_the_network_is_not_called_inside(db: SQLAlchemy) -> None:
    transaction.assert_none_open()

    @transactional
    def command() -> Any:
        transaction.assert_none_open()

    with pytest.raises(TransactionOpen):
        command()


def test_a_command_reads_anew_what_the_session_had_loaded(db: SQLAlchemy) -> None:
    category = CategoryFactory(name="old")
    table = EventCategory.__table__
    db.session.connection().execute(table.update().values(name="new"))
    db.session.commit()

    @transactional
    def command() -> str:
        return db.session.get_one(EventCategory, category.id).name

    assert command() == "new"
