"""What a door decides without a network is what the server would have decided: the same scans, of the same
tickets, put to both."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jwt
import pytest
import time_machine
from flask_sqlalchemy import SQLAlchemy
from playwright.sync_api import Browser, Page

import ticketing
from tests.browser import door
from tests.factories import EventDayFactory, EventFactory, OfferFactory, TicketTypeFactory
from ticketing.models import Event, Ticket
from ticketing.models.tickets import ENTRY, EXIT
from ticketing.policy import SYSTEM
from ticketing.queries import door as reading
from ticketing.services import checkin
from ticketing.services.checkin import Scan, lists
from ticketing.services.checkin.rules import Occasion, Reason

pytestmark = [pytest.mark.browser, pytest.mark.one_database]

SCRIPTS = Path(ticketing.__file__).parent / "static" / "js" / "door"
BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"
ONCE, DAILY, AGAIN = "single_entry", "daily_entry", "multiple_entry"
#: Scans one after the other: hours after the event's start, and which way.
COMING = ((0, ENTRY), (1, ENTRY), (9, ENTRY), (24, ENTRY), (25, ENTRY))
COMING_AND_GOING = ((0, EXIT), (0, ENTRY), (0.5, ENTRY), (1, EXIT), (1.5, EXIT), (2, ENTRY), (26, ENTRY))
#: Around six in the morning, when a night of the event ends.
NIGHT = tuple((hours, ENTRY) for hours in (2, 8, 9.98, 10.02, 13, 26, 33.9, 34.1, 35.1))


def at(text: str, zone: str = BERLIN) -> datetime:
    """A moment as clocks on the wall show it there."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


EVENING = at("2030-06-01 20:00")


@dataclass(frozen=True)
class Case:
    """An event, a ticket, and when it is held out."""

    name: str
    policy: str = ONCE
    starts: datetime = EVENING
    hours: float = 60
    zone: str = BERLIN
    steps: Sequence[tuple[float, str]] = COMING
    ticket: tuple[tuple[str, Any], ...] = ()
    status: str = "published"
    is_all_days: bool = False
    date: dt.date | None = None
    gate: str = ""


POLICIES = (ONCE, DAILY, AGAIN)
STARTS = itertools.product(
    ("00", "03", "05", "08", "20"), (BERLIN, NEW_YORK, "Asia/Kathmandu", "Pacific/Apia")
)
#: The night in which an hour comes twice, and the one in which it is missing.
CHANGES = itertools.product((("back", "2030-10-26"), ("forward", "2030-03-30")), (ONCE, DAILY))

CASES = [
    *(Case(f"{policy}, coming", policy) for policy in POLICIES),
    *(Case(f"{policy}, coming and going", policy, steps=COMING_AND_GOING) for policy in POLICIES),
    *(Case(f"{policy}, for all days", policy, is_all_days=True, steps=NIGHT) for policy in POLICIES),
    *(
        Case(
            f"daily, {hour} o'clock in {zone}",
            DAILY,
            at(f"2030-06-01 {hour}:00", zone),
            zone=zone,
            steps=NIGHT,
        )
        for hour, zone in STARTS
    ),
    *(
        Case(
            f"{policy}, clocks go {way}", policy, at(f"{day} 20:00"), is_all_days=policy == ONCE, steps=NIGHT
        )
        for (way, day), policy in CHANGES
    ),
    *(Case(f"day pass for {day}", date=dt.date(2030, 6, day), steps=NIGHT) for day in (1, 2, 3)),
    Case("day pass, daily", DAILY, date=dt.date(2030, 6, 2), steps=NIGHT),
    *(Case(f"ticket {status}", ticket=(("status", status),)) for status in ("cancelled", "expired")),
    Case("used under another policy", DAILY, ticket=(("status", "used"), ("admissions", 1))),
    Case("used before", ticket=(("status", "used"), ("admissions", 1), ("admitted_on", dt.date(2030, 6, 1)))),
    Case("inside", AGAIN, ticket=(("is_inside", True), ("admissions", 1)), steps=COMING_AND_GOING),
    Case("event called off", status="cancelled"),
    Case("event over", hours=2, steps=((1.99, ENTRY), (2, ENTRY), (2.01, ENTRY))),
    Case("void and over", hours=2, ticket=(("status", "cancelled"),), steps=((3, ENTRY),)),
    Case("another gate", gate="other"),
    Case("this gate", gate="own"),
    Case("another gate and day", AGAIN, gate="other", date=dt.date(2030, 6, 9), steps=COMING_AND_GOING),
]


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    """An empty page with the rules in it."""
    page = chromium.new_page()
    page.goto("about:blank")
    for name in ("rules", "list"):
        page.add_script_tag(path=SCRIPTS / f"{name}.js")
    yield page
    page.close()


#: The same scans, one after the other: decided and remembered as the scanner page does it.
_DECIDE = """([payload, id, steps]) => {
    const row = payload.tickets.find(one => one[1] === id);
    const event = payload.event, gates = payload.gate_types, rules = Door.rules;
    let ticket = row ? Door.ticketOf(row) : null;
    return steps.map(([moment, direction]) => {
        const decided = rules.decide(event, gates, ticket, moment, direction);
        if (ticket) ticket = rules.after(event, ticket, moment, decided.result);
        return [decided.result, decided.reason];
    });
}"""

