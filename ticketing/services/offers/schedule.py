"""The days on which an event is sold: named, dated, added and removed, all of them at once."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select, update
from sqlalchemy.orm import joinedload

from ticketing.errors import Conflict, Invalid, said
from ticketing.extensions import db
from ticketing.models import Event, EventDay, Offer
from ticketing.policy import Actor, Permission
from ticketing.queries import prices
from ticketing.queries.keys import Key, load
from ticketing.services import activity, idempotency, inventory
from ticketing.services.events import require_seen
from ticketing.services.idempotency import Idempotency
from ticketing.services.offers.days import add_day
from ticketing.services.offers.pricing import keep_from_sale, ordered_among, refresh_prices, remove
from ticketing.services.offers.writing import Problems, place
from ticketing.transaction import transactional

_TAKEN = "Two days have this name."


@dataclass(frozen=True, slots=True)
class DayWish:
    """A day as it shall be; without a number it is a new one. One that ``is_gone`` goes with its prices."""

    number: int | None
    name: str
    date: dt.date | None = None
    is_gone: bool = False


@transactional
def save_days(
    actor: Actor,
    event: Key,
    *,
    version: str,
    wishes: Sequence[DayWish],
    once: Idempotency | None = None,
) -> None:
    """Write the days of an event, all or nothing; days that are not mentioned stay. ``version`` is that of
    the days that the wishes were written on. A call that is repeated with the same ``once`` changes nothing.

    :raises NotFound: it is a stranger's draft.
    :raises NotAllowed: the actor does not manage the event's organization.
    :raises Conflict: somebody has changed the days since.
    :raises Invalid: the event was cancelled or is not sold by the day; a name is missing or taken; a day
        that somebody has a ticket for would go, or admits fewer than have all-days passes. The fields are
        ``day-0``, ``date-0`` and so on, by the wishes' positions.
    """
    if once is not None and idempotency.claim(actor, once) is not None:
        return
    row = load(Event, event, lock=True)
    require_seen(actor, row, Permission.EVENT_MANAGE)
    _refuse_other(row)
    if prices.version_of_days(prices.days_of(row.id)) != version:
        raise Conflict("stale", "Somebody has changed these days since you opened them.")
    stored = {day.number: day for day in _days(row.id)}
    problems = _problems_of(row.id, stored, wishes)
    if not problems:
        problems = _remove(row, stored, wishes)
    if problems:
        raise Invalid.in_fields(problems)
    _write(row, stored, wishes)
    db.session.flush()
    refresh_prices(row.id)
    activity.record(actor, "days_saved", row, days=[wish.name for wish in wishes if not wish.is_gone])
    if once is not None:
        idempotency.point_at(actor, once, row.id)


def _refuse_other(event: Event) -> None:
    if event.is_cancelled:
        raise Invalid("event_cancelled", "A cancelled event has no new days.", field="non_field_errors")
    if not event.sells_by_the_day:
        raise Invalid("other_pricing", "This event is not sold by the day.", field="non_field_errors")


def _days(event_id: int) -> Sequence[EventDay]:
    return db.session.scalars(
        select(EventDay).where(EventDay.event_id == event_id).order_by(EventDay.number)
    ).all()


def _problems_of(event_id: int, stored: dict[int, EventDay], wishes: Sequence[DayWish]) -> Problems:
    problems: Problems = {}
    kept = [wish for wish in wishes if not wish.is_gone]
    mentioned = {wish.number for wish in wishes}
    names = Counter(wish.name.casefold() for wish in kept)
    names.update(day.name.casefold() for number, day in stored.items() if number not in mentioned)
    of_passes = select(Offer.day_name).where(Offer.event_id == event_id, Offer.is_all_days).distinct()
    names.update(name.casefold() for name in db.session.scalars(of_passes))
    for position, wish in enumerate(wishes):
        if wish.is_gone:
            continue
        if not wish.name:
            problems[place("day", position)] = [said("Please name this day.")]
        elif names[wish.name.casefold()] > 1:
            problems[place("day", position)] = [_TAKEN]
        elif wish.number is not None and wish.number not in stored:
            problems[place("day", position)] = [said("This day is no longer there.")]
    return problems


def _remove(event: Event, stored: dict[int, EventDay], wishes: Sequence[DayWish]) -> Problems:
    """Take out days that nobody has a ticket for, with their prices."""
    going = {
        wish.number: position
        for position, wish in enumerate(wishes)
        if wish.is_gone and wish.number is not None and wish.number in stored
    }
    if not going:
        return {}
    ids = [stored[number].id for number in going]
    concerned = select(Offer).where(Offer.event_id == event.id, or_(Offer.day_id.in_(ids), Offer.is_all_days))
    offers = list(db.session.scalars(concerned.options(joinedload(Offer.quota))))
    keep_from_sale(offers)
    ordered = ordered_among(offers)
    problems: Problems = {}
    for number, position in going.items():
        admits = [offer for offer in offers if offer.is_all_days or offer.day_id == stored[number].id]
        if any(offer.id in ordered for offer in admits):
            sentence = said("Tickets for this day were ordered, so it stays.")
            problems[place("day", position)] = [sentence]
    if not problems:
        remove([offer for offer in offers if not offer.is_all_days])
        for number in going:
            inventory.close_day(event.id, stored.pop(number))
    return problems


def _write(event: Event, stored: dict[int, EventDay], wishes: Sequence[DayWish]) -> None:
    last = max(stored, default=0)
    for wish in wishes:
        if wish.is_gone:
            continue
        if wish.number is not None:
            _change(stored[wish.number], wish)
            continue
        last += 1
        add_day(event, last, wish.date, wish.name)


def _change(day: EventDay, wish: DayWish) -> None:
    """A day has one name, also on everything that is sold for it."""
    day.date = wish.date
    if day.name != wish.name:
        day.name = wish.name
        db.session.execute(update(Offer).where(Offer.day_id == day.id).values(day_name=wish.name))
