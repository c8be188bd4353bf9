"""Promo codes: what one is worth, who may use it, how often, and when a use comes back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.factories import BuyerFactory, EventFactory, OfferFactory, OrganizationFactory, PromoCodeFactory
from tests.invariants.books import books_add_up  # noqa: F401 (a fixture)
from tests.services.selling import Sale, code_for, offer_in, paid_sale
from ticketing import clock
from ticketing.errors import Invalid
from ticketing.extensions import db as extension
from ticketing.models import Event, Offer, Order, Organization, PromoCode
from ticketing.policy import SYSTEM
from ticketing.services import orders, promotions
from ticketing.services.orders import Line, terms_for

pytestmark = pytest.mark.usefixtures("books_add_up")


def used(code: PromoCode) -> int:
    extension.session.expire_all()
    return extension.session.get_one(PromoCode, code.id).used


def refused(offer: Offer, code: str, **details: Any) -> str:
    """The refusal's code when somebody orders with it."""
    with pytest.raises(Invalid) as refusal:
        Sale(offer=offer, code=code, **details)
    assert list(refusal.value.fields) == ["promo_code"]
    return refusal.value.code


# ------------------------------------------------------------------ what it takes off


@pytest.mark.parametrize(
    ("price", "hundredths", "discount"),
    [
        (2500, 1000, 500),
        (125, 1000, 25),
        (5, 1000, 1),
        (4, 1000, 1),
        (1, 2500, 1),
        (1, 2499, 0),
        (33, 3333, 22),
    ],
)
def test_per_cent_are_of_the_tickets_rounded_half_up(price: int, hundredths: int, discount: int) -> None:
    offer = OfferFactory(price=price)
    order = Sale(offer=offer, code=code_for(offer, value=hundredths).code, channel="btick").order
    assert (order.subtotal, order.discount, order.amount_due) == (2 * price, discount, 2 * price - discount)


@pytest.mark.parametrize(("value", "discount"), [(700, 700), (5000, 5000), (9900, 5000)])
def test_a_fixed_amount_takes_off_no_more_than_the_tickets_cost(value: int, discount: int) -> None:
    offer = OfferFactory(price=2500)
    order = Sale(offer=offer, code=code_for(offer, kind="fixed", value=value).code).order
    assert order.discount == discount


def test_the_fee_is_on_the_tickets_before_the_discount() -> None:
    offer = OfferFactory(price=2500)
    order = Sale(offer=offer, code=code_for(offer).code).order
    assert (order.subtotal, order.discount, order.fee, order.amount_due) == (5000, 500, 250, 4750)


def test_a_code_for_one_ticket_type_counts_only_its_tickets() -> None:
    mine = OfferFactory(price=2500)
    other = OfferFactory(event=mine.event, price=9000)
    code = code_for(mine, ticket_type_id=mine.ticket_type_id, value=5000)
    lines = [Line(mine.id, 1), Line(other.id, 1)]
    placed = orders.place(BuyerFactory(), lines, terms=terms_for("btick"), code=code.code)
    assert extension.session.get_one(Order, placed.order_id).discount == 1250
    assert refused(other, code.code) == "code_not_for_these"


def test_the_order_shows_the_code_as_it_is_written_and_what_it_took_off() -> None:
    offer = OfferFactory()
    code = code_for(offer, code="Early-Bird")
    order = Sale(offer=offer, code="  early-BIRD ").order
    assert (order.promo_code_id, order.promo_code, order.discount) == (code.id, "Early-Bird", 500)
    assert used(code) == 1


@pytest.mark.parametrize("channel", ["web", "easyticket", "cafa", "secureticket"])
def test_where_everything_is_taken_off_there_is_no_fee_and_nothing_to_pay(channel: str) -> None:
    offer = OfferFactory(price=2500)
    sale = Sale(offer=offer, code=code_for(offer, value=10_000).code, channel=channel)
    order = sale.order
    assert (order.status, order.fee, order.amount_due) == ("confirmed", 0, 0)
    assert (sale.payments, sale.tickets, sale.stock) == ([], ["active", "active"], (0, 2))


def test_a_free_booking_waits_for_support_where_the_channel_says_so() -> None:
    offer = OfferFactory(price=2500)
    sale = Sale(offer=offer, code=code_for(offer, value=10_000).code, channel="btick")
    assert (sale.order.status, sale.order.amount_due) == ("pending", 0)
    orders.confirm(SYSTEM, sale.id)
    assert (sale.order.status, sale.payments) == ("confirmed", [])


# ------------------------------------------------------------------ who may use it, and when


@pytest.mark.parametrize(
    ("details", "refusal"),
    [
        ({"is_active": False}, "unknown_code"),
        ({"starts_at": clock.now() + timedelta(hours=1)}, "code_not_started"),
        ({"ends_at": clock.now() - timedelta(hours=1)}, "code_ended"),
        ({"minimum_subtotal": 5001}, "below_minimum"),
        ({"max_uses": 0}, "code_used_up"),
        ({"max_uses_per_account": 0}, "code_used_by_account"),
    ],
)
def test_a_code_that_cannot_be_used_is_refused_and_says_why(details: dict[str, Any], refusal: str) -> None:
    offer = OfferFactory(price=2500)
    code = code_for(offer, **details)
    assert refused(offer, code.code) == refusal
    assert used(code) == 0


def test_a_code_within_its_window_and_at_its_minimum_is_taken() -> None:
    offer, now = OfferFactory(price=2500), clock.now()
    window = {"starts_at": now - timedelta(hours=1), "ends_at": now + timedelta(hours=1)}
    assert Sale(offer=offer, code=code_for(offer, minimum_subtotal=5000, **window).code).order.discount == 500


