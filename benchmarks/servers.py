"""The servers that are measured: the shop as ``make run`` starts it, and the hello program beside it."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import psutil

from benchmarks.places import Place
from tests.support.processes import free_port, wait_until
from ticketing import children
from ticketing.config import ROOT, Config
from ticketing.supervisor import Settings, Supervisor, answers


@dataclass(frozen=True, slots=True)
class Server:
    """Something that answers on a port of loopback."""

    port: int
    process: psutil.Process
    log: Path


def settings_for(place: Place, port: int) -> Settings:
    """The supervisor's own choice of workers and threads for this database."""
    config = cast(Config, SimpleNamespace(SQLALCHEMY_DATABASE_URI=place.url))
    return Settings.from_environment(config, {"PORT": str(port)} | place.settings)


@contextlib.contextmanager
def shop(place: Place) -> Iterator[Server]:
    """The product: supervisor, web server and jobs process."""
    port = free_port()
    environment = place.environment | {"PORT": str(port)}
    command = [sys.executable, "-m", "ticketing.supervisor"]
    with _running(command, environment, port, place.folder / "shop.log") as server:
        yield server


@contextlib.contextmanager
def hello(place: Place) -> Iterator[Server]:
    """Bare Flask on the web server, with the options that the product has on this database."""
    port = free_port()
    command = [*Supervisor(settings_for(place, port)).web.command[:-1], "benchmarks.hello:app"]
    with _running(command, place.environment, port, place.folder / "hello.log") as server:
        yield server


@contextlib.contextmanager
def _running(command: list[str], environment: dict[str, str], port: int, log: Path) -> Iterator[Server]:
    with log.open("wb") as output:
        process = children.start(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
    try:
        wait_until(lambda: _answers(port), " ".join(command[1:3]), seconds=60, process=process)
        yield Server(port, psutil.Process(process.pid), log)
    except RuntimeError:
        print(f"The end of what the server said:\n{log.read_text()[-4000:]}", file=sys.stderr)
        raise
    finally:
        children.stop(process, patience=20)


def _answers(port: int) -> bool:
    from urllib.error import HTTPError
    from urllib.request import urlopen

    try:
        return answers(f"http://127.0.0.1:{port}") or urlopen(f"http://127.0.0.1:{port}/").status < 500
    except HTTPError as error:
        return error.code < 500
    except OSError:
        return False


def cpu_seconds(processes: Iterable[psutil.Process | None]) -> float:
    """Processor time that these and their children have used so far."""
    total = 0.0
    for root in processes:
        if root is None:
            continue
        ended = root.cpu_times()
        total += ended.children_user + ended.children_system
        for process in (root, *root.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                total += times.user + times.system
    return total
