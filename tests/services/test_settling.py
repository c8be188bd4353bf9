"""What a gateway says about a payment may come twice, late, in the wrong order, or be wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from tests.factories import OfferFactory
from tests.invariants.books import books_add_up  # noqa: F401 (a fixture)
from tests.services.selling import Sale, code_for, paid_sale
from ticketing import clock
from ticketing.errors import NotFound
from ticketing.extensions import db as extension
from ticketing.gateways import Observed
from ticketing.gateways.sandbox import NAME, Sandbox
from ticketing.models import Event, LedgerEntry
from ticketing.policy import SYSTEM
from ticketing.services import orders, refunds
from ticketing.services.payments import inbox
from ticketing.services.payments.settle import settle

pytestmark = pytest.mark.usefixtures("books_add_up")


def entries() -> int:
    return extension.session.scalar(select(func.count()).select_from(LedgerEntry)) or 0


def change_event(sale: Sale, **values: Any) -> None:
    extension.session.execute(update(Event).where(Event.id == sale.offer.event_id).values(**values))
    extension.session.commit()


# ------------------------------------------------------------------ twice, late, in any order


def test_what_is_said_three_times_counts_once() -> None:
    sale = Sale()
    sale.start()
    for _ in range(3):
        assert sale.settle(gateway_fee=105).status == "paid"
    assert sale.money == ("confirmed", 5250, 0)
    assert (sale.tickets, sale.stock, sale.owed) == (["active", "active"], (0, 2), 5000)
    assert entries() == 5


def test_what_the_gateway_keeps_is_noted_when_it_is_known_and_once() -> None:
    sale = Sale()
    sale.start()
    sale.settle()
    assert (sale.payments[0].gateway_fee, entries()) == (0, 3)
    for fee in (105, 105, 99):
        sale.settle(gateway_fee=fee)
    assert (sale.payments[0].gateway_fee, entries(), sale.owed) == (105, 5, 5000)


@pytest.mark.parametrize("state", ["declined", "cancelled", "open"])
def test_nothing_that_is_told_after_the_success_changes_it(state: str) -> None:
    sale = paid_sale()
    assert sale.settle(state).status == "paid"
    assert sale.money == ("confirmed", 5250, 0)


def test_a_success_after_a_failure_confirms_as_long_as_the_order_waits() -> None:
    sale = Sale()
    sale.start()
    assert sale.settle("declined").status == "declined"
    assert sale.settle().status == "paid"
    assert sale.money == ("confirmed", 5250, 0)


def test_a_success_after_the_payment_was_withdrawn_confirms_over_the_same_total() -> None:
    sale = Sale()
    sale.start()
    assert sale.settle("cancelled").status == "cancelled"
    sale.settle()
    assert sale.money == ("confirmed", 5250, 0)


def test_what_was_told_days_ago_is_told_again_to_no_effect() -> None:
    sale = Sale()
    sale.start()
    body, signature = Sandbox().decide(sale.reference, True)
    inbox.receive(NAME, body, signature)
    orders.cancel(sale.buyer, sale.id)
    refunds.carry_out(sale.refunds[0].id)
    before = entries()
    assert inbox.receive(NAME, body, signature)
    sale.settle(refunded=5250)
    sale.settle()
    assert sale.money == ("cancelled", 5250, 5250)
    assert (len(sale.refunds), entries(), sale.tickets) == (1, before, ["cancelled", "cancelled"])


def test_an_unknown_payment_is_not_ours() -> None:
    with pytest.raises(NotFound):
        settle(NAME, "sbx_unknown", Observed("paid", 5250, "USD"))


def test_the_same_reference_at_another_gateway_is_another_payment() -> None:
    sale = Sale()
    sale.start()
    with pytest.raises(NotFound):
        settle("stripe", sale.reference, Observed("paid", 5250, "USD"))
    assert sale.money == ("pending", 0, 0)


# ------------------------------------------------------------------ other money than was asked for


@pytest.mark.parametrize("change", [{"amount": 5249}, {"amount": 5251}, {"currency": "EUR"}])
def test_another_amount_or_currency_is_set_aside_for_review_and_stays_there(change: dict[str, Any]) -> None:
    sale = Sale()
    sale.start()
    observed = Observed("paid", 5250, "USD")
    assert settle(NAME, sale.reference, replace(observed, **change)).status == "review"
    assert settle(NAME, sale.reference, observed).status == "review"
    assert (sale.money, sale.owed, entries()) == (("pending", 0, 0), 0, 0)
    assert sale.payments[0].details["observed"] == {
        "amount": change.get("amount", 5250),
        "currency": change.get("currency", "USD"),
    }


def test_the_currency_may_be_written_small() -> None:
    sale = Sale()
    sale.start()
    settle(NAME, sale.reference, Observed("paid", 5250, "usd"))
    assert sale.money == ("confirmed", 5250, 0)


# ------------------------------------------------------------------ too late, or once too often


def late(**details: Any) -> Sale:
    sale = Sale(**details)
    sale.start()
    sale.run_out()
    return sale


def test_paid_after_expiry_is_seated_again_where_stock_allows() -> None:
    sale = late(size=2)
    sale.pay()
    assert sale.money == ("confirmed", 5250, 0)
    assert (sale.stock, sale.order.expires_at) == ((0, 2), None)


def test_paid_after_expiry_is_returned_where_the_tickets_are_gone() -> None:
    sale = late(size=2)
    Sale(offer=sale.offer, number=1)
    sale.pay()
    assert sale.money == ("expired", 5250, 5250)
    assert (sale.tickets, sale.stock, sale.owed) == ([], (1, 0), 0)
    assert set(sale.promised()) == {"payment.withdraw", "payment.refund", "mail.paid_too_late"}


_PAST = {"starts_at": clock.now() - timedelta(days=2), "ends_at": clock.now() - timedelta(days=1)}


@pytest.mark.parametrize("end", [{"status": "cancelled"}, _PAST])
def test_paid_after_expiry_is_returned_where_the_event_is_no_more(end: dict[str, Any]) -> None:
    sale = late()
    change_event(sale, **end)
    sale.pay()
    assert sale.money == ("expired", 5250, 5250)
    assert sale.stock == (0, 0)


def test_paid_after_cancelling_is_returned() -> None:
    sale = Sale()
    sale.start()
    orders.cancel(sale.buyer, sale.id)
    sale.pay()
    assert sale.money == ("cancelled", 5250, 5250)
    assert (sale.stock, sale.owed) == ((0, 0), 0)


def test_paid_for_an_event_that_was_called_off_meanwhile_is_returned_and_seats_nobody() -> None:
    sale = Sale()
    sale.start()
    change_event(sale, status="cancelled")
    sale.pay()
    assert sale.money == ("pending", 5250, 5250)
    assert sale.tickets == []


def test_paid_twice_at_the_gateway_returns_the_second_payment() -> None:
    sale = Sale()
    sale.start()
    first = sale.reference
    sale.settle("declined")
    sale.start()
    sale.pay()
    sale.pay(reference=first)
    assert sale.money == ("confirmed", 10_500, 5250)
    assert [payment.amount_refunded for payment in sale.payments] == [5250, 0]
    assert (sale.owed, len(sale.tickets)) == (5000, 2)


def test_paid_online_after_support_took_the_money_is_returned() -> None:
    sale = Sale()
    sale.start()
    orders.confirm(SYSTEM, sale.id)
    assert "payment.withdraw" in sale.promised()
    sale.pay()
    assert sale.money == ("confirmed", 10_500, 5250)
    assert sale.owed == 0


def test_an_order_that_was_paid_by_an_older_payment_withdraws_the_newer_one() -> None:
    offer = OfferFactory(price=2500)
    sale = Sale(offer=offer)
    sale.start()
    older = sale.reference
    orders.change_code(sale.buyer, sale.id, code_for(offer).code)
    orders.change_code(sale.buyer, sale.id, "")
    sale.start()
    sale.pay(reference=older)
    assert sale.money == ("confirmed", 5250, 0)
    assert sale.promised().count("payment.withdraw") == 2


def test_too_late_and_partly_given_back_at_the_gateway_returns_the_rest() -> None:
    sale = late(size=2)
    Sale(offer=sale.offer, number=1)
    sale.settle(refunded=1000)
    assert sale.money == ("expired", 5250, 5250)
    assert [(refund.amount, refund.status) for refund in sale.refunds] == [
        (1000, "succeeded"),
        (4250, "requested"),
    ]


# ------------------------------------------------------------------ declined


def test_a_decline_on_the_web_leaves_the_hold_for_another_try() -> None:
    sale = Sale()
    sale.pay(approve=False)
    assert sale.money == ("pending", 0, 0)
    assert (sale.stock, sale.payments[0].status) == ((2, 0), "declined")
    first, sale.reference = sale.reference, ""
    sale.pay()
    assert sale.reference != first
    assert sale.money == ("confirmed", 5250, 0)


def test_a_decline_that_is_not_final_leaves_the_payment_open() -> None:
    sale = Sale()
    sale.start()
    assert sale.settle("declined", is_final=False).status == "open"
    assert sale.start().intent.reference == sale.reference


@pytest.mark.parametrize("is_final", [True, False])
def test_a_decline_in_easyticket_fails_the_order_and_frees_its_stock(is_final: bool) -> None:
    sale = Sale(channel="easyticket")
    sale.start()
    sale.settle("declined", is_final=is_final)
    assert sale.money == ("failed", 0, 0)
    assert (sale.stock, sale.payments[0].status) == ((0, 0), "declined")


def test_money_after_such_a_decline_seats_the_order_again() -> None:
    sale = Sale(channel="easyticket")
    sale.start()
    sale.settle("declined")
    sale.settle()
    assert sale.money == ("confirmed", 5250, 0)
    assert (sale.stock, len(sale.tickets)) == ((0, 2), 2)


def test_a_decline_told_of_an_order_that_has_ended_changes_nothing_more() -> None:
    sale = Sale(channel="easyticket")
    sale.start()
    orders.cancel(sale.buyer, sale.id)
    sale.settle("declined")
    assert sale.money == ("cancelled", 0, 0)
    assert sale.stock == (0, 0)


# ------------------------------------------------------------------ given back at the gateway itself


def test_all_of_it_given_back_at_the_gateway_ends_the_order() -> None:
    sale = paid_sale()
    sale.settle(refunded=5250)
    assert sale.money == ("cancelled", 5250, 5250)
    assert (sale.tickets, sale.stock, sale.owed) == (["cancelled", "cancelled"], (0, 0), 0)
    assert [refund.status for refund in sale.refunds] == ["succeeded"]
    assert "payment.refund" not in sale.promised()


def test_a_part_of_it_leaves_the_tickets_valid_and_the_last_part_ends_the_order() -> None:
    sale = paid_sale()
    for refunded in (1000, 1000, 3000):
        sale.settle(refunded=refunded)
        assert sale.money == ("confirmed", 5250, refunded)
    assert (sale.tickets, sale.owed) == (["active", "active"], 2000)
    sale.settle(refunded=5250)
    assert sale.money == ("cancelled", 5250, 5250)
    assert [refund.amount for refund in sale.refunds] == [1000, 2000, 2250]
    assert sale.owed == 0


def test_it_may_be_told_before_the_success() -> None:
    sale = Sale()
    sale.start()
    sale.settle(refunded=5250)
    assert sale.money == ("cancelled", 5250, 5250)
    assert (sale.tickets, sale.stock, sale.owed) == ([], (0, 0), 0)


def test_a_part_of_it_told_before_the_success_confirms_and_is_booked() -> None:
    sale = Sale()
    sale.start()
    sale.settle(refunded=1000)
    assert sale.money == ("confirmed", 5250, 1000)
    assert sale.owed == 4000


def test_more_than_was_received_is_booked_as_all_of_it() -> None:
    sale = paid_sale()
    sale.settle(refunded=9999)
    assert sale.money == ("cancelled", 5250, 5250)


def test_our_own_refund_seen_at_the_gateway_is_not_booked_twice() -> None:
    sale = paid_sale()
    orders.give_back(SYSTEM, sale.id, amount=10)
    sale.settle(refunded=Sandbox().look_up(sale.reference).refunded)
    assert sale.money == ("confirmed", 5250, 1000)
    assert len(sale.refunds) == 1


def test_one_made_by_hand_while_ours_was_under_way_is_booked_when_ours_is_refused() -> None:
    sale = paid_sale()
    orders.cancel(sale.buyer, sale.id)
    Sandbox().refund(sale.reference, 5250, idempotency_key=f"by hand {sale.reference}")
    sale.settle(refunded=5250)
    refunds.carry_out(sale.refunds[0].id)
    assert sale.money == ("cancelled", 5250, 5250)
    assert [refund.status for refund in sale.refunds] == ["failed", "succeeded"]
    assert sale.owed == 0
