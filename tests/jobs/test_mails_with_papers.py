"""Mails bring tickets: through a real mail server, read back as a buyer's phone and a door's scanner do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import icalendar
import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from tests.documents.sheets import codes_in, pages, picture_of, text_of
from tests.factories import BuyerFactory, EventFactory, OfferFactory, QuotaFactory, TicketTypeFactory
from tests.factories.events import EventDayFactory
from tests.support.smtp import SmtpSink
from ticketing import clock
from ticketing.extensions import db as extension
from ticketing.jobs import outbox
from ticketing.models import Order, OutboxMessage, Ticket, User
from ticketing.policy import SYSTEM, Actor
from ticketing.services import accounts, checkin, orders, tickets
from ticketing.services.checkin.rules import Reason
from ticketing.services.orders import ItemBack, Line, terms_for
from ticketing.services.tickets import papers


def bought(buyer: Actor, *, quantity: int = 1, price: int = 0, **event: Any) -> int:
    """A confirmed order; its id."""
    made = EventFactory(**event)
    stock = QuotaFactory(event=made, size=1000)
    kind = TicketTypeFactory(event=made, name="Standing", max_purchase=1000)
    offer = OfferFactory(event=made, ticket_type=kind, quota=stock, price=price)
    terms = replace(terms_for("web"), most=1000)
    order_id = orders.place(buyer, [Line(offer.id, quantity)], terms=terms).order_id
    if price:
        orders.confirm(SYSTEM, order_id)
    return order_id


def tickets_of(order_id: int) -> list[Ticket]:
    extension.session.expire_all()
    rows = select(Ticket).where(Ticket.order_id == order_id).order_by(Ticket.id)
    return list(extension.session.scalars(rows))


def delivered(sink: SmtpSink, address: str) -> list[EmailMessage]:
    outbox.deliver_due()
    return sink.to(address)


def attached(letter: EmailMessage) -> dict[str, bytes]:
    """The files by their type."""
    return {part.get_content_type(): part.get_payload(decode=True) for part in letter.iter_attachments()}  # type: ignore[misc]


def codes(pdf: bytes) -> list[str]:
    """What a scanner reads off each page."""
    found = [codes_in(picture_of(page, dpi=150)) for page in pages(pdf)]
    assert all(len(on_page) == 1 for on_page in found), found
    return [on_page[0] for on_page in found]


def test_a_confirmation_brings_tickets_that_admit_exactly_once(app: Flask, smtp_sink: SmtpSink) -> None:
    buyer = BuyerFactory()
    order_id = bought(buyer, quantity=3, title="Harbour Lights")
    (letter,) = delivered(smtp_sink, buyer.email)
    files = attached(letter)
    assert set(files) == {"application/pdf", "text/calendar"}
    names = [part.get_filename() for part in letter.iter_attachments()]
    assert names[0].startswith("harbour-lights-")
    assert names[1] == "tickets.ics"
    assert "They are attached" in letter.get_body(("plain",)).get_content()
    read = codes(files["application/pdf"])
    assert len(set(read)) == 3
    text = text_of(pages(files["application/pdf"])[0])
    for words in ("Harbour Lights", "Standing", "Free", tickets_of(order_id)[0].number):
        assert words in text
    for code in read:
        assert checkin.verify(SYSTEM, code).is_admitted
        again = checkin.verify(SYSTEM, code)
        assert (again.is_admitted, again.reason) == (False, Reason.ALREADY_USED)


def test_the_calendar_file_says_when_and_where(app: Flask, smtp_sink: SmtpSink) -> None:
    buyer = BuyerFactory()
    starts_at = datetime(2131, 6, 1, 18, 30, tzinfo=UTC)
    order_id = bought(
        buyer,
        title="Harbour Lights",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        timezone="Europe/Berlin",
    )
    (letter,) = delivered(smtp_sink, buyer.email)
    file = icalendar.Calendar.from_ical(attached(letter)["text/calendar"])
    (entry,) = file.walk("VEVENT")
    order = extension.session.get_one(Order, order_id)
    assert str(entry["summary"]) == "Harbour Lights"
    assert entry.decoded("dtstart") == starts_at
    assert entry["status"] == "CONFIRMED"
    assert str(entry["uid"]).startswith(f"order-{order.uuid}@")


def test_what_is_not_valid_or_was_passed_on_is_not_in_the_file(app: Flask, smtp_sink: SmtpSink) -> None:
    buyer = BuyerFactory()
    order_id = bought(buyer, quantity=3, price=1000)
    given, _kept, _void = tickets_of(order_id)
    tickets.transfer(buyer, given.id, email="friend@example.org")
    item = given.order_item_id
    orders.give_back(SYSTEM, order_id, items=[ItemBack(item, 1)])
    kept = [ticket for ticket in tickets_of(order_id) if ticket.status == "active" and ticket.user_id]
    read = codes(papers.pdf_of_order(buyer, order_id).content)
    assert [tickets.code_hash(code) for code in read] == [ticket.code_hash for ticket in kept]
    assert len(read) == 1


@pytest.mark.parametrize(("language", "price"), [("en", "$25.50"), ("de", "25,50 $"), ("xx", "$25.50")])
def test_prices_are_written_in_the_language_of_the_order(app: Flask, language: str, price: str) -> None:
    buyer = BuyerFactory()
    order_id = bought(buyer, price=2550)
    extension.session.get_one(Order, order_id).language = language
    extension.session.commit()
    (page,) = pages(papers.pdf_of_order(buyer, order_id).content)
    assert price in text_of(page).replace("\u00a0", " ")


def test_a_hundred_tickets_are_led_to_instead_of_attached(app: Flask, smtp_sink: SmtpSink) -> None:
    buyer = BuyerFactory()
    bought(buyer, quantity=papers.TOO_MANY_TO_MAIL)
    (letter,) = delivered(smtp_sink, buyer.email)
    assert set(attached(letter)) == {"text/calendar"}
    assert "You find them with your booking" in letter.get_body(("plain",)).get_content()


def test_an_order_above_twenty_tickets_is_still_one_file(app: Flask, smtp_sink: SmtpSink) -> None:
    buyer = BuyerFactory()
    bought(buyer, quantity=25)
    (letter,) = delivered(smtp_sink, buyer.email)
    assert len(pages(attached(letter)["application/pdf"])) == 25


def test_day_passes_have_their_day_and_an_entry_for_each(app: Flask, smtp_sink: SmtpSink) -> None:
    starts_at = datetime(2131, 6, 1, 10, tzinfo=UTC)
    event = EventFactory(pricing_type="day_based", starts_at=starts_at, ends_at=starts_at + timedelta(days=2))
    kind = TicketTypeFactory(event=event)
    lines = []
    for number in (1, 2):
        day = EventDayFactory(
            event=event, number=number, date=(starts_at + timedelta(days=number - 1)).date()
        )
        offer = OfferFactory(event=event, ticket_type=kind, day_id=day.id, price=0)
        lines.append(Line(offer.id, 1))
    buyer = BuyerFactory()
    placed = orders.place(buyer, lines, terms=terms_for("web"))
    (letter,) = delivered(smtp_sink, buyer.email)
    shown = [text_of(page) for page in pages(attached(letter)["application/pdf"])]
    assert ["June 1, 2131" in shown[0], "June 2, 2131" in shown[1]] == [True, True]
    file = icalendar.Calendar.from_ical(attached(letter)["text/calendar"])
    begins = [entry.decoded("dtstart") for entry in file.walk("VEVENT")]
    assert begins == [starts_at, starts_at + timedelta(days=1)]
    orders.cancel(SYSTEM, placed.order_id)
    again = icalendar.Calendar.from_ical(papers.calendar_of_order(buyer, placed.order_id).content)
    gone = again.walk("VEVENT")
    assert [str(entry["uid"]) for entry in gone] == [str(entry["uid"]) for entry in file.walk("VEVENT")]
    assert {entry["status"] for entry in gone} == {"CANCELLED"}
    assert gone[0]["sequence"] >= file.walk("VEVENT")[0]["sequence"]


def test_a_ticket_that_is_passed_on_reaches_its_new_holder_and_kills_the_old_code(
    app: Flask, smtp_sink: SmtpSink
) -> None:
    buyer = BuyerFactory()
    order_id = bought(buyer)
    (letter,) = delivered(smtp_sink, buyer.email)
    (old,) = codes(attached(letter)["application/pdf"])
    tickets.transfer(buyer, tickets_of(order_id)[0].id, email="friend@example.org", name="A Friend")
    (gift,) = delivered(smtp_sink, "friend@example.org")
    files = attached(gift)
    assert set(files) == {"application/pdf"}
    (new,) = codes(files["application/pdf"])
    assert "A Friend" in text_of(pages(files["application/pdf"])[0])
    with pytest.raises(Exception, match="No ticket has this code"):
        checkin.verify(SYSTEM, old)
    assert checkin.verify(SYSTEM, new).is_admitted
    told = smtp_sink.to(buyer.email)[-1].get_body(("plain",)).get_content()
    assert "no longer yours" in told
    assert "friend@example.org" not in told
    assert not attached(smtp_sink.to(buyer.email)[-1])


def test_a_mail_that_comes_too_late_shows_nobody_the_code_of_the_next_holder(
    app: Flask, smtp_sink: SmtpSink
) -> None:
    buyer, friend = BuyerFactory(), BuyerFactory()
    accounts_verified(friend)
    order_id = bought(buyer)
    ticket = tickets_of(order_id)[0].id
    tickets.transfer(buyer, ticket, email=friend.email)
    tickets.transfer(friend, ticket, email="third@example.org")
    outbox.deliver_due()
    assert [letter for letter in smtp_sink.to(friend.email) if attached(letter)] == []
    (gift,) = smtp_sink.to("third@example.org")
    (code,) = codes(attached(gift)["application/pdf"])
    assert checkin.verify(SYSTEM, code).is_admitted


def accounts_verified(actor: Actor) -> None:
    extension.session.get_one(User, actor.user_id).email_verified_at = clock.now()
    extension.session.commit()


def test_a_ticket_that_was_cancelled_meanwhile_is_not_sent(app: Flask, smtp_sink: SmtpSink) -> None:
    buyer = BuyerFactory()
    order_id = bought(buyer)
    tickets.transfer(buyer, tickets_of(order_id)[0].id, email="friend@example.org")
    orders.cancel(SYSTEM, order_id)
    assert delivered(smtp_sink, "friend@example.org") == []


def test_whoever_verifies_the_address_later_finds_the_ticket_in_the_account(app: Flask) -> None:
    buyer = BuyerFactory()
    order_id = bought(buyer)
    tickets.transfer(buyer, tickets_of(order_id)[0].id, email="friend@example.org")
    friend = BuyerFactory(email="friend@example.org")
    user = extension.session.get_one(User, friend.user_id)
    token = accounts.mint_email_token(user.id, "verify")
    accounts.verify_email(friend, token)
    assert papers.pdf_of_ticket(friend, tickets_of(order_id)[0].id).content.startswith(b"%PDF")


def test_a_file_that_cannot_be_made_is_a_failed_attempt_and_comes_later(
    app: Flask, smtp_sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    buyer = BuyerFactory()
    bought(buyer)

    def broken(*_args: Any, **_more: Any) -> bytes:
        raise ValueError("no ink")

    with monkeypatch.context() as patched:
        patched.setattr(papers, "tickets_pdf", broken)
        assert delivered(smtp_sink, buyer.email) == []
    extension.session.expire_all()
    message = extension.session.scalars(select(OutboxMessage)).one()
    assert (message.status, message.attempts) == ("queued", 1)
    assert "no ink" in message.last_error
    with time_machine.travel(message.due_at + timedelta(seconds=1)):
        (letter,) = delivered(smtp_sink, buyer.email)
    assert "application/pdf" in attached(letter)


def test_the_papers_of_a_mail_cost_as_many_statements_for_many_tickets_as_for_one(
    app: Flask, statements: Any
) -> None:
    def asked(quantity: int) -> int:
        order_id = bought(BuyerFactory(), quantity=quantity)
        with statements() as seen:
            papers.of_order_for_mail(order_id)
        return len(seen)

    assert asked(1) == asked(8) == 3
