"""Whole ticket types of any pricing, with a total of their own (EasyTicket 003, Tickets)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import joinedload, selectinload

from ticketing.errors import Invalid
from ticketing.extensions import db
from ticketing.models import Event, Offer, TicketType
from ticketing.models.events import DAY_BASED, SIMPLE, TIER_AND_DAY, TIERED
from ticketing.policy import Actor, Permission, require
from ticketing.queries.keys import Key, load
from ticketing.services import activity, inventory
from ticketing.services.events import require_seen
from ticketing.services.offers import parts, simple
from ticketing.services.offers.pricing import (
    check_name,
    check_window,
    event_to_price,
    keep_from_sale,
    minor_price,
    refresh_prices,
    refuse_ordered,
    remove,
    remove_type,
)
from ticketing.transaction import transactional

#: Parts as they come with a new type, by the keyword that brings them.
Parts = Sequence[dict[str, Any]]
_PARTS_OF = {"tiers": TIERED, "day_passes": DAY_BASED, "day_tier_prices": TIER_AND_DAY}
_COLUMNS = (
    "name",
    "kind",
    "description",
    "benefits",
    "sales_start_at",
    "sales_end_at",
    "min_purchase",
    "max_purchase",
    "is_active",
)
#: All that changing a type needs of it.
WITH_OFFERS = (
    selectinload(TicketType.offers).options(joinedload(Offer.quota), joinedload(Offer.day)),
    joinedload(TicketType.quota),
)


@transactional
def create_type(
    actor: Actor,
    *,
    event: Key,
    name: str,
    total_quantity: int,
    pricing_type: str | None = None,
    price: Decimal | None = None,
    tiers: Parts = (),
    day_passes: Parts = (),
    day_tier_prices: Parts = (),
    **details: Any,
) -> TicketType:
    """Add a ticket type to an event, priced as the event is; ``price`` in major units, for simple ones only.

    ``total_quantity`` bounds what is sold and held over all its parts. Parts may come along, with the
    keywords of ``create_tier``, ``create_day_pass`` and ``create_day_tier_price``.

    :raises NotAllowed: the actor does not manage the event's organization.
    :raises Invalid: the event was cancelled, the pricing type is not the event's, a price is missing or
        stands where parts have theirs, a part does not fit, or the name is taken.
    """
    require(actor, Permission.EVENT_HOST)
    parent = event_to_price(actor, event)
    given = {"tiers": tiers, "day_passes": day_passes, "day_tier_prices": day_tier_prices}
    _check_kind(parent, pricing_type)
    _check_price(parent, price)
    _check_parts(parent, given)
    _check_purchase_limits(TicketType(**details))
    if parent.pricing_type == SIMPLE and price is not None:
        offer = simple.create_simple(
            actor, event=parent.id, name=name, price=price, size=total_quantity, **details
        )
        return load(TicketType, offer.ticket_type_id, *WITH_OFFERS)
    check_name(parent.id, name)
    total = inventory.open_quota(parent.id, total_quantity, "type")
    ticket_type = TicketType(event_id=parent.id, name=name, quota_id=total.id, **details)
    db.session.add(ticket_type)
    db.session.flush()
    activity.record(actor, "ticket_type_created", ticket_type, name=name, size=total_quantity)
    parts.create_all(actor, ticket_type, given)
    return load(TicketType, ticket_type.id, *WITH_OFFERS)


@transactional
def update_type(actor: Actor, key: Key, **changed: Any) -> TicketType:
    """Change a ticket type, not its parts. Orders keep the price that they were placed at.

    :raises NotAllowed: the actor does not manage the event's organization.
    :raises Invalid: ``total_quantity`` is below what is sold or held, the name is taken, a price stands
        where parts have theirs, or it would move to another event or pricing type.
    """
    ticket_type, event = locked(actor, key)
    if "event" in changed and load(Event, changed.pop("event"), field="event").id != event.id:
        raise Invalid("event_fixed", "A ticket type stays with its event.", field="event")
    _check_kind(event, changed.pop("pricing_type", None))
    if "price" in changed:
        _check_price(event, changed["price"])
    if "name" in changed:
        check_name(event.id, changed["name"], but=ticket_type.id)
    total, price = changed.pop("total_quantity", None), changed.pop("price", None)
    columns = {column: changed[column] for column in _COLUMNS if column in changed}
    noted = activity.apply(ticket_type, columns)
    _check_purchase_limits(ticket_type)
    if price is not None:
        noted |= activity.apply(ticket_type.offers[0], {"price": minor_price(price, event)})
    db.session.flush()
    refresh_prices(event.id)
    activity.record(actor, "ticket_type_updated", ticket_type, changed=noted, size=total)
    if total is not None:
        own = ticket_type.quota or ticket_type.offers[0].quota
        inventory.resize(own.id, total, field="total_quantity")
        db.session.refresh(own)
    return ticket_type


@transactional
def delete_type(actor: Actor, key: Key) -> None:
    """Remove a ticket type that nobody has ordered, with all its parts.

    :raises NotAllowed: the actor does not manage the event's organization.
    :raises Invalid: tickets of it are or were sold or held.
    """
    ticket_type, event = locked(actor, key)
    keep_from_sale(ticket_type.offers)
    refuse_ordered(ticket_type.offers)
    activity.record(actor, "ticket_type_deleted", ticket_type, name=ticket_type.name)
    db.session.flush()
    remove(list(ticket_type.offers))
    remove_type(ticket_type)
    refresh_prices(event.id)


def locked(actor: Actor, key: Key) -> tuple[TicketType, Event]:
    """A type with its offers, and its event, which waits for no other change meanwhile.

    :raises NotFound: there is none, or it is a stranger's draft's.
    :raises NotAllowed: the actor does not manage the event's organization.
    """
    event_id = load(TicketType, key).event_id
    event = load(Event, event_id, lock=True)
    require_seen(actor, event, Permission.EVENT_MANAGE, what="ticket type")
    return load(TicketType, key, *WITH_OFFERS), event


def _check_kind(event: Event, pricing_type: str | None) -> None:
    if pricing_type not in (None, event.pricing_type):
        sentence = f"This must be '{event.pricing_type}', like its event's."
        raise Invalid("other_pricing", sentence, field="pricing_type")


def _check_price(event: Event, price: Decimal | None) -> None:
    own = event.pricing_type
    if own == SIMPLE and price is None:
        raise Invalid("price_missing", "A simple ticket type needs a price.", field="price")
    if own != SIMPLE and price is not None:
        raise Invalid("price_in_parts", f"Prices of a '{own}' type stand in its parts.", field="price")


def _check_parts(event: Event, given: dict[str, Parts]) -> None:
    own = event.pricing_type
    for field, fitting in _PARTS_OF.items():
        if given.get(field) and own != fitting:
            raise Invalid("other_pricing", f"This event is '{own}', not '{fitting}'.", field=field)


def _check_purchase_limits(ticket_type: TicketType) -> None:
    """The table's own CHECKs, in words."""
    least, most = ticket_type.min_purchase or 1, ticket_type.max_purchase or 10
    if least > most:
        raise Invalid("bad_limits", "This is more than the maximum.", field="min_purchase")
    check_window(ticket_type.sales_start_at, ticket_type.sales_end_at)
