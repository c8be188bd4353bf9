"""``make run``: both processes come up, come back, and go with the supervisor."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.support.processes import free_port, wait_until
from ticketing import children, config, supervisor
from ticketing.supervisor import CannotStart, Settings, require_free


class Running:
    """A supervisor on a port and a database of its own."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.output = folder / "output"
        environment = os.environ | {
            "PORT": str(self.port),
            "DATABASE_URL": f"sqlite:///{folder / 'shop.sqlite3'}",
            "INSTANCE_PATH": str(folder),
        }
        with self.output.open("wb") as file:
            self.process = children.start(
                [sys.executable, "-m", "ticketing.supervisor"],
                cwd=config.ROOT, env=environment, stdout=file, stderr=subprocess.STDOUT,
            )  # fmt: skip
        address = f"http://127.0.0.1:{self.port}"
        try:
            wait_until(lambda: supervisor.answers(address), "the shop", seconds=120, process=self.process)
            wait_until(lambda: bool(self.named("jobs")), "the jobs process")
        except RuntimeError as error:
            self.end()
            raise RuntimeError(f"{error}\n{self.output.read_text()}") from None

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def named(self, word: str) -> list[psutil.Process]:
        """Its children with that word in their command line."""
        found = []
        for process in psutil.Process(self.process.pid).children():
            try:
                if word in process.cmdline():
                    found.append(process)
            except psutil.NoSuchProcess:
                continue
        return found

    def end(self) -> None:
        children.stop(self.process, patience=20)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    shop = Running(tmp_path)
    yield shop
    shop.end()


def gone(processes: list[psutil.Process]) -> bool:
    return not any(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in processes)


def test_it_greets_starts_again_what_dies_and_takes_everything_along(running: Running) -> None:
    wait_until(lambda: f"http://127.0.0.1:{running.port}" in running.output.read_text(), "the greeting")
    for word in ("jobs", "granian"):
        (before,) = running.named(word)
        before.kill()
        wait_until(
            lambda word=word, before=before: running.named(word) not in ([], [before]), word, seconds=60
        )
    assert len(running.named("jobs")) == 1
    family = running.family()
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(30) == 0
    assert gone(family)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux' parent-death signal")
def test_a_violent_end_takes_everything_along(running: Running) -> None:
    family = running.family()
    assert len(family) >= 3
    running.process.kill()
    wait_until(lambda: gone(family), "the end of the children")


def test_a_port_in_use_is_said_in_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotStart, match=f"Port {port} on 127.0.0.1 is in use"):
            require_free("127.0.0.1", port)


@pytest.mark.parametrize("value", ["0", "-1", "http", "65536", "1.5", "٣"])
def test_a_port_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(CannotStart, match="PORT must be a whole number"):
        Settings.from_environment(config.TestingConfig(), {"PORT": value})


def test_sqlite_has_one_worker_and_servers_have_two(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings.from_environment(config.TestingConfig(), {}).workers == 1
    monkeypatch.setenv("DATABASE_URL", "postgresql://db.example/shop")
    assert Settings.from_environment(config.TestingConfig(), {}).workers == 2
    assert Settings.from_environment(config.TestingConfig(), {"WEB_WORKERS": "4"}).workers == 4


def test_without_help_from_the_system_a_guard_ends_the_child_with_its_parent(tmp_path: Path) -> None:
    """What systems without the parent-death signal get."""
    pid_file = tmp_path / "pid"
    sleeper = f"""
import os, pathlib, time
pathlib.Path({str(pid_file)!r}).write_text(str(os.getpid()))
time.sleep(60)"""
    parent = f"""
import os, subprocess, sys, time
guard = [sys.executable, "-P", {children.__file__!r}, str(os.getpid())]
subprocess.Popen([*guard, sys.executable, "-c", {sleeper!r}])
time.sleep(60)"""
    process = subprocess.Popen([sys.executable, "-c", parent])
    wait_until(lambda: pid_file.exists() and pid_file.read_text() != "", "the child")
    child = psutil.Process(int(pid_file.read_text()))
    process.kill()
    process.wait()
    wait_until(lambda: gone([child]), "the end of the child")


def test_quick_deaths_make_the_pause_longer_and_the_web_server_hopeless(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(supervisor, "say", lambda _text: None)
    child = supervisor.Child("web server", [sys.executable, "-c", "raise SystemExit(3)"])
    pauses = []
    for _ in range(5):
        child.next_start = 0
        child.look_after()
        assert child.process is not None
        child.process.wait()
        child.look_after()
        pauses.append(round(child.next_start - time.monotonic(), 1))
    assert pauses == [0.5, 1, 2, 4, 8]
    assert child.hopeless
