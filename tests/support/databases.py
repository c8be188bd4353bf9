"""The databases of a test run: one migrated template of each kind, one copy of it a worker."""

from __future__ import annotations

import contextlib
import fcntl
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.pool import NullPool

KINDS = ("sqlite", "postgresql")
Migrate = Callable[[str], None]


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Workers take turns."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class SqliteFiles:
    """Files in the folder of the run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.sqlite3"

    def url(self, name: str) -> str:
        """Of the database called ``name``, whether it is there or not."""
        return f"sqlite:///{self._file(name)}"

    def exists(self, name: str) -> bool:
        """Whether it has been made."""
        return self._file(name).exists()

    def create(self, name: str, template: str | None = None) -> None:
        """An empty database, or a copy of ``template`` that nobody has open."""
        self.drop(name)
        if template is None:
            self._file(name).touch()
        else:
            shutil.copyfile(self._file(template), self._file(name))

    def drop(self, name: str) -> None:
        """The file and what SQLite keeps beside it."""
        for path in self.folder.glob(f"{name}.sqlite3*"):
            path.unlink()


class PostgresqlDatabases:
    """Databases on one server, told apart from those of other runs by a prefix.

    :param server: URL of a database on it, with the right to create others.
    """

    def __init__(self, server: str, prefix: str) -> None:
        url = make_url(server).set(drivername="postgresql+psycopg")
        self.server, self.prefix = url, prefix

    def _name(self, name: str) -> str:
        return f"{self.prefix}_{name}"

    def url(self, name: str) -> str:
        """Of the database called ``name``, whether it is there or not."""
        return self.server.set(database=self._name(name)).render_as_string(hide_password=False)

    @contextlib.contextmanager
    def _engine(self) -> Iterator[Engine]:
        engine = create_engine(self.server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        yield engine
        engine.dispose()

    def _run(self, statement: str) -> None:
        with self._engine() as engine, engine.connect() as connection:
            connection.execute(text(statement))

    def exists(self, name: str) -> bool:
        """Whether it has been made."""
        ask = text("SELECT count(*) FROM pg_database WHERE datname = :name")
        with self._engine() as engine, engine.connect() as connection:
            return bool(connection.scalar(ask, {"name": self._name(name)}))

    def create(self, name: str, template: str | None = None) -> None:
        """An empty database, or a copy of ``template`` that nobody has open."""
        self.drop(name)
        source = self._name(template) if template else "template0"
        self._run(f'CREATE DATABASE "{self._name(name)}" TEMPLATE "{source}"')

    def drop(self, name: str) -> None:
        """Sessions that still use it are ended."""
        self._run(f'DROP DATABASE IF EXISTS "{self._name(name)}" WITH (FORCE)')

    def drop_all(self) -> None:
        """Everything this run has made."""
        ask = text("SELECT datname FROM pg_database WHERE starts_with(datname, :prefix)")
        with self._engine() as engine, engine.connect() as connection:
            for name in connection.scalars(ask, {"prefix": f"{self.prefix}_"}).all():
                connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))


Databases = SqliteFiles | PostgresqlDatabases


def copy_of_template(databases: Databases, name: str, lock: Path, migrate: Migrate) -> str:
    """URL of a fresh database with all tables; the first worker to come makes the template for all."""
    with locked(lock):
        if not databases.exists("template"):
            databases.create("unfinished")
            migrate(databases.url("unfinished"))
            databases.create("template", "unfinished")
        databases.create(name, "template")
    return databases.url(name)
