"""The organizer's board: scans appear while one looks, and a scanner link goes to a helper's phone."""

from __future__ import annotations

import base64
import io
import os
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, sign_in
from tests.documents.sheets import codes_in
from tests.factories import (
    CheckInFactory,
    MembershipFactory,
    OfferFactory,
    OrderFactory,
    OrderItemFactory,
    ScannerPassFactory,
    TicketFactory,
    TicketTypeFactory,
)
from tests.support.server import Server
from ticketing import clock
from ticketing.extensions import db
from ticketing.models import Event, Organization, Ticket, User
from ticketing.models.orders import CONFIRMED
from ticketing.models.organizations import MANAGER
from ticketing.policy import SYSTEM
from ticketing.services import checkin
from ticketing.services.checkin import Scan, scan

pytestmark = [pytest.mark.browser, pytest.mark.one_database]
Visit = Callable[..., Page]

AXE = (Path(__file__).parent / "vendor" / "axe-core-4.14.1" / "axe.min.js").read_text()


@pytest.fixture
def organizer(live_server: Server, event: Event, user: User) -> User:
    """Grace manages the lantern walk, which begins soon."""
    event.starts_at, event.ends_at = clock.now() + timedelta(hours=1), clock.now() + timedelta(hours=4)
    house = db.session.get_one(Organization, event.organization_id)
    MembershipFactory(organization=house, user=user, role=MANAGER)
    return user


def tickets(event: Event, type_name: str, number: int, *names: str) -> list[Ticket]:
    """Confirmed tickets of a kind; the first ones are for somebody."""
    order = OrderFactory(event=event, status=CONFIRMED, expires_at=None, buyer_name="Mary Jackson")
    kind = TicketTypeFactory(event=event, name=type_name)
    item = OrderItemFactory(order=order, offer=OfferFactory(ticket_type=kind), quantity=number)
    return [
        TicketFactory(order_item=item, position=place + 1, attendee_name=name)
        for place, name in enumerate([*names, *[""] * (number - len(names))])
    ]


def let_in(ticket: Ticket, **told: Any) -> int:
    return scan(SYSTEM, ticket.event_id, Scan(ticket=ticket.uuid, **told)).check_in_id


def an_evening(event: Event) -> None:
    """Everything that can be seen on a board."""
    walks = tickets(event, "Walk by the river", 30, "Zoë Washburne", "Ada Lovelace", "Katherine Johnson")
    tickets(event, "Members of the friends of the old town", 8)
    link = ScannerPassFactory(link__event=event, link__name="Side entrance", device="Blue phone")
    for place, ticket in enumerate(walks[:20]):
        at = clock.now() - timedelta(minutes=58 - 2.6 * place)
        let_in(ticket, gate="A" if place % 3 else "B", device=f"Phone {place % 3 + 1}", scanned_at=at)
    for minutes, reason in ((50, "unknown"), (31, "wrong_day"), (12, "void"), (11, "unknown")):
        at = clock.now() - timedelta(minutes=minutes)
        CheckInFactory(
            ticket=walks[3], result="refused", reason=reason, gate="A", scanned_at=at, scanner_id=link.id
        )
    let_in(walks[0], gate="B", device="Phone 3")
    soon = clock.now() - timedelta(minutes=3)
    let_in(walks[1], gate="Side", device="Tent", scan_id=uuid4(), scanned_at=soon, claimed="admitted")
    scan(SYSTEM, event.id, Scan(code="0" * 64, gate="A", device="Phone 1"))
    let_in(walks[2], gate="A", device="Phone 2", direction="exit")
    checkin.undo(SYSTEM, event.id, let_in(walks[25], gate="A", device="Phone 2"))


