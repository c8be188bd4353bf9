"""The inbox of what gateways tell us: nothing is lost, nothing is done twice."""

from __future__ import annotations

import json
import secrets
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from tests.factories import BuyerFactory, StaffFactory, SupportFactory
from tests.invariants.books import books_add_up  # noqa: F401 (a fixture)
from tests.services.selling import Sale
from ticketing import clock
from ticketing.errors import GatewayDown, Invalid, NotAllowed, NotFound
from ticketing.extensions import db as extension
from ticketing.gateways.sandbox import NAME, Sandbox, sign
from ticketing.models import ActivityLog, GatewayEvent
from ticketing.queries.gateway_events import MOST_ATTEMPTS
from ticketing.services.payments import inbox

pytestmark = pytest.mark.usefixtures("books_add_up")


class Crash(BaseException):
    """The process ends here."""


@pytest.fixture
def sale() -> Sale:
    """Its payment is open."""
    sale = Sale()
    sale.start()
    return sale


def event() -> GatewayEvent:
    extension.session.expire_all()
    return extension.session.scalars(select(GatewayEvent)).one()


def let_the_lease_end() -> None:
    past = clock.now() - timedelta(seconds=1)
    extension.session.execute(update(GatewayEvent).values(leased_until=past))
    extension.session.commit()


def receive_and_crash(monkeypatch: pytest.MonkeyPatch, step: str, body: bytes, signature: str) -> None:
    """The event arrives, and the process ends when it comes to that step."""

    def crash(*_given: Any, **_more: Any) -> Any:
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(inbox, step, crash)
        with pytest.raises(Crash):
            inbox.receive(NAME, body, signature)


