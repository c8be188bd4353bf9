"""The only place that begins and commits.

Both drivers run in autocommit, so that a read needs no transaction and leaves none behind. A command
marked ``@transactional`` gets one; commands that it calls join it. On SQLite it is begun as a writing one
(``BEGIN IMMEDIATE``): a plain BEGIN that reads and then writes fails as soon as two processes do it.
"""

from __future__ import annotations

import functools
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import Session

from ticketing.errors import Conflict, RecordedRefusal, Unavailable
from ticketing.extensions import db

P = ParamSpec("P")
R = TypeVar("R")

TRIES = 4
_OPEN = "transaction_open"
#: deadlock_detected, serialization_failure, lock_not_available
_TRANSIENT_STATES = {"40P01", "40001", "55P03"}

#: SQLite has one writer, and those who meet it busy sleep for longer and longer while others overtake them.
#: So the threads of a process take turns before they ask; other processes are met by the busy timeout.
_TURN = threading.Lock()
_PATIENCE = 5.0


class TransactionOpen(AssertionError):
    """Something that talks to the network was called while locks were held."""


class TryAgain(Exception):
    """What was read has changed under us: run the whole command once more."""


def transactional(command: Callable[P, R]) -> Callable[P, R]:
    """Run the command in one transaction: all of it is kept, or nothing.

    The outermost command begins, commits and, when the database asks for it (deadlock, serialization
    failure, busy), runs again, so a command loads what it needs inside. A refusal rolls back, except a
    ``RecordedRefusal``.

    :raises Unavailable: the database kept asking for another try.
    :raises Conflict: a uniqueness rule was broken by a concurrent command.
    """

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if is_open():
            return command(*args, **kwargs)
        return _retried(lambda: command(*args, **kwargs))

    return run


def is_open() -> bool:
    """Whether a command is running in this session right now."""
    return bool(db.session().info.get(_OPEN))


def assert_none_open() -> None:
    """Called by everything that waits for the network.

    :raises TransactionOpen: locks would be held while waiting.
    """
    if is_open():
        raise TransactionOpen("the network is not called inside a transaction")


@contextmanager
def snapshot() -> Iterator[Session]:
    """What is read within shows one moment, however long it takes; nothing can be written, and nobody waits.

    :raises TransactionOpen: a command is running; it sees what others commit meanwhile.
    """
    if is_open():
        raise TransactionOpen("a command's own reads are no snapshot")
    session = db.session()
    session.rollback()
    session.expire_all()
    connection = session.connection()
    is_sqlite = connection.dialect.name == "sqlite"
    if not _is_inside(connection):
        connection.exec_driver_sql(
            "BEGIN" if is_sqlite else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        )
    if is_sqlite:
        connection.exec_driver_sql("PRAGMA query_only = ON")
    try:
        yield session
    finally:
        if is_sqlite:
            connection.exec_driver_sql("PRAGMA query_only = OFF")
        _roll_back(session)


def _retried(deed: Callable[[], R]) -> R:
    has_clashed = False
    for attempt in range(1, TRIES + 1):
        try:
            return _once(deed)
        except TryAgain as error:
            failure: Exception = error
        except IntegrityError as error:
            # A concurrent command was quicker. The next try sees its row and refuses in words; what is
            # still refused by the database then is a rule that the command does not know.
            if has_clashed or not _is_unique_violation(error):
                raise Conflict("conflict", "Something with the same key exists already.") from error
            has_clashed, failure = True, error
            continue
        except (OperationalError, DBAPIError) as error:
            if not _is_transient(error):
                raise
            failure = error
        time.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311 (spreads tries, keeps no secret)
    raise Unavailable from failure


def _once(deed: Callable[[], R]) -> R:
    session = db.session()
    if session.get_bind().dialect.name != "sqlite":
        return _kept_or_undone(session, deed)
    if not _TURN.acquire(timeout=_PATIENCE):
        raise TryAgain
    try:
        return _kept_or_undone(session, deed)
    finally:
        _TURN.release()


def _kept_or_undone(session: Session, deed: Callable[[], R]) -> R:
    session.rollback()
    session.expire_all()
    _begin(session.connection())
    session.info[_OPEN] = True
    try:
        result = deed()
        session.commit()
    except RecordedRefusal:
        session.commit()
        raise
    except BaseException:
        _roll_back(session)
        raise
    finally:
        session.info.pop(_OPEN, None)
    return result


def _roll_back(session: Session) -> None:
    """Undo, without hiding the failure that led here behind a broken connection's."""
    try:
        session.rollback()
    except DBAPIError:
        session.invalidate()


def _begin(connection: Connection) -> None:
    """Begin for real, unless the connection is inside a transaction already (a test's, say)."""
    if not _is_inside(connection):
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.dialect.name == "sqlite" else "BEGIN")


def _is_inside(connection: Connection) -> bool:
    driver: Any = connection.connection.dbapi_connection
    if connection.dialect.name == "sqlite":
        return bool(driver.in_transaction)
    return bool(driver.pgconn.transaction_status != 0)


def _is_transient(error: DBAPIError) -> bool:
    if getattr(error.orig, "sqlstate", None) in _TRANSIENT_STATES:
        return True
    return "database is locked" in str(error.orig) or "database table is locked" in str(error.orig)


def _is_unique_violation(error: IntegrityError) -> bool:
    state: Any = getattr(error.orig, "sqlstate", None)
    return state == "23505" or "UNIQUE constraint failed" in str(error.orig)