def test_a_code_of_another_organization_or_event_does_not_exist_here() -> None:
    offer = OfferFactory()
    assert refused(offer, PromoCodeFactory(organization=OrganizationFactory()).code) == "unknown_code"
    owner = extension.session.get_one(Event, offer.event_id).organization_id
    sibling = EventFactory(organization=extension.session.get_one(Organization, owner))
    assert refused(offer, code_for(offer, event_id=sibling.id).code) == "unknown_code"
    assert refused(offer, "no-such-code") == "unknown_code"


def test_an_amount_in_another_currency_is_not_taken_off() -> None:
    offer = offer_in("JPY", price=2500)
    assert refused(offer, code_for(offer, kind="fixed", value=500, currency="USD").code) == "other_currency"
    assert refused(offer, code_for(offer, minimum_subtotal=100, currency="USD").code) == "other_currency"
    assert Sale(offer=offer, code=code_for(offer, currency="USD").code).order.discount == 500


def test_a_quote_says_the_discount_and_uses_nothing() -> None:
    offer = OfferFactory(price=2500)
    code = code_for(offer, max_uses=1)
    asked = (code.organization_id, offer.event_id, code.code, {offer.ticket_type_id: 5000})
    quoted = promotions.quote(BuyerFactory(), *asked)
    assert (quoted.amount, used(code)) == (500, 0)
    Sale(offer=offer, code=code.code)
    with pytest.raises(Invalid, match="used up"):
        promotions.quote(BuyerFactory(), *asked)


# ------------------------------------------------------------------ how often


def test_a_code_is_used_as_often_as_it_may_be() -> None:
    offer = OfferFactory()
    code = code_for(offer, max_uses=2)
    Sale(offer=offer, code=code.code)
    Sale(offer=offer, code=code.code)
    assert refused(offer, code.code) == "code_used_up"
    assert used(code) == 2


def test_each_account_uses_it_as_often_as_it_may() -> None:
    offer, buyer = OfferFactory(), BuyerFactory()
    code = code_for(offer, max_uses_per_account=1)
    Sale(offer=offer, code=code.code, buyer=buyer)
    assert refused(offer, code.code, buyer=buyer) == "code_used_by_account"
    assert Sale(offer=offer, code=code.code).order.discount == 500
    assert used(code) == 2


def test_an_order_that_finds_no_stock_uses_no_code() -> None:
    offer = OfferFactory(size=1)
    code = code_for(offer)
    with pytest.raises(Invalid, match="Only 1"):
        Sale(offer=offer, code=code.code)
    assert used(code) == 0


def _cancelled(sale: Sale) -> None:
    orders.cancel(sale.buyer, sale.id)


def _expired(sale: Sale) -> None:
    sale.run_out()


def _failed(sale: Sale) -> None:
    sale.pay(approve=False)


def _taken_back(sale: Sale) -> None:
    sale.pay()
    orders.refund(SYSTEM, sale.id)


@pytest.mark.parametrize("end", [_cancelled, _expired, _failed, _taken_back])
def test_a_use_comes_back_with_the_end_of_its_order(end: Any) -> None:
    offer, buyer = OfferFactory(), BuyerFactory()
    code = code_for(offer, max_uses=1, max_uses_per_account=1)
    sale = Sale(offer=offer, code=code.code, channel="easyticket", buyer=buyer)
    end(sale)
    assert used(code) == 0
    assert sale.order.promo_code == code.code
    assert Sale(offer=offer, code=code.code, buyer=buyer).order.discount == 500


def test_a_partial_refund_keeps_the_use() -> None:
    offer = OfferFactory()
    code = code_for(offer)
    sale = paid_sale(offer=offer, code=code.code)
    orders.give_back(SYSTEM, sale.id, amount=1)
    assert used(code) == 1


# ------------------------------------------------------------------ paid late


def late(code: PromoCode, offer: Offer) -> Sale:
    """An order with the code that has expired while its buyer was paying."""
    sale = Sale(offer=offer, code=code.code)
    sale.start()
    sale.run_out()
    return sale


def test_an_order_that_is_paid_late_uses_its_code_again() -> None:
    offer = OfferFactory(price=2500)
    code = code_for(offer, max_uses=1)
    sale = late(code, offer)
    sale.pay()
    assert sale.money == ("confirmed", 4750, 0)
    assert used(code) == 1


def test_it_is_refunded_where_somebody_else_has_used_the_code_up() -> None:
    offer = OfferFactory(price=2500)
    code = code_for(offer, max_uses=1)
    sale = late(code, offer)
    Sale(offer=offer, code=code.code)
    sale.pay()
    assert sale.money == ("expired", 4750, 4750)
    assert (used(code), sale.stock) == (1, (2, 0))


def test_it_is_refunded_where_its_account_has_used_the_code_otherwise_meanwhile() -> None:
    offer = OfferFactory(price=2500)
    code = code_for(offer, max_uses_per_account=1)
    sale = late(code, offer)
    Sale(offer=offer, code=code.code, buyer=sale.buyer)
    sale.pay()
    assert sale.money == ("expired", 4750, 4750)
    assert used(code) == 1


def test_a_code_that_has_ended_meanwhile_still_counts_for_what_was_paid() -> None:
    offer = OfferFactory(price=2500)
    code = code_for(offer)
    sale = late(code, offer)
    row = extension.session.get_one(PromoCode, code.id)
    row.is_active = False
    extension.session.commit()
    sale.pay()
    assert sale.money == ("confirmed", 4750, 0)
