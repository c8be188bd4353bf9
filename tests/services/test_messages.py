"""Mails that did not arrive are sent once more: by whom, how often, and through a real mail server."""

from __future__ import annotations

import smtplib
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
import time_machine
from flask import Flask

from tests.factories import BuyerFactory, OfferFactory, OutboxMessageFactory, SupportFactory, member_of
from tests.factories.people import StaffFactory
from tests.races import crowd
from tests.support.smtp import SmtpSink
from ticketing import clock
from ticketing.errors import Invalid, NotAllowed, NotFound
from ticketing.extensions import db
from ticketing.jobs import outbox, troubles
from ticketing.models import ActivityLog, Event, Order, Organization, OutboxMessage, Ticket
from ticketing.models.organizations import MANAGER, MEMBER, OWNER
from ticketing.policy import ANONYMOUS, SYSTEM, Actor
from ticketing.queries import messages as reading
from ticketing.services import messages, notifications, orders, tickets
from ticketing.services.orders import Line, terms_for


def sold(buyer: Actor | None = None) -> Order:
    """A confirmed order of two tickets that cost nothing; its confirmation waits."""
    buyer = buyer or BuyerFactory()
    placed = orders.place(buyer, [Line(OfferFactory(price=0).id, 2)], terms=terms_for("web"))
    return db.session.get_one(Order, placed.order_id)


def mails_of(order: Order) -> list[OutboxMessage]:
    db.session.expire_all()
    rows = db.select(OutboxMessage).filter_by(order_id=order.id).order_by(OutboxMessage.id)
    return list(db.session.scalars(rows))


def manager_of(order: Order, role: str = MANAGER) -> Actor:
    return member_of(db.session.get_one(Organization, order.organization_id), role)


