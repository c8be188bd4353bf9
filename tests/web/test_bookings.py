"""My bookings."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import (
    EventFactory,
    OfferFactory,
    OrderFactory,
    OrderItemFactory,
    QuotaFactory,
    UserFactory,
)
from tests.factories.sales import PaymentFactory, TicketFactory
from tests.invariants.books import books_add_up  # noqa: F401 (a fixture)
from tests.services.selling import Sale, paid_sale
from tests.web.conftest import Get, browser_of
from tests.web.page import Page
from ticketing import clock
from ticketing.extensions import db
from ticketing.models import Event, Order, OrderItem, Quota, Refund, Ticket, User
from ticketing.models.tickets import USED
from ticketing.policy import SYSTEM, Actor
from ticketing.services import events, refunds, tickets


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
    assert visit() == few <= 6


def test_a_booking_shows_its_tickets_and_its_bill(signed_in: FlaskClient, user: User) -> None:
    item = item_of(user, "confirmed")
    ticket, order = TicketFactory(order_item=item, position=1), item.order
    page = Page(signed_in.get(f"/bookings/{order.uuid}"))
    assert ticket.number in page.text
    assert "Valid" in page.text
    assert "$50.00" in page.text


def test_a_ticket_that_nobody_used_has_expired_when_its_event_is_over(
    signed_in: FlaskClient, user: User
) -> None:
    item = item_of(user, "confirmed")
    for position, admissions in ((1, 0), (2, 1)):
        TicketFactory(order_item=item, position=position, admissions=admissions)
    path, event = f"/bookings/{item.order.uuid}", item.order.event
    assert Page(signed_in.get(path)).text.count("Valid") == 2
    event.starts_at, event.ends_at = clock.now() - timedelta(hours=3), clock.now() - timedelta(minutes=1)
    db.session.commit()
    text = Page(signed_in.get(path)).text
    assert [text.count(words) for words in ("Valid", "Used", "Expired")] == [0, 1, 1]


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


def paid_order(user: User) -> Order:
    """Two tickets at $25.00 with $5.00 off, paid through the sandbox."""
    item = item_of(user, "confirmed")
    order = item.order
    order.discount, order.promo_code, order.amount_due, order.amount_paid = 500, "WELCOME10", 4500, 4500
    PaymentFactory(order=order, status="paid", amount=4500)
    for position in (1, 2):
        TicketFactory(order_item=item, position=position)
    return order


def promise(order: Order, number: int) -> None:
    """Promise so many tickets of its item back; no gateway has been asked yet."""
    item = db.session.scalars(db.select(OrderItem).filter_by(order_id=order.id)).one()
    item.returned += number
    refunds.give_back(SYSTEM, order, 2250 * number, "", [refunds.returned(order, item, number)])


def test_a_bill_shows_the_discount_with_its_code(signed_in: FlaskClient, user: User) -> None:
    page = Page(signed_in.get(f"/bookings/{paid_order(user).uuid}"))
    assert "Subtotal $50.00" in page.text
    assert "Discount (WELCOME10) −$5.00" in page.text
    assert "Total $45.00" in page.text
    assert "Refunded" not in page.text


def test_what_came_back_in_part_stands_on_the_bill_and_in_the_list(
    signed_in: FlaskClient, user: User, db
) -> None:
    order = paid_order(user)
    promise(order, 1)
    page = Page(signed_in.get(f"/bookings/{order.uuid}"))
    for words in (
        "Confirmed, partly refunded",
        "1 of 2 returned",
        "Refunded −$22.50",
        "$22.50 are on their way back to you.",
        "2 tickets, 1 returned",
    ):
        assert words in page.text
    listed = Page(signed_in.get("/bookings/")).text
    assert "Confirmed, partly refunded" in listed
    assert "$22.50 refunded" in listed
    db.session.execute(db.update(Refund).values(status="succeeded"))
    assert "on their way" not in Page(signed_in.get(f"/bookings/{order.uuid}")).text


def test_a_refund_that_is_on_its_way_is_said(signed_in: FlaskClient, user: User, db) -> None:
    order = paid_order(user)
    assert signed_in.post(f"/bookings/{order.uuid}/cancel").status_code == 303
    for address in ("/bookings/", f"/bookings/{order.uuid}"):
        assert "Cancelled, refund on its way" in Page(signed_in.get(address)).text
    page = Page(signed_in.get(f"/bookings/{order.uuid}"))
    assert "$45.00 are on their way back to you." in page.text
    assert ("s", {}) in page.attributes
    db.session.execute(db.update(Refund).values(status="succeeded"))
    assert "Cancelled, refunded" in Page(signed_in.get("/bookings/")).text


def test_a_booking_needs_as_many_statements_for_many_refunds_as_for_none(
    signed_in: FlaskClient, user: User, statements
) -> None:
    def visit(order: Order) -> int:
        address = f"/bookings/{order.uuid}"
        with statements() as seen:
            assert signed_in.get(address).status_code == 200
        return len(seen)

    plain, refunded = paid_order(user), paid_order(user)
    promise(refunded, 1)
    assert visit(refunded) == visit(plain) <= 7


# ------------------------------------------------------------------ returning chosen tickets


def returning(sale: Sale, rest: str = "") -> str:
    return f"/bookings/{sale.order.uuid}/return{rest}"


def ids_of(sale: Sale) -> list[int]:
    mine = db.select(Ticket.id).where(Ticket.order_id == sale.id).order_by(Ticket.id)
    return list(db.session.scalars(mine))


def sale_of(user: User, **details: Any) -> Sale:
    return paid_sale(buyer=Actor.of(user), **details)


def told(by: FlaskClient, sale: Sale, *tickets: int) -> Page:
    return Page(by.get(returning(sale, "/review"), query_string={"ticket": tickets}))


def sent(by: FlaskClient, sale: Sale, page: Page, **more: str) -> Any:
    """The form of the page that tells, as it stands."""
    chosen = [known["value"] for _, known in page.attributes if known.get("name") == "ticket"]
    form = page.form(returning(sale)).fields | {"ticket": chosen} | more
    return by.post(returning(sale), data=form)


@pytest.mark.usefixtures("books_add_up")
def test_buyers_return_the_tickets_that_they_choose(signed_in: FlaskClient, user: User) -> None:
    sale = sale_of(user, number=3)
    first, second, third = ids_of(sale)
    page = Page(signed_in.get(f"/bookings/{sale.order.uuid}"))
    assert page.link("Return tickets") == returning(sale)
    assert {f"ticket-{number}" for number in (first, second, third)} <= {
        *Page(signed_in.get(returning(sale))).ids
    }
    page = told(signed_in, sale, first, third)
    for words in (
        "Return these 2 tickets?", "$50.00", "The service fee of $3.75 comes back with your last ticket.",
        "It stays, with your other tickets.",
    ):  # fmt: skip
        assert words in page.text, words
    assert sale.money == ("confirmed", 7875, 0), "telling changes nothing"
    for _click in range(2):
        assert sent(signed_in, sale, page).location == f"/bookings/{sale.order.uuid}"
    assert sale.money == ("confirmed", 7875, 5000)
    assert (sale.tickets, sale.stock) == (["cancelled", "active", "cancelled"], (0, 1))
    page = told(signed_in, sale, second)
    assert "The service fee of $3.75 is part of it." in page.text
    assert "It is cancelled: no ticket is left." in page.text
    sent(signed_in, sale, page)
    assert (sale.money, sale.stock) == (("cancelled", 7875, 7875), (0, 0))


@pytest.mark.usefixtures("books_add_up")
def test_free_tickets_are_returned_for_nothing(signed_in: FlaskClient, user: User) -> None:
    sale = Sale(buyer=Actor.of(user), price=0, number=2)
    page = told(signed_in, sale, ids_of(sale)[0])
    assert "Nothing: these tickets were free." in page.text
    sent(signed_in, sale, page)
    assert (sale.money, sale.tickets) == (("confirmed", 0, 0), ["cancelled", "active"])


@pytest.mark.usefixtures("books_add_up")
def test_what_cannot_be_returned_is_not_offered_and_refused(signed_in: FlaskClient, user: User) -> None:
    sale, other = sale_of(user, number=3), paid_sale()
    first, second, third = ids_of(sale)
    for chosen in ((), (ids_of(other)[0],), (0,), ("x",)):
        page = told(signed_in, sale, *chosen)
        assert (page.status, "tickets-error" in page.ids) == (400, True)
    page = told(signed_in, sale, first)
    changed = sent(signed_in, sale, page, mark="")
    assert (changed.status_code, "Meanwhile something has changed." in Page(changed).text) == (409, True)
    tickets.transfer(Actor.of(user), second, email="friend@example.org")
    offered = Page(signed_in.get(returning(sale)))
    assert (f"ticket-{second}" in offered.ids, f"ticket-{third}" in offered.ids) == (False, True)
    assert sent(signed_in, sale, told(signed_in, sale, second)).status_code == 400
    sale.use_ticket(3)
    assert sent(signed_in, sale, page).location == f"/bookings/{sale.order.uuid}"
    shown = Page(signed_in.get(f"/bookings/{sale.order.uuid}"))
    assert "These tickets cannot be returned here any more." in shown.text
    assert returning(sale) not in {href for _words, href in shown.links}
    assert sale.money == ("confirmed", 7875, 0)


def test_only_the_buyer_returns_tickets_and_only_before_the_start(
    app: Flask, signed_in: FlaskClient, user: User, client: FlaskClient
) -> None:
    sale = sale_of(user)
    form = told(signed_in, sale, ids_of(sale)[0])
    stranger, support = browser_of(app, UserFactory()), browser_of(app, UserFactory(is_support=True))
    for by, status in ((stranger, 404), (support, 403)):
        assert [by.get(returning(sale, rest)).status_code for rest in ("", "/review")] == [status] * 2
        assert sent(by, sale, form).status_code == status
    assert client.get(returning(sale)).location.startswith("/sign-in")
    event = db.session.get_one(Event, sale.offer.event_id)
    event.starts_at = clock.now() - timedelta(minutes=1)
    db.session.commit()
    assert signed_in.get(returning(sale)).location == f"/bookings/{sale.order.uuid}"
    assert sent(signed_in, sale, form).status_code == 303
    assert sale.money == ("confirmed", 5250, 0)


# ------------------------------------------------------------------ moved events


def moved_words(by: FlaskClient, sale: Sale) -> str:
    return Page(by.get(f"/bookings/{sale.order.uuid}")).text


def test_who_booked_before_an_event_was_moved_is_told_that_tickets_can_be_returned(
    app: Flask, signed_in: FlaskClient, user: User
) -> None:
    sale = sale_of(user)
    assert "This event was moved." not in moved_words(signed_in, sale)
    event = db.session.get_one(Event, sale.offer.event_id)
    later = event.starts_at + timedelta(days=1)
    events.update(SYSTEM, event.id, starts_at=later, ends_at=later + timedelta(hours=3))
    page = Page(signed_in.get(f"/bookings/{sale.order.uuid}"))
    assert "This event was moved." in page.text
    assert "you can return your tickets until it starts" in page.text
    assert page.link("Return tickets") == returning(sale)
    late = sale_of(UserFactory(), offer=sale.offer)
    by = browser_of(app, db.session.get_one(User, late.order.user_id))
    assert "This event was moved." not in moved_words(by, late), "they knew when they booked"
    with time_machine.travel(later + timedelta(minutes=1), tick=False):
        assert "This event was moved." not in moved_words(browser_of(app, user), sale)


def test_an_event_that_was_put_off_past_its_old_hour_can_still_be_returned(
    app: Flask, signed_in: FlaskClient, user: User
) -> None:
    sale = sale_of(user)
    event = db.session.get_one(Event, sale.offer.event_id)
    old = event.starts_at
    later = old + timedelta(days=3)
    events.update(SYSTEM, event.id, starts_at=later, ends_at=later + timedelta(hours=3))
    with time_machine.travel(old + timedelta(hours=1), tick=False):
        by = browser_of(app, user)
        sent(by, sale, told(by, sale, ids_of(sale)[0]))
        assert sale.money[0] == "confirmed"
        assert sale.tickets == ["cancelled", "active"]
