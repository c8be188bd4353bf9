"""The sandbox's books: a SQLite file of its own, never our tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from flask import current_app

from ticketing.errors import GatewayDown

#: What the file says it is. A file of another age gets the tables and columns that it lacks.
_VERSION = 2
_CHARGES = """
CREATE TABLE IF NOT EXISTS charges (
    reference TEXT PRIMARY KEY, idempotency_key TEXT UNIQUE NOT NULL, client_secret TEXT NOT NULL,
    amount INTEGER NOT NULL, currency TEXT NOT NULL)
"""
_REFUNDS = """
CREATE TABLE IF NOT EXISTS refunds (
    idempotency_key TEXT PRIMARY KEY, reference TEXT NOT NULL, charge TEXT NOT NULL, amount INTEGER NOT NULL)
"""
_COLUMNS_OF_CHARGES = {
    "state": "TEXT NOT NULL DEFAULT 'open'",
    "refunded": "INTEGER NOT NULL DEFAULT 0 CHECK (refunded BETWEEN 0 AND amount)",
    "metadata": "TEXT NOT NULL DEFAULT '{}'",
    "changed_at": "INTEGER NOT NULL DEFAULT 0",
}


@contextmanager
def books() -> Iterator[sqlite3.Connection]:
    """The books, for one entry: all of it is written, or nothing.

    Written means handed to the operating system: it outlives this process, however that ends, and may be
    lost with the power, which is good enough for money that is not real.

    :raises GatewayDown: somebody else kept them busy, or the disk is at fault.
    """
    path = Path(current_app.config["INSTANCE"]) / "sandbox.sqlite3"
    try:
        with closing(sqlite3.connect(path, timeout=5, isolation_level=None)) as connection:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("BEGIN IMMEDIATE")
            with connection:
                _bring_up_to_date(connection)
                yield connection
    except sqlite3.OperationalError as error:
        raise GatewayDown from error


def _bring_up_to_date(connection: sqlite3.Connection) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version >= _VERSION:
        return
    connection.execute(_CHARGES)
    connection.execute(_REFUNDS)
    known = {row["name"] for row in connection.execute("PRAGMA table_info(charges)")}
    for name, form in _COLUMNS_OF_CHARGES.items():
        if name not in known:
            connection.execute(f"ALTER TABLE charges ADD COLUMN {name} {form}")
    connection.execute(f"PRAGMA user_version = {_VERSION}")
