"""An organizer gives a ticket back and sees who comes; the pages fit every screen, colour and paper."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import barriers
from tests.browser.conftest import sign_in
from tests.browser.test_organizer import keep
from tests.factories import (
    EventFactory,
    MembershipFactory,
    OfferFactory,
    OrganizationFactory,
    TicketTypeFactory,
    UserFactory,
)
from tests.services.selling import Sale, paid_sale
from tests.support.server import Server
from ticketing import clock
from ticketing.extensions import db
from ticketing.models import Event, Organization, Ticket, User
from ticketing.models.organizations import MANAGER
from ticketing.policy import Actor

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
def sale(organization: Organization) -> Sale:
    """Grace Hopper's three tickets, one of them Ada's, who has come in."""
    event: Event = EventFactory(organization=organization, title="Lantern Walk", timezone="Europe/Lisbon")
    offer = OfferFactory(event=event, size=20, ticket_type=TicketTypeFactory(event=event, name="Walk"))
    buyer = UserFactory(email="grace@example.org", first_name="Grace", last_name="Hopper")
    made = paid_sale(offer=offer, number=3, buyer=Actor.of(buyer))
    first, second, third = db.session.scalars(db.select(Ticket).order_by(Ticket.position))
    first.attendee_name, first.attendee_email = "Ada Lovelace", "ada@example.org"
    first.status, first.admissions, first.used_at = "used", 1, clock.now()
    second.attendee_name, third.attendee_name = "Grace Hopper", "Zoë von und zu Wolkenstein-Hohenfels"
    db.session.commit()
    return made


def order_of(sale: Sale) -> str:
    return f"/organizer/orders/{sale.order.uuid}"


def walk(page: Page, sale: Sale) -> Iterator[str]:
    """Opens each page; yields what it is."""
    order = order_of(sale)
    people = f"/organizer/events/{db.session.get_one(Event, sale.offer.event_id).uuid}/attendees"
    ticket = db.session.scalars(db.select(Ticket.id).order_by(Ticket.position.desc())).first()
    for name, address in (
        ("attendees", people),
        ("nobody found", f"{people}?q=nobody"),
        ("order to refund", order),
        ("give back", f"{order}/refund"),
        ("give back, mistaken", f"{order}/refund/review?what=amount&amount=99999"),
        ("give back, no number", f"{order}/refund/review?what=tickets"),
        ("review of all", f"{order}/refund/review?what=all"),
        ("review of one", f"{order}/refund/review?what=tickets&ticket={ticket}"),
    ):
        page.goto(address)
        yield name


def test_a_ticket_is_given_back_and_the_list_says_so(visit: Visit, organizer: User, sale: Sale) -> None:
    page = visit("/")
    sign_in(page, organizer)
    page.goto(order_of(sale))
    page.get_by_role("link", name="Give back").click()
    page.get_by_role("spinbutton", name="Amount").fill("1000")
    page.get_by_role("button", name="Give this amount back").click()
    expect(page.locator("#amount-error")).to_contain_text("At most 78.75 can be refunded.")
    page.get_by_role("checkbox", name="Zoë von und zu Wolkenstein-Hohenfels").check()
    page.get_by_role("button", name="Give these tickets back").click()
    expect(page.get_by_role("heading", name="Give $25.00 back?")).to_be_visible()
    expect(page.get_by_text("1 ticket becomes void")).to_be_visible()
    expect(page.get_by_text("Zoë von und zu Wolkenstein-Hohenfels")).to_be_visible()
    page.get_by_label("Reason").fill("Ill")
    page.get_by_role("button", name="Yes, give it back").dblclick()
    expect(page.get_by_text("$25.00 goes back to the buyer.")).to_be_visible()
    assert sale.money == ("confirmed", 7875, 2500)
    assert sale.tickets == ["used", "active", "cancelled"]
    page.get_by_role("navigation", name="About this event").get_by_role("link", name="Attendees").click()
    expect(page.get_by_role("row").filter(has_text="Zoë")).to_contain_text("Cancelled")
    page.get_by_role("combobox", name="State").select_option("used")
    page.get_by_role("search").get_by_role("button", name="Search").last.click()
    expect(page.get_by_role("heading", name="1 ticket")).to_be_visible()
    page.get_by_text("Export", exact=True).click()
    with page.expect_download() as waited:
        page.get_by_role("button", name="Get the file").click()
    assert waited.value.suggested_filename.endswith("-attendees.xlsx")


def test_on_paper_there_is_the_list_alone(visit: Visit, organizer: User, sale: Sale) -> None:
    page = visit("/", viewport={"width": 794, "height": 1123})
    sign_in(page, organizer)
    assert next(walk(page, sale)) == "attendees"
    page.emulate_media(media="print")
    expect(page.get_by_role("columnheader", name="Attendee")).to_be_visible()
    expect(page.get_by_text("Ada Lovelace")).to_be_visible()
    for away in (page.get_by_text("Export", exact=True), page.get_by_role("search").last):
        expect(away).to_be_hidden()
    keep(page, "attendees-print")


@pytest.mark.parametrize("look", barriers.LOOKS)
def test_the_pages_fit_and_axe_finds_no_barrier(
    visit: Visit, organizer: User, sale: Sale, look: dict[str, Any]
) -> None:
    page = visit(**look, reduced_motion="reduce")
    sign_in(page, organizer)
    looked: dict[str, Any] = {}
    for name in walk(page, sale):
        keep(page, f"{name}-{look['viewport']['width']}-{look['color_scheme']}")
        looked[name] = barriers.in_the_way(page)
    assert {name: found for name, found in looked.items() if found} == {}
