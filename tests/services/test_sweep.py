"""The sweep asks about payments that nobody told us of; all of them have their turn."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from tests.factories import BuyerFactory, OfferFactory
from tests.invariants.books import books_add_up  # noqa: F401 (a fixture)
from tests.services.selling import Sale
from ticketing import clock
from ticketing.errors import GatewayDown
from ticketing.extensions import db as extension
from ticketing.gateways.sandbox import Sandbox
from ticketing.models import Payment
from ticketing.services import orders
from ticketing.services.payments import sweep

pytestmark = pytest.mark.usefixtures("books_add_up")


def wait(minutes: float, **values: Any) -> None:
    """All payments were last heard of so long ago."""
    then = clock.now() - timedelta(minutes=minutes)
    extension.session.execute(update(Payment).values(updated_at=then, **values))
    extension.session.commit()


def waiting_sale(**details: Any) -> Sale:
    sale = Sale(**details)
    sale.start()
    return sale


def test_a_lost_webhook_costs_minutes_not_an_order() -> None:
    sale = waiting_sale()
    Sandbox().decide(sale.reference, True)
    assert sweep.check_open_payments() == 0
    wait(4)
    assert sweep.check_open_payments() == 1
    assert sale.money == ("confirmed", 5250, 0)


def test_a_payment_of_an_order_that_has_expired_is_still_asked_about() -> None:
    sale = waiting_sale()
    Sandbox().decide(sale.reference, True)
    sale.run_out()
    wait(4)
    assert sweep.check_open_payments() == 1
    assert sale.money == ("confirmed", 5250, 0)


@pytest.mark.parametrize("end", ["declined", "cancelled"])
def test_what_was_declined_or_withdrawn_there_is_closed_here(end: str) -> None:
    sale = waiting_sale()
    if end == "declined":
        Sandbox().decide(sale.reference, False)
    else:
        Sandbox().cancel(sale.reference)
    wait(4)
    assert sweep.check_open_payments() == 1
    assert [payment.status for payment in sale.payments] == [end]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The references that the gateway was asked about, in turn."""
    seen: list[str] = []
    look_up = Sandbox.look_up

    def noting(self: Sandbox, reference: str) -> Any:
        seen.append(reference)
        return look_up(self, reference)

    monkeypatch.setattr(Sandbox, "look_up", noting)
    return seen


def test_more_open_payments_than_one_sweep_takes_all_get_their_turn(asked: list[str]) -> None:
    offer, buyer = OfferFactory(size=20), BuyerFactory()
    sales = [waiting_sale(offer=offer, buyer=buyer) for _ in range(5)]
    wait(4)
    for _ in range(3):
        sweep.check_open_payments(limit=2)
    assert sorted(asked) == sorted(sale.reference for sale in sales)
    sweep.check_open_payments(limit=2)
    assert len(asked) == 5, "whoever was asked about just now waits"


def test_what_nobody_knows_at_the_gateway_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    lost, sale = waiting_sale(), waiting_sale()
    extension.session.execute(update(Payment).where(Payment.order_id == lost.id).values(reference="sbx_gone"))
    extension.session.commit()
    Sandbox().decide(sale.reference, True)
    wait(4)
    assert sweep.check_open_payments() == 1
    assert (lost.money[0], sale.money[0]) == ("pending", "confirmed")


def test_a_gateway_that_is_down_is_asked_once_not_for_every_payment(monkeypatch: pytest.MonkeyPatch) -> None:
    offer, calls = OfferFactory(size=20), []
    sales = [waiting_sale(offer=offer) for _ in range(3)]
    for sale in sales:
        Sandbox().decide(sale.reference, True)
    wait(4)

    def down(_self: Sandbox, reference: str) -> Any:
        calls.append(reference)
        raise GatewayDown

    with monkeypatch.context() as patch:
        patch.setattr(Sandbox, "look_up", down)
        assert sweep.check_open_payments() == 0
    assert len(calls) == 1
    wait(4)
    assert sweep.check_open_payments() == 3
    assert {sale.money for sale in sales} == {("confirmed", 5250, 0)}


def test_what_is_days_old_or_has_no_name_at_the_gateway_yet_is_left_alone(asked: list[str]) -> None:
    waiting_sale()
    wait(4, created_at=clock.now() - timedelta(days=4))
    assert sweep.check_open_payments() == 0
    wait(4, created_at=clock.now(), reference="new-one")
    assert sweep.check_open_payments() == 0
    assert asked == []


def test_withdrawn_payments_are_no_longer_asked_about(asked: list[str]) -> None:
    sale = waiting_sale()
    orders.cancel(sale.buyer, sale.id)
    Sandbox().cancel(sale.reference)
    wait(4)
    assert sweep.check_open_payments() == 1
    wait(4)
    assert sweep.check_open_payments() == 0
    assert asked == [sale.reference]