@pytest.mark.parametrize("step", ["process", "settle", "_done"])
def test_an_event_outlives_a_crash_at_any_step_and_counts_once(
    sale: Sale, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    receive_and_crash(monkeypatch, step, *Sandbox().decide(sale.reference, True))
    assert event().processed_at is None
    let_the_lease_end()
    assert inbox.process_waiting() == 1
    assert sale.money == ("confirmed", 5250, 0)
    assert (event().outcome, len(sale.tickets), inbox.process_waiting()) == ("paid", 2, 0)


def test_a_gateway_that_does_not_answer_keeps_the_event_waiting_longer_each_time(
    sale: Sale, monkeypatch: pytest.MonkeyPatch
) -> None:
    body, signature = Sandbox().decide(sale.reference, True)
    pauses = []
    with monkeypatch.context() as patch:
        patch.setattr(Sandbox, "look_up", _down)
        inbox.receive(NAME, body, signature)
        for _ in range(3):
            assert inbox.process_waiting() == 0, "its pause is not over"
            pauses.append(round((event().leased_until - clock.now()).total_seconds() / 60))
            let_the_lease_end()
            assert inbox.process_waiting() == 0
    assert pauses == [1, 2, 4]
    assert (event().attempts, event().processed_at) == (4, None)
    let_the_lease_end()
    assert inbox.process_waiting() == 1
    assert sale.money == ("confirmed", 5250, 0)


def _down(*_given: Any) -> Any:
    raise GatewayDown


def test_an_event_that_never_succeeds_rests_in_the_end(sale: Sale, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sandbox, "look_up", _down)
    inbox.receive(NAME, *Sandbox().decide(sale.reference, True))
    for _ in range(25):
        let_the_lease_end()
        inbox.process_waiting()
    assert (event().attempts, event().processed_at) == (20, None)


def test_while_one_worker_is_at_it_another_leaves_it_alone(
    sale: Sale, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive_and_crash(monkeypatch, "settle", *Sandbox().decide(sale.reference, True))
    assert inbox.process(event().id) is False
    assert inbox.process_waiting() == 0
    assert sale.money == ("pending", 0, 0)


def test_the_same_event_again_is_the_same_row_and_acts_once(sale: Sale) -> None:
    body, signature = Sandbox().decide(sale.reference, True)
    assert len({inbox.receive(NAME, body, signature) for _ in range(3)}) == 1
    assert sale.money == ("confirmed", 5250, 0)
    assert event().attempts == 1


def test_what_is_true_is_asked_of_the_gateway_not_read_from_the_event(sale: Sale) -> None:
    thing = {"id": sale.reference, "object": "payment_intent", "amount": 5250, "status": "succeeded"}
    body = json.dumps({"id": "e1", "type": "payment_intent.succeeded", "data": {"object": thing}}).encode()
    inbox.receive(NAME, body, sign(body))
    assert sale.money == ("pending", 0, 0)
    assert event().outcome == "open"


def test_a_bad_signature_keeps_nothing(sale: Sale) -> None:
    body, _ = Sandbox().decide(sale.reference, True)
    for signature in ("", "t=1,v1=00", sign(body, at=1), sign(body + b" "), "t=x,v1=", "t=²,v1=1"):
        with pytest.raises(Invalid):
            inbox.receive(NAME, body, signature)
    assert extension.session.scalars(select(GatewayEvent)).all() == []


def _about(thing: dict[str, Any] | None) -> bytes:
    return json.dumps({"id": "e1", "type": "some.kind", "data": {"object": thing}}).encode()


def test_an_event_about_no_payment_is_kept_and_ignored() -> None:
    body = _about({"id": "cus_1", "object": "customer"})
    inbox.receive(NAME, body, sign(body))
    assert event().processed_at
    assert event().outcome == "ignored: about no payment"


def test_an_event_about_a_payment_that_the_gateway_knows_and_we_do_not_is_ignored() -> None:
    key = secrets.token_hex(8)
    foreign = Sandbox().open_intent(idempotency_key=key, amount=5, currency="USD", details={})
    inbox.receive(NAME, *Sandbox().decide(foreign.reference, True))
    assert event().outcome == "ignored: unknown payment"


def test_an_event_about_a_payment_that_nobody_knows_is_ignored_at_once() -> None:
    body = _about({"id": "sbx_nobody", "object": "payment_intent"})
    inbox.receive(NAME, body, sign(body))
    assert event().outcome == "ignored: unknown payment"


def given_up(sale: Sale, monkeypatch: pytest.MonkeyPatch) -> int:
    """An event whose last attempt has failed hours ago."""
    with monkeypatch.context() as patch:
        patch.setattr(Sandbox, "look_up", _down)
        row_id = inbox.receive(NAME, *Sandbox().decide(sale.reference, True))
    past = clock.now() + timedelta(hours=5, minutes=50)
    extension.session.execute(update(GatewayEvent).values(attempts=MOST_ATTEMPTS, leased_until=past))
    extension.session.commit()
    return row_id


def noted() -> int:
    row = select(func.count()).where(ActivityLog.action == "webhook_processed_again")
    return extension.session.scalar(row) or 0


def test_staff_has_an_event_that_was_given_up_processed_and_it_counts_once(
    sale: Sale, monkeypatch: pytest.MonkeyPatch
) -> None:
    row_id = given_up(sale, monkeypatch)
    assert inbox.process_waiting() == 0, "it rests"
    assert inbox.process_again(StaffFactory(), row_id)
    assert sale.money == ("confirmed", 5250, 0)
    assert (event().outcome, event().attempts, len(sale.tickets), noted()) == ("paid", 1, 2, 1)
    with pytest.raises(Invalid) as refused:
        inbox.process_again(StaffFactory(), row_id)
    assert refused.value.code == "processed"
    assert (sale.money, noted()) == (("confirmed", 5250, 0), 1)


def test_one_that_fails_again_begins_its_pauses_anew(sale: Sale, monkeypatch: pytest.MonkeyPatch) -> None:
    row_id = given_up(sale, monkeypatch)
    with monkeypatch.context() as patch:
        patch.setattr(Sandbox, "look_up", _down)
        assert inbox.process_again(StaffFactory(), row_id) is False
        assert (event().attempts, event().processed_at, noted()) == (1, None, 1)
        with pytest.raises(Invalid) as refused:
            inbox.process_again(StaffFactory(), row_id)
        assert refused.value.code == "just_tried"
    let_the_lease_end()
    assert inbox.process_waiting() == 1, "the sweep takes it up again"


def test_staff_leaves_alone_what_somebody_is_at(sale: Sale, monkeypatch: pytest.MonkeyPatch) -> None:
    receive_and_crash(monkeypatch, "settle", *Sandbox().decide(sale.reference, True))
    with pytest.raises(Invalid) as refused:
        inbox.process_again(StaffFactory(), event().id)
    assert refused.value.code == "just_tried"
    assert (event().attempts, noted()) == (1, 0)


def test_nobody_but_staff_has_events_processed(sale: Sale, monkeypatch: pytest.MonkeyPatch) -> None:
    row_id = given_up(sale, monkeypatch)
    for actor in (BuyerFactory(), SupportFactory()):
        with pytest.raises(NotAllowed):
            inbox.process_again(actor, row_id)
    with pytest.raises(NotFound):
        inbox.process_again(StaffFactory(), row_id + 1)
    assert sale.money == ("pending", 0, 0)
