"""The embedded runner: each job at its own pace, in one process, until told to stop."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog
from flask import Flask

from ticketing.extensions import db
from ticketing.jobs import outbox, upkeep
from ticketing.services import reminding
from ticketing.services.orders import expiring
from ticketing.services.payments import inbox, sweep

log = structlog.get_logger(__name__)


@dataclass
class Job:
    """A function and how many seconds lie between two runs of it."""

    name: str
    work: Callable[[], int]
    every: float
    due: float = field(default=0.0)


def jobs() -> list[Job]:
    """Every job there is."""
    return [
        Job("outbox", outbox.deliver_some, 1),
        Job("holds", expiring.expire_due, 5),
        Job("gateway_events", inbox.process_waiting, 5),
        Job("payments", sweep.check_open_payments, 60),
        Job("reminders", reminding.remind_due, 300),
        Job("sold_totals", upkeep.refresh_sold_totals, 60),
        Job("upkeep", upkeep.tidy, 3600),
    ]


def run(app: Flask) -> None:
    """Run the jobs until SIGTERM or SIGINT. A job that fails is logged and comes round again."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    plan = jobs()
    while not stop.is_set():
        for job in plan:
            if job.due <= time.monotonic() and not stop.is_set():
                _run_one(app, job)
                job.due = time.monotonic() + job.every
        stop.wait(0.2)


def run_all() -> dict[str, int]:
    """Every job once, in the current application context; what each returned."""
    return {job.name: job.work() for job in jobs()}


def _run_one(app: Flask, job: Job) -> None:
    with app.app_context():
        try:
            if result := job.work():
                log.info("job_done", job=job.name, result=result)
        except Exception:  # one failing job must not stop the others
            log.exception("job_failed", job=job.name)
        finally:
            db.session.remove()
