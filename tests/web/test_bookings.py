"""My bookings."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask.testing import FlaskClient

from tests.factories import EventFactory, OfferFactory, OrderFactory, OrderItemFactory, QuotaFactory
from tests.factories.sales import TicketFactory
from tests.web.conftest import Get
from tests.web.page import Page
from ticketing import clock
from ticketing.models import Order, OrderItem, Quota, User
from ticketing.models.tickets import USED


def booking(user: User, status: str = "pending", **event: object) -> Order:
    """An order of two tickets, with the stock that it takes."""
    return item_of(user, status, **event).order


def item_of(user: User, status: str, **event: object) -> OrderItem:
    """The only item of such an order."""
    made = EventFactory(**event)
    taken = {"pending": {"held": 2}, "confirmed": {"sold": 2}}.get(status, {})
    offer = OfferFactory(event=made, quota=QuotaFactory(event=made, size=10, **taken))
    order = OrderFactory(user=user, event=made, status=status)
    return OrderItemFactory(order=order, offer=offer)


def test_the_list_shows_what_i_booked_and_nothing_of_others(signed_in: FlaskClient, user: User) -> None:
    booking(user, title="Mine")
    OrderItemFactory(order__event__title="Somebody else's")
    page = Page(signed_in.get("/bookings/"))
    assert "Mine" in page.headings
    assert "Somebody else" not in page.text


def test_a_visitor_is_led_to_the_door(get: Get, client: FlaskClient) -> None:
    assert client.get("/bookings/").location == "/sign-in?next=/bookings/"


def test_without_bookings_there_is_a_way_to_events(signed_in: FlaskClient) -> None:
    page = Page(signed_in.get("/bookings/"))
    assert "No bookings yet" in page.headings
    assert page.link("Find events") == "/events/"


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("pending", "Waiting for payment"),
        ("confirmed", "Confirmed"),
        ("cancelled", "Cancelled"),
        ("expired", "Expired"),
        ("failed", "Payment failed"),
    ],
)
def test_each_status_has_its_words(signed_in: FlaskClient, user: User, status: str, words: str) -> None:
    order = booking(user, status)
    assert words in Page(signed_in.get("/bookings/")).text
    assert words in Page(signed_in.get(f"/bookings/{order.uuid}")).text


def test_a_hold_that_ended_reads_as_expired_before_any_sweep(signed_in: FlaskClient, user: User) -> None:
    booking(user)
    with time_machine.travel(clock.now() + timedelta(minutes=16), tick=False):
        page = Page(signed_in.get("/bookings/"))
    assert "Expired" in page.text
    assert not any(words.startswith(("Pay now", "Cancel")) for words, _ in page.links)


def test_the_list_has_pages(signed_in: FlaskClient, user: User) -> None:
    for number in range(12):
        booking(user, title=f"Booking {number:02}", starts_at=clock.now() + timedelta(days=1 + number))
    first, second = (Page(signed_in.get(f"/bookings/?page={number}")) for number in (1, 2))
    assert len([words for words, href in first.links if words == "Show" or "Pay now" in words]) == 10
    assert {"Booking 00", "Booking 01"} <= set(second.headings)


def test_the_list_needs_as_many_statements_for_many_bookings_as_for_one(
    signed_in: FlaskClient, user: User, statements
) -> None:
    def visit() -> int:
        with statements() as seen:
            signed_in.get("/bookings/")
        return len(seen)

    booking(user)
    few = visit()
    for _ in range(5):
        booking(user)
    assert visit() == few <= 5


def test_a_booking_shows_its_tickets_and_its_bill(signed_in: FlaskClient, user: User) -> None:
    item = item_of(user, "confirmed")
    ticket, order = TicketFactory(order_item=item, position=1), item.order
    page = Page(signed_in.get(f"/bookings/{order.uuid}"))
    assert ticket.number in page.text
    assert "Valid" in page.text
    assert "$50.00" in page.text


def test_cancelling_asks_first_and_then_gives_the_tickets_back(
    signed_in: FlaskClient, user: User, db
) -> None:
    order = booking(user, "confirmed")
    address = f"/bookings/{order.uuid}/cancel"
    asked = Page(signed_in.get(address))
    assert "Yes, cancel it" in asked.form("").buttons
    assert order.status == "confirmed"
    done = signed_in.post(address)
    assert (done.status_code, done.location) == (303, f"/bookings/{order.uuid}")
    assert "Your booking is cancelled." in Page(signed_in.get(done.location)).text
    assert db.session.execute(db.select(Quota.held, Quota.sold)).one() == (0, 0)


def test_cancelling_twice_is_refused_with_a_reason(signed_in: FlaskClient, user: User) -> None:
    order = booking(user)
    address = f"/bookings/{order.uuid}/cancel"
    assert signed_in.post(address).status_code == 303
    page = Page(signed_in.post(address))
    assert page.status == 400
    assert "This order is cancelled already." in page.text


def test_a_booking_with_a_used_ticket_cannot_be_cancelled(signed_in: FlaskClient, user: User, db) -> None:
    item = item_of(user, "confirmed")
    TicketFactory(order_item=item, position=1, status=USED)
    page = Page(signed_in.post(f"/bookings/{item.order.uuid}/cancel"))
    assert page.status == 400
    assert "A ticket of this order was used at the door." in page.text
    assert db.session.scalar(db.select(Quota.sold)) == 2


def test_after_the_event_there_is_no_way_to_cancel(signed_in: FlaskClient, user: User) -> None:
    order = booking(user, "confirmed", starts_at=clock.now() - timedelta(days=2))
    page = Page(signed_in.get(f"/bookings/{order.uuid}"))
    assert not any("Cancel" in words for words, _ in page.links)
    assert signed_in.post(f"/bookings/{order.uuid}/cancel").status_code == 400
