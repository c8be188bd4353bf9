"""The outbox and the inbox of webhooks, for staff: found, told in words, tried again."""

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
    OutboxMessageFactory,
    PaymentFactory,
    UserFactory,
)
from tests.services.selling import Sale
from tests.web.conftest import browser_of
from tests.web.page import Page
from ticketing import clock
from ticketing.extensions import db
from ticketing.gateways.sandbox import NAME, Sandbox
from ticketing.models import GatewayEvent, Order, OutboxMessage
from ticketing.queries.gateway_events import MOST_ATTEMPTS
from ticketing.services import announcing, notifications
from ticketing.services.payments import inbox
from ticketing.web.staff.words import why

OUTBOX, WEBHOOKS = "/staff/outbox/", "/staff/webhooks/"


@pytest.fixture
def staff(app: Flask) -> FlaskClient:
    return browser_of(app, UserFactory(email="staff@example.org", is_staff=True))


def rows(page: Page) -> int:
    return sum(known.get("class") == "desk__row" for _tag, known in page.attributes)


def mail(order: Order, **more: Any) -> OutboxMessage:
    given = {"kind": notifications.ORDER_CANCELLED, "payload": {"order_id": order.id}, "order_id": order.id}
    return OutboxMessageFactory(**(given | more))


def withdrawal(**more: Any) -> OutboxMessage:
    given = {"kind": notifications.WITHDRAW_PAYMENT, "payload": {"payment_id": 7}}
    return OutboxMessageFactory(**(given | more))


@pytest.mark.parametrize("address", [OUTBOX, WEBHOOKS])
def test_to_everybody_else_there_is_no_such_page(app: Flask, client: FlaskClient, address: str) -> None:
    message, event = withdrawal(status="failed"), GatewayEventFactory()
    deeds = (f"{OUTBOX}{message.uuid}/try-again", f"{OUTBOX}{message.uuid}/send-again")
    for browser in (client, browser_of(app, UserFactory()), browser_of(app, UserFactory(is_support=True))):
        assert browser.get(address).status_code == 404
        for deed in (*deeds, f"{WEBHOOKS}{event.id}/process-again"):
            assert browser.post(deed).status_code == 404
            assert browser.get(deed).status_code in (404, 405)
    assert db.session.scalars(db.select(OutboxMessage.status)).all() == ["failed"]


def test_the_tabs_lead_from_page_to_page_and_say_where_one_is(staff: FlaskClient) -> None:
    for address in ("/staff/activity/", OUTBOX, WEBHOOKS):
        page = Page(staff.get(address))
        assert {"/staff/activity/", OUTBOX, WEBHOOKS} <= {href for _words, href in page.links}
        assert ("a", {"href": address, "aria-current": "page"}) in page.attributes
        assert staff.get(address).headers["Cache-Control"] == "no-store"


def test_a_message_is_told_with_kind_state_cause_and_order(staff: FlaskClient) -> None:
    order = OrderFactory(number="ORD-LANTERN")
    mail(order, status="failed", attempts=14, last_error="The mail server answered 550 5.1.1 no mailbox")
    page = Page(staff.get(OUTBOX))
    for words in ("Mail: order cancelled", "Given up", "14 attempts", "There is no such mailbox"):
        assert words in page.text
    assert page.link("Order ORD-LANTERN").endswith(f"/organizer/orders/{order.uuid}")


def test_no_address_and_no_secret_is_shown(staff: FlaskClient) -> None:
    user = UserFactory(email="ada@example.org")
    payload = {"user_id": user.id, "new_email": "new@example.org", "token": "s3cret"}
    error = "SMTPDataError: user smtp-login password hunter2 ada@example.org"
    OutboxMessageFactory(
        kind=notifications.CHANGE_EMAIL, payload=payload, status="failed", attempts=2, last_error=error
    )
    withdrawal(status="failed", attempts=2, last_error="OperationalError: postgres://shop:hunter2@db/shop")
    page = Page(staff.get(OUTBOX))
    for hidden in ("ada@example.org", "new@example.org", "s3cret", "hunter2"):
        assert hidden not in page.html
    assert f"account {user.id}" in page.text
    assert page.link(f"account {user.id}") == f"/staff/activity/?account={user.id}"


