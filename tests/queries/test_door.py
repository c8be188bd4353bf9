"""What a door reads: how many are expected and in, and who is found."""

from __future__ import annotations

import datetime as dt
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import text

from tests.factories import EventDayFactory, OfferFactory, TicketTypeFactory
from tests.web.doorway import STARTS, a_ticket, an_event, doors_are_open, evening
from ticketing.errors import NotFound, NotSignedIn
from ticketing.extensions import db as extension
from ticketing.models import Event
from ticketing.policy import ANONYMOUS, SYSTEM, Actor
from ticketing.queries import door
from ticketing.services import checkin
from ticketing.services.checkin import Scan

__all__ = ["doors_are_open", "evening"]  # fixtures

FIRST, SECOND = dt.date(2030, 6, 1), dt.date(2030, 6, 2)


def counted(event: Event, today: dt.date = FIRST) -> list[tuple[int, int, int]]:
    rows = door.counts(event.id, event.check_in_policy, today)
    return [(row.expected, row.admitted, row.inside) for row in rows]


def let_in(ticket: Any, **more: Any) -> None:
    found = checkin.scan(SYSTEM, ticket.event_id, Scan(ticket=ticket.id, **more))
    assert found.result in ("admitted", "left")


class TestCounts:
    """How many, by type of ticket."""

    def test_expect_valid_tickets_whether_used_or_not(self, event: Event) -> None:
        offer = OfferFactory(event=event)
        used, *_ = [a_ticket(event, offer, status=status) for status in ("active", "active", "cancelled")]
        a_ticket(an_event())
        let_in(used)
        assert counted(event) == [(2, 1, 1)]

    def test_know_who_has_left(self) -> None:
        event = an_event(check_in_policy="multiple_entry")
        ticket = a_ticket(event)
        let_in(ticket)
        let_in(ticket, direction="exit")
        assert counted(event) == [(1, 1, 0)]

    def test_expect_of_day_passes_those_of_today(self) -> None:
        event = an_event(days=2, pricing_type="day_based")
        kind = TicketTypeFactory(event=event)
        for number, date in enumerate((FIRST, SECOND), 1):
            day = EventDayFactory(event=event, number=number, date=date)
            a_ticket(event, OfferFactory(ticket_type=kind, day_id=day.id))
        undated = EventDayFactory(event=event, number=3)
        a_ticket(event, OfferFactory(ticket_type=kind, day_id=undated.id))
        a_ticket(event, OfferFactory(ticket_type=kind, is_all_days=True))
        assert counted(event, FIRST) == counted(event, SECOND) == [(3, 0, 0)]
        assert counted(event, FIRST - timedelta(days=1)) == [(2, 0, 0)]

    def test_begin_anew_every_day_where_tickets_do(self) -> None:
        event = an_event(days=2, pricing_type="day_based")
        every = a_ticket(event, OfferFactory(event=event, is_all_days=True))
        let_in(every)
        assert (counted(event, FIRST), counted(event, SECOND)) == ([(1, 1, 1)], [(1, 0, 0)])
        daily = an_event(days=2, check_in_policy="daily_entry")
        let_in(a_ticket(daily))
        assert (counted(daily, FIRST), counted(daily, SECOND)) == ([(1, 1, 1)], [(1, 0, 0)])

    def test_do_not_begin_anew_where_people_come_and_go(self) -> None:
        event = an_event(days=2, check_in_policy="multiple_entry")
        let_in(a_ticket(event, OfferFactory(event=event, is_all_days=True)))
        assert counted(event, SECOND) == [(1, 1, 1)]

    def test_use_an_index_and_one_statement(self, event: Event, statements: Any) -> None:
        a_ticket(event)
        with statements() as seen:
            counted(event)
        assert len(seen) <= 2  # the event's own columns, where the test forgot them


class TestSearch:
    """Who is found."""

    def found(self, event: Event, words: str) -> list[str]:
        return [row.attendee_name for row in door.search(event.id, words)]

    @pytest.mark.parametrize(
        "words",
        [
            "ada",
            "ADA",
            "lovel",
            "lovelace ada",
            "ada hopper",
            "ada@exa",
            "GRACE@",
            "T-77",
            "ord-777",
            "Á",
            "ádám",
        ],
    )
    def test_is_who_has_every_word_somewhere(self, event: Event, words: str) -> None:
        names = {"attendee_name": "Ada Lovelace Ádám", "attendee_email": "Ada@example.org"}
        ticket = a_ticket(event, number="T-7734-XY", **names)
        extension.session.execute(
            text("UPDATE orders SET number = 'ORD-77712' WHERE id = :id"), {"id": ticket.order_id}
        )
        extension.session.commit()
        a_ticket(event, attendee_name="Somebody", buyer_name="Else", buyer_email="x@example.org")
        assert self.found(event, words) == ([] if words == "Á" else ["Ada Lovelace Ádám"])

    @pytest.mark.parametrize(
        "words", ["a", " a ", "", "%%", "__", "xyz", "example.org", "ada xyz", "ada\tzz", "\\%", "'; --"]
    )
    def test_is_nobody_for_less_or_for_something_else(self, event: Event, words: str) -> None:
        a_ticket(event, attendee_email="ada@example.org")
        assert self.found(event, words) == []

    def test_is_nobody_of_another_event(self, event: Event) -> None:
        a_ticket(an_event())
        assert self.found(event, "ada") == []

    def test_is_at_most_twenty_in_order_of_their_names(self, event: Event, statements: Any) -> None:
        offer = OfferFactory(event=event)
        for number in range(21):
            a_ticket(event, offer, attendee_name=f"Ada {20 - number:02}")
        number = event.id
        with statements() as seen:
            rows = door.search(number, "ada")
        assert [row.attendee_name for row in rows] == [f"Ada {number:02}" for number in range(20)]
        assert len(seen) == 1

    def test_says_when_they_were_let_in_last(self) -> None:
        event = an_event(days=2, check_in_policy="daily_entry")
        ticket = a_ticket(event)
        let_in(ticket)
        with time_machine.travel(STARTS + timedelta(days=1), tick=False):
            let_in(ticket)
        (row,) = door.search(event.id, "ada")
        assert row.last_admitted_at == STARTS + timedelta(days=1)


def test_who_is_not_signed_in_is_asked_to_and_others_find_no_event(app: Flask, event: Event) -> None:
    with pytest.raises(NotSignedIn):
        door.scannable(ANONYMOUS, event.uuid)
    for actor, key in ((Actor(user_id=1), event.uuid), (Actor(user_id=1, is_staff=True), 10**30)):
        with pytest.raises(NotFound):
            door.scannable(actor, key)
