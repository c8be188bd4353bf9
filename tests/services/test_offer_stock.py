"""How much of a ticket type can be sold, and what may still change while it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from tests.factories import BuyerFactory, EventFactory
from tests.services.pricing import (
    PARTS,
    WHOLE,
    buy,
    cell,
    day_pass,
    new_type,
    one_part,
    refusal,
    stock_adds_up,
    tier,
    whole_type,
)
from ticketing import clock
from ticketing.errors import Invalid, SoldOut
from ticketing.extensions import db as extension
from ticketing.models import Event, EventDay, Offer, OrderItem, Quota, TicketType
from ticketing.models.events import DAY_BASED, TIER_AND_DAY, TIERED
from ticketing.policy import SYSTEM
from ticketing.services import events, offers, orders
from ticketing.services.offers import CELL, DAY_PASS, TIER

pytestmark = pytest.mark.usefixtures("db")

each_kind = pytest.mark.parametrize("kind", list(WHOLE))
each_part = pytest.mark.parametrize("kind", list(PARTS))
each_way = pytest.mark.parametrize("confirmed", [True, False], ids=["sold", "held"])


def take(offer_id: int, number: int, *, confirmed: bool) -> int:
    """Tickets sold, or held."""
    order_id = buy(offer_id, number)
    if confirmed:
        orders.confirm(SYSTEM, order_id)
    return order_id


def festival(capacity: int | None, *numbers: int | None) -> tuple[int, int, list[int]]:
    """An event that admits so many a day, its type, and a pass for each of these days (none: for all)."""
    event = EventFactory(pricing_type=DAY_BASED)
    events.update(SYSTEM, event.id, capacity=capacity)
    made = new_type(event, day_passes=[day_pass(number, quantity=50) for number in numbers])
    return event.id, made.id, [offer.id for offer in made.offers]


def sold_out(offer_id: int, number: int = 1) -> bool:
    try:
        buy(offer_id, number)
    except SoldOut:
        return True
    return False


def dates(event_id: int) -> Sequence[dt.date | None]:
    return extension.session.scalars(
        select(EventDay.date).where(EventDay.event_id == event_id).order_by(EventDay.number)
    ).all()


# ---------------------------------------------------------------- what a type and a part have


@each_part
def test_a_types_total_bounds_all_its_parts_together(kind: str) -> None:
    made = whole_type(kind, total_quantity=5)
    first, second = (offer.id for offer in made.offers[:2])
    buy(first, 3)
    buy(second, 2)
    assert sold_out(first)
    assert sold_out(second)
    stock_adds_up()


@each_part
def test_a_part_never_sells_more_than_its_own(kind: str) -> None:
    offer = one_part(kind, quantity=2).id
    buy(offer, 2)
    assert sold_out(offer)
    stock_adds_up()


@each_kind
@each_way
def test_a_total_never_falls_below_what_is_sold_or_held(kind: str, confirmed: bool) -> None:
    made = whole_type(kind)
    type_id = made.id
    take(made.offers[0].id, 4, confirmed=confirmed)
    with pytest.raises(Invalid) as error:
        offers.update_type(SYSTEM, type_id, total_quantity=3, name="Other")
    assert refusal(error) == ("below_sold", ["total_quantity"])
    assert extension.session.get_one(TicketType, type_id).name == "Pass", "a refusal changes nothing"
    offers.update_type(SYSTEM, type_id, total_quantity=4)
    stock_adds_up()


@each_part
@each_way
def test_a_parts_quantity_never_falls_below_what_is_sold_or_held(kind: str, confirmed: bool) -> None:
    offer, shape = one_part(kind).id, PARTS[kind][3]
    take(offer, 4, confirmed=confirmed)
    with pytest.raises(Invalid) as error:
        offers.update_part(SYSTEM, offer, shape, quantity=3)
    assert refusal(error) == ("below_sold", ["quantity"])
    assert offers.update_part(SYSTEM, offer, shape, quantity=4).quota.size == 4
    assert sold_out(offer)


@each_part
def test_a_larger_total_and_quantity_sell_on(kind: str) -> None:
    offer = one_part(kind, quantity=2)
    type_id, offer_id = offer.ticket_type_id, offer.id
    buy(offer_id, 2)
    offers.update_part(SYSTEM, offer_id, PARTS[kind][3], quantity=9)
    offers.update_type(SYSTEM, type_id, total_quantity=3)
    buy(offer_id)
    assert sold_out(offer_id)
    offers.update_type(SYSTEM, type_id, total_quantity=9)
    buy(offer_id, 6)
    stock_adds_up()


# ---------------------------------------------------------------- what a day admits


def test_a_pass_for_all_days_takes_a_place_on_each_of_them() -> None:
    _event, _type, (first, second, all_days) = festival(3, 1, 2, None)
    buy(all_days, 2)
    buy(first)
    assert sold_out(first)
    assert sold_out(all_days)
    buy(second)
    assert sold_out(second)
    stock_adds_up()


def test_each_day_admits_as_many_as_any_other() -> None:
    _event, _type, (first, second) = festival(3, 1, 2)
    buy(first, 3)
    buy(second, 3)
    assert sold_out(first)
    assert sold_out(second)


def test_all_tiers_of_a_day_share_what_it_admits() -> None:
    event = EventFactory(pricing_type=TIER_AND_DAY)
    events.update(SYSTEM, event.id, capacity=3)
    made = new_type(event, day_tier_prices=[cell(1, 1), cell(1, 2), cell(2, 1)])
    first, second, next_day = (offer.id for offer in made.offers)
    buy(first, 2)
    buy(second)
    assert sold_out(first)
    assert sold_out(second)
    buy(next_day, 3)
    stock_adds_up()


def test_all_types_of_a_day_share_what_it_admits() -> None:
    event_id, _type, (first,) = festival(3, 1)
    other = new_type(
        extension.session.get_one(Event, event_id), name="Other", day_passes=[day_pass(1)]
    ).offers[0]
    buy(first, 2)
    assert sold_out(other.id, 2)
    buy(other.id)
    stock_adds_up()


def test_tiers_and_simple_types_share_what_their_event_admits() -> None:
    for kind in ("simple", TIERED):
        event = EventFactory(pricing_type=kind)
        events.update(SYSTEM, event.id, capacity=3)
        parts = new_type(event, **WHOLE[kind]).offers
        parts = [*parts, *new_type(event, **WHOLE[kind], name="Other").offers]
        first, last = parts[0].id, parts[-1].id
        buy(first, 2)
        assert sold_out(last, 2)
        buy(last)
        assert sold_out(first)
    stock_adds_up()


def test_a_day_that_is_added_later_counts_the_passes_for_all_days_that_were_sold() -> None:
    _event, type_id, (_first, all_days) = festival(3, 1, None)
    take(all_days, 1, confirmed=True)
    take(all_days, 1, confirmed=False)
    added = offers.create_day_pass(SYSTEM, ticket_type=type_id, **day_pass(2)).id
    stock_adds_up()
    buy(added)
    assert sold_out(added)
    assert sold_out(all_days)


def test_passes_for_all_days_of_an_event_without_days_count_on_its_calendar_days() -> None:
    starts = dt.datetime(2130, 6, 1, 20, tzinfo=dt.UTC)
    event = EventFactory(
        pricing_type=DAY_BASED, timezone="Europe/Lisbon", starts_at=starts, ends_at=starts + timedelta(days=2)
    )
    event_id = event.id
    events.update(SYSTEM, event_id, capacity=2)
    made = new_type(event, day_passes=[day_pass(None)])
    all_days, type_id = made.offers[0].id, made.id
    assert dates(event_id) == [dt.date(2130, 6, day) for day in (1, 2, 3)]
    buy(all_days, 2)
    third = offers.create_day_pass(SYSTEM, ticket_type=type_id, **day_pass(3)).id
    assert sold_out(third)
    stock_adds_up()


def test_an_event_that_ends_at_midnight_has_no_day_after() -> None:
    starts = dt.datetime(2130, 6, 1, 18, tzinfo=dt.UTC)
    event = EventFactory(pricing_type=DAY_BASED, starts_at=starts, ends_at=starts + timedelta(hours=6))
    new_type(event, day_passes=[day_pass(None)])
    assert dates(event.id) == [dt.date(2130, 6, 1)]


def test_a_bound_may_be_lifted_and_set_again_while_tickets_are_sold() -> None:
    event_id, _type, (first, all_days) = festival(3, 1, None)
    take(all_days, 2, confirmed=True)
    buy(first)
    events.update(SYSTEM, event_id, capacity=None)
    stock_adds_up()
    buy(first, 2)
    with pytest.raises(Invalid) as error:
        events.update(SYSTEM, event_id, capacity=4)
    assert refusal(error) == ("below_sold", ["capacity"])
    events.update(SYSTEM, event_id, capacity=5)
    assert sold_out(first)
    assert sold_out(all_days)
    events.update(SYSTEM, event_id, capacity=6)
    buy(all_days)
    assert sold_out(first)
    stock_adds_up()


def test_a_bound_is_no_smaller_than_the_fullest_day() -> None:
    event_id, _type, (first, second, all_days) = festival(9, 1, 2, None)
    buy(first, 4)
    buy(second, 1)
    buy(all_days, 2)
    with pytest.raises(Invalid) as error:
        events.update(SYSTEM, event_id, capacity=5)
    assert refusal(error) == ("below_sold", ["capacity"])
    events.update(SYSTEM, event_id, capacity=6)
    stock_adds_up()


def test_what_is_given_back_is_free_on_every_day() -> None:
    _event, _type, (first, second, all_days) = festival(2, 1, 2, None)
    buyer = BuyerFactory()
    order_id = buy(all_days, 2, buyer)
    assert sold_out(first)
    orders.cancel(buyer, order_id)
    stock_adds_up()
    buy(first, 2)
    buy(second, 2)


# ---------------------------------------------------------------- days that move


def test_a_pass_that_nobody_has_ordered_moves_to_another_day() -> None:
    _event, _type, (first, second) = festival(2, 1, 2)
    buy(second, 2)
    moved = offers.update_part(SYSTEM, first, DAY_PASS, day_number=3)
    assert (moved.day_id, sold_out(first, 3)) == (extension.session.get_one(Offer, first).day_id, True)
    buy(first, 2)
    stock_adds_up()


def test_a_pass_that_nobody_has_ordered_becomes_one_for_all_days_and_back() -> None:
    _event, _type, (first, second) = festival(2, 1, 2)
    buy(second, 2)
    offers.update_part(SYSTEM, first, DAY_PASS, is_all_days=True)
    assert sold_out(first), "it counts on the second day, too"
    with pytest.raises(Invalid) as error:
        offers.update_part(SYSTEM, first, DAY_PASS, is_all_days=False)
    assert refusal(error) == ("day_missing", ["day_number"])
    offers.update_part(SYSTEM, first, DAY_PASS, is_all_days=False, day_number=1)
    buy(first, 2)
    stock_adds_up()


@each_way
def test_the_day_of_an_ordered_pass_is_fixed(confirmed: bool) -> None:
    _event, _type, (first, _second) = festival(9, 1, 2)
    take(first, 1, confirmed=confirmed)
    for changed in ({"day_number": 3}, {"is_all_days": True}):
        with pytest.raises(Invalid) as error:
            offers.update_part(SYSTEM, first, DAY_PASS, **changed)
        assert refusal(error) == ("day_fixed", ["day_number"])
    stock_adds_up()


def test_a_day_has_one_date_and_whoever_changes_it_changes_it_for_all_of_that_day() -> None:
    parent = new_type(EventFactory(pricing_type=TIER_AND_DAY))
    type_id, event_id = parent.id, parent.event_id
    first, later = dt.date(2130, 6, 1), dt.date(2130, 6, 2)
    vip = offers.create_day_tier_price(SYSTEM, ticket_type=type_id, **cell(1, 1), date=first).id
    with pytest.raises(Invalid) as error:
        offers.create_day_tier_price(SYSTEM, ticket_type=type_id, **cell(1, 2), date=later)
    assert refusal(error) == ("other_date", ["date"])
    offers.create_day_tier_price(SYSTEM, ticket_type=type_id, **cell(1, 2))
    offers.update_part(SYSTEM, vip, CELL, date=later)
    assert dates(event_id) == [later]
    offers.update_part(SYSTEM, vip, CELL, date=None)
    assert dates(event_id) == [None]


# ---------------------------------------------------------------- prices


@each_part
def test_a_changed_price_leaves_orders_alone(kind: str) -> None:
    offer, shape = one_part(kind, price=Decimal(10)).id, PARTS[kind][3]
    before = buy(offer)
    assert offers.update_part(SYSTEM, offer, shape, price=Decimal("12.50")).price == 1250
    after = buy(offer)
    found = extension.session.execute(select(OrderItem.order_id, OrderItem.unit_price)).all()
    prices = {row.order_id: row.unit_price for row in found}
    assert prices == {before: 1000, after: 1250}


def test_a_changed_price_of_a_simple_type_leaves_orders_alone() -> None:
    made = whole_type("simple")
    type_id, offer = made.id, made.offers[0].id
    buy(offer)
    assert offers.update_type(SYSTEM, type_id, price=Decimal(7)).offers[0].price == 700
    assert extension.session.scalars(select(OrderItem.unit_price)).all() == [1000]
    with pytest.raises(Invalid) as error:
        offers.update_type(SYSTEM, type_id, price=None)
    assert refusal(error) == ("price_missing", ["price"])


@each_part
@pytest.mark.parametrize("price", [Decimal(0), Decimal(5)], ids=str)
def test_a_price_for_the_whole_type_never_reaches_its_parts(kind: str, price: Decimal) -> None:
    made = whole_type(kind)
    type_id = made.id
    with pytest.raises(Invalid) as error:
        offers.update_type(SYSTEM, type_id, price=price)
    assert refusal(error) == ("price_in_parts", ["price"])
    unchanged = offers.update_type(SYSTEM, type_id, price=None)
    assert {offer.price for offer in unchanged.offers} == {1000}


@each_kind
def test_an_event_knows_its_lowest_and_highest_price(kind: str) -> None:
    made = whole_type(kind)
    event = extension.session.get_one(Event, made.event_id)
    if kind == "simple":
        offers.update_type(SYSTEM, made.id, price=Decimal(3))
    else:
        offers.update_part(SYSTEM, made.offers[0].id, PARTS[kind][3], price=Decimal(3))
    extension.session.refresh(event)
    assert (event.lowest_price, event.highest_price) == (300, 300 if kind == "simple" else 1000)
    offers.delete_type(SYSTEM, made.id)
    extension.session.refresh(event)
    assert (event.lowest_price, event.highest_price) == (None, None)


@each_kind
def test_a_free_event_takes_no_prices(kind: str) -> None:
    event = EventFactory(pricing_type=kind, is_free=True)
    with pytest.raises(Invalid) as error:
        new_type(event, **WHOLE[kind])
    assert refusal(error)[0] == "free_event"
    made = _free_type(event, kind)
    with pytest.raises(Invalid) as error:
        _reprice(kind, made.id, made.offers[0].id)
    assert refusal(error) == ("free_event", ["price"])


def _reprice(kind: str, type_id: int, offer_id: int) -> None:
    if kind == "simple":
        offers.update_type(SYSTEM, type_id, price=Decimal(1))
    else:
        offers.update_part(SYSTEM, offer_id, PARTS[kind][3], price=Decimal(1))


def _free_type(event: Event, kind: str) -> TicketType:
    if kind == "simple":
        return new_type(event, price=Decimal(0))
    field, part, _create, _shape = PARTS[kind]
    return new_type(event, **{field: [{**part, "price": Decimal(0)}]})


@each_kind
def test_an_event_with_prices_does_not_become_free_nor_priced_otherwise(kind: str) -> None:
    event_id = whole_type(kind).event_id
    with pytest.raises(Invalid) as error:
        events.update(SYSTEM, event_id, is_free=True)
    assert refusal(error) == ("has_prices", ["is_free"])
    with pytest.raises(Invalid) as error:
        events.update(SYSTEM, event_id, pricing_type="tiered" if kind == "simple" else "simple")
    assert refusal(error) == ("has_ticket_types", ["pricing_type"])


# ---------------------------------------------------------------- when, and how many at once


@each_kind
def test_a_types_sales_window_counts(kind: str) -> None:
    made = whole_type(kind, sales_start_at=clock.now() + timedelta(hours=1))
    type_id, offer = made.id, made.offers[0].id
    with pytest.raises(Invalid) as error:
        buy(offer)
    assert error.value.code == "sales_not_started"
    past = clock.now() - timedelta(hours=1)
    offers.update_type(SYSTEM, type_id, sales_start_at=None, sales_end_at=past)
    with pytest.raises(Invalid) as error:
        buy(offer)
    assert error.value.code == "sales_ended"
    offers.update_type(SYSTEM, type_id, sales_start_at=past, sales_end_at=None)
    buy(offer)


@pytest.mark.parametrize("kind", [TIERED, TIER_AND_DAY])
def test_a_parts_sales_window_counts_beside_its_types(kind: str) -> None:
    shape = PARTS[kind][3]
    offer = one_part(kind, sales_start_at=clock.now() + timedelta(hours=1))
    type_id, offer_id = offer.ticket_type_id, offer.id
    with pytest.raises(Invalid) as error:
        buy(offer_id)
    assert error.value.code == "sales_not_started"
    past = clock.now() - timedelta(hours=1)
    offers.update_part(SYSTEM, offer_id, shape, sales_start_at=past)
    buy(offer_id)
    offers.update_type(SYSTEM, type_id, sales_end_at=past)
    with pytest.raises(Invalid) as error:
        buy(offer_id)
    assert error.value.code == "sales_ended"


def test_a_price_that_is_switched_off_is_not_sold() -> None:
    offer = one_part(TIER_AND_DAY, is_active=False).id
    with pytest.raises(Invalid) as error:
        buy(offer)
    assert error.value.code == "not_on_sale"
    offers.update_part(SYSTEM, offer, CELL, is_active=True)
    buy(offer)


@each_kind
def test_a_type_that_is_switched_off_is_not_sold(kind: str) -> None:
    offer = whole_type(kind, is_active=False).offers[0].id
    with pytest.raises(Invalid) as error:
        buy(offer)
    assert error.value.code == "not_on_sale"


@each_kind
def test_an_order_takes_no_fewer_and_no_more_than_the_type_says(kind: str) -> None:
    offer = whole_type(kind, min_purchase=2, max_purchase=3).offers[0].id
    for number, code in ((1, "too_few"), (4, "too_many")):
        with pytest.raises(Invalid) as error:
            buy(offer, number)
        assert error.value.code == code
    buy(offer, 2)
    buy(offer, 3)


# ---------------------------------------------------------------- removing


@each_kind
@each_way
def test_a_type_with_sales_stays(kind: str, confirmed: bool) -> None:
    made = whole_type(kind)
    type_id, offer = made.id, made.offers[0].id
    take(offer, 1, confirmed=confirmed)
    with pytest.raises(Invalid) as error:
        offers.delete_type(SYSTEM, type_id)
    assert error.value.code == "has_sales"
    buy(offer)
    stock_adds_up()


@each_part
@each_way
def test_a_part_with_sales_stays(kind: str, confirmed: bool) -> None:
    offer, shape = one_part(kind).id, PARTS[kind][3]
    take(offer, 1, confirmed=confirmed)
    with pytest.raises(Invalid) as error:
        offers.delete_part(SYSTEM, offer, shape)
    assert error.value.code == "has_sales"
    buy(offer)


@each_part
def test_a_part_that_was_ever_ordered_stays(kind: str) -> None:
    buyer = BuyerFactory()
    offer, shape = one_part(kind).id, PARTS[kind][3]
    orders.cancel(buyer, buy(offer, 1, buyer))
    with pytest.raises(Invalid) as error:
        offers.delete_part(SYSTEM, offer, shape)
    assert error.value.code == "has_sales"


@each_kind
def test_a_type_without_sales_goes_with_its_parts_and_its_stock(kind: str) -> None:
    made = whole_type(kind)
    offers.delete_type(SYSTEM, made.id)
    for model in (TicketType, Offer):
        assert extension.session.scalars(select(model.id)).all() == []
    assert set(extension.session.scalars(select(Quota.kind))) <= {"day", "event"}


@each_part
def test_a_part_without_sales_goes_and_its_siblings_stay(kind: str) -> None:
    made = whole_type(kind)
    type_id, (gone, stays) = made.id, [offer.id for offer in made.offers[:2]]
    offers.delete_part(SYSTEM, gone, PARTS[kind][3])
    assert gone not in extension.session.scalars(select(Offer.id)).all()
    buy(stays)
    assert extension.session.get_one(TicketType, type_id)
    stock_adds_up()


@each_part
def test_a_part_stays_with_its_type(kind: str) -> None:
    made, shape = whole_type(kind), PARTS[kind][3]
    own, offer = made.uuid, made.offers[0].id
    other = whole_type(kind, name="Other").id
    with pytest.raises(Invalid) as error:
        offers.update_part(SYSTEM, offer, shape, ticket_type=other)
    assert refusal(error) == ("type_fixed", ["ticket_type"])
    offers.update_part(SYSTEM, offer, shape, ticket_type=own)


@each_kind
def test_a_type_stays_with_its_event(kind: str) -> None:
    made, other = whole_type(kind), EventFactory(pricing_type=kind)
    with pytest.raises(Invalid) as error:
        offers.update_type(SYSTEM, made.id, event=other.id)
    assert refusal(error) == ("event_fixed", ["event"])


def test_the_name_and_the_number_of_a_tier_change() -> None:
    made = new_type(EventFactory(pricing_type=TIERED), tiers=[tier(1)])
    changed = offers.update_part(SYSTEM, made.offers[0].id, TIER, name="Stalls", tier_number=4)
    assert (changed.tier_name, changed.tier_number, changed.full_name) == ("Stalls", 4, "Pass - Stalls")
