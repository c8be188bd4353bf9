"""Waiting for servers, clearing up after killed ones. Starting and ending them: ``ticketing.children``."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path


def free_port() -> int:
    """A TCP port on loopback that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(
    ready: Callable[[], bool],
    what: str,
    *,
    seconds: float = 20,
    process: subprocess.Popen[bytes] | None = None,
) -> None:
    """Ask ``ready`` every 20 ms.

    :raises RuntimeError: the time is over, or ``process`` ended meanwhile.
    """
    end = time.monotonic() + seconds
    while not ready():
        if process is not None and process.poll() is not None:
            raise RuntimeError(f"{what}: the process ended with {process.returncode}")
        if time.monotonic() > end:
            raise RuntimeError(f"{what}: not ready after {seconds:g} s")
        time.sleep(0.02)


def listens(port: int, host: str = "127.0.0.1") -> bool:
    """Whether somebody accepts connections there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0


def sweep(base: Path, prefix: str) -> None:
    """Remove folders called ``<prefix><pid>-…`` whose process was killed before it could do so itself."""
    for folder in base.glob(f"{prefix}*-*"):
        pid = folder.name.removeprefix(prefix).split("-")[0]
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            shutil.rmtree(folder, ignore_errors=True)
        except (ValueError, PermissionError, OverflowError):
            continue
