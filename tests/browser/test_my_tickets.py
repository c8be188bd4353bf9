"""A ticket on a phone: readable for a scanner in every colour, told who comes, and passed on."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, sign_in
from tests.documents.sheets import codes_in
from tests.factories import EventFactory, OfferFactory, VenueFactory
from ticketing.extensions import db
from ticketing.models import Ticket, User
from ticketing.policy import SYSTEM, Actor
from ticketing.services import checkin, orders
from ticketing.services.orders import Line, terms_for

pytestmark = [pytest.mark.browser, pytest.mark.one_database]
Visit = Callable[..., Page]


@pytest.fixture
def ticket(user: User) -> Ticket:
    """Grace's ticket for the lantern walk."""
    venue = VenueFactory(name="Harbour Hall", city="Porto")
    offer = OfferFactory(event=EventFactory(title="Lantern Walk", venue=venue), price=0)
    orders.place(Actor.of(user), [Line(offer.id, 1)], terms=terms_for("web"))
    return db.session.scalars(db.select(Ticket)).one()


def seen(page: Page) -> list[str]:
    """The codes that a scanner reads off the screen."""
    return codes_in(Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB"))


def keep(page: Page, name: str) -> None:
    """A picture for whoever wants to look: ``SHOTS=folder``."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize(("name", "size"), [("phone", PHONE), ("desktop", DESKTOP)])
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_the_code_is_read_off_the_screen(
    visit: Visit, user: User, ticket: Ticket, name: str, size: dict[str, Any], colours: str
) -> None:
    page = visit(viewport=size, color_scheme=colours)
    sign_in(page, user)
    page.goto("/tickets/")
    keep(page, f"list-{name}-{colours}")
    page.get_by_role("link", name="Show ticket").click()
    expect(page.get_by_role("heading", name="Lantern Walk")).to_be_visible()
    page.wait_for_load_state("networkidle")
    keep(page, f"ticket-{name}-{colours}")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "nothing sticks out"
    box = page.get_by_role("img", name="QR code").bounding_box()
    assert box is not None
    assert box["width"] > 250
    (code,) = seen(page)
    assert checkin.verify(SYSTEM, code).is_admitted


def test_a_ticket_is_said_and_passed_on(visit: Visit, user: User, ticket: Ticket) -> None:
    page = visit(viewport=PHONE)
    sign_in(page, user)
    page.goto(f"/tickets/{ticket.uuid}")
    page.get_by_label("Name").fill("Zoë")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("this ticket is for Zoë")).to_be_visible()
    page.get_by_role("link", name="Pass this ticket on").click()
    page.get_by_label("Their e-mail address").fill("friend@example.org")
    keep(page, "pass-on")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("you cannot take it back")).to_be_visible()
    keep(page, "pass-on-sure")
    page.get_by_role("button", name="Yes, pass it on").click()
    expect(page.get_by_text("on its way to friend@example.org")).to_be_visible()
    expect(page.get_by_role("heading", name="No tickets yet")).to_be_visible()
    keep(page, "passed-on")
