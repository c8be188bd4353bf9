"""What belongs to a test run as a whole: its folder, its database servers, its environment."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from tests.support.databases import Databases, PostgresqlDatabases, SqliteFiles
from tests.support.postgres import PostgresServer
from tests.support.processes import sweep

_FOLDER = "ticketing-tests-"
#: What the application reads from the environment; a developer's own values must not reach the tests.
#: Told by the first word of their names.
_SETTINGS = {
    "ACCESS", "ALLOW", "CAFA", "CALLBACK", "CELERY", "CORS", "CURRENCY", "DATABASE", "DEFAULT", "FIELD",
    "FLASK", "HOLD", "HOST", "IDENTITY", "INSTANCE", "JWT", "LIST", "MAIL", "MEDIA", "METRICS",
    "ORGANIZER", "PAYMENT", "PAYOUT", "PORT", "PRIVATE", "PUBLIC", "RATELIMIT", "REDIS", "REFRESH",
    "SECRET", "SENTRY", "SERVICE", "STRIPE", "TICKET", "TICKETING", "TRUSTED", "WEB", "WITHDRAWAL",
}  # fmt: skip


def clean_environment(instance: Path) -> None:
    """Make this process, and those it starts, see the tests' settings only."""
    for name in list(os.environ):
        if name.split("_")[0] in _SETTINGS:
            del os.environ[name]
    os.environ["TICKETING_ENV"] = "testing"
    os.environ["INSTANCE_PATH"] = str(instance)


class Run:
    """Made once by the process that was started; workers get ``shared`` and join with it.

    :ivar shared: what a worker must know, as plain values.
    """

    def __init__(self, shared: dict[str, str]) -> None:
        self.shared = shared
        self.folder = Path(shared["folder"])
        self._server: PostgresServer | None = None

    @classmethod
    def begin(cls, *, postgresql: bool) -> Run:
        """A folder and, when wanted, a PostgreSQL server: ``TEST_DATABASE_URL`` or one of our own."""
        base = Path(tempfile.gettempdir())
        sweep(base, _FOLDER)
        run = cls({"folder": tempfile.mkdtemp(prefix=f"{_FOLDER}{os.getpid()}-", dir=base)})
        if postgresql:
            run._find_postgresql()
        return run

    def _find_postgresql(self) -> None:
        if given := os.environ.get("TEST_DATABASE_URL"):
            self.shared["postgresql"] = given
            return
        server = PostgresServer()
        try:
            server.start()
        except Exception as error:
            self.shared["no_postgresql"] = f"PostgreSQL could not be started: {error}"
            return
        self._server = server
        self.shared["postgresql"] = server.url("postgres")

    def databases(self, kind: str) -> Databases:
        """:raises LookupError: there is no such server, and why."""
        if kind == "sqlite":
            return SqliteFiles(self.folder)
        if url := self.shared.get("postgresql"):
            return PostgresqlDatabases(url, f"ticketing_{self.folder.name.rsplit('-')[-1]}")
        raise LookupError(self.shared.get("no_postgresql", "no PostgreSQL in this run"))

    def end(self) -> None:
        """Remove what the run has made."""
        if self._server is not None:
            self._server.stop()
        elif "postgresql" in self.shared:
            databases = self.databases("postgresql")
            assert isinstance(databases, PostgresqlDatabases)
            databases.drop_all()
        shutil.rmtree(self.folder, ignore_errors=True)
