"""Nobody sells what is not there.

Each test was seen to fail with the guards removed: the look at the stock before anything is written
(``wanted.check``), and ``held + sold <= size`` in the conditional UPDATE of ``inventory``. The look alone is
enough on SQLite, where a transaction that may write has the database to itself; on PostgreSQL everybody
passes it at once. Without both, the database's CHECK still refuses, and the crowd is told ``conflict``
instead of ``sold_out``; without that too, all forty got a ticket. With the stock read first and written as a
number afterwards, PostgreSQL sold 17 of the ten, and SQLite, begun as a reading transaction, turned most of
the crowd away as busy.
"""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests.factories import BuyerFactory, OfferFactory, QuotaFactory
from tests.invariants.books import assert_books_add_up
from tests.races import crowd, deeds
from ticketing.models import Quota

pytestmark = pytest.mark.races
CROWD, TICKETS = 40, 10


def _stock(db: Any, quota_id: int) -> tuple[int, int]:
    db.session.expire_all()
    quota = db.session.get(Quota, quota_id)
    return quota.held, quota.sold


@pytest.fixture
def buyers(committed: Any) -> list[int]:
    return [BuyerFactory().user_id for _ in range(CROWD)]


def test_forty_threads_get_exactly_the_ten_tickets_there_are(
    app: Flask, committed: Any, buyers: list[int]
) -> None:
    offer = OfferFactory(size=TICKETS)
    outcomes = crowd.of_threads(app, deeds.book, [(buyer, (offer.id, 1)) for buyer in buyers])
    assert outcomes == {"done": TICKETS, "sold_out": CROWD - TICKETS}
    assert _stock(committed, offer.quota_id) == (TICKETS, 0)
    assert_books_add_up(committed.session)


def test_forty_buyers_in_four_processes_get_exactly_the_ten_tickets_there_are(
    database: Any, committed: Any, buyers: list[int]
) -> None:
    offer = OfferFactory(size=TICKETS)
    outcomes = crowd.of_processes(database.url, deeds.book, [(buyer, (offer.id, 1)) for buyer in buyers])
    assert outcomes == {"done": TICKETS, "sold_out": CROWD - TICKETS}
    assert _stock(committed, offer.quota_id) == (TICKETS, 0)
    assert_books_add_up(committed.session)


def test_two_offers_together_never_exceed_the_capacity_that_they_share(
    app: Flask, committed: Any, buyers: list[int]
) -> None:
    first = OfferFactory(size=CROWD)
    shared = QuotaFactory(event=first.event, size=TICKETS, kind="event")
    first.quotas.append(shared)
    committed.session.commit()
    second = OfferFactory(event=first.event, size=CROWD, also=[shared])
    wanted = [(buyer, ((first, second)[number % 2].id, 1)) for number, buyer in enumerate(buyers)]
    outcomes = crowd.of_threads(app, deeds.book, wanted)
    assert outcomes == {"done": TICKETS, "sold_out": CROWD - TICKETS}
    assert _stock(committed, shared.id) == (TICKETS, 0)
    assert_books_add_up(committed.session)


def test_two_offers_sold_by_four_processes_never_exceed_the_capacity_that_they_share(
    database: Any, committed: Any, buyers: list[int]
) -> None:
    first = OfferFactory(size=CROWD)
    shared = QuotaFactory(event=first.event, size=TICKETS, kind="event")
    first.quotas.append(shared)
    committed.session.commit()
    second = OfferFactory(event=first.event, size=CROWD, also=[shared])
    wanted = [(buyer, ((first, second)[number % 2].id, 1)) for number, buyer in enumerate(buyers)]
    outcomes = crowd.of_processes(database.url, deeds.book, wanted)
    assert outcomes == {"done": TICKETS, "sold_out": CROWD - TICKETS}
    assert_books_add_up(committed.session)


def test_orders_that_take_several_offers_in_different_order_do_not_block_each_other(
    app: Flask, committed: Any, buyers: list[int]
) -> None:
    """Seen to fail with the UPDATEs in the lines' order and the retries switched off: deadlocks."""
    offers = [OfferFactory(size=CROWD)]
    offers += [OfferFactory(event=offers[0].event, size=CROWD) for _ in range(3)]
    ids = [offer.id for offer in offers]
    wanted = []
    for number, buyer in enumerate(buyers):
        turned = ids[number % 4 :] + ids[: number % 4]
        wanted.append((buyer, *((offer_id, 1) for offer_id in (turned if number % 2 else turned[::-1]))))
    outcomes = crowd.of_threads(app, deeds.book, wanted)
    assert outcomes == {"done": CROWD}
    assert_books_add_up(committed.session)
