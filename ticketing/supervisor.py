"""``python -m ticketing.supervisor``: one web server and one jobs process, kept alive together.

It prepares the database, starts both, prints where the shop is, restarts what dies and stops everything it
started on Ctrl-C or SIGTERM. Killed outright, it takes its children along (see ``children.py``).

Settings beside the application's own: ``HOST``, ``PORT``, ``WEB_WORKERS``, ``WEB_THREADS``.
"""

from __future__ import annotations

import errno
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.error import URLError
from urllib.request import urlopen

from ticketing import children
from ticketing.config import ROOT, Config, ConfigurationError, from_environment

#: A child that lived this long had started well: its next death is the first one again.
_HEALTHY_SECONDS = 20.0
_LONGEST_PAUSE = 30.0
_GIVE_UP_AFTER = 5
_TICK = 0.1

DEMO_PASSWORD = "password123"
DEMO_ACCOUNTS = (
    ("admin@example.com", "staff and superuser"),
    ("support@example.com", "support"),
    ("organizer@example.com", "organizer, owner of the first organization"),
    ("manager@example.com", "manager of that organization"),
    ("member@example.com", "member of that organization"),
    ("venue@example.com", "manager of the first venue"),
    ("attendee@example.com", "buyer"),
)


class CannotStart(RuntimeError):
    """Said to the operator as it stands."""


@dataclass(frozen=True)
class Settings:
    """Where the web server listens, and with how many workers and threads in each."""

    host: str
    port: int
    workers: int
    threads: int

    @classmethod
    def from_environment(cls, config: Config, environ: Mapping[str, str] = os.environ) -> Settings:
        """:raises CannotStart: a number is none, or out of range."""
        on_sqlite = config.SQLALCHEMY_DATABASE_URI.startswith("sqlite")
        return cls(
            host=environ.get("HOST") or "127.0.0.1",
            port=_whole(environ, "PORT", 8000, most=65535),
            workers=_whole(environ, "WEB_WORKERS", 1 if on_sqlite else 2, most=256),
            # Threads share one interpreter: each beyond the first costs speed (a quarter in all with four),
            # and lets a slow request, such as one that waits for a payment provider, not stop the others.
            threads=_whole(environ, "WEB_THREADS", 4, most=256),
        )

    @property
    def address(self) -> str:
        """What to type into a browser on this machine."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)  # noqa: S104
        return f"http://{host}:{self.port}"


def _whole(environ: Mapping[str, str], name: str, default: int, *, most: int) -> int:
    text = environ.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= most:
        raise CannotStart(f"{name} must be a whole number from 1 to {most}, not {text!r}.")
    return int(text)


def require_free(host: str, port: int) -> None:
    """:raises CannotStart: nobody may listen there now, with the reason and the way out."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise CannotStart(
                    f"Port {port} on {host} is in use by another program. "
                    f"Choose another one: PORT={port + 1 if port < 65535 else 8001} make run"
                ) from None
            raise CannotStart(f"Cannot listen on {host}, port {port}: {error.strerror}.") from None


@dataclass
class Child:
    """A process that is to be there at all times."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    deaths: int = 0
    next_start: float = field(default=0.0)

    def start(self) -> None:
        """Start it, however often it has died."""
        self.process = children.start(self.command, cwd=ROOT)
        self.started = time.monotonic()

    def look_after(self) -> None:
        """Notice a death, and start again when the pause is over (0.5 s, doubled with every quick death)."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.next_start:
                self.start()
            return
        code = self.process.poll()
        if code is None:
            return
        children.stop(self.process)  # what is left of its group
        self.process = None
        self.deaths = 1 if now - self.started > _HEALTHY_SECONDS else self.deaths + 1
        pause = min(_LONGEST_PAUSE, 0.5 * 2 ** (self.deaths - 1))
        self.next_start = now + pause
        say(f"The {self.name} ended (exit code {code}); starting it again in {pause:g} s.")

    @property
    def hopeless(self) -> bool:
        """It has died so often in a row that another start will not help."""
        return self.deaths >= _GIVE_UP_AFTER


