"""Who has tickets is told when what they must know of the event has changed: once, and with fresh papers."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
import time_machine
from flask import Flask

from tests.documents.sheets import pages
from tests.documents.sheets import text_of as words_of
from tests.factories import BuyerFactory, OrganizationFactory, VenueFactory, member_of
from tests.jobs.visits import EVENING, attached, comes, concert, fill, offers_of, pass_on, text_of, waiting
from tests.races import crowd
from tests.support.smtp import SmtpSink
from ticketing import clock
from ticketing.extensions import db as extension
from ticketing.jobs import outbox
from ticketing.models import Event, Order, OutboxMessage, Ticket
from ticketing.policy import SYSTEM
from ticketing.services import announcing, events, hosting, notifications, orders, tickets, venues

LATER = EVENING + timedelta(hours=25, minutes=30)
TOLD = notifications.EVENT_CHANGED


def announcements() -> list[OutboxMessage]:
    return waiting(announcing.ANNOUNCE)


def all_told() -> int:
    """Let the waiting time pass and deliver; how many messages were promised."""
    with time_machine.travel(clock.now() + announcing.WAIT + timedelta(minutes=3)):
        outbox.deliver_due()
    return len(waiting(TOLD))


def moved(event: Event, **changed: Any) -> None:
    changed = changed or {"starts_at": LATER, "ends_at": LATER + timedelta(hours=3)}
    events.update(SYSTEM, event.id, **changed)


def test_the_buyer_is_told_old_and_new_with_fresh_papers(app: Flask, smtp_sink: SmtpSink) -> None:
    event, buyer = concert(), BuyerFactory()
    comes(event, buyer)
    outbox.deliver_due()
    new_hall = VenueFactory(name="New Hall", address="2 Hill Street", city="Berlin")
    moved(
        event, starts_at=LATER, ends_at=LATER + timedelta(hours=3), venue=new_hall.id, title="Harbour Nights"
    )
    assert all_told() == 1
    confirmation, letter = smtp_sink.to(buyer.email)
    assert letter["subject"] == "Harbour Lights has changed"
    for form in ("plain", "html"):
        text = text_of(letter, form).replace("\u202f", " ")
        assert "Harbour Lights" in text
        assert "New Hall, 2 Hill Street, Berlin" in text
        assert "Old Hall, 1 River Road, Berlin" in text
        assert "Fri, Jun 1, 2029, 8:00 PM – 11:00 PM CEST" in text
        assert "Sat, Jun 2, 2029, 9:30 PM – Sun, Jun 3" in text or "9:30 PM – 12:30 AM CEST" in text
    old, new = (
        icalendar.Calendar.from_ical(attached(each)["text/calendar"]).walk("VEVENT")[0]
        for each in (confirmation, letter)
    )
    assert new["uid"] == old["uid"]
    assert new["sequence"] >= old["sequence"]
    assert (old.decoded("dtstart"), new.decoded("dtstart")) == (EVENING, LATER)
    (page,) = pages(attached(letter)["application/pdf"])
    assert "New Hall" in words_of(page)


def test_a_later_calendar_file_replaces_the_earlier_one(app: Flask, smtp_sink: SmtpSink) -> None:
    event, buyer = concert(), BuyerFactory()
    comes(event, buyer)
    outbox.deliver_due()
    with time_machine.travel(clock.now() + timedelta(hours=1)):
        venues.update(SYSTEM, event.venue_id, name="Older Hall")
        all_told()
    old, new = (
        icalendar.Calendar.from_ical(attached(each)["text/calendar"]).walk("VEVENT")[0]["sequence"]
        for each in smtp_sink.to(buyer.email)
    )
    assert new > old


def test_the_holder_of_a_ticket_that_was_passed_on_is_told_about_it(app: Flask, smtp_sink: SmtpSink) -> None:
    event, buyer = concert(), BuyerFactory()
    pass_on(buyer, comes(event, buyer, quantity=2), "friend@example.org")
    outbox.deliver_due()
    moved(event)
    assert all_told() == 2
    letter = smtp_sink.to("friend@example.org")[-1]
    assert letter["subject"] == "Harbour Lights has changed"
    assert set(attached(letter)) == {"application/pdf", "text/calendar"}
    text = text_of(letter)
    assert "Ticket TKT-" in text
    assert buyer.email not in text
    assert "/bookings/" not in text


def test_a_ticket_that_is_passed_on_meanwhile_is_no_longer_written_about(
    app: Flask, smtp_sink: SmtpSink
) -> None:
    event, buyer, friend = concert(), BuyerFactory(), BuyerFactory()
    order_id = comes(event, buyer, quantity=2)
    ticket_id = pass_on(buyer, order_id, "friend@example.org")
    moved(event)
    (announcement,) = announcements()
    announcing.carry_out(announcement.id)
    extension.session.get_one(Ticket, ticket_id).user_id = friend.user_id
    extension.session.commit()
    tickets.transfer(friend, ticket_id, email="third@example.org")
    outbox.deliver_due()
    assert [one["subject"] for one in smtp_sink.to("friend@example.org")] == []
    assert [one["subject"] for one in smtp_sink.to("third@example.org")] == ["Your ticket for Harbour Lights"]


def test_several_saves_are_one_change_from_what_was_first_known(app: Flask, smtp_sink: SmtpSink) -> None:
    event, buyer = concert(), BuyerFactory()
    comes(event, buyer)
    for hours in (1, 2, 3):
        starts_at = EVENING + timedelta(hours=hours)
        moved(event, starts_at=starts_at, ends_at=starts_at + timedelta(hours=1))
    assert len(announcements()) == 1
    assert all_told() == 1
    text = text_of(smtp_sink.to(buyer.email)[-1]).replace("\u202f", " ")
    assert "Before: Fri, Jun 1, 2029, 8:00 PM" in text
    assert "Now: Fri, Jun 1, 2029, 11:00 PM" in text
    assert "9:00 PM" not in text


def test_what_is_changed_back_is_told_to_nobody(app: Flask) -> None:
    event = concert()
    comes(event)
    moved(event)
    moved(event, starts_at=EVENING, ends_at=EVENING + timedelta(hours=3))
    assert all_told() == 0
    assert [message.status for message in announcements()] == ["sent"]


def test_a_change_back_while_the_mails_wait_is_told_to_nobody_either(app: Flask, smtp_sink: SmtpSink) -> None:
    event, buyer = concert(), BuyerFactory()
    comes(event, buyer)
    outbox.deliver_due()
    moved(event)
    announcing.carry_out(announcements()[0].id)
    moved(event, starts_at=EVENING, ends_at=EVENING + timedelta(hours=3))
    outbox.deliver_due()
    assert len(smtp_sink.to(buyer.email)) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"description": "New words"},
        {"capacity": 500},
        {"timezone": "Europe/Paris"},
        {"title": "Harbour Lights"},
    ],
)
def test_what_changes_nothing_for_visitors_is_not_announced(app: Flask, changed: dict[str, Any]) -> None:
    event = concert()
    comes(event)
    moved(event, **changed)
    assert announcements() == []


def test_another_zone_means_another_hour(app: Flask) -> None:
    event = concert()
    comes(event)
    moved(event, timezone="Europe/Lisbon")
    assert all_told() == 1


def test_nobody_is_told_where_nobody_comes(app: Flask) -> None:
    event = concert()
    moved(event)
    assert announcements() == []


@pytest.mark.parametrize("status", ["draft", "cancelled"])
def test_drafts_and_cancelled_events_are_not_announced(app: Flask, status: str) -> None:
    event = concert()
    comes(event)
    event.status = status
    extension.session.commit()
    moved(event, title="Another name")
    assert announcements() == []


def test_nobody_is_told_of_an_event_that_is_called_off_meanwhile(app: Flask) -> None:
    event = concert()
    comes(event)
    moved(event)
    events.cancel(SYSTEM, event.id)
    assert all_told() == 0


def test_nobody_is_told_of_what_is_over_meanwhile(app: Flask) -> None:
    event = concert(starts_at=clock.now() + timedelta(minutes=5), ends_at=clock.now() + timedelta(minutes=8))
    comes(event)
    moved(event, title="Another name")
    assert len(announcements()) == 1
    assert all_told() == 0


def test_cancelled_and_pending_orders_are_not_told(app: Flask) -> None:
    event = concert()
    stays, goes = comes(event), comes(event)
    orders.cancel(SYSTEM, goes)
    moved(event)
    assert all_told() == 1
    assert waiting(TOLD)[0].order_id == stays


def test_whoever_buys_after_the_change_knows_it(app: Flask) -> None:
    event = concert()
    early = comes(event)
    with time_machine.travel(clock.now() + timedelta(minutes=1)):
        moved(event)
    with time_machine.travel(clock.now() + timedelta(minutes=2)):
        comes(event)
    all_told()
    assert [message.order_id for message in waiting(TOLD)] == [early]


def test_hosts_who_name_their_place_in_words_are_heard_too(app: Flask, smtp_sink: SmtpSink) -> None:
    organization = OrganizationFactory()
    owner = member_of(organization, "OWNER")
    event, buyer = concert(organization=organization, organizer_id=owner.user_id), BuyerFactory()
    comes(event, buyer)
    hosting.change(owner, event.id, place={"address": "7 Quay"})
    assert all_told() == 1
    assert "Now: Old Hall, 7 Quay, Berlin" in text_of(smtp_sink.to(buyer.email)[-1])


def test_a_venue_that_gets_another_address_tells_all_that_takes_place_there(app: Flask) -> None:
    first = concert()
    second = concert(title="Second")
    elsewhere = concert(title="Elsewhere", venue=VenueFactory())
    for event in (first, second, elsewhere):
        comes(event)
    venues.update(SYSTEM, first.venue_id, address="9 Bridge Street", capacity=7)
    told = {message.payload["event_id"] for message in announcements()}
    assert told == {first.id, second.id}
    venues.update(SYSTEM, first.venue_id, capacity=8)
    assert len(announcements()) == 2


def test_mails_are_in_the_language_of_the_order(app: Flask, smtp_sink: SmtpSink) -> None:
    event, buyer = concert(), BuyerFactory()
    order_id = comes(event, buyer)
    extension.session.get_one(Order, order_id).language = "de"
    extension.session.commit()
    moved(event)
    all_told()
    assert waiting(TOLD)[0].language == "de"
    assert smtp_sink.to(buyer.email)


def test_a_run_that_breaks_off_is_taken_up_where_it_ended(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = concert()
    for _ in range(7):
        comes(event)
    monkeypatch.setattr(announcing, "BATCH", 2)
    moved(event)
    (announcement,) = announcements()
    announcing._tell_some(announcement.id)
    announcing._tell_some(announcement.id)
    assert len(waiting(TOLD)) == 4
    assert announcing.carry_out(announcement.id) == 3
    assert announcing.carry_out(announcement.id) == 0
    assert len({message.order_id for message in waiting(TOLD)}) == len(waiting(TOLD)) == 7


def test_a_change_after_the_telling_has_begun_is_announced_anew(app: Flask) -> None:
    event = concert()
    comes(event)
    moved(event)
    with time_machine.travel(clock.now() + announcing.WAIT + timedelta(seconds=1)):
        assert outbox._lease() is not None
        while outbox._lease() is not None:
            pass
    moved(event, title="Another name")
    assert [message.payload["before"]["title"] for message in announcements()] == ["Harbour Lights"] * 2


@pytest.mark.races
def test_saves_at_the_same_moment_leave_one_announcement(app: Flask, committed: Any) -> None:
    event = concert()
    comes(event)
    titles = [(SYSTEM, event.id, f"Name {number}") for number in range(8)]

    def rename(actor: Any, key: int, title: str) -> None:
        events.update(actor, key, title=title)

    assert crowd.of_threads(app, rename, titles) == {"done": 8}
    (announcement,) = announcements()
    assert announcement.payload["before"]["title"] == "Harbour Lights"


@pytest.mark.races
def test_runners_that_tell_at_the_same_moment_tell_once(
    app: Flask, committed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = concert()
    fill(event, 60)
    monkeypatch.setattr(announcing, "BATCH", 7)
    moved(event)
    (announcement,) = announcements()
    assert crowd.of_threads(app, announcing.carry_out, [(announcement.id,)] * 4) == {"done": 4}
    told = [message.order_id for message in waiting(TOLD)]
    assert len(told) == len(set(told)) == 60


@pytest.mark.races
def test_a_save_that_meets_the_telling_is_not_lost(app: Flask, committed: Any) -> None:
    """Either the running announcement sees it, or there is a second one."""
    for number in range(6):
        event = concert(title=f"Evening {number}")
        comes(event)
        moved(event)
        announcement = announcements()[-1]
        with time_machine.travel(announcement.due_at + timedelta(seconds=1), tick=True):
            crowd.of_threads(
                app,
                lambda deed, *rest: deed(*rest),
                [(outbox.deliver_due,), (_back, event.id)],
            )
            extension.session.expire_all()
            begun = extension.session.get_one(OutboxMessage, announcement.id).attempts
            told = [m for m in waiting(TOLD) if m.payload["announcement"] == announcement.id]
            second = [m for m in announcements() if m.payload["event_id"] == event.id and m.attempts == 0]
            assert not told or second, (begun, told, second)


def _back(event_id: int) -> None:
    events.update(SYSTEM, event_id, starts_at=EVENING, ends_at=EVENING + timedelta(hours=3))


def test_telling_many_takes_as_many_statements_as_batches(app: Flask, statements: Any) -> None:
    event = concert()
    fill(event, 1200)
    moved(event)
    (announcement,) = announcements()
    with statements() as seen:
        assert announcing.carry_out(announcement.id) == 1200
    assert len(seen) <= 4 * 12


def test_times_are_told_on_the_clocks_of_the_place(app: Flask, smtp_sink: SmtpSink) -> None:
    event, buyer = concert(), BuyerFactory()
    comes(event, buyer)
    starts_at = datetime(2029, 12, 1, 20, tzinfo=ZoneInfo("Europe/Berlin"))
    moved(event, starts_at=starts_at, ends_at=starts_at + timedelta(hours=3))
    all_told()
    text = text_of(smtp_sink.to(buyer.email)[-1]).replace("\u202f", " ")
    assert "8:00 PM – 11:00 PM CEST" in text
    assert "Sat, Dec 1, 2029, 8:00 PM – 11:00 PM CET" in text


# ------------------------------------------------------------------ moved


def moved_at(event: Event) -> datetime | None:
    extension.session.expire_all()
    return extension.session.get_one(Event, event.id).moved_at


def test_other_hours_or_another_place_mark_the_event_and_a_new_name_does_not(app: Flask) -> None:
    event = concert()
    moved(event)
    assert moved_at(event) is None, "nobody has tickets"
    comes(event)
    moved(event, title="Harbour Nights")
    assert moved_at(event) is None
    moved(event, venue=VenueFactory(name="New Hall", city="Berlin").id)
    first = moved_at(event)
    assert first is not None
    with time_machine.travel(clock.now() + timedelta(hours=1)):
        moved(event, title="Harbour Days")
        assert moved_at(event) == first
        moved(event, starts_at=EVENING + timedelta(days=2), ends_at=EVENING + timedelta(days=3))
        assert (moved_at(event) or first) > first


def test_what_is_back_where_it_was_before_anybody_was_told_was_not_moved(app: Flask) -> None:
    event = concert()
    comes(event)
    back = {"starts_at": event.starts_at, "ends_at": event.ends_at}
    moved(event)
    assert moved_at(event) is not None
    moved(event, **back)
    assert moved_at(event) is None
    moved(event)
    all_told()
    told = moved_at(event)
    with time_machine.travel(clock.now() + timedelta(hours=1)):
        moved(event, **back)
        assert told is not None
        assert (moved_at(event) or told) > told, "who was told is told again"


def test_the_mail_leads_buyers_to_returning_and_nobody_who_cannot(app: Flask, smtp_sink: SmtpSink) -> None:
    event, buyer = concert(), BuyerFactory()
    order_id = comes(event, buyer, quantity=2)
    pass_on(buyer, order_id, "friend@example.org")
    orders.give_away(
        SYSTEM,
        event.id,
        [orders.Line(offers_of(event)[0], 1)],
        buyer=orders.Buyer("Guest", "guest@example.org"),
    )
    outbox.deliver_due()
    moved(event)
    all_told()
    place = f"/bookings/{extension.session.get_one(Order, order_id).uuid}/return"
    for form in ("plain", "html"):
        text = text_of(smtp_sink.to(buyer.email)[-1], form)
        assert place in text
        assert "you can return your tickets until the event starts" in text
    for other in ("friend@example.org", "guest@example.org"):
        assert "return your tickets" not in text_of(smtp_sink.to(other)[-1])


def test_a_new_name_is_no_reason_to_return(app: Flask, smtp_sink: SmtpSink) -> None:
    event, buyer = concert(), BuyerFactory()
    comes(event, buyer)
    moved(event, title="Harbour Nights")
    all_told()
    assert "return your tickets" not in text_of(smtp_sink.to(buyer.email)[-1])
