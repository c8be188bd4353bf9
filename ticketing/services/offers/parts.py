"""Parts of a ticket type that has no single price: tiers, day passes, and cells of days and tiers.

Each is an offer with its own stock; it also draws on its type's total and, where the event has a capacity, on
what the event admits, over all or on its days (EasyTicket 003, Pricing Types Explained).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from ticketing.errors import Invalid, NotFound
from ticketing.extensions import db
from ticketing.models import Event, Offer, TicketType
from ticketing.models.events import DAY_BASED, TIER_AND_DAY, TIERED
from ticketing.policy import Actor, Permission, allows, require
from ticketing.queries.keys import Key, find, load, unknown
from ticketing.services import activity, inventory
from ticketing.services.events import require_seen
from ticketing.services.offers import days
from ticketing.services.offers.pricing import (
    check_window,
    keep_from_sale,
    minor_price,
    refresh_prices,
    refuse_cancelled,
    refuse_ordered,
    remove,
)
from ticketing.transaction import transactional


@dataclass(frozen=True, slots=True)
class Shape:
    """What a part is called, and the pricing type whose types have such parts."""

    name: str
    pricing_type: str


TIER = Shape("tier", TIERED)
DAY_PASS = Shape("day pass", DAY_BASED)
CELL = Shape("day and tier price", TIER_AND_DAY)

_WITH_PARENTS = (joinedload(Offer.ticket_type), joinedload(Offer.quota), joinedload(Offer.day))
#: How a caller's keywords are called on the row.
_PLAIN = ("tier_number", "tier_name", "sales_start_at", "sales_end_at", "is_active")


@transactional
def create_tier(
    actor: Actor,
    *,
    ticket_type: Key,
    tier_number: int,
    name: str,
    price: Decimal,
    quantity: int,
    sales_start_at: datetime | None = None,
    sales_end_at: datetime | None = None,
) -> Offer:
    """Add a price tier to a type of a tiered event. ``price`` in major units, ``quantity`` in tickets.

    :raises NotAllowed: the actor does not manage the event's organization.
    :raises Invalid: the type has no tiers, or one of this number or name; bad price or sales window.
    """
    parent, event = _parent(actor, ticket_type, TIER)
    offer = Offer(tier_number=tier_number, tier_name=name)
    offer.sales_start_at, offer.sales_end_at = sales_start_at, sales_end_at
    return _add(actor, parent, event, offer, price, quantity)


@transactional
def create_day_pass(
    actor: Actor,
    *,
    ticket_type: Key,
    name: str,
    price: Decimal,
    quantity: int,
    day_number: int | None = None,
    date: date | None = None,
    is_all_days: bool = False,
) -> Offer:
    """Add a pass for one day, or for all of them, to a type of an event that sells by the day.

    :raises NotAllowed: the actor does not manage the event's organization.
    :raises Invalid: the type has no day passes, or one of this day or name; the day is missing, or named
        where the pass is for all; its date is another in the event's programme; bad price.
    """
    parent, event = _parent(actor, ticket_type, DAY_PASS)
    offer = Offer(day_name=name, is_all_days=is_all_days)
    offer.day_id = days.day_of_pass(event, is_all_days, day_number, date, name)
    return _add(actor, parent, event, offer, price, quantity)


@transactional
def create_day_tier_price(
    actor: Actor,
    *,
    ticket_type: Key,
    day_number: int,
    day_name: str,
    tier_number: int,
    tier_name: str,
    price: Decimal,
    quantity: int,
    date: date | None = None,
    is_active: bool = True,
    sales_start_at: datetime | None = None,
    sales_end_at: datetime | None = None,
) -> Offer:
    """Add the price of a tier on a day to a type of an event that sells by both.

    :raises NotAllowed: the actor does not manage the event's organization.
    :raises Invalid: the type has no such prices, or this one already; bad price, date or sales window.
    """
    parent, event = _parent(actor, ticket_type, CELL)
    offer = Offer(tier_number=tier_number, tier_name=tier_name, day_name=day_name, is_active=is_active)
    offer.sales_start_at, offer.sales_end_at = sales_start_at, sales_end_at
    offer.day_id = days.day_numbered(event, day_number, date, day_name)
    return _add(actor, parent, event, offer, price, quantity)


_CREATORS: dict[str, Callable[..., Offer]] = {
    "tiers": create_tier,
    "day_passes": create_day_pass,
    "day_tier_prices": create_day_tier_price,
}


def create_all(actor: Actor, ticket_type: TicketType, given: Mapping[str, Sequence[dict[str, Any]]]) -> None:
    """The parts that come along with a new type."""
    for field, rows in given.items():
        for number, row in enumerate(rows):
            try:
                _CREATORS[field](actor, ticket_type=ticket_type.id, **row)
            except Invalid as refusal:
                refusal.fields = {f"{field}.{number}.{name}": said for name, said in refusal.fields.items()}
                raise


@transactional
def update_part(actor: Actor, key: Key, shape: Shape, **changed: Any) -> Offer:
    """Change a part; the keywords are those that it is created with. Orders keep the price that they were
    placed at. Its day is fixed as soon as somebody has ordered it.

    :raises NotFound: there is no such part of this shape.
    :raises NotAllowed: the actor does not manage the event's organization.
    :raises Invalid: ``quantity`` is below what is sold or held, the number or name is taken, the day can no
        longer change, or it would move to another type.
    """
    offer, event = _load(actor, key, shape)
    if "ticket_type" in changed:
        _check_type(offer, changed.pop("ticket_type"))
    if "name" in changed:
        changed["tier_name" if shape is TIER else "day_name"] = changed.pop("name")
    quantity = changed.pop("quantity", None)
    columns = {column: changed[column] for column in (*_PLAIN, "day_name") if column in changed}
    if "price" in changed:
        columns["price"] = minor_price(changed["price"], event)
    before = offer.day_id, offer.is_all_days
    columns |= days.moved(event, offer, changed)
    noted = activity.apply(offer, columns)
    check_window(offer.sales_start_at, offer.sales_end_at)
    _check_place(offer)
    if before != (offer.day_id, offer.is_all_days):
        _redraw(event, offer)
    db.session.flush()
    refresh_prices(event.id)
    activity.record(actor, "offer_updated", offer, changed=noted, size=quantity)
    if quantity is not None:
        inventory.resize(offer.quota_id, quantity, field="quantity")
        db.session.refresh(offer.quota)
    return offer


@transactional
def delete_part(actor: Actor, key: Key, shape: Shape) -> None:
    """Remove a part that nobody has ordered; its type stays.

    :raises NotFound: there is no such part of this shape.
    :raises NotAllowed: the actor does not manage the event's organization.
    :raises Invalid: tickets of it are or were sold or held.
    """
    offer, event = _load(actor, key, shape)
    keep_from_sale([offer])
    refuse_ordered([offer])
    activity.record(actor, "offer_deleted", offer, name=offer.full_name)
    db.session.flush()
    remove([offer])
    refresh_prices(event.id)


def _parent(actor: Actor, key: Key, shape: Shape) -> tuple[TicketType, Event]:
    """The type that gets a part, and its event, locked."""
    require(actor, Permission.EVENT_HOST)
    parent = load(TicketType, key, field="ticket_type")
    event = load(Event, parent.event_id, lock=True)
    if actor.is_signed_in and not allows(actor, Permission.EVENT_FIND, event):
        raise unknown(TicketType, field="ticket_type")
    require_seen(actor, event, Permission.EVENT_MANAGE, what="ticket type")
    refuse_cancelled(event)
    if event.pricing_type != shape.pricing_type:
        sentence = f"A {shape.name} needs a '{shape.pricing_type}' event; this one is '{event.pricing_type}'."
        raise Invalid("other_pricing", sentence, field="ticket_type")
    return parent, event


def _load(actor: Actor, key: Key, shape: Shape) -> tuple[Offer, Event]:
    known = find(Offer, key)
    if known is None:
        raise NotFound(shape.name)
    event = load(Event, known.event_id, lock=True)
    if event.pricing_type != shape.pricing_type:
        raise NotFound(shape.name)
    require_seen(actor, event, Permission.EVENT_MANAGE, what=shape.name)
    return load(Offer, key, *_WITH_PARENTS), event


def _add(
    actor: Actor, parent: TicketType, event: Event, offer: Offer, price: Decimal, quantity: int
) -> Offer:
    offer.ticket_type_id, offer.event_id = parent.id, event.id
    offer.price = minor_price(price, event)
    check_window(offer.sales_start_at, offer.sales_end_at)
    _check_place(offer)
    put_on_offer(event, parent, offer, quantity)
    refresh_prices(event.id)
    activity.record(actor, "offer_created", offer, price=str(price), size=quantity)
    return load(Offer, offer.id, *_WITH_PARENTS)


def put_on_offer(event: Event, parent: TicketType, offer: Offer, quantity: int) -> None:
    """Keep a new offer with a stock of its own; it draws on its type's total and on what the event admits."""
    offer.quota_id = inventory.open_quota(event.id, quantity).id
    db.session.add(offer)
    db.session.flush()
    inventory.draw_on(offer.id, _quotas_of(event, offer, parent.quota_id))


