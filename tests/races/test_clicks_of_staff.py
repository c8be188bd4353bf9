"""Somebody of the house tries again what a job is at: it is done once."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories import GatewayEventFactory, OutboxMessageFactory, StaffFactory
from tests.races import crowd
from tests.services.selling import Sale
from ticketing import clock
from ticketing.extensions import db
from ticketing.gateways.sandbox import Sandbox
from ticketing.jobs import outbox
from ticketing.models import GatewayEvent, OutboxMessage
from ticketing.queries.gateway_events import MOST_ATTEMPTS
from ticketing.services import notifications, promises
from ticketing.services.payments import checking, inbox

pytestmark = pytest.mark.races
#: Clicks among runs of the job.
CROWD = [(True,), (False,), (True,), (False,), (True,), (False,)]


def test_a_deed_that_was_given_up_is_done_once(
    app: Flask, committed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def slow(payment_id: int) -> None:
        asked.append(payment_id)
        time.sleep(0.05)

    monkeypatch.setattr(checking, "withdraw", slow)
    kind, payload = notifications.WITHDRAW_PAYMENT, {"payment_id": 7}
    key = OutboxMessageFactory(kind=kind, payload=payload, status="failed", attempts=14).uuid
    actor = StaffFactory()

    def work(clicks: bool) -> None:
        if clicks:
            promises.try_again(actor, key)
        else:
            outbox.deliver_due()

    outcomes = crowd.of_threads(app, work, CROWD)
    assert set(outcomes) <= {"done", "being_sent"}, outcomes
    outbox.deliver_due()
    assert asked == [7]
    db.session.expire_all()
    assert db.session.scalars(select(OutboxMessage.status)).all() == ["sent"]


def test_an_event_that_was_given_up_is_processed_once(
    app: Flask, committed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sale, asked, look_up = Sale(), [], Sandbox.look_up
    sale.start()
    Sandbox().decide(sale.reference, True)
    rests = {"attempts": MOST_ATTEMPTS, "leased_until": clock.now() + timedelta(hours=1)}
    row_id = GatewayEventFactory(reference=sale.reference, **rests).id

    def slow(self: Sandbox, reference: str) -> Any:
        asked.append(reference)
        time.sleep(0.05)
        return look_up(self, reference)

    monkeypatch.setattr(Sandbox, "look_up", slow)
    actor = StaffFactory()

    def work(clicks: bool) -> None:
        if clicks:
            inbox.process_again(actor, row_id)
        else:
            inbox.process_waiting()

    outcomes = crowd.of_threads(app, work, CROWD)
    assert set(outcomes) <= {"done", "just_tried", "processed"}, outcomes
    assert asked == [sale.reference]
    db.session.expire_all()
    assert db.session.scalars(select(GatewayEvent.outcome)).all() == ["paid"]
    assert sale.money == ("confirmed", 5250, 0)
