"""From what buyers name (a ticket type and a part of it, or just an event) to the lines of an order."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, bindparam, or_, select

from ticketing.errors import Invalid, NotFound, said
from ticketing.extensions import db
from ticketing.models import Event, Offer, TicketType
from ticketing.models.events import DAY_BASED, DRAFT, PUBLISHED, SIMPLE, TIER_AND_DAY, TIERED
from ticketing.queries.keys import Key, unknown
from ticketing.services.orders.wanted import Line, refuse_uncountable

#: What a choice names beside the ticket type, and what people call it.
_PARTS = {"ticket_tier": "tier", "day_pass": "day pass", "day_tier_price": "day and tier price"}
_PART_OF = {
    SIMPLE: None,
    TIERED: "ticket_tier",
    DAY_BASED: "day_pass",
    TIER_AND_DAY: "day_tier_price",
}
_BIGGEST = 2**63


@dataclass(frozen=True, slots=True)
class Choice:
    """Some tickets of a type; which part of it, depends on its event's pricing type."""

    ticket_type: Key
    quantity: int
    ticket_tier: Key | None = None
    day_pass: Key | None = None
    day_tier_price: Key | None = None


def lines_for(event: Key, choices: Sequence[Choice]) -> list[Line]:
    """The lines that these choices come to (EasyTicket 003, Orders). One statement, however many they are.

    Each choice names its type, and the part of it that the event's pricing type asks for; no other.

    :raises Invalid: none or too many, an event that is unknown, a draft or called off; or in some of them
        (``items.<number>.<field>``) a type that is not this event's, a part that is missing, out of place
        or not this type's.
    """
    refuse_uncountable(choices)
    known = _Known(_rows(event, choices))
    lines: list[Line] = []
    wrong: dict[str, list[str]] = {}
    for number, choice in enumerate(choices):
        try:
            lines.append(Line(known.offer(choice), choice.quantity))
        except _Wrong as error:
            wrong[f"items.{number}.{error.part}_id"] = [error.sentence]
    if wrong:
        raise Invalid.in_fields(wrong)
    return lines


def seats(event: Key, quantity: int, offer: Key | None = None) -> Line:
    """So many seats of an event (SecureTicket 002, Create Booking): of its only offer, else of the one that
    is named. One statement.

    :raises NotFound: there is no such event, or it is a draft.
    :raises Invalid: it sells nothing, several kinds of tickets of which none is named, or not this one.
    """
    if isinstance(offer, str):
        raise unknown(Offer, field="event_ticket")
    of_event, asked = _column(event), {"event": _value(event), "offer": _value(offer)}
    statement = _offers_on_sale(of_event) if offer is None else _one_offer(of_event, _column(offer))
    rows = db.session.connection().execute(statement, asked).all()
    if not rows or rows[0].status == DRAFT:
        raise NotFound("event")
    if rows[0].id is None:
        if offer is not None:
            raise unknown(Offer, field="event_ticket")
        raise Invalid("nothing_on_sale", "This event sells no tickets.", field="event")
    if len(rows) > 1:
        sentence = said("This event sells several kinds of tickets: name one of them.")
        raise Invalid("ambiguous_ticket", sentence, field="event_ticket")
    return Line(rows[0].id, quantity)


class _Wrong(Exception):
    """Something is wrong with one of the choices."""

    def __init__(self, part: str, sentence: str) -> None:
        super().__init__(sentence)
        self.part, self.sentence = part, sentence