def _quotas_of(event: Event, offer: Offer, type_quota: int | None) -> list[int]:
    bounds = inventory.bounds_of_offer(event, offer.day_id, is_all_days=bool(offer.is_all_days))
    return [offer.quota_id, *([type_quota] if type_quota is not None else []), *bounds]


def _check_type(offer: Offer, key: Key) -> None:
    if load(TicketType, key, field="ticket_type").id != offer.ticket_type_id:
        raise Invalid("type_fixed", "It stays with its ticket type.", field="ticket_type")


def _redraw(event: Event, offer: Offer) -> None:
    inventory.lock_and_relink(event.id)
    db.session.refresh(offer.quota)
    try:
        refuse_ordered([offer])
    except Invalid as error:
        raise Invalid("day_fixed", "Its day is fixed: it was ordered.", field="day_number") from error
    inventory.redraw(offer.id, _quotas_of(event, offer, offer.ticket_type.quota_id))


def _check_place(offer: Offer) -> None:
    """The table's own rule of one offer a place, in words; and one a name."""
    siblings = select(Offer.id).where(
        Offer.ticket_type_id == offer.ticket_type_id, Offer.id != (offer.id or 0)
    )
    place = siblings.where(
        Offer.tier_number.is_not_distinct_from(offer.tier_number),
        Offer.day_id.is_not_distinct_from(offer.day_id),
        Offer.is_all_days.is_(bool(offer.is_all_days)),
    )
    name = siblings.where(
        Offer.tier_name == (offer.tier_name or ""), Offer.day_name == (offer.day_name or "")
    )
    with db.session.no_autoflush:
        if db.session.scalar(place):
            raise Invalid("place_taken", "The ticket type has this already.", field="non_field_errors")
        if db.session.scalar(name):
            raise Invalid("name_taken", "The ticket type has one of this name.", field="non_field_errors")
