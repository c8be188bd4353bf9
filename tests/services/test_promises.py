"""Promises that were not kept are tried once more: which, by whom, and never twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from tests.factories import (
    BuyerFactory,
    OrderFactory,
    OutboxMessageFactory,
    SupportFactory,
    UserFactory,
)
from tests.factories.people import StaffFactory
from tests.services.selling import Sale
from tests.support.smtp import SmtpSink
from ticketing import clock
from ticketing.errors import GatewayDown, Invalid, NotAllowed, NotFound, NotSignedIn
from ticketing.extensions import db
from ticketing.gateways.sandbox import Sandbox
from ticketing.jobs import mails, outbox
from ticketing.models import ActivityLog, OutboxMessage, Refund
from ticketing.policy import ANONYMOUS, Actor
from ticketing.queries.messages import state_of
from ticketing.services import notifications, orders, promises


@pytest.fixture
def staff(app: Flask) -> Actor:
    return StaffFactory()


def deed(**more: object) -> OutboxMessage:
    given = {"kind": notifications.WITHDRAW_PAYMENT, "payload": {"payment_id": 7}, "status": "failed"}
    return OutboxMessageFactory(**(given | {"attempts": 14, "last_error": "GatewayDown"} | more))


def seen(message: OutboxMessage) -> OutboxMessage:
    db.session.expire_all()
    return db.session.get_one(OutboxMessage, message.id)


def tries() -> list[ActivityLog]:
    rows = db.select(ActivityLog).filter_by(action="message_tried_again")
    return list(db.session.scalars(rows))


def test_a_deed_that_was_given_up_is_due_at_once_with_its_attempts_anew(staff: Actor) -> None:
    message = deed(due_at=clock.now() + timedelta(hours=6), leased_until=clock.now() - timedelta(days=1))
    assert promises.try_again(staff, message.uuid)
    row = seen(message)
    assert (row.status, row.attempts, row.last_error, row.leased_until) == ("queued", 0, "", None)
    assert row.due_at <= clock.now()
    (noted,) = tries()
    assert (noted.user_id, noted.object_type, noted.object_id) == (staff.user_id, "message", message.id)
    assert noted.details == {"kind": "payment.withdraw", "about": {"payment_id": 7}}


def test_one_that_waits_for_its_next_attempt_is_made_due(staff: Actor) -> None:
    message = deed(status="queued", attempts=5, due_at=clock.now() + timedelta(hours=1))
    assert promises.try_again(staff, message.uuid)
    assert (seen(message).attempts, seen(message).due_at <= clock.now()) == (0, True)


def test_a_second_click_does_nothing_and_is_not_noted(staff: Actor) -> None:
    message = deed()
    assert promises.try_again(staff, message.uuid)
    assert not promises.try_again(staff, message.uuid)
    assert len(tries()) == 1


@pytest.mark.parametrize(
    ("code", "stands"),
    [
        ("done", {"status": "sent"}),
        ("being_sent", {"status": "queued", "attempts": 3, "leased_until": timedelta(minutes=4)}),
        ("planned", {"status": "queued", "attempts": 0, "due_at": timedelta(minutes=9)}),
    ],
)
def test_what_was_done_is_under_way_or_is_planned_is_left_alone(
    staff: Actor, code: str, stands: dict[str, object]
) -> None:
    now = clock.now()
    message = deed(**{k: now + v if isinstance(v, timedelta) else v for k, v in stands.items()})
    before = (message.status, message.attempts, message.due_at, message.leased_until)
    assert not promises.can_be_tried_again(message)
    with pytest.raises(Invalid) as refused:
        promises.try_again(staff, message.uuid)
    assert refused.value.code == code
    row = seen(message)
    assert (row.status, row.attempts, row.due_at, row.leased_until) == before
    assert tries() == []


def test_one_whose_runner_has_died_can_be_tried_again(staff: Actor) -> None:
    message = deed(status="queued", attempts=1, leased_until=clock.now() + outbox.LEASE)
    with time_machine.travel(clock.now() + outbox.LEASE + timedelta(seconds=1)):
        assert promises.try_again(staff, message.uuid)


def test_every_mail_that_carries_a_secret_is_known() -> None:
    assert set(mails._WITH_TOKEN) == promises.WITH_TOKEN


@pytest.mark.parametrize("kind", sorted(promises.WITH_TOKEN))
def test_a_mail_with_a_secret_is_hurried_while_it_waits_and_never_sent_a_second_time(
    staff: Actor, kind: str
) -> None:
    payload = {"user_id": UserFactory().id}
    waits = deed(kind=kind, payload=payload, status="queued", attempts=2)
    sent, given_up = (deed(kind=kind, payload=payload, status=status) for status in ("sent", "failed"))
    assert promises.try_again(staff, waits.uuid)
    for message, code in ((sent, "done"), (given_up, "with_secret")):
        assert not promises.can_be_tried_again(message)
        with pytest.raises(Invalid) as refused:
            promises.try_again(staff, message.uuid)
        assert refused.value.code == code
        assert seen(message).status == message.status
    assert db.session.scalar(db.select(db.func.count()).select_from(OutboxMessage)) == 3


def test_a_mail_about_an_account_without_a_secret_comes_back_to_life(
    staff: Actor, smtp_sink: SmtpSink
) -> None:
    user = UserFactory(email="ada@example.org")
    message = deed(kind=notifications.PASSWORD_CHANGED, payload={"user_id": user.id})
    assert outbox.deliver_due() == 0
    assert promises.try_again(staff, message.uuid)
    assert outbox.deliver_due() == 1
    assert len(smtp_sink.to("ada@example.org")) == 1
    with pytest.raises(Invalid):
        promises.try_again(staff, message.uuid)


def test_addresses_are_not_noted(staff: Actor) -> None:
    payload = {"user_id": 4, "old_email": "ada@example.org", "source_id": "x@example.org"}
    assert promises.try_again(staff, deed(kind=notifications.EMAIL_CHANGED, payload=payload).uuid)
    assert tries()[0].details["about"] == {"user_id": 4}


def test_a_mail_about_an_order_is_not_sent_from_here(staff: Actor) -> None:
    order = OrderFactory()
    message = deed(kind=notifications.ORDER_CANCELLED, payload={"order_id": order.id}, order_id=order.id)
    with pytest.raises(Invalid) as refused:
        promises.try_again(staff, message.uuid)
    assert refused.value.code == "about_order"
    assert seen(message).status == "failed"


def test_nobody_but_staff_tries_again(app: Flask) -> None:
    message = deed()
    for actor in (BuyerFactory(), SupportFactory()):
        with pytest.raises(NotAllowed):
            promises.try_again(actor, message.uuid)
    with pytest.raises(NotSignedIn):
        promises.try_again(ANONYMOUS, message.uuid)
    assert seen(message).status == "failed"


def test_what_there_is_not_is_not_found(staff: Actor) -> None:
    with pytest.raises(NotFound):
        promises.try_again(staff, 2**70)


def test_a_refund_that_was_given_up_is_paid_back_once(staff: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    sale = Sale()
    sale.start()
    sale.pay()
    orders.refund(staff, sale.id, reason="Rain")
    message = db.session.scalars(db.select(OutboxMessage).filter_by(kind=notifications.SEND_REFUND)).one()
    with monkeypatch.context() as patch:
        patch.setattr(Sandbox, "refund", _down)
        moment = clock.now()
        for _ in range(outbox.MOST_ATTEMPTS):
            moment += timedelta(hours=7)
            with time_machine.travel(moment):
                outbox.deliver_due()
    assert seen(message).status == "failed"
    with time_machine.travel(moment + timedelta(hours=1)):
        assert promises.try_again(staff, message.uuid)
        outbox.deliver_due()
        assert state_of(seen(message)) == "sent"
        assert db.session.scalars(db.select(Refund.status)).all() == ["succeeded"]


def _down(*_given: object, **_more: object) -> None:
    raise GatewayDown
