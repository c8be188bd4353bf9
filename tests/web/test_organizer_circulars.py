"""Organizers write to those who come: written, tried out, read once more, sent once, watched."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.factories import (
    CircularFactory,
    EventFactory,
    MembershipFactory,
    OfferFactory,
    OrganizationFactory,
    TicketTypeFactory,
    UserFactory,
)
from tests.jobs.visits import comes, concert, waiting
from tests.support.smtp import SmtpSink
from tests.web.conftest import browser_of
from tests.web.page import Page
from ticketing.extensions import db as extension
from ticketing.jobs import outbox
from ticketing.models import ActivityLog, Circular, Event, Organization, OutboxMessage, TicketType, User
from ticketing.models.organizations import MANAGER, MEMBER
from ticketing.services import circulars, notifications

WORDS = {"subject": "Another door", "body": "Use the side door.\n\nSee https://example.org/door <b>."}


@pytest.fixture
def event(app: Flask) -> Event:
    return concert(organization=OrganizationFactory(name="Lantern Company"))


@pytest.fixture
def writer(app: Flask, event: Event) -> User:
    return somebody_of(event, MANAGER)


@pytest.fixture
def browser(app: Flask, writer: User) -> FlaskClient:
    return browser_of(app, writer)


def somebody_of(event: Event, role: str) -> User:
    organization = extension.session.get_one(Organization, event.organization_id)
    user: User = MembershipFactory(organization=organization, role=role).user
    return user


def path(event: Event, rest: str = "") -> str:
    return f"/organizer/events/{event.uuid}/attendees/circulars{rest}"


def reviewed(browser: FlaskClient, event: Event, **words: Any) -> TestResponse:
    return browser.post(path(event, "/review"), data=WORDS | words)


def fields_of(answer: TestResponse) -> dict[str, Any]:
    """What the form of the review would send."""
    assert answer.status_code == 200
    text = answer.get_data(as_text=True)
    fields: dict[str, Any] = {}
    for tag in re.findall(r'<input[^>]*type="hidden"[^>]*>', text):
        name, value = (re.search(rf'{key}="([^"]*)"', tag) for key in ("name", "value"))
        if name is not None and value is not None:
            fields.setdefault(name[1], []).append(html.unescape(value[1]))
    body = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", text, re.DOTALL)
    assert body is not None
    return fields | {"body": html.unescape(body[1])}


def made() -> list[Circular]:
    extension.session.expire_all()
    return list(extension.session.scalars(select(Circular).order_by(Circular.id)))


def test_what_was_read_once_more_is_sent_once(browser: FlaskClient, event: Event) -> None:
    for _ in range(3):
        comes(event)
    answer = reviewed(browser, event)
    page = Page(answer)
    assert "3 mails go out" in page.headings
    for words in ("Lantern Company writes to you about Harbour Lights", "Everybody who comes", "<b>"):
        assert words in page.text
    assert page.link("https://example.org/door") == "https://example.org/door"
    assert made() == []
    sent = browser.post(path(event), data=fields_of(answer))
    again = browser.post(path(event), data=fields_of(answer))
    (circular,) = made()
    assert sent.location == again.location == path(event, f"/{circular.uuid}")
    assert (circular.subject, circular.body) == (WORDS["subject"], WORDS["body"])
    outbox.deliver_due()
    assert len(waiting(notifications.CIRCULAR)) == 3
    (log,) = extension.session.scalars(select(ActivityLog).where(ActivityLog.action == "circular_sent"))
    assert (log.object_id, log.details["mails"]) == (event.id, 3)


def test_the_bar_asks_on_until_every_mail_is_sent(
    browser: FlaskClient, event: Event, smtp_sink: SmtpSink
) -> None:
    for _ in range(3):
        comes(event)
    outbox.deliver_due()
    address = browser.post(path(event), data=fields_of(reviewed(browser, event))).location
    page = Page(browser.get(address))
    assert "0 of 3 mails are sent." in page.text
    assert asks_again(page)
    outbox.deliver_due()
    page = Page(browser.get(address))
    assert "3 mails were sent." in page.text
    assert not asks_again(page)
    (bar,) = [known for tag, known in page.attributes if tag == "progress"]
    assert (bar["max"], bar["value"]) == ("3", "3")
    listed = Page(browser.get(path(event)))
    assert WORDS["subject"] in listed.headings
    assert "Sent" in listed.text


def asks_again(page: Page) -> bool:
    return any("hx-get" in known for _tag, known in page.attributes)


def test_mails_that_could_not_be_delivered_are_counted(browser: FlaskClient, event: Event) -> None:
    for _ in range(2):
        comes(event)
    address = browser.post(path(event), data=fields_of(reviewed(browser, event))).location
    (tell,) = waiting(circulars.TELL)
    circulars.carry_out(tell.payload["circular_id"])
    good, bad = waiting(notifications.CIRCULAR)
    good.status, bad.status = "sent", "failed"
    extension.session.commit()
    page = Page(browser.get(address))
    assert "1 mail was sent." in page.text
    assert "1 mail could not be delivered; its order says why." in page.text
    assert "Not all delivered" in Page(browser.get(path(event))).text


def test_the_writer_tries_it_out(
    browser: FlaskClient, writer: User, event: Event, smtp_sink: SmtpSink
) -> None:
    comes(event)
    outbox.deliver_due()
    smtp_sink.messages.clear()
    answer = browser.post(path(event, "/test"), data=fields_of(reviewed(browser, event)))
    assert f"A test is on its way to {writer.email}." in Page(answer).text
    outbox.deliver_due()
    (letter,) = smtp_sink.messages
    assert (letter["To"], letter["Subject"]) == (writer.email, "Another door")
    assert "This is a test." in str(letter)
    assert "Nothing written yet" in Page(browser.get(path(event))).headings
    assert browser.post(path(event), data=fields_of(answer)).status_code == 303


def test_what_was_written_can_be_changed_once_more(browser: FlaskClient, event: Event) -> None:
    comes(event)
    page = browser.post(path(event, "/new"), data=fields_of(reviewed(browser, event))).get_data(as_text=True)
    assert 'value="Another door"' in page
    assert "See https://example.org/door &lt;b&gt;." in page


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"subject": " "}, "Please write what it is about."),
        ({"subject": "x" * 151}, "Field cannot be longer than 150 characters."),
        ({"body": "\n \n"}, "Please write your message."),
        ({"body": "x" * 10_001}, "Field cannot be longer than 10000 characters."),
        ({"types": "999999"}, "not a valid choice for this field"),
        ({"types": "x"}, "Invalid choice(s)"),
        ({"types": str(10**30)}, "not a valid choice for this field"),
        ({"day": "7"}, "Not a valid choice."),
        ({"came": "perhaps"}, "Not a valid choice."),
        ({"came": "yes"}, "Nobody comes who is meant by that."),
    ],
)
def test_what_makes_no_sense_is_said_beside_the_field(
    browser: FlaskClient, event: Event, words: dict[str, str], said: str
) -> None:
    comes(event)
    for rest in ("/review", "/test", ""):
        answer = browser.post(path(event, rest), data=WORDS | words | {"once": "a"})
        if rest == "/test" and words == {"came": "yes"}:
            continue
        assert answer.status_code == 400
        assert said in html.unescape(answer.get_data(as_text=True))
    assert not [circular for circular in made() if "test" not in circular.audience]


def test_ticket_types_and_days_narrow_whom_it_is_for(app: Flask, browser: FlaskClient, event: Event) -> None:
    supper = OfferFactory(event=event, price=0, ticket_type=TicketTypeFactory(event=event, name="Supper"))
    comes(event)
    comes(event, offers=[supper.id])
    page = Page(reviewed(browser, event, types=[str(supper.ticket_type_id)], came="no"))
    assert "1 mail goes out" in page.headings
    assert "With a ticket of these: Supper" in page.text
    assert "Not let in yet" in page.text
    foreign = extension.session.scalar(select(TicketType.id).where(TicketType.event_id != event.id))
    assert reviewed(browser, event, types=[str(foreign or 10**6)]).status_code == 400


def test_the_sixth_of_a_day_is_refused_and_what_was_written_stays(browser: FlaskClient, event: Event) -> None:
    comes(event)
    for _ in range(5):
        CircularFactory(event=event)
    answer = browser.post(path(event), data=fields_of(reviewed(browser, event)))
    assert answer.status_code == 400
    assert "At most 5 messages a day" in Page(answer).text
    assert 'value="Another door"' in answer.get_data(as_text=True)


def test_drafts_and_events_that_were_called_off_are_not_written_about(app: Flask) -> None:
    organization = OrganizationFactory()
    browser = browser_of(app, MembershipFactory(organization=organization, role=MANAGER).user)
    for status in ("draft", "cancelled"):
        event = EventFactory(organization=organization, status=status)
        assert reviewed(browser, event).status_code == 400
        assert not any("Write to" in words for words, _href in Page(browser.get(path(event))).links)


def test_only_managers_write_and_strangers_find_nothing(
    app: Flask, client: FlaskClient, event: Event
) -> None:
    comes(event)
    circular = CircularFactory(event=event)
    pages = (path(event), path(event, "/new"), path(event, f"/{circular.uuid}"))
    member = browser_of(app, somebody_of(event, MEMBER))
    stranger = browser_of(app, MembershipFactory(role="OWNER").user)
    buyer, support = browser_of(app, UserFactory()), browser_of(app, UserFactory(is_support=True))
    for browser, status in ((member, 403), (support, 403), (stranger, 404), (buyer, 404)):
        assert [browser.get(page).status_code for page in pages] == [status] * 3
        for rest in ("", "/review", "/test", "/new"):
            assert browser.post(path(event, rest), data=WORDS | {"once": "a"}).status_code == status
    assert all(client.get(page).location.startswith("/sign-in") for page in pages)
    assert "Write to attendees" not in Page(member.get(f"/organizer/events/{event.uuid}/attendees")).text
    assert len(made()) == 1


def test_a_message_is_found_below_its_own_event_only(browser: FlaskClient, event: Event) -> None:
    elsewhere = CircularFactory(
        event=EventFactory(organization=extension.session.get_one(Organization, event.organization_id))
    )
    test = CircularFactory(event=event, audience={"test": True})
    for uuid in (elsewhere.uuid, test.uuid, uuid4()):
        assert browser.get(path(event, f"/{uuid}")).status_code == 404


def test_a_page_that_asks_on_after_the_session_ended_opens_anew(client: FlaskClient, event: Event) -> None:
    answer = client.get(path(event, f"/{uuid4()}"), headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Refresh"]) == (204, "true")


def test_as_many_statements_for_fifty_rows_as_for_five(
    browser: FlaskClient, event: Event, statements: Any
) -> None:
    comes(event)

    def add(number: int) -> Circular:
        for _ in range(number):
            circular = CircularFactory(event=event, created_at=event.created_at - timedelta(days=2))
            for status in ("sent", "failed", "queued"):
                payload = {"circular_id": circular.id, "order_id": 1}
                row = notifications.row(notifications.CIRCULAR, "en", order, payload) | {"status": status}
                extension.session.add(OutboxMessage(**row))
        extension.session.commit()
        return circular

    def visit(address: str, **post: Any) -> int:
        with statements() as seen:
            answer = browser.post(address, data=post) if post else browser.get(address)
            assert answer.status_code == 200
        return len(seen)

    order = waiting(notifications.ORDER_CONFIRMED)[0].order_id
    one = add(5)

    def counted() -> list[int]:
        places = (path(event), path(event, "/new"), path(event, f"/{one.uuid}"))
        return [visit(place) for place in places] + [visit(path(event, "/review"), **WORDS)]

    few = counted()
    add(45)
    for _ in range(20):
        comes(event)
    assert counted() == few
    assert max(few) <= 12
