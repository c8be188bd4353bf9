"""What readers see of ticket types and their parts: how many are left, and whether they can be bought now."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.factories import EventFactory, OfferFactory, TicketTypeFactory
from tests.services.pricing import PARTS, WHOLE, buy, cell, day_pass, new_type, tier, whole_type
from ticketing import clock
from ticketing.extensions import db as extension
from ticketing.models import Event, TicketType
from ticketing.models.events import DAY_BASED, TIER_AND_DAY, TIERED
from ticketing.policy import ANONYMOUS, SYSTEM
from ticketing.queries import ticket_parts, ticket_types
from ticketing.queries.ticket_parts import PartFilter
from ticketing.queries.ticket_types import Filter
from ticketing.services import events, orders

pytestmark = pytest.mark.usefixtures("db")
each_kind = pytest.mark.parametrize("kind", list(WHOLE))


def left(ticket_type: TicketType | int) -> int:
    key = ticket_type if isinstance(ticket_type, int) else ticket_type.id
    return ticket_types.left(ticket_types.get(ANONYMOUS, key).row)


def parts_left(type_id: int) -> list[int]:
    return [row.available for row in ticket_types.get(ANONYMOUS, type_id).parts]


def on_sale(type_id: int) -> bool:
    """As the row says it, and as the filter does."""
    shown = bool(ticket_types.get(SYSTEM, type_id).row.is_on_sale)
    for asked in (True, False):
        found = ticket_types.find(SYSTEM, Filter(is_on_sale=asked), 1, 100)
        assert (type_id in {row.id for row in found.rows}) is (shown is asked)
        assert found.total == len(found.rows)
    return shown


# ---------------------------------------------------------------- how many are left


@each_kind
def test_what_is_held_is_gone_and_only_what_is_confirmed_is_sold(kind: str) -> None:
    made = whole_type(kind, total_quantity=9)
    type_id, offer = made.id, made.offers[0].id
    buy(offer, 3)
    orders.confirm(SYSTEM, buy(offer, 2))
    row = ticket_types.get(ANONYMOUS, type_id).row
    assert (row.total, row.sold, ticket_types.left(row)) == (9, 2, 4)
    part = ticket_types.get(ANONYMOUS, type_id).parts[0]
    assert (part.quantity, part.sold) == (9 if kind == "simple" else 10, 2)
    assert part.available == 4, "no part has more than its type leaves"


def test_a_type_has_no_more_left_than_its_parts_together() -> None:
    made = whole_type(TIERED, total_quantity=100)
    assert left(made) == 20
    assert parts_left(made.id) == [10, 10]


def test_a_type_without_parts_has_its_whole_total() -> None:
    assert left(new_type(EventFactory(pricing_type=TIERED), total_quantity=7)) == 7


def test_parts_that_are_switched_off_are_not_left() -> None:
    made = new_type(
        EventFactory(pricing_type=TIER_AND_DAY),
        day_tier_prices=[cell(1, 1), cell(1, 2, is_active=False, quantity=3)],
    )
    assert left(made) == 10


def test_a_type_has_no_more_left_than_its_event_admits() -> None:
    event = EventFactory(pricing_type=TIERED)
    events.update(SYSTEM, event.id, capacity=6)
    made = new_type(event, tiers=[tier(1), tier(2)])
    buy(made.offers[0].id, 2)
    assert left(made) == 4
    assert parts_left(made.id) == [4, 4]


def test_a_type_has_no_more_left_than_all_its_days_admit() -> None:
    event = EventFactory(pricing_type=TIER_AND_DAY)
    events.update(SYSTEM, event.id, capacity=6)
    made = new_type(event, day_tier_prices=[cell(1, 1), cell(1, 2), cell(2, 1, quantity=3)])
    type_id = made.id
    buy(made.offers[0].id, 2)
    assert parts_left(type_id) == [4, 4, 3]
    assert left(type_id) == 10, "four on the first day and six on the second"


def test_a_pass_has_no_more_left_than_its_fullest_day() -> None:
    event = EventFactory(pricing_type=DAY_BASED)
    events.update(SYSTEM, event.id, capacity=5)
    made = new_type(event, day_passes=[day_pass(1), day_pass(2), day_pass(None)])
    type_id, (first, _second, all_days) = made.id, [offer.id for offer in made.offers]
    buy(first, 4)
    assert parts_left(type_id) == [1, 5, 1]
    buy(all_days)
    assert parts_left(type_id) == [0, 4, 0]


def test_nothing_left_is_nothing_and_never_less() -> None:
    made = new_type(EventFactory(pricing_type=TIERED), total_quantity=2, tiers=[tier(1)])
    type_id = made.id
    buy(made.offers[0].id, 2)
    assert (left(type_id), parts_left(type_id)) == (0, [0])


def test_a_type_without_a_total_of_its_own_has_what_its_parts_have() -> None:
    parent = TicketTypeFactory(event=EventFactory(pricing_type=TIERED))
    for number in (1, 2):
        OfferFactory(ticket_type=parent, size=4, tier_number=number, tier_name=str(number))
    row = ticket_types.get(ANONYMOUS, parent.id).row
    assert (row.total, row.sold, ticket_types.left(row)) == (8, 0, 8)


# ---------------------------------------------------------------- prices


def test_the_lowest_price_is_the_lowest_of_what_is_switched_on() -> None:
    made = new_type(
        EventFactory(pricing_type=TIER_AND_DAY),
        day_tier_prices=[cell(1, 1, price=3, is_active=False), cell(1, 2, price=5), cell(1, 3, price=7)],
    )
    assert ticket_types.get(ANONYMOUS, made.id).row.lowest == 500


# ---------------------------------------------------------------- whether it can be bought


@each_kind
def test_a_type_of_a_published_event_is_on_sale_until_it_is_sold_out(kind: str) -> None:
    made = whole_type(kind, total_quantity=2)
    type_id = made.id
    assert on_sale(type_id)
    buy(made.offers[0].id, 2)
    assert not on_sale(type_id)


@pytest.mark.parametrize(
    "changed",
    [
        {"status": "draft"},
        {"status": "cancelled"},
        {"starts_at": clock.now() - timedelta(days=2), "ends_at": clock.now() - timedelta(days=1)},
    ],
    ids=["draft", "cancelled", "over"],
)
def test_nothing_of_an_event_that_is_none_or_no_more_is_on_sale(changed: dict[str, Any]) -> None:
    made = whole_type("simple")
    event = extension.session.get_one(Event, made.event_id)
    assert on_sale(made.id)
    for column, value in changed.items():
        setattr(event, column, value)
    extension.session.commit()
    assert not on_sale(made.id)


def test_a_running_event_still_sells() -> None:
    made = whole_type("simple")
    event = extension.session.get_one(Event, made.event_id)
    event.starts_at = clock.now() - timedelta(hours=1)
    extension.session.commit()
    assert on_sale(made.id)


@pytest.mark.parametrize(
    ("window", "is_open"),
    [
        ({"sales_start_at": timedelta(hours=1)}, False),
        ({"sales_start_at": timedelta(hours=-1)}, True),
        ({"sales_end_at": timedelta(hours=-1)}, False),
        ({"sales_end_at": timedelta(hours=1)}, True),
        ({"sales_start_at": timedelta(hours=-1), "sales_end_at": timedelta(hours=1)}, True),
    ],
    ids=str,
)
def test_a_type_is_on_sale_within_its_window_and_its_parts_within_theirs(
    window: dict[str, timedelta], is_open: bool
) -> None:
    moments = {column: clock.now() + distance for column, distance in window.items()}
    for kind in WHOLE:
        assert on_sale(whole_type(kind, **moments).id) is is_open
    for kind in (TIERED, TIER_AND_DAY):
        field, part, _create, _shape = PARTS[kind]
        made = new_type(EventFactory(pricing_type=kind), **{field: [{**part, **moments}]})
        assert on_sale(made.id) is is_open
        assert bool(ticket_types.get(SYSTEM, made.id).parts[0].is_on_sale) is is_open


def test_one_part_that_can_be_bought_is_enough() -> None:
    later = clock.now() + timedelta(hours=1)
    event = EventFactory(pricing_type=TIERED)
    assert on_sale(new_type(event, tiers=[tier(1, sales_start_at=later), tier(2)]).id)


@each_kind
def test_what_is_switched_off_is_not_on_sale(kind: str) -> None:
    assert not on_sale(whole_type(kind, is_active=False).id)


def test_a_type_without_parts_is_not_on_sale() -> None:
    assert not on_sale(new_type(EventFactory(pricing_type=TIERED)).id)


@each_kind
def test_what_is_shown_as_on_sale_can_be_bought_and_nothing_else(kind: str) -> None:
    """The look and the sale must not drift apart."""
    soon, ago = clock.now() + timedelta(hours=1), clock.now() - timedelta(hours=1)
    for number, details in enumerate(
        ({}, {"sales_start_at": soon}, {"sales_end_at": ago}, {"is_active": False}, {"sales_start_at": ago})
    ):
        made = whole_type(kind, name=f"Type {number}", **details)
        type_id, offer = made.id, made.offers[0].id
        shown = on_sale(type_id)
        try:
            buy(offer)
        except Exception:
            assert not shown
        else:
            assert shown


# ---------------------------------------------------------------- a fixed number of statements


@pytest.mark.parametrize("number", [1, 7])
def test_lists_take_as_many_statements_however_long_they_are(number: int, statements: Any) -> None:
    for _ in range(number):
        whole_type(TIER_AND_DAY)
    with statements() as seen:
        assert len(ticket_types.find(ANONYMOUS, Filter(ordering="-price"), 1, 100).rows) == number
        assert ticket_parts.find(ANONYMOUS, TIER_AND_DAY, PartFilter(), 1, 100).total == number * 3
        assert len(ticket_types.on_sale(ANONYMOUS, 100)) == number
    assert len(seen) == 5


def test_a_page_is_the_part_of_the_list_that_it_says() -> None:
    event = EventFactory(pricing_type=TIERED)
    ids = [new_type(event, name=str(number), total_quantity=number).id for number in range(1, 6)]
    pages = [
        [row.id for row in ticket_types.find(ANONYMOUS, Filter(ordering="-total_quantity"), page, 2).rows]
        for page in (1, 2, 3, 4)
    ]
    assert pages == [[ids[4], ids[3]], [ids[2], ids[1]], [ids[0]], []]


def test_the_parts_of_a_type_come_by_day_and_tier_and_all_days_last() -> None:
    made = new_type(
        EventFactory(pricing_type=DAY_BASED), day_passes=[day_pass(None), day_pass(2), day_pass(1)]
    )
    assert [row.day_number for row in ticket_types.get(ANONYMOUS, made.id).parts] == [1, 2, None]
