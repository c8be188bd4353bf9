"""Every payment of the house, and the books: for staff."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import (
    EventFactory,
    GatewayEventFactory,
    OrderFactory,
    PaymentFactory,
    RefundFactory,
    UserFactory,
)
from tests.services.selling import Sale, paid_sale
from tests.web.conftest import browser_of
from tests.web.page import Page
from tests.web.staffroom import done, rows, statements_of
from ticketing import clock
from ticketing.extensions import db
from ticketing.gateways.sandbox import Sandbox
from ticketing.models import ActivityLog, Payment, Quota

PAYMENTS, BOOKS = "/staff/payments/", "/staff/books/"


@pytest.fixture
def staff(app: Flask) -> FlaskClient:
    return browser_of(app, UserFactory(email="staff@example.org", is_staff=True))


def test_to_everybody_else_there_is_no_such_page(app: Flask, client: FlaskClient) -> None:
    one = f"{PAYMENTS}{PaymentFactory().uuid}"
    for browser in (client, browser_of(app, UserFactory()), browser_of(app, UserFactory(is_support=True))):
        for address in (PAYMENTS, one, f"{one}/ask-again", BOOKS):
            assert browser.get(address).status_code == 404
            assert browser.post(address).status_code in (404, 405)


def test_payments_are_found_filtered_and_sorted(staff: FlaskClient) -> None:
    now = clock.now()
    PaymentFactory(reference="pay_A1", status="paid", order=OrderFactory(number="ORD-77", subtotal=100))
    PaymentFactory(reference="pay_B2", gateway="stripe", created_at=now - timedelta(days=3))
    PaymentFactory(reference="pay_C3", gateway="manual", status="review")
    day = (now - timedelta(days=2)).date().isoformat()
    for asked, references in (
        ("", "ABC"), ("q=PAY_A", "A"), ("q=ord-77", "A"), ("q=_", "ABC"), ("q=%25", ""),
        ("gateway=stripe", "B"),
        ("gateway=x", "ABC"), ("status=review", "C"), ("status=x", "ABC"), (f"since={day}", "AC"),
        (f"until={day}", "B"),
    ):  # fmt: skip
        page = Page(staff.get(f"{PAYMENTS}?{asked}"))
        assert "".join(letter for letter in "ABC" if f"pay_{letter}" in page.text) == references, asked
    text = Page(staff.get(f"{PAYMENTS}?sort=amount")).text
    assert text.index("pay_A") < text.index("pay_B")
    assert rows(Page(staff.get(f"{PAYMENTS}?sort=-settled"))) == 3


def test_fifty_payments_cost_as_many_statements_as_five(
    staff: FlaskClient, statements: Callable[[], Any]
) -> None:
    event = EventFactory()
    counted = statements_of(
        staff, PAYMENTS, lambda: PaymentFactory(order=OrderFactory(event=event)), statements
    )
    assert counted[0] == counted[1] <= 6


def test_a_payment_is_told_with_refunds_events_and_ledger(staff: FlaskClient) -> None:
    sale = paid_sale()
    payment = sale.payments[0]
    GatewayEventFactory(
        gateway=payment.gateway, reference=payment.reference, kind="payment.approved", outcome="paid",
        processed_at=clock.now(),
    )  # fmt: skip
    RefundFactory(payment=payment, amount=700, currency="USD", reason="Too late")
    page = Page(staff.get(f"{PAYMENTS}{payment.uuid}"))
    for words in (sale.order.number, payment.reference, "payment.approved", "Too late", "$7.00",
                  "At the gateway", "Owed to the organization", "Our fees"):  # fmt: skip
        assert words in page.text, words
    assert page.link("Webhooks about this order") == f"/staff/webhooks/?order={sale.order.number}"
    order = Page(staff.get(f"/organizer/orders/{sale.order.uuid}"))
    assert order.link("Details") == f"{PAYMENTS}{payment.uuid}"


def test_a_payment_costs_a_fixed_number_of_statements(
    staff: FlaskClient, statements: Callable[[], Any]
) -> None:
    payment = PaymentFactory(status="paid")

    def more() -> None:
        RefundFactory(payment=payment, amount=1, currency="USD")
        GatewayEventFactory(gateway=payment.gateway, reference=payment.reference)

    counted = statements_of(staff, f"{PAYMENTS}{payment.uuid}", more, statements)
    assert counted[0] == counted[1] <= 7


def test_the_gateway_is_asked_again_and_its_answer_settled(staff: FlaskClient) -> None:
    sale = Sale()
    sale.start()
    Sandbox().decide(sale.reference, True)
    payment = sale.payments[0]
    address = f"{PAYMENTS}{payment.uuid}/ask-again"
    assert Page(staff.get(f"{PAYMENTS}{payment.uuid}")).link("Ask the gateway again") == address
    assert "its answer is settled" in done(staff, address).text
    assert sale.money == ("confirmed", 5250, 0)
    assert "its answer is settled" in done(staff, address).text
    assert sale.money == ("confirmed", 5250, 0)
    noted = db.session.scalars(db.select(ActivityLog.action)).all()
    assert noted.count("payment_asked_for") == 2


def test_a_gateway_that_does_not_answer_is_told(staff: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    from ticketing.errors import GatewayDown

    def down(self: Sandbox, reference: str) -> None:
        raise GatewayDown

    sale = Sale()
    sale.start()
    monkeypatch.setattr(Sandbox, "look_up", down)
    answer = staff.post(f"{PAYMENTS}{sale.payments[0].uuid}/ask-again")
    assert answer.status_code == 400
    assert "did not answer" in Page(answer).text


def test_nobody_is_asked_about_what_was_paid_by_hand_or_elsewhere(staff: FlaskClient) -> None:
    by_hand = PaymentFactory(gateway="manual", status="paid")
    unnamed = PaymentFactory(reference="new-1")
    for payment in (by_hand, unnamed):
        page = Page(staff.get(f"{PAYMENTS}{payment.uuid}"))
        assert "Ask the gateway again" not in page.text
        assert staff.post(f"{PAYMENTS}{payment.uuid}/ask-again").status_code == 303
    elsewhere = PaymentFactory(gateway="fax")
    answer = staff.post(f"{PAYMENTS}{elsewhere.uuid}/ask-again")
    assert (answer.status_code, "not in use here" in Page(answer).text) == (400, True)
    assert set(db.session.scalars(db.select(Payment.status))) == {"paid", "open"}


def test_the_books_are_read_when_somebody_asks(staff: FlaskClient) -> None:
    sale = paid_sale()
    page = Page(staff.get(BOOKS))
    assert "The books add up." not in page.text
    page = Page(staff.post(BOOKS))
    assert "The books add up." in page.text
    quota = db.session.get_one(Quota, sale.offer.quota_id)
    quota.sold -= 1
    db.session.commit()
    page = Page(staff.post(BOOKS))
    assert "not add up." in page.text
    assert "What does not add up" in page.headings
    assert page.text.count("Quota") + page.text.count("quota") > 0
    assert Page(staff.get("/staff/health")).link("Whether the books add up") == BOOKS
