"""The door's pages: choosing an event, opening a scanner link, and scanning without JavaScript."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.factories import EventFactory, UserFactory
from tests.web.conftest import browser_of
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
from tests.web.page import Page
from ticketing.extensions import db as extension
from ticketing.models import ActivityLog, CheckIn, Event, Organization, ScannerPass
from ticketing.policy import SYSTEM
from ticketing.services import checkin, throttle

__all__ = ["doors_are_open", "evening"]  # fixtures


def passes() -> list[ScannerPass]:
    return list(extension.session.scalars(select(ScannerPass)))


class TestLinks:
    """From a link to a pass."""

    def test_looking_at_a_link_shows_what_it_is_for_and_makes_no_pass(
        self, client: FlaskClient, event: Event
    ) -> None:
        _, secret = a_link(event, name="Crew", gate="Gate B")
        answer = client.get(f"/checkin/link/{secret}")
        page = Page(answer)
        assert page.headings == [event.title]
        assert "Gate B" in page.text
        assert page.forms[-1].buttons == ["Start scanning"]
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "scanner" not in answer.headers.get("Set-Cookie", "")
        assert client.head(f"/checkin/link/{secret}").status_code == 200
        assert passes() == []

    @pytest.mark.parametrize(
        ("agent", "name"),
        [
            ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)", "iPhone"),
            ("Mozilla/5.0 (Linux; Android 15; Pixel 9) Mobile Safari/537.36", "Android phone"),
            ("Mozilla/5.0 (X11; Linux x86_64)", "Computer"),
            ("something else", "Phone"),
        ],
    )
    def test_the_device_has_a_name_before_somebody_gives_it_one(
        self, client: FlaskClient, event: Event, agent: str, name: str
    ) -> None:
        _, secret = a_link(event)
        page = Page(client.get(f"/checkin/link/{secret}", headers={"User-Agent": agent}))
        assert page.forms[-1].fields["device"] == name
        client.post(f"/checkin/link/{secret}", data={"device": " "}, headers={"User-Agent": agent})
        assert [one.device for one in passes()] == [name]

    def test_opening_it_leaves_a_cookie_that_only_this_door_gets_and_that_ends_with_the_link(
        self, app: Flask, event: Event
    ) -> None:
        link, secret = a_link(event)
        _, answer = opened(app, secret, "Anna's phone")
        assert answer.location == door(event)
        (cookie,) = [one for one in answer.headers.getlist("Set-Cookie") if one.startswith("scanner=")]
        parts = dict(part.strip().partition("=")[::2] for part in cookie.split(";"))
        assert parts["Path"] == f"/checkin/{event.uuid}"
        assert parts["SameSite"] == "Lax"
        assert "HttpOnly" in parts
        assert "Secure" not in parts
        assert parts["Expires"] == link.expires_at.strftime("%a, %d %b %Y %H:%M:%S GMT")
        assert secret not in cookie
        assert parts["scanner"] not in {one.secret_hash for one in passes()}
        assert [one.device for one in passes()] == ["Anna's phone"]

    def test_on_https_the_cookie_is_secure(self, client: FlaskClient, event: Event) -> None:
        _, secret = a_link(event)
        answer = client.post(f"/checkin/link/{secret}", base_url="https://localhost")
        (cookie,) = [one for one in answer.headers.getlist("Set-Cookie") if one.startswith("scanner=")]
        assert "Secure" in cookie

    def test_each_device_gets_a_pass_of_its_own_and_it_is_noted_from_where(
        self, app: Flask, event: Event
    ) -> None:
        link, secret = a_link(event)
        opened(app, secret, "One")
        opened(app, secret, "Two")
        assert [one.device for one in passes()] == ["One", "Two"]
        noted = extension.session.scalars(
            select(ActivityLog).where(ActivityLog.action == "scanner_link_opened")
        ).all()
        assert [(one.object_id, one.details["device"]) for one in noted] == [
            (link.id, "One"),
            (link.id, "Two"),
        ]
        assert secret not in str([one.details for one in noted])

    def test_a_link_that_is_unknown_taken_back_or_over_leads_to_one_and_the_same_page(
        self, client: FlaskClient, event: Event
    ) -> None:
        link, revoked = a_link(event)
        checkin.revoke_link(SYSTEM, link.id)
        _, ended = a_link(event, expires_at=STARTS)
        with time_machine.travel(STARTS + timedelta(minutes=1), tick=False):
            texts = set()
            for secret in (revoked, ended, "x" * 43):
                for answer in (
                    client.get(f"/checkin/link/{secret}"),
                    client.post(f"/checkin/link/{secret}", data={"device": "Phone"}),
                ):
                    assert answer.status_code == 404
                    assert answer.headers["Referrer-Policy"] == "no-referrer"
                    texts.add(Page(answer).text)
        assert len(texts) == 1
        assert "does not work" in texts.pop()
        assert passes() == []

    def test_a_name_that_is_too_long_is_said_beside_its_field(
        self, client: FlaskClient, event: Event
    ) -> None:
        _, secret = a_link(event)
        answer = client.post(f"/checkin/link/{secret}", data={"device": "x" * 81})
        assert answer.status_code == 400
        assert "device-error" in Page(answer).ids
        assert passes() == []

    def test_a_foreign_page_cannot_open_a_link_for_somebody(
        self, app: Flask, client: FlaskClient, event: Event, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
        _, secret = a_link(event)
        address, base = f"/checkin/link/{secret}", "https://localhost"
        assert client.post(address, base_url=base).status_code == 400
        assert passes() == []
        form = Page(client.get(address, base_url=base)).forms[-1]
        # The page sends no referrer, for which the general guard asks on HTTPS.
        assert client.post(address, data=form.fields, base_url=base).status_code == 303


class TestGuessing:
    """Who tries many links."""

    @pytest.fixture
    def limited(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        monkeypatch.setitem(app.config, "RATELIMIT_ENABLED", True)
        monkeypatch.setitem(app.config, "RATELIMIT_FAILURES", "3 per hour")
        monkeypatch.setitem(app.config, "RATELIMIT_STORAGE_URI", "memory://")
        before = app.extensions["limits"]
        app.extensions["limits"] = throttle.Limits(app)
        yield
        app.extensions["limits"] = before

    def test_is_slowed_down_and_those_with_a_good_link_are_not(
        self, app: Flask, client: FlaskClient, event: Event, limited: None
    ) -> None:
        _, secret = a_link(event)
        found = [client.get(f"/checkin/link/{number}").status_code for number in range(5)]
        assert found == [404, 404, 404, 429, 429]
        assert client.post("/checkin/link/x").status_code == 429
        assert client.get(f"/checkin/link/{secret}").status_code == 200
        assert opened(app, secret)[0].get(door(event, "counts")).status_code == 200

    def test_takes_nobodys_tries_to_sign_in(self, client: FlaskClient, limited: None) -> None:
        for number in range(5):
            client.get(f"/checkin/link/{number}")
        signing_in = client.post("/sign-in", data={"email": "a@example.org", "password": "not this one"})
        assert signing_in.status_code == 400

    def test_a_thousand_scans_a_minute_from_one_address_are_no_guesses(
        self, app: Flask, event: Event, limited: None
    ) -> None:
        browser = a_scanner(app, event)
        statuses = {browser.post(door(event, "scans"), json={"code": "x"}).status_code for _ in range(50)}
        assert statuses == {200}


class TestStanding:
    """Who may stand at which door."""

    def test_a_pass_counts_at_its_own_event_only(self, app: Flask, event: Event) -> None:
        other = an_event()
        _, answer = opened(app, a_link(event)[1])
        value = answer.headers["Set-Cookie"].split("=", 1)[1].split(";")[0]
        thief = app.test_client()
        thief.set_cookie("scanner", value, path="/")
        assert thief.get(door(event, "counts")).status_code == 200
        assert thief.get(door(other, "counts")).status_code == 401
        assert thief.get(door(other)).location.startswith("/sign-in")
        assert thief.get("/checkin/").location.startswith("/sign-in")

    def test_nobody_without_pass_or_account_gets_further_than_the_sign_in(
        self, client: FlaskClient, event: Event
    ) -> None:
        assert client.get(door(event)).location.startswith("/sign-in?next=")
        answer = client.get(door(event, "counts"))
        assert (answer.status_code, answer.json["code"]) == (401, "not_authenticated")

    def test_members_scan_at_their_events_and_strangers_find_no_door(self, app: Flask, event: Event) -> None:
        assert a_member(app, event).get(door(event, "counts")).status_code == 200
        stranger = browser_of(app, UserFactory())
        assert stranger.get(door(event)).status_code == 404
        assert stranger.get(door(event, "counts")).json["code"] == "not_found"
        supporter = browser_of(app, UserFactory(is_support=True))
        assert supporter.get(door(event)).status_code == 404
        staff = browser_of(app, UserFactory(is_staff=True))
        assert staff.get(door(event, "counts")).status_code == 200
        assert staff.get(door(an_event())[:-6] + "00000/").status_code == 404

    def test_a_link_that_is_taken_back_ends_its_passes_at_once(self, app: Flask, event: Event) -> None:
        link, secret = a_link(event)
        browser, _ = opened(app, secret)
        ticket = a_ticket(event)
        assert browser.get(door(event, "counts")).status_code == 200
        checkin.revoke_link(SYSTEM, link.id)
        answer = browser.post(door(event, "scans"), json={"code": code(ticket)})
        assert (answer.status_code, answer.json["code"]) == (401, "pass_ended")
        assert extension.session.scalars(select(CheckIn)).all() == []
        assert answer.headers["Set-Cookie"].startswith("scanner=;")
        assert f"Path=/checkin/{event.uuid}" in answer.headers["Set-Cookie"]
        assert browser.get(door(event, "counts")).json["code"] == "not_authenticated"

    def test_the_page_says_that_a_pass_has_ended_and_forgets_it(self, app: Flask, event: Event) -> None:
        browser = a_scanner(app, event)
        with time_machine.travel(event.ends_at + timedelta(hours=12, minutes=1), tick=False):
            answer = browser.get(door(event))
            assert answer.status_code == 404
            assert "has ended" in Page(answer).text
            assert answer.headers["Set-Cookie"].startswith("scanner=;")

    def test_where_a_browser_has_both_the_pass_counts(self, app: Flask, event: Event) -> None:
        browser = a_member(app, event)
        _, secret = a_link(event, gate="B")
        browser.post(f"/checkin/link/{secret}", data={"device": "Phone"})
        browser.post(door(event, "scans"), json={"code": code(a_ticket(event)), "gate": "Z"})
        row = extension.session.scalars(select(CheckIn)).one()
        assert (row.gate, row.device, row.actor_id) == ("B", "Phone", None)
        assert row.scanner_id == passes()[0].id

    def test_what_a_pass_was_used_for_is_remembered_and_changes_no_answer(
        self, app: Flask, event: Event
    ) -> None:
        browser = a_scanner(app, event)
        with time_machine.travel(STARTS, tick=False):
            assert browser.post(door(event, "scans"), json={"code": code(a_ticket(event))}).status_code == 200
            assert passes()[0].seen_at == STARTS


class TestChoosing:
    """The events where somebody may scan."""

    def test_are_those_of_their_organization_the_next_first(self, app: Flask, event: Event) -> None:
        later = EventFactory(
            organization=house_of(event), starts_at=STARTS + timedelta(days=9), title="Later"
        )
        EventFactory(organization=house_of(event), starts_at=STARTS - timedelta(days=2), title="Over")
        EventFactory(organization=house_of(event), status="draft", title="Draft")
        foreign = an_event(title="Foreign")
        page = Page(a_member(app, event).get("/checkin/"))
        assert page.headings[1:] == [event.title, later.title]
        assert page.link(f"Scan tickets : {event.title}") == door(event)
        assert foreign.title not in page.text

    def test_are_for_staff_all_that_begin_within_two_days(self, app: Flask, event: Event) -> None:
        EventFactory(starts_at=STARTS + timedelta(days=3), title="Later")
        staff = browser_of(app, UserFactory(is_staff=True))
        assert Page(staff.get("/checkin/")).headings[1:] == [event.title]

    def test_are_none_for_others(self, app: Flask, event: Event, client: FlaskClient) -> None:
        assert "No event to scan at" in Page(browser_of(app, UserFactory()).get("/checkin/")).text
        assert client.get("/checkin/").location.startswith("/sign-in")


def house_of(event: Event) -> Organization:
    return extension.session.get_one(Organization, event.organization_id)


class TestPage:
    """The scanner page."""

    def test_may_use_the_camera_and_webassembly_and_nothing_foreign(self, app: Flask, event: Event) -> None:
        headers = a_scanner(app, event).get(door(event)).headers
        policy = headers["Content-Security-Policy"]
        assert "script-src 'self' 'wasm-unsafe-eval';" in policy
        assert "worker-src 'self'" in policy
        assert "unsafe-inline" not in policy
        assert "camera=(self)" in headers["Permissions-Policy"]
        assert headers["Cache-Control"] == "private, no-cache"

    def test_tells_its_script_where_to_ask_and_whom_to_believe(self, app: Flask, event: Event) -> None:
        page = Page(a_scanner(app, event, gate="B").get(door(event)))
        (found,) = [known["data-door"] for _, known in page.attributes if "data-door" in known]
        told = json.loads(html.unescape(found))
        assert (told["event"], told["gate"], told["device"]) == (str(event.uuid), "B", "Phone 1")
        assert told["urls"]["undo"].replace(told["urls"]["undo_mark"], "7") == door(event, "scans/7/undo")
        assert told["urls"]["list"] == door(event, "list")
        assert told["urls"]["scope"] == "/checkin/"
        assert told["public_key"]["crv"] == "P-256"
        assert "d" not in told["public_key"]
        assert told["sentences"]["already_used"] == "This ticket was used before"
        assert told["allows_exit"] is False
        assert told["counts_now"] == {"admitted": 0, "expected": 0, "inside": 0, "types": []}

    def test_lets_in_by_a_typed_code_without_javascript_and_twice_sent_counts_once(
        self, app: Flask, event: Event
    ) -> None:
        browser, ticket = a_scanner(app, event), a_ticket(event)
        form = {"code": f" {code(ticket)}\n", "scan_id": "3fa85f64-5717-4562-b3fc-2c963f66afa6"}
        for _ in range(2):
            page = Page(browser.post(door(event), data=form))
            assert page.status == 200
            assert "Ada Lovelace" in page.text
            assert "Let them in" in page.text
        assert [row.result for row in extension.session.scalars(select(CheckIn))] == ["admitted"]

    def test_lets_in_and_takes_back_whom_a_search_found_without_javascript(
        self, app: Flask, event: Event
    ) -> None:
        browser, ticket = a_scanner(app, event), a_ticket(event)
        page = Page(browser.get(door(event, "?q=lovelace")))
        (form,) = [form for form in page.forms if form.fields.get("ticket") == str(ticket.uuid)]
        page = Page(browser.post(door(event), data=form.fields))
        assert "Let them in" in page.text
        row = extension.session.scalars(select(CheckIn)).one()
        page = Page(browser.post(door(event), data={"undo": row.id}))
        assert "Taken back" in page.text
        assert ticket.admissions == 0

    @pytest.mark.parametrize("form", [{}, {"code": ""}, {"ticket": "x"}, {"code": "x", "scan_id": "x"}])
    def test_a_form_that_names_nothing_shows_the_page_again(
        self, app: Flask, event: Event, form: dict[str, str]
    ) -> None:
        assert a_scanner(app, event).post(door(event), data=form).status_code == 400
        assert extension.session.scalars(select(CheckIn)).all() == []

    def test_its_forms_are_guarded(self, app: Flask, event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
        browser = a_scanner(app, event)
        monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
        assert browser.post(door(event), data={"code": "x"}).status_code == 400
        form = next(form for form in Page(browser.get(door(event))).forms if "csrf_token" in form.fields)
        token = form.fields["csrf_token"]
        assert browser.post(door(event), data={"code": "x", "csrf_token": token}).status_code == 200

    def test_costs_few_statements(self, app: Flask, event: Event, statements: Any) -> None:
        browser = a_scanner(app, event)
        a_ticket(event)
        with statements() as seen:
            browser.get(door(event, "?q=ada"))
        assert len(seen) <= 3


def test_the_service_worker_may_look_after_the_door_and_is_asked_for_anew(client: FlaskClient) -> None:
    answer = client.get("/checkin/worker.js")
    assert answer.status_code == 200
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Service-Worker-Allowed"] == "/checkin/"
