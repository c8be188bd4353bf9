"""What somebody wants to buy: the offers behind the lines of an order, and whether they are for sale."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, bindparam, or_, select

from ticketing import clock
from ticketing.errors import Invalid, SoldOut, said
from ticketing.extensions import db
from ticketing.models import Event, Offer, Quota, TicketType, offer_quotas
from ticketing.models.events import PUBLISHED
from ticketing.models.offers import full_name
from ticketing.queries.keys import Key
from ticketing.services.inventory import Demand
from ticketing.services.orders.terms import SaleTerms

#: More lines than any shop shows; a bound for hostile bodies.
MOST_LINES = 50


@dataclass(frozen=True, slots=True)
class Line:
    """Some tickets of one offer; ``attendees`` are ``{"name", "email"}``, at most one a ticket."""

    offer: Key
    quantity: int
    attendees: Sequence[dict[str, str]] = field(default=(), hash=False)


class Wanted:
    """The offers of some lines as they were just read: a row per offer and quota.

    ``quantities`` are tickets by offer id, ``demand`` is what each quota is asked for.
    """

    def __init__(self, lines: Sequence[Line], rows: Sequence[Row[Any]]) -> None:
        self.lines, self.rows = lines, rows
        self.by_id = {row.id: row for row in rows}
        self.by_key: dict[Key, Any] = {row.uuid: row for row in rows} | dict(self.by_id)
        if any(line.offer not in self.by_key for line in lines):
            raise Invalid("unknown_offer", "Ticket type not found", field="event_ticket")
        self.quantities: Counter[int] = Counter()
        for line in lines:
            self.quantities[self.by_key[line.offer].id] += line.quantity

    @property
    def first(self) -> Row[Any]:
        """Any row, for what they all share: the event."""
        return self.rows[0]

    @property
    def total(self) -> int:
        """How many tickets, of all lines together."""
        return sum(self.quantities.values())

    @property
    def amounts(self) -> dict[int, int]:
        """Minor units by ticket type id."""
        amounts: Counter[int] = Counter()
        for offer_id, quantity in self.quantities.items():
            row = self.by_id[offer_id]
            amounts[row.type_id] += row.price * quantity
        return dict(amounts)

    @property
    def demand(self) -> Demand:
        """Tickets by quota, several offers of one taken together."""
        demand: Counter[tuple[int, int]] = Counter()
        for row in self.rows:
            demand[row.quota_id, row.links] += self.quantities[row.id]
        return dict(demand)


_COLUMNS: Select[*tuple[Any, ...]] = (
    select(
        Offer.id,
        Offer.uuid,
        Offer.price,
        Offer.tier_name,
        Offer.day_name,
        Offer.is_active.label("offer_is_active"),
        Offer.sales_start_at.label("offer_start"),
        Offer.sales_end_at.label("offer_end"),
        TicketType.id.label("type_id"),
        TicketType.name,
        TicketType.is_active.label("type_is_active"),
        TicketType.min_purchase,
        TicketType.max_purchase,
        TicketType.sales_start_at.label("type_start"),
        TicketType.sales_end_at.label("type_end"),
        Event.id.label("event_id"),
        Event.uuid.label("event_uuid"),
        Event.slug.label("event_slug"),
        Event.organization_id,
        Event.status,
        Event.starts_at,
        Event.ends_at,
        Event.currency,
        Event.tickets_per_account,
        Quota.id.label("quota_id"),
        Quota.links,
        (Quota.size - Quota.held - Quota.sold).label("left"),
    )
    .join(TicketType, TicketType.id == Offer.ticket_type_id)
    .join(Event, Event.id == Offer.event_id)
    .join(offer_quotas, offer_quotas.c.offer_id == Offer.id)
    .join(Quota, Quota.id == offer_quotas.c.quota_id)
)
# Built once: building a statement anew costs more than the database needs for it.
_BY_NUMBER = _COLUMNS.where(Offer.id == bindparam("number"))
_BY_KEYS = _COLUMNS.where(
    or_(
        Offer.id.in_(bindparam("numbers", expanding=True)),
        Offer.uuid.in_(bindparam("public", expanding=True)),
    )
)


def look_up(lines: Sequence[Line]) -> Wanted:
    """The offers of the lines. One statement.

    :raises Invalid: no lines, too many, fewer than one ticket, or an unknown offer.
    """
    refuse_uncountable(lines)
    return Wanted(lines, _rows_of([line.offer for line in lines]))


def refuse_uncountable(lines: Sequence[Any]) -> None:
    """Go on only with a sensible number of lines.

    :raises Invalid: there are none, or too many.
    """
    if not lines:
        raise Invalid("no_items", "Order must have at least one item", field="items")
    if len(lines) > MOST_LINES:
        raise Invalid(
            "too_many_items", said("An order has at most %(most)s lines.", most=MOST_LINES), field="items"
        )


def _rows_of(keys: Sequence[Key]) -> Sequence[Row[Any]]:
    numbers = [key for key in keys if isinstance(key, int) and 0 < key < 2**63]
    public = [key for key in keys if isinstance(key, UUID)]
    connection = db.session.connection()
    if len(numbers) == 1 and not public:
        return connection.execute(_BY_NUMBER, {"number": numbers[0]}).all()
    return connection.execute(_BY_KEYS, {"numbers": numbers, "public": public}).all()


def check(wanted: Wanted, event: Key | None, terms: SaleTerms) -> None:
    """Go on only if all of it can be sold now, of one event, in these quantities.

    :raises Invalid: tickets of several events or of another one, not on sale (yet, any more), too few or
        too many in one order.
    :raises SoldOut: there are not that many. Stock may go until it is taken: this look only spares an
        order that cannot succeed.
    """
    _check_event(wanted, event, terms)
    if any(line.quantity < 1 for line in wanted.lines):
        raise Invalid("bad_quantity", "Order at least one ticket.", field="quantity")
    now = clock.now()
    for offer_id, quantity in wanted.quantities.items():
        row = wanted.by_id[offer_id]
        _check_on_sale(row, now)
        most = min(row.max_purchase, terms.most)
        if quantity > most:
            raise Invalid(
                "too_many",
                said("At most %(most)s tickets can be ordered at once.", most=most),
                field="quantity",
            )
        if quantity < row.min_purchase:
            raise Invalid(
                "too_few", said("Order at least %(least)s tickets.", least=row.min_purchase), field="quantity"
            )
    _check_stock(wanted)


def check_for_desk(wanted: Wanted, event: Key, terms: SaleTerms) -> None:
    """Go on only if the event's organizer can hand these out: while it is published and not over, whatever
    there is of it. Windows of sale, what is switched off, least and most of an order bind the public; those
    who run the event keep tickets back for the very guests and doors that they are handed out to.

    :raises Invalid: tickets of another event, none of them, too many at once, or no time for it.
    :raises SoldOut: there are not that many.
    """
    _check_event(wanted, event, terms)
    if any(line.quantity < 1 for line in wanted.lines):
        raise Invalid("bad_quantity", "Order at least one ticket.", field="quantity")
    if wanted.total > terms.most:
        sentence = said("At most %(most)s tickets can be handed out at once.", most=terms.most)
        raise Invalid("too_many", sentence, field="quantity")
    _check_stock(wanted)


def _check_event(wanted: Wanted, event: Key | None, terms: SaleTerms) -> None:
    first = wanted.first
    if any(row.event_id != first.event_id for row in wanted.rows):
        raise Invalid("several_events", "All tickets of an order are for one event.", field="items")
    if event is not None and event not in (first.event_id, first.event_uuid, first.event_slug):
        raise Invalid("other_event", "These tickets are not for this event.", field="event")
    if first.status != PUBLISHED:
        raise Invalid("not_on_sale", "This event is not on sale.", field="event_ticket")
    closes = first.starts_at if terms.closes_at_start else first.ends_at
    if closes <= clock.now():
        raise Invalid("sales_ended", "Sales for this event have ended.", field="event_ticket")


def _check_on_sale(row: Row[Any], now: datetime) -> None:
    name = _name(row)
    if not (row.offer_is_active and row.type_is_active):
        raise Invalid("not_on_sale", said("'%(name)s' is not on sale.", name=name), field="event_ticket")
    if any(start is not None and start > now for start in (row.offer_start, row.type_start)):
        raise Invalid(
            "sales_not_started", said("'%(name)s' is not on sale yet.", name=name), field="event_ticket"
        )
    if any(end is not None and end <= now for end in (row.offer_end, row.type_end)):
        raise Invalid("sales_ended", said("Sales of '%(name)s' have ended.", name=name), field="event_ticket")


def _check_stock(wanted: Wanted) -> None:
    demand = wanted.demand
    if all(row.left >= demand[row.quota_id, row.links] for row in wanted.rows):
        return
    left: dict[int, int] = {}
    for row in wanted.rows:
        left[row.id] = min(row.left, left.get(row.id, row.left))
    scarce = min(left, key=lambda offer_id: left[offer_id] - wanted.quantities[offer_id])
    raise SoldOut(_name(wanted.by_id[scarce]), max(left[scarce], 0))


def _name(row: Row[Any]) -> str:
    return full_name(row.name, row.tier_name, row.day_name)
