"""EasyTicket's bodies, queries and answers of ticket types and their parts (EasyTicket 003, Tickets)."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from ticketing.api.fields import INT32, MOST_TICKETS, AnyKey, Day, In, Money, Out, Text, UtcDate, Whole, Word
from ticketing.api.paging import PageQuery
from ticketing.api.parsing import ListQuery
from ticketing.models import Offer, TicketType
from ticketing.models.events import PRICING_TYPES
from ticketing.queries.keys import Key

_LONGEST_TEXT = 20_000
#: More parts than any event has days and tiers; a bound for hostile bodies.
_MOST_PARTS = 100


class Id(AnyKey):
    """An id as integer or UUID. Nothing here has a slug, so another word is none."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Key:
        key = super()._deserialize(value, attr, data, **kwargs)
        if isinstance(key, str):
            raise self.make_error("invalid")
        return key


def _sales_start() -> UtcDate:
    return UtcDate(data_key="sales_start", allow_none=True)


def _sales_end() -> UtcDate:
    return UtcDate(data_key="sales_end", allow_none=True)


def _quantity() -> Whole:
    return Whole(1, MOST_TICKETS, required=True)


def _ordering(*words: str) -> Text:
    listed = ", ".join(f"`{word}`" for word in words)
    return Text(
        100, metadata={"description": f"{listed}, with `-` for descending; several with commas between them."}
    )


class TierFields(In):
    """Tier, as it comes along with a new ticket type."""

    tier_number = Whole(1, INT32, required=True)
    name = Text(Offer.tier_name, blank=False, required=True)
    price = Money(required=True)
    quantity = _quantity()
    sales_start_at = _sales_start()
    sales_end_at = _sales_end()


class TierIn(TierFields):
    """Body of a tier."""

    ticket_type = AnyKey(required=True)


class TierOut(Out):
    """Tier. `available_quantity` is what can still be had: never more than its type, or what its event
    admits, leaves."""

    id = fields.UUID()
    ticket_type = fields.UUID()
    tier_number = fields.Integer()
    name = fields.String()
    price = Money()
    quantity = fields.Integer()
    quantity_sold = fields.Integer()
    available_quantity = fields.Integer()
    is_sold_out = fields.Boolean()
    sales_start = UtcDate(allow_none=True)
    sales_end = UtcDate(allow_none=True)
    created_at = UtcDate()


class TierQuery(PageQuery):
    """Which tiers."""

    ticket_type = Id()
    ordering = _ordering("tier_number", "price")


class DayPassFields(In):
    """Day pass, as it comes along with a new ticket type."""

    day_number = Whole(
        1,
        INT32,
        allow_none=True,
        metadata={"description": "Required, unless the pass is for all days: then there is none."},
    )
    name = Text(Offer.day_name, blank=False, required=True)
    date = Day(allow_none=True)
    price = Money(required=True)
    quantity = _quantity()
    is_all_days = fields.Boolean(metadata={"description": "It takes a place on each day of the event."})


class DayPassIn(DayPassFields):
    """Body of a day pass."""

    ticket_type = AnyKey(required=True)


class DayPassOut(Out):
    """Day pass. `available_quantity` is what can still be had: never more than its type, or what its days
    admit, leaves."""

    id = fields.UUID()
    ticket_type = fields.UUID()
    day_number = fields.Integer(allow_none=True)
    name = fields.String()
    date = fields.Date(allow_none=True)
    price = Money()
    quantity = fields.Integer()
    quantity_sold = fields.Integer()
    available_quantity = fields.Integer()
    is_sold_out = fields.Boolean()
    is_all_days = fields.Boolean()
    created_at = UtcDate()


class DayPassQuery(PageQuery):
    """Which day passes."""

    ticket_type = Id()
    is_all_days = fields.Boolean()
    ordering = _ordering("day_number", "price", "date")


class DayTierPriceFields(In):
    """Price of a tier on a day, as it comes along with a new ticket type."""

    day_number = Whole(1, INT32, required=True)
    day_name = Text(Offer.day_name, blank=False, required=True)
    date = Day(allow_none=True)
    tier_number = Whole(1, INT32, required=True)
    tier_name = Text(Offer.tier_name, blank=False, required=True)
    price = Money(required=True)
    quantity = _quantity()
    is_active = fields.Boolean()
    sales_start_at = _sales_start()
    sales_end_at = _sales_end()


class DayTierPriceIn(DayTierPriceFields):
    """Body of the price of a tier on a day."""

    ticket_type = AnyKey(required=True)


