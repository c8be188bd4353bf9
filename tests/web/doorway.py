"""What tests of the door begin with: an evening, tickets that have their codes, and devices at the door."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

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
from ticketing.extensions import db
from ticketing.models import Event, Organization, ScannerLink, Ticket
from ticketing.models.orders import CONFIRMED
from ticketing.policy import SYSTEM
from ticketing.services import checkin
from ticketing.services.tickets import code_hash, code_of

STARTS = datetime(2030, 6, 1, 18, tzinfo=UTC)


@pytest.fixture(autouse=True)
def doors_are_open(app: Flask) -> Iterator[None]:
    """It is an hour before the beginning."""
    with time_machine.travel(STARTS - timedelta(hours=1), tick=False):
        yield


@pytest.fixture(name="event")
def evening(app: Flask) -> Event:
    """An evening of five hours."""
    return an_event()


def an_event(**columns: Any) -> Event:
    """An evening; ``days=3`` makes it end two days later."""
    days = columns.pop("days", 1)
    return EventFactory(starts_at=STARTS, ends_at=STARTS + timedelta(days=days - 1, hours=5), **columns)


def a_ticket(event: Event, offer: Any = None, **columns: Any) -> Ticket:
    """Ada's ticket, which Grace has bought."""
    order = OrderFactory(
        event=event,
        status=CONFIRMED,
        expires_at=None,
        buyer_name=columns.pop("buyer_name", "Grace Hopper"),
        buyer_email=columns.pop("buyer_email", "grace@example.org"),
    )
    item = OrderItemFactory(order=order, offer=offer or OfferFactory(event=event), quantity=1)
    ticket = TicketFactory(order_item=item, **{"attendee_name": "Ada Lovelace", **columns})
    ticket.code_hash = code_hash(code(ticket))
    db.session.commit()
    return ticket


def code(ticket: Ticket) -> str:
    """What its QR carries."""
    return code_of(ticket.uuid, ticket.code_version, ticket.key_version)


def a_link(event: Event, **more: Any) -> tuple[ScannerLink, str]:
    """A scanner link and its secret."""
    return checkin.create_link(SYSTEM, event.id, **{"name": "Main entrance", **more})


def opened(app: Flask, secret: str, device: str = "Phone 1") -> tuple[FlaskClient, TestResponse]:
    """A browser that has opened this link, and what it was answered."""
    browser = app.test_client()
    answer = browser.post(f"/checkin/link/{secret}", data={"device": device})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return browser, answer


def a_scanner(app: Flask, event: Event, device: str = "Phone 1", **link: Any) -> FlaskClient:
    """A browser that has opened a new scanner link of the event."""
    return opened(app, a_link(event, **link)[1], device)[0]


def a_member(app: Flask, event: Event) -> FlaskClient:
    """The browser of somebody of the event's organization."""
    user = UserFactory()
    house = db.session.get_one(Organization, event.organization_id)
    MembershipFactory(organization=house, user=user)
    return browser_of(app, user)


def door(event: Event, rest: str = "") -> str:
    """An address at the event's door."""
    return f"/checkin/{event.uuid}/{rest}"
