"""Duplicating: an event once more, at another time, with all that it sells and nothing sold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from ticketing import clock
from ticketing.errors import Invalid, Refusal
from ticketing.extensions import db
from ticketing.models import Event, EventDay, Offer, TicketType
from ticketing.policy import Actor, Permission
from ticketing.queries.keys import Key, load
from ticketing.services import activity, covers, drafting, idempotency, inventory
from ticketing.services.events import require_seen
from ticketing.services.idempotency import Idempotency
from ticketing.services.offers.pricing import refresh_prices
from ticketing.services.slugs import free_slug, secret_slug
from ticketing.transaction import assert_none_open, transactional

#: What a copy does not take over: who it is, how it stood, and what the house or its sales made of it.
_EVENT_OWN = {
    "id", "uuid", "slug", "organizer_id", "status", "is_featured", "moved_at", "published_at", "cancelled_at",
    "lowest_price", "highest_price", "sold_total", "created_at", "updated_at",
}  # fmt: skip
_PART_OWN = {"id", "uuid", "event_id", "ticket_type_id", "quota_id", "day_id", "created_at", "updated_at"}


@dataclass(frozen=True, slots=True)
class Shift:
    """So much later (or earlier) by the clocks of a place, whatever they are turned by in between."""

    zone: ZoneInfo
    by: timedelta

    @classmethod
    def between(cls, before: datetime, after: datetime, zone: str) -> Shift:
        """What leads from one moment to the other, in whole minutes."""
        there = ZoneInfo(zone)
        first, second = (at.astimezone(there).replace(tzinfo=None) for at in (before, after))
        return cls(there, second - first.replace(second=second.second, microsecond=second.microsecond))

    def moment(self, at: datetime) -> datetime:
        """The moment at which the clocks read as much more."""
        local = at.astimezone(self.zone).replace(tzinfo=None) + self.by
        return local.replace(tzinfo=self.zone).astimezone(UTC)

    def day(self, day: date, before: datetime) -> date:
        """A calendar day, moved with an event that began then."""
        began = before.astimezone(self.zone).replace(tzinfo=None)
        return day + ((began + self.by).date() - began.date())

    def span(self, start: datetime | None, end: datetime | None) -> tuple[datetime | None, datetime | None]:
        """Both moved. Where an hour that clocks leave out would leave nothing between them, it lasts as long
        as it did."""
        first = None if start is None else self.moment(start)
        last = None if end is None else self.moment(end)
        if start is not None and end is not None and first is not None and last is not None and last <= first:
            last = first + (end - start)
        return first, last


def duplicate(actor: Actor, key: Key, once: Idempotency, *, title: str, starts_at: datetime) -> Event:
    """Draft an event like another one, once for a form. Its end, its days and its sales windows move along by
    the clocks of its place; its picture is its own. Orders, figures and the publication stay behind.

    :raises NotFound: it is a stranger's draft.
    :raises NotAllowed: the actor does not manage the event's organization.
    :raises Conflict: the form has made an event already, and says something else now.
    :raises Invalid: it would start in the past.
    """
    assert_none_open()
    source = load(Event, key)
    require_seen(actor, source, Permission.EVENT_MANAGE)
    taken = covers.copied(source)
    try:
        event, is_new = _duplicate(actor, source.id, once, title, starts_at, taken)
    except Refusal:
        covers.drop(taken)
        raise
    if not is_new:
        covers.drop(taken)
    return event


@transactional
def _duplicate(
    actor: Actor, key: Key, once: Idempotency, title: str, starts_at: datetime, cover: covers.Pair
) -> tuple[Event, bool]:
    made = drafting.made_before(actor, once)
    if made is not None:
        return made, False
    source = load(Event, key, lock=True)
    require_seen(actor, source, Permission.EVENT_MANAGE)
    if starts_at <= clock.now():
        raise Invalid("starts_in_past", "The start must be in the future.", field="starts_at")
    shift = Shift.between(source.starts_at, starts_at, source.timezone)
    event = _copy_event(actor, source, shift, title, cover)
    days = _copy_days(source, event, shift)
    inventory.set_event_capacity(event, event.capacity)
    for ticket_type in _types(source.id):
        _copy_type(ticket_type, event, days, shift)
    refresh_prices(event.id)
    db.session.refresh(event)
    idempotency.point_at(actor, once, event.id)
    activity.record(actor, "event_duplicated", event, title=title, source=source.id)
    return event, True


def _copy_event(actor: Actor, source: Event, shift: Shift, title: str, cover: covers.Pair) -> Event:
    slug = free_slug(Event, title)
    starts_at, ends_at = shift.span(source.starts_at, source.ends_at)
    columns = _columns(source, _EVENT_OWN) | {"title": title, "starts_at": starts_at, "ends_at": ends_at}
    columns |= {"banner_image": cover[0], "thumbnail_image": cover[1]}
    slug = secret_slug(slug) if source.is_unlisted else slug
    event = Event(slug=slug, organizer_id=actor.user_id, **columns)
    db.session.add(event)
    db.session.flush()
    return event


def _copy_days(source: Event, event: Event, shift: Shift) -> dict[int, int]:
    """The days of the copy; their ids by those of the original's."""
    known = select(EventDay).where(EventDay.event_id == source.id).order_by(EventDay.number)
    days = {}
    for day in db.session.scalars(known).all():
        moved = None if day.date is None else shift.day(day.date, source.starts_at)
        days[day.id] = EventDay(event_id=event.id, number=day.number, name=day.name, date=moved)
    db.session.add_all(days.values())
    db.session.flush()
    return {number: day.id for number, day in days.items()}


def _types(event_id: int) -> Sequence[TicketType]:
    offers = selectinload(TicketType.offers).joinedload(Offer.quota)
    statement = select(TicketType).where(TicketType.event_id == event_id).order_by(TicketType.id)
    return db.session.scalars(statement.options(offers, joinedload(TicketType.quota))).all()


def _copy_type(source: TicketType, event: Event, days: Mapping[int, int], shift: Shift) -> None:
    total = None if source.quota is None else inventory.open_quota(event.id, source.quota.size, "type").id
    ticket_type = TicketType(event_id=event.id, quota_id=total, **_moved(source, shift))
    db.session.add(ticket_type)
    db.session.flush()
    for offer in source.offers:
        own = inventory.open_quota(event.id, offer.quota.size).id
        day = None if offer.day_id is None else days[offer.day_id]
        copy = Offer(
            ticket_type_id=ticket_type.id, event_id=event.id, quota_id=own, day_id=day, **_moved(offer, shift)
        )
        db.session.add(copy)
        db.session.flush()
        bounds = inventory.bounds_of_offer(event, day, is_all_days=offer.is_all_days)
        inventory.draw_on(copy.id, [own, *([] if total is None else [total]), *bounds])


def _moved(source: TicketType | Offer, shift: Shift) -> dict[str, Any]:
    opens, closes = shift.span(source.sales_start_at, source.sales_end_at)
    return _columns(source, _PART_OWN) | {"sales_start_at": opens, "sales_end_at": closes}


def _columns(row: Any, but: set[str]) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in row.__table__.columns if column.key not in but}
