"""The day before, everybody who comes is reminded: once, of what is theirs, and of nothing that is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar
import pytest
import time_machine
from flask import Flask
from sqlalchemy import update

from tests.factories import BuyerFactory, OfferFactory, TicketTypeFactory
from tests.factories.events import EventDayFactory
from tests.jobs.visits import EVENING, attached, comes, concert, fill, offers_of, pass_on, text_of, waiting
from tests.races import crowd
from tests.support.smtp import SmtpSink
from ticketing import clock
from ticketing.extensions import db as extension
from ticketing.jobs import outbox
from ticketing.models import Event, Order
from ticketing.policy import SYSTEM
from ticketing.services import events, notifications, orders, reminding
from ticketing.services.reminding import AHEAD, FRESH, remind_due

#: When an evening's reminders are due.
DAY_BEFORE = EVENING - AHEAD
REMINDED = notifications.REMINDER


def booked(at: datetime = EVENING - timedelta(days=9), **event: Any) -> tuple[Event, Any, int]:
    """An evening, somebody who bought a ticket at that time, and the order's id."""
    buyer = BuyerFactory()
    with time_machine.travel(at):
        made = concert(ends_at=EVENING + timedelta(hours=3), **event)
        return made, buyer, comes(made, buyer)


def reminded_at(moment: datetime) -> int:
    """Run the job at that time; how many reminders it promised."""
    with time_machine.travel(moment):
        return remind_due()


def sent_at(moment: datetime) -> None:
    """Run both jobs at that time."""
    with time_machine.travel(moment):
        remind_due()
        outbox.deliver_due()


def test_a_day_before_the_buyer_is_reminded_with_papers(app: Flask, smtp_sink: SmtpSink) -> None:
    event, buyer, _order_id = booked()
    sent_at(DAY_BEFORE - timedelta(minutes=1))
    assert len(smtp_sink.to(buyer.email)) == 1, "the confirmation"
    sent_at(DAY_BEFORE)
    letter = smtp_sink.to(buyer.email)[-1]
    assert letter["subject"].replace("\u202f", " ") == "Coming up: Harbour Lights, Fri, Jun 1, 8:00 PM CEST"
    for form in ("plain", "html"):
        body = text_of(letter, form).replace("\u202f", " ")
        for words in ("Old Hall, 1 River Road, Berlin", "Fri, Jun 1, 8:00 PM – 11:00 PM CEST"):
            assert words in body
    files = attached(letter)
    assert set(files) == {"application/pdf", "text/calendar"}
    (entry,) = icalendar.Calendar.from_ical(files["text/calendar"]).walk("VEVENT")
    assert entry.decoded("dtstart") == event.starts_at


def test_a_reminder_comes_once(app: Flask, smtp_sink: SmtpSink) -> None:
    _event, buyer, _order_id = booked()
    for minutes in (0, 5, 10, 700):
        sent_at(DAY_BEFORE + timedelta(minutes=minutes))
    assert len(smtp_sink.to(buyer.email)) == 2


def test_reminding_is_no_change_of_the_order(app: Flask) -> None:
    _event, _buyer, order_id = booked()
    before = extension.session.get_one(Order, order_id).updated_at
    reminded_at(DAY_BEFORE)
    extension.session.expire_all()
    order = extension.session.get_one(Order, order_id)
    assert (order.reminded_at, order.updated_at) == (
        pytest.approx(DAY_BEFORE, abs=timedelta(minutes=1)),
        before,
    )


@pytest.mark.parametrize(("late", "number"), [(timedelta(0), 1), (timedelta(seconds=5), 0)])
def test_who_ordered_less_than_twelve_hours_before_is_not_reminded(
    app: Flask, late: timedelta, number: int
) -> None:
    booked(at=DAY_BEFORE - FRESH - timedelta(seconds=2) + late)
    assert reminded_at(DAY_BEFORE + timedelta(minutes=1)) == number


def test_who_orders_within_the_last_day_is_not_reminded(app: Flask) -> None:
    booked(at=DAY_BEFORE + timedelta(hours=3))
    assert reminded_at(DAY_BEFORE + timedelta(hours=4)) == 0


def test_a_late_job_still_reminds_and_one_that_comes_too_late_does_not(app: Flask) -> None:
    booked()
    assert reminded_at(EVENING + timedelta(minutes=1)) == 0
    assert reminded_at(EVENING - timedelta(minutes=30)) == 1


def test_cancelled_orders_and_events_remind_nobody(app: Flask) -> None:
    _event, _buyer, order_id = booked()
    with time_machine.travel(DAY_BEFORE - timedelta(days=1)):
        orders.cancel(SYSTEM, order_id)
    assert reminded_at(DAY_BEFORE) == 0
    other, _buyer, _order_id = booked()
    with time_machine.travel(DAY_BEFORE - timedelta(days=1)):
        events.cancel(SYSTEM, other.id)
    assert reminded_at(DAY_BEFORE) == 0