def test_the_outbox_is_filtered_by_kind_state_and_order(staff: FlaskClient) -> None:
    order, now = OrderFactory(number="ORD-00A1"), clock.now()
    mail(order, status="sent", sent_at=now)
    mail(OrderFactory(), status="failed", attempts=3)
    withdrawal(status="queued", attempts=1, leased_until=now + timedelta(minutes=3))
    OutboxMessageFactory(kind=announcing.ANNOUNCE, payload={"event_id": 4}, due_at=now + timedelta(minutes=9))
    withdrawal(due_at=now - timedelta(minutes=1))
    for asked, number in (
        ("", 5), ("state=sent", 1), ("state=failed", 1), ("state=sending", 1), ("state=planned", 1),
        ("state=queued", 1), ("kind=payment.withdraw", 2), ("kind=payment.withdraw&state=queued", 1),
        ("order=ord-00a1", 1), ("order=ORD-0", 0), ("order=%00", 5), ("kind=nothing&state=nothing", 5),
    ):  # fmt: skip
        page = Page(staff.get(f"{OUTBOX}?{asked}"))
        assert (page.status, rows(page)) == (200, number), asked
    chosen = Page(staff.get(f"{OUTBOX}?state=planned"))
    assert ("option", {"value": "planned", "selected": ""}) in chosen.attributes


def test_the_lists_come_in_pages_and_filters_go_along(staff: FlaskClient) -> None:
    for _ in range(41):
        withdrawal(status="failed")
        GatewayEventFactory(outcome="paid", processed_at=clock.now())
    for address, asked in ((OUTBOX, "state=failed"), (WEBHOOKS, "outcome=paid")):
        first = Page(staff.get(f"{address}?{asked}"))
        onward = f"{address}?{asked}&page=2"
        assert rows(first) == 40
        assert onward in {href for _words, href in first.links}
        assert rows(Page(staff.get(onward))) == 1
        assert rows(Page(staff.get(f"{address}?{asked}&page=99"))) == 1


def test_a_deed_is_tried_again_and_the_list_stays_as_it_was_filtered(staff: FlaskClient) -> None:
    message = withdrawal(status="failed", attempts=14, last_error="GatewayDown: no answer")
    page = Page(staff.get(f"{OUTBOX}?state=failed"))
    assert "The other side could not be reached." in page.text
    form = page.form(f"{OUTBOX}{message.uuid}/try-again?state=failed")
    assert (form.method, form.buttons) == ("post", ["Try again"])
    answer = staff.post(form.action)
    assert (answer.status_code, answer.location) == (303, f"{OUTBOX}?state=failed")
    db.session.expire_all()
    assert db.session.get_one(OutboxMessage, message.id).status == "queued"
    assert "It is tried again now." in Page(staff.get(answer.location)).text
    assert "It is due already." in Page(staff.post(form.action, follow_redirects=True)).text


def test_a_mail_about_an_order_is_sent_again(staff: FlaskClient) -> None:
    message = mail(OrderFactory(event=EventFactory()), status="failed", attempts=14)
    form = Page(staff.get(OUTBOX)).form(f"{OUTBOX}{message.uuid}/send-again")
    assert form.buttons == ["Send again"]
    assert "The message goes out again now." in Page(staff.post(form.action, follow_redirects=True)).text
    assert "less than a minute ago" in Page(staff.post(form.action, follow_redirects=True)).text


def test_a_refusal_is_told_on_the_list_itself(staff: FlaskClient) -> None:
    message = withdrawal(status="sent", sent_at=clock.now())
    page = Page(staff.post(f"{OUTBOX}{message.uuid}/try-again"))
    assert (page.status, rows(page)) == (400, 1)
    assert "This was done already." in page.text


def test_only_what_would_not_be_refused_has_a_button(staff: FlaskClient) -> None:
    now = clock.now()
    withdrawal(status="sent", sent_at=now)
    withdrawal(status="queued", attempts=1, leased_until=now + timedelta(minutes=3))
    withdrawal(due_at=now + timedelta(minutes=9))
    withdrawal(due_at=now - timedelta(minutes=1))
    for status in ("sent", "failed"):
        OutboxMessageFactory(kind=notifications.RESET_PASSWORD, payload={"user_id": 1}, status=status)
    page = Page(staff.get(OUTBOX))
    assert rows(page) == 6
    assert not [form for form in page.forms if form.action.startswith(OUTBOX)]


