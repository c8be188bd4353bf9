"""Mail survives trouble: nothing is lost, nothing runs hot, nobody gets a mail twice without need."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask, current_app
from sqlalchemy import delete, select, update

from tests.races import crowd
from tests.support.troubled_smtp import Behaviour, TroubledServer
from ticketing import clock
from ticketing.errors import Invalid
from ticketing.extensions import db as extension
from ticketing.extensions import mail
from ticketing.jobs import outbox, reach
from ticketing.models import OutboxMessage, User
from ticketing.services import notifications
from ticketing.services.notifications import tell
from ticketing.transaction import transactional

SECOND = timedelta(seconds=1)


@pytest.fixture
def server(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[TroubledServer]:
    """A mail server to which the application sends."""
    with TroubledServer() as started:
        monkeypatch.setitem(app.config, "MAIL_SERVER", started.host)
        monkeypatch.setitem(app.config, "MAIL_PORT", started.port)
        monkeypatch.setitem(app.config, "MAIL_BACKEND", "smtp")
        monkeypatch.setitem(app.extensions, "mailman", mail.init_mail(app.config))
        yield started


@pytest.fixture
def hurried(app: Flask, server: TroubledServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a second of patience instead of twenty."""
    monkeypatch.setattr(app.extensions["mailman"], "timeout", 0.5)


@transactional
def promised(number: int = 1, *, before: timedelta = timedelta(0)) -> list[int]:
    """So many welcome mails to ``person<n>@example.org`` are due; their ids."""
    known = len(messages())
    for n in range(known, known + number):
        user = User(email=f"person{n}@example.org", username=f"person{n}", password_hash="!")
        extension.session.add(user)
        extension.session.flush()
        due_at = clock.now() - before + n * timedelta(milliseconds=1)
        tell(notifications.WELCOME, user_id=user.id, due_at=due_at - SECOND)
    return [message.id for message in messages()[known:]]


def messages() -> list[OutboxMessage]:
    rows = select(OutboxMessage).order_by(OutboxMessage.id).execution_options(populate_existing=True)
    return list(extension.session.scalars(rows))


def states() -> list[tuple[str, int]]:
    return [(message.status, message.attempts) for message in messages()]


def later(**passed: float) -> Any:
    return time_machine.travel(clock.now() + timedelta(**passed))


def test_a_server_that_is_down_loses_nothing(app: Flask, server: TroubledServer) -> None:
    promised(3)
    server.stop()
    assert outbox.deliver_due() == 0
    assert sorted(states()) == [("queued", 0), ("queued", 0), ("queued", 1)], "one found out for all"
    tried = next(message for message in messages() if message.attempts)
    assert "refused" in tried.last_error.lower()
    assert tried.leased_until is None
    assert tried.due_at > clock.now() + timedelta(seconds=8)
    server.start()
    assert outbox.deliver_due() == 0, "they rest together"
    with later(seconds=11):
        assert outbox.deliver_due() == 3
    assert len(server.kept) == len(set(server.kept)) == 3
    assert {message.status for message in messages()} == {"sent"}


@pytest.mark.parametrize("number", [1, 40])
def test_hours_without_a_server_cost_few_attempts(app: Flask, server: TroubledServer, number: int) -> None:
    promised(number)
    server.does = Behaviour(dies_at="CONNECT")
    moment, end, tried = clock.now(), clock.now() + timedelta(hours=3), []
    while moment < end:
        with time_machine.travel(moment):
            before = server.connections
            outbox.deliver_due()
            tried.append(server.connections - before)
        moment += timedelta(minutes=2)
    assert max(tried) <= 1, "no hot loop"
    assert server.connections <= (11 if number == 1 else 3 * 12 + 6)
    assert {message.status for message in messages()} == {"queued"}
    server.does = Behaviour()
    with time_machine.travel(end + timedelta(hours=6)):
        assert outbox.deliver_due() == number
    assert len(set(server.kept)) == number


def test_a_single_message_is_tried_fourteen_times_in_two_days(app: Flask, server: TroubledServer) -> None:
    promised()
    server.does = Behaviour(data="451 4.3.0 try later")
    moment, end = clock.now(), clock.now() + timedelta(days=3)
    while moment < end:
        with time_machine.travel(moment):
            outbox.deliver_due()
        moment += timedelta(minutes=30)
    assert states() == [("failed", 14)]
    assert server.connections == 14
    assert "451 4.3.0 try later" in messages()[0].last_error


