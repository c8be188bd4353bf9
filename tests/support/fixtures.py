"""The fixtures. Ordinary tests are rolled back; those that ask for ``committed`` write for real."""

from __future__ import annotations

import contextlib
import contextvars
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

import pytest
from flask import Flask, has_app_context
from flask.testing import FlaskClient, FlaskCliRunner
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, event
from werkzeug.test import TestResponse

from tests.support.databases import Databases, copy_of_template
from tests.support.run import Run
from tests.support.server import Server
from tests.support.smtp import SmtpSink
from tests.support.valkey import ValkeyServer
from ticketing import create_app
from ticketing.extensions import db as extension
from ticketing.extensions import mail

__all__ = [
    "app", "app_on", "client", "committed", "database", "db", "empty_database", "isolated", "live_server",
    "runner", "smtp_sink", "statements", "valkey",
]  # fmt: skip

R = TypeVar("R")


@dataclass(frozen=True)
class Database:
    """The database of this worker."""

    kind: str
    url: str
    all: Databases


def make_app(url: str) -> Flask:
    """The application on that database."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", url)
        return create_app()


def migrate(url: str) -> None:
    """Bring an empty database to the newest form."""
    from flask_migrate import upgrade

    app = make_app(url)
    with app.app_context():
        upgrade()
        extension.engine.dispose()


def missing(reason: str) -> NoReturn:
    """Leave the test out and say why; where everything has to be there, fail."""
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def database(request: pytest.FixtureRequest, run: Run) -> Iterator[Database]:
    """A migrated database of this worker's own, of the kind that ``--database`` names."""
    kind: str = request.param
    try:
        databases = run.databases(kind)
    except LookupError as reason:
        missing(str(reason))
    name = os.environ.get("PYTEST_XDIST_WORKER", "main")
    yield Database(kind, copy_of_template(databases, name, run.folder / f"{kind}.lock", migrate), databases)
    databases.drop(name)


@pytest.fixture
def empty_database(database: Database) -> Iterator[str]:
    """URL of a second database, without any table."""
    name = f"empty_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    database.all.create(name)
    yield database.all.url(name)
    database.all.drop(name)


@pytest.fixture(scope="session")
def app(database: Database) -> Iterator[Flask]:
    """The application, once a worker. Asking for it gives the test its transaction, too (see ``db``)."""
    app = make_app(database.url)
    app.test_client_class = Client
    extension.session.session_factory.configure(join_transaction_mode="create_savepoint")
    yield app
    with app.app_context():
        extension.engine.dispose()


@pytest.fixture
def app_on(database: Database) -> Callable[[str], Flask]:
    """A further application on another database: ``app_on(url)``."""
    return make_app


@pytest.fixture(autouse=True)
def isolated(request: pytest.FixtureRequest) -> None:
    """A test that has the application is rolled back, unless it is ``committed``."""
    if "app" in request.fixturenames and "committed" not in request.fixturenames:
        request.getfixturevalue("db")


@pytest.fixture
def db(app: Flask) -> Iterator[SQLAlchemy]:
    """The database inside a transaction that is rolled back after the test.

    Everything runs on one connection: what the test and the application commit releases a savepoint only.
    An application context is open for the test itself; requests of ``client`` do not see it.
    """
    with app.app_context():
        engine = extension.engines[None]
        with engine.connect() as connection:
            connection.begin()
            connection.exec_driver_sql("BEGIN")
            extension.engines[None] = connection  # type: ignore[assignment]
            try:
                yield extension
            finally:
                extension.session.remove()
                connection.exec_driver_sql("ROLLBACK")
                extension.engines[None] = engine


@pytest.fixture
def committed(app: Flask) -> Iterator[SQLAlchemy]:
    """The database for tests with several threads or processes: commits are real.

    All tables are emptied afterwards. A thread of the test opens its own ``app.app_context()``.
    """
    with app.app_context():
        try:
            yield extension
        finally:
            extension.session.remove()
            with extension.engine.connect() as connection:
                _empty(connection)


def _empty(connection: Connection) -> None:
    tables = extension.metadata.sorted_tables
    if connection.dialect.name == "postgresql":
        names = ", ".join(f'"{table.name}"' for table in tables)
        connection.exec_driver_sql(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
        return
    connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    for table in tables:
        connection.exec_driver_sql(f'DELETE FROM "{table.name}"')
    connection.exec_driver_sql("COMMIT")
    connection.exec_driver_sql("PRAGMA foreign_keys = ON")


def apart(call: Callable[[], R]) -> R:
    """Call as if nothing had been opened before: no application context, no ``g``, no session of the test.

    What the test has written is committed first, and read anew afterwards.
    """
    if has_app_context():
        extension.session.commit()
    try:
        return contextvars.Context().run(call)
    finally:
        if has_app_context():
            extension.session.expire_all()


class Client(FlaskClient):
    """A visitor's browser or program: each request stands by itself, as it does on a server."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """See ``FlaskClient.open``. Files that are sent are read to the end and closed."""
        kwargs.setdefault("buffered", True)
        return apart(lambda: super(Client, self).open(*args, **kwargs))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A visitor who is not signed in."""
    return app.test_client()


class Runner(FlaskCliRunner):
    """The command line, as from a fresh shell."""

    def invoke(self, *args: Any, **kwargs: Any) -> Any:
        """See ``FlaskCliRunner.invoke``."""
        return apart(lambda: super(Runner, self).invoke(*args, **kwargs))


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    """Runs the commands of ``flask --app wsgi``."""
    return Runner(app)


class Statements(list[str]):
    """The SQL statements of a ``with`` block, savepoints left out."""

    def matching(self, word: str) -> list[str]:
        """Those that hold ``word``, in whatever case."""
        return [statement for statement in self if word.lower() in statement.lower()]


@pytest.fixture
def statements(app: Flask) -> Callable[[], AbstractContextManager[Statements]]:
    """``with statements() as seen: …; assert len(seen) <= 5`` counts what is sent to the database."""

    @contextlib.contextmanager
    def counting() -> Iterator[Statements]:
        seen = Statements()

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK TO")):
                seen.append(statement)

        with app.app_context():
            bind = extension.engines[None]
        engine = bind.engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(engine, "before_cursor_execute", note)

    return counting


@pytest.fixture
def smtp_sink(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmtpSink]:
    """A mail server on loopback; while a test has it, the application sends its mail there."""
    with SmtpSink() as sink:
        monkeypatch.setitem(app.config, "MAIL_SERVER", sink.host)
        monkeypatch.setitem(app.config, "MAIL_PORT", sink.port)
        monkeypatch.setitem(app.config, "MAIL_BACKEND", "smtp")
        monkeypatch.setitem(app.extensions, "mailman", mail.init_mail(app.config))
        yield sink


@dataclass(frozen=True)
class Redis:
    """Where a server listens that speaks Redis' protocol."""

    url: str


@pytest.fixture(scope="session")
def valkey() -> Iterator[Redis]:
    """A server that speaks Redis' protocol: ``TEST_REDIS_URL``, or one of our own a worker."""
    if given := os.environ.get("TEST_REDIS_URL"):
        yield Redis(given)
        return
    server = ValkeyServer()
    try:
        server.start()
    except (OSError, RuntimeError) as error:
        missing(f"Valkey could not be started: {error}")
    yield Redis(server.url)
    server.stop()


@pytest.fixture
def live_server(app: Flask, committed: SQLAlchemy) -> Iterator[Server]:
    """The application behind a real socket, on this worker's database, with real commits."""
    with Server(app) as server:
        yield server