def test_an_event_is_told_with_what_it_is_about_and_without_what_it_holds(staff: FlaskClient) -> None:
    order = OrderFactory(number="ORD-WEBHOOK")
    payment = PaymentFactory(order=order, reference="pi_unguessable")
    card = {"card": {"last4": "4242", "name": "Ada Lovelace"}, "client_secret": "pi_secret_abc"}
    GatewayEventFactory(reference=payment.reference, processed_at=clock.now(), outcome="paid", payload=card)
    page = Page(staff.get(WEBHOOKS))
    for words in ("payment.succeeded", "Payment is paid"):
        assert words in page.text
    assert page.link("Order ORD-WEBHOOK").endswith(f"/organizer/orders/{order.uuid}")
    for hidden in ("4242", "Ada Lovelace", "pi_secret_abc", "pi_unguessable"):
        assert hidden not in page.html


def test_events_are_filtered_by_state_outcome_and_order(staff: FlaskClient) -> None:
    payment, now = PaymentFactory(order=OrderFactory(number="ORD-00B2")), clock.now()
    GatewayEventFactory(reference=payment.reference, processed_at=now, outcome="paid")
    GatewayEventFactory(processed_at=now, outcome="ignored: unknown payment")
    GatewayEventFactory(attempts=2)
    GatewayEventFactory(attempts=MOST_ATTEMPTS)
    for asked, number in (
        ("", 4), ("state=waiting", 1), ("state=given_up", 1), ("state=done", 2), ("outcome=paid", 1),
        ("outcome=ignored: unknown payment", 1), ("state=waiting&outcome=paid", 0), ("order=ord-00b2", 1),
        ("order=x", 0), ("state=tried&outcome=x", 4),
    ):  # fmt: skip
        page = Page(staff.get(f"{WEBHOOKS}?{asked}"))
        assert (page.status, rows(page)) == (200, number), asked


def test_an_event_that_was_given_up_is_processed_again(staff: FlaskClient) -> None:
    sale = Sale()
    sale.start()
    row_id = inbox._keep(NAME, "evt_late", "payment.succeeded", sale.reference, {})
    Sandbox().decide(sale.reference, True)
    db.session.get_one(GatewayEvent, row_id).attempts = MOST_ATTEMPTS
    db.session.commit()
    form = Page(staff.get(f"{WEBHOOKS}?state=given_up")).form(
        f"{WEBHOOKS}{row_id}/process-again?state=given_up"
    )
    answer = staff.post(form.action)
    assert (answer.status_code, answer.location) == (303, f"{WEBHOOKS}?state=given_up")
    assert "The event was processed." in Page(staff.get(answer.location)).text
    assert sale.money == ("confirmed", 5250, 0)
    again = Page(staff.post(f"{WEBHOOKS}{row_id}/process-again"))
    assert (again.status, "This event has been processed." in again.text) == (400, True)
    assert sale.money == ("confirmed", 5250, 0)


@pytest.mark.parametrize("number", ["0", "99999", "9" * 30])
def test_an_event_that_there_is_not_is_not_found(staff: FlaskClient, number: str) -> None:
    assert staff.post(f"{WEBHOOKS}{number}/process-again").status_code == 404


def test_fifty_rows_cost_as_many_statements_as_five(
    staff: FlaskClient, statements: Callable[[], Any]
) -> None:
    def rows_of_each(number: int) -> None:
        for _ in range(number):
            mail(OrderFactory(), status="failed", attempts=14)
            GatewayEventFactory(reference=PaymentFactory().reference)

    counted = {}
    for number in (5, 35):
        rows_of_each(number)
        for address in (OUTBOX, WEBHOOKS):
            staff.get(address)
            with statements() as seen:
                assert rows(Page(staff.get(address))) == (5 if number == 5 else 40)
            counted[address, number] = len(seen)
    for address in (OUTBOX, WEBHOOKS):
        assert counted[address, 5] == counted[address, 35] <= 4


def test_what_stopped_a_deed_is_told_without_its_details() -> None:
    for error, told in (
        ("", ""),
        ("GatewayDown: no answer from api.example.org", "could not be reached"),
        ("OSError: the inbox answered 503", "answered 503"),
        ("KeyError: 'secret'", "(KeyError)"),
    ):
        assert told in why(notifications.SEND_REFUND, error)
        assert "example.org" not in why(notifications.SEND_REFUND, error)
        assert "secret" not in why(notifications.SEND_REFUND, error)
