"""What an order costs: the fee in every currency, and what happens when a pending order's price changes."""

from __future__ import annotations

import pytest

from tests.factories import BuyerFactory, OfferFactory
from tests.invariants.books import books_add_up  # noqa: F401 (a fixture)
from tests.services.selling import Sale, code_for, offer_in, paid_sale
from ticketing.errors import Invalid, NotAllowed, NotFound
from ticketing.extensions import db as extension
from ticketing.gateways.sandbox import Sandbox
from ticketing.jobs import outbox
from ticketing.models import PromoCode
from ticketing.policy import SYSTEM
from ticketing.services import orders

pytestmark = pytest.mark.usefixtures("books_add_up")


@pytest.mark.parametrize(
    ("currency", "price", "fee"),
    [("USD", 2500, 250), ("USD", 5, 1), ("USD", 4, 0), ("USD", 9, 1), ("JPY", 1500, 150), ("JPY", 15, 2),
     ("KWD", 1500, 150), ("KWD", 14, 1), ("KWD", 15, 2)],
)  # fmt: skip
def test_the_fee_is_five_per_cent_rounded_half_up_to_the_currency_s_smallest_unit(
    currency: str, price: int, fee: int
) -> None:
    order = Sale(offer=offer_in(currency, price=price)).order
    assert (order.currency, order.subtotal, order.fee) == (currency, 2 * price, fee)
    assert order.amount_due == 2 * price + fee


@pytest.mark.parametrize("currency", ["USD", "JPY", "KWD"])
def test_what_is_paid_reaches_the_organizer_without_the_fee_in_every_currency(currency: str) -> None:
    sale = paid_sale(offer=offer_in(currency, price=1010))
    assert sale.money == ("confirmed", 2121, 0)
    assert sale.payments[0].service_fee == 101
    assert sale.owed == 2020


@pytest.mark.parametrize(
    ("channel", "fee"), [("web", 250), ("cafa", 250), ("btick", 0), ("secureticket", 0), ("easyticket", 0)]
)
def test_each_channel_charges_its_fee_when_the_order_is_placed_or_never(channel: str, fee: int) -> None:
    order = Sale(channel=channel).order
    assert (order.fee, order.amount_due) == (fee, 5000 + fee)


def test_easyticket_adds_its_fee_when_the_payment_is_started_and_once_only() -> None:
    sale = Sale(channel="easyticket")
    assert sale.order.amount_due == 5000
    sale.start()
    assert (sale.order.fee, sale.order.amount_due, sale.payments[0].amount) == (250, 5250, 5250)
    sale.start()
    assert (sale.order.amount_due, len(sale.payments)) == (5250, 1)
    sale.pay()
    assert sale.owed == 5000


def test_the_payment_is_always_over_the_order_s_total() -> None:
    offer = OfferFactory(price=2500)
    sale = Sale(offer=offer)
    for code in ("", code_for(offer).code, code_for(offer, kind="fixed", value=1).code, ""):
        orders.change_code(sale.buyer, sale.id, code)
        sale.start()
        (waiting,) = [payment for payment in sale.payments if payment.status == "open"]
        assert waiting.amount == sale.order.amount_due == Sandbox().look_up(sale.reference).amount


# ------------------------------------------------------------------ another code


def used(code: PromoCode) -> int:
    extension.session.expire_all()
    return extension.session.get_one(PromoCode, code.id).used


def test_another_code_replaces_the_first_and_gives_its_use_back() -> None:
    offer = OfferFactory(price=2500)
    first, second = code_for(offer), code_for(offer, value=2000)
    sale = Sale(offer=offer, code=first.code)
    orders.change_code(sale.buyer, sale.id, second.code)
    order = sale.order
    assert (order.promo_code, order.discount, order.amount_due) == (second.code, 1000, 4250)
    assert (used(first), used(second)) == (0, 1)
    orders.change_code(sale.buyer, sale.id, "")
    order = sale.order
    assert (order.promo_code, order.promo_code_id, order.discount, order.amount_due) == ("", None, 0, 5250)
    assert used(second) == 0


def test_the_same_code_again_counts_once_even_where_it_may_be_used_only_once() -> None:
    offer = OfferFactory(price=2500)
    code = code_for(offer, max_uses=1, max_uses_per_account=1)
    sale = Sale(offer=offer, code=code.code)
    orders.change_code(sale.buyer, sale.id, code.code)
    assert (sale.order.discount, used(code)) == (500, 1)


