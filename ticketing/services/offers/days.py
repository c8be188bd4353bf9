"""The days of an event that sells by the day: found by their number, or added to its programme."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select

from ticketing.errors import Invalid, said
from ticketing.extensions import db
from ticketing.models import Event, EventDay, Offer
from ticketing.services import inventory

#: Longer events are sold by hand-made days; a bound for what one pass, or one form, may bring about.
MOST_DAYS = 60


def day_numbered(event: Event, number: int, date: dt.date | None, name: str) -> int:
    """The id of a day of a locked event; a new one is added.

    :raises Invalid: the day has another date in the event's programme.
    """
    found = db.session.scalar(
        select(EventDay).where(EventDay.event_id == event.id, EventDay.number == number)
    )
    if found is None:
        return add_day(event, number, date, name).id
    if date is not None and found.date not in (None, date):
        in_use = select(Offer.id).where(Offer.day_id == found.id).limit(1)
        if db.session.scalar(in_use):
            raise Invalid(
                "other_date",
                said("Day %(number)s of this event is %(date)s.", number=number, date=found.date),
                field="date",
            )
    if date is not None:
        found.date = date
    return found.id


def day_of_pass(
    event: Event, is_all_days: bool, number: int | None, date: dt.date | None, name: str
) -> int | None:
    """The id of the day that a pass is for; none for all of them.

    :raises Invalid: a day is missing, or named where the pass is for all days.
    """
    if not is_all_days:
        if number is None:
            raise Invalid("day_missing", "Name the day, or make it a pass for all days.", field="day_number")
        return day_numbered(event, number, date, name)
    if number is not None:
        raise Invalid("day_too_much", "A pass for all days names none.", field="day_number")
    _ensure_days(event)
    return None


def moved(event: Event, offer: Offer, changed: dict[str, Any]) -> dict[str, Any]:
    """The columns that say an offer's day, where the changes name another one, or another date of it."""
    if not {"day_number", "date", "is_all_days"} & changed.keys():
        return {}
    is_all_days = bool(changed.get("is_all_days", offer.is_all_days))
    old = offer.day.number if offer.day else None
    number = changed.get("day_number", None if is_all_days else old)
    if offer.day is not None and number == old and not is_all_days:
        # A day has one date: whoever changes it for one offer changes it for all of that day.
        offer.day.date = changed.get("date", offer.day.date)
        return {}
    name = changed.get("day_name", offer.day_name)
    return {
        "is_all_days": is_all_days,
        "day_id": day_of_pass(event, is_all_days, number, changed.get("date"), name),
    }


def _ensure_days(event: Event) -> None:
    """A pass for all days takes a place on each: an event without a programme gets its calendar days."""
    if db.session.scalar(select(EventDay.id).where(EventDay.event_id == event.id).limit(1)):
        return
    for number, date in enumerate(calendar_days(event), 1):
        add_day(event, number, date, f"Day {number}")


def calendar_days(event: Event | Row[Any]) -> list[dt.date]:
    """The dates on which an event takes place by its own clock."""
    zone = ZoneInfo(event.timezone)
    # An end at midnight belongs to the day before.
    last = (event.ends_at - dt.timedelta(microseconds=1)).astimezone(zone).date()
    first = event.starts_at.astimezone(zone).date()
    return [first + dt.timedelta(days=day) for day in range(min((last - first).days + 1, MOST_DAYS))]


def add_day(event: Event, number: int, date: dt.date | None, name: str) -> EventDay:
    """A further day of a locked event; it begins to count."""
    day = EventDay(event_id=event.id, number=number, date=date, name=name)
    db.session.add(day)
    db.session.flush()
    inventory.open_day(event, day)
    return day
