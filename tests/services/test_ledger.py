"""The ledger: every movement in legs that sum to zero, and what we owe to whom."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from tests.invariants.books import books_add_up  # noqa: F401 (a fixture)
from tests.services.selling import Sale, offer_in, paid_sale
from ticketing.extensions import db as extension
from ticketing.gateways import Declined
from ticketing.gateways.sandbox import Sandbox
from ticketing.models import LedgerEntry
from ticketing.policy import SYSTEM
from ticketing.services import ledger, orders

pytestmark = pytest.mark.usefixtures("books_add_up")
Legs = dict[str, int]


def legs(sale: Sale, kind: str) -> Legs:
    """Account → minor units, over all postings of that kind about the order."""
    found: Counter[str] = Counter()
    rows = select(LedgerEntry.account, LedgerEntry.amount).where(
        LedgerEntry.order_id == sale.id, LedgerEntry.kind == kind
    )
    for account, amount in extension.session.execute(rows):
        found[account] += amount
    return dict(found)


def test_a_payment_is_owed_to_the_organizer_less_our_fee() -> None:
    assert legs(paid_sale(), "paid") == {"gateway": 5250, "fees": -250, "organization": -5000}


def test_a_payment_without_a_fee_has_no_leg_for_it() -> None:
    assert legs(paid_sale(channel="btick"), "paid") == {"gateway": 5000, "organization": -5000}


def test_what_the_gateway_keeps_is_our_expense_and_stays_so_after_a_refund() -> None:
    sale = paid_sale()
    orders.give_back(SYSTEM, sale.id)
    assert legs(sale, "gateway_fee") == {"gateway": -105, "gateway_fees": 105}
    assert sale.owed == 0


def test_money_taken_outside_moves_no_balance_either_way() -> None:
    sale = Sale(channel="btick")
    orders.confirm(SYSTEM, sale.id)
    assert legs(sale, "paid") == {"outside": 5000, "outside_sales": -5000}
    assert sale.owed == 0
    orders.refund(SYSTEM, sale.id)
    assert legs(sale, "refunded") == {"outside": -5000, "outside_sales": 5000}
    assert sale.owed == 0


def test_a_refund_of_a_part_is_the_organizer_s_and_the_last_one_brings_our_fee() -> None:
    sale = paid_sale()
    orders.give_back(SYSTEM, sale.id, amount=10)
    assert legs(sale, "refunded") == {"gateway": -1000, "organization": 1000}
    orders.give_back(SYSTEM, sale.id)
    assert legs(sale, "refunded") == {"gateway": -5250, "fees": 250, "organization": 5000}


def test_the_smallest_last_part_still_brings_the_whole_fee() -> None:
    sale = paid_sale()
    orders.give_back(SYSTEM, sale.id, amount="52.49")
    assert sale.owed == -249
    orders.give_back(SYSTEM, sale.id)
    assert sale.owed == 0


def test_a_refund_that_failed_is_undone_leg_by_leg(monkeypatch: pytest.MonkeyPatch) -> None:
    sale = paid_sale()

    def decline(*_given: Any, **_more: Any) -> str:
        raise Declined("no")

    monkeypatch.setattr(Sandbox, "refund", decline)
    orders.give_back(SYSTEM, sale.id)
    assert legs(sale, "failed") == {name: -amount for name, amount in legs(sale, "refunded").items()}
    assert sale.owed == 5000


def test_each_organization_is_owed_its_own_in_its_own_currency() -> None:
    sales = [paid_sale(offer=offer_in(currency, price=1000)) for currency in ("USD", "JPY", "USD")]
    paid_sale(offer=sales[0].offer)
    assert [sale.owed for sale in sales] == [4000, 2000, 2000]
    assert ledger.balance_of(sales[0].order.organization_id, "JPY") == 0


def test_legs_that_do_not_sum_to_zero_are_never_written() -> None:
    sale = paid_sale()
    with pytest.raises(ledger.Unbalanced):
        ledger.post(sale.order, "payment", 99, "paid", {"gateway": 2, "organization": -1})
    assert legs(sale, "paid") == {"gateway": 5250, "fees": -250, "organization": -5000}


def test_the_same_movement_is_never_posted_twice() -> None:
    sale = paid_sale()
    order, payment = sale.order, sale.payments[0]
    with pytest.raises(IntegrityError):
        ledger.payment_received(order, payment)
    extension.session.rollback()
    assert sale.owed == 5000
