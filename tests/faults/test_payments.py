"""The shop is killed again and again while two hundred people order and pay. Afterwards, with every job run
once more, each payment has bought its tickets or was given back, and the books add up."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from benchmarks.places import KINDS, Place, place
from benchmarks.servers import Server, shop
from tests.faults.payers import Payers
from tests.faults.playhouse import SEATS
from tests.faults.test_kills import named
from tests.support.stripe_standin import StripeStandIn
from ticketing.config import ROOT

pytestmark = [pytest.mark.faults]


@pytest.fixture(params=KINDS)
def scene(request: pytest.FixtureRequest) -> Iterator[tuple[Place, Server, Payers]]:
    """The shop as ``make run`` starts it, with a stand-in for Stripe; holds last half a minute."""
    with ExitStack() as stack:
        stripe = stack.enter_context(StripeStandIn())
        settings = stripe.environment | {"HOLD_MINUTES": "0.5"}
        where = stack.enter_context(place(request.param, settings))
        target = where.folder / "house.json"
        run(where, "open", str(target))
        server = stack.enter_context(shop(where))
        yield where, server, Payers(server.port, json.loads(target.read_text()), stripe)


def run(where: Place, *command: str) -> str:
    """What ``tests.faults.playhouse`` printed."""
    return run_program("tests.faults.playhouse", where, *command)


def run_program(name: str, where: Place, *command: str) -> str:
    """What a program of ours printed that ran in the shop's environment."""
    done = subprocess.run(
        [sys.executable, "-m", name, *command],
        env=where.environment,
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
    )
    return done.stdout.decode()


class Killer:
    """Kills without warning: a web worker, and now and then the whole web server or the jobs process. Each is
    left alone for a while after its start, or granian and the supervisor would rightly call it hopeless."""

    PAUSE, REST = 6.0, 21.0

    def __init__(self, server: Server) -> None:
        self.server, self.dice, self.kills = server, random.Random(7), 0
        now = time.monotonic()
        self._next, self._again_at = now, {"granian": now + 15, "jobs": now + 9}

    def strike(self) -> None:
        """Kill whatever may be killed now, if anything."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + self.PAUSE
        due = [word for word, moment in self._again_at.items() if moment <= now]
        if due:
            word = self.dice.choice(due)
            self._again_at[word] = now + self.REST
            for victim in named(self.server, word):
                os.killpg(victim.pid, signal.SIGKILL)
        else:
            for web in named(self.server, "granian"):
                for worker in web.children():
                    worker.kill()
        self.kills += 1


def outcomes(where: Place) -> dict[str, Any]:
    """Each paid intent's order: its status, and what of the money it keeps."""
    engine = create_engine(where.url)
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT payments.reference, orders.status, payments.status AS payment,"
                " payments.amount_received, payments.amount_refunded"
                " FROM payments JOIN orders ON orders.id = payments.order_id"
            )
        ).all()
        confirmed = connection.scalar(text("SELECT count(*) FROM orders WHERE status = 'confirmed'"))
    engine.dispose()
    return {"rows": {row.reference: row for row in rows}, "confirmed": confirmed}


def test_no_payment_is_lost_however_often_the_shop_is_killed(scene: tuple[Place, Server, Payers]) -> None:
    where, server, payers = scene
    killer, begun = Killer(server), time.monotonic()
    with payers.at_it():
        while payers.wait_for_answers(killer.dice.randrange(5, 20), patience=60):
            killer.strike()
    assert payers.all_served, dict(payers.answers)
    assert killer.kills >= 5
    time.sleep(max(0.0, 31 - (time.monotonic() - begun)))
    payers.pay_late()
    assert run(where, "heal") == ""
    found = outcomes(where)
    intents = payers.stripe.books.intents
    paid = {name for name, intent in intents.items() if intent["status"] == "succeeded"}
    counted = f"{killer.kills} kills, {len(paid)} paid, {found['confirmed']} confirmed"
    sys.stdout.write(f"\n{where.kind}: {counted}, {dict(payers.answers)}\n")
    assert paid
    kept_money = 0
    for name in paid:
        row = found["rows"][name]
        charge = payers.stripe.books.charges[intents[name]["latest_charge"]]
        assert row.payment == "paid"
        assert row.amount_refunded == charge["amount_refunded"], row
        if row.status == "confirmed":
            assert charge["amount_refunded"] == 0, row
            kept_money += 1
        else:
            assert charge["amount_refunded"] == charge["amount"] == row.amount_received, row
    assert found["confirmed"] == kept_money <= SEATS
