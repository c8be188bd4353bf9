"""Orders live and end in any order, and the books add up at every step.

Seen to fail with each of these removed in turn: the two guards of the size (the look before and the
conditional UPDATE), the release of a cancelled hold, the quotas beside an offer's own in ``demand_of``.
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine
from sqlalchemy import exists, select, update

from tests.factories import BuyerFactory, OfferFactory, QuotaFactory
from tests.invariants.books import assert_books_add_up
from tests.invariants.stock import assert_stock_adds_up
from tests.races import crowd, deeds
from ticketing import clock
from ticketing.errors import Invalid, SoldOut
from ticketing.extensions import db as extension
from ticketing.models import Order
from ticketing.policy import SYSTEM, Actor
from ticketing.queries import orders as reading
from ticketing.services import events, inventory, orders
from ticketing.services.orders import Line, terms_for

SIZE, CAPACITY = 6, 9


class Box(RuleBasedStateMachine):
    """Two offers of six tickets each under a capacity of nine, and one buyer who changes his mind."""

    placed = Bundle("placed")
    buyer: Actor

    def __init__(self) -> None:
        super().__init__()
        first = OfferFactory(size=SIZE)
        shared = QuotaFactory(event=first.event, size=CAPACITY, kind="event")
        first.quotas.append(shared)
        extension.session.commit()
        second = OfferFactory(event=first.event, size=SIZE, also=[shared])
        self.offers, self.event_id = (first.id, second.id), first.event_id
        self.buyer = BuyerFactory()

    @rule(target=placed, first=st.integers(0, 4), second=st.integers(0, 4))
    def place(self, first: int, second: int) -> Any:
        lines = [Line(offer, n) for offer, n in zip(self.offers, (first, second), strict=True) if n]
        if not lines:
            return multiple()
        left = inventory.available(self.offers)
        fits = all(left[line.offer] >= line.quantity for line in lines)
        try:
            order = orders.place(self.buyer, lines, terms=terms_for("btick")).order_id
        except SoldOut:
            assert not fits or first + second > min(left.values())
            return multiple()
        return order

    @rule(order=placed)
    def confirm(self, order: int) -> None:
        with suppress(Invalid):
            orders.confirm(SYSTEM, order)

    @rule(order=placed)
    def cancel(self, order: int) -> None:
        with suppress(Invalid):
            orders.cancel(self.buyer, order)

    @rule(order=placed)
    def refund(self, order: int) -> None:
        with suppress(Invalid):
            orders.refund(SYSTEM, order)

    @rule(order=consumes(placed))
    def run_out_of_time(self, order: int) -> None:
        extension.session.execute(
            update(Order)
            .where(Order.id == order, Order.status == "pending")
            .values(expires_at=clock.now() - timedelta(seconds=1))
        )
        extension.session.commit()

    @rule()
    def sweep(self) -> None:
        orders.expire_due()

    @rule(capacity=st.none() | st.integers(CAPACITY - 4, CAPACITY + 4))
    def change_capacity(self, capacity: int | None) -> None:
        with suppress(Invalid):
            events.update(SYSTEM, self.event_id, capacity=capacity)

    @invariant()
    def the_stock_adds_up(self) -> None:
        extension.session.expire_all()
        assert_stock_adds_up(extension.session)

    def teardown(self) -> None:
        if extension.session.scalar(select(exists().where(Order.event_id == self.event_id))):
            assert_books_add_up(extension.session)

    @invariant()
    def what_was_given_back_was_paid(self) -> None:
        for order in reading.of_event(SYSTEM, self.event_id, 1000):
            assert 0 <= order.amount_refunded <= order.amount_paid
            if order.status == "cancelled":
                assert order.amount_refunded == order.amount_paid


def test_the_books_add_up_after_any_sequence_of_deeds(db: Any) -> None:
    often = int(os.environ.get("HYPOTHESIS_EXAMPLES", "12"))
    run_machine(
        Box,
        settings=settings(
            max_examples=often,
            stateful_step_count=18,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.races
def test_orders_that_are_placed_confirmed_cancelled_and_expired_at_once_leave_the_books_in_order(
    app: Any, committed: Any
) -> None:
    first = OfferFactory(size=30)
    shared = QuotaFactory(event=first.event, size=40, kind="event")
    first.quotas.append(shared)
    committed.session.commit()
    second = OfferFactory(event=first.event, size=30, also=[shared])
    buyer = BuyerFactory()
    made = [deeds.book(buyer.user_id, (first.id, 1), (second.id, 1)) for _ in range(12)]
    committed.session.execute(
        update(Order).where(Order.id.in_(made[:6])).values(expires_at=clock.now() - timedelta(seconds=1))
    )
    committed.session.commit()
    wanted: list[tuple[Any, ...]] = [(deeds.book, buyer.user_id, (second.id, 2), (first.id, 1))] * 6
    for order in made:
        wanted += [(deeds.cancel, buyer.user_id, order), (deeds.confirm, order)]
    wanted += [(deeds.expire,)] * 4
    outcomes = crowd.of_threads(app, deeds.do, wanted)
    refusals = {"done", "sold_out", "not_pending", "hold_ended", "already_ended"}
    assert set(outcomes) <= refusals, outcomes
    committed.session.expire_all()
    assert_books_add_up(committed.session)
