"""Events, and people who come to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

from sqlalchemy import insert, select

from tests.factories import BuyerFactory, EventFactory, OfferFactory, VenueFactory
from ticketing import clock
from ticketing.extensions import db as extension
from ticketing.models import Event, Offer, Order, OrderItem, OutboxMessage, Ticket, Venue
from ticketing.models.types import table
from ticketing.policy import Actor
from ticketing.services import orders, tickets
from ticketing.services.orders import Line, terms_for

#: Eight in the evening in Berlin.
EVENING = datetime(2029, 6, 1, 18, tzinfo=UTC)


def concert(**event: Any) -> Event:
    """A published evening in Berlin with free tickets."""
    hall = event.pop("venue", None) or extension.session.scalar(select(Venue).where(Venue.name == "Old Hall"))
    if hall is None:
        hall = VenueFactory(name="Old Hall", address="1 River Road", city="Berlin", timezone="Europe/Berlin")
    given = {"title": "Harbour Lights", "starts_at": EVENING, "timezone": "Europe/Berlin", "venue": hall}
    made = EventFactory(**(given | event))
    OfferFactory(event=made, price=0)
    return made


def comes(event: Event, buyer: Actor | None = None, *, quantity: int = 1, offers: Sequence[int] = ()) -> int:
    """Somebody has a confirmed order; its id."""
    lines = [Line(offer, quantity) for offer in offers or offers_of(event)[:1]]
    return orders.place(buyer or BuyerFactory(), lines, terms=terms_for("web")).order_id


def offers_of(event: Event) -> list[int]:
    """The ids of what can be bought."""
    return list(
        extension.session.scalars(select(Offer.id).where(Offer.event_id == event.id).order_by(Offer.id))
    )


def pass_on(buyer: Actor, order_id: int, email: str) -> int:
    """The order's first ticket goes to somebody else; its id."""
    ticket = extension.session.scalars(
        select(Ticket.id).where(Ticket.order_id == order_id, Ticket.code_version == 1).order_by(Ticket.id)
    ).first()
    assert ticket is not None
    tickets.transfer(buyer, ticket, email=email)
    return ticket


def waiting(*kinds: str) -> list[OutboxMessage]:
    """The messages of these kinds, oldest first."""
    extension.session.expire_all()
    found = select(OutboxMessage).where(OutboxMessage.kind.in_(kinds)).order_by(OutboxMessage.id)
    return list(extension.session.scalars(found))


def text_of(letter: EmailMessage, form: str = "plain") -> str:
    body = letter.get_body((form,))
    assert body is not None
    return " ".join(body.get_content().split())


def attached(letter: EmailMessage) -> dict[str, bytes]:
    return {part.get_content_type(): part.get_payload(decode=True) for part in letter.iter_attachments()}  # type: ignore[misc]


def fill(event: Event, number: int, *, confirmed_at: datetime | None = None) -> None:
    """So many confirmed orders with a ticket each, written straight into the tables."""
    (offer,) = offers_of(event)
    now = confirmed_at or clock.now() - timedelta(days=9)
    connection = extension.session
    connection.execute(insert(table(Order)), [_order(event, n, now) for n in range(number)])
    ids = list(connection.scalars(select(Order.id).where(Order.event_id == event.id).order_by(Order.id)))
    item = {"offer_id": offer, "quantity": 1, "unit_price": 0, "ticket_name": "Ticket"}
    connection.execute(insert(table(OrderItem)), [{"order_id": order, **item} for order in ids])
    items = connection.execute(select(OrderItem.id, OrderItem.order_id).where(OrderItem.order_id.in_(ids)))
    rows = [
        {
            "number": f"TKT-{item_id}",
            "order_id": order_id,
            "order_item_id": item_id,
            "position": 1,
            "event_id": event.id,
            "offer_id": offer,
            "code_hash": f"{item_id:064}",
        }
        for item_id, order_id in items
    ]
    connection.execute(insert(table(Ticket)), rows)
    connection.commit()


def _order(event: Event, number: int, now: datetime) -> dict[str, Any]:
    return {
        "number": f"ORD-{event.id}-{number}",
        "organization_id": event.organization_id,
        "event_id": event.id,
        "status": "confirmed",
        "currency": event.currency,
        "subtotal": 0,
        "amount_due": 0,
        "buyer_email": f"buyer{number}@example.org",
        "confirmed_at": now,
        "created_at": now,
        "updated_at": now,
    }
