"""One event in figures: what it sold, what is left, who came. What is counted: ``sales_figures``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import CompoundSelect, Row, Select, bindparam, func, literal, null, select, union_all
from sqlalchemy.orm import aliased

from ticketing.extensions import db
from ticketing.models import CheckIn, Offer, Quota, Ticket, TicketType
from ticketing.models.events import DRAFT
from ticketing.models.tickets import ADMITTED, VOID
from ticketing.policy import Actor
from ticketing.queries import sales_figures, stock
from ticketing.queries.keys import Key
from ticketing.queries.organizer import Admission, get_event
from ticketing.queries.quarters import quarter_of
from ticketing.queries.sales_figures import EventSales
from ticketing.queries.stock import Seats


@dataclass(frozen=True, slots=True)
class TypeFigures:
    """A ticket type in numbers: tickets sold, given away, kept for whoever is about to pay, and left."""

    name: str
    sold: int
    given: int
    held: int
    left: int
    is_on_offer: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """An event at a glance. ``arrivals`` are scans that let somebody in, by the quarter of an hour (see
    ``quarters``)."""

    event: Row[Any]
    seats: Seats
    types: Sequence[TypeFigures]
    sales: EventSales
    admission: Admission
    arrivals: dict[int, int]

    @property
    def given(self) -> int:
        """Complimentary tickets that stand."""
        return sum(self.sales.given.values())

    @property
    def sold(self) -> int:
        """Tickets that were sold and stand, without those that were given away."""
        return self.seats.sold - self.given


def get_overview(actor: Actor, key: Key) -> Overview:
    """An event in figures. Four statements beside those that ask who the actor is,
    two for a draft, which nobody can have bought.

    :raises NotFound: there is none, or its orders are none of the actor's business.
    """
    event = get_event(actor, key)
    if event.status == DRAFT:
        sales, door = EventSales(), _NOBODY
    else:
        sales, door = sales_figures.of_event(event.id), _door(event.id)
    seats = stock.seats_of([event.id])[event.id]
    return Overview(event, seats, _types_of(event.id, sales.given), sales, *door)


_Door = tuple[Admission, dict[int, int]]
_NOBODY: _Door = (Admission(), {})
_QUARTER = quarter_of(CheckIn.scanned_at)
_DOOR: CompoundSelect[*tuple[Any, ...]] = union_all(
    select(
        null().label("quarter"),
        func.count().label("number"),
        func.count().filter(Ticket.admissions > 0).label("admitted"),
    ).where(Ticket.event_id == bindparam("event"), Ticket.status != VOID),
    select(_QUARTER, func.count(), literal(0))
    .where(CheckIn.event_id == bindparam("event"), CheckIn.result == ADMITTED)
    .group_by(_QUARTER),
)


def _door(event_id: int) -> _Door:
    """Who is expected and came, and when they came: by the quarter of an hour."""
    admission, arrivals = _NOBODY[0], dict[int, int]()
    for row in db.session.execute(_DOOR, {"event": event_id}):
        if row.quarter is None:
            admission = Admission(row.admitted, row.number)
        else:
            arrivals[row.quarter] = row.number
    return admission, arrivals


_OWN, _TOTAL = aliased(Quota), aliased(Quota)
_TYPES: Select[*tuple[Any, ...]] = (
    select(
        TicketType.id,
        TicketType.name,
        TicketType.is_active,
        Offer.is_active.label("is_on_offer"),
        _OWN.sold,
        _OWN.held,
        (_OWN.size - _OWN.held - _OWN.sold).label("left"),
        (_TOTAL.size - _TOTAL.held - _TOTAL.sold).label("most_left"),
    )
    .select_from(TicketType)
    .join(Offer, Offer.ticket_type_id == TicketType.id)
    .join(_OWN, _OWN.id == Offer.quota_id)
    .outerjoin(_TOTAL, _TOTAL.id == TicketType.quota_id)
    .where(TicketType.event_id == bindparam("event"))
    .order_by(TicketType.id, Offer.id)
)


def _types_of(event_id: int, given: dict[int, int]) -> list[TypeFigures]:
    """What each ticket type has sold and can still sell, as far as its own stocks tell."""
    rows = db.session.execute(_TYPES, {"event": event_id}).all()
    return [
        _figures(list(offers), given.get(number, 0))
        for number, offers in groupby(rows, key=lambda row: row.id)
    ]


def _figures(offers: list[Row[Any]], given: int) -> TypeFigures:
    first = offers[0]
    left = sum(offer.left for offer in offers if offer.is_on_offer)
    if first.most_left is not None:
        left = max(min(left, first.most_left), 0)
    sold, held = sum(offer.sold for offer in offers), sum(offer.held for offer in offers)
    is_on_offer = first.is_active and any(offer.is_on_offer for offer in offers)
    return TypeFigures(first.name, sold - given, given, held, left, is_on_offer)
