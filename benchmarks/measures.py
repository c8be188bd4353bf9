"""The six things that are measured, and how: rounds of floor and subject by turns; noise hits both."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count

import psutil

from benchmarks import floors, load, stage
from benchmarks.figures import Sample, Series, ratio
from benchmarks.places import Place, place
from benchmarks.servers import Server, cpu_seconds, hello, settings_for, shop
from benchmarks.stage import Stage
from ticketing.config import ROOT

EVENT_LIST, EVENT_PAGE, API_LIST = "event list (HTML)", "event page (HTML)", "GET /api/v1/events/"
HOT, SPREAD, SOLD_OUT = "booking, one quota", "booking, 1,000 quotas", "sold out"
NAMES = (EVENT_LIST, EVENT_PAGE, API_LIST, HOT, SPREAD, SOLD_OUT)

#: Share of its floor that each is to reach.
AIMS = {EVENT_LIST: 0.10, EVENT_PAGE: 0.10, API_LIST: 0.10, SOLD_OUT: 0.10, HOT: 0.25, SPREAD: 0.25}
CONNECTIONS = 16
BOOKINGS = "/api/v1/bookings/"
_BROWSER = {"Accept": "text/html", "Accept-Encoding": "gzip, deflate, br", "Accept-Language": "en"}
_PROGRAM = {"Accept": "application/json", "Accept-Encoding": "gzip, deflate"}


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how often."""

    rounds: int = 5
    seconds: float = 2.0
    warm_up: float = 1.0
    names: tuple[str, ...] = NAMES
    settings: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Measured:
    """One line of the report."""

    database: str
    name: str
    expected: str
    floor: Series = field(default_factory=Series)
    subject: Series = field(default_factory=Series)

    @property
    def ratio(self) -> float:
        """Share of the floor's rate."""
        return ratio(self.subject, self.floor)

    @property
    def reaches_aim(self) -> bool:
        """Quick enough, by the aim that is written above."""
        return self.ratio >= AIMS[self.name]

    @property
    def wrong_answers(self) -> dict[str, int]:
        """Answers of the shop that were not the expected ones."""
        return {status: number for status, number in self.subject.answers.items() if status != self.expected}


def booking_request(token: str, offer: int, port: int) -> bytes:
    """One ticket of that offer for the bearer of that token."""
    body = json.dumps({"event_ticket": offer, "quantity": 1}).encode()
    return load.request("POST", BOOKINGS, _PROGRAM | {"Authorization": f"Bearer {token}"}, body, port=port)


class Bench:
    """Everything that runs while one database is measured."""

    def __init__(self, place: Place, made: Stage, product: Server, bare: Server, executor: Executor) -> None:
        self.place, self.made, self.executor = place, made, executor
        self.product, self.bare = product, bare
        settings = settings_for(place, product.port)
        self.lanes = (settings.workers, settings.workers * settings.threads)
        self._position = count()

    def requests(self, name: str) -> list[bytes]:
        """What the load generator sends to the shop, in turn."""
        made, port = self.made, self.product.port
        if name == EVENT_PAGE:
            return [load.request("GET", f"/events/{slug}/", _BROWSER, port=port) for slug in made.slugs]
        if name == EVENT_LIST:
            return [load.request("GET", "/events/", _BROWSER, port=port)]
        if name == API_LIST:
            return [load.request("GET", "/api/v1/events/", _PROGRAM, port=port)]
        offers = {HOT: [made.hot], SOLD_OUT: [made.sold_out], SPREAD: made.spread}[name]
        # 1,000 buyers over 1,000 offers; the step keeps neighbours on different events.
        return [
            booking_request(token, offers[place * 7 % len(offers)], port)
            for place, token in enumerate(made.tokens)
        ]

    def subject(self, name: str, seconds: float) -> Sample:
        """One round against the shop."""
        return self._drive(self.product, self.requests(name), seconds, self.place.server)

    def floor(self, name: str, seconds: float) -> Sample:
        """One round against what the shop can't beat."""
        if name in (HOT, SPREAD):
            offers = [self.made.hot] if name == HOT else self.made.spread
            before = cpu_seconds([self.place.server])
            sample = floors.booking(
                self.place, self.executor, offers, users=self.made.users, lanes=self.lanes, seconds=seconds
            )
            sample.server_cpu += cpu_seconds([self.place.server]) - before
            return sample
        return self._drive(self.bare, [load.request("GET", "/", port=self.bare.port)], seconds)

    def _drive(
        self, server: Server, requests: list[bytes], seconds: float, *others: psutil.Process | None
    ) -> Sample:
        processes = (server.process, *others)
        before = cpu_seconds(processes)
        job = load.Job(server.port, requests, CONNECTIONS, seconds, first=next(self._position) * 101)
        sample = self.executor.submit(load.drive, job).result()
        sample.server_cpu = cpu_seconds(processes) - before
        return sample

    def measure(self, name: str, plan: Plan) -> Measured:
        """Floor, shop, floor, shop, …"""
        expected = {HOT: "201", SPREAD: "201", SOLD_OUT: "400"}.get(name, "200")
        result = Measured(self.place.kind, name, expected)
        self.subject(name, plan.warm_up)
        for _ in range(plan.rounds):
            result.floor.samples.append(self.floor(name, plan.seconds))
            result.subject.samples.append(self.subject(name, plan.seconds))
        return result


def prepared(where: Place) -> Stage:
    """The filled database; in a process of its own, as it needs an environment of its own."""
    target = where.folder / "stage.json"
    subprocess.run(
        [sys.executable, "-m", "benchmarks.stage", str(target)], env=where.environment, cwd=ROOT, check=True
    )
    return stage.read(target)


@contextmanager
def bench(kind: str, executor: Executor, settings: dict[str, str]) -> Iterator[Bench]:
    """A filled database with the shop and the bare program in front of it."""
    with ExitStack() as stack:
        where = stack.enter_context(place(kind, settings))
        made = prepared(where)
        yield Bench(
            where, made, stack.enter_context(shop(where)), stack.enter_context(hello(where)), executor
        )


def measure_all(
    kind: str, plan: Plan, executor: Executor, report: Callable[[Measured], None]
) -> list[Measured]:
    """Every measure on one database; ``report`` hears of each as soon as it is there."""
    results = []
    with bench(kind, executor, plan.settings) as running:
        for name in plan.names:
            results.append(result := running.measure(name, plan))
            report(result)
    return results
