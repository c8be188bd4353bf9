"""Writing a grid of prices: what goes, what is new, what changes, and then every stock in ascending order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any

from sqlalchemy import select

from ticketing.errors import Invalid, said
from ticketing.extensions import db
from ticketing.models import Event, EventDay, Offer, Quota, TicketType
from ticketing.models.events import DAY_BASED
from ticketing.policy import Actor
from ticketing.queries.keys import load
from ticketing.services import activity, inventory
from ticketing.services.offers import days
from ticketing.services.offers.layout import Grid, Price
from ticketing.services.offers.parts import put_on_offer
from ticketing.services.offers.pricing import (
    keep_from_sale,
    minor_price,
    ordered_among,
    refresh_prices,
    remove,
)
from ticketing.services.offers.types import WITH_OFFERS

#: Sentences by the field that they are about.
Problems = dict[str, list[str]]
_FREE = Decimal(0)
#: Row and column in a grid, from 0.
At = tuple[int, int]


def place(part: str, tier: int, day: int | None = None) -> str:
    """What a field of a grid is called: ``price-0-2`` is the price in the first row, third column."""
    return f"{part}-{tier}" if day is None else f"{part}-{tier}-{day}"


@dataclass(slots=True)
class _Work:
    """A grid on its way into the database; ``known`` are the type's prices by tier and day (0: all days)."""

    actor: Actor
    event: Event
    ticket_type: TicketType
    grid: Grid
    known: dict[tuple[int | None, int | None], Offer]
    problems: Problems = field(default_factory=dict)
    #: ``{quota id: (size, field)}``
    sizes: dict[int, tuple[int, str]] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)

    def stored(self, at: At) -> Offer | None:
        """The price that stands there now."""
        tier, day = self.grid.tiers[at[0]], self.grid.days[at[1]]
        return self.known.get((tier.number, 0 if day.is_all_days else day.number))

    def wished(self) -> list[tuple[At, Price, Offer | None]]:
        """Each place in the grid that holds something or shall."""
        found = [(at, price, self.stored(at)) for at, price in sorted(self.grid.prices.items())]
        return [
            (at, price, offer)
            for at, price, offer in found
            if offer is not None or not (price.is_empty or self.grid.tiers[at[0]].is_gone)
        ]


def write(actor: Actor, event: Event, type_id: int, grid: Grid, total: int | None) -> TicketType:
    """Bring a type's prices in line with a checked grid; its event is locked.

    :raises Invalid: see ``grid.save_prices``; everything that is wrong at once.
    """
    ticket_type = load(TicketType, type_id, *WITH_OFFERS)
    known = {_place_of(offer): offer for offer in ticket_type.offers}
    work = _Work(actor, event, ticket_type, grid, known)
    _remove(work)
    columns = _columns(work)
    if work.problems:
        raise Invalid.in_fields(work.problems)
    _add_and_change(work, columns)
    db.session.flush()
    _resize(work, total)
    if work.problems:
        raise Invalid.in_fields(work.problems)
    refresh_prices(event.id)
    activity.record(actor, "prices_saved", ticket_type, **work.notes)
    return load(TicketType, type_id, *WITH_OFFERS)


def _place_of(offer: Offer) -> tuple[int | None, int | None]:
    return offer.tier_number, 0 if offer.is_all_days else (offer.day.number if offer.day else None)


def _remove(work: _Work) -> None:
    """Take out what shall not be offered any more; what was ordered is told beside its price."""
    going = {
        at: offer
        for at, price, offer in work.wished()
        if offer is not None and (price.is_empty or work.grid.tiers[at[0]].is_gone)
    }
    offers = list(going.values())
    if not offers:
        return
    keep_from_sale(offers)
    ordered = ordered_among(offers)
    for at, offer in going.items():
        if offer.id in ordered:
            sentence = said("Tickets of it were ordered, so it cannot go. Take it off offer instead.")
            work.problems[place("price", *at)] = [sentence]
    if not work.problems:
        work.notes["removed"] = [_name_of(offer) for offer in offers]
        work.known = {spot: offer for spot, offer in work.known.items() if offer not in offers}
        remove(offers)


def _columns(work: _Work) -> list[int | None]:
    """The id of each column's day; days that are new and named, or priced, are added."""
    if not work.event.sells_by_the_day:
        return [None]
    of_event = select(EventDay).where(EventDay.event_id == work.event.id)
    known = {day.number: day for day in db.session.scalars(of_event)}
    ids = {number: day.id for number, day in known.items()}
    names = {day.name.casefold() for day in known.values()}
    found: list[int | None] = []
    for position, day in enumerate(work.grid.days):
        is_used = work.grid.offered(day=position)
        if day.is_all_days:
            found.append(days.day_of_pass(work.event, True, None, None, day.name) if is_used else None)
        elif day.number is None and day.name.casefold() in names and is_used:
            found.append(None)
            work.problems[place("day", position)] = [said("The event has a day of this name already.")]
        elif day.number is None and day.name:
            fresh = max(ids, default=0) + 1
            ids[fresh] = days.day_numbered(work.event, fresh, day.date, day.name)
            found.append(ids[fresh])
        else:
            found.append(ids.get(day.number or 0))
            if found[-1] is None and is_used:
                work.problems[place("day", position)] = [said("This day is no longer there.")]
    return found


