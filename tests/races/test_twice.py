"""What may be told or asked twice, at the same moment too, happens once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from tests.factories import BuyerFactory, OfferFactory
from tests.invariants.books import assert_books_add_up
from tests.races import crowd, deeds
from ticketing import clock
from ticketing.gateways.sandbox import NAME, Sandbox
from ticketing.models import Event, LedgerEntry, Order, Payment, Refund, Ticket
from ticketing.policy import ANONYMOUS, SYSTEM
from ticketing.queries import orders as reading
from ticketing.services import accounts, events, ledger, orders
from ticketing.services.accounts import Person
from ticketing.services.idempotency import Idempotency
from ticketing.services.orders import Line, terms_for
from ticketing.services.payments import inbox, intents
from ticketing.services.payments.settle import settle

pytestmark = pytest.mark.races


def _paid_at_the_gateway(buyer: Any, offer_id: int, number: int = 2) -> tuple[int, str, bytes, str]:
    """An order whose buyer has just paid, and what the gateway tells us of it."""
    order_id = orders.place(buyer, [Line(offer_id, number)], terms=terms_for("web")).order_id
    reference = intents.start(buyer, order_id).intent.reference
    return order_id, reference, *Sandbox().decide(reference, approve=True)


def _count(session: Any, model: Any, *where: Any) -> int:
    return session.scalar(select(func.count()).select_from(model).where(*where))


def test_an_event_that_arrives_on_ten_threads_issues_tickets_and_books_money_once(
    app: Flask, committed: Any
) -> None:
    offer = OfferFactory(size=5)
    order_id, _, body, signature = _paid_at_the_gateway(BuyerFactory(), offer.id)
    outcomes = crowd.of_threads(app, inbox.receive, [(NAME, body, signature)] * 10)
    assert outcomes == {"done": 10}
    order = reading.detail(order_id)
    assert (order.status, order.amount_paid) == ("confirmed", order.amount_due)
    assert _count(committed.session, Ticket, Ticket.order_id == order_id) == 2
    paid = LedgerEntry.kind == "paid"
    assert _count(committed.session, LedgerEntry, LedgerEntry.order_id == order_id, paid) == 3
    assert ledger.balance_of(order.organization_id, order.currency) == order.subtotal
    assert_books_add_up(committed.session)


def test_a_payment_observed_by_webhook_and_sweep_at_once_is_settled_once(app: Flask, committed: Any) -> None:
    offer = OfferFactory(size=5)
    order_id, reference, _, _ = _paid_at_the_gateway(BuyerFactory(), offer.id)
    observed = Sandbox().look_up(reference)
    outcomes = crowd.of_threads(app, settle, [(NAME, reference, observed)] * 10)
    assert outcomes == {"done": 10}
    assert _count(committed.session, Ticket, Ticket.order_id == order_id) == 2
    assert reading.detail(order_id).amount_paid == reading.detail(order_id).amount_due
    assert_books_add_up(committed.session)


def test_a_payment_that_meets_the_sweep_of_its_hold_is_neither_lost_nor_seated_twice(
    app: Flask, committed: Any
) -> None:
    offer = OfferFactory(size=2)
    order_id, reference, _, _ = _paid_at_the_gateway(BuyerFactory(), offer.id)
    committed.session.execute(
        update(Order).where(Order.id == order_id).values(expires_at=clock.now() - timedelta(seconds=1))
    )
    committed.session.commit()
    observed = Sandbox().look_up(reference)
    rival = BuyerFactory().user_id
    outcomes = crowd.of_threads(
        app,
        deeds.do,
        [(settle, NAME, reference, observed)] * 3
        + [(deeds.expire,)] * 3
        + [(deeds.book, rival, (offer.id, 2))] * 3,
    )
    assert set(outcomes) <= {"done", "sold_out"}, outcomes
    order = reading.detail(order_id)
    was_seated = order.status == "confirmed"
    assert was_seated or order.amount_refunded == order.amount_paid == order.amount_due
    assert _count(committed.session, Ticket, Ticket.order_id == order_id) == (2 if was_seated else 0)
    assert_books_add_up(committed.session)


def test_an_order_that_is_cancelled_on_ten_threads_is_given_back_once(app: Flask, committed: Any) -> None:
    offer, buyer = OfferFactory(size=5), BuyerFactory()
    order_id, _, body, signature = _paid_at_the_gateway(buyer, offer.id)
    inbox.receive(NAME, body, signature)
    outcomes = crowd.of_threads(app, deeds.cancel, [(buyer.user_id, order_id)] * 10)
    assert outcomes == {"done": 1, "already_ended": 9}
    order = reading.detail(order_id)
    assert order.amount_refunded == order.amount_paid
    assert _count(committed.session, Refund, Refund.order_id == order_id) == 1
    assert ledger.balance_of(order.organization_id, order.currency) == 0
    assert_books_add_up(committed.session)


def test_one_request_sent_ten_times_under_one_key_places_one_order(app: Flask, committed: Any) -> None:
    offer, buyer = OfferFactory(size=5), BuyerFactory()
    once = Idempotency.of("orders", "a-key-of-the-client", b"{}")

    def place() -> None:
        orders.place(buyer, [Line(offer.id, 1)], terms=terms_for("btick"), once=once)

    assert crowd.of_threads(app, place, [()] * 10) == {"done": 10}
    assert _count(committed.session, Order, Order.event_id == offer.event_id) == 1
    assert_books_add_up(committed.session)


def test_an_address_that_signs_up_on_ten_threads_gets_one_account(app: Flask, committed: Any) -> None:
    person = Person("twice@example.org", "a long walk on the beach")
    outcomes = crowd.of_threads(app, accounts.register, [(ANONYMOUS, person)] * 10)
    assert outcomes == {"done": 1, "invalid": 9}


def test_a_payment_started_on_ten_threads_is_one_payment(app: Flask, committed: Any) -> None:
    offer, buyer = OfferFactory(size=5), BuyerFactory()
    order_id = deeds.book(buyer.user_id, (offer.id, 1))
    assert crowd.of_threads(app, intents.start, [(buyer, order_id)] * 10) == {"done": 10}
    assert _count(committed.session, Payment, Payment.order_id == order_id) == 1
    assert_books_add_up(committed.session)


def test_sales_that_meet_a_new_capacity_are_counted_in_it(app: Flask, committed: Any) -> None:
    """Seen to fail on PostgreSQL without ``links`` in the conditional UPDATE: sales that had read the old set
    of quotas were missing from the new one."""
    for _ in range(4):
        offer = OfferFactory(size=60)
        buyers = [BuyerFactory().user_id for _ in range(14)]
        changes = [
            (events.update, SYSTEM, offer.event_id),
            (events.update, SYSTEM, offer.event_id),
        ]
        crowd.of_threads(
            app,
            _with_capacity,
            [(deed, actor, key, 40 + number) for number, (deed, actor, key) in enumerate(changes)]
            + [(deeds.book, buyer, (offer.id, 2), None) for buyer in buyers],
        )
        committed.session.expire_all()
        assert committed.session.get(Event, offer.event_id).capacity in (40, 41)
        assert_books_add_up(committed.session)


def _with_capacity(deed: Any, actor: Any, subject: Any, capacity: int | None) -> None:
    if capacity is None:
        deed(actor, subject)
    else:
        deed(actor, subject, capacity=capacity)
