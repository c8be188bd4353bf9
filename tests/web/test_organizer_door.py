"""The door as its organizer sees it: the board, its live part, the file, taking back, and scanner links."""

from __future__ import annotations

import base64
import csv
import io
import re
from datetime import timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.factories import (
    CheckInFactory,
    EventFactory,
    OfferFactory,
    OrderFactory,
    OrderItemFactory,
    OrganizationFactory,
    ScannerPassFactory,
    TicketFactory,
    TicketTypeFactory,
    UserFactory,
)
from tests.web.conftest import browser_of
from tests.web.page import Page
from ticketing import clock
from ticketing.extensions import db as extension
from ticketing.models import ActivityLog, CheckIn, Event, Membership, ScannerLink, Ticket
from ticketing.models.orders import CONFIRMED
from ticketing.policy import SYSTEM
from ticketing.services import checkin
from ticketing.services.checkin import Scan, scan
from ticketing.services.checkin.rules import Reason
from ticketing.web.organizer import scan_file, scan_words

ZONE = "Europe/Lisbon"


@pytest.fixture
def event(app: Flask) -> Event:
    made: Event = EventFactory(
        title="Harbour Lights", timezone=ZONE, starts_at=clock.now() + timedelta(hours=1)
    )
    return made


def browser(app: Flask, event: Event, role: str = "MANAGER") -> FlaskClient:
    """Of somebody with that role in the event's organization."""
    user = UserFactory(first_name="Kim", last_name="Organizer")
    extension.session.add(Membership(organization_id=event.organization_id, user_id=user.id, role=role))
    extension.session.commit()
    return browser_of(app, user)


@pytest.fixture
def manager(app: Flask, event: Event) -> FlaskClient:
    return browser(app, event)


def path(event: Event, rest: str = "") -> str:
    return f"/organizer/events/{event.uuid}/door{rest}"


def a_ticket(event: Event, **columns: Any) -> Ticket:
    order = OrderFactory(event=event, status=CONFIRMED, expires_at=None, buyer_name="Mary Buyer")
    item = OrderItemFactory(order=order, offer=OfferFactory(event=event), quantity=1)
    made: Ticket = TicketFactory(order_item=item, **columns)
    return made


def let_in(ticket: Ticket, **told: Any) -> int:
    return scan(SYSTEM, ticket.event_id, Scan(ticket=ticket.uuid, **told)).check_in_id


def a_conflict(event: Event) -> Ticket:
    """Let in at gate A, and offline at gate B once more."""
    ticket = a_ticket(event, attendee_name="Zoë")
    let_in(ticket, gate="A", device="Phone 1")
    earlier = clock.now() - timedelta(minutes=5)
    let_in(ticket, gate="B", device="Phone 2", scan_id=uuid4(), scanned_at=earlier, claimed="admitted")
    return ticket


def rows_of(answer: TestResponse) -> list[dict[str, str]]:
    text = answer.data.decode("utf-8-sig")
    assert text.endswith("\r\n")
    return list(csv.DictReader(io.StringIO(text, newline="")))


