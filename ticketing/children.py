"""Child processes that end with their parent, however the parent ends."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

_PR_SET_PDEATHSIG = 1


def dies_with_parent(sign: int = signal.SIGTERM) -> Callable[[], None] | None:
    """A ``preexec_fn``: Linux sends ``sign`` to the child when its parent is gone, even by SIGKILL.

    Elsewhere there is no such promise from the system, and the answer is ``None``.
    """
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    parent = os.getpid()

    def bind() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, sign)
        if os.getppid() != parent:  # it went between fork and prctl
            os._exit(1)

    return bind


def start(command: Sequence[str], *, sign: int = signal.SIGTERM, **options: Any) -> subprocess.Popen[bytes]:
    """Start ``command`` in a process group of its own; ``sign`` reaches it when this process dies."""
    bind = dies_with_parent(sign)
    if bind is None:
        command = [sys.executable, "-P", __file__, str(os.getpid()), *command]
    options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.Popen(command, start_new_session=True, preexec_fn=bind, **options)


def stop(process: subprocess.Popen[bytes], *, sign: int = signal.SIGTERM, patience: float = 10) -> int:
    """End the process and its group: ask with ``sign``, insist with SIGKILL after ``patience`` seconds."""
    if process.poll() is None:
        process.send_signal(sign)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    return process.wait()


def _stop_alone(child: subprocess.Popen[bytes]) -> int:
    """End a process that has no group of its own."""
    child.terminate()
    try:
        return child.wait(10)
    except subprocess.TimeoutExpired:
        child.kill()
        return child.wait()


def _guard(parent: int, command: list[str]) -> int:
    """Run ``command`` and end it when ``parent`` is gone: for systems that cannot do this themselves."""
    child = subprocess.Popen(command)
    for sign in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        signal.signal(sign, lambda number, _frame: child.send_signal(number))
    while child.poll() is None:
        if os.getppid() != parent:
            return _stop_alone(child)
        time.sleep(0.5)
    return child.returncode


if __name__ == "__main__":
    sys.exit(_guard(int(sys.argv[1]), sys.argv[2:]))
