"""The signed list: what a door needs to decide alone, and no more of anybody."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

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
)
from ticketing import clock
from ticketing.extensions import db as extension
from ticketing.models import Event, Offer, Ticket, TicketType
from ticketing.policy import SYSTEM, Actor
from ticketing.services import checkin, tickets
from ticketing.services.checkin import Scan, lists
from ticketing.services.checkin.rules import Occasion

__all__ = ["doors_are_open", "evening"]  # fixtures


def fetched(browser: FlaskClient, event: Event) -> Any:
    answer = browser.get(door(event, "list"))
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer


def payload(browser: FlaskClient, event: Event) -> dict[str, Any]:
    """The list's content, its signature verified with what the page is told."""
    return verified(fetched(browser, event).get_data(as_text=True), lists.public_key())


def verified(signed: str, key: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(jwt.PyJWS().decode(signed, jwt.PyJWK(key).key, ["ES256"]))
    return found


class TestContent:
    """What stands in it."""

    def test_is_what_decides_about_each_ticket(self, app: Flask, event: Event) -> None:
        ticket = a_ticket(event)
        kind = extension.session.get_one(Offer, ticket.offer_id).ticket_type_id
        browser = a_scanner(app, event, ticket_types=[kind])
        found = payload(browser, event)
        assert found["tickets"] == [
            [
                hashlib.sha256(code(ticket).encode()).hexdigest(),
                ticket.uuid.hex,
                kind,
                None,
                0,
                "active",
                0,
                None,
                0,
                "Ada L.",
                ticket.number[-6:],
            ]
        ]
        assert found["types"] == {str(kind): extension.session.get_one(TicketType, kind).name}
        assert (found["v"], found["gate_types"]) == (1, [kind])
        assert found["made_at"] == "2030-06-01T17:00:00+00:00"
        assert found["until"] == "2030-06-02T11:00:00+00:00"

    def test_is_of_the_event_what_its_rules_ask_for(self, app: Flask) -> None:
        event = an_event(days=2, timezone="America/New_York", check_in_policy="daily_entry")
        found = payload(a_scanner(app, event), event)["event"]
        assert found == {
            "id": str(event.uuid),
            "title": event.title,
            "timezone": "America/New_York",
            "starts_at": "2030-06-01T18:00:00+00:00",
            "ends_at": "2030-06-02T23:00:00+00:00",
            "status": "published",
            "policy": "daily_entry",
            "day_begins": 360,
        }

    def test_says_what_a_ticket_was_used_for(self, app: Flask) -> None:
        event = an_event(days=3, pricing_type="day_based")
        day = EventDayFactory(event=event, number=1, date=dt.date(2030, 6, 1))
        single = a_ticket(event, OfferFactory(event=event, day_id=day.id))
        every = a_ticket(event, OfferFactory(event=event, is_all_days=True))
        for ticket in (single, every):
            checkin.scan(SYSTEM, event.id, Scan(code=code(ticket)))
        rows = payload(a_scanner(app, event), event)["tickets"]
        assert [row[3:9] for row in rows] == [
            ["2030-06-01", 0, "used", 1, "2030-06-01", 1],
            [None, 1, "active", 1, "2030-06-01", 1],
        ]

    def test_names_nobody_whose_ticket_is_void_and_no_address_of_anybody(
        self, app: Flask, event: Event
    ) -> None:
        a_ticket(event, attendee_email="ada@example.org")
        a_ticket(event, attendee_name="grace@example.org")
        for status in ("cancelled", "expired"):
            a_ticket(event, status=status)
        found = payload(a_scanner(app, event), event)
        assert [(row[5], row[9]) for row in found["tickets"]] == [
            ("active", "Ada L."),
            ("active", ""),
            ("cancelled", ""),
            ("cancelled", ""),
        ]
        for known in ("@", "example.org", "Lovelace", "Hopper"):
            assert known not in json.dumps(found)

    def test_holds_no_code(self, app: Flask, event: Event) -> None:
        ticket = a_ticket(event)
        assert code(ticket) not in json.dumps(payload(a_scanner(app, event), event))

    def test_is_of_this_event_only(self, app: Flask, event: Event) -> None:
        a_ticket(an_event())
        assert payload(a_scanner(app, event), event)["tickets"] == []

    def test_counts_for_members_as_long_as_a_links_would(self, app: Flask, event: Event) -> None:
        found = payload(a_member(app, event), event)
        assert (found["until"], found["gate_types"]) == ("2030-06-02T11:00:00+00:00", [])

    @pytest.mark.parametrize(
        ("name", "short"),
        [
            ("Ada Lovelace", "Ada L."),
            ("Ada", "Ada"),
            ("  Anna  Maria van der Berg ", "Anna B."),
            ("", ""),
            ("   ", ""),
            ("ada@example.org", ""),
            ("Ada (ada@example.org)", ""),
            ("李 小龙", "李 小."),
            ("x" * 200, "x" * 30),
        ],
    )
    def test_has_of_names_the_first_and_an_initial(self, name: str, short: str) -> None:
        assert lists.short_name(name) == short


class TestSignature:
    """Who made it."""

    def test_is_es256_with_the_key_that_the_page_is_told(self, app: Flask, event: Event) -> None:
        answer = fetched(a_scanner(app, event), event)
        assert answer.mimetype == "application/jose"
        head = jwt.get_unverified_header(answer.get_data(as_text=True))
        assert head == {"alg": "ES256", "typ": "door-list", "kid": lists.public_key()["kid"]}

    def test_fails_where_a_byte_was_changed(self, app: Flask, event: Event) -> None:
        a_ticket(event)
        head, body, signature = fetched(a_scanner(app, event), event).get_data(as_text=True).split(".")
        verified(f"{head}.{body}.{signature}", lists.public_key())
        raw = bytearray(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        for place in (0, len(raw) // 2, len(raw) - 1):
            changed = raw.copy()
            changed[place] ^= 1
            forged = base64.urlsafe_b64encode(changed).rstrip(b"=").decode()
            with pytest.raises(jwt.InvalidSignatureError):
                verified(f"{head}.{forged}.{signature}", lists.public_key())
        with pytest.raises(jwt.InvalidSignatureError):
            verified(f"{head}.{body}.{signature[:-4]}AAAA", lists.public_key())

    def test_is_made_with_the_same_key_by_every_process(self, app: Flask, monkeypatch: Any) -> None:
        """Were this key derived otherwise one day, devices at the door would disbelieve their lists."""
        monkeypatch.setitem(app.config, "TICKET_SECRET_KEY", "a key that only this test knows")
        lists._signing_key.cache_clear()
        lists._public_key.cache_clear()
        assert lists.public_key() == {
            "kty": "EC",
            "crv": "P-256",
            "use": "sig",
            "alg": "ES256",
            "x": "Ay-1rt6unViUVXCbXxq0wxUH3FnbAqxdDHHQxC3QBaU",
            "y": "viTMfAppe4uPAaOyRlMwQNFPhAZhfmZpZU0wg_0Vosc",
            "kid": "P-rhOorbs1w3oYQJV4u4Je6tmtRHpuf8UsQ7vKwaTpw",
        }

    def test_is_another_keys_after_the_tickets_key_was_retired_and_old_tickets_stay_on_it(
        self, app: Flask, event: Event, monkeypatch: Any
    ) -> None:
        ticket, browser = a_ticket(event), a_scanner(app, event)
        before = lists.public_key()
        first = fetched(browser, event)
        monkeypatch.setitem(app.config, "TICKET_SECRET_KEYS_OLD", [app.config["TICKET_SECRET_KEY"]])
        monkeypatch.setitem(app.config, "TICKET_SECRET_KEY", "the next one")
        assert lists.public_key()["kid"] != before["kid"]
        again = browser.get(door(event, "list"), headers={"If-None-Match": first.headers["ETag"]})
        assert again.status_code == 200
        signed = again.get_data(as_text=True)
        with pytest.raises(jwt.InvalidSignatureError):
            verified(signed, before)
        (row,) = verified(signed, lists.public_key())["tickets"]
        assert row[0] == hashlib.sha256(code(ticket).encode()).hexdigest()

    def test_tells_nothing_of_the_key_that_makes_codes(self, app: Flask) -> None:
        assert set(lists.public_key()) == {"kty", "crv", "x", "y", "use", "alg", "kid"}


class TestEditions:
    """When it has to be fetched anew."""

    def tag(self, browser: FlaskClient, event: Event) -> str:
        return str(fetched(browser, event).headers["ETag"])

    def test_is_not_while_nothing_has_changed(self, app: Flask, event: Event, statements: Any) -> None:
        a_ticket(event)
        browser, address = a_scanner(app, event), door(event, "list")
        first = self.tag(browser, event)
        assert not first.startswith("W/")
        with (
            time_machine.travel(clock.now() + timedelta(seconds=30), tick=False),
            statements() as seen,
        ):
            answer = browser.get(address, headers={"If-None-Match": first})
        assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", first)
        assert len(seen) == 3

    def test_is_not_though_it_was_compressed(self, app: Flask, event: Event) -> None:
        for _ in range(8):
            a_ticket(event)
        browser, headers = a_scanner(app, event), {"Accept-Encoding": "br"}
        answer = browser.get(door(event, "list"), headers=headers)
        assert answer.headers["Content-Encoding"] == "br"
        tag = answer.headers["ETag"]
        again = browser.get(door(event, "list"), headers={**headers, "If-None-Match": tag})
        assert again.status_code == 304

    def test_is_after_whatever_happens_to_a_ticket(self, app: Flask, event: Event) -> None:
        ticket, browser = a_ticket(event), a_scanner(app, event)
        seen = [self.tag(browser, event)]
        holder = Actor(user_id=ticket.user_id, email="holder@example.org")
        deeds = [
            lambda: tickets.rename(holder, ticket.id, name="Mary Shelley"),
            lambda: tickets.transfer(holder, ticket.id, email="mary@example.org"),
            lambda: checkin.scan(SYSTEM, event.id, Scan(ticket=ticket.id)),
            lambda: checkin.scan(SYSTEM, event.id, Scan(ticket=ticket.id, direction="exit")),
            lambda: a_ticket(event),
            lambda: self.cancel(ticket),
            lambda: self.rename(event),
        ]
        for number, deed in enumerate(deeds, 1):
            with time_machine.travel(clock.now() + timedelta(seconds=number), tick=False):
                deed()
            seen.append(self.tag(browser, event))
        assert len(set(seen)) == len(seen)

    def cancel(self, ticket: Ticket) -> None:
        ticket.status = "cancelled"
        extension.session.commit()

    def rename(self, event: Event) -> None:
        event.title = "Another evening"
        extension.session.commit()

    def test_is_after_a_change_that_was_begun_before_another_and_ended_later(
        self, app: Flask, event: Event
    ) -> None:
        """Its moment is older than the latest that the list knows."""
        ticket, browser = a_ticket(event), a_scanner(app, event)
        before = self.tag(browser, event)
        with time_machine.travel(STARTS - timedelta(days=3), tick=False):
            checkin.scan(SYSTEM, event.id, Scan(ticket=ticket.id))
        ticket.updated_at = STARTS - timedelta(days=3)
        extension.session.commit()
        assert self.tag(browser, event) != before

    def test_differs_between_gates(self, app: Flask, event: Event) -> None:
        kind = extension.session.get_one(Offer, a_ticket(event).offer_id).ticket_type_id
        tags = {self.tag(a_scanner(app, event, ticket_types=types), event) for types in ([], [kind])}
        assert len(tags) == 2

    def test_costs_four_statements_however_long_it_is(
        self, app: Flask, event: Event, statements: Any
    ) -> None:
        browser, address = a_scanner(app, event), door(event, "list")
        for _ in range(3):
            a_ticket(event)
            with statements() as seen:
                browser.get(address)
            assert len(seen) == 4


@given(st.text(max_size=300))
def test_of_any_name_there_is_little_on_it(name: str) -> None:
    assert len(lists.short_name(name)) <= 33


@pytest.mark.parametrize(
    ("starts", "begins"), [("18:00", 360), ("09:00", 360), ("08:30", 330), ("04:00", 60), ("02:00", 0)]
)
def test_a_day_of_an_event_begins_at_six_or_three_hours_before_it(starts: str, begins: int) -> None:
    moment = dt.datetime.fromisoformat(f"2030-06-01T{starts}:00+00:00")
    occasion = Occasion(1, "published", moment, moment + timedelta(hours=3), "UTC", "single_entry")
    assert occasion.day_begins == begins
    assert occasion.day_of(moment).day == 1
    assert occasion.day_of(moment.replace(hour=0, minute=0) + timedelta(minutes=begins)).day == 1
    assert occasion.day_of(moment.replace(hour=0, minute=0) + timedelta(minutes=begins - 1)).day == 31


def test_a_link_that_was_taken_back_gives_no_list(app: Flask, event: Event) -> None:
    link, secret = a_link(event)
    browser = app.test_client()
    browser.post(f"/checkin/link/{secret}", data={"device": "Phone"})
    assert fetched(browser, event)
    checkin.revoke_link(SYSTEM, link.id)
    assert browser.get(door(event, "list")).status_code == 401


def test_figures_speak_of_the_first_day_before_the_event_and_of_the_last_after_it() -> None:
    starts_at = datetime(2030, 6, 1, 18, tzinfo=UTC)
    occasion = Occasion(
        1, "published", starts_at, starts_at + timedelta(days=2, hours=5), "UTC", "daily_entry"
    )
    days = (-9, 0, 1, 2, 9)
    assert [occasion.counted_day(starts_at + timedelta(days=n)).day for n in days] == [1, 1, 2, 3, 3]
