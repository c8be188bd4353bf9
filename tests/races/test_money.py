"""Money that several people move at the same moment: nothing is lost, nothing is given twice.

Seen to fail with a guard removed:

- the order's lock in ``refunding._promise``: on PostgreSQL refunds run into the conditional UPDATE of the
  payment (``MoreThanPaid``), and without that too, into the database's CHECK;
- ``used < max_uses`` in ``promotions._count_up``: on both, buyers are told ``conflict`` by the CHECK;
- the look at an account's own uses before the code's row is locked: on PostgreSQL eleven orders, not two;
- the conditions of ``inbox._lease``: on both, the gateway is asked by several workers;
- the order's lock in ``change_code``: on PostgreSQL a code that three orders keep counted nine uses;
- the order's lock in ``cancel``: on PostgreSQL stock and money of one order were given back several times, as
  far as the database let them;
- the order's lock in ``settle``: on PostgreSQL the money of a cancelled order did not go back;
- the withdrawal in ``intents._attach``: a cancelled order could still be paid at the gateway.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories import BuyerFactory, OfferFactory, OrganizationFactory, PromoCodeFactory
from tests.invariants.books import assert_books_add_up
from tests.races import crowd, deeds
from ticketing.extensions import db as extension
from ticketing.gateways.sandbox import NAME, Sandbox
from ticketing.jobs import outbox
from ticketing.models import GatewayEvent, Offer, Order, Payment, PromoCode, Refund
from ticketing.policy import SYSTEM, Actor
from ticketing.queries import orders as reading
from ticketing.services import events, orders, refunds
from ticketing.services.orders import Line, cancelling, terms_for
from ticketing.services.payments import checking, inbox, intents

pytestmark = pytest.mark.races
ROUNDS = 3


def _started(offer: Offer, buyer: Actor) -> tuple[int, str]:
    """An order of two tickets whose payment is open; its id and the payment's reference."""
    order_id = orders.place(buyer, [Line(offer.id, 2)], terms=terms_for("web")).order_id
    return order_id, intents.start(buyer, order_id).intent.reference


def _paid(offer: Offer, buyer: Actor) -> tuple[int, str]:
    order_id, reference = _started(offer, buyer)
    inbox.receive(NAME, *Sandbox().decide(reference, True))
    return order_id, reference


def _order(order_id: int) -> Order:
    extension.session.expire_all()
    return reading.detail(order_id)


def _money(order_id: int) -> tuple[str, int, int]:
    order = _order(order_id)
    return order.status, order.amount_paid, order.amount_refunded


def _carry_out_all() -> None:
    for refund_id in extension.session.scalars(select(Refund.id)).all():
        refunds.carry_out(refund_id)


# ------------------------------------------------------------------ refunds


def test_ten_partial_refunds_at_once_give_back_what_was_paid_and_no_more(app: Flask, committed: Any) -> None:
    order_id, reference = _paid(OfferFactory(size=9), BuyerFactory())
    outcomes = crowd.of_threads(app, deeds.give_back, [(order_id, "10.00")] * 10)
    assert outcomes == {"done": 5, "more_than_paid": 5}
    assert _money(order_id) == ("confirmed", 5250, 5000)
    assert Sandbox().look_up(reference).refunded == 5000
    assert_books_add_up(committed.session)


def test_ten_partial_refunds_of_four_processes_give_back_no_more_either(
    database: Any, committed: Any
) -> None:
    order_id, reference = _paid(OfferFactory(size=9), BuyerFactory())
    outcomes = crowd.of_processes(database.url, deeds.give_back, [(order_id, "10.00")] * 10)
    assert outcomes == {"done": 5, "more_than_paid": 5}
    assert Sandbox().look_up(reference).refunded == 5000
    assert_books_add_up(committed.session)


def test_two_refunds_that_do_not_fit_together_are_one(app: Flask, committed: Any) -> None:
    offer, buyer = OfferFactory(size=9), BuyerFactory()
    for _ in range(ROUNDS):
        order_id, _ = _paid(offer, buyer)
        outcomes = crowd.of_threads(app, deeds.give_back, [(order_id, "30.00")] * 2)
        assert outcomes == {"done": 1, "more_than_paid": 1}
        assert _money(order_id) == ("confirmed", 5250, 3000)
    assert_books_add_up(committed.session)


