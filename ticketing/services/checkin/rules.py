"""What decides at a door, as pure functions of a ticket, its event and the moment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self
from zoneinfo import ZoneInfo

from ticketing.models.events import CANCELLED
from ticketing.models.tickets import LAPSED, VOID

#: Minutes after midnight: who comes before belongs to the evening before, unless the event begins early, too.
_DAY_BEGINS = 6 * 60
_BEFORE_THE_START = 3 * 60


class Mode(StrEnum):
    """How often a ticket lets its holder in."""

    ONCE = "once"
    DAILY = "daily"
    AGAIN = "again"


class Reason(StrEnum):
    """Why somebody is not let in, or out."""

    UNKNOWN = "unknown"
    OTHER_EVENT = "other_event"
    VOID = "void"
    EVENT_CANCELLED = "event_cancelled"
    EVENT_OVER = "event_over"
    WRONG_GATE = "wrong_gate"
    WRONG_DAY = "wrong_day"
    ALREADY_USED = "already_used"
    ALREADY_TODAY = "already_today"
    ALREADY_INSIDE = "already_inside"
    NOT_INSIDE = "not_inside"


@dataclass(frozen=True, slots=True)
class Occasion:
    """An event as its doors see it."""

    id: int
    status: str
    starts_at: datetime
    ends_at: datetime
    timezone: str
    policy: str

    @classmethod
    def of(cls, event: Any) -> Self:
        """The occasion that an event is, as model or as row."""
        return cls(
            event.id, event.status, event.starts_at, event.ends_at, event.timezone, event.check_in_policy
        )

    @property
    def day_begins(self) -> int:
        """When a day of the event begins, in minutes after midnight where it takes place."""
        start = self.starts_at.astimezone(ZoneInfo(self.timezone))
        return max(0, min(_DAY_BEGINS, start.hour * 60 + start.minute - _BEFORE_THE_START))

    def day_of(self, moment: datetime) -> dt.date:
        """The event's day that a moment belongs to."""
        local = moment.astimezone(ZoneInfo(self.timezone))
        return (local - timedelta(minutes=self.day_begins)).date()

    def counted_day(self, moment: datetime) -> dt.date:
        """The day that figures speak of at that moment: the first before the event, the last after it."""
        return self.day_of(min(max(moment, self.starts_at), self.ends_at))


@dataclass(frozen=True, slots=True)
class Admission:
    """A ticket as a door sees it. ``date`` is the day that a day pass is for, None where it is for all or
    for an event that is not sold by the day."""

    event_id: int
    status: str
    type_id: int
    is_all_days: bool
    date: dt.date | None


def mode_of(occasion: Occasion, ticket: Admission) -> Mode:
    """How often this ticket lets its holder in; a pass for all days does so once a day."""
    if occasion.policy == "multiple_entry":
        return Mode.AGAIN
    return Mode.DAILY if ticket.is_all_days or occasion.policy == "daily_entry" else Mode.ONCE


def refusal(
    occasion: Occasion, ticket: Admission | None, moment: datetime, gate_types: Collection[int] = ()
) -> Reason | None:
    """Why this ticket cannot let anybody in at that moment, whatever it was used for before."""
    if ticket is None:
        return Reason.UNKNOWN
    if ticket.event_id != occasion.id:
        return Reason.OTHER_EVENT
    if ticket.status in (VOID, LAPSED):
        return Reason.VOID
    if occasion.status == CANCELLED:
        return Reason.EVENT_CANCELLED
    if occasion.ends_at < moment:
        return Reason.EVENT_OVER
    if gate_types and ticket.type_id not in gate_types:
        return Reason.WRONG_GATE
    if ticket.date is not None and ticket.date != occasion.day_of(moment):
        return Reason.WRONG_DAY
    return None
