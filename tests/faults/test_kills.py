"""Processes are killed while tickets are sold. Afterwards the shop sells again and the books add up."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack

import psutil
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from benchmarks.measures import prepared
from benchmarks.places import KINDS, Place, place
from benchmarks.servers import Server, shop
from tests.faults.buyers import Buyers
from tests.invariants.stock import assert_stock_adds_up
from tests.support.postgres import PostgresServer

pytestmark = [pytest.mark.faults]


@pytest.fixture(params=KINDS)
def shop_of(request: pytest.FixtureRequest) -> Iterator[tuple[Place, Server, Buyers]]:
    """The shop as ``make run`` starts it, filled, with four buyers who want the same offer."""
    with ExitStack() as stack:
        where = stack.enter_context(place(request.param))
        yield opened(stack, where)


def opened(stack: ExitStack, where: Place) -> tuple[Place, Server, Buyers]:
    made = prepared(where)
    server = stack.enter_context(shop(where))
    return where, server, Buyers(server.port, made.hot, made.tokens[:4])


def assert_nothing_is_lost(where: Place, buyers: Buyers) -> None:
    """What was confirmed to a buyer is there; every order is whole; stock and orders agree."""
    engine = create_engine(where.url)
    try:
        with Session(engine) as session:
            kept = set(session.scalars(text("SELECT id FROM orders")))
            assert set(buyers.orders) <= kept
            without_items = text(
                "SELECT count(*) FROM orders WHERE id NOT IN (SELECT order_id FROM order_items)"
            )
            assert session.scalar(without_items) == 0
            assert_stock_adds_up(session)
    finally:
        engine.dispose()


def named(server: Server, word: str) -> list[psutil.Process]:
    """The supervisor's children with that word in their command line."""
    return [each for each in server.process.children() if word in each.cmdline()]


def test_web_workers_that_are_killed_come_back(shop_of: tuple[Place, Server, Buyers]) -> None:
    where, server, buyers = shop_of
    with buyers.buying():
        for _ in range(3):
            buyers.wait_for(20)
            (web,) = named(server, "granian")
            for worker in web.children():
                worker.kill()
        buyers.wait_for(20)
    assert_nothing_is_lost(where, buyers)


def test_a_web_server_that_is_killed_comes_back(shop_of: tuple[Place, Server, Buyers]) -> None:
    where, server, buyers = shop_of
    with buyers.buying():
        for _ in range(2):
            buyers.wait_for(20)
            (web,) = named(server, "granian")
            os.killpg(web.pid, signal.SIGKILL)
            buyers.wait_for(20)
        (jobs,) = named(server, "jobs")
        jobs.kill()
        buyers.wait_for(20)
    assert_nothing_is_lost(where, buyers)


def test_what_was_confirmed_survives_a_power_cut_of_the_database() -> None:
    """PostgreSQL with its own settings for writing to disk; every process of it dies at once, twice."""
    with ExitStack() as stack:
        server = stack.enter_context(PostgresServer(durable=True))
        where = stack.enter_context(place("sqlite"))
        where = Place("postgresql", server.url("postgres"), where.folder)
        where, _, buyers = opened(stack, where)
        with buyers.buying():
            for _ in range(2):
                buyers.wait_for(50)
                server.crash()
                server.resume()
            buyers.wait_for(50)
        assert_nothing_is_lost(where, buyers)
    assert buyers.answers.keys() <= {"201", "500", "503", "lost"}
