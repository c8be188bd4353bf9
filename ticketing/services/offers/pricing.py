"""What every kind of offer shares: whose event it is, what a price may be, and how it is removed."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import delete, func, select, update

from ticketing.errors import Invalid
from ticketing.extensions import db
from ticketing.models import Event, Offer, OrderItem, TicketType
from ticketing.policy import Actor, Permission, allows, require
from ticketing.queries.keys import Key, load, unknown
from ticketing.services import inventory
from ticketing.services.amounts import in_minor


def event_to_price(actor: Actor, key: Key) -> Event:
    """The event that gets a new ticket type, locked.

    :raises NotAllowed: the actor does not manage the event's organization.
    :raises Invalid: there is no such event for the actor, or it was cancelled.
    """
    event = load(Event, key, lock=True, field="event")
    if actor.is_signed_in and not allows(actor, Permission.EVENT_FIND, event):
        raise unknown(Event, field="event")
    require(actor, Permission.EVENT_MANAGE, event)
    refuse_cancelled(event)
    return event


def refuse_cancelled(event: Event) -> None:
    """Go on only for an event that was not called off."""
    if event.is_cancelled:
        raise Invalid(
            "event_cancelled", "A cancelled event takes no new ticket types.", field="non_field_errors"
        )


def minor_price(price: Decimal, event: Event) -> int:
    """A price in minor units of the event's currency.

    :raises Invalid: negative, finer than the currency, or more than nothing for a free event.
    """
    minor = in_minor(price, event.currency, field="price", code="bad_price")
    if minor < 0:
        raise Invalid("bad_price", "A price is not negative.", field="price")
    if minor and event.is_free:
        raise Invalid("free_event", "This event is free: its tickets cost nothing.", field="price")
    return minor


def check_name(event_id: int, name: str, but: int | None = None) -> None:
    """Go on only if no other ticket type of the event has this name."""
    clash = select(TicketType.id).where(TicketType.event_id == event_id, TicketType.name == name)
    if db.session.scalar(clash.where(TicketType.id != (but or 0))):
        raise Invalid(
            "name_taken", "The event has a ticket type of this name already.", field="non_field_errors"
        )


def check_window(start: datetime | None, end: datetime | None) -> None:
    """Go on only if sales end after they start."""
    if start is not None and end is not None and end <= start:
        raise Invalid("bad_window", "Sales must end after they start.", field="sales_end")


def keep_from_sale(offers: list[Offer]) -> None:
    """Wait for the sales of these that are under way, and let no other begin in this transaction.

    An offer is locked before its quotas, as it is by a sale, whose order item refers to it.
    """
    ids = [offer.id for offer in offers]
    db.session.execute(select(Offer.id).where(Offer.id.in_(ids)).order_by(Offer.id).with_for_update())


def refuse_ordered(offers: list[Offer]) -> None:
    """Go on only if nobody has ever ordered any of these; their quotas are loaded."""
    if ordered_among(offers):
        raise Invalid("has_sales", "Tickets of this type were ordered; it cannot be deleted.")


def ordered_among(offers: list[Offer]) -> set[int]:
    """Ids of those that somebody has ever ordered; their quotas are loaded."""
    ids = [offer.id for offer in offers]
    ordered = select(OrderItem.offer_id).where(OrderItem.offer_id.in_(ids)).distinct()
    return {offer.id for offer in offers if offer.quota.taken} | set(db.session.scalars(ordered))


def remove(offers: list[Offer]) -> None:
    """Delete offers that nobody has ordered, with their own stock."""
    pairs = [(offer.id, offer.quota_id) for offer in offers]
    for offer in offers:
        db.session.expunge(offer)
    db.session.execute(delete(Offer).where(Offer.id.in_([offer_id for offer_id, _ in pairs])))
    for _, quota_id in sorted(pairs):
        inventory.drop_quota(quota_id)


def remove_type(ticket_type: TicketType) -> None:
    """Delete a type that has no offers any more, with its total."""
    type_id, quota_id = ticket_type.id, ticket_type.quota_id
    db.session.expunge(ticket_type)
    db.session.execute(delete(TicketType).where(TicketType.id == type_id))
    if quota_id is not None:
        inventory.drop_quota(quota_id)


def refresh_prices(event_id: int) -> None:
    """Bring the event's kept lowest and highest price up to date with what it offers."""
    on_offer = select(func.min(Offer.price), func.max(Offer.price)).where(
        Offer.event_id == event_id, Offer.is_active
    )
    lowest, highest = db.session.execute(on_offer).one()
    db.session.execute(
        update(Event).where(Event.id == event_id).values(lowest_price=lowest, highest_price=highest)
    )
