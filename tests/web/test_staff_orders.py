"""Every order of the house, for support and staff: found, confirmed by hand, cancelled, many at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import EventFactory, OrderFactory, OrganizationFactory, UserFactory
from tests.invariants.books import assert_books_add_up
from tests.services.selling import Sale, paid_sale
from tests.web.conftest import browser_of
from tests.web.page import Page
from tests.web.staffroom import done, rows, statements_of
from ticketing import clock
from ticketing.extensions import db
from ticketing.models import Order, Payment, Refund, User

ORDERS, BULK = "/staff/orders/", "/staff/orders/bulk"


@pytest.fixture(params=["is_support", "is_staff"])
def staff(app: Flask, request: pytest.FixtureRequest) -> FlaskClient:
    return browser_of(app, UserFactory(email="staff@example.org", **{request.param: True}))


@pytest.fixture
def admin(app: Flask) -> FlaskClient:
    return browser_of(app, UserFactory(email="admin@example.org", is_staff=True))


def deed(sale: Sale, name: str) -> str:
    return f"{ORDERS}{sale.order.uuid}/{name}"


def test_to_strangers_there_is_no_such_page(app: Flask, client: FlaskClient) -> None:
    sale = Sale()
    buyer = browser_of(app, db.session.get_one(User, sale.buyer.user_id))
    for browser in (client, browser_of(app, UserFactory()), buyer):
        for address in (ORDERS, deed(sale, "confirm"), deed(sale, "cancel"), f"{BULK}?deed=confirm"):
            assert browser.get(address).status_code == 404
            assert browser.post(address).status_code in (404, 405)
    assert sale.money == ("pending", 0, 0)


def test_orders_are_found_by_everything_that_one_knows_of_them(admin: FlaskClient) -> None:
    now, event = clock.now(), EventFactory(title="Lantern Walk")
    OrderFactory(event=event, number="ORD-A1", buyer_name="Ada Lovelace", buyer_email="ada@example.org",
                 subtotal=9900, channel="btick")  # fmt: skip
    OrderFactory(number="ORD-B2", status="confirmed", created_at=now - timedelta(days=3), subtotal=2500)
    OrderFactory(number="ORD-C3", expires_at=now - timedelta(hours=1))
    yen = EventFactory(organization=OrganizationFactory(currency="JPY"), currency="JPY")
    OrderFactory(event=yen, number="ORD-D4", subtotal=99)
    day = (now - timedelta(days=2)).date().isoformat()
    for asked, numbers in (
        ("", "ABCD"), ("q=ord-a", "A"), ("q=LOVELACE", "A"), ("q=ada@example.org", "A"),
        ("q=lantern+ada", "A"),
        ("q=%25", ""), ("status=pending", "AD"), ("status=expired", "C"), ("status=confirmed", "B"),
        ("channel=btick", "A"), ("channel=x&status=x", "ABCD"), (f"since={day}", "ACD"),
        (f"until={day}", "B"),
        ("since=yesterday", "ABCD"), ("least=99", "AD"), ("most=25", "B"), ("least=25&most=50", "BC"),
        ("most=99,00", "ABCD"), ("least=x", "ABCD"), ("least=-1", "ABCD"), ("least=1e400", "ABCD"),
    ):  # fmt: skip
        page = Page(admin.get(f"{ORDERS}?{asked}"))
        found = "".join(letter for letter in "ABCD" if f"ORD-{letter}" in page.text)
        assert (page.status, found) == (200, numbers), asked


def test_orders_are_sorted_and_lead_to_their_page(staff: FlaskClient) -> None:
    cheap = OrderFactory(number="ORD-CHEAP", buyer_name="Zoe", subtotal=100)
    OrderFactory(number="ORD-DEAR", buyer_name="Ada", subtotal=9900)
    for sort, first in (("amount", "CHEAP"), ("-amount", "DEAR"), ("buyer", "DEAR"), ("number", "CHEAP")):
        text = Page(staff.get(f"{ORDERS}?sort={sort}")).text
        other = {"CHEAP": "DEAR", "DEAR": "CHEAP"}[first]
        assert text.index(f"ORD-{first}") < text.index(f"ORD-{other}"), sort
    page = Page(staff.get(ORDERS))
    assert page.link("Zoe") == f"/organizer/orders/{cheap.uuid}"
    assert staff.get(page.link("Zoe")).status_code == 200


def test_fifty_orders_cost_as_many_statements_as_five(
    staff: FlaskClient, statements: Callable[[], Any]
) -> None:
    event = EventFactory()
    counted = statements_of(staff, ORDERS, lambda: OrderFactory(event=event), statements)
    assert counted[0] == counted[1] <= 5
    assert rows(Page(staff.get(ORDERS))) == 40


def test_a_pending_order_is_confirmed_by_hand_once(staff: FlaskClient) -> None:
    sale = Sale()
    page = Page(staff.get(f"/organizer/orders/{sale.order.uuid}"))
    assert page.link("Confirm by hand") == deed(sale, "confirm")
    assert "Confirm this order by hand?" in Page(staff.get(deed(sale, "confirm"))).headings
    assert sale.money == ("pending", 0, 0)
    assert "The order is confirmed." in done(staff, deed(sale, "confirm")).text
    assert sale.money == ("confirmed", 5250, 0)
    again = Page(staff.get(staff.post(deed(sale, "confirm")).location))
    assert "Nothing was done" in again.text
    assert [payment.gateway for payment in sale.payments] == ["manual"]
    assert_books_add_up(db.session)


def test_a_hold_that_has_ended_is_not_confirmed(staff: FlaskClient) -> None:
    sale = Sale()
    db.session.get_one(Order, sale.id).expires_at = clock.now() - timedelta(seconds=1)
    db.session.commit()
    assert staff.post(deed(sale, "confirm")).status_code == 303
    assert sale.money == ("pending", 0, 0)
    assert not sale.payments


def test_a_confirmed_order_is_cancelled_and_its_money_given_back(staff: FlaskClient) -> None:
    sale = paid_sale()
    page = Page(staff.get(f"/organizer/orders/{sale.order.uuid}"))
    assert page.link("Cancel the whole order") == deed(sale, "cancel")
    assert staff.post(deed(sale, "cancel"), data={"reason": "x" * 201}).status_code == 400
    assert "The order is cancelled." in done(staff, deed(sale, "cancel"), reason="Twice by mistake").text
    assert sale.order.cancellation_reason == "Twice by mistake"
    assert sale.money == ("cancelled", 5250, 5250)
    assert db.session.scalars(db.select(Refund.status)).all() == ["requested"]
    assert_books_add_up(db.session)


def test_the_services_refusal_stands_on_the_page(staff: FlaskClient) -> None:
    sale = Sale()
    event = sale.order.event
    event.starts_at, event.ends_at = clock.now() - timedelta(hours=2), clock.now() - timedelta(hours=1)
    db.session.commit()
    answer = staff.post(deed(sale, "confirm"))
    assert answer.status_code == 400
    assert "The event has already taken place." in Page(answer).text


def test_many_are_confirmed_each_by_itself(staff: FlaskClient) -> None:
    good, late, paid = Sale(), Sale(), paid_sale()
    db.session.get_one(Order, late.id).expires_at = clock.now() - timedelta(seconds=1)
    db.session.commit()
    chosen = [str(sale.order.uuid) for sale in (late, good, paid)]
    asked = Page(staff.get(BULK, query_string={"deed": "confirm", "chosen": chosen}))
    assert "Confirm 3 orders by hand?" in asked.headings
    page = Page(staff.post(BULK, data={"deed": "confirm", "chosen": chosen}))
    assert "1 order is confirmed." in page.headings
    assert "2 were left as they are" in page.headings
    assert "This order has expired." in page.text
    assert "this one is confirmed." in page.text
    assert [sale.money[0] for sale in (good, late, paid)] == ["confirmed", "pending", "confirmed"]
    number = db.session.scalar(
        db.select(db.func.count()).select_from(Payment).where(Payment.gateway == "manual")
    )
    assert number == 1
    assert_books_add_up(db.session)


def test_many_pending_ones_are_cancelled_and_paid_ones_stay(staff: FlaskClient) -> None:
    first, second, paid = Sale(), Sale(), paid_sale()
    chosen = [str(sale.order.uuid) for sale in (first, paid, second)]
    page = Page(staff.post(BULK, data={"deed": "cancel", "chosen": chosen}))
    assert "2 orders are cancelled." in page.headings
    assert "1 was left as it is" in page.headings
    assert "Confirmed orders are refunded, not cancelled." in page.text
    assert [sale.money[0] for sale in (first, second, paid)] == ["cancelled", "cancelled", "confirmed"]
    assert_books_add_up(db.session)


def test_no_order_is_a_friendly_page(staff: FlaskClient) -> None:
    assert "No orders yet" in Page(staff.get(ORDERS)).headings
    page = Page(staff.get(f"{ORDERS}?q=nothing"))
    assert "Nothing found" in page.headings
    assert page.link("Show everything") == ORDERS