_COUNT = """([payload, moment]) => {
    const list = Door.makeList({ event: payload.event.id }, () => []);
    list.use(payload);
    return list.counts(moment).types.map(type => [type.id, [type.admitted, type.expected]]);
}"""


def made(case: Case) -> tuple[Event, Ticket, list[int]]:
    """The event and its ticket, and the types that the gate lets in."""
    event = EventFactory(
        starts_at=case.starts,
        ends_at=case.starts + timedelta(hours=case.hours),
        timezone=case.zone,
        check_in_policy=case.policy,
        status=case.status,
    )
    kind, other = (TicketTypeFactory(event=event) for _ in range(2))
    day = EventDayFactory(event=event, date=case.date) if case.date else None
    offer = OfferFactory(event=event, ticket_type=kind, is_all_days=case.is_all_days, day=day)
    ticket = door.a_ticket(offer, **dict(case.ticket))
    return event, ticket, {"own": [kind.id], "other": [other.id]}.get(case.gate, [])


def payload_of(event: Event, gate_types: Sequence[int]) -> dict[str, Any]:
    """What a device at that gate would have been given."""
    occasion = Occasion(
        event.id, event.status, event.starts_at, event.ends_at, event.timezone, event.check_in_policy
    )
    wanted = lists.Wanted(occasion, str(event.uuid), event.title, gate_types, event.ends_at)
    signed = lists.write(wanted, lists.edition(wanted))
    read: dict[str, Any] = jwt.decode(
        signed, jwt.PyJWK(lists.public_key()).key, [lists.ALGORITHM], options={"verify_aud": False}
    )
    return read


def decided(page: Page, case: Case) -> tuple[list[Any], list[Any]]:
    """What the server says to the case's scans, and what the page does."""
    event, ticket, gate_types = made(case)
    payload = payload_of(event, gate_types)
    steps = [(case.starts + timedelta(hours=hours), direction) for hours, direction in case.steps]
    told = [Scan(ticket=ticket.uuid, direction=way, scanned_at=moment) for moment, way in steps]
    with time_machine.travel(steps[-1][0], tick=False):
        scanned = [checkin.scan(SYSTEM, event.id, scan, gate_types) for scan in told]
    moments = [[moment.timestamp() * 1000, way] for moment, way in steps]
    return [[one.result, one.reason] for one in scanned], page.evaluate(
        _DECIDE, [payload, ticket.uuid.hex, moments]
    )


def test_both_decide_alike(db: SQLAlchemy, page: Page) -> None:
    both = {case.name: decided(page, case) for case in CASES}
    assert len(both) == len(CASES), "each case has a name of its own"
    assert {name: said for name, said in both.items() if said[0] != said[1]} == {}
    reasons = {reason for by_server, _ in both.values() for _, reason in by_server}
    assert reasons == {"", *Reason} - {Reason.UNKNOWN, Reason.OTHER_EVENT}


def test_what_is_not_on_the_list_is_unknown(db: SQLAlchemy, page: Page) -> None:
    event, other = EventFactory(), EventFactory()
    elsewhere = door.a_ticket(OfferFactory(event=other))
    scan = [[event.starts_at.timestamp() * 1000, ENTRY]]
    assert page.evaluate(_DECIDE, [payload_of(event, []), elsewhere.uuid.hex, scan]) == [
        ["refused", "unknown"]
    ]


def test_both_count_alike(db: SQLAlchemy, page: Page) -> None:
    """How many are expected and in: on the event's days, before them and after."""
    for policy in (ONCE, DAILY, AGAIN):
        event = EventFactory(
            starts_at=EVENING,
            ends_at=EVENING + timedelta(days=1, hours=5),
            timezone=BERLIN,
            check_in_policy=policy,
        )
        days = [EventDayFactory(event=event, date=dt.date(2030, 6, day)) for day in (1, 2)]
        used = {"status": "used", "admissions": 1, "admitted_on": dt.date(2030, 6, 1)}
        for offer in (
            OfferFactory(event=event),
            OfferFactory(event=event, is_all_days=True),
            *(OfferFactory(event=event, day=day) for day in days),
        ):
            for columns in ({}, used, {"status": "cancelled"}):
                door.a_ticket(offer, **columns)
        payload = payload_of(event, [])
        for day, counted in (("05-20", 1), ("06-01", 1), ("06-02", 2), ("06-20", 2)):
            moment = at(f"2030-{day} 21:00")
            today = Occasion.of(event).counted_day(moment)
            assert today == dt.date(2030, 6, counted)
            rows = reading.counts(event.id, policy, today)
            by_server = {row.id: [row.admitted, row.expected] for row in rows if row.expected}
            by_page = page.evaluate(_COUNT, [payload, moment.timestamp() * 1000])
            assert {int(kind): pair for kind, pair in by_page} == by_server, (policy, day)
