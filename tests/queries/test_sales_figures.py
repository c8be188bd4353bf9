"""Sales in figures: what counts, and that it agrees with orders, payments, refunds and the ledger."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from tests.factories import (
    CheckInFactory,
    DeskOrderFactory,
    EventFactory,
    OfferFactory,
    OrderFactory,
    OrderItemFactory,
    TicketFactory,
    TicketTypeFactory,
)
from tests.invariants.books import books_add_up  # noqa: F401 (a fixture)
from tests.services.selling import Sale, code_for, paid_sale
from ticketing import clock
from ticketing.extensions import db as extension
from ticketing.models import Event, LedgerEntry, Order, Payment, Refund
from ticketing.models.payments import REFUND_FAILED
from ticketing.policy import SYSTEM
from ticketing.queries import event_figures, quarters, sales_figures
from ticketing.queries.sales_figures import EventSales
from ticketing.services import orders
from ticketing.services.orders.refunding import ItemBack
from ticketing.web.organizer.figures import spans

pytestmark = pytest.mark.usefixtures("app")


def complimentary(offer: Any, number: int) -> Sale:
    """A present: its discount is all that it costs."""
    code = code_for(offer, value=10_000)
    gift = Sale(offer=offer, number=number, code=code.code)
    DeskOrderFactory(order=gift.order, kind="complimentary")
    return gift


def mixed_set() -> tuple[Event, Any]:
    """One event that has seen everything: paid, given back in part and whole, cancelled, given away, with a
    promo code, paid too late, waiting."""
    event: Event = EventFactory()
    offer = OfferFactory(event=event, size=40, price=2500)
    paid_sale(offer=offer)
    part = paid_sale(offer=offer, number=3)
    orders.give_back(SYSTEM, part.id, items=[ItemBack(part.order.items[0].uuid, 1)])
    whole = paid_sale(offer=offer)
    orders.give_back(SYSTEM, whole.id)
    gone = paid_sale(offer=offer)
    orders.cancel(SYSTEM, gone.id)
    complimentary(offer, 4)
    paid_sale(offer=offer, code=code_for(offer, code="TEN").code)
    late = Sale(offer=OfferFactory(event=event, size=2, price=2500))
    late.start()
    late.run_out()
    Sale(offer=late.offer)
    late.pay()
    Sale(offer=offer)
    return event, offer


def of(event: Event) -> EventSales:
    extension.session.expire_all()
    return sales_figures.of_event(event.id)


def ledger_of(event: Event) -> int:
    """What the ledger took in for an event less what it gave back, in minor units."""
    kept = (
        select(func.sum(LedgerEntry.amount))
        .join(Order, Order.id == LedgerEntry.order_id)
        .where(Order.event_id == event.id, LedgerEntry.account.in_(("gateway", "outside")))
        .where(LedgerEntry.kind != "gateway_fee")
    )
    return int(extension.session.scalar(kept) or 0)


@pytest.mark.usefixtures("books_add_up")
def test_figures_agree_with_the_books_whatever_an_event_has_seen() -> None:
    event, _offer = mixed_set()
    sales = of(event)
    (taken,) = sales.takings
    payments = select(func.sum(Payment.amount_received)).where(Payment.status == "paid")
    refunds = select(func.sum(Refund.amount)).where(Refund.status != REFUND_FAILED)
    assert taken.paid == extension.session.scalar(payments)
    assert taken.refunded == extension.session.scalar(refunds)
    assert taken.kept == ledger_of(event)
    assert sum(one.revenue for one in sales.sold) == taken.kept, "day by day it is the same money"
    assert sum(way.revenue for way in sales.ways) == taken.kept
    found = event_figures.get_overview(SYSTEM, event.uuid)
    assert sum(one.tickets + one.gifts for one in sales.sold) == found.seats.sold == found.sold + found.given
    assert sum(kind.sold for kind in found.types) == found.sold
    assert sum(back.amount for back in sales.refunds) == taken.refunded


def test_what_is_given_away_is_no_sale_and_stands_apart() -> None:
    event: Event = EventFactory()
    offer = OfferFactory(event=event, size=20, ticket_type=TicketTypeFactory(event=event))
    paid_sale(offer=offer, number=2)
    complimentary(offer, 3)
    sales = of(event)
    assert (sum(one.tickets for one in sales.sold), sum(one.gifts for one in sales.sold)) == (2, 3)
    assert sales.given == {offer.ticket_type_id: 3}
    assert {way.channel: (way.tickets, way.revenue) for way in sales.ways} == {
        "complimentary": (3, 0),
        "web": (2, 5250),
    }
    found = event_figures.get_overview(SYSTEM, event.uuid)
    assert [(kind.sold, kind.given) for kind in found.types] == [(2, 3)]


def test_a_refund_lowers_the_moment_of_the_sale() -> None:
    sale = paid_sale()
    order = extension.session.get_one(Order, sale.id)
    order.confirmed_at = datetime(2026, 3, 1, 12, 7, tzinfo=UTC)
    extension.session.commit()
    orders.give_back(SYSTEM, sale.id, items=[ItemBack(sale.order.items[0].uuid, 1)])
    event = extension.session.get_one(Event, sale.offer.event_id)
    (sold,) = of(event).sold
    assert sold.quarter is not None
    assert quarters.begin_of(sold.quarter) == datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    assert (sold.tickets, sold.revenue) == (1, 5250 - 2500)


def test_money_of_an_order_that_never_was_confirmed_has_no_moment() -> None:
    event = EventFactory()
    OrderFactory(event=event, status="expired", amount_paid=5000, amount_refunded=2000)
    (sold,) = of(event).sold
    assert (sold.quarter, sold.tickets, sold.revenue) == (None, 0, 3000)


def test_orders_of_two_items_are_paid_once() -> None:
    order = OrderFactory(status="confirmed", amount_paid=5000)
    for quantity in (1, 2):
        OrderItemFactory(order=order, quantity=quantity)
    (sold,) = of(extension.session.get_one(Event, order.event_id)).sold
    assert (sold.tickets, sold.revenue) == (3, 5000)


def test_currencies_are_never_added_up() -> None:
    event = EventFactory()
    for currency, paid in (("USD", 5000), ("JPY", 700)):
        OrderFactory(event=event, status="confirmed", currency=currency, amount_paid=paid)
    assert [(taken.currency, taken.kept) for taken in of(event).takings] == [("JPY", 700), ("USD", 5000)]


def test_promo_codes_are_those_that_confirmed_orders_keep() -> None:
    offer = OfferFactory(size=20)
    code = code_for(offer, code="TEN")
    paid_sale(offer=offer, code=code.code)
    orders.cancel(SYSTEM, paid_sale(offer=offer, code=code.code).id)
    Sale(offer=offer, code=code.code)
    (use,) = of(extension.session.get_one(Event, offer.event_id)).codes
    assert (use.code, use.orders, use.discount, use.revenue) == ("TEN", 1, 500, 4750)


def test_organizations_are_asked_together_and_only_since_then() -> None:
    now = clock.now()
    mine, other = EventFactory(), EventFactory()
    for event, days in ((mine, 1), (mine, 80), (other, 1), (EventFactory(), 1)):
        order = OrderFactory(
            event=event, status="confirmed", amount_paid=100, confirmed_at=now - timedelta(days=days)
        )
        OrderItemFactory(order=order, quantity=2)
    since = now - timedelta(days=60)
    both = sales_figures.of_organizations([mine.organization_id, other.organization_id], since)
    assert (sum(one.tickets for one in both), sum(one.revenue for one in both)) == (4, 200)
    assert sales_figures.of_organizations([], since) == []


def test_arrivals_are_scans_that_let_somebody_in() -> None:
    event: Event = EventFactory()
    ticket = TicketFactory(order_item__order__event=event, admissions=1)
    begin = datetime(2026, 3, 1, 19, 0, tzinfo=UTC)
    for minute, result in (
        (1, "admitted"),
        (14, "admitted"),
        (15, "admitted"),
        (16, "refused"),
        (17, "left"),
    ):
        CheckInFactory(ticket=ticket, result=result, scanned_at=begin + timedelta(minutes=minute))
    found = event_figures.get_overview(SYSTEM, event.uuid)
    assert found.arrivals == {quarters.quarter_at(begin): 2, quarters.quarter_at(begin) + 1: 1}
    assert (found.admission.admitted, found.admission.expected) == (1, 1)


@pytest.mark.parametrize(
    ("zone", "moment", "day"),
    [
        ("Asia/Kathmandu", datetime(2026, 3, 1, 18, 14, tzinfo=UTC), date(2026, 3, 1)),
        ("Asia/Kathmandu", datetime(2026, 3, 1, 18, 15, tzinfo=UTC), date(2026, 3, 2)),
        ("America/New_York", datetime(2026, 3, 1, 4, 59, tzinfo=UTC), date(2026, 2, 28)),
        ("Europe/Berlin", datetime(2026, 3, 29, 21, 59, tzinfo=UTC), date(2026, 3, 29)),
        ("Europe/Berlin", datetime(2026, 3, 29, 22, 0, tzinfo=UTC), date(2026, 3, 30)),
    ],
)
def test_a_sale_falls_on_the_day_of_the_place(zone: str, moment: datetime, day: date) -> None:
    order = OrderFactory(status="confirmed", confirmed_at=moment, amount_paid=100)
    sold = of(extension.session.get_one(Event, order.event_id)).sold
    days = spans.by_day(sold, ZoneInfo(zone), date(2026, 2, 20), date(2026, 4, 10))
    assert {when for when, sums in days.items() if sums.revenue} == {day}
    hours = spans.by_hour(sold, ZoneInfo(zone), day)
    (when,) = [begin for begin, sums in hours if sums.revenue]
    assert when <= moment.astimezone(ZoneInfo(zone)) < when + timedelta(hours=1)


def test_buyers_of_two_days_are_two_lines() -> None:
    """Days without a sale stand between them."""
    event = EventFactory()
    for day in (1, 4):
        moment = datetime(2026, 3, day, 12, tzinfo=UTC)
        OrderFactory(event=event, status="confirmed", confirmed_at=moment, amount_paid=100, user=None)
    sold = of(event).sold
    first, last = spans.days_of(sold, ZoneInfo("UTC")) or (date.min, date.min)
    days = spans.by_day(sold, ZoneInfo("UTC"), first, last)
    assert [sums.revenue.get("USD", 0) for sums in days.values()] == [100, 0, 0, 100]
