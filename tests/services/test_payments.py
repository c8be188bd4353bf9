"""Money comes in by one road, once, and only in the amount that was asked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.factories import BuyerFactory, OfferFactory
from tests.invariants.stock import assert_stock_adds_up
from ticketing import clock
from ticketing.errors import Invalid, NotFound
from ticketing.extensions import db as extension
from ticketing.gateways import Observed
from ticketing.gateways.sandbox import NAME, Sandbox, sign
from ticketing.models import Event, GatewayEvent, LedgerEntry, Offer, Order, Payment, Quota, Ticket
from ticketing.models.events import CANCELLED
from ticketing.policy import SYSTEM, Actor
from ticketing.queries import orders as reading
from ticketing.services import events, ledger, orders, refunds
from ticketing.services.orders import Line, cancelling, terms_for
from ticketing.services.payments import inbox, intents, sweep
from ticketing.services.payments.settle import settle

pytestmark = pytest.mark.usefixtures("db")


class Sale:
    """An order of two tickets at 25.00 on the web: 50.00 and 2.50 of fee."""

    def __init__(self, size: int = 2) -> None:
        self.offer: Offer = OfferFactory(size=size, price=2500)
        self.buyer: Actor = BuyerFactory()
        self.id = orders.place(self.buyer, [Line(self.offer.id, 2)], terms=terms_for("web")).order_id
        self.reference = intents.start(self.buyer, self.id).intent.reference

    @property
    def order(self) -> Order:
        extension.session.expire_all()
        return reading.detail(self.id)

    def pay(self, approve: bool = True) -> None:
        inbox.receive(NAME, *Sandbox().decide(self.reference, approve))

    def age(self, minutes: float = 16) -> None:
        order = extension.session.get(Order, self.id)
        assert order
        order.expires_at = clock.now() - timedelta(minutes=minutes)
        extension.session.commit()

    def tickets(self) -> list[str]:
        return list(extension.session.scalars(select(Ticket.status).where(Ticket.order_id == self.id)))


def test_a_web_order_costs_its_tickets_and_five_per_cent() -> None:
    order = Sale().order
    assert (order.subtotal, order.fee, order.amount_due) == (5000, 250, 5250)
    assert order.status == "pending"


def test_a_paid_order_is_confirmed_with_a_ticket_for_each_person() -> None:
    sale = Sale()
    sale.pay()
    assert (sale.order.status, sale.order.amount_paid, sale.order.expires_at) == ("confirmed", 5250, None)
    assert sale.tickets() == ["active", "active"]
    assert_stock_adds_up(extension.session)


def test_the_organizer_is_owed_what_was_paid_less_the_fee() -> None:
    sale = Sale()
    sale.pay()
    assert ledger.balance_of(sale.order.organization_id, "USD") == 5000


def test_the_legs_of_every_posting_sum_to_zero() -> None:
    sale = Sale()
    sale.pay()
    orders.cancel(sale.buyer, sale.id)
    sums = extension.session.execute(
        select(LedgerEntry.kind, func.sum(LedgerEntry.amount)).group_by(LedgerEntry.kind)
    ).all()
    assert sorted((kind, int(total)) for kind, total in sums) == [
        ("gateway_fee", 0),
        ("paid", 0),
        ("refunded", 0),
    ]
    assert ledger.balance_of(sale.order.organization_id, "USD") == 0


def test_an_event_of_the_gateway_counts_once() -> None:
    sale = Sale()
    body, signature = Sandbox().decide(sale.reference, approve=True)
    assert inbox.receive(NAME, body, signature) == inbox.receive(NAME, body, signature)
    assert sale.order.amount_paid == 5250
    assert len(sale.tickets()) == 2


def test_a_declined_payment_leaves_the_hold_and_may_be_tried_again() -> None:
    sale = Sale()
    sale.pay(approve=False)
    assert sale.order.status == "pending"
    again = intents.start(sale.buyer, sale.id)
    assert again.intent.reference != sale.reference
    inbox.receive(NAME, *Sandbox().decide(again.intent.reference, True))
    assert sale.order.status == "confirmed"


def test_starting_a_payment_again_finds_the_open_one() -> None:
    sale = Sale()
    assert intents.start(sale.buyer, sale.id).intent.reference == sale.reference


def test_somebody_elses_order_cannot_be_paid() -> None:
    with pytest.raises(NotFound):
        intents.start(BuyerFactory(), Sale().id)


def test_an_order_whose_hold_has_ended_cannot_be_paid() -> None:
    sale = Sale()
    sale.age()
    with pytest.raises(Invalid, match="time to pay"):
        intents.start(sale.buyer, sale.id)


def test_a_payment_after_expiry_is_seated_again_where_stock_allows() -> None:
    sale = Sale()
    sale.age()
    assert orders.expire_due() == 1
    sale.pay()
    assert sale.order.status == "confirmed"
    assert_stock_adds_up(extension.session)


def test_a_payment_after_expiry_is_returned_where_the_tickets_are_gone() -> None:
    sale = Sale(size=2)
    sale.age()
    orders.expire_due()
    orders.place(BuyerFactory(), [Line(sale.offer.id, 1)], terms=terms_for("web"))
    sale.pay()
    order = sale.order
    assert (order.status, order.amount_paid, order.amount_refunded) == ("expired", 5250, 5250)
    assert sale.tickets() == []
    assert_stock_adds_up(extension.session)


def test_a_payment_for_a_cancelled_order_is_returned() -> None:
    sale = Sale()
    orders.cancel(sale.buyer, sale.id)
    sale.pay()
    order = sale.order
    assert (order.status, order.amount_refunded) == ("cancelled", 5250)


def test_a_payment_for_an_event_that_was_called_off_meanwhile_is_returned() -> None:
    sale = Sale()
    event = extension.session.get(Event, sale.offer.event_id)
    assert event
    event.status = CANCELLED
    extension.session.commit()
    sale.pay()
    assert sale.order.amount_refunded == 5250
    assert sale.tickets() == []
    cancelling.wind_up(event.id)
    assert sale.order.status == "cancelled"
    assert_stock_adds_up(extension.session)


@pytest.mark.parametrize("change", [{"amount": 5249}, {"amount": 5251}, {"currency": "EUR"}])
def test_a_payment_of_another_amount_is_set_aside_for_review(change: dict[str, Any]) -> None:
    sale = Sale()
    observed = replace(Observed("paid", 5250, "USD"), **change)
    assert settle(NAME, sale.reference, observed).status == "review"
    assert (sale.order.status, sale.order.amount_paid) == ("pending", 0)


def test_a_failure_that_is_told_after_the_success_changes_nothing() -> None:
    sale = Sale()
    sale.pay()
    settle(NAME, sale.reference, Observed("declined", 5250, "USD"))
    assert sale.order.status == "confirmed"


def test_a_lost_webhook_costs_minutes_not_an_order() -> None:
    sale = Sale()
    Sandbox().decide(sale.reference, approve=True)
    assert sweep.check_open_payments() == 0
    payment = extension.session.scalars(select(Payment).where(Payment.order_id == sale.id)).one()
    payment.updated_at = clock.now() - timedelta(minutes=4)
    extension.session.commit()
    assert sweep.check_open_payments() == 1
    assert sale.order.status == "confirmed"


def test_an_event_that_was_kept_and_not_acted_upon_is_acted_upon_by_the_sweep(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sale = Sale()
    body, signature = Sandbox().decide(sale.reference, approve=True)
    with monkeypatch.context() as patch:
        patch.setattr(inbox, "process", lambda row_id: False)
        inbox.receive(NAME, body, signature)
    assert sale.order.status == "pending"
    assert inbox.process_waiting() == 1
    assert sale.order.status == "confirmed"


def test_an_event_with_a_bad_signature_is_not_kept() -> None:
    sale = Sale()
    body, _ = Sandbox().decide(sale.reference, approve=True)
    for signature in ("", "t=1,v1=00", sign(body, at=1), sign(body + b" "), "t=x,v1=", "t=²,v1=1"):
        with pytest.raises(Invalid):
            inbox.receive(NAME, body, signature)
    assert extension.session.scalar(select(func.count()).select_from(GatewayEvent)) == 0


def test_a_signed_event_about_an_unknown_payment_is_kept_and_ignored() -> None:
    body = b'{"id": "e1", "type": "payment.succeeded", "reference": null}'
    inbox.receive(NAME, body, sign(body))
    row = extension.session.scalars(select(GatewayEvent)).one()
    assert row.processed_at
    assert row.outcome.startswith("ignored")


def test_a_refund_is_carried_out_at_the_gateway_once() -> None:
    sale = Sale()
    sale.pay()
    orders.cancel(sale.buyer, sale.id)
    refund = extension.session.scalars(select(refunds.Refund).where(refunds.Refund.order_id == sale.id)).one()
    refunds.carry_out(refund.id)
    refunds.carry_out(refund.id)
    extension.session.expire_all()
    assert refund.status == "succeeded"
    assert Sandbox().look_up(sale.reference).refunded == 5250


def test_never_more_is_returned_than_was_received() -> None:
    sale = Sale()
    sale.pay()
    order = sale.order
    payment = order.payments[0]
    with pytest.raises(refunds.MoreThanPaid):
        refunds.request(SYSTEM, order, payment, 5251, "too much")


def test_a_free_order_on_the_web_is_confirmed_without_a_gateway() -> None:
    offer = OfferFactory(price=0)
    placed = orders.place(BuyerFactory(), [Line(offer.id, 3)], terms=terms_for("web"))
    order = reading.detail(placed.order_id)
    assert (order.status, order.payments) == ("confirmed", [])
    assert_stock_adds_up(extension.session)


def test_cancelling_an_event_returns_every_payment_and_all_stock() -> None:
    sale = Sale(size=10)
    sale.pay()
    waiting = orders.place(BuyerFactory(), [Line(sale.offer.id, 1)], terms=terms_for("web")).order_id
    events.cancel(SYSTEM, sale.offer.event_id)
    extension.session.expire_all()
    assert reading.detail(waiting).status == "cancelled"
    assert sale.order.status == "confirmed"
    assert cancelling.wind_up(sale.offer.event_id) == 1
    assert (sale.order.status, sale.order.amount_refunded) == ("cancelled", 5250)
    quota = extension.session.get(Quota, sale.offer.quota_id)
    assert quota
    assert (quota.held, quota.sold) == (0, 0)


def test_a_buyer_who_meets_sold_out_gets_the_tickets_of_a_hold_that_has_ended() -> None:
    sale = Sale(size=2)
    sale.age(minutes=0.1)
    other = orders.place(BuyerFactory(), [Line(sale.offer.id, 2)], terms=terms_for("web"))
    assert reading.detail(other.order_id).status == "pending"
    assert sale.order.status == "expired"
    assert_stock_adds_up(extension.session)
