"""The calls of the scanner's script: scans and their answers, taking back, what was decided offline."""

from __future__ import annotations

import datetime as dt
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.factories import EventDayFactory, OfferFactory
from tests.web.doorway import (
    STARTS,
    a_link,
    a_member,
    a_scanner,
    a_ticket,
    an_event,
    code,
    door,
    doors_are_open,
    evening,
    opened,
)
from ticketing import clock
from ticketing.extensions import db as extension
from ticketing.models import CheckIn, Event, Offer, Order, OrderItem
from ticketing.web.door import answers

__all__ = ["doors_are_open", "evening"]  # fixtures


def scan(browser: FlaskClient, event: Event, **told: Any) -> Any:
    answer = browser.post(door(event, "scans"), json=told)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.json


def refused(browser: FlaskClient, event: Event, **told: Any) -> tuple[str, str, str]:
    answer = scan(browser, event, **told)
    return answer["result"], answer["reason"], answer["tone"]


class TestScans:
    """One scan and its answer."""

    def test_are_answered_with_a_colour_a_sentence_and_whose_ticket_it_is(
        self, app: Flask, event: Event
    ) -> None:
        ticket, browser = a_ticket(event), a_scanner(app, event)
        answer = scan(browser, event, code=code(ticket))
        row = extension.session.scalars(select(CheckIn)).one()
        assert answer == {
            "id": row.id,
            "result": "admitted",
            "reason": "",
            "tone": "green",
            "sentence": "Let them in",
            "before": None,
            "ticket": {
                "id": str(ticket.uuid),
                "name": "Ada Lovelace",
                "ticket_name": extension.session.get_one(OrderItem, ticket.order_item_id).ticket_name,
                "number": ticket.number,
                "order": extension.session.get_one(Order, ticket.order_id).number,
            },
        }
        assert row.device == "Phone 1"

    def test_the_second_one_says_since_when(self, app: Flask, event: Event) -> None:
        ticket, browser = a_ticket(event), a_scanner(app, event)
        scan(browser, event, code=code(ticket))
        with time_machine.travel(STARTS, tick=False):
            again = scan(browser, event, code=code(ticket))
        assert (again["reason"], again["tone"]) == ("already_used", "yellow")
        assert datetime.fromisoformat(again["before"]) == STARTS - timedelta(hours=1)

    def test_of_a_pass_for_all_days_says_since_when_today(self, app: Flask) -> None:
        event = an_event(days=3, pricing_type="day_based")
        ticket = a_ticket(event, OfferFactory(event=event, is_all_days=True))
        browser = a_scanner(app, event)
        scan(browser, event, code=code(ticket))
        with time_machine.travel(STARTS + timedelta(days=1), tick=False):
            scan(browser, event, code=code(ticket))
            again = scan(browser, event, code=code(ticket))
        assert again["reason"] == "already_today"
        assert datetime.fromisoformat(again["before"]) == STARTS + timedelta(days=1)

    def test_have_a_colour_for_what_somebody_can_clear_up_and_one_for_what_is_final(
        self, app: Flask, event: Event
    ) -> None:
        browser = a_scanner(app, event)
        ticket, void, foreign = a_ticket(event), a_ticket(event, status="cancelled"), a_ticket(an_event())
        assert refused(browser, event, code="x" * 300) == ("refused", "unknown", "red")
        assert refused(browser, event, code=code(void)) == ("refused", "void", "red")
        assert refused(browser, event, code=code(foreign)) == ("refused", "other_event", "red")
        assert refused(browser, event, code=code(ticket), direction="exit") == (
            "refused",
            "not_inside",
            "yellow",
        )
        day = EventDayFactory(event=event, number=1, date=dt.date(2030, 6, 2))
        tomorrows = a_ticket(event, OfferFactory(event=event, day_id=day.id))
        assert refused(browser, event, code=code(tomorrows)) == ("refused", "wrong_day", "yellow")

    def test_of_another_events_ticket_tell_nothing_about_it(self, app: Flask, event: Event) -> None:
        answer = scan(a_scanner(app, event), event, code=code(a_ticket(an_event())))
        assert answer["ticket"] is None
        picked = scan(a_scanner(app, event), event, ticket=str(a_ticket(an_event()).uuid))
        assert (picked["reason"], picked["ticket"]) == ("other_event", None)

    def test_let_in_at_a_gate_what_the_link_says_whatever_the_device_says(
        self, app: Flask, event: Event
    ) -> None:
        ticket, other = a_ticket(event), a_ticket(event)
        kind = extension.session.get_one(Offer, ticket.offer_id).ticket_type_id
        browser = a_scanner(app, event, gate="North", ticket_types=[kind])
        assert refused(browser, event, code=code(other), gate="South") == ("refused", "wrong_gate", "yellow")
        assert scan(browser, event, code=code(ticket), gate="South")["result"] == "admitted"
        assert set(extension.session.scalars(select(CheckIn.gate))) == {"North"}

    def test_of_members_say_who_and_at_which_gate(self, app: Flask, event: Event) -> None:
        browser = a_member(app, event)
        assert scan(browser, event, ticket=str(a_ticket(event).uuid), gate="East\0 ")["result"] == "admitted"
        row = extension.session.scalars(select(CheckIn)).one()
        assert (row.gate, row.scanner_id, row.actor_id is None) == ("East", None, False)

    def test_that_are_told_twice_count_once(self, app: Flask, event: Event) -> None:
        ticket, browser, name = a_ticket(event), a_scanner(app, event), str(uuid4())
        answers = [scan(browser, event, code=code(ticket), scan_id=name) for _ in range(2)]
        assert answers[0] == answers[1]
        assert len(extension.session.scalars(select(CheckIn)).all()) == 1

    def test_let_out_only_who_is_inside(self, app: Flask) -> None:
        event = an_event(check_in_policy="multiple_entry")
        ticket, browser = a_ticket(event), a_scanner(app, event)
        results = [
            scan(browser, event, code=code(ticket), direction=way)["result"]
            for way in ("entry", "exit", "entry")
        ]
        assert results == ["admitted", "left", "admitted"]

    def test_cost_seven_statements(self, app: Flask, event: Event, statements: Any) -> None:
        told, browser = {"code": code(a_ticket(event)), "scan_id": str(uuid4())}, a_scanner(app, event)
        address = door(event, "scans")
        with statements() as seen:
            assert browser.post(address, json=told).json["result"] == "admitted"
        # The pass; the event, the scan's name, the ticket, its UPDATE and the row that is kept; the answer.
        assert len(seen) == 7

    def test_of_members_cost_three_more(self, app: Flask, event: Event, statements: Any) -> None:
        told, browser = {"code": code(a_ticket(event)), "scan_id": str(uuid4())}, a_member(app, event)
        address = door(event, "scans")
        with statements() as seen:
            assert browser.post(address, json=told).json["result"] == "admitted"
        # In the pass's place the account, the event, the membership; and the membership inside once more.
        assert len(seen) == 10


