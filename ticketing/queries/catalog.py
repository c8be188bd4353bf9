"""What visitors read: lists of events, one event with what it sells, categories and cities.

Every function is a fixed number of statements, whatever it finds. Lists read columns, not objects: a card
shows a dozen of an event's forty.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, case, func, or_, select, union_all
from sqlalchemy.orm import joinedload

from ticketing import clock
from ticketing.errors import NotFound
from ticketing.extensions import db
from ticketing.models import Event, EventCategory, EventDay, Offer, Quota, TicketType, Venue
from ticketing.models.events import DAY_BASED, PUBLISHED, TIER_AND_DAY
from ticketing.queries.search import matching

PAGE_SIZE = 12
#: Further pages are not counted out to anybody.
MAX_PAGE = 1000
PERIODS = ("today", "tomorrow", "weekend", "week", "month")
#: Below this share of what is offered, a card says that few are left.
_FEW = 0.1


@dataclass(frozen=True, slots=True)
class Search:
    """What a visitor asked the list for. Empty values ask for nothing."""

    words: str = ""
    category: str = ""
    city: str = ""
    period: str = ""
    free: bool = False

    @property
    def is_empty(self) -> bool:
        """Nothing was asked for: the whole programme."""
        return self == Search()


@dataclass(frozen=True, slots=True)
class Card:
    """An event as lists show it. ``lowest_price`` in minor units, None when nothing is on offer."""

    id: int
    slug: str
    title: str
    short_description: str
    status: str
    starts_at: datetime
    ends_at: datetime
    timezone: str
    currency: str
    lowest_price: int | None
    highest_price: int | None
    image: str | None
    venue: str
    city: str
    category: str | None
    available: int | None = None
    offered: int | None = None

    @property
    def is_sold_out(self) -> bool:
        """Something was offered, and nothing of it is left."""
        return self.available == 0 and bool(self.offered)

    @property
    def is_nearly_sold_out(self) -> bool:
        """Worth hurrying."""
        return bool(self.available and self.offered and self.available <= self.offered * _FEW)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list; ``number`` counts from 1 and never lies beyond the last page."""

    items: Sequence[Any]
    number: int
    size: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are; an empty list has one."""
        return max(1, -(-self.total // self.size))

    @property
    def around(self) -> list[int | None]:
        """Page numbers worth a link: the first, the last, those near this one; None is a gap."""
        near = {1, self.pages, *range(self.number - 1, self.number + 2)}
        numbers = sorted(number for number in near if 1 <= number <= self.pages)
        shown: list[int | None] = []
        for number in numbers:
            if shown and shown[-1] is not None and number - shown[-1] > 1:
                shown.append(None)
            shown.append(number)
        return shown


def period_bounds(period: str, now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From when to when a period reaches, from now on; days begin at midnight in ``zone``.

    A weekend is Saturday and Sunday, the current one while it lasts; a week ends with its Sunday.

    :raises ValueError: no such period.
    """
    local = now.astimezone(zone)

    def midnight(days: int) -> datetime:
        return datetime.combine(local.date() + timedelta(days=days), time.min, zone)

    if period == "today":
        return now, midnight(1)
    if period == "tomorrow":
        return midnight(1), midnight(2)
    if period == "weekend":
        saturday = 5 - local.weekday()
        return (midnight(saturday) if saturday > 0 else now), midnight(saturday + 2)
    if period == "week":
        return now, midnight(7 - local.weekday())
    if period == "month":
        first = (local.replace(day=1) + timedelta(days=32)).replace(day=1)
        return now, datetime.combine(first.date(), time.min, zone)
    raise ValueError(f"no such period: {period}")


#: What the public programme holds: published, listed, not over at the moment ``now``.
ON_SHOW = and_(Event.status == PUBLISHED, Event.ends_at > bindparam("now"), Event.is_unlisted.is_(False))


_COLUMNS = (
    Event.id,
    Event.slug,
    Event.title,
    Event.short_description,
    Event.status,
    Event.starts_at,
    Event.ends_at,
    Event.timezone,
    Event.currency,
    Event.lowest_price,
    Event.highest_price,
    func.coalesce(Event.thumbnail_image, Event.banner_image).label("image"),
    Venue.name.label("venue"),
    Venue.city.label("city"),
    EventCategory.name.label("category"),
)


CARDS = select(*_COLUMNS).select_from(Event).join(Event.venue).outerjoin(Event.category)
_COUNT = select(func.count()).select_from(Event).join(Event.venue).outerjoin(Event.category)


def _conditions(search: Search, now: datetime, zone: ZoneInfo) -> list[ColumnElement[bool]]:
    conditions = [ON_SHOW]
    if search.words:
        conditions.append(matching(search.words))
    if search.category:
        conditions.append(EventCategory.slug == search.category)
    if search.city:
        conditions.append(func.lower(Venue.city) == func.lower(search.city))
    if search.free:
        conditions.append(Event.lowest_price == 0)
    if search.period:
        start, end = period_bounds(search.period, now, zone)
        conditions += [Event.starts_at < end, Event.ends_at > start]
    return conditions


