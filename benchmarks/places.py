"""The databases of a run: a SQLite file, or a PostgreSQL server that writes to disk as a real one does."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.support.postgres import PostgresServer
from ticketing.config import ROOT

KINDS = ("sqlite", "postgresql")

#: Everything else of the caller's environment stays outside.
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "VIRTUAL_ENV")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the shop of a run keeps its rows.

    :ivar conninfo: for PostgreSQL's own programs; empty on SQLite.
    :ivar server: the database's process, where it is one of its own.
    """

    kind: str
    url: str
    folder: Path
    conninfo: str = ""
    server: psutil.Process | None = None
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """What the application sees: production, without limits on how often one may ask."""
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        return inherited | {
            "TICKETING_ENV": "production",
            "DATABASE_URL": self.url,
            "INSTANCE_PATH": str(self.folder / "instance"),
            "SECRET_KEY": "only for measuring, and long enough for production",
            "PUBLIC_BASE_URL": "http://127.0.0.1",
            "MAIL_SERVER": "127.0.0.1",
            "ALLOW_SANDBOX_PAYMENTS": "1",
            "RATELIMIT_ENABLED": "false",
            "ACCESS_TOKEN_MINUTES": "600",
            "HOLD_MINUTES": "600",
            "PYTHONPATH": str(ROOT),
            **self.settings,
        }


@contextlib.contextmanager
def place(kind: str, settings: dict[str, str] | None = None) -> Iterator[Place]:
    """An empty database of that kind, gone afterwards; ``settings`` are further ones of the shop."""
    folder = Path(tempfile.mkdtemp(prefix="ticketing-bench-"))
    try:
        if kind == "sqlite":
            yield Place(kind, f"sqlite:///{folder / 'bench.sqlite3'}", folder, settings=settings or {})
        else:
            yield from _on_postgresql(folder, settings or {})
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _on_postgresql(folder: Path, settings: dict[str, str]) -> Iterator[Place]:
    # durable: fsync, full_page_writes and synchronous_commit are on, autovacuum runs.
    with PostgresServer(durable=True) as server:
        assert server.process is not None
        process = psutil.Process(server.process.pid)
        url, conninfo = server.url("postgres"), server.conninfo("postgres")
        yield Place("postgresql", url, folder, conninfo, process, settings)