def test_other_deeds_go_on_while_the_server_is_down(
    app: Flask, server: TroubledServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = []
    monkeypatch.setitem(outbox._DEEDS, "payment.refund", lambda message: done.append(message.id))
    promised(2)
    tell(notifications.SEND_REFUND, refund_id=1)
    extension.session.commit()
    server.stop()
    with later(seconds=2):
        assert outbox.deliver_due() == 1
    assert len(done) == 1


@pytest.mark.parametrize("answer", ["450 4.2.0 greylisted", "452 4.2.2 full", "421 4.7.0 too many"])
def test_a_recipient_who_is_refused_for_now_is_tried_again(
    app: Flask, server: TroubledServer, answer: str
) -> None:
    promised(2)
    server.does = Behaviour(rcpt={"person0@example.org": answer})
    assert outbox.deliver_due() == 1
    assert states() == [("queued", 1), ("sent", 1)]
    assert answer in messages()[0].last_error
    server.does = Behaviour()
    with later(seconds=11):
        assert outbox.deliver_due() == 1


@pytest.mark.parametrize("answer", ["550 5.1.1 no such user", "550 nobody here", "553 5.1.3 no address"])
def test_an_address_that_is_refused_for_good_fails_at_once(
    app: Flask, server: TroubledServer, answer: str
) -> None:
    promised(2)
    server.does = Behaviour(rcpt={"person0@example.org": answer})
    assert outbox.deliver_due() == 1
    assert states() == [("failed", 1), ("sent", 1)]
    assert messages()[0].last_error == f"The mail server answered {answer}"
    with later(days=1):
        assert outbox.deliver_due() == 0


@pytest.mark.parametrize(
    "answer", ["550 5.7.1 relaying denied", "554 5.7.1 go away", "552 5.2.2 mailbox full", "554 no"]
)
def test_a_refusal_that_may_be_mended_is_tried_again(app: Flask, server: TroubledServer, answer: str) -> None:
    promised()
    server.does = Behaviour(rcpt={"person0@example.org": answer})
    outbox.deliver_due()
    assert states() == [("queued", 1)]


def test_a_message_that_is_refused_is_tried_again(app: Flask, server: TroubledServer) -> None:
    promised(2)
    server.does = Behaviour(data="554 5.6.0 not this one")
    assert outbox.deliver_due() == 0
    assert states() == [("queued", 1), ("queued", 1)], "the server is there: each was tried"


@pytest.mark.parametrize("place", ["CONNECT", "RCPT", "DATA", "END"])
def test_a_server_that_hangs_is_waited_for_in_vain_once_and_briefly(
    app: Flask, server: TroubledServer, hurried: None, place: str
) -> None:
    promised(5)
    server.does = Behaviour(hangs_at=place)
    begun = time.monotonic()
    assert outbox.deliver_due() == 0
    assert time.monotonic() - begun < 5
    assert server.connections == 1
    assert sorted(attempts for _status, attempts in states()) == [0, 0, 0, 0, 1]
    server.does = Behaviour()
    app.extensions["mailman"].timeout = 20
    with later(seconds=11):
        assert outbox.deliver_due() == 5


def test_a_server_that_hangs_after_it_has_accepted_gets_the_mail_once(
    app: Flask, server: TroubledServer, hurried: None
) -> None:
    promised()
    server.does = Behaviour(hangs_at="QUIT")
    assert outbox.deliver_due() == 1
    assert states() == [("sent", 1)]
    assert len(server.kept) == 1


def test_a_server_that_dies_before_it_answers_gets_the_same_message_again(
    app: Flask, server: TroubledServer
) -> None:
    promised()
    server.does = Behaviour(dies_at="END")
    assert outbox.deliver_due() == 0
    assert states() == [("queued", 1)]
    server.does = Behaviour()
    with later(seconds=11):
        assert outbox.deliver_due() == 1
    first, second = server.seen
    assert first == second, "by its Message-ID, a mailbox sees that it is one"


def test_a_message_that_cannot_be_made_holds_up_no_other(app: Flask, server: TroubledServer) -> None:
    ids = promised(4)
    for number, poison in zip(ids, ({"payload": {}}, {"kind": "mail.no_such_kind"}), strict=False):
        extension.session.execute(update(OutboxMessage).where(OutboxMessage.id == number).values(**poison))
    extension.session.commit()
    assert outbox.deliver_due() == 2
    assert [status for status, _attempts in states()] == ["queued", "queued", "sent", "sent"]
    assert all(message.last_error for message in messages()[:2])


def test_a_slow_server_ends_no_lease_of_a_message_that_waits(app: Flask, server: TroubledServer) -> None:
    """Each is leased right before it is sent, however long the ones before it took."""
    promised(3)
    seen = []
    original = outbox.mails.send

    def slow(message: OutboxMessage) -> None:
        travelled.shift(timedelta(minutes=4))
        seen.append(message.leased_until - clock.now())
        original(message)

    with time_machine.travel(clock.now(), tick=False) as travelled, pytest.MonkeyPatch.context() as patch:
        patch.setattr(outbox.mails, "send", slow)
        assert outbox.deliver_due() == 3
    assert seen == [outbox.LEASE - timedelta(minutes=4)] * 3
    assert len(set(server.kept)) == len(server.kept) == 3


def test_the_longest_conversation_with_a_server_is_shorter_than_a_lease(app: Flask) -> None:
    from ticketing.config import Config

    answers = len(["connect", "banner", "ehlo", "starttls", "tls", "ehlo", "auth", "auth", "mail", "rcpt"])
    answers += len(["data", "message", "end", "quit"])
    assert answers * timedelta(seconds=Config().MAIL_TIMEOUT) <= outbox.LEASE


def test_a_runner_that_was_overtaken_spoils_nothing(app: Flask, server: TroubledServer) -> None:
    """Its lease ended; another runner has sent the message. What it notes then counts no more."""
    promised()
    first = outbox._lease()
    assert first is not None
    with later(minutes=6):
        assert outbox.deliver_due() == 1
        outbox._failed(first, "too late", for_good=True)
    assert states() == [("sent", 2)]
    assert messages()[0].last_error == ""


def test_a_failure_that_comes_late_does_not_end_the_lease_of_another(
    app: Flask, server: TroubledServer
) -> None:
    promised()
    first = outbox._lease()
    assert first is not None
    with later(minutes=6):
        second = outbox._lease()
        assert second is not None
        outbox._failed(first, "too late", for_good=True)
        assert outbox._lease() is None
    assert states() == [("queued", 2)]


def test_a_message_that_is_gone_when_its_result_comes_disturbs_nobody(
    app: Flask, server: TroubledServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when its order is deleted meanwhile."""
    first, _second = promised(2)
    original = outbox.mails.send

    def deleted(message: OutboxMessage) -> None:
        if message.id == first:
            extension.session.execute(delete(OutboxMessage).where(OutboxMessage.id == first))
            extension.session.commit()
            raise ValueError("cannot be made")
        original(message)

    monkeypatch.setattr(outbox.mails, "send", deleted)
    assert outbox.deliver_due() == 1
    assert states() == [("sent", 1)]


def test_deliveries_end_in_time_for_the_other_jobs(app: Flask, server: TroubledServer) -> None:
    promised(5)
    server.does = Behaviour(slow=0.1)
    first = outbox.deliver_due(seconds=0.15)
    assert 1 <= first < 5
    assert outbox.deliver_due() == 5 - first


def test_mails_rest_for_longer_and_longer_and_begin_anew(app: Flask) -> None:
    moment = clock.now()
    pauses = []
    for _ in range(7):
        with time_machine.travel(moment, tick=False):
            reach.was_missed()
            rest = app.extensions["mail_rest"]
            pauses.append((rest.until - clock.now()).total_seconds())
    assert pauses == [10, 20, 40, 80, 160, 300, 300]
    with time_machine.travel(moment + timedelta(minutes=6)):
        assert not reach.is_resting()
        reach.was_met()
        reach.was_missed()
        assert app.extensions["mail_rest"].until - clock.now() <= timedelta(seconds=10)


def deliver(host: str, port: int, folder: str) -> None:
    """One runner, in a process of its own, that says who it was.

    :raises Invalid: the other runners have left it nothing.
    """
    current_app.config |= {"MAIL_SERVER": host, "MAIL_PORT": port, "MAIL_BACKEND": "smtp"}
    current_app.extensions["mailman"] = mail.init_mail(current_app.config)
    number = outbox.deliver_due()
    Path(folder, f"{os.getpid()}").write_text(str(number))
    if not number:
        raise Invalid("nothing_left", "Others were quicker.")


@pytest.mark.races
def test_runners_of_several_processes_send_each_message_once(
    app: Flask, committed: Any, database: Any, server: TroubledServer, tmp_path: Path
) -> None:
    """Seen to fail when the lease of another is not looked at."""
    promised(60)
    server.does = Behaviour(slow=0.02)
    arguments = [(server.host, server.port, str(tmp_path))] * 3
    assert crowd.of_processes(database.url, deliver, arguments, processes=3) == {"done": 3}
    shares = [int(path.read_text()) for path in tmp_path.iterdir()]
    assert sum(shares) == 60
    assert min(shares) > 0, "all of them took part"
    assert len(server.kept) == len(set(server.kept)) == 60
    assert states() == [("sent", 1)] * 60
