"""No day is entered by more than it admits, whatever is sold for it and whoever changes what it admits.

Seen to fail with each guard removed. Without ``links`` in the conditional UPDATE of ``inventory``, sales on
PostgreSQL were missing from the days and bounds that came meanwhile. Without the size in it and the look
before (``wanted.check``), the database's CHECK still refused, and the crowd was told ``conflict``. With
all-days passes that draw on no day, twenty-two came to a day for ten. Without ``keep_from_sale`` whoever
deletes was told ``conflict``; without ``lock_and_relink`` a pass that had moved was counted where it was.
"""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, or_, select

from tests.factories import BuyerFactory, EventFactory
from tests.invariants.books import assert_books_add_up
from tests.races import crowd, deeds
from tests.services.pricing import day_pass, new_type
from ticketing.models import EventDay, Offer, Order, OrderItem, Quota
from ticketing.models.events import DAY_BASED
from ticketing.models.orders import CONFIRMED, PENDING
from ticketing.policy import SYSTEM
from ticketing.services import events, inventory

pytestmark = pytest.mark.races
CROWD, PLACES = 36, 10


@pytest.fixture
def buyers(committed: Any) -> list[int]:
    return [BuyerFactory().user_id for _ in range(CROWD)]


class Festival:
    """A type with a pass for each of two days and one for all of them; each day admits so many."""

    def __init__(self, capacity: int | None) -> None:
        event = EventFactory(pricing_type=DAY_BASED)
        self.event_id = event.id
        events.update(SYSTEM, event.id, capacity=capacity)
        passes = [day_pass(number, quantity=CROWD * 2) for number in (1, 2, None)]
        made = new_type(event, total_quantity=CROWD * 9, day_passes=passes)
        self.type_id = made.id
        self.first, self.second, self.all_days = (offer.id for offer in made.offers)

    def wishes(self, buyers: list[int]) -> list[tuple[Any, ...]]:
        """Every third buyer wants the first day, the second, all of them."""
        offers = (self.first, self.second, self.all_days)
        return [(buyer, (offers[number % 3], 1)) for number, buyer in enumerate(buyers)]


def admitted(db: Any, event_id: int) -> dict[int, int]:
    """Tickets that let somebody in, by the day's number, counted from the orders themselves."""
    db.session.expire_all()
    kept = func.coalesce(func.sum(OrderItem.quantity - OrderItem.returned), 0)
    rows = db.session.execute(
        select(EventDay.number, kept)
        .select_from(EventDay)
        .join(
            Offer, (Offer.event_id == EventDay.event_id) & or_(Offer.day_id == EventDay.id, Offer.is_all_days)
        )
        .join(OrderItem, OrderItem.offer_id == Offer.id)
        .join(Order, (Order.id == OrderItem.order_id) & Order.status.in_([PENDING, CONFIRMED]))
        .where(EventDay.event_id == event_id)
        .group_by(EventDay.number)
    )
    return {number: int(tickets) for number, tickets in rows}


def bounded(db: Any, event_id: int) -> dict[int, int]:
    """What each day admits, by its number."""
    rows = db.session.execute(
        select(EventDay.number, Quota.size)
        .join(Quota, Quota.id == EventDay.quota_id)
        .where(EventDay.event_id == event_id)
    )
    return {row.number: row.size for row in rows}


def test_passes_of_one_day_and_of_all_days_never_fill_a_day_twice(
    app: Flask, committed: Any, buyers: list[int]
) -> None:
    festival = Festival(PLACES)
    outcomes = crowd.of_threads(app, deeds.book, festival.wishes(buyers))
    assert set(outcomes) == {"done", "sold_out"}, outcomes
    assert admitted(committed, festival.event_id) == {1: PLACES, 2: PLACES}
    assert_books_add_up(committed.session)


def test_nor_when_four_processes_sell_them(database: Any, committed: Any, buyers: list[int]) -> None:
    festival = Festival(PLACES)
    outcomes = crowd.of_processes(database.url, deeds.book, festival.wishes(buyers))
    assert set(outcomes) == {"done", "sold_out"}, outcomes
    assert admitted(committed, festival.event_id) == {1: PLACES, 2: PLACES}
    assert_books_add_up(committed.session)


