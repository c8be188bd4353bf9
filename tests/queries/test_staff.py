"""How messages and events stand: the pages, the conditions in the database and the words agree."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from tests.factories import BuyerFactory, GatewayEventFactory, OutboxMessageFactory, StaffFactory
from ticketing import clock
from ticketing.errors import NotAllowed
from ticketing.queries import gateway_events, staff
from ticketing.queries.gateway_events import MOST_ATTEMPTS


def test_what_the_database_finds_in_a_state_is_what_stands_so(app: Flask) -> None:
    actor, now = StaffFactory(), clock.now()
    moments = (None, now - timedelta(hours=1), now + timedelta(hours=1))
    for status in ("queued", "sent", "failed"):
        for attempts in (0, 3):
            for leased_until in moments:
                for due_at in moments[1:]:
                    OutboxMessageFactory(
                        status=status, attempts=attempts, leased_until=leased_until, due_at=due_at
                    )
    everything = staff.outbox(actor, size=100)
    found = {}
    for state in staff.STATES:
        page = staff.outbox(actor, state=state, size=100)
        assert {one.state for one in page.items} == {state}
        found[state] = page.total
    assert sum(found.values()) == everything.total == 36
    assert found == {"planned": 2, "queued": 6, "sending": 4, "sent": 12, "failed": 12}


@pytest.mark.parametrize(
    ("attempts", "minutes_left", "state"),
    [
        (0, None, "waiting"),
        (1, 0.5, "tried"),
        (1, -1, "waiting"),
        (3, 3.5, "tried"),
        (3, 2.5, "waiting"),
        (MOST_ATTEMPTS, 359.5, "tried"),
        (MOST_ATTEMPTS, 300, "given_up"),
        (MOST_ATTEMPTS, -1, "given_up"),
    ],
)
def test_an_event_rests_after_the_minute_in_which_somebody_may_be_at_it(
    app: Flask, attempts: int, minutes_left: float | None, state: str
) -> None:
    leased_until = None if minutes_left is None else clock.now() + timedelta(minutes=minutes_left)
    assert gateway_events.state_of(None, leased_until, attempts) == state
    assert gateway_events.state_of(clock.now(), leased_until, attempts) == "done"


def test_events_are_found_by_how_they_stand(app: Flask) -> None:
    actor = StaffFactory()
    GatewayEventFactory(attempts=2)
    GatewayEventFactory(attempts=MOST_ATTEMPTS)
    GatewayEventFactory(processed_at=clock.now(), outcome="paid")
    for state in gateway_events.CONDITIONS:
        (row,) = gateway_events.find(actor, state=state).items
        assert gateway_events.state_of(row.processed_at, row.leased_until, row.attempts) == state


def test_nobody_but_staff_reads_any_of_it(app: Flask) -> None:
    buyer = BuyerFactory()
    for read in (staff.outbox, staff.users, gateway_events.find):
        with pytest.raises(NotAllowed):
            read(buyer)
