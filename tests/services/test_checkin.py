"""Who may come in: a ticket lets its holder in as often as its event says, and every scan is kept."""

from __future__ import annotations

import datetime as dt
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import select

from tests.factories import (
    EventDayFactory,
    EventFactory,
    MembershipFactory,
    OfferFactory,
    OrderFactory,
    OrderItemFactory,
    ScannerPassFactory,
    TicketFactory,
    UserFactory,
)
from ticketing import clock
from ticketing.errors import Invalid, NotAllowed, NotFound, NotSignedIn
from ticketing.extensions import db as extension
from ticketing.models import CheckIn, Event, Organization, ScannerLink, ScannerPass, Ticket
from ticketing.models.orders import CONFIRMED
from ticketing.policy import SYSTEM, Actor
from ticketing.services import checkin
from ticketing.services.checkin import Scan, scan
from ticketing.services.tickets import code_hash, code_of

pytestmark = pytest.mark.usefixtures("db")

FIRST_DAY = datetime(2030, 6, 1, 18, tzinfo=UTC)


def an_event(**columns: Any) -> Event:
    return EventFactory(starts_at=FIRST_DAY, ends_at=FIRST_DAY + timedelta(days=2, hours=5), **columns)


def a_ticket(event: Event, **offer: Any) -> Ticket:
    order = OrderFactory(event=event, status=CONFIRMED, expires_at=None)
    item = OrderItemFactory(order=order, offer=OfferFactory(event=event, **offer), quantity=1)
    ticket = TicketFactory(order_item=item)
    ticket.code_hash = code_hash(code_of(ticket.uuid, ticket.code_version, ticket.key_version))
    extension.session.commit()
    return ticket


def code(ticket: Ticket) -> str:
    return code_of(ticket.uuid, ticket.code_version, ticket.key_version)


def told(ticket: Ticket, **more: Any) -> Scan:
    return Scan(code=code(ticket), **more)


def outcome(event: Event, asked: Scan, actor: Actor = SYSTEM, **more: Any) -> tuple[str, str]:
    found = scan(actor, event.id, asked, **more)
    return found.result, found.reason


@pytest.fixture(autouse=True)
def doors_are_open() -> Any:
    with time_machine.travel(FIRST_DAY - timedelta(hours=1), tick=False):
        yield


def test_a_ticket_admits_once_and_the_second_scan_says_since_when() -> None:
    event = an_event()
    ticket = a_ticket(event)
    assert outcome(event, told(ticket)) == ("admitted", "")
    again = scan(SYSTEM, event.id, told(ticket))
    assert (again.result, again.reason, again.before) == ("refused", "already_used", clock.now())
    assert ticket.status == "used"
    assert ticket.used_at == clock.now()


def test_every_scan_is_kept_with_its_reason() -> None:
    event = an_event()
    ticket = a_ticket(event)
    for asked in (told(ticket, gate="A", device="Phone"), told(ticket), Scan(code="0" * 64)):
        scan(SYSTEM, event.id, asked)
    rows = extension.session.scalars(select(CheckIn).order_by(CheckIn.id)).all()
    assert [(row.result, row.reason, row.ticket_id) for row in rows] == [
        ("admitted", "", ticket.id),
        ("refused", "already_used", ticket.id),
        ("refused", "unknown", None),
    ]
    assert (rows[0].gate, rows[0].device) == ("A", "Phone")


def test_a_ticket_of_another_event_is_refused_without_a_word_about_it() -> None:
    found = scan(SYSTEM, an_event().id, told(a_ticket(an_event())))
    assert (found.result, found.reason, found.ticket_id) == ("refused", "other_event", None)


def test_a_void_ticket_is_refused() -> None:
    event = an_event()
    ticket = a_ticket(event)
    ticket.status = "cancelled"
    extension.session.commit()
    assert outcome(event, told(ticket)) == ("refused", "void")


def test_nobody_comes_to_an_event_that_is_over_or_called_off() -> None:
    event = an_event()
    ticket = a_ticket(event)
    event.status = "cancelled"
    extension.session.commit()
    assert outcome(event, told(ticket)) == ("refused", "event_cancelled")
    event.status = "published"
    extension.session.commit()
    with time_machine.travel(event.ends_at + timedelta(minutes=1), tick=False):
        assert outcome(event, told(ticket)) == ("refused", "event_over")