class _Known:
    """The types and offers that some choices name, as they were just read."""

    def __init__(self, rows: Sequence[Row[Any]]) -> None:
        if not rows or rows[0].status == DRAFT:
            raise unknown(Event, field="event")
        if rows[0].status != PUBLISHED:
            raise Invalid("not_on_sale", "This event is not on sale.", field="event")
        self._part: str | None = _PART_OF[rows[0].pricing_type]
        self._types: dict[Key, int] = {}
        self._offers: dict[tuple[int, Key | None], int] = {}
        for row in rows:
            self._types |= {row.type_id: row.type_id, row.type_uuid: row.type_id}
            for key in (row.offer_id, row.offer_uuid) if self._part else (None,):
                self._offers[row.type_id, key] = row.offer_id

    def offer(self, choice: Choice) -> int:
        """The id of the offer that is meant."""
        type_id = self._types.get(choice.ticket_type)
        if type_id is None:
            raise _Wrong("ticket_type", "Ticket type not found")
        for part, name in _PARTS.items():
            if part != self._part and getattr(choice, part) is not None:
                raise _Wrong(part, f"Tickets of this event are not sold by {name}.")
        key = getattr(choice, self._part) if self._part else None
        if self._part and key is None:
            raise _Wrong(self._part, f"Choose a {_PARTS[self._part]} of this ticket type.")
        found = self._offers.get((type_id, key))
        if found is None:
            raise _Wrong(self._part or "ticket_type", "This ticket type has no such offer.")
        return found


def _rows(event: Key, choices: Sequence[Choice]) -> Sequence[Row[Any]]:
    types = [choice.ticket_type for choice in choices]
    parts = [getattr(choice, part) for choice in choices for part in _PARTS]
    asked = {
        "event": _value(event),
        "types": _numbers(types),
        "public_types": _public(types),
        "parts": _numbers(parts),
        "public_parts": _public(parts),
    }
    return db.session.connection().execute(_named_offers(_column(event)), asked).all()


@functools.cache
def _named_offers(column: str) -> Select[*tuple[Any, ...]]:
    """A row for each offer that is named; an event of which nothing is named has one row, too."""
    is_named = or_(
        TicketType.id.in_(bindparam("types", expanding=True)),
        TicketType.uuid.in_(bindparam("public_types", expanding=True)),
    )
    is_part = or_(
        Event.pricing_type == SIMPLE,
        Offer.id.in_(bindparam("parts", expanding=True)),
        Offer.uuid.in_(bindparam("public_parts", expanding=True)),
    )
    return (
        select(
            Event.status,
            Event.pricing_type,
            TicketType.id.label("type_id"),
            TicketType.uuid.label("type_uuid"),
            Offer.id.label("offer_id"),
            Offer.uuid.label("offer_uuid"),
        )
        .select_from(Event)
        .outerjoin(TicketType, and_(TicketType.event_id == Event.id, is_named))
        .outerjoin(Offer, and_(Offer.ticket_type_id == TicketType.id, is_part))
        .where(_is_event(column))
    )


@functools.cache
def _offers_on_sale(column: str) -> Select[*tuple[Any, ...]]:
    """Two of the offers that an event sells are enough to know that there are several."""
    on_sale = (
        select(Offer.id, Offer.event_id)
        .join(TicketType, TicketType.id == Offer.ticket_type_id)
        .where(Offer.is_active, TicketType.is_active)
        .subquery()
    )
    return (
        select(Event.status, on_sale.c.id)
        .outerjoin(on_sale, on_sale.c.event_id == Event.id)
        .where(_is_event(column))
        .order_by(on_sale.c.id)
        .limit(2)
    )


@functools.cache
def _one_offer(column: str, offer_column: str) -> Select[*tuple[Any, ...]]:
    is_named = getattr(Offer, offer_column) == bindparam("offer")
    return (
        select(Event.status, Offer.id)
        .select_from(Event)
        .outerjoin(Offer, and_(Offer.event_id == Event.id, is_named))
        .where(_is_event(column))
    )


def _is_event(column: str) -> Any:
    return getattr(Event, column) == bindparam("event")


def _column(key: Key) -> str:
    if isinstance(key, UUID):
        return "uuid"
    return "id" if isinstance(key, int) else "slug"


def _value(key: Key | None) -> Key | None:
    """The key, or what no row has in place of one that no column can hold."""
    if isinstance(key, int):
        return key if 0 < key < _BIGGEST else 0
    return key.replace("\0", "") if isinstance(key, str) else key


def _numbers(keys: Sequence[Key | None]) -> list[int]:
    return [key for key in keys if isinstance(key, int) and 0 < key < _BIGGEST]


def _public(keys: Sequence[Key | None]) -> list[UUID]:
    return [key for key in keys if isinstance(key, UUID)]
