"""Somebody pays at the door with a phone's help and walks in; the pages fit every screen and colour."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from tests.browser import barriers, door
from tests.browser.conftest import PHONE, sign_in
from tests.browser.test_organizer import keep
from tests.factories import (
    MembershipFactory,
    OfferFactory,
    OrganizationFactory,
    TicketTypeFactory,
    UserFactory,
)
from tests.services.selling import paid_sale
from tests.support.server import Server
from ticketing import clock
from ticketing.documents import qr_svg
from ticketing.extensions import db
from ticketing.models import Event, Offer, Order, Organization, Ticket, User
from ticketing.models.organizations import MANAGER
from ticketing.policy import Actor
from ticketing.services import orders
from ticketing.services.orders import Line
from ticketing.web.organizer.desk.box_office import _as_address

pytestmark = [pytest.mark.browser, pytest.mark.one_database]
Visit = Callable[..., Page]


@pytest.fixture
def organization(live_server: Server) -> Organization:
    return OrganizationFactory(name="Lantern Company")


@pytest.fixture
def organizer(organization: Organization) -> User:
    user = UserFactory(email="iris@example.org", first_name="Iris", email_verified_at=clock.now())
    MembershipFactory(organization=organization, user=user, role=MANAGER)
    return user


@pytest.fixture
def offer(organization: Organization) -> Offer:
    """Of an evening that goes on now; beside it a kind that the public cannot buy, and one that is gone."""
    event = door.an_evening(organization=organization, tickets_per_account=4)
    crew = TicketTypeFactory(
        event=event, name="Friends of the house and everybody who helps", is_active=False
    )
    OfferFactory(event=event, ticket_type=crew, size=5)
    gone = OfferFactory(event=event, ticket_type=TicketTypeFactory(event=event, name="Supper"), size=1)
    paid_sale(offer=gone, number=1)
    made: Offer = OfferFactory(event=event, ticket_type=TicketTypeFactory(event=event, name="Walk"), size=20)
    return made


@pytest.fixture
def doors(live_server: Server, app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[door.Doors]:
    """Scanner pages of the running shop."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    with door.watched(live_server) as made:
        yield made


def event_of(offer: Offer) -> Event:
    return db.session.get_one(Event, offer.event_id)


def test_who_pays_at_the_door_is_shown_a_code_that_lets_them_in(
    visit: Visit, organizer: User, offer: Offer, chromium: Browser, doors: door.Doors
) -> None:
    page = visit("/", viewport=PHONE)
    sign_in(page, organizer)
    page.goto(f"/organizer/events/{event_of(offer).uuid}/orders")
    page.get_by_role("link", name="Sell at the door").click()
    for _ in range(2):
        page.get_by_role("button", name="One more: Walk", exact=True).click()
    expect(page.locator("[data-total]")).to_have_text("$50.00")
    page.get_by_role("button", name="Paid: make the tickets").click()
    expect(page.locator("#method-error")).to_contain_text("Say how it was paid.")
    expect(page.get_by_role("spinbutton", name="Walk", exact=True)).to_have_value("2")
    page.get_by_role("radio", name="Cash").check(force=True)
    page.get_by_role("button", name="Paid: make the tickets").dblclick()
    expect(page.get_by_role("heading", name="2 tickets, $50.00")).to_be_visible()
    sold = db.session.scalars(db.select(Ticket).join(Order).where(Order.channel == "door")).all()
    first = door.code(sold[0])
    expect(page.get_by_role("img", name=f"QR code of ticket {sold[0].number}")).to_have_attribute(
        "src", _as_address(qr_svg(first))
    )
    assert len(sold) == 2, "a double click sells once"
    scanner = door.ready(doors.open(chromium, event_of(offer)))
    door.check(scanner, first)
    door.expect_answer(scanner, "green", "Let in", "Walk")
    page.get_by_role("link", name="Next sale").click()
    expect(page.get_by_role("spinbutton", name="Walk", exact=True)).to_have_value("0")


def walk(page: Page, offer: Offer, organizer: User) -> Iterator[str]:
    """Opens each page; yields what it is."""
    event = event_of(offer)
    desk = f"/organizer/events/{event.uuid}/box-office"
    actor = Actor.of(organizer)
    sold = orders.sell(actor, event.id, [Line(offer.id, 3)], method="card")
    orders.note(actor, sold.order_id, "Waits at the side door.\nCalls himself Robin.")
    for name, address in (
        ("orders", f"/organizer/events/{event.uuid}/orders"),
        ("box office", desk),
        ("giving away", f"{desk}/free"),
        ("codes", f"/organizer/orders/{sold.uuid}/tickets"),
        ("order of the door", f"/organizer/orders/{sold.uuid}"),
    ):
        page.goto(address)
        yield name
    page.goto(f"{desk}/free")
    page.get_by_role("button", name="Give these tickets away").click()
    page.wait_for_selector(".problems")
    yield "giving away, mistaken"


def returning(page: Page, organizer: User, organization: Organization) -> Iterator[str]:
    """A buyer's way to returning tickets of an event that was moved."""
    offer = OfferFactory(event__organization=organization, event__title="Night of Stories", size=9)
    sale = paid_sale(offer=offer, number=3, buyer=Actor.of(organizer))
    event_of(offer).moved_at = clock.now()
    names = ("Ada Lovelace", "Zoë von und zu Wolkenstein-Hohenfels", "")
    for ticket, name in zip(
        db.session.scalars(db.select(Ticket).filter_by(order_id=sale.id)), names, strict=True
    ):
        ticket.attendee_name = name
    db.session.commit()
    page.goto(f"/bookings/{sale.order.uuid}")
    yield "moved"
    page.get_by_role("link", name="Return tickets").first.click()
    page.get_by_role("checkbox", name=re.compile("Ada")).check()
    yield "return"
    page.get_by_role("button", name="Go on").click()
    yield "return, once more"


@pytest.mark.parametrize("look", barriers.LOOKS)
def test_the_pages_fit_and_axe_finds_no_barrier(
    visit: Visit, organizer: User, organization: Organization, offer: Offer, look: dict[str, Any]
) -> None:
    page = visit(**look, reduced_motion="reduce")
    sign_in(page, organizer)
    looked: dict[str, Any] = {}
    for name in itertools.chain(walk(page, offer, organizer), returning(page, organizer, organization)):
        keep(page, f"{name}-{look['viewport']['width']}-{look['color_scheme']}")
        looked[name] = barriers.in_the_way(page)
    assert {name: found for name, found in looked.items() if found} == {}
