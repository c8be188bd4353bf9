"""The box office: tickets sold at the door are shown at once, presents go by mail, lists tell them apart."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.factories import (
    EventFactory,
    MembershipFactory,
    OfferFactory,
    OrganizationFactory,
    TicketTypeFactory,
    UserFactory,
    in_days,
)
from tests.invariants.books import books_add_up  # noqa: F401 (a fixture)
from tests.services.selling import Sale
from tests.support.smtp import SmtpSink
from tests.web.conftest import browser_of
from tests.web.page import Page
from ticketing.extensions import db
from ticketing.jobs import outbox
from ticketing.models import DeskOrder, Event, Offer, Order, Organization, Quota
from ticketing.models.organizations import MANAGER, MEMBER

pytestmark = pytest.mark.usefixtures("books_add_up")


@pytest.fixture
def organization(app: Flask) -> Organization:
    return OrganizationFactory()


@pytest.fixture
def event(organization: Organization) -> Event:
    return EventFactory(organization=organization, title="Lantern Walk")


@pytest.fixture
def offer(event: Event) -> Offer:
    return OfferFactory(
        event=event, price=2500, size=10, ticket_type=TicketTypeFactory(event=event, name="Walk")
    )


@pytest.fixture
def manager(app: Flask, organization: Organization) -> FlaskClient:
    return browser_of(app, MembershipFactory(organization=organization, role=MANAGER).user)


def path(event: Event, rest: str = "") -> str:
    return f"/organizer/events/{event.uuid}/box-office{rest}"


def fill(by: FlaskClient, event: Event, rest: str = "", **typed: Any) -> dict[str, Any]:
    """The form as it is offered, with what was typed into it."""
    fields = Page(by.get(path(event, rest))).form(path(event, rest)).fields
    fields.pop("method", None)  # nothing is ticked
    return fields | typed


def made() -> list[DeskOrder]:
    db.session.expire_all()
    return list(db.session.scalars(select(DeskOrder).order_by(DeskOrder.id)))


def sold_of(offer: Offer) -> int:
    db.session.expire_all()
    return db.session.get_one(Quota, offer.quota_id).sold


def test_a_sale_at_the_door_leads_to_its_codes(manager: FlaskClient, event: Event, offer: Offer) -> None:
    orders_page = Page(manager.get(f"/organizer/events/{event.uuid}/orders"))
    assert orders_page.link("Sell at the door") == path(event)
    form = fill(manager, event, **{f"offer_{offer.id}": "2", "method": "cash"})
    answer = manager.post(path(event), data=form)
    assert answer.status_code == 303
    page = Page(manager.get(answer.location))
    for words in ("2 tickets, $50.00", "Paid in cash.", "1 of 2", "Walk"):
        assert words in page.text, words
    codes = [known for tag, known in page.attributes if tag == "img" and "QR code" in known.get("alt", "")]
    assert len({known["src"] for known in codes}) == 2
    assert all(known["src"].startswith("data:image/svg+xml;base64,") for known in codes)
    assert page.link("Next sale") == path(event)
    pdf = manager.get(page.link("Tickets as PDF"))
    assert (pdf.status_code, pdf.mimetype) == (200, "application/pdf")
    assert sold_of(offer) == 2


def test_a_present_goes_to_whom_it_is_for(
    manager: FlaskClient, event: Event, offer: Offer, smtp_sink: SmtpSink
) -> None:
    typed = {f"offer_{offer.id}": "1", "name": "Grace Hopper", "email": "grace@example.org"}
    answer = manager.post(path(event, "/free"), data=fill(manager, event, "/free", **typed))
    page = Page(manager.get(answer.location))
    assert "Given away to Grace Hopper. Sent to grace@example.org." in page.text
    outbox.deliver_due()
    assert len(smtp_sink.to("grace@example.org")) == 1


def test_a_form_that_is_sent_twice_hands_out_once(manager: FlaskClient, event: Event, offer: Offer) -> None:
    form = fill(manager, event, **{f"offer_{offer.id}": "2", "method": "card"})
    first, second = manager.post(path(event), data=form), manager.post(path(event), data=form)
    assert (first.status_code, first.location) == (303, second.location)
    assert "This form was sent before" in Page(manager.get(second.location)).text
    other = Page(manager.post(path(event), data=form | {f"offer_{offer.id}": "3"}))
    assert other.status == 400
    assert other.form(path(event)).fields["once"] != form["once"], "it can be sent now"
    assert (len(made()), sold_of(offer)) == (1, 2)


@pytest.mark.parametrize(
    ("rest", "typed", "said"),
    [
        ("", {"method": "cash"}, "Choose at least one ticket."),
        ("", {"offer": "2"}, "Say how it was paid."),
        ("", {"offer": "x", "method": "cash"}, "Enter a whole number."),
        ("", {"offer": "11", "method": "cash"}, "Only 10 tickets available for"),
        ("", {"offer": "2", "method": "cash", "email": "no address"}, "Please enter an e-mail address"),
        ("/free", {"offer": "2", "name": "", "email": "grace@example.org"}, "Enter a name."),
        ("/free", {"offer": "2", "name": "Grace", "email": ""}, "Please enter an e-mail address"),
        ("/free", {"offer": "99", "name": "Grace", "email": "g@example.org"}, "At most 50 tickets"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    manager: FlaskClient, event: Event, offer: Offer, rest: str, typed: dict[str, str], said: str
) -> None:
    sent = {f"offer_{offer.id}" if name == "offer" else name: text for name, text in typed.items()}
    page = Page(manager.post(path(event, rest), data=fill(manager, event, rest, **sent)))
    assert (page.status, said in page.text) == (400, True)
    for name, text in sent.items():
        if name != "method":
            assert page.form(path(event, rest)).fields[name] == text
    assert (made(), sold_of(offer)) == ([], 0)


def test_what_the_public_cannot_buy_is_there_and_what_is_gone_is_not(
    manager: FlaskClient, event: Event, offer: Offer
) -> None:
    crew = OfferFactory(event=event, is_active=False, ticket_type=TicketTypeFactory(event=event, name="Crew"))
    gone = OfferFactory(event=event, size=1, ticket_type=TicketTypeFactory(event=event, name="Gone"))
    Sale(offer=gone, number=1)
    page = Page(manager.get(path(event, "/free")))
    assert {f"offer-{crew.id}", f"offer-{offer.id}"} <= {*page.ids}
    assert f"offer-{gone.id}" not in page.ids
    assert "Not on sale to the public." in page.text
    assert "Sold out" in page.text
    typed = {f"offer_{crew.id}": "1", "name": "Crew", "email": "crew@example.org"}
    assert manager.post(path(event, "/free"), data=fill(manager, event, "/free", **typed)).status_code == 303


def test_orders_of_the_box_office_stand_out_and_are_found(
    manager: FlaskClient, event: Event, offer: Offer
) -> None:
    Sale(offer=offer, number=1)
    manager.post(path(event), data=fill(manager, event, **{f"offer_{offer.id}": "1", "method": "card"}))
    typed = {f"offer_{offer.id}": "1", "name": "Grace", "email": "grace@example.org"}
    manager.post(path(event, "/free"), data=fill(manager, event, "/free", **typed))
    address = f"/organizer/events/{event.uuid}/orders"
    for made_by, number in (("", 3), ("door", 1), ("complimentary", 1), ("nonsense", 3)):
        page = Page(manager.get(f"{address}?made={made_by}"))
        assert f"{number} order" in page.text, made_by
        lines = manager.get(f"{address}/orders.csv?made={made_by}").get_data(as_text=True).splitlines()
        assert len(lines) == number + 1
    door = db.session.scalars(select(Order).join(DeskOrder, DeskOrder.order_id == Order.id)).first()
    assert door is not None
    page = Page(manager.get(f"/organizer/orders/{door.uuid}"))
    for words in ("Sold at the door", "Made by Ada Person", "Card terminal", "No name given", "$25.00"):
        assert words in page.text, words
    assert page.link("Show the codes") == f"/organizer/orders/{door.uuid}/tickets"


def test_a_sale_is_handed_back_from_its_page(manager: FlaskClient, event: Event, offer: Offer) -> None:
    manager.post(path(event), data=fill(manager, event, **{f"offer_{offer.id}": "2", "method": "cash"}))
    order = db.session.get_one(Order, made()[0].order_id)
    place = f"/organizer/orders/{order.uuid}"
    page = Page(manager.get(f"{place}/refund/review?what=all"))
    assert "It was paid by hand: hand it back yourself." in page.text
    form = next(form for form in page.forms if form.action == f"{place}/refund")
    assert manager.post(f"{place}/refund", data=form.fields).status_code == 303
    db.session.expire_all()
    assert (order.status, order.amount_refunded, sold_of(offer)) == ("cancelled", 5000, 0)
    assert manager.get(f"{place}/tickets").status_code == 404


def test_only_those_who_manage_open_it(
    app: Flask,
    organization: Organization,
    event: Event,
    offer: Offer,
    client: FlaskClient,
    manager: FlaskClient,
) -> None:
    manager.post(path(event), data=fill(manager, event, **{f"offer_{offer.id}": "1", "method": "cash"}))
    codes = f"/organizer/orders/{db.session.get_one(Order, made()[0].order_id).uuid}/tickets"
    member = browser_of(app, MembershipFactory(organization=organization, role=MEMBER).user)
    assert "Sell at the door" not in Page(member.get(f"/organizer/events/{event.uuid}/orders")).text
    for by, status in (
        (member, 403),
        (browser_of(app, UserFactory()), 404),
        (browser_of(app, MembershipFactory(role=MANAGER).user), 404),
    ):
        for place in (path(event), path(event, "/free"), codes):
            assert by.get(place).status_code == status
        assert by.post(path(event), data={f"offer_{offer.id}": "1", "method": "cash"}).status_code == status
    assert client.get(path(event)).location.startswith("/sign-in")
    assert len(made()) == 1
    Sale(offer=offer, number=1)
    bought = db.session.scalars(select(Order).where(Order.channel == "web")).one()
    assert manager.get(f"/organizer/orders/{bought.uuid}/tickets").status_code == 404


@pytest.mark.parametrize(
    "columns", [{"status": "draft"}, {"status": "cancelled"}, {"starts_at": in_days(-3)}]
)
def test_what_is_not_on_show_or_over_is_not_handed_out(
    manager: FlaskClient, organization: Organization, columns: dict[str, Any]
) -> None:
    closed = OfferFactory(event=EventFactory(organization=organization, **columns), size=5)
    event = db.session.get_one(Event, closed.event_id)
    page = Page(manager.get(path(event)))
    assert "while the event is published and not over" in page.text
    assert path(event) not in [form.action for form in page.forms]
    assert "Sell at the door" not in Page(manager.get(f"/organizer/events/{event.uuid}/orders")).text
    data = {f"offer_{closed.id}": "1", "method": "cash", "once": "a"}
    assert manager.post(path(event), data=data).status_code == 400
    assert made() == []


def test_as_many_statements_however_many_offers_and_tickets(
    manager: FlaskClient, event: Event, statements: Any
) -> None:
    def visit(address: str) -> int:
        with statements() as seen:
            assert manager.get(address).status_code == 200
        return len(seen)

    def sold(number: int) -> str:
        offer = OfferFactory(event=event, size=60, ticket_type=TicketTypeFactory(event=event))
        form = fill(manager, event, **{f"offer_{offer.id}": str(number), "method": "cash"})
        return str(manager.post(path(event), data=form).location)

    few = visit(sold(5)), visit(path(event))
    for _ in range(8):
        OfferFactory(event=event)
    many = visit(sold(50)), visit(path(event))
    assert many == few
    assert max(many) <= 12