def test_a_refund_that_meets_a_cancellation_gives_all_back_once(app: Flask, committed: Any) -> None:
    offer, buyer = OfferFactory(size=9), BuyerFactory()
    for _ in range(ROUNDS):
        order_id, reference = _paid(offer, buyer)
        outcomes = crowd.of_threads(
            app,
            deeds.do,
            [(deeds.cancel, buyer.user_id, order_id)] * 2
            + [(deeds.give_back, order_id, "20.00")] * 2
            + [(deeds.give_all_back, order_id)] * 2,
        )
        assert set(outcomes) <= {"done", "already_ended", "not_confirmed", "more_than_paid", "nothing_paid"}
        assert _money(order_id) == ("cancelled", 5250, 5250)
        _carry_out_all()
        assert Sandbox().look_up(reference).refunded == 5250
    assert_books_add_up(committed.session)


# ------------------------------------------------------------------ promo codes


def _code(**limits: int) -> tuple[Offer, PromoCode]:
    organization = OrganizationFactory()
    code = PromoCodeFactory(organization=organization, **limits)
    return OfferFactory(event__organization=organization, size=99), code


def _uses(code: PromoCode) -> int:
    extension.session.expire_all()
    return extension.session.get_one(PromoCode, code.id).used


def test_the_last_uses_of_a_code_go_to_as_many_buyers_as_there_are_uses(app: Flask, committed: Any) -> None:
    offer, code = _code(max_uses=3)
    wanted = [(BuyerFactory().user_id, offer.id, code.code) for _ in range(20)]
    outcomes = crowd.of_threads(app, deeds.book_with, wanted)
    assert outcomes == {"done": 3, "code_used_up": 17}
    assert _uses(code) == 3
    assert_books_add_up(committed.session)


def test_the_last_uses_of_a_code_are_shared_out_over_processes_too(database: Any, committed: Any) -> None:
    offer, code = _code(max_uses=3)
    wanted = [(BuyerFactory().user_id, offer.id, code.code) for _ in range(12)]
    outcomes = crowd.of_processes(database.url, deeds.book_with, wanted)
    assert outcomes == {"done": 3, "code_used_up": 9}
    assert_books_add_up(committed.session)


def test_one_account_on_many_threads_uses_a_code_as_often_as_it_may(app: Flask, committed: Any) -> None:
    offer, code = _code(max_uses_per_account=2)
    buyer = BuyerFactory().user_id
    outcomes = crowd.of_threads(app, deeds.book_with, [(buyer, offer.id, code.code)] * 12)
    assert outcomes == {"done": 2, "code_used_by_account": 10}
    assert _uses(code) == 2
    assert_books_add_up(committed.session)


# ------------------------------------------------------------------ what gateways tell us


