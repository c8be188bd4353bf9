"""An organizer's message reaches everybody whom it is for, once, however often its telling breaks off."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from tests.factories import (
    BuyerFactory,
    EventDayFactory,
    OfferFactory,
    OrganizationFactory,
    TicketTypeFactory,
    member_of,
)
from tests.jobs.visits import comes, concert, fill, offers_of, pass_on, text_of, waiting
from tests.races import crowd
from tests.support.smtp import SmtpSink
from ticketing import clock
from ticketing.errors import Conflict, Invalid, NotAllowed
from ticketing.extensions import db as extension
from ticketing.jobs import outbox, upkeep
from ticketing.models import (
    ActivityLog,
    Circular,
    Event,
    Order,
    Organization,
    OutboxMessage,
    Ticket,
    User,
)
from ticketing.policy import SYSTEM, Actor
from ticketing.queries.circulars import Audience
from ticketing.services import circulars, events, notifications, orders
from ticketing.services.circulars import Letter
from ticketing.services.idempotency import Idempotency

WORDS = Letter("The doors open earlier", "We open at six.\n\nSee https://example.org/way & bring warm shoes.")
EVERYBODY = Audience()


@pytest.fixture
def event(app: Flask) -> Event:
    organization = OrganizationFactory(name="Lantern & Sons", contact_email="office@lantern.example")
    return concert(organization=organization)


@pytest.fixture
def manager(event: Event) -> Actor:
    return member_of(extension.session.get_one(Organization, event.organization_id), "MANAGER")


def told() -> list[OutboxMessage]:
    return waiting(notifications.CIRCULAR)


def whom() -> list[tuple[int | None, str]]:
    """Of each mail: its order, and whether it is for the buyer or for a holder."""
    return [(m.order_id, "buyer" if "order_id" in m.payload else "holder") for m in told()]


def finished(circular_id: int) -> Circular:
    extension.session.expire_all()
    return extension.session.get_one(Circular, circular_id)


def test_everybody_who_comes_gets_the_mail(manager: Actor, event: Event, smtp_sink: SmtpSink) -> None:
    buyer, other = BuyerFactory(), BuyerFactory()
    order_id = comes(event, buyer, quantity=2)
    comes(event, other)
    comes(concert(title="Elsewhere"))
    outbox.deliver_due()
    circular = circulars.send(manager, event.id, WORDS, EVERYBODY)
    assert circular.total == 2
    outbox.deliver_due()
    letter = smtp_sink.to(buyer.email)[-1]
    assert letter["Subject"] == "The doors open earlier"
    assert letter["Reply-To"] == "office@lantern.example"
    number = extension.session.get_one(Order, order_id).number
    for form in ("plain", "html"):
        text = text_of(letter, form).replace("&amp;", "&")
        assert "Lantern & Sons writes to you about Harbour Lights" in text
        assert f"you have a ticket for Harbour Lights: booking {number}" in text
        assert "/bookings/" in text
    page = text_of(letter, "html")
    assert '<a href="https://example.org/way" rel="noopener"' in page
    assert "&amp; bring warm shoes" in page
    assert smtp_sink.to(other.email)[-1]["Subject"] == WORDS.subject
    assert len(told()) == 2
    done = finished(circular.id)
    assert (done.status, done.done, done.total) == ("done", 2, 2)


def test_a_buyer_gets_one_mail_an_order_and_holders_of_passed_on_tickets_get_theirs(
    manager: Actor, event: Event, smtp_sink: SmtpSink
) -> None:
    buyer = BuyerFactory()
    order_id = comes(event, buyer, quantity=4)
    for friend in ("friend@example.org", "friend@example.org", "other@example.org"):
        pass_on(buyer, order_id, friend)
    outbox.deliver_due()
    smtp_sink.messages.clear()
    assert circulars.send(manager, event.id, WORDS, EVERYBODY).total == 3
    outbox.deliver_due()
    assert sorted(str(letter["To"]) for letter in smtp_sink.messages) == sorted(
        ["friend@example.org", "other@example.org", buyer.email]
    )
    passed = text_of(smtp_sink.to("friend@example.org")[0])
    assert "somebody passed a ticket for Harbour Lights on to this address" in passed
    assert buyer.email not in passed


def test_a_buyer_who_passed_everything_on_is_not_told(manager: Actor, event: Event) -> None:
    buyer = BuyerFactory()
    pass_on(buyer, comes(event, buyer), "friend@example.org")
    assert circulars.send(manager, event.id, WORDS, EVERYBODY).total == 1
    outbox.deliver_due()
    assert [kind for _order, kind in whom()] == ["holder"]


def test_cancelled_pending_and_later_orders_are_not_told(manager: Actor, event: Event) -> None:
    stays, goes = comes(event), comes(event)
    orders.cancel(SYSTEM, goes)
    circular = circulars.send(manager, event.id, WORDS, EVERYBODY)
    with time_machine.travel(clock.now() + timedelta(minutes=1)):
        comes(event)
        outbox.deliver_due()
    assert [order for order, _kind in whom()] == [stays]
    assert (finished(circular.id).total, finished(circular.id).status) == (1, "done")


def test_who_gives_back_or_passes_on_before_the_mail_goes_gets_none(
    manager: Actor, event: Event, smtp_sink: SmtpSink
) -> None:
    gone, passes = BuyerFactory(), BuyerFactory()
    first, second = comes(event, gone), comes(event, passes, quantity=2)
    ticket = pass_on(passes, second, "friend@example.org")
    outbox.deliver_due()
    smtp_sink.messages.clear()
    circular = circulars.send(manager, event.id, WORDS, EVERYBODY)
    circulars.carry_out(circular.id)
    assert len(told()) == 3
    orders.cancel(SYSTEM, first)
    extension.session.get_one(Ticket, ticket).code_version += 1
    extension.session.commit()
    outbox.deliver_due()
    assert [str(mail["To"]) for mail in smtp_sink.messages if mail["Subject"] == WORDS.subject] == [
        passes.email
    ]


def test_the_frame_is_in_the_language_of_whoever_reads_it(manager: Actor, event: Event) -> None:
    buyer, friend = BuyerFactory(), BuyerFactory()
    order_id = comes(event, buyer, quantity=2)
    ticket = pass_on(buyer, order_id, "friend@example.org")
    extension.session.get_one(Ticket, ticket).user_id = friend.user_id
    extension.session.get_one(Order, order_id).language = "de"
    extension.session.get_one(User, friend.user_id or 0).language = "ru"
    extension.session.commit()
    circulars.carry_out(circulars.send(manager, event.id, WORDS, EVERYBODY).id)
    assert [message.language for message in told()] == ["de", "ru"]


def test_an_audience_is_narrowed_by_type_admission_and_day(manager: Actor, event: Event) -> None:
    first, second = (EventDayFactory(event=event, name=f"Day {number}") for number in (1, 2))
    kind = TicketTypeFactory(event=event, name="Day pass")
    days = [OfferFactory(event=event, price=0, ticket_type=kind, day_id=day.id) for day in (first, second)]
    (all_days, *_rest) = offers_of(event)
    whole, one, two = (comes(event, offers=[offer]) for offer in (all_days, days[0].id, days[1].id))
    came = extension.session.scalars(select(Ticket).where(Ticket.order_id == two)).one()
    came.admissions, came.status = 1, "used"
    extension.session.commit()
    for audience, meant in (
        (EVERYBODY, [whole, one, two]),
        (Audience(types=(kind.id,)), [one, two]),
        (Audience(day=first.id), [whole, one]),
        (Audience(came=True), [two]),
        (Audience(came=False), [whole, one]),
        (Audience(types=(kind.id,), day=second.id, came=True), [two]),
    ):
        extension.session.execute(update(OutboxMessage).values(status="sent"))
        extension.session.execute(update(Circular).values(created_at=clock.now() - timedelta(days=2)))
        extension.session.commit()
        before = len(told())
        circular = circulars.send(manager, event.id, WORDS, audience)
        assert circular.total == len(meant)
        assert Audience.read(finished(circular.id).audience) == audience
        circulars.carry_out(circular.id)
        assert [order for order, _kind in whom()[before:]] == meant


def test_a_run_that_breaks_off_is_taken_up_where_it_ended(
    manager: Actor, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(event, 7)
    monkeypatch.setattr(circulars, "BATCH", 2)
    circular = circulars.send(manager, event.id, WORDS, EVERYBODY)
    circulars._tell_some(circular.id)
    circulars._tell_some(circular.id)
    assert (finished(circular.id).status, finished(circular.id).done) == ("running", 4)
    assert circulars.carry_out(circular.id) is None
    assert circulars.carry_out(circular.id) is None
    assert len({order for order, _kind in whom()}) == len(whom()) == 7
    assert (finished(circular.id).status, finished(circular.id).done) == ("done", 7)


def test_other_mails_never_stand_behind_all_of_them(
    manager: Actor, event: Event, monkeypatch: pytest.MonkeyPatch, smtp_sink: SmtpSink
) -> None:
    fill(event, 25)
    monkeypatch.setattr(circulars, "BATCH", 5)
    monkeypatch.setattr(circulars, "MOST_WAITING", 5)
    circular = circulars.send(manager, event.id, WORDS, EVERYBODY)
    assert outbox._lease() is not None
    again = circulars.carry_out(circular.id)
    assert again is not None
    assert len(told()) == 5
    assert circulars.carry_out(circular.id) is not None
    assert len(told()) == 5
    start = clock.now() + outbox.LEASE
    for turn in range(1, 8):
        with time_machine.travel(start + turn * timedelta(seconds=10)):
            outbox.deliver_due()
    assert finished(circular.id).status == "done"
    assert len(smtp_sink.messages) == 25
    assert [message.status for message in waiting(circulars.TELL)] == ["sent"]


def test_nobody_else_is_told_when_the_event_is_called_off_meanwhile(
    manager: Actor, event: Event, monkeypatch: pytest.MonkeyPatch, smtp_sink: SmtpSink
) -> None:
    for _ in range(4):
        comes(event)
    outbox.deliver_due()
    smtp_sink.messages.clear()
    monkeypatch.setattr(circulars, "BATCH", 2)
    circular = circulars.send(manager, event.id, WORDS, EVERYBODY)
    circulars._tell_some(circular.id)
    events.cancel(SYSTEM, event.id)
    outbox.deliver_due()
    assert (finished(circular.id).status, finished(circular.id).total) == ("failed", 2)
    assert {str(mail["Subject"]) for mail in smtp_sink.messages}.isdisjoint({WORDS.subject})


def test_the_same_request_again_finds_what_it_made(manager: Actor, event: Event) -> None:
    comes(event)
    once = Idempotency.of("circular", "key", b"words")
    first = circulars.send(manager, event.id, WORDS, EVERYBODY, once=once)
    assert circulars.send(manager, event.id, WORDS, EVERYBODY, once=once).id == first.id
    with pytest.raises(Conflict):
        circulars.send(
            manager, event.id, WORDS, EVERYBODY, once=Idempotency.of("circular", "key", b"other words")
        )
    assert len(waiting(circulars.TELL)) == 1
    (log,) = extension.session.scalars(select(ActivityLog).where(ActivityLog.action == "circular_sent"))
    assert log.details == {"title": event.title, "mails": 1, "about": WORDS.subject}


def test_only_managers_may_write_and_not_too_often(manager: Actor, event: Event) -> None:
    comes(event)
    organization = extension.session.get_one(Organization, event.organization_id)
    for stranger in (member_of(organization, "MEMBER"), BuyerFactory(is_support=True), BuyerFactory()):
        with pytest.raises(NotAllowed):
            circulars.send(stranger, event.id, WORDS, EVERYBODY)
        with pytest.raises(NotAllowed):
            circulars.send_test(stranger, event.id, WORDS)
    for _ in range(circulars.MOST):
        circulars.send_test(manager, event.id, WORDS)
        circulars.send(manager, event.id, WORDS, EVERYBODY)
    with pytest.raises(Invalid, match="At most 5 messages a day"):
        circulars.send(manager, event.id, WORDS, EVERYBODY)
    with time_machine.travel(clock.now() + timedelta(hours=24, minutes=1)):
        circulars.send(manager, event.id, WORDS, EVERYBODY)


@pytest.mark.parametrize(
    ("letter", "field"), [((" ", "x"), "subject"), (("x", "\n\n"), "body"), (("x" * 151, "x"), "subject")]
)
def test_a_letter_says_something(letter: tuple[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        Letter.of(*letter)
    assert list(refused.value.fields) == [field]


def test_a_letter_is_kept_without_what_makes_no_difference() -> None:
    letter = Letter.of(" The \n doors\r\nBcc: x ", "One  \r\ntwo\n\n\n\nthree\n")
    assert letter == Letter("The doors Bcc: x", "One\ntwo\n\nthree")


def test_what_was_tried_out_is_forgotten_after_a_day(manager: Actor, event: Event) -> None:
    comes(event)
    circulars.send_test(manager, event.id, WORDS)
    kept = circulars.send(manager, event.id, WORDS, EVERYBODY)
    with time_machine.travel(clock.now() + timedelta(hours=25)):
        upkeep.tidy()
    extension.session.expire_all()
    assert list(extension.session.scalars(select(Circular.id))) == [kept.id]


def test_a_mail_to_a_recipient_who_writes_html_shows_it_as_text(
    manager: Actor, event: Event, smtp_sink: SmtpSink
) -> None:
    buyer = BuyerFactory()
    comes(event, buyer)
    circulars.send(
        manager, event.id, Letter.of("<i>Hi</i> & you", "<script>x</script>\na@b.example"), EVERYBODY
    )
    outbox.deliver_due()
    letter = smtp_sink.to(buyer.email)[-1]
    assert letter["Subject"] == "<i>Hi</i> & you"
    page = text_of(letter, "html")
    assert "&lt;script&gt;x&lt;/script&gt;<br>" in page
    assert 'href="mailto:a@b.example"' in page


def test_telling_many_takes_as_many_statements_as_batches(
    manager: Actor, event: Event, statements: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(circulars, "MOST_WAITING", 10_000)
    fill(event, 900)
    circular = circulars.send(manager, event.id, WORDS, EVERYBODY)
    with statements() as seen:
        assert circulars.carry_out(circular.id) is None
    assert finished(circular.id).done == 900
    assert len(seen) <= 5 * 8


@pytest.mark.races
def test_runners_that_tell_at_the_same_moment_tell_nobody_twice(
    app: Flask, committed: Any, event: Event, manager: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(event, 60)
    monkeypatch.setattr(circulars, "BATCH", 7)
    circular = circulars.send(manager, event.id, WORDS, EVERYBODY)
    assert crowd.of_threads(app, circulars.carry_out, [(circular.id,)] * 4) == {"done": 4}
    assert len({order for order, _kind in whom()}) == len(whom()) == 60
    assert (finished(circular.id).status, finished(circular.id).done) == ("done", 60)


@pytest.mark.races
def test_runners_of_the_whole_outbox_send_each_mail_once(
    app: Flask, committed: Any, event: Event, manager: Actor, smtp_sink: SmtpSink
) -> None:
    fill(event, 20)
    circulars.send(manager, event.id, WORDS, EVERYBODY)
    assert crowd.of_threads(app, outbox.deliver_due, [()] * 3) == {"done": 3}
    outbox.deliver_due()
    reached = [str(mail["To"]) for mail in smtp_sink.messages]
    assert len(reached) == len(set(reached)) == 20


@pytest.mark.races
def test_clicks_at_the_same_moment_send_one_message(
    app: Flask, committed: Any, event: Event, manager: Actor
) -> None:
    comes(event)
    once = Idempotency.of("circular", "key", b"words")

    def send() -> None:
        circulars.send(manager, event.id, WORDS, EVERYBODY, once=once)

    assert crowd.of_threads(app, send, [()] * 6) == {"done": 6}
    assert len(waiting(circulars.TELL)) == 1


@pytest.mark.races
def test_no_more_than_so_many_are_sent_at_the_same_moment(
    app: Flask, committed: Any, event: Event, manager: Actor
) -> None:
    comes(event)
    asked = (manager, event.id, WORDS, EVERYBODY)
    outcomes = crowd.of_threads(app, circulars.send, [asked] * 8)
    assert outcomes == {"done": circulars.MOST, "too_many_circulars": 8 - circulars.MOST}
