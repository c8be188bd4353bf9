"""Announcing: who has tickets is told when what they must know of their event has changed.

An organizer who saves several times changes one thing: the announcement waits a few minutes, remembers what
was known before the first change, and compares when it runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select
from sqlalchemy.orm import joinedload

from ticketing import clock
from ticketing.extensions import db
from ticketing.models import Event, OutboxMessage, Venue
from ticketing.models.events import PUBLISHED
from ticketing.models.outbox import QUEUED
from ticketing.models.types import table
from ticketing.queries import audience
from ticketing.queries.keys import find
from ticketing.services import notifications, reminding
from ticketing.transaction import transactional

#: Outbox kind: tell everybody who comes to an event what has changed.
ANNOUNCE = "event.announce"
#: Changes of so many minutes are told as one.
WAIT = timedelta(minutes=10)
BATCH = 500
#: What of a venue makes its line of words.
_PLACE = ("name", "address", "city")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the visitors of an event must know of it; ``place`` is a line of words."""

    title: str
    starts_at: datetime
    ends_at: datetime
    timezone: str
    place: str

    @classmethod
    def read(cls, kept: dict[str, str]) -> Facts:
        """Facts out of a payload."""
        moments = {name: datetime.fromisoformat(kept[name]) for name in ("starts_at", "ends_at")}
        return cls(title=kept["title"], timezone=kept["timezone"], place=kept["place"], **moments)

    def kept(self) -> dict[str, str]:
        """The facts for a payload."""
        return {
            "title": self.title,
            "starts_at": self.starts_at.isoformat(),
            "ends_at": self.ends_at.isoformat(),
            "timezone": self.timezone,
            "place": self.place,
        }

    def changes_to(self, later: Facts) -> set[str]:
        """What reads differently now: ``title``, ``time``, ``place``."""
        pairs = {
            "title": (self.title, later.title),
            "time": (self._hours(), later._hours()),
            "place": (self.place, later.place),
        }
        return {name for name, (old, new) in pairs.items() if old != new}

    def is_moved_to(self, later: Facts) -> bool:
        """Whether its hours or its place read differently now."""
        return bool(self.changes_to(later) & {"time", "place"})

    def _hours(self) -> tuple[str, str]:
        """On the clocks of the place: another name for the same zone changes nothing."""
        zone = ZoneInfo(self.timezone)
        return self.starts_at.astimezone(zone).isoformat(), self.ends_at.astimezone(zone).isoformat()


def facts_of(event: Event) -> Facts:
    """The facts of an event as it is in this transaction."""
    venue = db.session.get_one(Venue, event.venue_id)
    place = place_of(venue.name, venue.address, venue.city)
    return Facts(event.title, event.starts_at, event.ends_at, event.timezone, place)


def place_of(name: str, address: str, city: str) -> str:
    """A place in a line."""
    return ", ".join(part for part in (name, address, city) if part)


def known_of(event: Event) -> Facts | None:
    """Before a change: what visitors know of an event that is locked. Nobody knows drafts, and nobody needs
    to know more of what is over."""
    return facts_of(event) if event.is_published and not event.is_over else None


def promise(event: Event, before: Facts | None) -> None:
    """After a change, in the same command: promise to tell everybody who comes, once for all changes of the
    next minutes. Other hours or another place also mark the event as moved: who booked before that is shown
    that they can return their tickets.

    Until when is decided by the hours that hold: an event that was put off has not started, though its old
    hour has passed, and one that was brought forward may have.
    """
    if before is None or not before.changes_to(facts_of(event)) or not audience.is_anybody_coming(event.id):
        return
    now, waiting, earlier = clock.now(), _waiting(event.id), event.moved_at
    _note_move(event, before, waiting)
    if waiting is not None:
        waiting.payload = {**waiting.payload, "changed_at": now.isoformat()}
        return
    notifications.tell(
        ANNOUNCE,
        due_at=now + WAIT,
        event_id=event.id,
        before=before.kept(),
        changed_at=now.isoformat(),
        moved_at=earlier.isoformat() if earlier else None,
    )


