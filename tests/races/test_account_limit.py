"""However many orders one account places at once, it gets no more than its event lets it have.

Seen to fail on PostgreSQL with the account's lock taken out of ``limits.keep``: 13 orders were kept of the
eight that may be. (On SQLite a transaction that may write has the database to itself.)
"""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests.factories import BuyerFactory, EventFactory, OfferFactory
from tests.invariants.books import assert_books_add_up
from tests.races import crowd, deeds
from ticketing.models import Order, OrderItem

pytestmark = pytest.mark.races
ORDERS, MOST = 12, 4


def test_twelve_orders_at_once_leave_an_account_within_its_limit(app: Flask, committed: Any) -> None:
    offer = OfferFactory(event=EventFactory(tickets_per_account=MOST), size=100)
    buyers = [BuyerFactory().user_id for _ in range(2)]
    wanted = [(buyer, (offer.id, 1)) for buyer in buyers for _ in range(ORDERS)]
    outcomes = crowd.of_threads(app, deeds.book, wanted)
    assert outcomes == {"done": 2 * MOST, "account_limit": 2 * (ORDERS - MOST)}
    rows = committed.session.query(Order.user_id, OrderItem.quantity).join(OrderItem).all()
    assert {
        buyer: sum(row.quantity for row in rows if row.user_id == buyer) for buyer in buyers
    } == dict.fromkeys(buyers, MOST)
    assert_books_add_up(committed.session)