def papers_in(letter: EmailMessage) -> list[tuple[str | None, str, int]]:
    return [
        (part.get_filename(), part.get_content_type(), len(part.get_payload(decode=True)) // 1000)  # type: ignore[arg-type]
        for part in letter.iter_attachments()
    ]


def test_a_mail_that_was_sent_goes_out_again_under_another_name_with_the_same_papers(
    app: Flask, smtp_sink: SmtpSink
) -> None:
    order = sold()
    assert outbox.deliver_due() == 1
    (message,) = mails_of(order)
    manager = manager_of(order)
    assert messages.send_again(manager, message.uuid)
    assert outbox.deliver_due() == 1
    first, second = smtp_sink.to(order.buyer_email)
    assert first["message-id"] != second["message-id"]
    assert first["subject"] == second["subject"]
    assert papers_in(first) == papers_in(second)
    assert {kind for _name, kind, _size in papers_in(second)} == {"application/pdf", "text/calendar"}
    old, new = mails_of(order)
    assert (old.kind, old.payload, old.language) == (new.kind, new.payload, new.language)
    assert (old.status, new.status) == ("sent", "sent")


def test_a_mail_that_was_given_up_comes_back_to_life(app: Flask, smtp_sink: SmtpSink) -> None:
    order = sold()
    smtp_sink.refuse = "450 4.2.0 mailbox is busy"
    moment = clock.now()
    for _ in range(outbox.MOST_ATTEMPTS):
        moment += timedelta(hours=7)
        with time_machine.travel(moment):
            assert outbox.deliver_due() == 0
    (message,) = mails_of(order)
    assert (message.status, message.attempts) == ("failed", 14)
    assert message.last_error == "The mail server answered 450 4.2.0 mailbox is busy"
    smtp_sink.refuse = None
    with time_machine.travel(moment + timedelta(days=3)):
        assert outbox.deliver_due() == 0, "nobody tries any more"
        assert messages.send_again(manager_of(order), message.uuid)
        (message,) = mails_of(order)
        assert (message.status, message.attempts, message.last_error) == ("queued", 0, "")
        assert outbox.deliver_due() == 1
    (message,) = mails_of(order)
    assert (message.status, message.attempts) == ("sent", 1)
    assert len(smtp_sink.to(order.buyer_email)) == 1


def test_one_that_waits_for_its_next_try_is_made_due_at_once(app: Flask, smtp_sink: SmtpSink) -> None:
    order = sold()
    (message,) = mails_of(order)
    message.attempts, message.due_at = 9, clock.now() + timedelta(hours=1)
    db.session.commit()
    assert outbox.deliver_due() == 0
    assert messages.send_again(manager_of(order), message.uuid)
    assert outbox.deliver_due() == 1
    assert mails_of(order)[0].attempts == 1


def test_one_that_is_being_sent_is_left_alone(app: Flask, smtp_sink: SmtpSink) -> None:
    order = sold()
    outbox._lease()
    (message,) = mails_of(order)
    with pytest.raises(Invalid) as refused:
        messages.send_again(manager_of(order), message.uuid)
    assert refused.value.code == "being_sent"
    assert mails_of(order)[0].attempts == 1
    with time_machine.travel(clock.now() + outbox.LEASE + timedelta(seconds=1)):
        assert messages.send_again(manager_of(order), message.uuid), "its runner has died"


def test_a_second_click_sends_nothing_and_after_a_minute_it_does(app: Flask, smtp_sink: SmtpSink) -> None:
    order = sold()
    outbox.deliver_due()
    (message,) = mails_of(order)
    manager, other = manager_of(order), manager_of(order, OWNER)
    assert messages.send_again(manager, message.uuid)
    outbox.deliver_due()
    _old, new = mails_of(order)
    for clicked in (message, new):
        assert not messages.send_again(other, clicked.uuid), "whoever clicks, and on whichever of them"
    assert outbox.deliver_due() == 0
    with time_machine.travel(clock.now() + timedelta(seconds=61)):
        assert messages.send_again(manager, message.uuid)
        assert outbox.deliver_due() == 1
    assert len(smtp_sink.to(order.buyer_email)) == 3


def test_a_promise_that_waits_already_is_not_made_twice(app: Flask, smtp_sink: SmtpSink) -> None:
    order = sold()
    outbox.deliver_due()
    (message,) = mails_of(order)
    manager = manager_of(order)
    messages.send_again(manager, message.uuid)
    smtp_sink.refuse = "451 try later"
    assert outbox.deliver_due() == 0
    with time_machine.travel(clock.now() + timedelta(minutes=2)):
        assert messages.send_again(manager, message.uuid)
        assert [one.status for one in mails_of(order)] == ["sent", "queued"]
        smtp_sink.refuse = None
        assert outbox.deliver_due() == 1


def test_mails_about_two_refunds_are_two_mails(app: Flask) -> None:
    order = sold()
    refunds = [
        OutboxMessageFactory(
            kind=notifications.REFUND_DONE,
            order_id=order.id,
            status="failed",
            payload={"order_id": order.id, "refund_id": number},
        )
        for number in (1, 2)
    ]
    manager = manager_of(order)
    assert [messages.send_again(manager, one.uuid) for one in refunds] == [True, True]


def test_members_see_and_only_managers_and_support_send(app: Flask) -> None:
    order = sold()
    outbox.deliver_due()
    (message,) = mails_of(order)
    with pytest.raises(NotAllowed):
        messages.send_again(manager_of(order, MEMBER), message.uuid)
    buyer = BuyerFactory()
    for outsider in (ANONYMOUS, buyer, manager_of(sold())):
        with pytest.raises(NotFound):
            messages.send_again(outsider, message.uuid)
    assert len(mails_of(order)) == 1
    for number, insider in enumerate((manager_of(order, OWNER), SupportFactory(), StaffFactory())):
        with time_machine.travel(clock.now() + timedelta(minutes=2 * number)):
            assert messages.send_again(insider, message.uuid)


@pytest.mark.parametrize(
    ("kind", "about_order", "payload"),
    [
        (notifications.RESET_PASSWORD, False, {"user_id": 1}),
        (notifications.RESET_PASSWORD, True, {"user_id": 1}),
        (notifications.VERIFY_EMAIL, False, {"user_id": 1}),
        (notifications.TICKET_RECEIVED, False, {"ticket_id": 1, "to": "friend@example.org"}),
        (notifications.SEND_REFUND, True, {"refund_id": 1}),
    ],
)
def test_what_is_about_an_account_or_moves_money_is_never_sent_from_here(
    app: Flask, kind: str, about_order: bool, payload: dict[str, Any]
) -> None:
    order = sold()
    ours = {"order_id": order.id} if about_order and "user_id" not in payload else {}
    message = OutboxMessageFactory(
        kind=kind, order_id=order.id if about_order else None, status="failed", payload=payload | ours
    )
    for actor in (SYSTEM, StaffFactory(), manager_of(order)):
        with pytest.raises(NotFound):
            messages.send_again(actor, message.uuid)
    assert kind not in {letter.kind for letter in reading.of_order(order)}


def test_tickets_of_a_cancelled_order_are_not_sent_again(app: Flask) -> None:
    order = sold()
    outbox.deliver_due()
    orders.cancel(SYSTEM, order.id)
    confirmation, cancellation = mails_of(order)
    manager = manager_of(order)
    with pytest.raises(Invalid) as refused:
        messages.send_again(manager, confirmation.uuid)
    assert refused.value.code == "out_of_date"
    assert messages.send_again(manager, cancellation.uuid)


def test_a_mail_to_whom_a_ticket_was_passed_on_goes_to_them(app: Flask) -> None:
    order = sold()
    _mine, given = db.session.scalars(db.select(Ticket).filter_by(order_id=order.id))
    given.user_id, given.attendee_email, given.code_version = None, "friend@example.org", 2
    old, new = (
        OutboxMessageFactory(
            kind="mail.reminder",
            order_id=order.id,
            status="sent",
            payload={"ticket_id": given.id, "code_version": version},
        )
        for version in (1, 2)
    )
    to = {letter.uuid: letter.recipient for letter in reading.of_order(order)}
    assert (to[old.uuid], to[new.uuid]) == ("", "friend@example.org")
    manager = manager_of(order)
    with pytest.raises(Invalid):
        messages.send_again(manager, old.uuid)
    assert messages.send_again(manager, new.uuid)
    *_, again = mails_of(order)
    assert (again.payload, again.status) == (new.payload, "queued"), "it still is about the ticket alone"


def test_mails_about_passing_a_ticket_on_stand_among_its_orders_and_can_be_sent_again(
    app: Flask, smtp_sink: SmtpSink
) -> None:
    buyer = BuyerFactory()
    order = sold(buyer)
    given = db.session.scalars(db.select(Ticket.id).filter_by(order_id=order.id)).first()
    tickets.transfer(buyer, given, email="friend@example.org")
    assert outbox.deliver_due() == 3
    letters = {letter.kind: letter for letter in reading.of_order(order)}
    received, passed_on = letters[notifications.TICKET_RECEIVED], letters[notifications.TICKET_PASSED_ON]
    assert (received.recipient, passed_on.recipient) == ("friend@example.org", buyer.email)
    assert messages.send_again(manager_of(order), received.uuid)
    assert outbox.deliver_due() == 1
    to_friend = [letter for letter in smtp_sink.messages if letter["To"] == "friend@example.org"]
    assert len(to_friend) == len({letter["Message-ID"] for letter in to_friend}) == 2


def test_a_mail_to_somebody_who_has_passed_the_ticket_on_is_not_sent_again(app: Flask) -> None:
    buyer = BuyerFactory()
    order = sold(buyer)
    given = db.session.scalars(db.select(Ticket).filter_by(order_id=order.id)).first()
    assert given is not None
    tickets.transfer(buyer, given.id, email="friend@example.org")
    outbox.deliver_due()
    received = next(m for m in mails_of(order) if m.kind == notifications.TICKET_RECEIVED)
    given.attendee_email, given.code_version = "cousin@example.org", 3
    with pytest.raises(Invalid) as refused:
        messages.send_again(manager_of(order), received.uuid)
    assert refused.value.code == "no_recipient"


def visit_mail(order: Order, kind: str, **row: Any) -> OutboxMessage:
    return OutboxMessageFactory(
        kind=kind,
        order_id=order.id,
        payload={"order_id": order.id, "before": {}},
        **({"status": "sent"} | row),
    )


def test_a_reminder_whose_time_has_not_come_is_left_to_its_time(app: Flask) -> None:
    order = sold()
    soon = clock.now() + timedelta(hours=3)
    planned = visit_mail(order, notifications.REMINDER, status="queued", due_at=soon)
    manager = manager_of(order)
    with pytest.raises(Invalid) as refused:
        messages.send_again(manager, planned.uuid)
    assert refused.value.code == "planned"
    earlier = visit_mail(order, notifications.REMINDER)
    with pytest.raises(Invalid) as refused:
        messages.send_again(manager, earlier.uuid)
    assert refused.value.code == "planned", "the event was moved: there will be another"
    with time_machine.travel(soon + timedelta(seconds=1)):
        assert messages.send_again(manager, planned.uuid)


@pytest.mark.parametrize("kind", [notifications.REMINDER, notifications.EVENT_CHANGED])
def test_nobody_is_told_again_of_a_visit_that_is_over_or_will_not_be(app: Flask, kind: str) -> None:
    order = sold()
    manager, message = manager_of(order), visit_mail(order, kind)
    event = db.session.get_one(Event, order.event_id)
    with time_machine.travel(event.ends_at), pytest.raises(Invalid, match="does not hold"):
        messages.send_again(manager, message.uuid)
    assert messages.send_again(manager, message.uuid)
    event.status, event.cancelled_at = "cancelled", clock.now()
    db.session.commit()
    later = clock.now() + timedelta(minutes=2)
    with time_machine.travel(later), pytest.raises(Invalid, match="does not hold"):
        messages.send_again(manager, message.uuid)


def test_where_nobody_is_left_nothing_is_sent(app: Flask) -> None:
    order = sold()
    (message,) = mails_of(order)
    order.buyer_email = ""
    db.session.commit()
    with pytest.raises(Invalid) as refused:
        messages.send_again(manager_of(order), message.uuid)
    assert refused.value.code == "no_recipient"


def test_the_deed_is_noted_with_who_did_it(app: Flask) -> None:
    order = sold()
    (message,) = mails_of(order)
    manager = manager_of(order)
    messages.send_again(manager, message.uuid)
    noted = db.session.scalars(db.select(ActivityLog).filter_by(action="message_sent_again")).one()
    assert (noted.user_id, noted.object_type, noted.object_id) == (manager.user_id, "order", order.id)
    assert noted.details["message"] == notifications.ORDER_CONFIRMED


@pytest.mark.races
def test_two_clicks_at_once_make_one_message(app: Flask, committed: Any) -> None:
    """On the same mail, and on a copy of it that was sent before."""
    order = sold()
    (message,) = mails_of(order)
    copy = OutboxMessageFactory(kind=message.kind, order_id=order.id, payload=message.payload)
    for sent in (message, copy):
        outbox._sent(sent.id)
    manager = manager_of(order)
    keys, asked = [message.uuid, copy.uuid], []

    def click(key: Any) -> None:
        asked.append(messages.send_again(manager, key))

    assert crowd.of_threads(app, click, [(key,) for key in keys] * 4) == {"done": 8}
    assert sorted(asked) == [False] * 7 + [True]
    assert [one.status for one in mails_of(order)] == ["sent", "sent", "queued"]


@pytest.mark.races
def test_a_click_that_meets_the_runner_sends_one_mail(
    app: Flask, committed: Any, smtp_sink: SmtpSink
) -> None:
    """Either the click comes first and changes nothing that counts, or it is refused, or the mail is out."""
    order = sold()
    (message,) = mails_of(order)
    message.attempts, message.last_error = 3, "The mail server answered 451 later"
    committed.session.commit()
    manager, key = manager_of(order), message.uuid

    def deed(clicks: bool) -> None:
        if clicks:
            messages.send_again(manager, key)
        else:
            outbox.deliver_due()

    outcomes = crowd.of_threads(app, deed, [(True,), (True,), (False,), (False,)])
    assert set(outcomes) <= {"done", "being_sent"}, outcomes
    outbox.deliver_due()
    letters = smtp_sink.to(order.buyer_email)
    names = [letter["message-id"] for letter in letters]
    assert len(names) == len(set(names)) == len(mails_of(order))
    assert {one.status for one in mails_of(order)} == {"sent"}


def test_errors_are_told_in_words() -> None:
    refused = smtplib.SMTPRecipientsRefused({"a@example.org": (550, b"5.1.1 no such\r\n mailbox")})
    assert troubles.in_words(refused) == "The mail server answered 550 5.1.1 no such mailbox"
    locked_out = smtplib.SMTPAuthenticationError(535, b"bad credentials")
    assert troubles.in_words(locked_out) == "The mail server answered 535 bad credentials"
    assert troubles.in_words(TimeoutError()) == "TimeoutError"
    assert troubles.in_words(ValueError("no\nink")) == "ValueError: no ink"