def _note_move(event: Event, before: Facts, waiting: OutboxMessage | None) -> None:
    """One that is back where its visitors know it to be, before they were told, was not moved."""
    now = facts_of(event)
    if waiting is not None and not Facts.read(waiting.payload["before"]).is_moved_to(now):
        kept = waiting.payload.get("moved_at")
        event.moved_at = datetime.fromisoformat(kept) if kept else None
    elif before.is_moved_to(now):
        event.moved_at = clock.now()


def _waiting(event_id: int) -> OutboxMessage | None:
    """An announcement that nobody has begun to carry out."""
    statement = select(OutboxMessage).where(
        OutboxMessage.status == QUEUED,
        OutboxMessage.due_at <= clock.now() + WAIT,
        OutboxMessage.kind == ANNOUNCE,
        OutboxMessage.attempts == 0,
        OutboxMessage.payload["event_id"].as_integer() == event_id,
    )
    fresh = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    return db.session.scalars(fresh.limit(1)).one_or_none()


def events_at(venue: Venue, changed: Mapping[str, Any]) -> dict[Event, Facts]:
    """Before a venue is changed in such a way, in the same command: the events to come there, locked, and
    what is known of them."""
    if all(getattr(venue, column) == changed.get(column, getattr(venue, column)) for column in _PLACE):
        return {}
    here = Event.venue_id == venue.id, Event.status == PUBLISHED, Event.ends_at > clock.now()
    found = db.session.scalars(select(Event).where(*here).order_by(Event.id).with_for_update(key_share=True))
    return {event: facts_of(event) for event in found}


def promise_for(known: dict[Event, Facts]) -> None:
    """After the change: what takes place there has changed, too, and calendars hear of it."""
    for event, before in known.items():
        if before.changes_to(facts_of(event)):
            event.updated_at = clock.now()
            promise(event, before)


def carry_out(message_id: int) -> int:
    """Promise a message to everybody who comes; how many. In batches, each in a transaction of its own that
    also notes how far it came: whoever calls again, at the same time too, goes on from there.

    Nobody is told when all is as it was before, or the event was called off or is over by now.
    """
    told = 0
    while (number := _tell_some(message_id)) is not None:
        told += number
    return told


@transactional
def _tell_some(message_id: int) -> int | None:
    """Tell the next few orders; None when there are no more. The event is locked first, as by those who
    change it: what they have begun to save is seen."""
    asked = find(OutboxMessage, message_id)
    if asked is None:
        return None
    event = find(Event, asked.payload["event_id"], joinedload(Event.venue), lock=True)
    message = find(OutboxMessage, message_id, lock=True)
    if message is None or event is None or not event.is_published or event.is_over:
        return None
    before, now = Facts.read(message.payload["before"]), facts_of(event)
    if not before.changes_to(now):
        return None
    orders = audience.buyers_of(event.id, after=message.payload.get("last_order", 0), limit=BATCH)
    if not orders:
        return None
    if now.starts_at != before.starts_at:
        reminding.remind_again([order.id for order in orders], now.starts_at)
    rows = _messages(orders, message)
    if rows:
        db.session.execute(insert(table(OutboxMessage)), rows)
    message.payload = {**message.payload, "last_order": orders[-1].id}
    return len(rows)


def _messages(orders: Sequence[Any], announcement: OutboxMessage) -> list[dict[str, Any]]:
    """One for each buyer and one for each ticket that was passed on; whoever bought after the last change
    knows it."""
    changed_at = datetime.fromisoformat(announcement.payload["changed_at"])
    told = [order for order in orders if order.confirmed_at is None or order.confirmed_at <= changed_at]
    about = {"announcement": announcement.id, "before": announcement.payload["before"]}
    kind = notifications.EVENT_CHANGED
    rows = [
        notifications.row(kind, order.language, order.id, {"order_id": order.id, **about})
        for order in told
        if order.buyer_email
    ]
    tickets = audience.valid_tickets_of([order.id for order in told], only_passed_on=True)
    return rows + [
        notifications.row(kind, ticket.language, ticket.order_id, notifications.ticket(ticket) | about)
        for ticket in tickets
    ]
