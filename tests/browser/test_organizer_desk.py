"""An organizer writes to everybody who comes, takes the orders along as a file, and watches both go; the
pages fit every screen and colour."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser import barriers
from tests.browser.conftest import PHONE, sign_in
from tests.browser.test_organizer import keep
from tests.documents.workbooks import Workbook
from tests.factories import (
    CircularFactory,
    EventDayFactory,
    ExportFactory,
    MembershipFactory,
    OfferFactory,
    OrganizationFactory,
    TicketTypeFactory,
    UserFactory,
)
from tests.jobs.visits import comes, concert, fill
from tests.support.server import Server
from tests.support.smtp import SmtpSink
from ticketing import clock
from ticketing.extensions import db
from ticketing.jobs import outbox
from ticketing.models import Event, Organization, User
from ticketing.models.organizations import MANAGER
from ticketing.web.organizer.desk import exports as pages

pytestmark = [pytest.mark.browser, pytest.mark.one_database]
Visit = Callable[..., Page]
BODY = "We open the doors at six.\n\nThe way there: https://example.org/harbour"


@pytest.fixture
def event(live_server: Server, app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Event:
    monkeypatch.setitem(app.config, "PRIVATE_MEDIA_ROOT", tmp_path)
    organization = OrganizationFactory(name="Lantern Company", contact_email="office@lantern.example")
    return concert(organization=organization, title="Lantern Walk")


@pytest.fixture
def organizer(event: Event) -> User:
    user = UserFactory(email="iris@example.org", first_name="Iris", email_verified_at=clock.now())
    organization = db.session.get_one(Organization, event.organization_id)
    MembershipFactory(organization=organization, user=user, role=MANAGER)
    return user


def people(event: Event) -> str:
    return f"/organizer/events/{event.uuid}/attendees"


def test_a_message_is_written_tried_out_sent_and_seen_to_arrive(
    visit: Visit, organizer: User, event: Event, smtp_sink: SmtpSink
) -> None:
    for number in range(3):
        comes(event, None, quantity=number + 1)
    outbox.deliver_due()
    smtp_sink.messages.clear()
    page = visit("/", viewport=PHONE)
    sign_in(page, organizer)
    page.goto(people(event))
    page.get_by_role("link", name="Write to attendees").click()
    page.get_by_role("link", name="Write to attendees").click()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("alert")).to_contain_text("Please write what it is about.")
    page.get_by_label("Subject").fill("The doors open earlier")
    page.get_by_label("Message").fill(BODY)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="3 mails go out")).to_be_visible()
    page.get_by_role("button", name="Send a test to me").click()
    expect(page.get_by_text("A test is on its way to iris@example.org.")).to_be_visible()
    outbox.deliver_due()
    assert [str(mail["To"]) for mail in smtp_sink.messages] == ["iris@example.org"]
    page.get_by_role("button", name="Send 3 mails").click()
    bar = page.get_by_role("progressbar", name="Mails that are sent")
    expect(bar).to_have_attribute("value", "0")
    expect(page.get_by_text("0 of 3 mails are sent.")).to_be_visible()
    outbox.deliver_due()
    expect(bar).to_have_attribute("value", "3")
    expect(page.locator("#work-said")).to_have_text("3 mails were sent.")
    expect(page.locator("[data-work-aloud]")).to_have_text("3 mails were sent.")
    expect(page.locator("[hx-get]")).to_have_count(0)
    assert len(smtp_sink.messages) == 4
    assert {str(mail["Subject"]) for mail in smtp_sink.messages} == {"The doors open earlier"}


def test_orders_are_taken_along_as_a_workbook(
    visit: Visit, organizer: User, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(event, 30)
    page = visit("/")
    sign_in(page, organizer)
    page.goto(f"/organizer/events/{event.uuid}/orders")
    page.get_by_text("Export", exact=True).click()
    page.get_by_role("radio", name="Plain table").check()
    with page.expect_download() as waited:
        page.get_by_role("button", name="Get the file").click()
    assert waited.value.suggested_filename.endswith("-orders.csv")
    monkeypatch.setattr(pages, "AT_ONCE", 10)
    page.reload()
    page.get_by_text("Export", exact=True).click()
    page.get_by_role("button", name="Get the file").click()
    expect(page.get_by_text("It begins in a moment.")).to_be_visible()
    outbox.deliver_due()
    expect(page.locator("#work-said")).to_have_text("The file is ready: 30 rows.")
    with page.expect_download() as waited:
        page.get_by_role("link", name="Get ").click()
    book = Workbook(waited.value.path().read_bytes())
    assert len(book.records) == 30
    assert book.records[0]["Total"].shape == "#,##0.00 [$USD]"
    assert book.records[0]["Ordered (Europe/Berlin)"].moment.startswith("20")


def furnish(event: Event) -> tuple[str, str, str]:
    """Everything that the pages can show; the keys of a message that goes, one that is sent, and a file."""
    EventDayFactory(event=event)
    for number in range(2):
        day = EventDayFactory(event=event, name=f"Evening {number + 1}")
        OfferFactory(
            event=event,
            price=0,
            day_id=day.id,
            ticket_type=TicketTypeFactory(event=event, name=f"Pass {number}"),
        )
    comes(event)
    going = CircularFactory(event=event, status="running", total=120, body=BODY)
    sent = CircularFactory(event=event, subject="Thanks for coming " + "x" * 60, status="done", total=0)
    CircularFactory(event=event, subject="Too late", status="failed")
    kept = ExportFactory(event=event, status="done", done=9000, total=9000, file="exports/x.xlsx")
    ExportFactory(event=event, status="failed")
    db.session.commit()
    return str(going.uuid), str(sent.uuid), str(kept.uuid)


def walk(page: Page, event: Event, keys: tuple[str, str, str]) -> Iterator[str]:
    """Opens each page; yields what it is."""
    going, sent, kept = keys
    base = people(event)
    for name, address in (
        ("messages", f"{base}/circulars"),
        ("message that goes", f"{base}/circulars/{going}"),
        ("message that was sent", f"{base}/circulars/{sent}"),
        ("file", f"/organizer/events/{event.uuid}/exports/{kept}"),
        ("attendees", base),
    ):
        page.goto(address)
        yield name
    page.get_by_text("Export", exact=True).click()
    yield "export panel"
    page.goto(f"{base}/circulars/new")
    yield "write"
    page.get_by_role("button", name="Go on").click()
    yield "write, mistaken"
    page.get_by_label("Subject").fill("The doors open earlier")
    page.get_by_label("Message").fill(BODY)
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Send 1 mail").wait_for()
    yield "read once more"


@pytest.mark.parametrize("look", barriers.LOOKS)
def test_the_pages_fit_and_axe_finds_no_barrier(
    visit: Visit, organizer: User, event: Event, look: dict[str, Any]
) -> None:
    keys = furnish(event)
    page = visit(**look, reduced_motion="reduce")
    sign_in(page, organizer)
    looked: dict[str, Any] = {}
    for name in walk(page, event, keys):
        keep(page, f"{name}-{look['viewport']['width']}-{look['color_scheme']}")
        looked[name] = barriers.in_the_way(page)
    assert {name: found for name, found in looked.items() if found} == {}