def look(page: Page, name: str) -> None:
    """Nothing sticks out, axe finds nothing; and a picture for whoever wants to look: ``SHOTS=folder``."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
    beyond = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert beyond <= 0, f"{name} is {beyond} pixels too wide"
    page.evaluate(AXE)
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")["violations"]
    assert [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found] == []


@pytest.mark.parametrize(("size_name", "size"), [("phone", PHONE), ("desktop", DESKTOP)])
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_every_page_of_the_door_fits_and_has_no_barrier(
    visit: Visit, organizer: User, event: Event, size_name: str, size: dict[str, Any], colours: str
) -> None:
    page = visit(viewport=size, color_scheme=colours, reduced_motion="reduce")
    sign_in(page, organizer)
    board = f"/organizer/events/{event.uuid}/door"
    end = f"{size_name}-{colours}"
    page.goto(board)
    look(page, f"board-empty-{end}")
    an_evening(event)
    page.goto(board)
    look(page, f"board-{end}")
    page.get_by_role("link", name="Conflicts").click()
    expect(page.get_by_role("heading", name="1 scan")).to_be_visible()
    look(page, f"conflicts-{end}")
    page.goto(board)
    page.get_by_role("link", name=re.compile("^Take back")).first.click()
    expect(page.get_by_role("heading", name="Take this admission back?")).to_be_visible()
    look(page, f"undo-{end}")
    page.goto(f"{board}/links")
    look(page, f"links-{end}")
    page.get_by_role("button", name="Make the link").click()
    page.get_by_label("Name").fill(" ")
    page.get_by_role("button", name="Make the link").click()
    expect(page.get_by_role("alert")).to_be_visible()
    look(page, f"links-wrong-{end}")
    page.get_by_label("Name").fill("North gate")
    page.get_by_role("button", name="Make the link").click()
    expect(page.get_by_role("heading", name="Link for “North gate”")).to_be_visible()
    look(page, f"link-made-{end}")
    page.get_by_role("link", name="Done").click()
    page.get_by_role("link", name="Take this link back North gate").click()
    look(page, f"revoke-{end}")


def test_a_scan_elsewhere_appears_while_one_looks(visit: Visit, organizer: User, event: Event) -> None:
    first, second, third = tickets(event, "Walkers", 3, "Zoë", "Ada", "Katherine")
    page = visit()
    sign_in(page, organizer)
    page.goto(f"/organizer/events/{event.uuid}/door")
    page.evaluate("() => { window.sameDocument = true; }")
    expect(page.get_by_text("Nothing scanned yet")).to_be_visible()
    expect(page.locator("[data-live-said]")).to_have_text("Live")

    let_in(first, gate="North")
    expect(page.get_by_text("Zoë")).to_be_visible(timeout=8_000)
    expect(page.get_by_role("status").filter(has_text="1 of 3 admitted")).to_be_attached()
    expect(page.get_by_role("cell", name="1", exact=True).first).to_be_visible()

    # Who is in the list with the keyboard is left alone, and served when they leave it.
    undo = page.get_by_role("link", name=re.compile("^Take back"))
    undo.focus()
    let_in(second)
    expect(page.locator("[data-live-said]")).to_have_text("Waiting while you are in the list", timeout=8_000)
    expect(undo).to_be_focused()
    expect(page.get_by_text("Ada")).to_have_count(0)
    page.get_by_role("searchbox", name="Name, ticket number, order number").focus()
    expect(page.get_by_text("Ada")).to_be_visible(timeout=8_000)

    # As htmx tells that no answer came.
    page.evaluate("""() => document.dispatchEvent(
        new CustomEvent("htmx:afterRequest", {detail: {successful: false}}))""")
    expect(page.locator("[data-live-said]")).to_have_text("No connection: this is not the latest")
    expect(page.locator("[data-live-said]")).to_have_text("Live", timeout=8_000)

    page.get_by_role("button", name="Pause").click()
    let_in(third)
    page.wait_for_timeout(5_000)
    expect(page.get_by_text("Katherine")).to_have_count(0)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("Katherine")).to_be_visible(timeout=8_000)
    assert page.evaluate("() => window.sameDocument") is True


def test_nothing_is_asked_for_while_nobody_looks(visit: Visit, organizer: User, event: Event) -> None:
    page = visit()
    sign_in(page, organizer)
    page.goto(f"/organizer/events/{event.uuid}/door")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/door" in request.url else None)
    hide = """hidden => {
        Object.defineProperty(document, "hidden", {configurable: true, get: () => hidden});
        document.dispatchEvent(new Event("visibilitychange"));
    }"""
    page.evaluate(hide, True)
    page.wait_for_timeout(5_000)
    assert asked == []
    page.evaluate(hide, False)
    page.wait_for_timeout(1_000)
    assert len(asked) == 1, "at once when somebody looks again"
    assert "/door/live?" in asked[0]


def test_without_scripts_there_is_a_link_to_refresh(visit: Visit, organizer: User, event: Event) -> None:
    (ticket,) = tickets(event, "Walkers", 1, "Zoë")
    page = visit(java_script_enabled=False)
    sign_in(page, organizer)
    page.goto(f"/organizer/events/{event.uuid}/door")
    expect(page.get_by_role("button", name="Pause")).to_be_hidden()
    let_in(ticket)
    page.get_by_role("link", name="Refresh").click()
    expect(page.get_by_text("Zoë")).to_be_visible()
    page.get_by_role("link", name=re.compile("^Take back")).click()
    page.get_by_role("button", name="Yes, take it back").click()
    expect(page.get_by_text("the ticket is good again")).to_be_visible()


def test_a_link_goes_to_a_helpers_phone_and_ends_when_it_is_taken_back(
    visit: Visit, organizer: User, event: Event
) -> None:
    page = visit()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sign_in(page, organizer)
    page.goto(f"/organizer/events/{event.uuid}/door")
    page.get_by_role("link", name="Scanner links").click()
    page.get_by_label("Name").fill("North gate")
    page.get_by_label("Gate", exact=False).last.fill("North")
    page.get_by_role("button", name="Make the link").click()
    address = page.get_by_label("Link", exact=True).input_value()
    (code,) = codes_in(Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB"))
    assert code == address, "what a camera reads off the screen"
    page.get_by_role("button", name="Copy the link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("() => navigator.clipboard.readText()") == address
    assert address.rpartition("/")[2] not in base64.b64decode(cookie_text(page)).decode("latin-1")

    helper = visit(address, viewport=PHONE)
    helper.get_by_label("Name of this device").fill("Kim's phone")
    helper.get_by_role("button", name="Start scanning").click()
    helper.wait_for_url(f"**/checkin/{event.uuid}/")

    page.get_by_role("link", name="Done").click()
    expect(page.get_by_role("rowheader", name="Kim's phone")).to_be_visible()
    page.get_by_role("link", name="Take this link back North gate").click()
    page.get_by_role("button", name="Yes, take it back").click()
    expect(page.get_by_text("“North gate” is taken back")).to_be_visible()
    helper.reload()
    expect(helper.get_by_role("heading", name="This scanner has ended")).to_be_visible()


def cookie_text(page: Page) -> bytes:
    """What the browser keeps for the session, readable by anybody who has it."""
    (session,) = (one["value"] for one in page.context.cookies() if one["name"] == "session")
    payload = session.split(".")[0].encode()
    return payload + b"=" * (-len(payload) % 4)
