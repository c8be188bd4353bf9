"""What a process of its own does in a test; apart from the tests, so that it starts without their imports."""

from __future__ import annotations

from typing import Any

HOUR = 3600


def count_together(path: str, times: int, counted: Any) -> None:
    """Count so often in a file that others count in, too, and put each number into the queue."""
    from ticketing.counters import SharedCounters

    storage = SharedCounters(f"shared-counters://{path}")
    for _ in range(times):
        counted.put(storage.count("key", HOUR)[0])