class TestBoard:
    """Who came, and every scan."""

    def test_it_shows_figures_and_scans_and_is_kept_by_nobody(
        self, manager: FlaskClient, event: Event
    ) -> None:
        ticket = a_conflict(event)
        a_ticket(event)
        answer = manager.get(path(event))
        page = Page(answer)
        assert answer.headers["Cache-Control"] == "no-store"
        assert "1 / 2" in page.text
        assert "1 of 2 admitted" in page.text
        for words in ("Zoë", ticket.number, "Gate A · Phone 1", "The ticket was used before", "2 scans"):
            assert words in page.text
        assert "Without a network, the device let them in." in page.text
        assert re.search(r"It let somebody in on .*, gate A, Phone 1\.", page.text)

    def test_before_the_first_scan_it_says_so(self, manager: FlaskClient, event: Event) -> None:
        assert "Nothing scanned yet" in Page(manager.get(path(event))).headings

    def test_filters_stand_in_the_address(self, manager: FlaskClient, event: Event) -> None:
        a_conflict(event)
        let_in(a_ticket(event, attendee_name="Bob"), gate="A")

        def shown(query: str) -> int:
            page = Page(manager.get(path(event, query)))
            return sum(one.startswith("scan-") for one in page.ids)

        found = {
            query: shown(query)
            for query in (
                "", "?result=admitted", "?result=refused", "?result=undone", "?conflicts=yes", "?gate=B",
                "?q=bob", "?q=bob&gate=B", "?result=nonsense&conflicts=x&page=zero", "?q=%00",
            )
        }  # fmt: skip
        assert list(found.values()) == [3, 2, 1, 0, 1, 1, 1, 0, 3, 3]

    def test_a_filter_that_finds_nothing_shows_a_way_out(self, manager: FlaskClient, event: Event) -> None:
        page = Page(manager.get(path(event, "?q=nobody")))
        assert page.link("Show all scans") == path(event)
        assert "No conflicts" in Page(manager.get(path(event, "?conflicts=yes"))).headings

    def test_what_people_typed_is_text(self, manager: FlaskClient, event: Event) -> None:
        let_in(a_ticket(event, attendee_name="<b>Zoë</b>"), gate="<i>", device="<u>")
        html = Page(manager.get(path(event, "?q=%3Cb%3E"))).html
        assert "&lt;b&gt;Zoë" in html
        assert not re.search("<b>|<i>|<u>", html)

    def test_only_the_first_page_is_live(self, manager: FlaskClient, event: Event) -> None:
        ticket = a_ticket(event)
        for _ in range(51):
            CheckInFactory(ticket=ticket)
        assert "hx-get" in Page(manager.get(path(event))).html
        second = Page(manager.get(path(event, "?page=2")))
        assert "hx-get" not in second.html
        assert "Only the first page is live" in second.text

    def test_it_needs_as_many_statements_for_many_scans_as_for_few(
        self, manager: FlaskClient, event: Event, statements: Any
    ) -> None:
        board = path(event)

        def visit(rest: str) -> int:
            with statements() as seen:
                assert manager.get(board + rest).status_code == 200
            return len(seen)

        def scans(number: int) -> None:
            for _ in range(number):
                link = ScannerPassFactory(link__event=event)
                before = clock.now() - timedelta(hours=1)
                CheckInFactory(ticket=a_ticket(event), gate="A", scanner_id=link.id, scanned_at=before)
            a_conflict(event)

        scans(5)
        few = [visit(rest) for rest in ("", "/live", "?conflicts=yes", "/links", "/scans.csv")]
        scans(45)
        many = [visit(rest) for rest in ("", "/live", "?conflicts=yes", "/links", "/scans.csv")]
        assert few == many
        assert max(few) <= 12


class TestLive:
    """What the board asks for every few seconds."""

    def polled(self, manager: FlaskClient, page: Page) -> TestResponse:
        address = next(known["hx-get"] for _tag, known in page.attributes if "hx-get" in known)
        return manager.get(address, headers={"HX-Request": "true"})

    def test_it_answers_only_when_something_has_changed(self, manager: FlaskClient, event: Event) -> None:
        ticket = a_ticket(event, attendee_name="Zoë")
        first = Page(manager.get(path(event, "?gate=A")))
        assert self.polled(manager, first).status_code == 204
        let_in(ticket, gate="A")
        answer = self.polled(manager, first)
        part = Page(answer)
        assert "Zoë" in part.text
        assert "1 of 1 admitted" in part.text
        assert "<html" not in part.html
        assert self.polled(manager, part).status_code == 204

    def test_what_is_taken_back_is_news(self, manager: FlaskClient, event: Event) -> None:
        found = let_in(a_ticket(event))
        first = Page(manager.get(path(event)))
        checkin.undo(SYSTEM, event.id, found)
        assert "Taken back" in Page(self.polled(manager, first)).text

    def test_when_the_session_has_ended_the_page_opens_anew(self, client: FlaskClient, event: Event) -> None:
        answer = client.get(path(event, "/live"), headers={"HX-Request": "true"})
        assert (answer.status_code, answer.headers["HX-Refresh"]) == (204, "true")
        assert client.get(path(event, "/live")).location.startswith("/sign-in?next=")


