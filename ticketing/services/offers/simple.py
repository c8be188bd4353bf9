"""Ticket types with one price: BTick's only kind, and ``simple`` ones everywhere else."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from ticketing import money
from ticketing.errors import Invalid
from ticketing.extensions import db
from ticketing.models import Event, Offer, TicketType
from ticketing.models.events import SIMPLE
from ticketing.models.offers import KINDS, STANDARD
from ticketing.policy import Actor, Permission
from ticketing.queries.keys import Key, load
from ticketing.services import activity, inventory
from ticketing.services.events import require_seen
from ticketing.services.offers.pricing import (
    check_name,
    event_to_price,
    keep_from_sale,
    minor_price,
    refresh_prices,
    refuse_ordered,
    remove,
    remove_type,
)
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
    :raises Invalid: the event was cancelled or is priced otherwise, the price does not fit it or its
        currency, or the event has a ticket type of this name.
    """
    parent = event_to_price(actor, event)
    if parent.pricing_type != SIMPLE:
        raise Invalid("other_pricing", "This event is not sold by simple ticket types.", field="event")
    name = name.strip() or KINDS[kind]
    check_name(parent.id, name)
    ticket_type = TicketType(event_id=parent.id, name=name, kind=kind, **details)
    db.session.add(ticket_type)
    quota = inventory.open_quota(parent.id, size)
    offer = Offer(ticket_type=ticket_type, event=parent, quota=quota, price=minor_price(price, parent))
    db.session.add(offer)
    db.session.flush()
    inventory.draw_on(offer.id, [quota.id, *inventory.bounds_of_offer(parent, None, is_all_days=False)])
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
        check_name(event.id, changed["name"], but=ticket_type.id)
        ticket_type.name = changed["name"]
    if "price" in changed:
        offer.price = minor_price(changed["price"], event)
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
    keep_from_sale([offer])
    refuse_ordered([offer])
    activity.record(actor, "ticket_type_deleted", offer, name=offer.full_name)
    db.session.flush()
    siblings = db.session.scalar(
        select(func.count()).select_from(Offer).where(Offer.ticket_type_id == offer.ticket_type_id)
    )
    ticket_type = offer.ticket_type
    remove([offer])
    if siblings == 1:
        remove_type(ticket_type)
    refresh_prices(event.id)
