"""What was promised is delivered, once in the ordinary case, and never forgotten."""

from __future__ import annotations

import email
from datetime import timedelta
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from tests.factories import BuyerFactory, OfferFactory, UserFactory
from tests.factories.sales import TicketFactory
from ticketing import clock
from ticketing.extensions import db as extension
from ticketing.jobs import mails, outbox, runner
from ticketing.models import EmailToken, OutboxMessage, Refund
from ticketing.policy import ANONYMOUS, SYSTEM
from ticketing.services import accounts, notifications, orders
from ticketing.services.accounts import Person
from ticketing.services.orders import Line, terms_for

ORDER_KINDS = {
    notifications.ORDER_CONFIRMED,
    notifications.ORDER_CANCELLED,
    notifications.EVENT_CANCELLED,
    notifications.REFUND_DONE,
    notifications.PAID_TOO_LATE,
    notifications.TICKETS_RETURNED,
}
TICKET_KINDS = {notifications.TICKET_RECEIVED, notifications.TICKET_PASSED_ON}
ORGANIZERS_KINDS = {notifications.INVITATION, notifications.NEW_EVENT}
#: These look at what holds when they are sent: test_event_changed.py, test_reminders.py, test_invited.py,
#: test_following.py.
VISIT_KINDS = {notifications.EVENT_CHANGED, notifications.REMINDER, notifications.CIRCULAR}


@pytest.fixture
def letters(app: Flask, tmp_path: Path) -> Any:
    """The folder where mail lands without a server, read back."""
    before = app.config["MAIL_FOLDER"]
    app.config["MAIL_FOLDER"] = tmp_path
    yield lambda: [
        email.message_from_bytes(path.read_bytes(), policy=default) for path in sorted(tmp_path.glob("*.eml"))
    ]
    app.config["MAIL_FOLDER"] = before


def _confirmed_order() -> int:
    offer = OfferFactory(price=2550)
    order_id = orders.place(BuyerFactory(), [Line(offer.id, 2)], terms=terms_for("btick")).order_id
    orders.confirm(SYSTEM, order_id)
    return order_id


def _message() -> OutboxMessage:
    extension.session.expire_all()
    return extension.session.scalars(select(OutboxMessage)).one()


def test_the_buyer_is_told_of_the_confirmation_in_text_and_html(app: Flask, letters: Any) -> None:
    _confirmed_order()
    assert outbox.deliver_due() == 1
    (letter,) = letters()
    assert letter["subject"].startswith("Your tickets for Evening")
    assert "2 x Ticket" in letter.get_body(("plain",)).get_content()
    assert "$51.00" in letter.get_body(("html",)).get_content()
    assert _message().status == "sent"
    assert outbox.deliver_due() == 0


def test_a_server_that_does_not_answer_costs_a_pause_not_the_message(
    app: Flask, letters: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _confirmed_order()

    def refuse(*_: Any, **__: Any) -> None:
        raise ConnectionRefusedError("no server")

    with monkeypatch.context() as patch:
        patch.setattr(mails, "send", refuse)
        assert outbox.deliver_due() == 0
    message = _message()
    assert (message.status, message.attempts) == ("queued", 1)
    assert "no server" in message.last_error
    assert outbox.deliver_due() == 0, "it is not due yet"
    with time_machine.travel(clock.now() + timedelta(seconds=11)):
        assert outbox.deliver_due() == 1
    assert len(letters()) == 1


def test_the_pauses_grow_and_after_many_tries_the_message_rests(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    _confirmed_order()

    def refuse(*_: Any, **__: Any) -> None:
        raise TimeoutError

    monkeypatch.setattr(mails, "send", refuse)
    moment = clock.now()
    for _ in range(outbox.MOST_ATTEMPTS):
        moment += timedelta(hours=7)
        with time_machine.travel(moment):
            outbox.deliver_due()
    assert (_message().status, _message().attempts) == ("failed", outbox.MOST_ATTEMPTS)
    assert [outbox.pause_after(tries).total_seconds() for tries in (1, 2, 3, 20)] == [10, 20, 40, 21600]


def test_a_message_that_another_runner_has_leased_is_left_to_it(app: Flask, letters: Any) -> None:
    _confirmed_order()
    assert outbox._lease() is not None
    assert outbox.deliver_due() == 0
    with time_machine.travel(clock.now() + outbox.LEASE + timedelta(seconds=1)):
        assert outbox.deliver_due() == 1, "its runner has died"


def test_the_message_id_is_the_same_at_every_attempt(app: Flask, letters: Any) -> None:
    _confirmed_order()
    message = _message()
    mails.send(message)
    mails.send(message)
    first, second = letters()
    assert first["message-id"] == second["message-id"]


def test_the_link_that_verifies_an_address_works_once(app: Flask, letters: Any) -> None:
    user = accounts.register(ANONYMOUS, Person("new@example.org", "a long walk on the beach"))
    outbox.deliver_due()
    text = letters()[0].get_body(("plain",)).get_content()
    token = text.split("token=")[1].split()[0]
    kept = extension.session.scalars(select(EmailToken)).one()
    assert token not in (kept.token_hash, "")
    assert accounts.verify_email(ANONYMOUS, token).id == user.id
    assert user.email_verified_at is not None
    with pytest.raises(Exception, match="not valid any more"):
        accounts.verify_email(ANONYMOUS, token)


def test_a_link_that_is_a_day_old_does_not_work(app: Flask) -> None:
    user = accounts.register(ANONYMOUS, Person("late@example.org", "a long walk on the beach"))
    token = accounts.mint_email_token(user.id, "verify")
    with (
        time_machine.travel(clock.now() + timedelta(hours=24, seconds=1)),
        pytest.raises(Exception, match="not valid any more"),
    ):
        accounts.verify_email(ANONYMOUS, token)


def test_every_job_runs_on_an_empty_shop(app: Flask) -> None:
    assert set(runner.run_all().values()) == {0}


KINDS = sorted(
    kind
    for name, kind in vars(notifications).items()
    if name.isupper() and "mail." in kind and kind not in VISIT_KINDS | ORGANIZERS_KINDS
)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_mail_has_a_subject_and_two_bodies_without_a_hole(
    app: Flask, letters: Any, kind: str
) -> None:
    """Undefined names raise: templates are strict."""
    user = UserFactory()
    order_id = _confirmed_order()
    orders.cancel(SYSTEM, order_id)
    refund = extension.session.scalars(select(Refund).where(Refund.order_id == order_id)).one()
    about = {"user_id": user.id, "new_email": "new@example.org"}
    if kind in ORDER_KINDS:
        about = {"order_id": order_id, "refund_id": refund.id}
    elif kind in TICKET_KINDS:
        ticket = TicketFactory(user_id=user.id)
        about = {"ticket_id": ticket.id, "user_id": user.id, "to": user.email}
    mails.send(OutboxMessage(kind=kind, payload=about, language="en", uuid=user.uuid))
    (letter,) = letters()
    assert letter["subject"]
    assert letter["to"]
    for form in ("plain", "html"):
        assert len(letter.get_body((form,)).get_content()) > 100