def test_what_is_called_off_between_promise_and_mail_is_not_sent(app: Flask, smtp_sink: SmtpSink) -> None:
    _event, buyer, order_id = booked()
    outbox.deliver_due()
    assert reminded_at(DAY_BEFORE) == 1
    with time_machine.travel(DAY_BEFORE + timedelta(minutes=1)):
        orders.cancel(SYSTEM, order_id)
        outbox.deliver_due()
    assert not [one for one in smtp_sink.to(buyer.email) if one["subject"].startswith("Coming up")]


def test_a_reminder_that_could_not_be_sent_in_time_is_not_sent(app: Flask, smtp_sink: SmtpSink) -> None:
    _event, buyer, _order_id = booked()
    sent_at(DAY_BEFORE - timedelta(hours=1))
    reminded_at(DAY_BEFORE)
    with time_machine.travel(EVENING + timedelta(minutes=1)):
        outbox.deliver_due()
    assert len(smtp_sink.to(buyer.email)) == 1
    assert waiting(REMINDED)[0].status == "sent", "it waits no longer"


def test_the_holder_of_a_ticket_that_was_passed_on_is_reminded_of_it(app: Flask, smtp_sink: SmtpSink) -> None:
    event, buyer, _order_id = booked()
    with time_machine.travel(EVENING - timedelta(days=8)):
        pass_on(buyer, comes(event, buyer, quantity=2), "friend@example.org")
        outbox.deliver_due()
    sent_at(DAY_BEFORE)
    letter = smtp_sink.to("friend@example.org")[-1]
    assert letter["subject"].startswith("Coming up: Harbour Lights")
    assert set(attached(letter)) == {"application/pdf", "text/calendar"}
    assert "Ticket TKT-" in text_of(letter)


def test_who_has_passed_on_all_tickets_is_not_reminded(app: Flask, smtp_sink: SmtpSink) -> None:
    _event, buyer, order_id = booked()
    with time_machine.travel(EVENING - timedelta(days=8)):
        pass_on(buyer, order_id, "friend@example.org")
    assert reminded_at(DAY_BEFORE) == 1
    assert "ticket_id" in waiting(REMINDED)[0].payload


def test_an_event_that_is_moved_is_reminded_of_again(app: Flask, smtp_sink: SmtpSink) -> None:
    event, buyer, order_id = booked()
    sent_at(DAY_BEFORE)
    later = EVENING + timedelta(days=7)
    before = extension.session.get_one(Order, order_id).updated_at
    with time_machine.travel(DAY_BEFORE + timedelta(hours=1)):
        events.update(SYSTEM, event.id, starts_at=later, ends_at=later + timedelta(hours=3))
    sent_at(DAY_BEFORE + timedelta(hours=2))
    extension.session.expire_all()
    assert extension.session.get_one(Order, order_id).updated_at == before
    sent_at(later - AHEAD + timedelta(minutes=2))
    subjects = [one["subject"].split(":")[0] for one in smtp_sink.to(buyer.email)]
    assert subjects == [
        "Your tickets for Harbour Lights", "Coming up", "Harbour Lights has changed", "Coming up",
    ]  # fmt: skip


def test_an_event_that_is_moved_by_an_hour_is_not_reminded_of_again(app: Flask) -> None:
    event, _buyer, _order_id = booked()
    sent_at(DAY_BEFORE)
    with time_machine.travel(DAY_BEFORE + timedelta(hours=1)):
        later = EVENING + timedelta(hours=1)
        events.update(SYSTEM, event.id, starts_at=later, ends_at=later + timedelta(hours=3))
    sent_at(DAY_BEFORE + timedelta(hours=2))
    assert reminded_at(DAY_BEFORE + timedelta(hours=3)) == 0


def test_a_reminder_that_waits_while_the_event_is_moved_away_is_not_sent(
    app: Flask, smtp_sink: SmtpSink
) -> None:
    event, buyer, _order_id = booked()
    sent_at(DAY_BEFORE - timedelta(hours=1))
    reminded_at(DAY_BEFORE)
    with time_machine.travel(DAY_BEFORE + timedelta(minutes=1)):
        later = EVENING + timedelta(days=7)
        events.update(SYSTEM, event.id, starts_at=later, ends_at=later + timedelta(hours=3))
        outbox.deliver_due()
    assert len(smtp_sink.to(buyer.email)) == 1


def festival() -> tuple[Event, list[int]]:
    """Three days of June from ten to six in Berlin, sold by the day; the offers for its days."""
    starts_at = datetime(2029, 6, 1, 8, tzinfo=UTC)
    made = concert(
        pricing_type="day_based", starts_at=starts_at, ends_at=starts_at + timedelta(days=2, hours=8)
    )
    kind = TicketTypeFactory(event=made)
    offers = []
    for number in (1, 2, 3):
        date = (starts_at + timedelta(days=number - 1)).date()
        day = EventDayFactory(event=made, number=number, date=date)
        offers.append(OfferFactory(event=made, ticket_type=kind, day_id=day.id, price=0).id)
    return made, offers