class TestFile:
    """Scans for a spreadsheet program."""

    def test_it_holds_every_scan_with_times_of_the_place_and_utc(
        self, manager: FlaskClient, event: Event
    ) -> None:
        ticket = a_conflict(event)
        answer = manager.get(path(event, "/scans.csv"))
        assert answer.data.startswith(b"\xef\xbb\xbfTime,")
        assert answer.mimetype == "text/csv"
        assert f"{event.slug}-scans.csv" in answer.headers["Content-Disposition"]
        assert answer.headers["Cache-Control"] == "no-store"
        conflict, admitted = rows_of(answer)
        assert tuple(conflict) == scan_file.COLUMNS
        kept = extension.session.scalars(select(CheckIn).order_by(CheckIn.id)).first()
        assert kept is not None
        local = kept.scanned_at.astimezone(ZoneInfo(ZONE)).isoformat(timespec="seconds")
        assert (admitted["Time"], admitted["Time (UTC)"]) == (local, f"{kept.scanned_at:%Y-%m-%dT%H:%M:%SZ}")
        assert (admitted["Result"], admitted["Gate"], admitted["Conflict"]) == ("admitted", "A", "")
        assert (conflict["Result"], conflict["Reason"]) == ("refused", "already used")
        assert (conflict["Told without a network"], conflict["Conflict"]) == ("admitted", "yes")
        assert (conflict["Used before at"], conflict["Used before at gate"]) == (local, "A")
        assert (conflict["Attendee"], conflict["Ticket number"]) == ("Zoë", ticket.number)

    def test_it_takes_the_boards_filters(self, manager: FlaskClient, event: Event) -> None:
        a_conflict(event)
        let_in(a_ticket(event), gate="C")
        page = Page(manager.get(path(event, "?conflicts=yes")))
        (only,) = rows_of(manager.get(page.link("CSV")))
        assert only["Gate"] == "B"
        assert rows_of(manager.get(path(event, "/scans.csv?gate=C&result=admitted")))[0]["Gate"] == "C"

    @pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
    def test_no_cell_is_a_formula(self, manager: FlaskClient, event: Event, start: str) -> None:
        name = f'{start}HYPERLINK("http://evil.example","Zoë, ""x""")'
        let_in(a_ticket(event, attendee_name=name), gate=f"{start}1", device=f"{start}2")
        (row,) = rows_of(manager.get(path(event, "/scans.csv")))
        assert (row["Attendee"], row["Gate"], row["Device"]) == (f"'{name}", f"'{start}1", f"'{start}2")

    def test_of_no_scans_there_is_a_heading(self, manager: FlaskClient, event: Event) -> None:
        assert rows_of(manager.get(path(event, "/scans.csv"))) == []

    def test_it_comes_in_pieces_and_holds_no_transaction(self, event: Event, app: Flask) -> None:
        ticket = a_ticket(event)
        for _ in range(3):
            CheckInFactory(ticket=ticket)
        wanted = scan_file.Filter()
        pieces = scan_file.lines(extension.session.get_one(Event, event.id), wanted)
        assert next(pieces).count("\r\n") == 1
        assert next(pieces).count("\r\n") == 3


class TestUndo:
    """Taking an admission back from the list."""

    def test_it_is_asked_and_then_done(self, app: Flask, event: Event) -> None:
        member, ticket = browser(app, event, "MEMBER"), a_ticket(event, attendee_name="Zoë")
        found = let_in(ticket)
        ask = Page(member.get(path(event))).link("Take back")
        assert ask == path(event, f"/scans/{found}/undo")
        asked = Page(member.get(ask))
        assert "Zoë" in asked.text
        assert ticket.admissions == 1, "asking changes nothing"
        answer = member.post(ask)
        assert (answer.status_code, answer.location) == (303, path(event))
        assert ticket.admissions == 0
        page = Page(member.get(path(event)))
        assert "Taken back: the ticket is good again." in page.text
        assert "Take back" not in page.text
        kept = extension.session.scalars(
            select(ActivityLog.action).where(ActivityLog.object_type == "ticket")
        )
        assert "check_in_undone" in kept.all()

    def test_it_is_refused_in_words_when_the_ticket_was_scanned_since(
        self, manager: FlaskClient, event: Event
    ) -> None:
        ticket = a_ticket(event)
        found = let_in(ticket)
        let_in(ticket, direction="exit")
        answer = manager.post(path(event, f"/scans/{found}/undo"))
        assert answer.status_code == 400
        assert "latest admission" in Page(answer).text

    def test_scans_of_other_events_do_not_exist(self, manager: FlaskClient, event: Event) -> None:
        found = let_in(a_ticket(EventFactory()))
        for number in (found, 0, 2**80):
            assert manager.get(path(event, f"/scans/{number}/undo")).status_code == 404
            assert manager.post(path(event, f"/scans/{number}/undo")).status_code == 404


