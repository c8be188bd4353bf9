"""An organizer's message reaches everybody whom it is for, once, however often its telling breaks off."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.factories import BuyerFactory, OrganizationFactory, member_of
from tests.jobs.visits import comes, concert, text_of, waiting
from tests.support.smtp import SmtpSink
from ticketing.extensions import db as extension
from ticketing.jobs import outbox
from ticketing.models import Circular, Event, Order, OutboxMessage
from ticketing.policy import Actor
from ticketing.queries.circulars import Audience
from ticketing.services import circulars, notifications
from ticketing.services.circulars import Letter

WORDS = Letter("The doors open earlier", "We open at six.\n\nSee https://example.org/way & bring warm shoes.")
EVERYBODY = Audience()


@pytest.fixture
def event(app: Flask) -> Event:
    organization = OrganizationFactory(name="Lantern & Sons", contact_email="office@lantern.example")
    return concert(organization=organization)


@pytest.fixture
def manager(event: Event) -> Actor:
    return member_of(event.organization, "MANAGER")


def told() -> list[OutboxMessage]:
    return waiting(notifications.CIRCULAR)


def whom() -> list[tuple[int | None, str]]:
    """Of each mail: its order, and whether it is for the buyer or for a holder."""
    return [(m.order_id, "buyer" if "order_id" in m.payload else "holder") for m in told()]


def finished(circular_id: int) -> Circular:
    extension.session.expire_all()
    return extension.session.get_one(Circular, circular_id)


def test_everybody_who_comes_gets_the_mail(manager: Actor, event: Event, smtp_sink: SmtpSink) -> None:
    buyer, other = BuyerFactory(), BuyerFactory()
    order_id = comes(event, buyer, quantity=2)
    comes(event, other)
    comes(concert(title="Elsewhere"))
    outbox.deliver_due()
    circular = circulars.send(manager, event.id, WORDS, EVERYBODY)
    assert circular.total == 2
    outbox.deliver_due()
    letter = smtp_sink.to(buyer.email)[-1]
    assert letter["Subject"] == "The doors open earlier"
    assert letter["Reply-To"] == "office@lantern.example"
    number = extension.session.get_one(Order, order_id).number
    for form in ("plain", "html"):
        text = text_of(letter, form).replace("&amp;", "&")
        assert "Lantern & Sons writes to you about Harbour Lights" in text
        assert f"you have a ticket for Harbour Lights: booking {number}" in text
        assert "/bookings/" in text
    page = text_of(letter, "html")
    assert '<a href="https://example.org/way" rel="noopener"' in page
    assert "&amp; bring warm shoes" in page
    assert smtp_sink.to(other.email)[-1]["Subject"] == WORDS.subject
    assert len(told()) == 2
    done = finished(circular.id)
    assert (done.status, done.done, done.total) == ("done", 2, 2)
