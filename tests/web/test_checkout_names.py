"""Names on the tickets, typed while they are ordered."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.factories import EventFactory, OfferFactory, TicketTypeFactory
from tests.web.page import Page
from ticketing.models import Offer, Order, OrderItem, Ticket

BUYER = {"name": "Grace Hopper", "email": "grace@example.org", "phone": "", "once": "form-1"}


@pytest.fixture
def offer(db: Any) -> Offer:
    """Free tickets for the lantern walk."""
    event = EventFactory(slug="lantern-walk", title="Lantern Walk")
    kind = TicketTypeFactory(event=event, name="Walk")
    return OfferFactory(event=event, size=10, price=0, ticket_type=kind)


def send(browser: FlaskClient, offer: Offer, **typed: str) -> Any:
    """Order two tickets; ``first_name="Ada"`` is the name on the first."""
    keys = {"first": f"who-{offer.id}-1", "second": f"who-{offer.id}-2"}
    named = {f"{keys[name.split('_')[0]]}-{name.split('_')[1]}": text for name, text in typed.items()}
    return browser.post(f"/checkout/lantern-walk?offer_{offer.id}=2", data=BUYER | named)


def names(db: Any) -> list[tuple[str, str]]:
    rows = db.session.execute(
        db.select(Ticket.attendee_name, Ticket.attendee_email).order_by(Ticket.position)
    )
    return [tuple(row) for row in rows]


def test_each_ticket_carries_its_name(signed_in: FlaskClient, offer: Offer, db: Any) -> None:
    send(signed_in, offer, first_name=" Ada ", first_email="ada@example.org", second_name="Mary")
    assert names(db) == [("Ada", "ada@example.org"), ("Mary", BUYER["email"])]


def test_who_names_nobody_keeps_nothing(signed_in: FlaskClient, offer: Offer, db: Any) -> None:
    send(signed_in, offer)
    assert db.session.scalars(db.select(OrderItem.attendees)).one() == []


@pytest.mark.parametrize(("typed", "said"), [("no address", "valid e-mail address"), ("x" * 300, "too long")])
def test_what_is_wrong_is_said_at_its_ticket_and_nothing_is_lost(
    signed_in: FlaskClient, offer: Offer, db: Any, typed: str, said: str
) -> None:
    page = Page(send(signed_in, offer, first_name="Ada", second_email=typed))
    assert page.status == 400
    assert said in page.text
    assert "Have a look at the names on the tickets." in page.text
    assert 'value="Ada"' in page.html
    assert db.session.scalar(db.select(db.func.count()).select_from(Order)) == 0


def test_the_same_form_with_other_names_is_another_request(
    signed_in: FlaskClient, offer: Offer, db: Any
) -> None:
    send(signed_in, offer, first_name="Ada")
    assert send(signed_in, offer, first_name="Ada").status_code == 303
    assert send(signed_in, offer, first_name="Mary").status_code in (400, 409)
    assert db.session.scalar(db.select(db.func.count()).select_from(Order)) == 1