def test_a_day_pass_admits_on_its_own_day_only_and_past_midnight_is_still_that_day() -> None:
    event = an_event(pricing_type="day_based")
    first = EventDayFactory(event=event, number=1, date=dt.date(2030, 6, 1))
    ticket = a_ticket(event, day_id=first.id)
    with time_machine.travel(FIRST_DAY + timedelta(days=1), tick=False):
        assert outcome(event, told(ticket)) == ("refused", "wrong_day")
    with time_machine.travel(FIRST_DAY + timedelta(hours=7), tick=False):
        assert outcome(event, told(ticket)) == ("admitted", "")


def test_a_pass_for_all_days_admits_once_a_day() -> None:
    event = an_event(pricing_type="day_based")
    ticket = a_ticket(event, is_all_days=True)
    assert outcome(event, told(ticket)) == ("admitted", "")
    assert outcome(event, told(ticket)) == ("refused", "already_today")
    with time_machine.travel(FIRST_DAY + timedelta(days=1), tick=False):
        assert outcome(event, told(ticket)) == ("admitted", "")
    assert (ticket.admissions, ticket.status) == (2, "active")


def test_where_people_may_come_again_they_must_have_left() -> None:
    event = an_event(check_in_policy="multiple_entry")
    ticket = a_ticket(event)
    assert outcome(event, told(ticket, direction="exit")) == ("refused", "not_inside")
    assert outcome(event, told(ticket)) == ("admitted", "")
    assert outcome(event, told(ticket)) == ("refused", "already_inside")
    assert outcome(event, told(ticket, direction="exit")) == ("left", "")
    assert outcome(event, told(ticket)) == ("admitted", "")


def test_leaving_does_not_make_a_single_entry_good_again() -> None:
    event = an_event()
    ticket = a_ticket(event)
    outcome(event, told(ticket))
    assert outcome(event, told(ticket, direction="exit")) == ("left", "")
    assert outcome(event, told(ticket)) == ("refused", "already_used")


def test_a_gate_lets_in_only_its_own_kinds_of_ticket() -> None:
    event = an_event()
    ticket, other = a_ticket(event), a_ticket(event)
    other_type = extension.session.get_one(type(OfferFactory(event=event)), other.offer_id).ticket_type_id
    assert outcome(event, told(ticket), gate_types=[other_type]) == ("refused", "wrong_gate")
    assert outcome(event, told(other), gate_types=[other_type]) == ("admitted", "")


def test_a_ticket_picked_from_the_list_is_admitted_without_its_code() -> None:
    event = an_event()
    assert outcome(event, Scan(ticket=a_ticket(event).uuid)) == ("admitted", "")


def test_an_admission_can_be_taken_back_once() -> None:
    event = an_event()
    ticket = a_ticket(event)
    admitted = scan(SYSTEM, event.id, told(ticket))
    assert checkin.undo(SYSTEM, event.id, admitted.check_in_id).result == "undone"
    assert (ticket.status, ticket.used_at, ticket.admissions) == ("active", None, 0)
    with pytest.raises(Invalid):
        checkin.undo(SYSTEM, event.id, admitted.check_in_id)
    assert outcome(event, told(ticket)) == ("admitted", "")


def test_only_the_latest_admission_can_be_taken_back_and_only_at_its_own_event() -> None:
    event = an_event(check_in_policy="multiple_entry")
    ticket = a_ticket(event)
    first = scan(SYSTEM, event.id, told(ticket))
    scan(SYSTEM, event.id, told(ticket, direction="exit"))
    scan(SYSTEM, event.id, told(ticket))
    with pytest.raises(Invalid):
        checkin.undo(SYSTEM, event.id, first.check_in_id)
    with pytest.raises(NotFound):
        checkin.undo(SYSTEM, an_event().id, first.check_in_id)


def test_the_name_of_a_scan_tells_nothing_about_another_event() -> None:
    event, elsewhere = an_event(), an_event()
    asked = told(a_ticket(event), scan_id=uuid4())
    scan(SYSTEM, event.id, asked)
    with pytest.raises(Invalid) as refusal:
        scan(SYSTEM, elsewhere.id, asked)
    assert refusal.value.code == "scan_id_taken"


def test_a_scan_that_is_told_twice_counts_once() -> None:
    event = an_event()
    asked = told(a_ticket(event), scan_id=uuid4())
    assert scan(SYSTEM, event.id, asked) == scan(SYSTEM, event.id, asked)
    assert len(extension.session.scalars(select(CheckIn)).all()) == 1


