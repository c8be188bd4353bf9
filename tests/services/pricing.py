"""What the tests of ticket types do again and again."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.factories import BuyerFactory, EventFactory
from tests.invariants.stock import assert_stock_adds_up
from ticketing.errors import Invalid
from ticketing.extensions import db as extension
from ticketing.models import Event, Offer, Organization, TicketType
from ticketing.policy import SYSTEM, Actor
from ticketing.services import offers, orders
from ticketing.services.offers import CELL, DAY_PASS, TIER
from ticketing.services.orders import Line, terms_for

Fields = dict[str, Any]


def new_type(event: Event, **details: Any) -> TicketType:
    return offers.create_type(SYSTEM, **{"event": event.id, "name": "Pass", "total_quantity": 100, **details})


def tier(number: int = 1, **changed: Any) -> Fields:
    return {
        "tier_number": number, "name": f"Tier {number}", "price": Decimal(10), "quantity": 10, **changed,
    }  # fmt: skip


def day_pass(number: int | None = 1, **changed: Any) -> Fields:
    whole = {"name": f"Day {number}", "price": Decimal(10), "quantity": 10}
    day = {"is_all_days": True, "name": "All days"} if number is None else {"day_number": number}
    return {**whole, **day, **changed}


def cell(day: int = 1, number: int = 1, **changed: Any) -> Fields:
    whole = {"day_number": day, "day_name": f"Day {day}", "tier_number": number, "tier_name": f"T{number}"}
    return {**whole, "price": Decimal(10), "quantity": 10, **changed}


#: What a type of each pricing type is made with.
WHOLE: dict[str, Fields] = {
    "simple": {"price": Decimal(10)},
    "tiered": {"tiers": [tier(1), tier(2)]},
    "day_based": {"day_passes": [day_pass(1), day_pass(None)]},
    "tier_and_day": {"day_tier_prices": [cell(1, 1), cell(1, 2), cell(2, 1)]},
}
#: The pricing types that have parts: the field that brings them, one of them, and how it is added later.
PARTS: dict[str, tuple[str, Fields, Any, Any]] = {
    "tiered": ("tiers", tier(), offers.create_tier, TIER),
    "day_based": ("day_passes", day_pass(), offers.create_day_pass, DAY_PASS),
    "tier_and_day": ("day_tier_prices", cell(), offers.create_day_tier_price, CELL),
}


def whole_type(kind: str, **details: Any) -> TicketType:
    event = EventFactory(pricing_type=kind)
    return new_type(event, **{**WHOLE[kind], **details})


def one_part(kind: str, **changed: Any) -> Offer:
    """The only part of a new type."""
    field, part, _create, _shape = PARTS[kind]
    return new_type(EventFactory(pricing_type=kind), **{field: [{**part, **changed}]}).offers[0]


def buy(offer: Offer | int, number: int = 1, buyer: Actor | None = None) -> int:
    key = offer if isinstance(offer, int) else offer.id
    return orders.place(buyer or BuyerFactory(), [Line(key, number)], terms=terms_for("btick")).order_id


def refusal(error: pytest.ExceptionInfo[Invalid]) -> tuple[str, list[str]]:
    """Its code and the fields that it blames."""
    return error.value.code, list(error.value.fields)


def stock_adds_up() -> None:
    extension.session.expire_all()
    assert_stock_adds_up(extension.session)


def organization_of(thing: TicketType | Offer) -> Organization:
    event = extension.session.get_one(Event, thing.event_id)
    return extension.session.get_one(Organization, event.organization_id)
