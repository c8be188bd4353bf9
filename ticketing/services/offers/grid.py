"""All prices of a ticket type at once, as its organizer writes them: tiers are rows, days are columns.

A type that has tiers only has one column, one that sells by the day only has one row. What a grid does not
mention stays as it is.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from ticketing.errors import Conflict, Invalid, said
from ticketing.models import Event, TicketType
from ticketing.models.events import DAY_BASED, SIMPLE
from ticketing.policy import Actor
from ticketing.queries import prices
from ticketing.queries.keys import Key, load
from ticketing.services import idempotency
from ticketing.services.idempotency import Idempotency
from ticketing.services.offers import writing
from ticketing.services.offers.layout import Grid, Price
from ticketing.services.offers.pricing import check_window, event_to_price, minor_price, refuse_cancelled
from ticketing.services.offers.types import WITH_OFFERS, create_type, locked, update_type
from ticketing.transaction import transactional


@transactional
def create_priced(
    actor: Actor,
    *,
    event: Key,
    name: str,
    grid: Grid,
    total_quantity: int | None = None,
    once: Idempotency | None = None,
    **details: Any,
) -> TicketType:
    """Add a ticket type with all its prices to an event that has tiers or days. ``details`` are those of
    ``create_type``. Without a total, as many can be sold as all its prices have together. ``once`` makes a
    repeated call find the first type.

    :raises NotAllowed: the actor does not manage the event's organization.
    :raises Invalid: as ``create_type``, and as ``save_prices``.
    """
    if once is not None and (known := idempotency.claim(actor, once)) is not None:
        return load(TicketType, known, *WITH_OFFERS)
    parent = event_to_price(actor, event)
    problems = _problems_of(parent, grid)
    try:
        made = create_type(actor, event=parent.id, name=name, total_quantity=total_quantity or 0, **details)
    except Invalid as refusal:
        _note(problems, refusal)
    if problems:
        raise Invalid.in_fields(problems)
    return _written(actor, parent, made.id, grid, total_quantity, once)


@transactional
def save_prices(
    actor: Actor,
    key: Key,
    *,
    version: str,
    grid: Grid,
    total_quantity: int | None = None,
    once: Idempotency | None = None,
    **details: Any,
) -> TicketType:
    """Change a ticket type and its prices, all or nothing. ``version`` is that of the sheet that the grid was
    written on; ``details`` are those of ``update_type``. Orders keep the price that they were placed at.
    Without a total, as many can be sold as all its prices have together. A call that is repeated with the
    same ``once`` changes nothing.

    :raises NotFound: there is no such type, or it is a stranger's draft's.
    :raises NotAllowed: the actor does not manage the event's organization.
    :raises Conflict: it was changed since the sheet was read.
    :raises Invalid: the event was cancelled or has one price a type; a price or a number is missing, wrong,
        or less than what is sold or held; a price that was ordered would go; tiers or days have the same
        name, or none; a day is no longer there; or as ``update_type``. The fields are called as
        ``writing.place`` says.
    """
    if once is not None and (known := idempotency.claim(actor, once)) is not None:
        return load(TicketType, known, *WITH_OFFERS)
    ticket_type, event = locked(actor, key)
    refuse_cancelled(event)
    if prices.sheet(event.id, ticket_type.id).version != version:
        raise Conflict(
            "stale",
            "Somebody has changed this since you opened it. What is saved now stands beside what you typed.",
        )
    problems = _problems_of(event, grid)
    changed = {name: value for name, value in details.items() if getattr(ticket_type, name) != value}
    try:
        if changed:
            update_type(actor, ticket_type.id, **changed)
    except Invalid as refusal:
        _note(problems, refusal)
    if problems:
        raise Invalid.in_fields(problems)
    return _written(actor, load(Event, event.id), ticket_type.id, grid, total_quantity, once)


def _written(
    actor: Actor, event: Event, type_id: int, grid: Grid, total: int | None, once: Idempotency | None
) -> TicketType:
    written = writing.write(actor, event, type_id, grid, total)
    if once is not None:
        idempotency.point_at(actor, once, type_id)
    return written


def _note(problems: writing.Problems, refusal: Invalid) -> None:
    if refusal.code == "name_taken":
        refusal.fields = {"name": [refusal.sentence]}
    for name, sentences in refusal.fields.items():
        problems.setdefault(name, []).extend(sentences)


def _problems_of(event: Event, grid: Grid) -> writing.Problems:
    """What is wrong with a grid by itself, by field."""
    if event.pricing_type == SIMPLE:
        raise Invalid("other_pricing", "This event has one price per ticket type.", field="non_field_errors")
    problems: writing.Problems = {}
    for number, tier in enumerate(grid.tiers):
        try:
            check_window(tier.sales_start_at, tier.sales_end_at)
        except Invalid as refusal:
            problems[writing.place("end", number)] = [refusal.sentence]
    for at, price in grid.prices.items():
        if not (price.is_empty or grid.tiers[at[0]].is_gone):
            _check_price(event, at, price, problems)
    if event.pricing_type != DAY_BASED:
        _check_tiers(grid, problems)
    if event.sells_by_the_day:
        _check_days(grid, problems)
    return problems


def _check_price(event: Event, at: tuple[int, int], price: Price, problems: writing.Problems) -> None:
    if price.price is None:
        problems[writing.place("price", *at)] = [
            said("Give it a price, 0 if it is free; or leave both empty.")
        ]
    else:
        try:
            minor_price(price.price, event)
        except Invalid as refusal:
            problems[writing.place("price", *at)] = [refusal.sentence]
    if price.quantity is None:
        problems[writing.place("quantity", *at)] = [said("Say how many there are; or leave both empty.")]
    elif price.quantity < 0:
        problems[writing.place("quantity", *at)] = [said("This is at least 0.")]


def _check_tiers(grid: Grid, problems: writing.Problems) -> None:
    names = Counter(tier.name.casefold() for tier in grid.tiers if not tier.is_gone)
    for number, tier in enumerate(grid.tiers):
        if tier.is_gone:
            continue
        if not tier.name and (tier.number is not None or grid.offered(tier=number)):
            problems[writing.place("tier", number)] = [said("Please name this tier.")]
        elif tier.name and names[tier.name.casefold()] > 1:
            problems[writing.place("tier", number)] = [said("Two tiers have this name.")]
        elif tier.name and tier.number is None and not grid.offered(tier=number):
            problems[writing.place("tier", number)] = [said("Nothing is offered in this tier yet.")]


def _check_days(grid: Grid, problems: writing.Problems) -> None:
    names = Counter(day.name.casefold() for day in grid.days)
    for number, day in enumerate(grid.days):
        if not day.name and grid.offered(day=number):
            problems[writing.place("day", number)] = [said("Please name this day.")]
        elif day.name and names[day.name.casefold()] > 1:
            problems[writing.place("day", number)] = [said("Two days have this name.")]
