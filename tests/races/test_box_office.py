"""The box office and buyers reach for the same tickets; two people take the same ticket back.

With the locks on order and tickets taken out of ``refunding``, and the count of voided rows not looked at,
PostgreSQL let three of eight take the same ticket back; only "never more than was paid" stopped the others.
"""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories import BuyerFactory, OfferFactory
from tests.invariants.books import assert_books_add_up
from tests.races import crowd, deeds
from ticketing.extensions import db as extension
from ticketing.models import Order, Quota, Ticket
from ticketing.policy import SYSTEM
from ticketing.services import orders
from ticketing.services.idempotency import Idempotency
from ticketing.services.orders import Buyer, Line, terms_for

pytestmark = pytest.mark.races
CROWD, TICKETS = 12, 6


def sell(event_id: int, offer_id: int) -> None:
    """Somebody pays at the door."""
    orders.sell(SYSTEM, event_id, [Line(offer_id, 1)], method="cash")


def give_away(event_id: int, offer_id: int) -> None:
    """Somebody is given a ticket."""
    buyer = Buyer("Grace", "grace@example.org")
    orders.give_away(SYSTEM, event_id, [Line(offer_id, 1)], buyer=buyer)


def take_back(order_id: int, *tickets: int) -> None:
    """A manager takes tickets back."""
    orders.return_tickets(SYSTEM, order_id, tickets)


def take_back_once(order_id: int, *tickets: int) -> None:
    """A manager's form is sent many times."""
    orders.return_tickets(SYSTEM, order_id, tickets, once=Idempotency.of("return", "form", b"1"))


def test_door_presents_and_buyers_get_no_more_than_there_are(app: Flask, committed: Any) -> None:
    offer = OfferFactory(size=TICKETS)
    wanted = [
        (deed, *given)
        for deed, given in (
            (sell, (offer.event_id, offer.id)),
            (give_away, (offer.event_id, offer.id)),
            (deeds.book, (BuyerFactory().user_id, (offer.id, 1))),
        )
        for _ in range(CROWD // 3)
    ]
    outcomes = crowd.of_threads(app, deeds.do, wanted)
    assert outcomes == {"done": TICKETS, "sold_out": CROWD - TICKETS}
    committed.session.expire_all()
    quota = committed.session.get(Quota, offer.quota_id)
    assert quota.held + quota.sold == TICKETS
    assert_books_add_up(committed.session)


def sale_of_three() -> tuple[int, list[int], int]:
    """A paid order, its tickets, and its offer's quota."""
    offer = OfferFactory(size=10, price=2500)
    order_id = orders.place(BuyerFactory(), [Line(offer.id, 3)], terms=terms_for("btick")).order_id
    orders.confirm(SYSTEM, order_id)
    mine = select(Ticket.id).where(Ticket.order_id == order_id).order_by(Ticket.id)
    return order_id, list(extension.session.scalars(mine)), offer.quota_id


@pytest.mark.parametrize(("deed", "refused"), [(take_back, 7), (take_back_once, 0)])
def test_a_ticket_that_many_take_back_at_once_leaves_its_order_once(
    app: Flask, committed: Any, deed: Any, refused: int
) -> None:
    order_id, tickets, quota_id = sale_of_three()
    outcomes = crowd.of_threads(app, deed, [(order_id, tickets[0])] * 8)
    assert outcomes == {"done": 8 - refused} | ({"ticket_used": refused} if refused else {})
    committed.session.expire_all()
    order, quota = committed.session.get(Order, order_id), committed.session.get(Quota, quota_id)
    assert (order.status, order.amount_refunded, quota.sold) == ("confirmed", 2500, 2)
    assert_books_add_up(committed.session)
