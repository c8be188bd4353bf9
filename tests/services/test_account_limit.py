"""An event may let one account have only so many of its tickets."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.factories import BuyerFactory, EventFactory, OfferFactory
from tests.invariants.books import books_add_up  # noqa: F401 (a fixture)
from tests.services.selling import Sale
from ticketing import clock
from ticketing.extensions import db as extension
from ticketing.models import Event, Offer, Order
from ticketing.policy import SYSTEM, Actor
from ticketing.services import orders
from ticketing.services.idempotency import Idempotency
from ticketing.services.orders import ItemBack, Line, terms_for
from ticketing.services.orders.limits import AccountLimit

pytestmark = pytest.mark.usefixtures("books_add_up")


@pytest.fixture
def offer(db: Any) -> Offer:
    """Of an event that lets one account have four."""
    return OfferFactory(event=EventFactory(tickets_per_account=4), size=50, price=2500)


@pytest.fixture
def buyer(db: Any) -> Actor:
    return BuyerFactory()


def take(buyer: Actor, offer: Offer, number: int, channel: str = "btick", **more: Any) -> int:
    return orders.place(buyer, [Line(offer.id, number)], terms=terms_for(channel), **more).order_id


def refused(buyer: Actor, offer: Offer, number: int, channel: str = "btick") -> int:
    """How many the refusal says are left to the account."""
    with pytest.raises(AccountLimit) as told:
        take(buyer, offer, number, channel)
    assert (told.value.code, told.value.details["limit"]) == ("account_limit", 4)
    return int(told.value.details["available"])


@pytest.mark.parametrize("channel", ["btick", "secureticket", "easyticket", "cafa", "web"])
def test_no_door_gives_more_than_the_limit(buyer: Actor, offer: Offer, channel: str) -> None:
    assert refused(buyer, offer, 5, channel) == 4
    take(buyer, offer, 3, channel)
    assert refused(buyer, offer, 2, channel) == 1
    take(buyer, offer, 1, channel)
    assert refused(buyer, offer, 1, channel) == 0
    take(BuyerFactory(), offer, 4, channel)


def test_all_offers_of_an_event_count_together_and_other_events_do_not(buyer: Actor, offer: Offer) -> None:
    event = extension.session.get_one(Event, offer.event_id)
    other = OfferFactory(event=event, size=9)
    take(buyer, OfferFactory(event=EventFactory(tickets_per_account=4)), 4)
    take(buyer, OfferFactory(), 9)
    lines = [Line(offer.id, 2), Line(other.id, 3)]
    with pytest.raises(AccountLimit):
        orders.place(buyer, lines, terms=terms_for("web"))
    take(buyer, offer, 2)
    assert refused(buyer, other, 3) == 2


def test_what_has_ended_or_was_given_back_counts_no_more(buyer: Actor, offer: Offer) -> None:
    first = take(buyer, offer, 2)
    orders.cancel(buyer, first)
    sale = Sale(offer=offer, buyer=buyer, number=4)
    sale.pay()
    assert refused(buyer, offer, 1) == 0
    orders.give_back(buyer, sale.id, items=[ItemBack(sale.order.items[0].id, 3)])
    assert refused(buyer, offer, 4) == 3
    take(buyer, offer, 3)


def test_a_hold_that_ended_is_let_go_for_the_next_order(buyer: Actor, offer: Offer) -> None:
    lapsed = take(buyer, offer, 4)
    extension.session.get_one(Order, lapsed).expires_at = clock.now() - timedelta(minutes=1)
    extension.session.commit()
    take(buyer, offer, 4)
    extension.session.expire_all()
    assert extension.session.get_one(Order, lapsed).status == "expired"


def test_a_payment_that_comes_late_does_not_lead_past_the_limit(buyer: Actor, offer: Offer) -> None:
    late = Sale(offer=offer, buyer=buyer, number=3)
    late.start()
    late.run_out()
    take(buyer, offer, 3)
    late.settle()
    assert late.money == ("expired", 7875, 7875)
    in_time = Sale(offer=offer, buyer=BuyerFactory(), number=3)
    in_time.start()
    in_time.run_out()
    in_time.settle()
    assert in_time.money == ("confirmed", 7875, 0)


def test_the_same_key_finds_its_order_where_another_would_be_too_much(buyer: Actor, offer: Offer) -> None:
    once = Idempotency.of("orders", "key", b"4")
    assert take(buyer, offer, 4, once=once) == take(buyer, offer, 4, once=once)


def test_the_house_itself_has_no_account_to_count(offer: Offer) -> None:
    take(SYSTEM, offer, 9)


def test_an_event_without_a_limit_costs_no_statement_more(buyer: Actor, statements: Any) -> None:
    free: Offer = OfferFactory()
    limited: Offer = OfferFactory(event=EventFactory(tickets_per_account=9))

    def statements_for(offer: Offer) -> int:
        number = offer.id
        with statements() as seen:
            orders.place(buyer, [Line(number, 1)], terms=terms_for("btick"))
        return len([one for one in seen if not one.startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))])

    assert statements_for(free) == 5, "offer, order, item, activity, quota"
    assert statements_for(limited) == 7, "and the account, and what it has"
