"""A thousand visitors, twenty scanners: every ticket is held before two of them at the same moment."""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from uuid import uuid4

import pytest

from benchmarks.places import KINDS, Place, place
from benchmarks.servers import Server, shop
from tests.faults.stagedoor import DEVICES, VISITORS
from tests.faults.test_kills import named
from tests.faults.test_payments import run_program

pytestmark = [pytest.mark.faults]

PROGRAM = "tests.faults.stagedoor"


class Scanners:
    """Devices that scan on, each at its own pace, and say a scan again until there is an answer.

    :ivar results: how often each answer came, ``admitted``, ``refused`` or an HTTP status.
    :ivar waits: seconds that each answer took, failures included.
    """

    def __init__(self, port: int, house: dict[str, Any]) -> None:
        self.port, self.house = port, house
        self.results: Counter[str] = Counter()
        self.waits: list[float] = []

    def scan_all(self) -> float:
        """Every ticket at two devices at once; how many seconds it took."""
        begun = time.monotonic()
        crowd = [threading.Thread(target=self._work, args=(number,)) for number in range(DEVICES)]
        for thread in crowd:
            thread.start()
        for thread in crowd:
            thread.join(600)
        return time.monotonic() - begun

    def _work(self, number: int) -> None:
        """Devices ``2n`` and ``2n + 1`` see the same visitors in the same order."""
        share = self.house["codes"][number // 2 :: DEVICES // 2]
        for code in share:
            body = {"code": code, "scan_id": str(uuid4())}
            self.results[self._scan(self.house["passes"][number], body)] += 1

    def _scan(self, secret: str, body: dict[str, str]) -> str:
        end = time.monotonic() + 120
        while True:
            begun = time.monotonic()
            status, answer = 0, b""
            with contextlib.suppress(OSError, http.client.HTTPException):
                status, answer = self._ask(secret, body)
            self.waits.append(time.monotonic() - begun)
            if status == 200:
                return str(json.loads(answer)["result"])
            if 0 < status < 500 or time.monotonic() > end:
                return str(status)
            time.sleep(0.2)

    def _ask(self, secret: str, body: dict[str, str]) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {
            "Content-Type": "application/json",
            "Cookie": f"scanner={secret}",
            "Sec-Fetch-Site": "same-origin",
        }
        with contextlib.closing(connection):
            path = f"/checkin/{self.house['event']}/scans"
            connection.request("POST", path, json.dumps(body).encode(), headers)
            answer = connection.getresponse()
            return answer.status, answer.read()


@pytest.fixture(params=KINDS)
def doors(request: pytest.FixtureRequest) -> Iterator[tuple[Place, Server, Scanners]]:
    """The shop as ``make run`` starts it, with the limits on requests that it has by itself."""
    with ExitStack() as stack:
        where = stack.enter_context(place(request.param, {"RATELIMIT_ENABLED": "true"}))
        target = where.folder / "house.json"
        run_program(PROGRAM, where, "open", str(target))
        server = stack.enter_context(shop(where))
        yield where, server, Scanners(server.port, json.loads(target.read_text()))


def assert_each_came_in_once(where: Place, scanners: Scanners) -> None:
    """Of each ticket's two scans one admitted, and both were kept."""
    assert scanners.results == {"admitted": VISITORS, "refused": VISITORS}
    counted = json.loads(run_program(PROGRAM, where, "count"))
    assert counted == {
        "scans": {"admitted": VISITORS, "refused": VISITORS},
        "admitted_twice": 0,
        "most_admissions": 1,
        "findings": [],
    }


def test_twenty_scanners_manage_a_thousand_a_minute(doors: tuple[Place, Server, Scanners]) -> None:
    where, _server, scanners = doors
    took = scanners.scan_all()
    waits = sorted(scanners.waits)
    pace = len(waits) / took * 60
    slow = waits[int(len(waits) * 0.99)]
    sys.stdout.write(
        f"\n{where.kind}: {pace:.0f} scans a minute, 99 of 100 answered in {slow * 1000:.0f} ms\n"
    )
    assert_each_came_in_once(where, scanners)
    assert pace >= 1000
    assert slow < 2


class Killer(threading.Thread):
    """Kills a web worker every few seconds, without warning; granian calls more than that hopeless."""

    def __init__(self, server: Server) -> None:
        super().__init__(daemon=True)
        self.server, self.kills, self.dice, self.over = server, 0, random.Random(11), threading.Event()

    def run(self) -> None:
        """Until told that it is over."""
        while not self.over.wait(self.dice.uniform(6, 8)):
            for web in named(self.server, "granian"):
                for worker in web.children()[:1]:
                    worker.kill()
                    self.kills += 1


def test_a_door_that_is_told_again_after_a_crash_admits_nobody_twice(
    doors: tuple[Place, Server, Scanners],
) -> None:
    where, server, scanners = doors
    killer = Killer(server)
    killer.start()
    scanners.scan_all()
    killer.over.set()
    killer.join()
    lost = len(scanners.waits) - 2 * VISITORS
    sys.stdout.write(f"\n{where.kind}: {killer.kills} kills, {lost} scans were told again\n")
    assert killer.kills
    assert_each_came_in_once(where, scanners)
