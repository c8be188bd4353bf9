"""Hosting: an event together with what it needs, found or made in one transaction.

Whose event it is, where it takes place, what kind it is; and for who thinks in seats, the one ticket type.
Texts lead to rows here: a venue's name to a venue, a category's name to a category.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import select

from ticketing import clock, money
from ticketing.errors import Invalid, said
from ticketing.extensions import db
from ticketing.models import Event, Offer, Organization, Venue
from ticketing.models.events import SIMPLE
from ticketing.policy import Actor, Permission, require
from ticketing.queries import stock
from ticketing.queries.keys import Key, load
from ticketing.services import categories, events, featuring, offers, organizations, venues
from ticketing.services.amounts import in_minor
from ticketing.transaction import transactional

#: How long an event lasts of which only the start is told.
_USUAL_LENGTH = timedelta(hours=3)


def organization_for(actor: Actor, given: Key | None = None) -> Organization:
    """Whose event it will be: the given organization's, else the first that the actor owns or manages. Staff
    without one host for the house; an organizer without one gets one.

    Within the caller's command. It is locked: events that are hosted at once look for their venues and their
    slugs one after the other.

    :raises NotAllowed: the actor is no organizer, or neither owner nor manager of the given one.
    :raises Invalid: there is no such organization.
    """
    require(actor, Permission.EVENT_HOST)
    if given is not None:
        owner = load(Organization, given, lock=True, field="organization")
        sentence = said("Only an owner or manager of the organization can create its events.")
        require(actor, Permission.EVENT_CREATE, owner, sentence)
        return owner
    mine = organizations.managed(actor)
    if mine is None:
        mine = organizations.house(actor) if actor.is_admin else organizations.own(actor)
    return load(Organization, mine.id, lock=True)


@transactional
def draft(
    actor: Actor,
    *,
    place: Mapping[str, Any] | None = None,
    venue: Key | None = None,
    organization: Key | None = None,
    category: Key | None = None,
    timezone: str | None = None,
    base_price: Decimal | None = None,
    currency: str = "",
    **details: Any,
) -> Event:
    """Draft an event whose venue is described in words (EasyTicket 003, Events), or chosen. ``place`` are
    columns of a venue, ``base_price`` is in major units, ``details`` are those of ``events.create``. A
    ``currency`` only says what the caller takes the organization's to be, and only staff feature events.

    :raises NotAllowed: see ``organization_for``.
    :raises Invalid: the times contradict each other, it would start in the past, be free at a price, be
        priced in another currency or have a category that is unknown or out of use.
    """
    owner = organization_for(actor, organization)
    zone = events.checked_zone(timezone or current_app.config["DEFAULT_TIMEZONE"])
    _refuse_other(currency, owner.currency)
    price = _minor(base_price, owner.currency)
    _refuse_priced_and_free(details.get("is_free", False), price, {"is_free"})
    return events.create(
        actor,
        organization=owner.id,
        venue=_described(actor, owner.id, place, zone) if venue is None else venue,
        category=None if category is None else categories.usable(category).id,
        timezone=timezone,
        base_price=price,
        **featuring.admissible(actor, details),
    )


@transactional
def change(actor: Actor, key: Key, *, place: Mapping[str, Any] | None = None, **changed: Any) -> Event:
    """Change an event; the keywords are those of ``draft``. A changed place leads to another venue, never to
    a changed one: other events may take place there.

    :raises NotFound: it is a stranger's draft.
    :raises NotAllowed: the actor does not manage the event's organization.
    :raises Invalid: as in ``draft``, measured against what is stored where a keyword is missing; or more is
        sold or held than the new capacity admits.
    """
    event = load(Event, key, lock=True)
    events.require_seen(actor, event, Permission.EVENT_MANAGE)
    _refuse_other(changed.pop("currency", ""), event.currency)
    if place:
        changed["venue"] = _moved(actor, event, place)
    if changed.get("category") is not None:
        changed["category"] = categories.usable(changed["category"], kept=event.category_id).id
    _refuse_past(event, changed.get("starts_at"))
    if "base_price" in changed:
        changed["base_price"] = _minor(changed["base_price"], event.currency)
    price = changed.get("base_price", event.base_price)
    _refuse_priced_and_free(changed.get("is_free", event.is_free), price, changed.keys())
    return events.update(actor, event.id, **featuring.admissible(actor, changed))


@transactional
def stage(
    actor: Actor,
    *,
    title: str,
    venue: str,
    date: date,
    time: time,
    seats: int,
    price: Decimal,
    category: Key | None = None,
    timezone: str | None = None,
    **details: Any,
) -> Event:
    """Put an event with one ticket type on sale at once (SecureTicket 002). ``date`` and ``time`` are local
    to ``timezone``, ``price`` is in major units; a venue or category of an unknown name is made.

    :raises NotAllowed: the actor is not staff.
    :raises Invalid: it would start in the past, or the price does not fit the currency.
    """
    require(actor, Permission.EVENT_STAGE)
    zone = events.checked_zone(timezone or current_app.config["DEFAULT_TIMEZONE"])
    starts_at = _moment(date, time, zone)
    event = events.create(
        actor,
        organization=organization_for(actor).id,
        venue=venues.public(actor, venue, timezone=zone).id,
        category=None if category is None else categories.usable_or_new(actor, category).id,
        title=title,
        starts_at=starts_at,
        ends_at=starts_at + _USUAL_LENGTH,
        timezone=zone,
        **details,
    )
    offers.create_simple(actor, event=event.id, price=price, size=seats)
    return events.publish(actor, event.id)


@transactional
def restage(
    actor: Actor, key: Key, *, seats: int | None = None, price: Decimal | None = None, **changed: Any
) -> Event:
    """Change an event that has one ticket type, and that; the keywords are those of ``stage``. It lasts as
    long as before.

    :raises NotFound: it is a draft, and the actor is not staff.
    :raises NotAllowed: the actor is not staff.
    :raises Invalid: as in ``stage``; fewer seats than are sold or held; or seats or a price for an event
        with several ticket types.
    """
    event = load(Event, key, lock=True)
    events.require_seen(actor, event, Permission.EVENT_STAGE)
    zone = events.checked_zone(changed.get("timezone") or event.timezone)
    changed |= _rescheduled(event, zone, changed.pop("date", None), changed.pop("time", None))
    changed["timezone"] = zone
    if "venue" in changed:
        changed["venue"] = _renamed(actor, event, changed["venue"], zone)
    if changed.get("category") is not None:
        changed["category"] = categories.usable_or_new(actor, changed["category"], kept=event.category_id).id
    if seats is not None and event.capacity is not None:
        changed["capacity"] = max(seats, event.capacity)
    events.update(actor, event.id, **changed)
    _restock(actor, event, seats, price)
    return load(Event, event.id)


def _described(actor: Actor, organization_id: int, place: Mapping[str, Any] | None, zone: str) -> int:
    """The venue that is described; what is left empty may be anything."""
    said = {column: value for column, value in (place or {}).items() if value not in ("", None)}
    return venues.private(actor, organization_id, said, timezone=zone).id


def _moved(actor: Actor, event: Event, place: Mapping[str, Any]) -> int:
    """The venue that an event has after these columns of its place have changed."""
    stored = load(Venue, event.venue_id)
    wanted = {column: getattr(stored, column) for column in venues.TEXT} | dict(place)
    if all(getattr(stored, column) == value for column, value in wanted.items()):
        return stored.id
    return venues.private(actor, event.organization_id, wanted, timezone=event.timezone).id


def _renamed(actor: Actor, event: Event, name: str, zone: str) -> int:
    stored = load(Venue, event.venue_id)
    if stored.name.lower() == name.lower():
        return stored.id
    return venues.public(actor, name, timezone=zone).id


def _moment(day: date, at: time, zone: str) -> datetime:
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)


def _rescheduled(event: Event, zone: str, day: date | None, at: time | None) -> dict[str, datetime]:
    """When an event starts and ends after its local date or time has changed."""
    local = event.starts_at.astimezone(ZoneInfo(zone)).replace(tzinfo=None, microsecond=0)
    wanted = datetime.combine(day or local.date(), at or local.time())
    if wanted == local:
        return {}
    starts_at = _moment(wanted.date(), wanted.time(), zone)
    _refuse_past(event, starts_at)
    return {"starts_at": starts_at, "ends_at": starts_at + (event.ends_at - event.starts_at)}


def _restock(actor: Actor, event: Event, seats: int | None, price: Decimal | None) -> None:
    wanted = {"size": seats, "price": price}
    known = db.session.scalars(select(Offer.id).where(Offer.event_id == event.id).limit(2)).all()
    if len(known) == 1 and event.pricing_type == SIMPLE:
        changed = {name: value for name, value in wanted.items() if value is not None}
        offers.update_simple(actor, known[0], **changed)
    elif known and not _is_as_shown(event, seats, price):
        sentence = said("This event has several ticket types: change each of them.")
        raise Invalid("several_ticket_types", sentence, field="size")
    elif not known and seats is not None and price is not None:
        offers.create_simple(actor, event=event.id, price=price, size=seats)


def _is_as_shown(event: Event, seats: int | None, price: Decimal | None) -> bool:
    """Whether seats and price are what readers of an event with several ticket types are told anyway."""
    shown = stock.seats_of([event.id])[event.id].total
    lowest = money.to_decimal(event.lowest_price or 0, event.currency)
    return seats in (None, shown) and price in (None, lowest)


def _refuse_past(event: Event, starts_at: datetime | None) -> None:
    if starts_at is not None and starts_at != event.starts_at and starts_at <= clock.now():
        raise Invalid("starts_in_past", "The start must be in the future.", field="starts_at")


def _minor(amount: Decimal | None, currency: str) -> int | None:
    """An announced price in minor units.

    :raises Invalid: it is finer than the currency, or out of bounds.
    """
    if amount is None:
        return None
    return in_minor(amount, currency, field="base_price", code="bad_price")


def _refuse_other(said: str, currency: str) -> None:
    if said and said.upper() != currency:
        sentence = f"Prices of this organization's events are in {currency}."
        raise Invalid("other_currency", sentence, field="currency")


def _refuse_priced_and_free(is_free: bool, price: int | None, named: Collection[str]) -> None:
    """A free event announces no price; the field that was sent is to blame."""
    if is_free and price:
        field = "is_free" if "is_free" in named else "base_price"
        raise Invalid("free_at_a_price", "A free event has no price.", field=field)
