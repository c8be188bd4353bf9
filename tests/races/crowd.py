"""Many buyers at once: threads of one process, or processes of their own, released together."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from flask import Flask

from ticketing import create_app
from ticketing.errors import Refusal
from ticketing.extensions import db

#: A deed is called with the application context open: ``deed(*arguments)``.
Deed = Callable[..., Any]
_PATIENCE = 60


def of_threads(app: Flask, deed: Deed, arguments: Sequence[tuple[Any, ...]]) -> Counter[str]:
    """Run the deed once for each set of arguments, all at the same moment; how often it ended how.

    An outcome is ``done``, a refusal's code, or the name of an error that should not happen.
    """
    outcomes: Counter[str] = Counter()
    start = threading.Barrier(len(arguments))

    def one(given: tuple[Any, ...]) -> None:
        with app.app_context():
            start.wait(_PATIENCE)
            outcome = _outcome(deed, given)
        with lock:
            outcomes[outcome] += 1

    lock = threading.Lock()
    threads = [threading.Thread(target=one, args=(given,)) for given in arguments]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(_PATIENCE)
    assert not any(thread.is_alive() for thread in threads), "somebody still waits for a lock"
    return outcomes


def of_processes(
    url: str, deed: Deed, arguments: Sequence[tuple[Any, ...]], processes: int = 4
) -> Counter[str]:
    """As :func:`of_threads`, shared out over processes that know nothing of each other.

    The deed is a function of a module, and its arguments are plain values.
    """
    context = multiprocessing.get_context("forkserver")
    # One process that has imported everything, from which the others are forked in milliseconds.
    context.set_forkserver_preload(["tests.races.deeds", "ticketing.web", "ticketing.api"])
    start, outcomes = context.Barrier(processes), context.Queue()
    shares = [list(arguments[number::processes]) for number in range(processes)]
    workers = [
        context.Process(target=_work, args=(url, deed, share, start, outcomes), daemon=True)
        for share in shares
    ]
    for worker in workers:
        worker.start()
    counted: Counter[str] = Counter()
    for _ in workers:
        counted.update(outcomes.get(timeout=_PATIENCE))
    for worker in workers:
        worker.join(_PATIENCE)
    return counted


def _work(url: str, deed: Deed, share: list[tuple[Any, ...]], start: Any, outcomes: Any) -> None:
    os.environ["DATABASE_URL"] = url
    app = create_app()
    with app.app_context():
        start.wait(_PATIENCE)
        counted = Counter(_outcome(deed, given) for given in share)
        db.session.remove()
        db.engine.dispose()
    outcomes.put(counted)


def _outcome(deed: Deed, given: tuple[Any, ...]) -> str:
    try:
        deed(*given)
    except Refusal as refusal:
        return refusal.code
    except Exception as error:
        return repr(error)
    return "done"
