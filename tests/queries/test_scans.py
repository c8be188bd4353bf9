"""What an organizer reads of the door: scans, conflicts and what caused them, figures, scanner links."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine

from tests.factories import (
    CheckInFactory,
    EventFactory,
    OfferFactory,
    OrderFactory,
    OrderItemFactory,
    OrganizationFactory,
    StaffFactory,
    SupportFactory,
    TicketFactory,
    TicketTypeFactory,
    UserFactory,
    member_of,
)
from ticketing import clock
from ticketing.errors import NotFound, NotSignedIn
from ticketing.extensions import db as extension
from ticketing.models import Event, Ticket, TicketType
from ticketing.models.orders import CONFIRMED
from ticketing.policy import ANONYMOUS, SYSTEM, Actor
from ticketing.queries import door_figures, scanner_links, scans
from ticketing.queries.door_figures import Figures
from ticketing.queries.scans import Filter
from ticketing.services import checkin
from ticketing.services.checkin import Scan, Scanned, scan
from ticketing.services.checkin.rules import Occasion

pytestmark = pytest.mark.usefixtures("db")

DOORS = datetime(2030, 6, 1, 17, tzinfo=UTC)
_TIERS = itertools.count(1)


@pytest.fixture(autouse=True)
def doors_are_open() -> Any:
    with time_machine.travel(DOORS, tick=False):
        yield


@pytest.fixture
def event() -> Event:
    made: Event = EventFactory(starts_at=DOORS + timedelta(hours=1))
    return made


def a_ticket(event: Event, type_name: str = "", **columns: Any) -> Ticket:
    order = OrderFactory(event=event, status=CONFIRMED, expires_at=None, buyer_name="Mary Buyer")
    kind = extension.session.scalars(
        extension.select(TicketType).where(TicketType.event_id == event.id, TicketType.name == type_name)
    ).one_or_none() or TicketTypeFactory(event=event, **({"name": type_name} if type_name else {}))
    offer = OfferFactory(ticket_type=kind, tier_number=next(_TIERS))
    ticket: Ticket = TicketFactory(
        order_item=OrderItemFactory(order=order, offer=offer, quantity=1), **columns
    )
    return ticket


def let_in(ticket: Ticket, actor: Actor = SYSTEM, *, minutes: int = 0, **more: Any) -> Scanned:
    with time_machine.travel(DOORS + timedelta(minutes=minutes), tick=False):
        return scan(actor, ticket.event_id, Scan(ticket=ticket.uuid, **more))


def offline(ticket: Ticket, minutes: int, claimed: str = "admitted", **more: Any) -> Scanned:
    """Told an hour later by a device that had no network."""
    at = DOORS + timedelta(minutes=minutes)
    return let_in(ticket, minutes=60, scan_id=uuid4(), scanned_at=at, claimed=claimed, **more)


def ids(event: Event, page: int = 1, size: int = 50, **wanted: Any) -> list[int]:
    return [row.id for row in scans.find(event.id, Filter(**wanted), page=page, size=size).items]


def test_scans_come_newest_first_by_when_they_happened_and_in_pages(event: Event) -> None:
    found = [let_in(a_ticket(event), minutes=number).check_in_id for number in range(3)]
    late = offline(a_ticket(event), 1).check_in_id
    assert ids(event) == [found[2], late, found[1], found[0]]
    assert [ids(event, page=number, size=3) for number in (1, 2, 9)] == [
        [found[2], late, found[1]],
        [found[0]],
        [found[0]],
    ]
    assert scans.find(event.id, Filter(), page=1).total == 4


def test_a_scan_is_shown_with_its_ticket_its_order_and_who_scanned(event: Event) -> None:
    ticket = a_ticket(event, "Balcony", attendee_name="Zoë")
    volunteer = Actor.of(UserFactory(is_staff=True, first_name="Kim", last_name="Volunteer"))
    let_in(ticket, volunteer, gate="A", device="Phone 1")
    (row,) = scans.find(event.id, Filter(), page=1).items
    assert (row.attendee_name, row.ticket_name, row.ticket_number) == ("Zoë", "Balcony", ticket.number)
    assert (row.buyer_name, row.gate, row.device) == ("Mary Buyer", "A", "Phone 1")
    assert (row.first_name, row.last_name, row.pass_device) == ("Kim", "Volunteer", None)
    assert row.order_number


def test_a_device_with_a_scanner_link_is_named_with_the_link(event: Event) -> None:
    _, secret = checkin.create_link(SYSTEM, event.id, name="Side entrance")
    found = checkin.links.find_pass(checkin.open_link(secret, device="Blue phone").secret)
    assert found is not None
    let_in(a_ticket(event), Actor(scanner_id=found.id, door_event_id=event.id))
    (row,) = scans.find(event.id, Filter(), page=1).items
    assert (row.email, row.pass_device, row.link_name) == (None, "Blue phone", "Side entrance")


def test_a_code_that_no_ticket_has_is_a_scan_too(event: Event) -> None:
    scan(SYSTEM, event.id, Scan(code="0" * 64))
    scan(SYSTEM, event.id, Scan(ticket=a_ticket(EventFactory()).uuid))
    rows = scans.find(event.id, Filter(), page=1).items
    assert {(row.reason, row.ticket_number, row.order_number) for row in rows} == {
        ("unknown", None, None),
        ("other_event", None, None),
    }


def test_filters_narrow_by_result_gate_name_and_number(event: Event) -> None:
    first = a_ticket(event, attendee_name="Ann 100%")
    admitted = let_in(first, gate="A").check_in_id
    refused = let_in(first, gate="B").check_in_id
    other = a_ticket(event, attendee_name="Bob")
    bobs = let_in(other, gate="B").check_in_id
    assert ids(event, result="admitted") == [bobs, admitted]
    assert ids(event, result="refused") == [refused]
    assert ids(event, gate="B") == [bobs, refused]
    assert ids(event, words="ANN") == [refused, admitted]
    assert ids(event, words="0%") == [refused, admitted]
    assert ids(event, words="_") == [], "nothing that is typed is an operator"
    assert ids(event, words=other.number.lower()) == [bobs]
    assert ids(event, words="mary", gate="A") == [admitted]
    order_number = scans.get(event.id, bobs).order_number
    assert ids(event, words=order_number) == [bobs]
    assert scans.find(event.id, Filter(words="ann"), page=1).total == 2


def test_a_conflict_is_what_a_visitor_was_told_and_was_not_so(event: Event) -> None:
    ticket = a_ticket(event)
    first = let_in(ticket, gate="A", device="Phone 1").check_in_id
    conflict = offline(ticket, 5, gate="B", device="Phone 2").check_in_id
    offline(a_ticket(event), 6)  # told so, and so it was
    offline(ticket, 7, claimed="refused")
    turned_away = offline(a_ticket(event), 8, claimed="refused").check_in_id
    assert ids(event, conflicts=True) == [turned_away, conflict]
    rows = scans.find(event.id, Filter(conflicts=True), page=1).items
    assert [(row.claimed, row.result, row.is_conflict) for row in rows] == [
        ("refused", "admitted", True),
        ("admitted", "refused", True),
    ]
    cause = scans.earlier(rows)
    assert set(cause) == {conflict}
    assert (cause[conflict].id, cause[conflict].gate, cause[conflict].device) == (first, "A", "Phone 1")
    assert cause[conflict].scanned_at == DOORS


def test_what_was_taken_back_contradicts_nobody(event: Event) -> None:
    told = offline(a_ticket(event), 1)
    wrong = offline(a_ticket(event), 2, claimed="refused")
    for found in (told, wrong):
        checkin.undo(SYSTEM, event.id, found.check_in_id)
    assert ids(event, conflicts=True) == []
    assert figures(event).conflicts == 0


def test_the_cause_is_the_admission_that_was_known_then(event: Event) -> None:
    ticket = a_ticket(event)
    undone = let_in(ticket, gate="A").check_in_id
    checkin.undo(SYSTEM, event.id, undone)
    standing = let_in(ticket, minutes=1, gate="B").check_in_id
    refused = let_in(ticket, minutes=2).check_in_id
    page = scans.find(event.id, Filter(), page=1)
    assert {scan: row.id for scan, row in scans.earlier(page.items).items()} == {refused: standing}


def test_only_a_tickets_latest_admission_can_be_undone(event: Event) -> None:
    event.check_in_policy = "multiple_entry"
    extension.session.commit()
    ticket = a_ticket(event)
    first = let_in(ticket)
    let_in(ticket, minutes=1, direction="exit")
    assert not scans.get(event.id, first.check_in_id).can_be_undone
    again = let_in(ticket, minutes=2)
    let_in(ticket, minutes=3)  # refused: inside already
    assert scans.get(event.id, again.check_in_id).can_be_undone
    checkin.undo(SYSTEM, event.id, again.check_in_id)
    assert not scans.get(event.id, again.check_in_id).can_be_undone


def test_a_scan_of_another_event_is_not_found(event: Event) -> None:
    other = EventFactory()
    found = let_in(a_ticket(other)).check_in_id
    for number in (found, 0, 2**70):
        with pytest.raises(NotFound):
            scans.get(event.id, number)
    assert scans.get(other.id, found).id == found
    assert ids(event) == []


def test_a_stream_has_every_scan_once_however_small_its_batches(event: Event) -> None:
    ticket = a_ticket(event)
    for second in (3, 1, 1, 1, 2, 1):
        CheckInFactory(ticket=ticket, scanned_at=DOORS + timedelta(seconds=second))
    CheckInFactory(ticket=a_ticket(EventFactory()))
    for size in (1, 2, 3, 6, 7):
        batches = list(scans.stream(event.id, Filter(), size))
        assert max(map(len, batches)) <= size
        moments = [(row.scanned_at, row.id) for batch in batches for row in batch]
        assert len(moments) == 6
        assert moments == sorted(set(moments))
    assert list(scans.stream(event.id, Filter(result="refused"))) == []


def figures(event: Event) -> Figures:
    today = Occasion.of(event).counted_day(clock.now())
    return door_figures.figures(event.id, event.check_in_policy, today)


class TestFigures:
    """The door in numbers."""

    def test_people_are_counted_by_ticket_type_and_void_tickets_are_nobody(self, event: Event) -> None:
        seats = [a_ticket(event, "Seat") for _ in range(3)]
        a_ticket(event, "Standing")
        a_ticket(event, "Standing", status="cancelled")
        let_in(seats[0])
        let_in(seats[0])
        found = figures(event)
        assert [(row.name, row.admitted, row.expected) for row in found.types] == [
            ("Seat", 1, 3),
            ("Standing", 0, 1),
        ]
        assert (found.admitted, found.expected, found.refused) == (1, 4, 1)

    def test_where_people_come_anew_each_day_who_came_yesterday_is_expected_again(self, event: Event) -> None:
        event.check_in_policy, event.ends_at = "daily_entry", DOORS + timedelta(days=1, hours=5)
        ticket = a_ticket(event)
        let_in(ticket)
        assert figures(event).admitted == 1
        with time_machine.travel(DOORS + timedelta(days=1), tick=False):
            assert (figures(event).admitted, figures(event).expected) == (0, 1)
        let_in(ticket, minutes=24 * 60)
        with time_machine.travel(DOORS + timedelta(days=9), tick=False):
            assert figures(event).admitted == 1, "afterwards the last day counts"

    def test_who_is_inside_is_known_only_where_people_are_scanned_out(self, event: Event) -> None:
        first, second = a_ticket(event), a_ticket(event)
        let_in(first)
        let_in(second)
        assert figures(event).inside is None
        let_in(first, direction="exit")
        assert figures(event).inside == 1

    def test_scans_are_counted_by_gate_and_device(self, event: Event) -> None:
        ticket = a_ticket(event)
        let_in(ticket, gate="A", device="Phone 1")
        let_in(ticket, gate="A", device="Phone 2", minutes=1)
        offline(ticket, 2, gate="B", device="Phone 3")
        found = figures(event)
        assert [(row.gate, row.device, row.admitted, row.refused, row.conflicts) for row in found.gates] == [
            ("A", "Phone 1", 1, 0, 0),
            ("A", "Phone 2", 0, 1, 0),
            ("B", "Phone 3", 0, 1, 1),
        ]
        assert found.gate_names == ["A", "B"]
        assert found.gates[1].last_at == DOORS + timedelta(minutes=1)

    def test_the_last_hour_is_told_by_five_minutes(self, event: Event) -> None:
        ticket = a_ticket(event)
        let_in(ticket, minutes=-61)
        let_in(ticket, minutes=-54)
        let_in(ticket, minutes=1)
        with time_machine.travel(DOORS + timedelta(minutes=2), tick=False):
            hour = figures(event).hour
        assert [(slot.admitted, slot.refused) for slot in hour] == [(0, 1), *[(0, 0)] * 10, (0, 1)]
        assert hour[-1].begins == DOORS
        assert hour[0].begins == DOORS - timedelta(minutes=55)

    def test_of_an_event_without_tickets_there_is_nothing_to_tell(self, event: Event) -> None:
        found = figures(event)
        assert (found.admitted, found.expected, found.inside, found.conflicts) == (0, 0, None, 0)
        assert found.busiest == 1


class TestLinks:
    """Who may scan without an account."""

    def test_links_are_told_with_their_devices_and_without_their_secret(self, event: Event) -> None:
        kind = TicketTypeFactory(event=event, name="Seat")
        owner = Actor.of(UserFactory(is_staff=True, first_name="Kim", last_name="Owner"))
        first, _ = checkin.create_link(owner, event.id, name="Side", ticket_types=[kind.id])
        _, secret = checkin.create_link(owner, event.id, name="Main", gate="A")
        checkin.revoke_link(owner, first.id)
        opened = checkin.open_link(secret, device="Blue phone").scanner
        checkin.open_link(secret, device="Red phone")
        let_in(a_ticket(event), Actor(scanner_id=opened.id, door_event_id=event.id))
        main, side = scanner_links.of_event(event.id, scanner_links.types_of(event.id))
        assert (main.link.name, main.state, main.scans, main.types) == ("Main", "open", 1, [])
        assert sorted((row.device, row.scans) for row in main.devices) == [
            ("Blue phone", 1),
            ("Red phone", 0),
        ]
        assert main.devices[0].seen_at == clock.now()
        assert (side.state, side.types, side.devices, side.link.maker_name) == (
            "revoked", ["Seat"], (), "Kim Owner",
        )  # fmt: skip
        assert not {"secret_hash", "secret"} & set(main.link._fields)
        with time_machine.travel(event.ends_at + timedelta(days=1), tick=False):
            assert main.state == "ended"

    def test_a_link_of_another_event_is_not_found(self, event: Event) -> None:
        link, _ = checkin.create_link(SYSTEM, event.id, name="Main")
        assert scanner_links.get(event.id, link.uuid).name == "Main"
        with pytest.raises(NotFound):
            scanner_links.get(EventFactory().id, link.uuid)
        assert scanner_links.of_event(EventFactory().id, []) == []


def test_members_and_staff_look_at_the_door_and_to_others_there_is_none(event: Event) -> None:
    house = extension.session.get_one(type(OrganizationFactory()), event.organization_id)
    may: list[Callable[[], Actor]] = [lambda: member_of(house, "MEMBER"), StaffFactory]
    for who in may:
        assert scans.get_event(who(), event.uuid).id == event.id
    for stranger in (Actor.of(UserFactory()), SupportFactory(), member_of(OrganizationFactory())):
        with pytest.raises(NotFound):
            scans.get_event(stranger, event.uuid)
    for visitor in (ANONYMOUS, Actor(scanner_id=1, door_event_id=event.id)):
        with pytest.raises(NotSignedIn):
            scans.get_event(visitor, event.uuid)
    with pytest.raises(NotFound):
        scans.get_event(StaffFactory(), uuid4())
