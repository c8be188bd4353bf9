"""My tickets: what is shown at the entrance, files, who comes, and passing on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import icalendar
import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import select

from tests.documents.sheets import codes_in, pages, picture_of
from tests.factories import BuyerFactory, EventFactory, MembershipFactory, OfferFactory, UserFactory
from tests.web.conftest import browser_of
from tests.web.page import Page
from ticketing.extensions import db as extension
from ticketing.models import Event, Order, Organization, Ticket, User
from ticketing.policy import Actor
from ticketing.services import orders, tickets
from ticketing.services.orders import Line, terms_for


def bought(user: User, quantity: int = 1, **event: Any) -> list[Ticket]:
    """Free tickets of theirs, valid at once."""
    offer = OfferFactory(event=EventFactory(**event), price=0)
    placed = orders.place(Actor.of(user), [Line(offer.id, quantity)], terms=terms_for("web"))
    rows = select(Ticket).where(Ticket.order_id == placed.order_id).order_by(Ticket.id)
    return list(extension.session.scalars(rows))


def code(ticket: Ticket) -> str:
    return tickets.code_of(ticket.uuid, ticket.code_version, ticket.key_version)


def order_path(ticket: Ticket) -> str:
    return f"/bookings/{extension.session.get_one(Order, ticket.order_id).uuid}"


def test_the_list_shows_what_is_to_come_and_behind_a_link_what_is_over(
    signed_in: FlaskClient, user: User
) -> None:
    (ticket,) = bought(user, title="Harbour Lights")
    bought(UserFactory(), title="Somebody else's")
    page = Page(signed_in.get("/tickets/"))
    assert "Harbour Lights" in page.headings
    assert "Somebody else" not in page.text
    assert "Harbour Lights" not in Page(signed_in.get("/tickets/?when=past")).text
    ends_at = extension.session.get_one(Event, ticket.event_id).ends_at
    with time_machine.travel(ends_at + timedelta(minutes=1), tick=False):
        browser = browser_of(signed_in.application, user)
        assert "Harbour Lights" not in Page(browser.get("/tickets/")).text
        past = Page(browser.get("/tickets/?when=past"))
    assert "Harbour Lights" in past.headings
    assert "Expired" in past.text


def test_the_list_needs_as_many_statements_for_many_tickets_as_for_one(
    signed_in: FlaskClient, user: User, statements: Any
) -> None:
    def visit() -> int:
        with statements() as seen:
            signed_in.get("/tickets/")
        return len(seen)

    bought(user)
    few = visit()
    bought(user, 6)
    assert visit() == few <= 4


def test_the_list_has_pages(signed_in: FlaskClient, user: User) -> None:
    for _ in range(3):
        bought(user, 8)
    shown = [
        sum(words.startswith("Show ticket") for words, _href in Page(signed_in.get(path)).links)
        for path in ("/tickets/", "/tickets/?page=2", "/tickets/?page=99")
    ]
    assert shown == [20, 4, 4]


def test_without_tickets_there_is_a_way_to_events(signed_in: FlaskClient) -> None:
    assert Page(signed_in.get("/tickets/")).link("Find events") == "/events/"


def test_a_ticket_shows_its_code_from_an_address_of_its_own(signed_in: FlaskClient, user: User) -> None:
    (ticket,) = bought(user, title="Harbour Lights")
    answer = signed_in.get(f"/tickets/{ticket.uuid}")
    page = Page(answer)
    assert answer.headers["Cache-Control"] == "no-store"
    assert ticket.number in page.text
    image = next(found for tag, found in page.attributes if tag == "img" and "qr.svg" in found.get("src", ""))
    assert image["alt"] == f"QR code of ticket {ticket.number}"
    picture = signed_in.get(image["src"])
    assert picture.mimetype == "image/svg+xml"
    assert picture.headers["Cache-Control"] == "no-store"
    assert 'fill="#fff"' in picture.text
    assert code(ticket) not in page.html


def test_its_files_are_behind_links(signed_in: FlaskClient, user: User) -> None:
    (ticket,) = bought(user, title="Harbour Lights")
    page = Page(signed_in.get(f"/tickets/{ticket.uuid}"))
    pdf = signed_in.get(page.link("Ticket as PDF"))
    assert pdf.headers["Cache-Control"] == "no-store"
    assert f"harbour-lights-{ticket.number}.pdf" in pdf.headers["Content-Disposition"]
    assert codes_in(picture_of(pages(pdf.data)[0], dpi=150)) == [code(ticket)]
    (entry,) = icalendar.Calendar.from_ical(signed_in.get(page.link("Add to calendar")).data).walk("VEVENT")
    assert str(entry["url"]).endswith(f"/tickets/{ticket.uuid}")


def test_a_booking_has_all_its_tickets_in_one_file(signed_in: FlaskClient, user: User) -> None:
    first, second = bought(user, 2)
    page = Page(signed_in.get(order_path(first)))
    pdf = signed_in.get(page.link("All tickets as PDF"))
    assert [codes_in(picture_of(one, dpi=150)) for one in pages(pdf.data)] == [[code(first)], [code(second)]]
    (entry,) = icalendar.Calendar.from_ical(signed_in.get(page.link("Add to calendar")).data).walk("VEVENT")
    assert str(entry["url"]).endswith(order_path(first))


@pytest.mark.parametrize("file", ["", "/qr.svg", "/ticket.pdf", "/event.ics", "/pass-on"])
def test_the_tickets_of_others_do_not_exist(
    signed_in: FlaskClient, client: FlaskClient, db: SQLAlchemy, file: str
) -> None:
    (ticket,) = bought(UserFactory())
    assert signed_in.get(f"/tickets/{ticket.uuid}{file}").status_code == 404
    assert client.get(f"/tickets/{ticket.uuid}{file}").location.startswith("/sign-in")


@pytest.mark.parametrize("file", ["tickets.pdf", "event.ics"])
def test_the_files_of_a_booking_are_for_its_buyer_support_and_managers(app: Flask, file: str) -> None:
    (ticket,) = bought(UserFactory())
    event = extension.session.get_one(Event, ticket.event_id)
    path = f"{order_path(ticket)}/{file}"
    assert browser_of(app, UserFactory()).get(path).status_code == 404
    assert browser_of(app, UserFactory(is_support=True)).get(path).status_code == 200
    manager = UserFactory()
    MembershipFactory(
        organization=extension.session.get_one(Organization, event.organization_id),
        user=manager,
        role="MANAGER",
    )
    assert browser_of(app, manager).get(path).status_code == 200


def test_a_void_ticket_shows_no_code(signed_in: FlaskClient, user: User, db: SQLAlchemy) -> None:
    (ticket,) = bought(user)
    ticket.status = "cancelled"
    db.session.commit()
    page = Page(signed_in.get(f"/tickets/{ticket.uuid}"))
    assert "not valid any more" in page.text
    assert "qr.svg" not in page.html
    for file in ("qr.svg", "ticket.pdf"):
        assert signed_in.get(f"/tickets/{ticket.uuid}/{file}").status_code == 404
    assert signed_in.get(f"{order_path(ticket)}/tickets.pdf").status_code == 404


def test_the_holder_says_who_comes(signed_in: FlaskClient, user: User) -> None:
    (ticket,) = bought(user)
    path = f"/tickets/{ticket.uuid}"
    answer = signed_in.post(f"{path}/attendee", data={"name": " Zoë ", "email": ""}, follow_redirects=True)
    page = Page(answer)
    assert "this ticket is for Zoë" in page.text
    assert page.form(f"{path}/attendee").fields["name"] == "Zoë"
    wrong = signed_in.post(f"{path}/attendee", data={"name": "Zoë", "email": "nobody"})
    assert wrong.status_code == 400
    assert "name@example.org" in Page(wrong).text


def test_passing_on_is_asked_twice(signed_in: FlaskClient, user: User, db: SQLAlchemy) -> None:
    (ticket,) = bought(user)
    key, before = ticket.uuid, ticket.code_hash
    path = f"/tickets/{key}/pass-on"
    wrong = signed_in.post(path, data={"email": "nobody"})
    assert wrong.status_code == 400
    sure = Page(signed_in.post(path, data={"email": "friend@example.org", "name": "A Friend"}))
    assert "you cannot take it back" in sure.text
    assert db.session.scalars(select(Ticket.code_hash).where(Ticket.uuid == key)).one() == before
    form = sure.form(path)
    done = Page(signed_in.post(path, data=form.fields, follow_redirects=True))
    assert "on its way to friend@example.org" in done.text
    assert signed_in.get(f"/tickets/{key}").status_code == 404
    assert db.session.scalars(select(Ticket.code_hash).where(Ticket.uuid == key)).one() != before


def test_a_ticket_is_not_passed_on_to_oneself(signed_in: FlaskClient, user: User) -> None:
    (ticket,) = bought(user)
    answer = signed_in.post(f"/tickets/{ticket.uuid}/pass-on", data={"email": user.email, "sure": "yes"})
    assert answer.status_code == 400
    assert "yours already" in Page(answer).text


def test_what_was_used_offers_no_more_changes(signed_in: FlaskClient, user: User, db: SQLAlchemy) -> None:
    (ticket,) = bought(user)
    ticket.status, ticket.admissions = "used", 1
    db.session.commit()
    page = Page(signed_in.get(f"/tickets/{ticket.uuid}"))
    assert page.headings.count("Pass on") == 0
    answer = signed_in.post(f"/tickets/{ticket.uuid}/attendee", data={"name": "Zoë"})
    assert answer.status_code == 400
    assert "not valid any more" in Page(answer).text


def test_a_ticket_that_was_passed_on_is_not_in_the_bookings_file(signed_in: FlaskClient, user: User) -> None:
    given, kept = bought(user, 2)
    tickets.transfer(Actor.of(user), given.id, email=BuyerFactory().email)
    path = order_path(kept)
    pdf = signed_in.get(f"{path}/tickets.pdf")
    extension.session.expire_all()
    assert [codes_in(picture_of(one, dpi=150)) for one in pages(pdf.data)] == [[code(kept)]]


def test_a_booking_of_which_no_ticket_is_left_offers_no_file(signed_in: FlaskClient, user: User) -> None:
    (ticket,) = bought(user)
    path = order_path(ticket)
    tickets.transfer(Actor.of(user), ticket.id, email=BuyerFactory().email)
    assert "All tickets as PDF" not in Page(signed_in.get(path)).text
    assert signed_in.get(f"{path}/tickets.pdf").status_code == 404


def test_forms_carry_their_proof(signed_in: FlaskClient, user: User) -> None:
    (ticket,) = bought(user)
    for path in (f"/tickets/{ticket.uuid}", f"/tickets/{ticket.uuid}/pass-on"):
        forms = [form for form in Page(signed_in.get(path)).forms if form.action.startswith("/tickets/")]
        assert forms
        assert all("csrf_token" in form.fields for form in forms)


def test_the_account_menu_leads_to_the_tickets(signed_in: FlaskClient) -> None:
    assert Page(signed_in.get("/")).link("My tickets") == "/tickets/"