class Supervisor:
    """Keeps its children running until it is told to stop."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.stopping = False
        python = sys.executable
        self.web = Child("web server", [python, "-m", "granian", *_granian_options(settings), "wsgi:app"])
        self.jobs = Child("jobs process", [python, "-m", "flask", "--app", "wsgi", "jobs", "run"])

    def install_signals(self) -> None:
        """Ctrl-C, SIGTERM and a closed terminal end the loop; a second Ctrl-C does not wait."""
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sign, self._told_to_stop)

    def _told_to_stop(self, sign: int, _frame: object) -> None:
        if self.stopping and sign == signal.SIGINT:
            self._stop(patience=0)
        self.stopping = True

    def run(self, greeting: str) -> int:
        """:returns: 0 after an orderly stop, 1 when the web server cannot be kept running."""
        greeted = False
        try:
            while not self.stopping:
                self.web.look_after()
                self.jobs.look_after()
                if self.web.hopeless:
                    say(f"The web server ended {self.web.deaths} times in a row; giving up.")
                    return 1
                if not greeted and answers(self.settings.address):
                    say(greeting)
                    greeted = True
                time.sleep(_TICK)
        finally:
            self._stop(patience=10)
        return 0

    def _stop(self, *, patience: float) -> None:
        running = [child.process for child in (self.web, self.jobs) if child.process is not None]
        for process in running:
            if process.poll() is None:
                process.terminate()
        for process in running:
            children.stop(process, patience=patience)


def _granian_options(settings: Settings) -> list[str]:
    # Back-pressure counts open connections, and a browser keeps several open while it does nothing: a low
    # bound would shut visitors out. The threads bound the work; the rest of the requests wait for one.
    options = {
        "--interface": "wsgi",
        "--host": settings.host,
        "--port": settings.port,
        "--workers": settings.workers,
        "--blocking-threads": settings.threads,
        "--backpressure": 512,
        "--http1-header-read-timeout": 10_000,
        "--workers-kill-timeout": 8,
        "--log-level": "error",
    }
    listed = [str(part) for pair in options.items() for part in pair]
    return [*listed, "--respawn-failed-workers", "--no-ws"]


def answers(address: str) -> bool:
    """Whether the web server is up."""
    try:
        with urlopen(f"{address}/healthz", timeout=2) as reply:  # noqa: S310 (our own address)
            return bool(reply.status == 200)
    except (URLError, OSError, ValueError):
        return False


def prepare() -> None:
    """Bring the database to its newest form, in a process that gives its memory back.

    :raises CannotStart: it failed; the reason stands above, as that process said it.
    """
    process = children.start([sys.executable, "-m", "ticketing.preparation"], cwd=ROOT)
    try:
        code = process.wait()
    except BaseException:
        children.stop(process)
        raise
    if code:
        raise CannotStart("The database could not be prepared.")


def greeting(settings: Settings, config: Config) -> str:
    """The address and, where there is demo data, who can sign in."""
    lines = [
        "",
        f"  The shop is open: {settings.address}",
        f"  The API's pages:  {settings.address}/api/docs/",
        "",
    ]
    if config.ENVIRONMENT == "development":
        lines.append(f"  Demo accounts, password {DEMO_PASSWORD}:")
        lines += [f"    {email:<24} {what}" for email, what in DEMO_ACCOUNTS]
        lines.append("")
    return "\n".join([*lines, "  Ctrl-C stops everything.", ""])


def say(text: str) -> None:
    """To the operator, at once."""
    print(text, flush=True)


def main() -> int:
    """:returns: the exit code of the process."""
    try:
        config = from_environment()
        settings = Settings.from_environment(config)
        require_free(settings.host, settings.port)
        supervisor = Supervisor(settings)
        prepare()
        supervisor.install_signals()
        return supervisor.run(greeting(settings, config))
    except (CannotStart, ConfigurationError) as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
