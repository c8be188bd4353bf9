"""Ticket types and what they offer."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import delete as sql_delete
from sqlalchemy import func, select, update
from sqlalchemy.orm import joinedload

from ticketing import money
from ticketing.errors import Invalid
from ticketing.extensions import db
from ticketing.models import Event, Offer, OrderItem, Quota, TicketType
from ticketing.models.events import SIMPLE
from ticketing.models.offers import KINDS, STANDARD
from ticketing.policy import Actor, Permission, allows, require
from ticketing.queries.keys import Key, load, unknown
from ticketing.services import activity, inventory
from ticketing.services.events import require_seen
from ticketing.transaction import transactional

_WITH_PARENTS = (
    joinedload(Offer.ticket_type),
    joinedload(Offer.event),
    joinedload(Offer.quota),
)

#: What the activity log compares when a ticket type changes, beside price and size.
_LOGGED = ("name", "description", "kind", "sales_start_at", "sales_end_at", "is_active")


@transactional
def create_simple(
    actor: Actor,
    *,
    event: Key,
    price: Decimal,
    size: int,
    kind: str = STANDARD,
    name: str = "",
    **details: Any,
) -> Offer:
    """Add a ticket type with one price (BTick 001 §6.1). ``price`` in major units, ``size`` in tickets.

    :raises NotAllowed: the actor does not manage the event's organization.
    :raises Invalid: the event was cancelled or is priced otherwise, the price does not fit its currency, or
        the event has a ticket type of this name.
    """
    parent = load(Event, event, lock=True, field="event")
    if actor.is_signed_in and not allows(actor, Permission.EVENT_SEE, parent):
        raise unknown(Event, field="event")
    require(actor, Permission.EVENT_MANAGE, parent)
    if parent.is_cancelled:
        raise Invalid(
            "event_cancelled", "A cancelled event takes no new ticket types.", field="non_field_errors"
        )
    if parent.pricing_type != SIMPLE:
        raise Invalid("other_pricing", "This event is not sold by simple ticket types.", field="event")
    name = name.strip() or KINDS[kind]
    _check_name(parent.id, name)
    ticket_type = TicketType(event_id=parent.id, name=name, kind=kind, **details)
    db.session.add(ticket_type)
    quota = inventory.open_quota(parent.id, size)
    offer = Offer(ticket_type=ticket_type, event=parent, quota=quota, price=_minor(price, parent.currency))
    db.session.add(offer)
    db.session.flush()
    inventory.draw_on(offer.id, [quota.id, *_event_quotas(parent.id)])
    refresh_prices(parent.id)
    activity.record(actor, "ticket_type_created", offer, name=name, price=str(price), size=size)
    return offer


@transactional
def update_simple(actor: Actor, key: Key, **changed: Any) -> Offer:
    """Change a ticket type with one price. Orders keep the price that they were placed at.

    :raises NotAllowed: the actor does not manage the event's organization.
    :raises Invalid: ``size`` is below what is sold or held (BTick 001 §6.2), the name is taken, or it
        would move to another event.
    """
    offer = load(Offer, key, *_WITH_PARENTS)
    event = load(Event, offer.event_id, lock=True)
    require_seen(actor, event, Permission.EVENT_MANAGE, what="ticket")
    if "event" in changed and load(Event, changed.pop("event"), field="event").id != event.id:
        raise Invalid("event_fixed", "A ticket type stays with its event.", field="event")
    before, size, reprices = _known(offer, event.currency), changed.get("size"), "price" in changed
    _apply(offer, event, changed)
    db.session.flush()
    if reprices:
        refresh_prices(event.id)
    after = _known(offer, event.currency) | ({} if size is None else {"size": size})
    activity.record(actor, "ticket_type_updated", offer, changed=activity.changes(before, after))
    if "size" in changed:
        inventory.resize(offer.quota_id, changed["size"])
        db.session.refresh(offer.quota)
    return offer


def _known(offer: Offer, currency: str) -> dict[str, Any]:
    """What the activity log says of a ticket type that changes."""
    columns = {name: getattr(offer.ticket_type, name) for name in _LOGGED}
    return {**columns, "price": money.to_text(offer.price, currency), "size": offer.quota.size}


def _apply(offer: Offer, event: Event, changed: dict[str, Any]) -> None:
    ticket_type = offer.ticket_type
    if "kind" in changed and changed["kind"] != ticket_type.kind:
        renamed = ticket_type.name == KINDS[ticket_type.kind]
        ticket_type.kind = changed["kind"]
        if renamed:
            changed.setdefault("name", KINDS[ticket_type.kind])
    if "name" in changed and changed["name"] != ticket_type.name:
        _check_name(event.id, changed["name"], but=ticket_type.id)
        ticket_type.name = changed["name"]
    if "price" in changed:
        offer.price = _minor(changed["price"], event.currency)
    for column in ("description", "benefits", "min_purchase", "max_purchase", "is_active"):
        if column in changed:
            setattr(ticket_type, column, changed[column])
    for column in ("sales_start_at", "sales_end_at"):
        if column in changed:
            setattr(ticket_type, column, changed[column])


@transactional
def delete(actor: Actor, key: Key) -> None:
    """Remove an offer that nobody has ordered, and its ticket type with its last offer (BTick 001 §6.2).

    :raises NotAllowed: the actor does not manage the event's organization.
    :raises Invalid: tickets of it are or were sold or held.
    """
    offer = load(Offer, key, *_WITH_PARENTS)
    event = load(Event, offer.event_id, lock=True)
    require_seen(actor, event, Permission.EVENT_MANAGE, what="ticket")
    sold = offer.quota.taken
    if sold or db.session.scalar(select(OrderItem.id).where(OrderItem.offer_id == offer.id).limit(1)):
        raise Invalid("has_sales", "Tickets of this type were ordered; it cannot be deleted.")
    activity.record(actor, "ticket_type_deleted", offer, name=offer.full_name)
    db.session.flush()
    siblings = db.session.scalar(
        select(func.count()).select_from(Offer).where(Offer.ticket_type_id == offer.ticket_type_id)
    )
    ids = offer.id, offer.quota_id, offer.ticket_type_id
    db.session.expunge_all()
    db.session.execute(sql_delete(Offer).where(Offer.id == ids[0]))
    db.session.execute(sql_delete(Quota).where(Quota.id == ids[1]))
    if siblings == 1:
        db.session.execute(sql_delete(TicketType).where(TicketType.id == ids[2]))
    refresh_prices(event.id)


def refresh_prices(event_id: int) -> None:
    """Bring the event's kept lowest and highest price up to date with what it offers."""
    on_offer = select(func.min(Offer.price), func.max(Offer.price)).where(
        Offer.event_id == event_id, Offer.is_active
    )
    lowest, highest = db.session.execute(on_offer).one()
    db.session.execute(
        update(Event).where(Event.id == event_id).values(lowest_price=lowest, highest_price=highest)
    )


def _event_quotas(event_id: int) -> list[int]:
    return list(db.session.scalars(select(Quota.id).where(Quota.event_id == event_id, Quota.kind == "event")))


def _minor(price: Decimal, currency: str) -> int:
    try:
        minor = money.to_minor(price, currency)
    except ValueError as error:
        raise Invalid("bad_price", f"This is {error}.", field="price") from error
    if minor < 0:
        raise Invalid("bad_price", "A price is not negative.", field="price")
    return minor


def _check_name(event_id: int, name: str, but: int | None = None) -> None:
    clash = select(TicketType.id).where(TicketType.event_id == event_id, TicketType.name == name)
    if db.session.scalar(clash.where(TicketType.id != (but or 0))):
        raise Invalid(
            "name_taken", "The event has a ticket type of this name already.", field="non_field_errors"
        )