def _add_and_change(work: _Work, columns: list[int | None]) -> None:
    last = max((offer.tier_number or 0 for offer in work.known.values()), default=0)
    fresh: dict[int, int] = {}
    for at, price, offer in work.wished():
        if offer is not None:
            _change(work, at, price, offer)
            continue
        tier = work.grid.tiers[at[0]]
        number = tier.number
        if number is None and work.event.pricing_type != DAY_BASED:
            number = fresh.setdefault(at[0], last + len(fresh) + 1)
        _add(work, at, price, Offer(tier_number=number, day_id=columns[at[1]]))
    for row, tier in enumerate(work.grid.tiers):
        _rename(work, row, tier.number, tier.name)


def _add(work: _Work, at: At, price: Price, offer: Offer) -> None:
    tier, day = work.grid.tiers[at[0]], work.grid.days[at[1]]
    offer.ticket_type_id, offer.event_id = work.ticket_type.id, work.event.id
    offer.tier_name, offer.day_name, offer.is_all_days = tier.name, day.name, day.is_all_days
    offer.is_active, offer.price = price.is_active, minor_price(price.price or _FREE, work.event)
    offer.sales_start_at, offer.sales_end_at = tier.sales_start_at, tier.sales_end_at
    put_on_offer(work.event, work.ticket_type, offer, price.quantity or 0)
    work.notes.setdefault("added", []).append(_name_of(offer))


def _change(work: _Work, at: At, price: Price, offer: Offer) -> None:
    tier, day = work.grid.tiers[at[0]], work.grid.days[at[1]]
    columns: dict[str, Any] = {
        "price": minor_price(price.price or _FREE, work.event),
        "is_active": price.is_active,
    }
    if not tier.keeps_window:
        columns |= {"sales_start_at": tier.sales_start_at, "sales_end_at": tier.sales_end_at}
    if day.is_all_days:
        columns["day_name"] = day.name
    noted = activity.apply(offer, columns)
    if price.quantity is not None and price.quantity != offer.quota.size:
        noted["size"] = [offer.quota.size, price.quantity]
        work.sizes[offer.quota_id] = price.quantity, place("quantity", *at)
    if noted:
        work.notes.setdefault("changed", {})[_name_of(offer)] = noted


def _rename(work: _Work, row: int, number: int | None, name: str) -> None:
    """A tier has one name, whatever its day. Another tier that the grid does not mention may have it."""
    if number is None or work.grid.tiers[row].is_gone:
        return
    mentioned = {tier.number for tier in work.grid.tiers}
    for offer in work.known.values():
        if offer.tier_number == number and offer.tier_name != name:
            noted = activity.apply(offer, {"tier_name": name})
            work.notes.setdefault("changed", {}).setdefault(_name_of(offer), {}).update(noted)
        elif offer.tier_number not in mentioned and offer.tier_name.casefold() == name.casefold():
            work.problems[place("tier", row)] = [said("Two tiers have this name.")]


def _resize(work: _Work, total: int | None) -> None:
    """Every stock that changes its size, in ascending order, the type's total among them."""
    own, wanted = work.ticket_type.quota_id, total
    if wanted is None and own is not None:
        wanted = _sum_of(work)
    if own is None and wanted is not None:
        _noting(work, partial(inventory.bound_type, work.ticket_type, wanted))
    elif own is not None and wanted is not None:
        work.sizes[own] = wanted, "total_quantity"
    for quota_id, (size, name) in sorted(work.sizes.items()):
        _noting(work, partial(inventory.resize, quota_id, size, field=name))


def _noting(work: _Work, deed: Callable[[], None]) -> None:
    try:
        deed()
    except Invalid as refusal:
        work.problems |= refusal.fields


def _sum_of(work: _Work) -> int:
    """Tickets of all the type's prices together, with the sizes that they are about to get."""
    stored = select(Offer.quota_id, Quota.size).join(Quota, Quota.id == Offer.quota_id)
    rows = db.session.execute(stored.where(Offer.ticket_type_id == work.ticket_type.id))
    return sum(work.sizes.get(quota_id, (size,))[0] for quota_id, size in rows)


def _name_of(offer: Offer) -> str:
    return " - ".join(part for part in (offer.tier_name, offer.day_name) if part) or f"#{offer.id}"
