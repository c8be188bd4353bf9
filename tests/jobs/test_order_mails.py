"""What mails say of money: discounts, and what was given back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from tests.factories import BuyerFactory, OfferFactory, PromoCodeFactory, TicketTypeFactory
from ticketing.extensions import db as extension
from ticketing.jobs import mails
from ticketing.models import Order, OutboxMessage
from ticketing.policy import SYSTEM
from ticketing.services import notifications, orders
from ticketing.services.orders import ItemBack, Line, terms_for


@pytest.fixture
def order(app: Flask) -> Order:
    """A confirmed order of two walks at $25.00 and one supper at $30.00, with ten per cent off."""
    walk = OfferFactory(price=2500, ticket_type=TicketTypeFactory(name="Walk"))
    kind = TicketTypeFactory(name="Supper", event=walk.event)
    supper = OfferFactory(price=3000, event=walk.event, ticket_type=kind)
    PromoCodeFactory(organization=walk.event.organization, code="WELCOME10")
    placed = orders.place(
        BuyerFactory(), [Line(walk.id, 2), Line(supper.id, 1)], terms=terms_for("web"), code="WELCOME10"
    )
    return orders.confirm(SYSTEM, placed.order_id)


def texts(kind: str, order: Order, **about: Any) -> tuple[str, str]:
    """The two bodies of such a mail, as words in a row."""
    message = OutboxMessage(kind=kind, payload={"order_id": order.id, **about}, language="en")
    _subject, body, page = mails._rendered(kind.removeprefix("mail."), mails._context(message))
    return " ".join(body.split()), page


def some_back(order: Order) -> int:
    """Give one walk back; the id of the refund."""
    walk = order.items[0]
    return orders.give_back(SYSTEM, order.id, items=[ItemBack(walk.id, 1)]).id


def test_the_confirmation_shows_subtotal_discount_fee_and_total(order: Order) -> None:
    body, page = texts(notifications.ORDER_CONFIRMED, order)
    assert (
        "2 x Walk: $50.00 1 x Supper: $30.00 Subtotal: $80.00 Discount (WELCOME10): -$8.00"
        " Service fee: $4.00 Total: $76.00"
    ) in body
    assert "Refunded" not in body
    for words in ("Discount (WELCOME10)", "−$8.00", "$4.00", "$76.00"):
        assert words in page


def test_a_refund_of_a_part_says_what_stays(order: Order) -> None:
    refund_id = some_back(order)
    body, page = texts(notifications.REFUND_DONE, order, refund_id=refund_id)
    assert "We have returned $22.50." in body
    assert "Your booking stays confirmed" in body
    assert "2 x Walk: $50.00 (1 of 2 returned)" in body
    assert "Total: $76.00 Refunded: -$22.50" in body
    assert "1 of 2 returned" in page


def test_what_is_cancelled_after_a_part_came_back_comes_back_altogether(order: Order) -> None:
    some_back(order)
    orders.cancel(SYSTEM, order.id)
    extension.session.expire_all()
    for kind in (notifications.ORDER_CANCELLED, notifications.EVENT_CANCELLED):
        body, page = texts(kind, order)
        assert "You get back all of the $76.00 that you paid." in body
        assert "Refunded: -$76.00" in body
        assert "You get back all of the $76.00 that you paid." in page


def test_an_ended_order_of_which_some_money_stays_says_how_much_comes(order: Order) -> None:
    orders.give_back(SYSTEM, order.id, amount=Decimal("10.00"))
    order = extension.session.get_one(Order, order.id)
    order.status = "cancelled"
    body, _page = texts(notifications.ORDER_CANCELLED, order)
    assert "In all, you get back $10.00 of the $76.00 that you paid." in body


def test_an_order_that_was_never_paid_was_charged_nothing(app: Flask) -> None:
    offer = OfferFactory()
    placed = orders.place(BuyerFactory(), [Line(offer.id, 1)], terms=terms_for("web"))
    order = orders.cancel(SYSTEM, placed.order_id)
    body, _page = texts(notifications.ORDER_CANCELLED, order)
    assert "Nothing was charged." in body
    assert "Total" not in body
