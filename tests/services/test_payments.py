"""Starting a payment: once, by the buyer, over what the order costs, and however the gateway behaves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from tests.factories import BuyerFactory, OfferFactory, SupportFactory
from tests.invariants.books import books_add_up  # noqa: F401 (a fixture)
from tests.services.selling import Sale, code_for, paid_sale
from ticketing import clock
from ticketing.errors import Conflict, GatewayDown, Invalid, NotAllowed, NotFound
from ticketing.extensions import db as extension
from ticketing.gateways import Declined
from ticketing.gateways.sandbox import Sandbox
from ticketing.models import Event, Order
from ticketing.policy import SYSTEM
from ticketing.services import orders
from ticketing.services.idempotency import Idempotency
from ticketing.services.payments import checking, intents

pytestmark = pytest.mark.usefixtures("books_add_up")


def refusal(sale: Sale) -> str:
    with pytest.raises(Invalid) as refused:
        sale.start()
    return refused.value.code


def hold_ends(sale: Sale, seconds: float = 1) -> None:
    past = clock.now() - timedelta(seconds=seconds)
    extension.session.execute(update(Order).where(Order.id == sale.id).values(expires_at=past))
    extension.session.commit()


# ------------------------------------------------------------------ once


def test_starting_again_finds_the_payment_that_is_open() -> None:
    sale = Sale()
    assert sale.start().intent.reference == sale.start().intent.reference
    assert [payment.status for payment in sale.payments] == ["open"]


def test_the_same_key_finds_the_same_payment_and_another_request_is_a_conflict() -> None:
    sale = Sale()
    once = Idempotency.of("pay", "key", b"{}")
    first = intents.start(sale.buyer, sale.id, once=once)
    assert intents.start(sale.buyer, sale.id, once=once).payment.id == first.payment.id
    with pytest.raises(Conflict):
        intents.start(sale.buyer, sale.id, once=Idempotency.of("pay", "key", b"[]"))


def test_a_payment_has_no_name_before_its_gateway_has_given_it_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def down(_self: Sandbox, **_details: Any) -> Any:
        raise GatewayDown

    sale = Sale()
    with monkeypatch.context() as patch:
        patch.setattr(Sandbox, "open_intent", down)
        with pytest.raises(GatewayDown):
            sale.start()
    assert [payment.is_unnamed for payment in sale.payments] == [True]
    monkeypatch.setattr(Sandbox, "look_up", down)
    assert checking.status(sale.buyer, sale.id).status == "requires_payment_method"
    assert not sale.start().payment.is_unnamed


def test_a_payment_that_was_withdrawn_at_the_gateway_is_followed_by_a_new_one() -> None:
    sale = Sale()
    sale.start()
    Sandbox().cancel(sale.reference)
    first = sale.reference
    assert sale.start().intent.reference != first
    assert [payment.status for payment in sale.payments] == ["cancelled", "open"]


def test_a_payment_that_was_made_meanwhile_is_settled_when_it_is_looked_for() -> None:
    sale = Sale()
    sale.start()
    Sandbox().decide(sale.reference, True)
    assert sale.start().intent.status == "succeeded"
    assert sale.money == ("confirmed", 5250, 0)


def test_another_gateway_in_the_settings_takes_over(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    sale = Sale()
    sale.start()
    monkeypatch.setitem(app.config, "PAYMENT_GATEWAY", "stripe")
    monkeypatch.setattr(intents, "gateway_named", lambda _name: Sandbox())
    sale.start()
    assert [(one.gateway, one.status) for one in sale.payments] == [
        ("sandbox", "cancelled"),
        ("stripe", "open"),
    ]
    assert sale.promised() == ["payment.withdraw"]


# ------------------------------------------------------------------ by whom, and when


def test_only_the_buyer_pays() -> None:
    sale = Sale()
    with pytest.raises(NotFound):
        intents.start(BuyerFactory(), sale.id)
    with pytest.raises(NotAllowed):
        intents.start(SupportFactory(), sale.id)
    assert sale.payments == []


def test_an_order_whose_time_is_over_or_that_has_ended_cannot_be_paid() -> None:
    sale = Sale()
    hold_ends(sale)
    assert refusal(sale) == "hold_ended"
    orders.expire_due()
    assert refusal(sale) == "not_payable"
    assert refusal(paid_sale()) == "not_payable"


def test_an_order_of_an_event_that_was_called_off_cannot_be_paid() -> None:
    sale = Sale()
    extension.session.execute(update(Event).where(Event.id == sale.offer.event_id).values(status="cancelled"))
    extension.session.commit()
    assert refusal(sale) == "event_cancelled"


def test_where_nothing_is_due_nothing_is_paid() -> None:
    offer = OfferFactory(price=2500)
    assert (
        refusal(Sale(offer=offer, code=code_for(offer, value=10_000).code, channel="btick")) == "nothing_due"
    )


def test_a_free_order_on_the_web_is_confirmed_without_a_gateway() -> None:
    sale = Sale(price=0)
    assert (sale.money, sale.payments) == (("confirmed", 0, 0), [])
    assert (sale.tickets, sale.stock) == (["active", "active"], (0, 2))


def test_a_buyer_who_meets_sold_out_gets_the_tickets_of_a_hold_that_has_ended() -> None:
    sale = Sale(size=2)
    hold_ends(sale)
    other = Sale(offer=sale.offer)
    assert (other.money[0], sale.money[0]) == ("pending", "expired")


# ------------------------------------------------------------------ however the gateway behaves


@pytest.mark.parametrize("once", [None, Idempotency.of("pay", "key", b"{}")])
def test_a_gateway_that_is_down_leaves_the_hold_and_the_next_try_is_another_payment(
    monkeypatch: pytest.MonkeyPatch, once: Idempotency | None
) -> None:
    sale = Sale()
    open_intent = Sandbox.open_intent

    def answer_lost(self: Sandbox, **asked: Any) -> Any:
        open_intent(self, **asked)
        raise GatewayDown

    with monkeypatch.context() as patch:
        patch.setattr(Sandbox, "open_intent", answer_lost)
        with pytest.raises(GatewayDown):
            intents.start(sale.buyer, sale.id, once=once)
    assert (sale.money[0], sale.stock) == ("pending", (2, 0))
    started = intents.start(sale.buyer, sale.id, once=once)
    assert [payment.status for payment in sale.payments] == ["cancelled", "open"]
    assert "payment.withdraw" not in sale.promised()
    sale.pay(reference=started.intent.reference)
    assert sale.money == ("confirmed", 5250, 0)


def test_an_amount_that_the_gateway_does_not_take_is_refused_and_the_order_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sale = Sale()

    def decline(*_given: Any, **_asked: Any) -> Any:
        raise Declined("amount too small")

    with monkeypatch.context() as patch:
        patch.setattr(Sandbox, "open_intent", decline)
        assert refusal(sale) == "not_payable"
    assert ([payment.status for payment in sale.payments], sale.stock) == (["cancelled"], (2, 0))
    sale.pay()
    assert sale.money == ("confirmed", 5250, 0)


def test_no_gateway_is_asked_inside_a_transaction() -> None:
    """Every call of the sandbox asserts it (``assert_none_open``); here the whole life of an order passes."""
    sale = paid_sale()
    assert checking.check(sale.buyer, sale.id) is None
    assert checking.status(sale.buyer, sale.id).status == "succeeded"
    checking.withdraw(sale.payments[0].id)
    orders.give_back(SYSTEM, sale.id)
    assert sale.money == ("cancelled", 5250, 5250)


def test_a_buyer_who_comes_back_learns_how_it_stands() -> None:
    sale = Sale()
    with pytest.raises(NotFound):
        checking.status(sale.buyer, sale.id)
    sale.start()
    assert checking.status(sale.buyer, sale.id).status == "requires_payment_method"
    Sandbox().decide(sale.reference, True)
    seen = checking.check(sale.buyer, sale.id)
    assert seen is not None
    assert (seen.state, sale.money) == ("paid", ("confirmed", 5250, 0))
    with pytest.raises(NotFound):
        checking.check(BuyerFactory(), sale.id)