def find_events(search: Search, *, page: int, zone: ZoneInfo, size: int = PAGE_SIZE) -> Page:
    """The public events that match, soonest first. Three statements."""
    now = clock.now()
    conditions = _conditions(search, now, zone)
    total = db.session.scalar(_COUNT.where(*conditions), {"now": now}) or 0
    number = min(max(page, 1), max(1, -(-total // size)), MAX_PAGE)
    rows: Sequence[Any] = ()
    if total:
        ordered = CARDS.where(*conditions).order_by(Event.starts_at, Event.id)
        rows = db.session.execute(ordered.limit(size).offset((number - 1) * size), {"now": now}).all()
    return Page(with_stock(rows), number, size, total)


_FEATURED, _UPCOMING = 3, 9


def _front() -> Select[*tuple[Any, ...]]:
    """The next events of both ranks, featured (0) and others (1), as many as the start page can need."""
    rank = case((Event.is_featured.is_(True), 0), else_=1)
    place = func.row_number().over(partition_by=rank, order_by=(Event.starts_at, Event.id))
    inner = select(Event.id, rank.label("rank"), place.label("place")).where(ON_SHOW).subquery()
    wanted = or_(
        and_(inner.c.rank == 0, inner.c.place <= _FEATURED + _UPCOMING),
        and_(inner.c.rank == 1, inner.c.place <= _UPCOMING),
    )
    joined = CARDS.add_columns(inner.c.rank).join(inner, inner.c.id == Event.id)
    return joined.where(wanted).order_by(Event.starts_at, Event.id)


_FRONT = _front()


def front_page() -> tuple[list[Card], list[Card]]:
    """What the start page shows: featured events, and the next ones beside them. Two statements."""
    rows = db.session.execute(_FRONT, {"now": clock.now()}).all()
    top = [row for row in rows if row.rank == 0][:_FEATURED]
    ids = {row.id for row in top}
    others = [row for row in rows if row.id not in ids][:_UPCOMING]
    cards = with_stock([row[:-1] for row in (*top, *others)])
    return cards[: len(top)], cards[len(top) :]


def with_stock(rows: Sequence[Any]) -> list[Card]:
    """Cards, with what is left of their offers and of the stocks that these share."""
    stock = _stock([row[0] for row in rows])
    return [Card(*row, *stock.get(row[0], (None, None))) for row in rows]


_EVENTS = Quota.event_id.in_(bindparam("ids", expanding=True))
_LEFT = func.sum(Quota.size - Quota.held - Quota.sold)
_STOCK = union_all(
    select(Quota.event_id, _LEFT, func.sum(Quota.size))
    .join(Offer, Offer.quota_id == Quota.id)
    .join(TicketType, TicketType.id == Offer.ticket_type_id)
    .where(_EVENTS, Offer.is_active, TicketType.is_active)
    .group_by(Quota.event_id),
    # What an event admits, over all or on each of its days.
    select(Quota.event_id, _LEFT, func.sum(Quota.size))
    .where(_EVENTS, Quota.kind.in_(("event", "day")))
    .group_by(Quota.event_id),
    # Totals of types, where all of the event's have one.
    select(TicketType.event_id, _LEFT, func.sum(Quota.size))
    .outerjoin(Quota, Quota.id == TicketType.quota_id)
    .where(TicketType.event_id.in_(bindparam("ids", expanding=True)), TicketType.is_active)
    .group_by(TicketType.event_id)
    .having(func.count(Quota.id) == func.count()),
)


def _stock(event_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """``{event id: (available, offered)}`` in one statement; a hint for badges, never for a sale."""
    if not event_ids:
        return {}
    stock: dict[int, tuple[int, int]] = {}
    for event_id, available, offered in db.session.execute(_STOCK, {"ids": list(event_ids)}):
        known = stock.get(event_id, (available, offered))
        stock[event_id] = (int(min(available, known[0])), int(min(offered, known[1])))
    return stock


_CATEGORIES = (
    select(EventCategory.slug, EventCategory.name, EventCategory.icon, func.count(Event.id).label("events"))
    .join(Event, Event.category_id == EventCategory.id)
    .where(EventCategory.is_active, ON_SHOW)
    .group_by(EventCategory.id, EventCategory.slug, EventCategory.name, EventCategory.icon)
    .order_by(EventCategory.name)
)
#: More cities than a list can show are found by searching.
_CITIES = (
    select(Venue.city, func.count(Event.id).label("events"))
    .join(Event, Event.venue_id == Venue.id)
    .where(ON_SHOW, Venue.city != "")
    .group_by(Venue.city)
    .order_by(Venue.city)
    .limit(200)
)


def categories() -> Sequence[Row[str, str, str, int]]:
    """``(slug, name, icon, events)`` of the categories that have something on show, by name."""
    return db.session.execute(_CATEGORIES, {"now": clock.now()}).all()


def cities() -> Sequence[Row[str, int]]:
    """``(city, events)`` of the cities where something is on show, by name."""
    return db.session.execute(_CITIES, {"now": clock.now()}).all()


_WHOLE_EVENT = (
    select(Event)
    .where(Event.slug == bindparam("slug"))
    .options(
        joinedload(Event.venue),
        joinedload(Event.organization),
        joinedload(Event.category),
    )
)


def get_event(slug: str) -> Event:
    """One event with its venue, organization and category.

    :raises NotFound: no event has that slug.
    """
    event = db.session.scalar(_WHOLE_EVENT, {"slug": slug})
    if event is None:
        raise NotFound("event")
    return event


def days_of(event: Event) -> Sequence[EventDay]:
    """The days of an event that sells by the day; of others there is nothing to tell."""
    if event.pricing_type not in (DAY_BASED, TIER_AND_DAY):
        return ()
    days = select(EventDay).where(EventDay.event_id == event.id).order_by(EventDay.number)
    return db.session.scalars(days).all()
