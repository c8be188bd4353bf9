"""Organizers save a grid of prices, and days, while tickets are sold: no stock is lost, and none is oversold.

Seen to fail with each guard removed. Without the version, both organizers were told "saved" and the sizes of
one were gone. Without ``keep_from_sale``, whoever emptied a cell under a sale was told ``conflict``.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.factories import BuyerFactory, EventFactory
from tests.invariants.books import assert_books_add_up
from tests.races import crowd, deeds
from tests.races.test_days import in_the_midst_of_a_sale
from tests.services.pricing import cell, day_pass, new_type
from ticketing.models import EventDay, Offer, Order, OrderItem, Quota
from ticketing.models.events import DAY_BASED, TIER_AND_DAY
from ticketing.models.orders import CONFIRMED, PENDING
from ticketing.policy import SYSTEM
from ticketing.queries import prices
from ticketing.services import events

pytestmark = pytest.mark.races
CROWD = 24


@pytest.fixture
def buyers(committed: Any) -> list[int]:
    return [BuyerFactory().user_id for _ in range(CROWD)]


class Festival:
    """Two tiers on two days, of which one cell is empty: few tickets each, at most so many a day."""

    def __init__(self, size: int = 5, capacity: int | None = 12) -> None:
        event = EventFactory(pricing_type=TIER_AND_DAY)
        events.update(SYSTEM, event.id, capacity=capacity)
        parts = [cell(1, 1, quantity=size), cell(1, 2, quantity=size), cell(2, 1, quantity=size)]
        made = new_type(event, total_quantity=size * 3, day_tier_prices=parts)
        self.event_id, self.type_id = event.id, made.id
        self.offers = [offer.id for offer in made.offers]

    def sales(self, buyers: list[int]) -> list[tuple[Any, ...]]:
        """Every buyer wants one ticket of one of the prices."""
        return [
            (deeds.book, buyer, (self.offers[number % len(self.offers)], 1))
            for number, buyer in enumerate(buyers)
        ]

    @property
    def version(self) -> str:
        return prices.sheet(self.event_id, self.type_id).version


def sizes(db: Any, festival: Festival) -> dict[int, int]:
    db.session.expire_all()
    rows = db.session.execute(
        select(Offer.id, Quota.size)
        .join(Quota, Quota.id == Offer.quota_id)
        .where(Offer.event_id == festival.event_id)
    )
    return {row.id: row.size for row in rows}


def taken(db: Any, festival: Festival) -> Counter[int]:
    """Tickets by offer, counted from the orders themselves."""
    rows = db.session.execute(
        select(OrderItem.offer_id, func.sum(OrderItem.quantity - OrderItem.returned))
        .join(Order, (Order.id == OrderItem.order_id) & Order.status.in_([PENDING, CONFIRMED]))
        .where(Order.event_id == festival.event_id)
        .group_by(OrderItem.offer_id)
    )
    return Counter({offer: int(number) for offer, number in rows})


def _assert_nothing_is_oversold(committed: Any, festival: Festival) -> None:
    most = sizes(committed, festival)
    for offer, number in taken(committed, festival).items():
        assert number <= most[offer]
    assert_books_add_up(committed.session)


@pytest.mark.parametrize("grows", [True, False], ids=["larger", "smaller"])
def test_of_two_organizers_one_saves_and_no_sale_is_lost_or_too_many(
    app: Flask, committed: Any, buyers: list[int], grows: bool
) -> None:
    for _ in range(3):
        festival = Festival()
        before = festival.version
        wanted = festival.sales(buyers)
        for size in (8, 9) if grows else (3, 4):
            wanted.insert(len(wanted) // 2, (deeds.save_grid, festival.type_id, before, size))
        outcomes = crowd.of_threads(app, deeds.do, wanted)
        assert set(outcomes) <= {"done", "sold_out", "stale", "invalid"}, outcomes
        saved = set(sizes(committed, festival).values())
        assert len(saved) == 1, "all of a grid, or nothing"
        if grows:
            assert outcomes["stale"] == 1
            assert saved < {8, 9}
        _assert_nothing_is_oversold(committed, festival)


def test_and_so_it_is_when_four_processes_sell(database: Any, committed: Any, buyers: list[int]) -> None:
    festival = Festival()
    before = festival.version
    wanted = festival.sales(buyers)
    for number, size in enumerate((8, 9)):
        wanted.insert(number * 7, (deeds.save_grid, festival.type_id, before, size))
    outcomes = crowd.of_processes(database.url, deeds.do, wanted)
    assert set(outcomes) <= {"done", "sold_out", "stale"}, outcomes
    assert outcomes["stale"] == 1
    _assert_nothing_is_oversold(committed, festival)


def test_a_price_that_is_removed_while_it_is_sold_was_either_sold_or_is_gone(
    app: Flask, committed: Any, buyers: list[int]
) -> None:
    for _ in range(4):
        festival = Festival()
        wanted: list[tuple[Any, ...]] = [(deeds.book, buyer, (festival.offers[2], 1)) for buyer in buyers[:6]]
        wanted.insert(3, (deeds.empty_cell, festival.type_id, festival.version))
        outcomes = crowd.of_threads(app, deeds.do, wanted)
        assert set(outcomes) <= {"done", "sold_out", "invalid", "unknown_offer", "not_found"}, outcomes
        is_there, sold = festival.offers[2] in sizes(committed, festival), taken(committed, festival)
        assert is_there == bool(sold), outcomes
        assert_books_add_up(committed.session)


def test_a_price_is_not_removed_under_a_sale_that_has_begun(
    app: Flask, committed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    festival, buyer = Festival(), BuyerFactory().user_id
    type_id, version = festival.type_id, festival.version
    sale, removal = in_the_midst_of_a_sale(
        app, monkeypatch, buyer, festival.offers[2], lambda: deeds.empty_cell(type_id, version)
    )
    assert (sale, removal) == ({"done": 1}, {"invalid": 1})
    assert_books_add_up(committed.session)


def test_a_day_that_is_removed_while_passes_for_all_days_are_sold_was_either_sold_or_is_gone(
    app: Flask, committed: Any, buyers: list[int]
) -> None:
    for _ in range(4):
        event = EventFactory(pricing_type=DAY_BASED)
        events.update(SYSTEM, event.id, capacity=50)
        made = new_type(event, day_passes=[day_pass(number, quantity=50) for number in (1, 2, None)])
        all_days = made.offers[2].id
        version = prices.version_of_days(prices.days_of(event.id))
        wanted: list[tuple[Any, ...]] = [(deeds.book, buyer, (all_days, 1)) for buyer in buyers[:6]]
        wanted.insert(0, (deeds.remove_day, event.id, version, 2))
        outcomes = crowd.of_threads(app, deeds.do, wanted)
        days = committed.session.scalars(select(EventDay.number).where(EventDay.event_id == event.id)).all()
        assert outcomes["done"] == (7 if list(days) == [1] else 6), outcomes
        assert set(outcomes) <= {"done", "invalid"}, outcomes
        assert_books_add_up(committed.session)