def test_every_result_and_reason_has_a_colour_and_a_sentence(app: Flask) -> None:
    with app.test_request_context():
        assert set(answers.sentences()) == set(answers.TONES)


class TestUndo:
    """Taking an admission back."""

    def test_is_for_every_device_of_the_event(self, app: Flask, event: Event) -> None:
        ticket, one, other = a_ticket(event), a_scanner(app, event), a_scanner(app, event, "Phone 2")
        number = scan(one, event, code=code(ticket))["id"]
        answer = other.post(door(event, f"scans/{number}/undo"))
        assert answer.status_code == 200
        assert (answer.json["result"], answer.json["tone"]) == ("undone", "yellow")
        assert answer.json["ticket"]["name"] == "Ada Lovelace"
        assert (ticket.admissions, ticket.status) == (0, "active")

    def test_happens_once(self, app: Flask, event: Event) -> None:
        browser = a_scanner(app, event)
        number = scan(browser, event, code=code(a_ticket(event)))["id"]
        assert browser.post(door(event, f"scans/{number}/undo")).status_code == 200
        answer = browser.post(door(event, f"scans/{number}/undo"))
        assert (answer.status_code, answer.json["code"]) == (400, "not_undoable")

    def test_is_not_for_devices_of_another_event(self, app: Flask, event: Event) -> None:
        other = an_event()
        number = scan(a_scanner(app, event), event, code=code(a_ticket(event)))["id"]
        assert a_scanner(app, other).post(door(other, f"scans/{number}/undo")).status_code == 404
        assert a_scanner(app, other).post(door(event, f"scans/{number}/undo")).status_code == 401

    @pytest.mark.parametrize("number", ["0", "9" * 30, "9" * 6000])
    def test_of_a_scan_that_is_not_there_finds_nothing(self, app: Flask, event: Event, number: str) -> None:
        assert a_scanner(app, event).post(door(event, f"scans/{number}/undo")).status_code == 404