def test_a_code_that_is_refused_leaves_the_order_as_it_was() -> None:
    offer = OfferFactory(price=2500)
    code = code_for(offer)
    sale = Sale(offer=offer, code=code.code)
    sale.start()
    with pytest.raises(Invalid):
        orders.change_code(sale.buyer, sale.id, "no-such-code")
    assert (sale.order.discount, used(code)) == (500, 1)
    assert [payment.status for payment in sale.payments] == ["open"]


def test_only_its_buyer_changes_it_and_only_as_long_as_it_is_pending() -> None:
    sale = Sale()
    with pytest.raises(NotFound):
        orders.change_code(BuyerFactory(), sale.id, "")
    with pytest.raises(NotAllowed):
        orders.change_code(BuyerFactory(is_support=True), sale.id, "")
    sale.pay()
    with pytest.raises(Invalid, match="pending"):
        orders.change_code(sale.buyer, sale.id, "")


def changed_while_a_payment_is_open() -> tuple[Sale, str]:
    """The sale, and the reference of the payment that was started over the old total."""
    offer = OfferFactory(price=2500)
    sale = Sale(offer=offer)
    sale.start()
    orders.change_code(sale.buyer, sale.id, code_for(offer).code)
    return sale, sale.reference


def test_the_open_payment_is_withdrawn_at_the_gateway_too() -> None:
    sale, old = changed_while_a_payment_is_open()
    assert [payment.status for payment in sale.payments] == ["cancelled"]
    assert sale.promised() == ["payment.withdraw"]
    outbox.deliver_due()
    assert Sandbox().look_up(old).state == "cancelled"


def test_the_next_payment_is_over_the_new_total_and_confirms() -> None:
    sale, old = changed_while_a_payment_is_open()
    sale.start()
    assert sale.reference != old
    sale.pay()
    assert sale.money == ("confirmed", 4750, 0)


def test_money_that_still_comes_for_the_old_total_goes_back_and_the_order_stays_payable() -> None:
    sale, old = changed_while_a_payment_is_open()
    sale.pay(reference=old)
    assert sale.money == ("pending", 5250, 5250)
    assert sale.promised().count("payment.refund") == 1
    sale.start()
    sale.pay()
    assert sale.money == ("confirmed", 10_000, 5250)
    assert sale.owed == 5000 - 500


def test_money_for_the_old_total_after_the_new_one_was_paid_goes_back_too() -> None:
    sale, old = changed_while_a_payment_is_open()
    sale.start()
    sale.pay()
    sale.pay(reference=old)
    assert sale.money == ("confirmed", 10_000, 5250)
    assert [refund.payment_id for refund in sale.refunds] == [sale.payments[0].id]


def test_a_code_that_leaves_nothing_to_pay_confirms_at_once_and_withdraws_the_payment() -> None:
    offer = OfferFactory(price=2500)
    sale = Sale(offer=offer)
    sale.start()
    orders.change_code(sale.buyer, sale.id, code_for(offer, value=10_000).code)
    assert sale.money == ("confirmed", 0, 0)
    assert (sale.order.fee, sale.tickets) == (0, ["active", "active"])
    assert [payment.status for payment in sale.payments] == ["cancelled"]


def test_a_code_that_changes_nothing_leaves_the_payment_open() -> None:
    offer = OfferFactory(price=1)
    sale = Sale(offer=offer)
    sale.start()
    orders.change_code(sale.buyer, sale.id, code_for(offer, value=1).code)
    assert [payment.status for payment in sale.payments] == ["open"]


def test_easyticket_s_fee_stays_with_the_order_once_a_payment_was_started() -> None:
    offer = OfferFactory(price=2500)
    sale = Sale(offer=offer, channel="easyticket")
    orders.change_code(sale.buyer, sale.id, code_for(offer).code)
    assert (sale.order.fee, sale.order.amount_due) == (0, 4500)
    sale.start()
    orders.change_code(sale.buyer, sale.id, "")
    assert (sale.order.fee, sale.order.amount_due) == (250, 5250)


def test_support_confirms_a_repriced_order_over_its_new_total() -> None:
    sale, _ = changed_while_a_payment_is_open()
    orders.confirm(SYSTEM, sale.id)
    assert sale.money == ("confirmed", 4750, 0)
    assert [payment.gateway for payment in sale.payments] == ["sandbox", "manual"]
