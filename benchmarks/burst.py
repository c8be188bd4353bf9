"""A rush: 1,000 requests at once for 200 tickets. Not a measure of speed but of honesty under load."""

from __future__ import annotations

from concurrent.futures import Executor
from contextlib import ExitStack
from dataclasses import dataclass

from sqlalchemy import Engine, create_engine, text

from benchmarks import load
from benchmarks.figures import Sample, percentile
from benchmarks.measures import booking_request, prepared
from benchmarks.places import place
from benchmarks.servers import shop
from benchmarks.stage import BURST_SIZE, Stage

REQUESTS = 1000
_SECONDS = 120.0

#: What the books must say, each as a figure that has to be the expected one.
_BOOKS = {
    "orders of the burst": """
        SELECT count(DISTINCT order_id) FROM order_items WHERE offer_id = :offer""",
    "tickets in these orders": """
        SELECT coalesce(sum(order_items.quantity), 0) FROM order_items
        JOIN orders ON orders.id = order_items.order_id
        WHERE order_items.offer_id = :offer AND orders.status = 'pending'""",
    "tickets that the quota holds": """
        SELECT held FROM quotas JOIN offer_quotas ON quota_id = quotas.id WHERE offer_id = :offer""",
    "deeds in the activity log": """
        SELECT count(*) FROM activity_logs WHERE action = 'order_placed' AND object_type = 'order'
        AND object_id IN (SELECT order_id FROM order_items WHERE offer_id = :offer)""",
}
#: Quotas that disagree with their orders: none, in the whole database.
_ASTRAY = """
    SELECT count(*) FROM quotas LEFT JOIN (
        SELECT offer_quotas.quota_id AS id,
            sum(CASE WHEN orders.status = 'pending' THEN quantity ELSE 0 END) AS held,
            sum(CASE WHEN orders.status = 'confirmed' THEN quantity - returned ELSE 0 END) AS sold
        FROM order_items JOIN orders ON orders.id = order_items.order_id
        JOIN offer_quotas ON offer_quotas.offer_id = order_items.offer_id
        GROUP BY offer_quotas.quota_id
    ) AS books ON books.id = quotas.id
    WHERE quotas.held <> coalesce(books.held, 0) OR quotas.sold <> coalesce(books.sold, 0)
       OR quotas.held + quotas.sold > quotas.size
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a burst ended; ``faults`` is empty when everything is as it must be."""

    database: str
    sample: Sample
    faults: list[str]

    def __str__(self) -> str:
        answers = ", ".join(f"{number} × {status}" for status, number in sorted(self.sample.answers.items()))
        times = (
            f"median {percentile(self.sample.latencies, 0.5):.2f} s, last {max(self.sample.latencies):.2f} s"
        )
        verdict = "; ".join(self.faults) or "the books add up"
        return f"{self.database:<11} {answers} in {self.sample.seconds:.2f} s ({times}): {verdict}"


def run(kind: str, executor: Executor) -> Outcome:
    """One burst on a fresh database of that kind."""
    with ExitStack() as stack:
        where = stack.enter_context(place(kind))
        made = prepared(where)
        server = stack.enter_context(shop(where))
        requests = [booking_request(token, made.burst, server.port) for token in made.tokens]
        job = load.Job(server.port, requests, connections=REQUESTS, seconds=_SECONDS, count=REQUESTS)
        sample = executor.submit(load.drive, job).result()
        engine = create_engine(where.url)
        try:
            faults = _faults(sample, engine, made)
        finally:
            engine.dispose()
    return Outcome(kind, sample, faults)


def _faults(sample: Sample, engine: Engine, made: Stage) -> list[str]:
    wanted = {"201": BURST_SIZE, "400": REQUESTS - BURST_SIZE}
    faults = []
    if dict(sample.answers) != wanted:
        faults.append(f"answers should be {wanted}")
    with engine.connect() as connection:
        for what, statement in _BOOKS.items():
            found = connection.scalar(text(statement), {"offer": made.burst})
            if found != BURST_SIZE:
                faults.append(f"{what}: {found} instead of {BURST_SIZE}")
        if astray := connection.scalar(text(_ASTRAY)):
            faults.append(f"{astray} quotas disagree with their orders")
    return faults