def _organized(festival: Festival, buyers: list[int]) -> list[tuple[Any, ...]]:
    """Sales, and in the midst of them an organizer who adds days and sets what each admits."""
    wanted: list[tuple[Any, ...]] = [(deeds.book, *wish) for wish in festival.wishes(buyers)]
    for number in (3, 4):
        wanted.insert(number * 6, (deeds.add_day, festival.type_id, number))
    for number, capacity in enumerate((CROWD, CROWD + 1)):
        wanted.insert(number * 9, (deeds.set_capacity, festival.event_id, capacity))
    return wanted


def _assert_every_day_is_counted(committed: Any, festival: Festival) -> None:
    most, found = bounded(committed, festival.event_id), admitted(committed, festival.event_id)
    assert set(most) == {1, 2, 3, 4}
    assert all(found.get(number, 0) <= size for number, size in most.items())
    assert_books_add_up(committed.session)


@pytest.mark.parametrize("capacity", [None, CROWD], ids=["bounded meanwhile", "bounded before"])
def test_days_and_bounds_that_come_while_tickets_are_sold_count_every_one_of_them(
    app: Flask, committed: Any, buyers: list[int], capacity: int | None
) -> None:
    for _ in range(3):
        festival = Festival(capacity)
        outcomes = crowd.of_threads(app, deeds.do, _organized(festival, buyers))
        assert outcomes == {"done": CROWD + 4}
        _assert_every_day_is_counted(committed, festival)


@pytest.mark.parametrize("capacity", [None, CROWD], ids=["bounded meanwhile", "bounded before"])
def test_and_so_they_do_when_four_processes_sell_them(
    database: Any, committed: Any, buyers: list[int], capacity: int | None
) -> None:
    festival = Festival(capacity)
    outcomes = crowd.of_processes(database.url, deeds.do, _organized(festival, buyers))
    assert outcomes == {"done": CROWD + 4}
    _assert_every_day_is_counted(committed, festival)


def in_the_midst_of_a_sale(
    app: Flask, monkeypatch: pytest.MonkeyPatch, buyer: int, offer: int, deed: Any
) -> tuple[Counter[str], Counter[str]]:
    """How a sale ends, and what is done by somebody else once it has read and written all but its stock."""
    ends, hold = Counter[str](), inventory.hold
    other = threading.Thread(target=lambda: ends.update(crowd.of_threads(app, deed, [()])))

    def hold_later(*given: Any) -> None:
        if other.ident is None:
            other.start()
            # Until it is done, or waits for the sale: on SQLite it always does.
            other.join(3)
        hold(*given)

    monkeypatch.setattr(inventory, "hold", hold_later)
    sale = crowd.of_threads(app, deeds.book, [(buyer, (offer, 1))])
    other.join()
    return sale, ends


def test_a_pass_is_not_deleted_under_a_sale(
    app: Flask, committed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    festival, buyer = Festival(PLACES), BuyerFactory().user_id
    offer = festival.first
    sale, deletion = in_the_midst_of_a_sale(
        app, monkeypatch, buyer, offer, lambda: deeds.delete_day_pass(offer)
    )
    assert (sale, deletion) == ({"done": 1}, {"has_sales": 1})
    assert_books_add_up(committed.session)


def test_a_pass_that_moves_under_a_sale_is_counted_on_the_day_where_it_is(
    app: Flask, committed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    festival, buyer = Festival(PLACES), BuyerFactory().user_id
    offer = festival.first
    deeds.delete_day_pass(festival.second)
    sale, move = in_the_midst_of_a_sale(app, monkeypatch, buyer, offer, lambda: deeds.move_day_pass(offer, 2))
    assert sale == {"done": 1}
    assert move in ({"done": 1}, {"day_fixed": 1})
    assert_books_add_up(committed.session)