class TestLinks:
    """Scanner links."""

    def sent(self, manager: FlaskClient, event: Event, **fields: Any) -> TestResponse:
        form = Page(manager.get(path(event, "/links"))).form(path(event, "/links"))
        return manager.post(form.action, data={**form.fields, "name": "Side entrance", **fields})

    def test_a_new_link_is_shown_once_as_text_and_as_a_code(self, manager: FlaskClient, event: Event) -> None:
        answer = self.sent(manager, event, gate="B")
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
        page = Page(answer)
        address = next(known["value"] for tag, known in page.attributes if known.get("id") == "address")
        secret = re.fullmatch(r"http://localhost/checkin/link/([\w-]{43})", address)
        assert secret is not None
        assert checkin.find_link(secret[1]) is not None
        image = next(known["src"] for tag, known in page.attributes if tag == "img" and "QR" in known["alt"])
        assert b"<svg" in base64.b64decode(image.removeprefix("data:image/svg+xml;base64,"))
        with manager.session_transaction() as session:
            assert secret[1] not in repr(dict(session))
        assert secret[1] not in "".join(answer.headers.getlist("Set-Cookie"))
        assert secret[1] not in Page(manager.get(path(event, "/links"))).html
        (link,) = extension.session.scalars(select(ScannerLink))
        assert (link.name, link.gate, link.expires_at) == ("Side entrance", "B", self.default_end(event))

    def default_end(self, event: Event) -> Any:
        return (event.ends_at + timedelta(hours=12)).replace(second=0, microsecond=0)

    def test_the_public_address_is_in_the_link_where_it_is_known(
        self, app: Flask, manager: FlaskClient, event: Event, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(app.config, "PUBLIC_BASE_URL", "https://tickets.example.org")
        assert "https://tickets.example.org/checkin/link/" in self.sent(manager, event).text

    def test_reloading_the_answer_makes_no_second_link(self, manager: FlaskClient, event: Event) -> None:
        form = Page(manager.get(path(event, "/links"))).form(path(event, "/links"))
        data = {**form.fields, "name": "Side entrance"}
        assert manager.post(form.action, data=data).status_code == 200
        again = manager.post(form.action, data=data)
        assert again.status_code == 409
        assert "This form was sent before" in Page(again).text
        assert len(extension.session.scalars(select(ScannerLink)).all()) == 1

    def test_until_is_told_in_the_events_zone(self, manager: FlaskClient, event: Event) -> None:
        event.timezone = "Asia/Kolkata"
        extension.session.commit()
        self.sent(manager, event, expires_at="2130-01-02T03:30")
        (link,) = extension.session.scalars(select(ScannerLink))
        assert link.expires_at.isoformat() == "2130-01-01T22:00:00+00:00"

    @pytest.mark.parametrize(
        ("field", "value", "sentence"),
        [
            ("name", "  ", "Please give it a name."),
            ("name", "x" * 81, "longer than 80"),
            ("gate", "x" * 61, "longer than 60"),
            ("expires_at", "yesterday", "valid datetime"),
            ("expires_at", "9999-12-31T23:59", "Please give a date and a time."),
            ("expires_at", "2020-01-01T00:00", "would have ended already"),
        ],
    )
    def test_what_is_wrong_is_said_beside_the_field(
        self, manager: FlaskClient, event: Event, field: str, value: str, sentence: str
    ) -> None:
        answer = self.sent(manager, event, **{field: value})
        assert answer.status_code == 400
        assert sentence in re.sub(r"\s+", " ", Page(answer).text)
        assert f"{field}-error" in Page(answer).ids
        assert extension.session.scalars(select(ScannerLink)).all() == []

    def test_a_gate_may_be_for_some_types_of_this_event_only(
        self, manager: FlaskClient, event: Event
    ) -> None:
        seat, _ = TicketTypeFactory(event=event, name="Seat"), TicketTypeFactory(event=event, name="Standing")
        other = TicketTypeFactory()
        for wrong in (other.id, "x", 2**70):
            answer = self.sent(manager, event, ticket_types=[wrong])
            assert answer.status_code == 400
            assert "ticket_types-error" in Page(answer).ids
        assert self.sent(manager, event, ticket_types=[seat.id]).status_code == 200
        text = Page(manager.get(path(event, "/links"))).text
        assert re.search("Lets in Seat Works until", text)

    def test_the_list_names_devices_and_their_scans(self, manager: FlaskClient, event: Event) -> None:
        opened = ScannerPassFactory(link__event=event, device="Blue phone")
        CheckInFactory(ticket=a_ticket(event), scanner_id=opened.id)
        text = Page(manager.get(path(event, "/links"))).text
        assert re.search(r"Main entrance In force .*Blue phone .* 1", text)

    def test_taking_a_link_back_is_asked_and_ends_its_devices(
        self, manager: FlaskClient, event: Event
    ) -> None:
        link, secret = checkin.create_link(SYSTEM, event.id, name="Side")
        own = checkin.open_link(secret, device="Phone").secret
        ask = Page(manager.get(path(event, "/links"))).link("Take this link back")
        assert manager.get(ask).status_code == 200
        assert checkin.find_pass(own) is not None, "asking changes nothing"
        assert manager.post(ask).location == path(event, "/links")
        assert checkin.find_pass(own) is None
        page = Page(manager.get(path(event, "/links")))
        assert "Taken back" in page.text
        assert "Take this link back" not in page.text
        logged = select(ActivityLog.action).where(ActivityLog.object_id == link.id)
        assert "scanner_link_revoked" in extension.session.scalars(logged).all()

    def test_members_see_the_links_and_neither_make_nor_take_back(self, app: Flask, event: Event) -> None:
        member = browser(app, event, "MEMBER")
        link, _ = checkin.create_link(SYSTEM, event.id, name="Side")
        page = Page(member.get(path(event, "/links")))
        assert "Side" in page.headings
        assert "New link" not in page.headings
        assert "Take this link back" not in page.text
        assert member.post(path(event, "/links"), data={"name": "Mine"}).status_code == 403
        for method in ("GET", "POST"):
            answer = member.open(path(event, f"/links/{link.uuid}/revoke"), method=method)
            assert answer.status_code == 403
        assert link.revoked_at is None

    def test_links_of_other_events_do_not_exist(self, manager: FlaskClient, event: Event) -> None:
        link, _ = checkin.create_link(SYSTEM, EventFactory(organization=OrganizationFactory()).id, name="x")
        for method in ("GET", "POST"):
            answer = manager.open(path(event, f"/links/{link.uuid}/revoke"), method=method)
            assert answer.status_code == 404
        assert link.revoked_at is None


PAGES = (
    "",
    "/live",
    "/scans.csv",
    "/links",
    "/scans/1/undo",
    "/links/3fa85f64-5717-4562-b3fc-2c963f66afa6/revoke",
)


@pytest.mark.parametrize("rest", PAGES)
def test_to_strangers_there_is_no_such_door_and_visitors_sign_in_first(
    app: Flask, client: FlaskClient, event: Event, rest: str
) -> None:
    let_in(a_ticket(event))
    for stranger in (UserFactory(), UserFactory(is_support=True), UserFactory(user_type="organizer")):
        assert browser_of(app, stranger).get(path(event, rest)).status_code == 404
    assert client.get(path(event, rest)).location.startswith("/sign-in?next=")
    assert client.post(path(event, "/links")).location.startswith("/sign-in")


def test_every_reason_and_result_has_words(app: Flask) -> None:
    with app.test_request_context():
        for reason in Reason:
            assert scan_words.reason_words(reason) != reason
        assert scan_words.reason_words("") == ""
        assert len({words for _tone, words in scan_words.results().values()}) == 4


def test_forms_need_their_token(
    app: Flask, event: Event, manager: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = let_in(a_ticket(event))
    link, _ = checkin.create_link(SYSTEM, event.id, name="Side")
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    for rest in (f"/scans/{found}/undo", "/links", f"/links/{link.uuid}/revoke"):
        assert manager.post(path(event, rest)).status_code == 400
    assert extension.session.get_one(CheckIn, found).result == "admitted"
    assert link.revoked_at is None
