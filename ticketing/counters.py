"""Counters that the processes of one machine share, in a small file: for rate limits without Redis.

What is lost when the machine goes down is an hour's counting, so nothing here waits for the disk.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from typing import Any

from limits.storage import Storage

_SCHEMA = """
CREATE TABLE IF NOT EXISTS counters (
    key TEXT PRIMARY KEY, number INTEGER NOT NULL, ends REAL NOT NULL
) WITHOUT ROWID
"""
_COUNT = """
INSERT INTO counters (key, number, ends) VALUES (:key, :amount, :now + :expiry)
ON CONFLICT (key) DO UPDATE SET
    number = CASE WHEN ends <= :now THEN :amount ELSE number + :amount END,
    ends = CASE WHEN ends <= :now THEN :now + :expiry ELSE ends END
RETURNING number, ends
"""
#: One count in so many sweeps out what has ended.
_SWEEP_EVERY = 2000


class SharedCounters(Storage):
    """``shared-counters:///path/to/file``: a storage for the limits library."""

    STORAGE_SCHEME = ["shared-counters"]

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **_: Any) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions)
        self._path = str(uri).split("://", 1)[-1]
        self._local = threading.local()
        self._until_sweep = _SWEEP_EVERY

    @property
    def base_exceptions(self) -> type[Exception]:
        """What the file can fail with."""
        return sqlite3.Error

    @property
    def _file(self) -> sqlite3.Connection:
        """This thread's connection."""
        if not hasattr(self._local, "file"):
            file = sqlite3.connect(self._path, timeout=2, isolation_level=None)
            file.execute("PRAGMA journal_mode = WAL")
            file.execute("PRAGMA synchronous = OFF")
            file.execute(_SCHEMA)
            self._local.file = file
        connection: sqlite3.Connection = self._local.file
        return connection

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count; the number in the running window, which begins with its first count."""
        return self.count(key, expiry, amount)[0]

    def count(self, key: str, expiry: int, amount: int = 1) -> tuple[int, float]:
        """Count; the number in the running window, and when that ends (Unix seconds)."""
        self._sweep_now_and_then()
        values = {"key": key, "amount": amount, "now": time.time(), "expiry": expiry}
        number, ends = self._file.execute(_COUNT, values).fetchone()
        return number, ends

    def get(self, key: str) -> int:
        """The number in the running window."""
        row = self._row(key)
        return row[0] if row else 0

    def get_expiry(self, key: str) -> float:
        """When the running window ends, in Unix seconds; now, where none runs."""
        row = self._row(key)
        return row[1] if row else time.time()

    def check(self) -> bool:
        """Whether the file answers."""
        return self._file.execute("SELECT 1").fetchone() == (1,)

    def reset(self) -> int:
        """Forget every count; how many there were."""
        return self._file.execute("DELETE FROM counters").rowcount

    def clear(self, key: str) -> None:
        """Forget one count."""
        self._file.execute("DELETE FROM counters WHERE key = ?", (key,))

    def _row(self, key: str) -> tuple[int, float] | None:
        statement = "SELECT number, ends FROM counters WHERE key = ? AND ends > ?"
        row: tuple[int, float] | None = self._file.execute(statement, (key, time.time())).fetchone()
        return row

    def _sweep_now_and_then(self) -> None:
        self._until_sweep -= 1
        if self._until_sweep <= 0:
            self._until_sweep = _SWEEP_EVERY
            self._file.execute("DELETE FROM counters WHERE ends <= ?", (time.time(),))
