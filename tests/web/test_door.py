"""The door's calls and pages: who may stand there, and what a scan is answered with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import (
    EventFactory,
    MembershipFactory,
    OfferFactory,
    OrderFactory,
    OrderItemFactory,
    TicketFactory,
    UserFactory,
)
from tests.web.conftest import browser_of
from tests.web.page import Page
from ticketing import clock
from ticketing.extensions import db as extension
from ticketing.models import CheckIn, Event, Organization, ScannerLink, Ticket
from ticketing.models.orders import CONFIRMED
from ticketing.policy import SYSTEM
from ticketing.services import checkin
from ticketing.services.tickets import code_hash, code_of

STARTS = datetime(2030, 6, 1, 18, tzinfo=UTC)


@pytest.fixture(autouse=True)
def doors_are_open(app: Flask) -> Any:
    with time_machine.travel(STARTS - timedelta(hours=1), tick=False):
        yield


@pytest.fixture
def event(app: Flask) -> Event:
    return an_event()


def an_event(**columns: Any) -> Event:
    return EventFactory(starts_at=STARTS, ends_at=STARTS + timedelta(hours=5), **columns)


def a_ticket(event: Event, offer: Any = None, **columns: Any) -> Ticket:
    order = OrderFactory(event=event, status=CONFIRMED, expires_at=None, buyer_name="Grace Hopper")
    item = OrderItemFactory(order=order, offer=offer or OfferFactory(event=event), quantity=1)
    ticket = TicketFactory(order_item=item, **{"attendee_name": "Ada Lovelace", **columns})
    ticket.code_hash = code_hash(code(ticket))
    extension.session.commit()
    return ticket


def code(ticket: Ticket) -> str:
    return code_of(ticket.uuid, ticket.code_version, ticket.key_version)


def a_link(event: Event, **more: Any) -> tuple[ScannerLink, str]:
    return checkin.create_link(SYSTEM, event.id, name="Main entrance", **more)


def a_scanner(app: Flask, event: Event, device: str = "Phone 1", **link: Any) -> FlaskClient:
    """A browser that has opened a scanner link of the event."""
    _, secret = a_link(event, **link)
    browser = app.test_client()
    answer = browser.post(f"/checkin/link/{secret}", data={"device": device})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return browser


def a_member(app: Flask, event: Event) -> FlaskClient:
    user = UserFactory()
    house = extension.session.get_one(Organization, event.organization_id)
    MembershipFactory(organization=house, user=user)
    return browser_of(app, user)


def door(event: Event, rest: str = "") -> str:
    return f"/checkin/{event.uuid}/{rest}"


def test_a_scan_is_answered_with_a_colour_a_sentence_and_whose_ticket_it_is(app: Flask, event: Event) -> None:
    ticket = a_ticket(event)
    browser = a_scanner(app, event)
    answer = browser.post(door(event, "scans"), json={"code": code(ticket)})
    assert answer.status_code == 200
    row = extension.session.query(CheckIn).one()
    assert answer.json == {
        "id": row.id,
        "result": "admitted",
        "reason": "",
        "tone": "green",
        "sentence": "Let them in",
        "before": None,
        "ticket": {
            "id": str(ticket.uuid),
            "name": "Ada Lovelace",
            "ticket_name": ticket_name(ticket),
            "number": ticket.number,
            "order": order_number(ticket),
        },
    }
    again = browser.post(door(event, "scans"), json={"code": code(ticket)}).json
    assert (again["result"], again["reason"], again["tone"]) == ("refused", "already_used", "yellow")
    assert datetime.fromisoformat(again["before"]) == clock.now()


def ticket_name(ticket: Ticket) -> str:
    from ticketing.models import OrderItem

    return extension.session.get_one(OrderItem, ticket.order_item_id).ticket_name


def order_number(ticket: Ticket) -> str:
    from ticketing.models import Order

    return extension.session.get_one(Order, ticket.order_id).number


def test_thin(app: Flask, event: Event) -> None:
    ticket = a_ticket(event)
    browser = a_scanner(app, event)
    page = browser.get(door(event))
    assert page.status_code == 200, page.text
    assert browser.get(door(event, "counts")).json["expected"] == 1
    assert browser.get(door(event, "search?q=ada")).json["tickets"][0]["name"] == "Ada Lovelace"
    assert browser.get(door(event, "recent")).json == {"scans": []}
    got = browser.get(door(event, "list"))
    assert got.status_code == 200, got.text
    print(got.headers)
    again = browser.get(door(event, "list"), headers={"If-None-Match": got.headers["ETag"]})
    assert again.status_code == 304
    sync = browser.post(
        door(event, "scans/sync"),
        json={
            "scans": [
                {
                    "code": code(ticket),
                    "scan_id": str(uuid4()),
                    "claimed": "admitted",
                    "scanned_at": clock.now().isoformat(),
                }
            ]
        },
    )
    assert sync.json["results"][0]["conflict"] is False
    number = sync.json["results"][0]["id"]
    assert browser.post(door(event, f"scans/{number}/undo")).json["result"] == "undone"
    assert browser.get("/checkin/worker.js").status_code == 200
    assert a_member(app, event).get("/checkin/").status_code == 200
    assert Page(a_member(app, event).post(door(event), data={"code": code(ticket)})).status == 200