class DayTierPriceOut(Out):
    """Price of a tier on a day. `available_quantity` is what can still be had: never more than its type, or
    what its day admits, leaves."""

    id = fields.UUID()
    ticket_type = fields.UUID()
    day_number = fields.Integer()
    day_name = fields.String()
    date = fields.Date(allow_none=True)
    tier_number = fields.Integer()
    tier_name = fields.String()
    price = Money()
    quantity = fields.Integer()
    quantity_sold = fields.Integer()
    available_quantity = fields.Integer()
    is_sold_out = fields.Boolean()
    is_on_sale = fields.Boolean()
    is_active = fields.Boolean()
    sales_start = UtcDate(allow_none=True)
    sales_end = UtcDate(allow_none=True)
    created_at = UtcDate()


class DayTierPriceQuery(PageQuery):
    """Which prices."""

    ticket_type = Id()
    day_number = Whole(1, INT32)
    tier_number = Whole(1, INT32)
    is_active = fields.Boolean()
    ordering = _ordering("day_number", "tier_number", "price", "date")


class MatrixQuery(In):
    """Whose prices."""

    ticket_type = Id(required=True)


class AxisOut(Out):
    """Day or tier."""

    number = fields.Integer()
    name = fields.String()


class MatrixOut(Out):
    """Prices by day and tier: `matrix["1"]["2"]` is what tier 2 costs on day 1."""

    ticket_type = fields.UUID()
    days = fields.List(fields.Nested(AxisOut))
    tiers = fields.List(fields.Nested(AxisOut))
    matrix = fields.Dict(
        keys=fields.String(),
        values=fields.Dict(keys=fields.String(), values=fields.Nested(DayTierPriceOut)),
    )


class TypeIn(In):
    """Body of a ticket type. Its parts have URLs of their own."""

    event = AnyKey(required=True)
    name = Text(TicketType.name, blank=False, required=True)
    description = Text(_LONGEST_TEXT)
    pricing_type = Word(*PRICING_TYPES, metadata={"description": "Must be its event's."})
    price = Money(allow_none=True, metadata={"description": "Of a simple type, and of no other."})
    total_quantity = _quantity()
    sales_start_at = _sales_start()
    sales_end_at = _sales_end()
    min_purchase = Whole(1, INT32)
    max_purchase = Whole(1, INT32)
    benefits = Text(_LONGEST_TEXT)
    is_active = fields.Boolean()


class NewTypeIn(TypeIn):
    """Body of a new ticket type; its parts may come along."""

    tiers = fields.List(fields.Nested(TierFields), validate=validate.Length(max=_MOST_PARTS))
    day_passes = fields.List(fields.Nested(DayPassFields), validate=validate.Length(max=_MOST_PARTS))
    day_tier_prices = fields.List(
        fields.Nested(DayTierPriceFields), validate=validate.Length(max=_MOST_PARTS)
    )


class TypeInList(Out):
    """Ticket type. `available_quantity` is what can still be had: the least of what its total, its event (or
    all its days) and its parts together leave. `min_price` is the lowest of what is switched on."""

    id = fields.UUID()
    event = fields.UUID()
    event_title = fields.String()
    name = fields.String()
    description = fields.String()
    pricing_type = Word(*PRICING_TYPES)
    price = Money(allow_none=True)
    min_price = Money()
    total_quantity = fields.Integer()
    quantity_sold = fields.Integer()
    available_quantity = fields.Integer()
    is_sold_out = fields.Boolean()
    is_on_sale = fields.Boolean()
    sales_start = UtcDate(allow_none=True)
    sales_end = UtcDate(allow_none=True)
    is_active = fields.Boolean()
    created_at = UtcDate()


class TypeOut(TypeInList):
    """Ticket type with its parts."""

    event_slug = fields.String()
    min_purchase = fields.Integer()
    max_purchase = fields.Integer()
    benefits = fields.String()
    tiers = fields.List(fields.Nested(TierOut))
    day_passes = fields.List(fields.Nested(DayPassOut))
    day_tier_prices = fields.List(fields.Nested(DayTierPriceOut))
    updated_at = UtcDate()


class TypeQuery(PageQuery):
    """Which ticket types."""

    event = Id()
    pricing_type = Word(*PRICING_TYPES)
    is_active = fields.Boolean()
    is_on_sale = fields.Boolean()
    search = Text(200, metadata={"description": "Words in the name, the description or the benefits."})
    ordering = _ordering("created_at", "price", "total_quantity")


class TypesOfEventQuery(ListQuery):
    """Whose ticket types."""

    event_id = Id(required=True)