class TestSync:
    """What a device decided while it had no network."""

    def told(self, ticket: Any, minutes_ago: int, **more: Any) -> dict[str, Any]:
        at = clock.now() - timedelta(minutes=minutes_ago)
        return {
            "code": code(ticket),
            "scan_id": str(uuid4()),
            "scanned_at": at.isoformat(),
            "claimed": "admitted",
            **more,
        }

    def sync(self, browser: FlaskClient, event: Event, scans: list[Any]) -> Any:
        answer = browser.post(door(event, "scans/sync"), json={"scans": scans})
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.json["results"]

    def test_answers_in_the_order_in_which_it_was_told_and_decides_by_when_it_happened(
        self, app: Flask, event: Event
    ) -> None:
        ticket, other = a_ticket(event), a_ticket(event, attendee_name="Mary")
        late, early = self.told(ticket, 1), self.told(ticket, 9)
        third = self.told(other, 5, claimed="refused")
        found = self.sync(a_scanner(app, event), event, [late, third, early])
        assert [one["result"] for one in found] == ["refused", "admitted", "admitted"]
        assert [one["conflict"] for one in found] == [True, True, False]
        assert [one["ticket"]["name"] for one in found] == ["Ada Lovelace", "Mary", "Ada Lovelace"]
        assert found[0]["reason"] == "already_used"
        assert datetime.fromisoformat(found[0]["before"]) == clock.now() - timedelta(minutes=9)

    def test_told_twice_counts_once_and_is_answered_alike(self, app: Flask, event: Event) -> None:
        browser, ticket = a_scanner(app, event), a_ticket(event)
        scans = [self.told(ticket, 3), self.told(ticket, 2), {"code": "nothing", "claimed": "refused"}]
        first = self.sync(browser, event, scans[:2])
        assert self.sync(browser, event, scans[:2]) == first
        assert len(extension.session.scalars(select(CheckIn)).all()) == 2

    def test_takes_at_most_five_hundred_and_none_of_more(self, app: Flask, event: Event) -> None:
        browser = a_scanner(app, event)
        answer = browser.post(door(event, "scans/sync"), json={"scans": [{"code": "x"}] * 501})
        assert (answer.status_code, answer.json["code"]) == (400, "too_many")
        assert extension.session.scalars(select(CheckIn)).all() == []
        assert self.sync(browser, event, []) == []

    def test_takes_none_where_one_is_malformed(self, app: Flask, event: Event) -> None:
        scans = [self.told(a_ticket(event), 1), {"code": 7}]
        answer = a_scanner(app, event).post(door(event, "scans/sync"), json={"scans": scans})
        assert answer.status_code == 400
        assert extension.session.scalars(select(CheckIn)).all() == []

    def test_still_arrives_when_the_event_is_over(self, app: Flask, event: Event) -> None:
        browser, ticket = a_scanner(app, event), a_ticket(event)
        scanned = self.told(ticket, 0)
        with time_machine.travel(event.ends_at + timedelta(hours=2), tick=False):
            assert self.sync(browser, event, [scanned])[0]["result"] == "admitted"

    def test_presents_all_answers_with_one_statement(self, app: Flask, event: Event, statements: Any) -> None:
        browser = a_scanner(app, event)

        def cost(number: int) -> int:
            scans = [self.told(a_ticket(event), 1) for _ in range(number)]
            address = door(event, "scans/sync")
            with statements() as seen:
                browser.post(address, json={"scans": scans})
            return len(seen)

        assert (cost(1), cost(6)) == (7, 7 + 5 * 5)