def opening(day: int) -> datetime:
    return datetime(2029, 6, day, 8, tzinfo=UTC)


def test_day_tickets_are_reminded_of_before_their_first_day(app: Flask, smtp_sink: SmtpSink) -> None:
    buyer = BuyerFactory()
    with time_machine.travel(EVENING - timedelta(days=9)):
        event, days = festival()
        comes(event, buyer, offers=days[1:])
        outbox.deliver_due()
    assert reminded_at(opening(1) - AHEAD + timedelta(hours=1)) == 0
    assert reminded_at(opening(2) - AHEAD - timedelta(minutes=1)) == 0
    sent_at(opening(2) - AHEAD)
    letter = smtp_sink.to(buyer.email)[-1]
    assert letter["subject"].replace("\u202f", " ").endswith("Sat, Jun 2, 10:00 AM CEST")
    body = text_of(letter).replace("\u202f", " ")
    assert "Sat, Jun 2, 10:00 AM – 6:00 PM CEST Sun, Jun 3, 10:00 AM – 6:00 PM CEST" in body
    assert reminded_at(opening(3) - AHEAD) == 0, "once per order"


def test_an_order_with_a_pass_for_all_days_is_reminded_of_before_the_first(app: Flask) -> None:
    with time_machine.travel(EVENING - timedelta(days=9)):
        event, days = festival()
        whole = offers_of(event)[0]
        comes(event, offers=[whole, days[2]])
    assert reminded_at(opening(1) - AHEAD) == 1


def test_a_day_ticket_that_was_passed_on_is_reminded_of_before_its_own_day(
    app: Flask, smtp_sink: SmtpSink
) -> None:
    buyer = BuyerFactory()
    with time_machine.travel(EVENING - timedelta(days=9)):
        event, days = festival()
        order_id = comes(event, buyer, offers=[days[2], days[0]])
        pass_on(buyer, order_id, "friend@example.org")
        outbox.deliver_due()
    sent_at(opening(1) - AHEAD)
    assert len(smtp_sink.to("friend@example.org")) == 1, "the ticket itself"
    assert smtp_sink.to(buyer.email)[-1]["subject"].startswith("Coming up")
    sent_at(opening(3) - AHEAD + timedelta(minutes=1))
    assert smtp_sink.to("friend@example.org")[-1]["subject"].startswith("Coming up")


def test_a_festival_that_has_begun_still_reminds_of_its_later_days(app: Flask) -> None:
    with time_machine.travel(opening(1) + timedelta(hours=1)):
        event, days = festival()
        comes(event, offers=[days[2]])
    with time_machine.travel(opening(1) + timedelta(minutes=30)):
        extension.session.execute(update(Order).values(confirmed_at=opening(1) - timedelta(days=3)))
        extension.session.commit()
    assert reminded_at(opening(3) - AHEAD) == 1


@pytest.mark.races
def test_runners_at_the_same_moment_remind_once(
    app: Flask, committed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen to fail without ``reminded_at IS NULL`` in the UPDATE and without the locks."""
    monkeypatch.setattr(reminding, "_BATCH", 10)
    event = concert(starts_at=clock.now() + timedelta(hours=20), ends_at=clock.now() + timedelta(hours=23))
    fill(event, 80)
    assert crowd.of_threads(app, remind_due, [()] * 4) == {"done": 4}
    told = [message.order_id for message in waiting(REMINDED)]
    assert len(told) == len(set(told))
    remind_due()
    assert len(waiting(REMINDED)) == 80, "what a busy runner left is the next one's"


def test_a_reminder_and_its_mark_are_kept_together_or_not_at_all(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    booked()

    def broken(*_: Any) -> Any:
        raise ValueError("no row")

    with monkeypatch.context() as patched, time_machine.travel(DAY_BEFORE):
        patched.setattr(reminding, "_messages", broken)
        with pytest.raises(ValueError, match="no row"):
            remind_due()
    assert waiting(REMINDED) == []
    assert reminded_at(DAY_BEFORE) == 1


def test_little_is_asked_while_nothing_is_due(app: Flask, statements: Any) -> None:
    with statements() as seen:
        assert remind_due() == 0
    assert len(seen) == 1
    event = concert(starts_at=clock.now() + timedelta(hours=20), ends_at=clock.now() + timedelta(hours=23))
    fill(event, 30)
    assert remind_due() == 30
    with statements() as seen:
        assert remind_due() == 0
    assert len(seen) == 2


def test_reminding_many_takes_as_many_statements_as_batches(
    app: Flask, statements: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = concert(starts_at=clock.now() + timedelta(hours=20), ends_at=clock.now() + timedelta(hours=23))
    fill(event, 400)
    with statements() as seen:
        assert remind_due() == 400
    assert len(seen) <= 1 + 3 * 7
