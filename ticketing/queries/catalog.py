"""What visitors read: lists of events, one event with what it sells, categories and cities.

Every function is a fixed number of statements, whatever it finds. Lists read columns, not objects: a card
shows a dozen of an event's forty.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, and_, bindparam, case, func, literal, or_, select, union_all
from sqlalchemy.orm import joinedload

from ticketing import clock
from ticketing.errors import NotFound
from ticketing.extensions import db
from ticketing.models import Event, EventCategory, EventDay, Offer, Quota, TicketType, Venue
from ticketing.models.events import DAY_BASED, PUBLISHED, TIER_AND_DAY
from ticketing.queries.narrowing import PRICE, Search, conditions

PAGE_SIZE = 12
#: Further pages are not counted out to anybody.
MAX_PAGE = 1000
#: Below this share of what is offered, a card says that few are left.
_FEW = 0.1


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


def _order(search: Search) -> tuple[Any, ...]:
    if search.sort == "price":
        return (Event.lowest_price.is_(None), PRICE, Event.starts_at, Event.id)
    if search.sort == "newest":
        return (func.coalesce(Event.published_at, Event.created_at).desc(), Event.id.desc())
    return (Event.starts_at, Event.id)


def find_events(search: Search, *, page: int, zone: ZoneInfo, size: int = PAGE_SIZE) -> Page:
    """The public events that match, in the order asked for. Three statements."""
    now = clock.now()
    wanted = (ON_SHOW, *conditions(search, now, zone))
    total = db.session.scalar(_COUNT.where(*wanted), {"now": now}) or 0
    number = min(max(page, 1), max(1, -(-total // size)), MAX_PAGE)
    rows: Sequence[Any] = ()
    if total:
        ordered = CARDS.where(*wanted).order_by(*_order(search))
        rows = db.session.execute(ordered.limit(size).offset((number - 1) * size), {"now": now}).all()
    return Page(with_stock(rows), number, size, total)


def found_without(search: Search, *, zone: ZoneInfo) -> list[tuple[str, int]]:
    """For a search that finds nothing: which of its filters stands in the way, as ``(name, events found
    without it)``, the narrowest first, those left out that change nothing. One statement."""
    now = clock.now()
    counts = [
        _COUNT.add_columns(literal(name)).where(ON_SHOW, *conditions(search.without(name), now, zone))
        for name in search.filters()
    ]
    if len(counts) < 2:
        return []
    rows = db.session.execute(union_all(*counts), {"now": now}).all()
    return sorted(((name, count) for count, name in rows if count), key=lambda one: -one[1])


_FEATURED, _UPCOMING = 3, 9


def _front(city: bool) -> Select[*tuple[Any, ...]]:
    """The next events of both ranks, featured (0) and others (1), as many as the start page can need; with
    ``city`` only those there."""
    rank = case((Event.is_featured.is_(True), 0), else_=1)
    place = func.row_number().over(partition_by=rank, order_by=(Event.starts_at, Event.id))
    ranked = select(Event.id, rank.label("rank"), place.label("place")).where(ON_SHOW)
    if city:
        ranked = ranked.join(Event.venue).where(func.lower(Venue.city) == func.lower(bindparam("city")))
    inner = ranked.subquery()
    wanted = or_(
        and_(inner.c.rank == 0, inner.c.place <= _FEATURED + _UPCOMING),
        and_(inner.c.rank == 1, inner.c.place <= _UPCOMING),
    )
    joined = CARDS.add_columns(inner.c.rank).join(inner, inner.c.id == Event.id)
    return joined.where(wanted).order_by(Event.starts_at, Event.id)


_FRONT, _FRONT_OF_CITY = _front(city=False), _front(city=True)


def front_page(city: str = "") -> tuple[list[Card], list[Card]]:
    """What the start page shows: featured events, and the next ones beside them; of one city, if one is
    named. Two statements."""
    known = {"now": clock.now()}
    if city:
        rows = db.session.execute(_FRONT_OF_CITY, known | {"city": city}).all()
    else:
        rows = db.session.execute(_FRONT, known).all()
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
