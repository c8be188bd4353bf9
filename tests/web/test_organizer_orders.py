"""An event's orders for its organizer: found, shown with all that belongs to them, their mails sent again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import (
    EventFactory,
    MembershipFactory,
    OfferFactory,
    OrderFactory,
    OrderItemFactory,
    OrganizationFactory,
    OutboxMessageFactory,
    PaymentFactory,
    RefundFactory,
    TicketFactory,
    TicketTypeFactory,
    UserFactory,
)
from tests.web.conftest import browser_of
from tests.web.page import Page
from ticketing import clock
from ticketing.extensions import db
from ticketing.models import Event, Order, Organization, OutboxMessage, Ticket, User
from ticketing.models.organizations import MANAGER, MEMBER
from ticketing.services import notifications
from ticketing.web.organizer.words import why_not_sent

NAMES = {"Confirmation with the tickets", "Refund", "Event called off", "Something new"}


@pytest.fixture
def organization(app: Flask) -> Organization:
    return OrganizationFactory()


@pytest.fixture
def event(organization: Organization) -> Event:
    return EventFactory(organization=organization, title="Lantern Walk", timezone="Europe/Lisbon")


@pytest.fixture
def manager(app: Flask, organization: Organization) -> FlaskClient:
    return browser_of(app, MembershipFactory(organization=organization, role=MANAGER).user)


@pytest.fixture
def member(app: Flask, organization: Organization) -> FlaskClient:
    return browser_of(app, MembershipFactory(organization=organization, role=MEMBER).user)


def ordered(event: Event, **order: Any) -> Order:
    """A confirmed order of two tickets at $25.00."""
    row = OrderFactory(event=event, **({"status": "confirmed", "amount_paid": 5000} | order))
    kind = TicketTypeFactory(event=event)
    item = OrderItemFactory(order=row, offer=OfferFactory(event=event, ticket_type=kind))
    if row.status == "confirmed":
        for position in (1, 2):
            TicketFactory(order_item=item, position=position)
    return row


def mail(order: Order, status: str = "sent", kind: str = notifications.ORDER_CONFIRMED, **row: Any) -> Any:
    payload = {"order_id": order.id}
    return OutboxMessageFactory(kind=kind, order_id=order.id, status=status, **({"payload": payload} | row))


def orders_of(event: Event) -> str:
    return f"/organizer/events/{event.uuid}/orders"


def tickets_of(order: Order) -> list[Ticket]:
    return list(db.session.scalars(db.select(Ticket).filter_by(order_id=order.id).order_by(Ticket.id)))


def page_of(order: Order) -> str:
    return f"/organizer/orders/{order.uuid}"


def button_of(order: Order, message: OutboxMessage) -> str:
    return f"/organizer/orders/{order.uuid}/messages/{message.uuid}/send-again"


def numbers(page: Page) -> list[str]:
    """The orders of a list."""
    return [words for words in page.text.split() if words.startswith("ORD-")]


def test_orders_are_listed_newest_first_with_buyer_amount_and_state(
    member: FlaskClient, event: Event
) -> None:
    old = ordered(event, buyer_name="Grace Hopper", created_at=clock.now() - timedelta(hours=1))
    new = ordered(event, status="pending", amount_paid=0)
    ordered(EventFactory())
    page = Page(member.get(orders_of(event)))
    assert numbers(page) == [new.number, old.number]
    for words in ("2 orders", "Grace Hopper", old.buyer_email, "$50.00", "2 tickets", "Waiting for payment"):
        assert words in page.text
    assert page.link("Grace Hopper") == page_of(old)


def test_amounts_are_in_the_currency_of_the_order(app: Flask) -> None:
    organization = OrganizationFactory(currency="JPY")
    event = EventFactory(organization=organization)
    ordered(event)
    browser = browser_of(app, MembershipFactory(organization=organization).user)
    assert "¥5,000" in Page(browser.get(orders_of(event))).text


@pytest.mark.parametrize("asked", ["number", "part of number", "name", "address", "ticket"])
def test_an_order_is_found_by_all_that_people_know_of_it(
    member: FlaskClient, event: Event, asked: str
) -> None:
    wanted = ordered(event, number="ORD-77WANTED", buyer_name="Ada Lovelace")
    item = OrderItemFactory(order=wanted, offer=OfferFactory(event=event))
    TicketFactory(order_item=item, number="T-SPECIAL")
    for _ in range(3):
        ordered(event)
    words = {
        "number": wanted.number,
        "part of number": "77want",
        "name": "lovelace",
        "address": wanted.buyer_email.upper(),
        "ticket": "t-special",
    }[asked]
    page = Page(member.get(orders_of(event), query_string={"q": words}))
    assert numbers(page) == [wanted.number]
    assert "1 order" in page.headings


@pytest.mark.parametrize("words", ["%", "_", "100%", "\\", "%00", "'"])
def test_signs_mean_themselves(member: FlaskClient, event: Event, words: str) -> None:
    ordered(event)
    page = Page(member.get(orders_of(event), query_string={"q": words}))
    assert "Nothing found" in page.headings
    assert page.link("Show all") == orders_of(event)


def test_a_state_narrows_the_list_and_a_hold_that_ended_is_expired(member: FlaskClient, event: Event) -> None:
    late = ordered(event, status="pending", amount_paid=0, expires_at=clock.now() - timedelta(minutes=1))
    waiting = ordered(event, status="pending", amount_paid=0)
    ordered(event)
    address = orders_of(event)
    assert numbers(Page(member.get(f"{address}?status=expired"))) == [late.number]
    page = Page(member.get(f"{address}?status=pending"))
    assert numbers(page) == [waiting.number]
    assert ("option", {"value": "pending", "selected": ""}) in page.attributes
    assert len(numbers(Page(member.get(f"{address}?status=nonsense")))) == 3


def test_the_list_has_pages_and_filters_go_along(member: FlaskClient, event: Event) -> None:
    for _ in range(26):
        OrderFactory(event=event, status="confirmed", buyer_name="Twin")
    first = Page(member.get(f"{orders_of(event)}?q=twin&status=confirmed"))
    assert len(numbers(first)) == 25
    onward = f"{orders_of(event)}?q=twin&status=confirmed&page=2"
    assert onward in {href for _words, href in first.links}
    assert len(numbers(Page(member.get(onward)))) == 1


def test_a_mail_that_was_given_up_stands_out_in_the_list(member: FlaskClient, event: Event) -> None:
    order = ordered(event)
    OutboxMessageFactory(kind=notifications.SEND_REFUND, order_id=order.id, status="failed")
    assert "Mail not delivered" not in Page(member.get(orders_of(event))).text
    mail(order, "failed")
    assert "Mail not delivered" in Page(member.get(orders_of(event))).text


def test_an_event_without_orders_says_so(member: FlaskClient, event: Event) -> None:
    assert "No orders yet" in Page(member.get(orders_of(event))).headings


def test_an_order_is_shown_with_buyer_bill_money_and_tickets(member: FlaskClient, event: Event) -> None:
    order = ordered(
        event, buyer_name="Grace Hopper", buyer_phone="+351 1", discount=500, fee=100,
        amount_due=4600, amount_paid=4600, amount_refunded=2300, promo_code="EARLY", notes="Two chairs",
    )  # fmt: skip
    payment = PaymentFactory(order=order, status="paid", amount=4600, amount_refunded=2300)
    RefundFactory(payment=payment, amount=2300, status="requested", reason="Rain")
    RefundFactory(payment=payment, amount=100, status="failed", last_error="this card was closed")
    first, _second = tickets_of(order)
    first.attendee_name, first.status, first.used_at, first.admissions = "Zoë", "used", clock.now(), 1
    page = Page(member.get(page_of(order)))
    for words in (
        f"Order {order.number}", "Grace Hopper", "+351 1", "Two chairs",
        "Subtotal $50.00", "Discount (EARLY) −$5.00", "Service fee $1.00", "Total $46.00", "Refunded −$23.00",
        "−$23.00 On its way", "Rain", "−$1.00 Failed", "this card was closed", "$46.00 Paid",
        "Zoë", first.number, "Used", "Admitted on", "Valid", "Nothing was sent about this order.",
    ):  # fmt: skip
        assert words in page.text, words


def test_tickets_that_were_not_used_have_expired_when_the_event_is_over(
    app: Flask, organization: Organization, member: FlaskClient
) -> None:
    over = EventFactory(organization=organization, starts_at=clock.now() - timedelta(days=2))
    order = ordered(over)
    assert "Expired" in Page(member.get(page_of(order))).text
    tickets_of(order)[0].admissions = 1
    assert "Used" in Page(member.get(page_of(order))).text


def test_each_message_says_what_it_is_to_whom_and_how_it_stands(member: FlaskClient, event: Event) -> None:
    order = ordered(event)
    now = clock.now()
    mail(order, "sent", sent_at=now, created_at=now - timedelta(hours=3))
    mail(
        order, "queued", notifications.REFUND_DONE, attempts=3, due_at=now + timedelta(minutes=2),
        last_error="The mail server answered 451 4.3.0 <a@example.org>: try later", created_at=now,
    )  # fmt: skip
    mail(
        order, "failed", notifications.EVENT_CANCELLED, attempts=14,
        last_error="TimeoutError: smtp.internal.example:25", created_at=now - timedelta(hours=2),
    )  # fmt: skip
    mail(order, "queued", "mail.something_new", leased_until=now + timedelta(minutes=1))
    mail(
        order,
        "queued",
        notifications.REMINDER,
        due_at=now.replace(year=2131, month=7, day=1, hour=9, minute=0),
    )
    OutboxMessageFactory(kind=notifications.SEND_REFUND, order_id=order.id)
    page = Page(member.get(page_of(order)))
    for words in (
        "Confirmation with the tickets", f"to {order.buyer_email}", "Sent on",
        "Refund", "Not delivered yet 3 attempts so far, next one on",
        "The mail server could not take it just then. (451 4.3.0 try later)",
        "Event called off", "Not delivered Given up after 14 attempts. The mail server could not be reached.",
        "Something new", "Being sent", "Planned for Sun, Jul 1, 2131, 10:00 AM WEST",
    ):  # fmt: skip
        assert words in page.text, words
    for secret in ("a@example.org", "smtp.internal", "payment.refund"):
        assert secret not in page.html
    newest_first = [heading for heading in page.headings if heading in NAMES]
    assert newest_first == ["Something new", "Refund", "Event called off", "Confirmation with the tickets"]


@pytest.mark.parametrize(
    ("noted", "told"),
    [
        ("", ""),
        ("ConnectionRefusedError: [Errno 111] refused", "The mail server could not be reached."),
        ("gaierror: [Errno -2] Name or service not known", "The mail server could not be reached."),
        (
            "The mail server answered 550 5.1.1 <ada@example.org>: Recipient rejected",
            "There is no such mailbox, or it takes nothing from us. (550 5.1.1 Recipient rejected)",
        ),
        ("The mail server answered 552 full", "The mailbox is full. (552 full)"),
        ("The mail server answered 554", "The mail server turned it down. (554)"),
        ("The mail server answered 535 user shop, wrong secret", "The mail server did not let us in."),
        ("ValueError: /srv/shop/fonts is missing", "It could not be written. Its cause stands in our log."),
    ],
)
def test_what_stopped_a_mail_is_told_without_what_is_nobodys_business(
    app: Flask, noted: str, told: str
) -> None:
    with app.test_request_context():
        assert why_not_sent(noted) == told


def test_a_manager_sends_a_mail_again_and_is_told(manager: FlaskClient, event: Event) -> None:
    order = ordered(event)
    message = mail(order)
    page = Page(manager.get(page_of(order)))
    assert page.form(button_of(order, message)).buttons == ["Send again"]
    answer = manager.post(button_of(order, message))
    assert (answer.status_code, answer.location) == (303, page_of(order))
    page = Page(manager.get(page_of(order)))
    assert "The message goes out again now." in page.text
    assert "Waiting since" in page.text
    manager.post(button_of(order, message))
    assert "less than a minute ago" in Page(manager.get(page_of(order))).text
    assert db.session.scalar(db.select(db.func.count()).select_from(OutboxMessage)) == 2


def test_a_form_without_its_proof_sends_nothing(
    app: Flask, manager: FlaskClient, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = ordered(event)
    message = mail(order)
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    assert manager.post(button_of(order, message)).status_code == 400
    assert db.session.scalar(db.select(db.func.count()).select_from(OutboxMessage)) == 1


def test_what_is_being_sent_is_refused_with_a_reason(manager: FlaskClient, event: Event) -> None:
    order = ordered(event)
    message = mail(order, "queued", leased_until=clock.now() + timedelta(minutes=1))
    assert button_of(order, message) not in Page(manager.get(page_of(order))).html
    page = Page(manager.post(button_of(order, message)))
    assert page.status == 400
    assert "This message is being sent at this moment." in page.text


def test_members_see_the_messages_and_have_no_button(member: FlaskClient, event: Event) -> None:
    order = ordered(event)
    message = mail(order)
    page = Page(member.get(page_of(order)))
    assert "Confirmation with the tickets" in page.text
    assert "Send again" not in [
        button for form in page.forms if "messages" in form.action for button in form.buttons
    ]
    assert member.post(button_of(order, message)).status_code == 403


def test_support_sends_and_staff_do(app: Flask, event: Event) -> None:
    for rank in ("is_support", "is_staff"):
        order = ordered(event)
        message = mail(order)
        browser = browser_of(app, UserFactory(**{rank: True}))
        assert Page(browser.get(page_of(order))).form(button_of(order, message)).buttons == ["Send again"]
        assert browser.post(button_of(order, message)).status_code == 303


def test_strangers_and_the_buyer_learn_nothing_here(app: Flask, client: FlaskClient, event: Event) -> None:
    buyer = UserFactory()
    order = ordered(event, user=buyer)
    message = mail(order)
    for user in (buyer, UserFactory(), MembershipFactory(role="OWNER").user):
        browser = browser_of(app, user)
        for address in (orders_of(event), page_of(order)):
            assert browser.get(address).status_code == 404
        assert browser.post(button_of(order, message)).status_code == 404
    for address in (orders_of(event), page_of(order)):
        assert client.get(address).location == f"/sign-in?next={address}"
    assert client.post(button_of(order, message)).location.startswith("/sign-in")


def test_what_there_is_not_is_not_found_and_nothing_is_kept(manager: FlaskClient, event: Event) -> None:
    order = ordered(event)
    for address in (f"/organizer/orders/{uuid4()}", f"/organizer/events/{uuid4()}/orders"):
        assert manager.get(address).status_code == 404
    assert manager.post(f"{page_of(order)}/messages/{uuid4()}/send-again").status_code == 404
    for address in (orders_of(event), page_of(order)):
        assert manager.get(address).headers["Cache-Control"] == "no-store"


def test_notes_stand_with_the_order_newest_first_and_are_kept_once(
    manager: FlaskClient, member: FlaskClient, event: Event, app: Flask
) -> None:
    order = ordered(event)
    place = f"{page_of(order)}/notes"
    form = Page(member.get(page_of(order))).form(place)
    for _click in range(2):
        assert member.post(place, data=form.fields | {"text": "Comes <late>"}).status_code == 303
    form = Page(manager.get(page_of(order))).form(place)
    assert manager.post(place, data=form.fields | {"text": "Called back"}).status_code == 303
    text = Page(manager.get(page_of(order))).text
    assert (text.count("Comes <late>"), text.count("Ada Person") >= 2) == (1, True)
    assert text.index("Called back") < text.index("Comes <late>")
    assert "Comes" not in Page(manager.get(page_of(ordered(event)))).text


def test_a_note_says_something_short_and_is_for_those_who_see_the_order(
    manager: FlaskClient, event: Event, app: Flask, client: FlaskClient
) -> None:
    order = ordered(event)
    place = f"{page_of(order)}/notes"
    for text in ("", "   ", "x" * 501):
        answer = manager.post(place, data={"text": text, "once": "a"})
        assert (answer.status_code, "text-error" in Page(answer).ids) == (400, True)
    assert "x" * 501 in Page(answer).text, "what was typed is kept"
    for stranger in (
        UserFactory(),
        MembershipFactory(role=MANAGER).user,
        db.session.get_one(User, order.user_id),
    ):
        answer = browser_of(app, stranger).post(place, data={"text": "Hm", "once": "b"})
        assert answer.status_code == 404
    assert client.post(place, data={"text": "Hm", "once": "b"}).location.startswith("/sign-in")


def test_as_many_statements_for_fifty_rows_as_for_five(
    manager: FlaskClient, event: Event, statements: Any
) -> None:
    def visit(address: str) -> int:
        with statements() as seen:
            assert manager.get(address).status_code == 200
        return len(seen)

    def grow(order: Order, number: int) -> None:
        item = OrderItemFactory(order=order, offer=OfferFactory(event=event))
        for position in range(number):
            TicketFactory(order_item=item, position=position + 1)
            mail(order)
            payment = PaymentFactory(order=order, status="paid")
            RefundFactory(payment=payment)
            ordered(event)

    order = ordered(event)
    searched = f"{orders_of(event)}?q=ord&status=confirmed"
    grow(order, 5)
    few = visit(searched), visit(page_of(order))
    grow(order, 45)
    many = visit(searched), visit(page_of(order))
    assert many == few
    assert max(many) <= 12
