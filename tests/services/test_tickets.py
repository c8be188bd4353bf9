"""What holders do with their tickets, and what makes a code good."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories import BuyerFactory, EventFactory, OfferFactory, UserFactory
from ticketing import clock
from ticketing.errors import Invalid, NotFound
from ticketing.extensions import db as extension
from ticketing.models import ActivityLog, Event, OutboxMessage, Ticket, User
from ticketing.policy import SYSTEM, Actor
from ticketing.services import accounts, checkin, orders, tickets
from ticketing.services.orders import Line, terms_for

pytestmark = pytest.mark.usefixtures("db")


def bought(buyer: Actor, **event: Any) -> Ticket:
    """One valid ticket of theirs."""
    offer = OfferFactory(event=EventFactory(**event), price=0)
    order_id = orders.place(buyer, [Line(offer.id, 1)], terms=terms_for("web")).order_id
    return extension.session.scalars(select(Ticket).where(Ticket.order_id == order_id)).one()


def code(ticket: Ticket) -> str:
    return tickets.code_of(ticket.uuid, ticket.code_version, ticket.key_version)


def test_a_code_is_64_hex_digits_that_only_the_key_can_make(app: Flask) -> None:
    ticket = bought(BuyerFactory())
    before = code(ticket)
    assert len(before) == 64
    assert set(before) <= set("0123456789abcdef")
    assert ticket.code_hash == tickets.code_hash(before)
    app.config["TICKET_SECRET_KEY"] += "x"
    try:
        assert code(ticket) != before
    finally:
        app.config["TICKET_SECRET_KEY"] = app.config["TICKET_SECRET_KEY"][:-1]


def test_tickets_stay_valid_when_the_key_is_changed(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    old = bought(BuyerFactory())
    printed = code(old)
    monkeypatch.setitem(app.config, "TICKET_SECRET_KEYS_OLD", [app.config["TICKET_SECRET_KEY"]])
    monkeypatch.setitem(app.config, "TICKET_SECRET_KEY", "another key, made this year")
    new = bought(BuyerFactory())
    assert (old.key_version, new.key_version) == (1, 2)
    assert code(old) == printed
    for ticket in (old, new):
        assert checkin.verify(SYSTEM, code(ticket)).is_admitted


def test_a_key_that_is_gone_makes_no_code(app: Flask) -> None:
    ticket = bought(BuyerFactory())
    for missing in (0, 2):
        with pytest.raises(LookupError):
            tickets.code_of(ticket.uuid, 1, missing)


def test_a_holder_says_who_comes_and_the_code_stays() -> None:
    buyer = BuyerFactory()
    ticket = bought(buyer)
    before = ticket.code_hash
    tickets.rename(buyer, ticket.uuid, name="Ada Lovelace", email="ada@example.org")
    assert (ticket.attendee_name, ticket.attendee_email) == ("Ada Lovelace", "ada@example.org")
    assert ticket.code_hash == before


def test_what_is_not_said_of_an_attendee_stays_as_it_is() -> None:
    buyer = BuyerFactory()
    ticket = bought(buyer)
    tickets.rename(buyer, ticket.uuid, name="Ada", email="ada@example.org", phone="+49 30 1")
    tickets.rename(buyer, ticket.uuid, email="lovelace@example.org")
    tickets.rename(buyer, ticket.uuid, name="")
    said = (ticket.attendee_name, ticket.attendee_email, ticket.attendee_phone)
    assert said == ("", "lovelace@example.org", "+49 30 1")


def test_the_log_knows_whether_an_attendee_changed_and_not_to_whom() -> None:
    buyer = BuyerFactory()
    ticket = bought(buyer)
    tickets.rename(buyer, ticket.uuid, phone="+49 30 1")
    tickets.rename(buyer, ticket.uuid, phone="+49 30 1")
    noted = select(ActivityLog.details).where(ActivityLog.action == "ticket_renamed").order_by(ActivityLog.id)
    assert extension.session.scalars(noted).all() == [{"changed": True}, {"changed": False}]


def test_a_ticket_that_is_passed_on_has_a_new_code_and_the_old_one_is_worth_nothing() -> None:
    buyer, friend = BuyerFactory(), UserFactory(email_verified_at=clock.now())
    ticket = bought(buyer)
    old = code(ticket)
    tickets.transfer(buyer, ticket.id, email=friend.email.upper(), name="A Friend")
    assert (ticket.user_id, ticket.code_version) == (friend.id, 2)
    with pytest.raises(Invalid):
        checkin.verify(SYSTEM, old)
    assert checkin.verify(SYSTEM, code(ticket)).is_admitted


def test_both_sides_are_told_of_a_ticket_that_is_passed_on() -> None:
    buyer = BuyerFactory()
    ticket = bought(buyer)
    tickets.transfer(buyer, ticket.id, email="new@example.org")
    told = extension.session.scalars(
        select(OutboxMessage).where(OutboxMessage.kind.like("mail.ticket%")).order_by(OutboxMessage.id)
    ).all()
    assert [(one.kind, one.payload.get("to"), one.payload.get("user_id")) for one in told] == [
        ("mail.ticket_received", "new@example.org", None),
        ("mail.ticket_passed_on", None, buyer.user_id),
    ]


def test_whoever_verifies_the_address_gets_the_ticket_that_was_passed_on_to_it() -> None:
    buyer = BuyerFactory()
    passed_on, own = bought(buyer), bought(buyer)
    tickets.transfer(buyer, passed_on.id, email="new@example.org")
    assert passed_on.user_id is None
    stranger = UserFactory(email="New@example.org")
    assert tickets.claim(stranger) == 1
    extension.session.expire_all()
    assert (passed_on.user_id, own.user_id) == (stranger.id, buyer.user_id)


def test_an_address_that_nobody_has_verified_holds_nothing() -> None:
    buyer = BuyerFactory()
    ticket = bought(buyer)
    UserFactory(email="squatter@example.org", email_verified_at=None)
    tickets.transfer(buyer, ticket.id, email="squatter@example.org")
    assert ticket.user_id is None


def test_only_the_holder_may(app: Flask) -> None:
    ticket = bought(BuyerFactory())
    for actor in (BuyerFactory(), Actor(), SYSTEM):
        with pytest.raises(NotFound):
            tickets.transfer(actor, ticket.id, email="new@example.org")
        with pytest.raises(NotFound):
            tickets.rename(actor, ticket.id, name="Nobody")


def test_a_ticket_cannot_be_passed_on_to_oneself() -> None:
    buyer = BuyerFactory()
    with pytest.raises(Invalid):
        tickets.transfer(buyer, bought(buyer).id, email=buyer.email)


@pytest.mark.parametrize("why", ["used", "cancelled", "begun", "called off"])
def test_what_is_used_void_or_begun_stays_as_it_is(why: str) -> None:
    buyer = BuyerFactory()
    ticket = bought(buyer)
    event = extension.session.get_one(Event, ticket.event_id)
    if why == "used":
        checkin.verify(SYSTEM, code(ticket))
    elif why == "cancelled":
        ticket.status = "cancelled"
    elif why == "begun":
        event.starts_at = clock.now() - timedelta(minutes=1)
    else:
        event.status = "cancelled"
    extension.session.commit()
    with pytest.raises(Invalid):
        tickets.transfer(buyer, ticket.id, email="new@example.org")
    with pytest.raises(Invalid):
        tickets.rename(buyer, ticket.id, name="Nobody")


def test_verifying_an_address_claims_what_waits_for_it() -> None:
    buyer = BuyerFactory()
    ticket = bought(buyer)
    tickets.transfer(buyer, ticket.id, email="soon@example.org")
    user: User = UserFactory(email="soon@example.org", email_verified_at=None)
    token = accounts.mint_email_token(user.id, "verify", None)
    accounts.verify_email(SYSTEM, token)
    assert ticket.user_id == user.id
