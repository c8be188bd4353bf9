"""An organizer sees how an event sells, makes a promo code, and a visitor buys with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import barriers
from tests.browser.conftest import PHONE, sign_in
from tests.browser.test_organizer import keep
from tests.factories import (
    CheckInFactory,
    DeskOrderFactory,
    EventFactory,
    MembershipFactory,
    OrganizationFactory,
    PromoCodeFactory,
    UserFactory,
)
from tests.services.selling import paid_sale
from ticketing import clock
from ticketing.extensions import db
from ticketing.models import Event, Offer, Order, Organization, PromoCode, Ticket, User
from ticketing.models.organizations import MANAGER

pytestmark = [pytest.mark.browser, pytest.mark.one_database]
Visit = Callable[..., Page]

#: How many pixels of a chart have exactly that colour.
PIXELS = """(colour) => [...document.querySelectorAll("canvas")].map((canvas) => {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  const twin = new OffscreenCanvas(canvas.width, canvas.height);
  const copy = twin.getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const dots = copy.getImageData(0, 0, canvas.width, canvas.height).data;
  let found = 0;
  for (let at = 0; at < dots.length; at += 4)
    if (dots[at] === red && dots[at + 1] === green && dots[at + 2] === blue) found += 1;
  return found;
})"""


@pytest.fixture
def organizer(event: Event) -> User:
    """Iris, who manages the lantern walk's organization and another one."""
    user = UserFactory(email="iris@example.org", first_name="Iris", email_verified_at=clock.now())
    for organization in (db.session.get_one(Organization, event.organization_id), OrganizationFactory()):
        MembershipFactory(organization=organization, user=user, role=MANAGER)
    return user


def bars(page: Page, colour: str) -> list[int]:
    """Of each chart, once it is drawn: what has the colour of its bars."""
    page.wait_for_function(f"() => ({PIXELS})('{colour}').every((found) => found > 20)")
    return list(page.evaluate(PIXELS, colour))


def test_a_sale_is_seen_and_the_next_one_is_made_with_a_code(
    visit: Visit, organizer: User, event: Event, user: User
) -> None:
    offer = db.session.scalars(db.select(Offer).order_by(Offer.id)).first()
    paid_sale(offer=offer, number=3)
    page = visit("/", reduced_motion="reduce", color_scheme="light")
    sign_in(page, organizer)
    page.goto("/organizer/")
    today = page.locator(".figure").filter(has_text="Today")
    expect(today).to_contain_text("3 tickets")
    expect(today).to_contain_text("$78.75")
    assert len(bars(page, "#ad124e")) == 2
    page.get_by_role("button", name="Dark colours").click()
    assert len(bars(page, "#c41a5d")) == 2, "charts follow the colours of the page"
    expect(page.get_by_role("table")).to_be_hidden()
    page.get_by_text("Show as table").click()
    expect(page.get_by_role("row").last).to_contain_text("$78.75")
    page.get_by_role("link", name="Lantern Walk").click()
    page.get_by_role("link", name="Promo codes").click()
    page.get_by_role("link", name="New code for this event").first.click()
    page.get_by_role("textbox", name="Code", exact=True).fill("GLOW")
    page.get_by_label("How much").fill("20")
    page.get_by_role("button", name="Make it").dblclick()
    link = page.get_by_role("link", name=re.compile("code=GLOW"))
    expect(link).to_be_visible()
    buy_with(visit("/", viewport=PHONE), user, str(link.get_attribute("href")))
    page.goto(f"/organizer/events/{event.uuid}/")
    expect(page.get_by_role("row", name="GLOW")).to_contain_text("$5.00")
    assert db.session.query(Order.promo_code, Order.discount).filter(Order.discount > 0).one() == (
        "GLOW",
        500,
    )


def buy_with(page: Page, user: User, link: str) -> None:
    """Follow the link and buy one ticket; the code comes along."""
    sign_in(page, user)
    page.goto(link)
    page.get_by_role("button", name="One more: Walk", exact=True).click()
    page.get_by_role("button", name="Get tickets").click()
    expect(page.get_by_text("GLOW takes $5.00 off.")).to_be_visible()
    page.get_by_role("button", name="Continue to payment").click()
    page.get_by_role("button", name="Pay").click()
    page.get_by_role("button", name="Approve payment").click()
    expect(page.locator(".result")).to_be_visible()


def test_without_scripts_there_are_the_tables(visit: Visit, organizer: User, event: Event) -> None:
    paid_sale(offer=db.session.scalars(db.select(Offer)).first(), number=2)
    page = visit("/", java_script_enabled=False)
    sign_in(page, organizer)
    page.goto(f"/organizer/events/{event.uuid}/")
    expect(page.locator("canvas").first).to_be_hidden()
    expect(page.locator("#sales tbody tr").first).to_be_visible()


def filled(event: Event) -> PromoCode:
    """Sales of some days, presents, visitors, a code, things that wait."""
    offer = db.session.scalars(db.select(Offer).order_by(Offer.id)).first()
    code: PromoCode = PromoCodeFactory(organization_id=event.organization_id, code="GLOW", max_uses=9)
    for days in (0, 1, 4):
        sale = paid_sale(offer=offer, number=days + 1, code="GLOW" if days else "")
        order = db.session.get_one(Order, sale.id)
        order.confirmed_at = clock.now() - timedelta(days=days, hours=days)
    DeskOrderFactory(order=paid_sale(offer=offer, number=2).order)
    for ticket in db.session.scalars(db.select(Ticket)):
        CheckInFactory(ticket=ticket, scanned_at=clock.now() - timedelta(minutes=ticket.id * 11))
    organization = db.session.get_one(Organization, event.organization_id)
    EventFactory(organization=organization, title="An evening that is not ready yet", status="draft")
    db.session.commit()
    return code


def walk(page: Page, event: Event, code: PromoCode) -> Iterator[str]:
    """Opens each page; yields what it is."""
    codes = (
        f"/organizer/organizations/{db.session.get_one(Organization, event.organization_id).uuid}/promo-codes"
    )
    for name, address in (
        ("overview", "/organizer/"),
        ("event in figures", f"/organizer/events/{event.uuid}/"),
        ("codes", codes),
        ("no code", f"{codes}?q=nothing"),
        ("new code", f"{codes}/new"),
        ("many codes", f"{codes}/several"),
        ("code", f"/organizer/promo-codes/{code.uuid}"),
        ("codes of an event", f"/organizer/events/{event.uuid}/promo-codes"),
    ):
        page.goto(address)
        if name == "event in figures":
            page.evaluate(
                "document.querySelectorAll('.charted details').forEach((table) => (table.open = true))"
            )
        yield name
    page.goto(f"{codes}/new")
    page.get_by_role("button", name="Make it").click()
    page.wait_for_selector(".problems")
    yield "new code with mistakes"


@pytest.mark.parametrize("look", barriers.LOOKS)
def test_the_pages_fit_and_axe_finds_no_barrier(
    visit: Visit, organizer: User, event: Event, look: dict[str, Any]
) -> None:
    code = filled(event)
    page = visit(**look, reduced_motion="reduce")
    sign_in(page, organizer)
    looked: dict[str, Any] = {}
    for name in walk(page, event, code):
        keep(page, f"{name}-{look['viewport']['width']}-{look['color_scheme']}")
        looked[name] = barriers.in_the_way(page)
    assert {name: found for name, found in looked.items() if found} == {}
