"""Before the first request: bring the database to the newest form, and fill an empty one with demo data.

``python -m ticketing.preparation`` does both. Several starts at once take turns.
"""

from __future__ import annotations

import contextlib
import fcntl
import sys
import time
from collections.abc import Callable, Iterator

from flask import Flask
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.engine import URL, Engine

from ticketing.config import ROOT

#: Any number, as long as nobody else locks it in this database.
_ADVISORY_KEY = 7_236_401_122
_PATIENCE = 300.0


class StillPreparing(RuntimeError):
    """Another start has been preparing this database for minutes."""


@contextlib.contextmanager
def _turn(url: URL) -> Iterator[None]:
    """Wait for the turn of this start.

    :raises StillPreparing: after five minutes.
    """
    if url.get_backend_name() == "postgresql":
        with _turn_on_server(url):
            yield
    elif url.database and url.database != ":memory:":
        with open(f"{url.database}.lock", "w") as file:  # noqa: PTH123 (a plain text path from the URL)
            _poll(lambda: _try_file(file.fileno()))
            yield
    else:
        yield


def _try_file(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.contextmanager
def _turn_on_server(url: URL) -> Iterator[None]:
    engine: Engine = create_engine(url, isolation_level="AUTOCOMMIT")
    ask = text("SELECT pg_try_advisory_lock(:key)")
    try:
        with engine.connect() as connection:  # the lock goes with the connection
            _poll(lambda: bool(connection.scalar(ask, {"key": _ADVISORY_KEY})))
            yield
    finally:
        engine.dispose()


def _poll(taken: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE
    said = False
    while not taken():
        if not said:
            print("Another start is preparing the database; waiting for it.", flush=True)
            said = True
        if time.monotonic() > end:
            raise StillPreparing("another start has been preparing this database for five minutes")
        time.sleep(0.2)


def prepare(app: Flask, *, demo: bool) -> None:
    """Migrate the database, then seed it where it is empty and ``demo`` is set."""
    from flask_migrate import upgrade

    with _turn(make_url(app.config["SQLALCHEMY_DATABASE_URI"])):
        with app.app_context():
            upgrade(directory=str(ROOT / "migrations"))
        if demo:
            from ticketing import seeding

            seeding.seed_if_empty(app)


def main() -> int:
    """:returns: the exit code of the process."""
    from ticketing import create_app

    app = create_app()
    prepare(app, demo=app.config["ENVIRONMENT"] == "development")
    return 0


if __name__ == "__main__":
    sys.exit(main())