class TestReading:
    """Figures, search, last scans."""

    def test_counts_are_by_type_and_in_all(self, app: Flask, event: Event) -> None:
        seated = OfferFactory(event=event)
        ticket, *_ = (a_ticket(event, seated), a_ticket(event, seated), a_ticket(event))
        browser = a_scanner(app, event)
        scan(browser, event, code=code(ticket))
        found = browser.get(door(event, "counts")).json
        assert {name: found[name] for name in ("admitted", "expected", "inside")} == {
            "admitted": 1,
            "expected": 3,
            "inside": 1,
        }
        assert [(one["admitted"], one["expected"]) for one in found["types"]] == [(1, 2), (0, 1)]
        assert found["types"][0]["id"] == seated.ticket_type_id

    def test_search_shows_how_tickets_stand_and_no_address(self, app: Flask, event: Event) -> None:
        ticket = a_ticket(event, attendee_email="ada@example.org")
        browser = a_scanner(app, event)
        scan(browser, event, code=code(ticket))
        answer = browser.get(door(event, "search?q=lovelace"))
        (found,) = answer.json["tickets"]
        assert found["standing"] == "used"
        assert datetime.fromisoformat(found["admitted_at"]) == clock.now()
        assert set(found) == {"id", "name", "ticket_name", "number", "order", "standing", "admitted_at"}
        assert "@" not in answer.get_data(as_text=True)
        assert "@" not in browser.get(door(event, "search?q=ada@ex")).get_data(as_text=True)
        assert "@" not in browser.get(door(event, "?q=grace")).get_data(as_text=True).split("<main")[1]

    def test_a_ticket_without_a_name_is_found_under_its_buyers(self, app: Flask, event: Event) -> None:
        a_ticket(event, attendee_name="")
        (found,) = a_scanner(app, event).get(door(event, "search?q=hopper")).json["tickets"]
        assert found["name"] == "Grace Hopper"

    def test_the_last_scans_are_the_devices_own(self, app: Flask, event: Event) -> None:
        one, other, ticket = a_scanner(app, event), a_scanner(app, event, "Phone 2"), a_ticket(event)
        member = a_member(app, event)
        scan(one, event, code=code(ticket))
        scan(one, event, code="nothing")
        scan(other, event, code=code(ticket))
        scan(member, event, code="nothing either")
        found = one.get(door(event, "recent")).json["scans"]
        assert [(row["result"], row["reason"]) for row in found] == [("refused", "unknown"), ("admitted", "")]
        assert found[1]["ticket"]["name"] == "Ada Lovelace"
        assert found[0]["scanned_at"] is not None
        assert len(other.get(door(event, "recent")).json["scans"]) == 1
        assert [row["reason"] for row in member.get(door(event, "recent")).json["scans"]] == ["unknown"]

    def test_of_the_last_scans_there_are_twenty(self, app: Flask, event: Event, statements: Any) -> None:
        browser = a_scanner(app, event)
        for _ in range(21):
            scan(browser, event, ticket=str(a_ticket(event).uuid))
        address = door(event, "recent")
        with statements() as seen:
            assert len(browser.get(address).json["scans"]) == 20
        assert len(seen) == 3


class TestGuards:
    """Calls that are signed by a cookie."""

    @pytest.mark.parametrize(
        "headers",
        [
            {"Origin": "https://elsewhere.example"},
            {"Origin": "null"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
        ],
    )
    def test_from_foreign_pages_are_refused(self, app: Flask, event: Event, headers: dict[str, str]) -> None:
        browser, ticket = a_scanner(app, event), a_ticket(event)
        for rest in ("scans", "scans/sync", "scans/1/undo"):
            answer = browser.post(door(event, rest), json={"code": code(ticket)}, headers=headers)
            assert (answer.status_code, answer.json["code"]) == (403, "not_allowed")
        assert extension.session.scalars(select(CheckIn)).all() == []

    @pytest.mark.parametrize(
        "headers", [{"Origin": "http://localhost"}, {"Sec-Fetch-Site": "same-origin"}, {}]
    )
    def test_from_our_own_pages_need_no_token(
        self, app: Flask, event: Event, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        browser = a_scanner(app, event)
        monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
        answer = browser.post(door(event, "scans"), json={"code": "x"}, headers=headers)
        assert answer.status_code == 200

    @pytest.mark.parametrize(
        "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
    )
    def test_say_json_when_they_mean_it(self, app: Flask, event: Event, kind: str) -> None:
        answer = a_scanner(app, event).post(
            door(event, "scans"), data='{"code": "x"}', headers={"Content-Type": kind}
        )
        assert (answer.status_code, answer.json["code"]) == (415, "not_json")

    def test_answers_are_kept_by_nobody(self, app: Flask, event: Event) -> None:
        browser = a_scanner(app, event)
        for rest in ("counts", "recent", "search?q=ada"):
            assert browser.get(door(event, rest)).headers["Cache-Control"] == "no-store"

    def test_that_are_too_large_are_said_to_be(self, app: Flask, event: Event) -> None:
        answer = a_scanner(app, event).post(door(event, "scans"), json={"code": "x" * 5_000_000})
        assert (answer.status_code, answer.json["code"]) == (413, "too_large")

    def test_a_database_that_does_not_answer_is_an_answer_that_scripts_understand(
        self, app: Flask, event: Event, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from sqlalchemy.exc import OperationalError

        from ticketing.queries import door as reading

        def broken(*_: Any) -> Any:
            raise OperationalError("SELECT", {}, Exception("gone"))

        browser = a_scanner(app, event)
        monkeypatch.setattr(reading, "search", broken)
        answer = browser.get(door(event, "search?q=ada"))
        assert (answer.status_code, set(answer.json)) == (503, {"code", "message"})


def test_a_pass_whose_event_is_called_off_says_so(app: Flask, event: Event) -> None:
    browser, _ = opened(app, a_link(event)[1])
    ticket = a_ticket(event)
    event.status, event.cancelled_at = "cancelled", clock.now()
    extension.session.commit()
    assert refused(browser, event, code=code(ticket)) == ("refused", "event_cancelled", "red")