def test_workers_that_meet_at_one_event_ask_the_gateway_once(
    app: Flask, committed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id, reference = _started(OfferFactory(size=9), BuyerFactory())
    with monkeypatch.context() as patch:
        patch.setattr(inbox, "process", lambda _row: False)
        row = inbox.receive(NAME, *Sandbox().decide(reference, True))
    asked: list[str] = []
    look_up = Sandbox.look_up

    def noting(self: Sandbox, about: str) -> Any:
        asked.append(about)
        return look_up(self, about)

    monkeypatch.setattr(Sandbox, "look_up", noting)
    assert crowd.of_threads(app, inbox.process, [(row,)] * 6) == {"done": 6}
    assert asked == [reference]
    assert committed.session.get_one(GatewayEvent, row, populate_existing=True).attempts == 1
    assert _money(order_id) == ("confirmed", 5250, 0)
    assert_books_add_up(committed.session)


def test_a_payment_that_meets_its_order_s_cancellation_is_given_back(app: Flask, committed: Any) -> None:
    offer, buyer = OfferFactory(size=9), BuyerFactory()
    for _ in range(ROUNDS):
        order_id, reference = _started(offer, buyer)
        told = Sandbox().decide(reference, True)
        outcomes = crowd.of_threads(
            app,
            deeds.do,
            [(inbox.receive, NAME, *told)] * 2 + [(deeds.cancel, buyer.user_id, order_id)] * 2,
        )
        assert outcomes == {"done": 3, "already_ended": 1}
        assert _money(order_id) == ("cancelled", 5250, 5250)
    assert_books_add_up(committed.session)


# ------------------------------------------------------------------ prices that change while somebody pays


def test_a_payment_started_while_the_price_changes_is_over_the_price_that_stays(
    app: Flask, committed: Any
) -> None:
    offer, code = _code()
    buyer = BuyerFactory()
    for _ in range(ROUNDS):
        order_id = orders.place(buyer, [Line(offer.id, 2)], terms=terms_for("web")).order_id
        outcomes = crowd.of_threads(
            app,
            deeds.do,
            [(intents.start, buyer, order_id)] * 3
            + [(orders.change_code, buyer, order_id, text) for text in (code.code, "")] * 3,
        )
        assert outcomes == {"done": 9}
        order = _order(order_id)
        waiting = [payment for payment in order.payments if payment.status == "open"]
        assert [payment.amount for payment in waiting] in ([], [order.amount_due])
        _nothing_withdrawn_can_be_paid(order)
    assert_books_add_up(committed.session)


def _nothing_withdrawn_can_be_paid(order: Order) -> None:
    withdrawn = [payment.id for payment in order.payments if payment.status == "cancelled"]
    for payment_id in withdrawn:
        checking.withdraw(payment_id)
        payment = extension.session.get_one(Payment, payment_id, populate_existing=True)
        assert Sandbox().look_up(payment.reference).state == "cancelled"


def test_a_payment_started_while_its_order_is_cancelled_is_withdrawn_at_the_gateway(
    app: Flask, committed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order ends while the gateway is being asked, and the promise to withdraw is kept before the payment
    has its name."""
    buyer = BuyerFactory()
    order_id = orders.place(buyer, [Line(OfferFactory().id, 2)], terms=terms_for("web")).order_id
    open_intent = Sandbox.open_intent

    def slow(self: Sandbox, **asked: Any) -> Any:
        crowd.of_threads(app, _end, [(buyer, order_id)])
        return open_intent(self, **asked)

    monkeypatch.setattr(Sandbox, "open_intent", slow)
    reference = intents.start(buyer, order_id).intent.reference
    _withdraw_as_promised()
    assert Sandbox().look_up(reference).state == "cancelled"
    assert [payment.status for payment in _order(order_id).payments] == ["cancelled"]
    assert_books_add_up(committed.session)


def _end(buyer: Actor, order_id: int) -> None:
    orders.cancel(buyer, order_id)
    _withdraw_as_promised()


def _withdraw_as_promised() -> None:
    outbox.deliver_due()


# ------------------------------------------------------------------ events that are called off


def test_an_event_called_off_while_its_buyers_pay_keeps_nobody_s_money(app: Flask, committed: Any) -> None:
    offer = OfferFactory(size=60)
    made = [_started(offer, BuyerFactory()) for _ in range(6)]
    paid = [_paid(offer, BuyerFactory())[0] for _ in range(3)]
    others = [BuyerFactory().user_id for _ in range(4)]
    told = [Sandbox().decide(reference, True) for _, reference in made]
    outcomes = crowd.of_threads(
        app,
        deeds.do,
        [(inbox.receive, NAME, *one) for one in told]
        + [(deeds.book, buyer, (offer.id, 1)) for buyer in others]
        + [(events.cancel, SYSTEM, offer.event_id), (cancelling.wind_up, offer.event_id)],
    )
    assert set(outcomes) <= {"done", "not_on_sale"}, outcomes
    cancelling.wind_up(offer.event_id)
    states = Counter(_money(order_id) for order_id in (*paid, *(order_id for order_id, _ in made)))
    assert states == {("cancelled", 5250, 5250): 9}
    left = select(Order.id).where(
        Order.event_id == offer.event_id, Order.status.in_(("pending", "confirmed"))
    )
    assert committed.session.scalars(left).all() == []
    assert_books_add_up(committed.session)