def test_scans_kept_without_a_network_count_in_the_order_in_which_they_happened() -> None:
    event = an_event()
    ticket = a_ticket(event)
    now = clock.now()
    late = told(
        ticket, scan_id=uuid4(), scanned_at=now - timedelta(minutes=1), claimed="admitted", device="B"
    )
    early = told(
        ticket, scan_id=uuid4(), scanned_at=now - timedelta(minutes=9), claimed="admitted", device="A"
    )
    results = checkin.sync(SYSTEM, event.id, [late, early])
    assert [found.result for found in results] == ["refused", "admitted"]
    conflict = extension.session.scalars(select(CheckIn).where(CheckIn.result == "refused")).one()
    assert (conflict.device, conflict.claimed, conflict.reason) == ("B", "admitted", "already_used")
    assert checkin.sync(SYSTEM, event.id, [late, early]) == [
        checkin.Scanned(conflict.id, "refused", "already_used", ticket.id),
        checkin.Scanned(results[1].check_in_id, "admitted", "", ticket.id),
    ]


def test_a_device_whose_clock_is_ahead_is_not_believed() -> None:
    event = an_event()
    scan(SYSTEM, event.id, told(a_ticket(event), scanned_at=clock.now() + timedelta(days=1)))
    assert extension.session.scalars(select(CheckIn.scanned_at)).one() == clock.now()


def test_members_scan_at_their_own_events_and_nobody_else_does() -> None:
    event = an_event()
    ticket = a_ticket(event)
    with pytest.raises(NotAllowed):
        scan(Actor.of(UserFactory()), event.id, told(ticket))
    with pytest.raises(NotAllowed):
        checkin.verify(Actor.of(UserFactory(user_type="organizer")), code(ticket))
    house = extension.session.get_one(Organization, event.organization_id)
    member = UserFactory()
    MembershipFactory(organization=house, user=member)
    assert checkin.verify(Actor.of(member), code(ticket)).is_admitted


def test_a_code_that_no_ticket_has_cannot_be_verified() -> None:
    with pytest.raises(Invalid) as refusal:
        checkin.verify(SYSTEM, "0" * 64)
    assert "qr_code_data" in refusal.value.fields


class TestScannerLinks:
    """Door staff without an account."""

    def test_a_link_is_exchanged_for_a_pass_that_counts_at_its_event_only(self) -> None:
        event = an_event()
        link, secret = checkin.create_link(SYSTEM, event.id, name="Door", gate="A")
        opened = checkin.open_link(secret, device="Phone")
        assert secret not in (link.secret_hash, opened.secret)
        found = checkin.links.find_pass(opened.secret)
        assert found is not None
        assert (found.link.event_id, found.device) == (event.id, "Phone")
        door = Actor(scanner_id=found.id, door_event_id=event.id)
        assert outcome(event, told(a_ticket(event)), door) == ("admitted", "")
        with pytest.raises(NotSignedIn):
            scan(door, an_event().id, Scan(code="0" * 64))

    def test_a_link_that_was_taken_back_or_has_ended_opens_nothing(self) -> None:
        event = an_event()
        link, secret = checkin.create_link(SYSTEM, event.id, name="Door")
        own = checkin.open_link(secret, device="Phone").secret
        checkin.revoke_link(SYSTEM, link.id)
        assert checkin.links.find_pass(own) is None
        with pytest.raises(NotFound):
            checkin.open_link(secret, device="Phone")
        _, other = checkin.create_link(SYSTEM, event.id, name="Door")
        with time_machine.travel(event.ends_at + timedelta(hours=13), tick=False), pytest.raises(NotFound):
            checkin.open_link(other, device="Phone")

    def test_only_managers_make_and_take_back_links(self) -> None:
        event = an_event()
        stranger = Actor.of(UserFactory())
        with pytest.raises(NotAllowed):
            checkin.create_link(stranger, event.id, name="Door")
        link: ScannerLink = ScannerPassFactory().link
        with pytest.raises(NotAllowed):
            checkin.revoke_link(stranger, link.id)

    def test_a_pass_remembers_when_it_was_seen(self) -> None:
        _, secret = checkin.create_link(SYSTEM, an_event().id, name="Door")
        own = checkin.open_link(secret, device="Phone").secret
        with time_machine.travel(clock.now() + timedelta(minutes=5), tick=False):
            checkin.links.find_pass(own)
            assert extension.session.scalars(select(ScannerPass.seen_at)).one() == clock.now()
