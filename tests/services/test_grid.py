"""All prices of a ticket type, written at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from tests.factories import EventFactory, OfferFactory, TicketTypeFactory, in_days, member_of
from tests.services.pricing import buy, new_type, organization_of, stock_adds_up, tier
from ticketing import clock
from ticketing.errors import Conflict, Invalid, NotAllowed, NotFound, SoldOut
from ticketing.extensions import db as extension
from ticketing.models import ActivityLog, Event, EventDay, Offer, OrderItem, Quota, TicketType
from ticketing.models.events import DAY_BASED, SIMPLE, TIER_AND_DAY, TIERED
from ticketing.models.organizations import MANAGER, MEMBER, OWNER
from ticketing.policy import SYSTEM
from ticketing.queries import prices
from ticketing.services import events, offers, orders
from ticketing.services.offers import Day, Grid, Price, Tier

pytestmark = pytest.mark.usefixtures("db")

#: ``{(tier, day): (price, tickets)}`` as a grid reads them.
Cells = Mapping[tuple[int, int], tuple[int | str | None, int | None]]
FULL: Cells = {(0, 0): (20, 5), (0, 1): (25, 5), (1, 0): (30, 9)}


def event_of(kind: str, **columns: Any) -> Event:
    made: Event = EventFactory(pricing_type=kind, **columns)
    return made


def cells(wanted: Cells) -> dict[tuple[int, int], Price]:
    return {
        at: Price(None if price is None else Decimal(price), number) for at, (price, number) in wanted.items()
    }


def fresh(kind: str = TIER_AND_DAY, wanted: Cells = FULL) -> Grid:
    """A grid for a new type: two rows, two columns, as far as the pricing has them."""
    tiers = [Tier(name="Early"), Tier(name="Late")] if kind != DAY_BASED else [Tier()]
    days = [Day(name="Friday"), Day(name="Saturday")] if kind != TIERED else [Day()]
    return Grid(
        tiers,
        days,
        cells({at: cell for at, cell in wanted.items() if at[0] < len(tiers) and at[1] < len(days)}),
    )


def made(
    kind: str = TIER_AND_DAY, wanted: Cells = FULL, *, total: int | None = None, **event: Any
) -> TicketType:
    """A type with these prices."""
    return offers.create_priced(
        SYSTEM,
        event=event_of(kind, **event).id,
        name="Pass",
        grid=fresh(kind, wanted),
        total_quantity=total,
    )


def again(stored: TicketType, wanted: Cells, **changed: Any) -> Grid:
    """The stored grid with these cells, and other rows or columns."""
    whole: dict[str, Any] = {
        "tiers": [Tier(1, "Early"), Tier(2, "Late")],
        "days": [Day(1, "Friday"), Day(2, "Saturday")],
    }
    return Grid(**(whole | changed), prices=cells(wanted))


def save(stored: TicketType, grid: Grid, **details: Any) -> TicketType:
    version = prices.sheet(stored.event_id, stored.id).version
    return offers.save_prices(SYSTEM, stored.id, version=version, grid=grid, **details)


def shown(type_id: int) -> dict[tuple[str, str], tuple[int, int]]:
    """Price and size of each price, by the names of its tier and its day."""
    extension.session.expire_all()
    rows = extension.session.execute(
        select(Offer.tier_name, Offer.day_name, Offer.price, Quota.size)
        .join(Quota, Quota.id == Offer.quota_id)
        .where(Offer.ticket_type_id == type_id)
    )
    return {(row.tier_name, row.day_name): (row.price, row.size) for row in rows}


def offer_at(stored: TicketType, tier_name: str, day_name: str) -> int:
    found = extension.session.scalar(
        select(Offer.id).where(
            Offer.ticket_type_id == stored.id, Offer.tier_name == tier_name, Offer.day_name == day_name
        )
    )
    assert found is not None
    return found


def blamed(
    grid: Grid, stored: TicketType | None = None, kind: str = TIER_AND_DAY, **details: Any
) -> dict[str, str]:
    """The sentences of a refusal by field."""
    if stored is not None:
        deed = partial(save, stored, grid, **details)
    else:
        event = event_of(kind).id
        deed = partial(offers.create_priced, SYSTEM, event=event, name="Pass", grid=grid, **details)
    with pytest.raises(Invalid) as error:
        deed()
    return {field: sentences[0] for field, sentences in error.value.fields.items()}


# ---------------------------------------------------------------- what is written


def test_a_new_grid_brings_tiers_days_prices_and_stock_and_nothing_where_a_cell_is_empty() -> None:
    stored = made()
    assert [(offer.tier_number, offer.day.number) for offer in stored.offers] == [(1, 1), (1, 2), (2, 1)]
    assert shown(stored.id) == {
        ("Early", "Friday"): (2000, 5),
        ("Early", "Saturday"): (2500, 5),
        ("Late", "Friday"): (3000, 9),
    }
    event = extension.session.get_one(Event, stored.event_id)
    assert (event.lowest_price, event.highest_price) == (2000, 3000)
    stock_adds_up()


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (TIERED, {("Early", ""): (2000, 5), ("Late", ""): (3000, 9)}),
        (DAY_BASED, {("", "Friday"): (2000, 5), ("", "Saturday"): (2500, 5)}),
    ],
)
def test_tiers_have_one_column_and_days_have_one_row(kind: str, expected: dict[Any, Any]) -> None:
    assert shown(made(kind).id) == expected


def test_a_type_without_a_total_sells_as_many_as_its_prices_have_together_and_follows_them() -> None:
    stored = made()
    assert stored.quota is not None
    assert stored.quota.size == 19
    assert save(stored, again(stored, {(0, 0): (20, 50)})).quota.size == 64
    assert save(stored, again(stored, {}), total_quantity=12).quota.size == 12


def test_a_type_that_never_had_a_total_gets_one_over_what_is_taken_of_it() -> None:
    event = event_of(TIERED)
    bare = TicketTypeFactory(event=event)
    offer = OfferFactory(event=event, ticket_type=bare, tier_number=1, tier_name="Early", size=9)
    buy(offer.id, 3)
    assert "total_quantity" in blamed(Grid([Tier(1, "Early")]), bare, total_quantity=2)
    save(bare, Grid([Tier(1, "Early")]), total_quantity=4)
    with pytest.raises(SoldOut):
        buy(offer.id, 2)
    stock_adds_up()


def test_one_save_adds_changes_and_removes_and_what_is_not_mentioned_stays() -> None:
    stored = made()
    grid = Grid(
        [Tier(1, "Early bird"), Tier(name="Door")],
        [Day(1, "Friday"), Day(name="Sunday", date=dt.date(2031, 7, 6))],
        cells({(0, 0): ("19.50", 6), (0, 1): (10, 1), (1, 1): (40, 2)}),
    )
    save(stored, grid)
    assert shown(stored.id) == {
        ("Early bird", "Friday"): (1950, 6),
        ("Early bird", "Saturday"): (2500, 5),
        ("Late", "Friday"): (3000, 9),
        ("Early bird", "Sunday"): (1000, 1),
        ("Door", "Sunday"): (4000, 2),
    }
    save(stored, again(stored, {(0, 1): (None, None)}, tiers=[Tier(1, "Early bird"), Tier(2, is_gone=True)]))
    assert ("Early bird", "Saturday") not in shown(stored.id)
    save(stored, Grid([Tier(2, "Late", is_gone=True)], [Day(1, "Friday")], cells({(0, 0): (30, 9)})))
    assert ("Late", "Friday") not in shown(stored.id)
    stock_adds_up()


def test_details_are_saved_along() -> None:
    stored = made()
    save(stored, again(stored, {}), name="Weekend", kind="VIP", min_purchase=2, is_active=False)
    extension.session.expire_all()
    found = extension.session.get_one(TicketType, stored.id)
    assert (found.name, found.kind, found.min_purchase, found.is_active) == ("Weekend", "VIP", 2, False)


def test_a_window_is_that_of_all_prices_of_a_tier_unless_they_keep_their_own() -> None:
    stored = made()
    start, end = in_days(1).function(), in_days(2).function()
    save(stored, again(stored, {(0, 0): (20, 5), (0, 1): (25, 5)}, tiers=[Tier(1, "Early", start, end)]))
    windows = select(Offer.sales_start_at, Offer.sales_end_at).where(Offer.tier_number == 1)
    assert set(map(tuple, extension.session.execute(windows))) == {(start, end)}
    kept = [Tier(1, "Early", keeps_window=True)]
    save(stored, again(stored, {(0, 0): (20, 5), (0, 1): (25, 5)}, tiers=kept))
    assert set(map(tuple, extension.session.execute(windows))) == {(start, end)}
    with pytest.raises(Invalid) as error:
        buy(offer_at(stored, "Early", "Friday"))
    assert error.value.code == "sales_not_started"


def test_a_single_price_is_taken_off_offer_and_back() -> None:
    stored = made()
    grid = again(stored, {})
    save(stored, Grid(grid.tiers, grid.days, {(0, 0): Price(Decimal(20), 5, is_active=False)}))
    with pytest.raises(Invalid) as error:
        buy(offer_at(stored, "Early", "Friday"))
    assert error.value.code == "not_on_sale"
    buy(offer_at(stored, "Early", "Saturday"))
    save(stored, again(stored, {(0, 0): (20, 5)}))
    buy(offer_at(stored, "Early", "Friday"))


def test_days_and_passes_for_all_days_count_on_what_each_day_admits() -> None:
    event = event_of(DAY_BASED)
    events.update(SYSTEM, event.id, capacity=3)
    grid = Grid(
        days=[Day(name="Friday"), Day(name="Both", is_all_days=True), Day(name="Saturday")],
        prices=cells({(0, 0): (10, 9), (0, 1): (15, 9), (0, 2): (10, 9)}),
    )
    stored = offers.create_priced(SYSTEM, event=event.id, name="Pass", grid=grid)
    buy(offer_at(stored, "", "Both"), 2)
    buy(offer_at(stored, "", "Saturday"))
    with pytest.raises(SoldOut):
        buy(offer_at(stored, "", "Saturday"))
    with pytest.raises(SoldOut):
        buy(offer_at(stored, "", "Both"))
    buy(offer_at(stored, "", "Friday"))
    stock_adds_up()


def test_orders_keep_the_price_that_they_were_placed_at() -> None:
    stored = made()
    buy(offer_at(stored, "Early", "Friday"))
    save(stored, again(stored, {(0, 0): (99, 5)}))
    buy(offer_at(stored, "Early", "Friday"))
    assert sorted(extension.session.scalars(select(OrderItem.unit_price))) == [2000, 9900]


def test_what_was_saved_is_noted_once() -> None:
    stored = made()
    save(stored, again(stored, {(0, 0): (21, 6), (0, 1): (None, None), (1, 1): (8, 8)}))
    noted = extension.session.scalars(
        select(ActivityLog).where(ActivityLog.action == "prices_saved").order_by(ActivityLog.id)
    ).all()
    assert len(noted) == 2
    assert noted[1].details["added"] == ["Late - Saturday"]
    assert noted[1].details["removed"] == ["Early - Saturday"]
    assert noted[1].details["changed"] == {"Early - Friday": {"price": [2000, 2100], "size": [5, 6]}}


# ---------------------------------------------------------------- what is refused


def test_everything_that_is_wrong_is_told_at_once_beside_its_cell_and_nothing_is_written() -> None:
    stored = made()
    grid = again(
        stored,
        {(0, 0): (None, 5), (0, 1): (25, None), (1, 0): (-1, 9), (1, 1): ("1.005", 9)},
        tiers=[Tier(1, "Late"), Tier(2, "late", in_days(3).function(), in_days(2).function())],
    )
    found = blamed(grid, stored, total_quantity=1)
    assert set(found) == {
        "price-0-0", "quantity-0-1", "price-1-0", "price-1-1", "tier-0", "tier-1", "end-1",
    }  # fmt: skip
    assert shown(stored.id)["Early", "Friday"] == (2000, 5)


@pytest.mark.parametrize(
    ("grid", "field"),
    [
        (Grid([Tier(name="")], [Day(name="Friday")], cells({(0, 0): (1, 1)})), "tier-0"),
        (Grid([Tier(name="Early")], [Day(name="Friday")]), "tier-0"),
        (Grid([Tier(name="Early")], [Day(name="")], cells({(0, 0): (1, 1)})), "day-0"),
        (Grid([Tier(name="E")], [Day(name="A"), Day(name="a")], cells({(0, 0): (1, 1)})), "day-1"),
        (Grid([Tier(name="Early")], [Day(7, "Gone")], cells({(0, 0): (1, 1)})), "day-0"),
        (Grid([Tier(name="Early")], [Day(name="Friday")], cells({(0, 0): (1, -1)})), "quantity-0-0"),
        (Grid([Tier(name="Early")], [Day(name="Friday")], cells({(0, 0): ("1e40", 1)})), "price-0-0"),
        (Grid([Tier(name="Early")], [Day(name="Friday")], cells({(0, 0): ("NaN", 1)})), "price-0-0"),
    ],
    ids=["tier without a name", "tier without a price", "day without a name", "days of one name",
         "day that is gone", "less than none", "far too dear", "no number"],
)  # fmt: skip
def test_a_grid_that_is_wrong_by_itself_makes_nothing(grid: Grid, field: str) -> None:
    assert field in blamed(grid)
    assert extension.session.scalars(select(TicketType.id)).all() == []
    assert extension.session.scalars(select(EventDay.id)).all() == []


def test_a_name_that_another_type_or_an_unmentioned_tier_has_is_refused() -> None:
    stored = made()
    new_type(extension.session.get_one(Event, stored.event_id), name="Other")
    assert set(blamed(again(stored, {}), stored, name="Other")) == {"name"}
    assert set(blamed(Grid([Tier(1, "late")], [Day(1, "Friday")]), stored)) == {"tier-0"}


def test_a_new_day_of_a_name_that_the_event_has_already_is_refused() -> None:
    stored = made()
    grid = Grid([Tier(1, "Early")], [Day(name="friday")], cells({(0, 0): (1, 1)}))
    assert set(blamed(grid, stored)) == {"day-0"}


@pytest.mark.parametrize("confirmed", [True, False], ids=["sold", "held"])
def test_a_price_with_tickets_taken_neither_goes_nor_shrinks_below_them(confirmed: bool) -> None:
    stored = made()
    order = buy(offer_at(stored, "Early", "Friday"), 4)
    if confirmed:
        orders.confirm(SYSTEM, order)
    assert "were ordered" in blamed(again(stored, {(0, 0): (None, None)}), stored)["price-0-0"]
    assert (
        "were ordered"
        in blamed(again(stored, {(0, 0): (20, 5)}, tiers=[Tier(1, is_gone=True)]), stored)["price-0-0"]
    )
    found = blamed(again(stored, {(0, 0): (20, 3), (0, 1): (25, 1)}), stored, total_quantity=2)
    assert set(found) == {"quantity-0-0", "total_quantity"}
    assert "4 tickets" in found["quantity-0-0"]
    assert shown(stored.id)["Early", "Saturday"] == (2500, 5), "all or nothing"
    save(stored, again(stored, {(0, 0): (20, 4), (0, 1): (25, 1)}))
    with pytest.raises(SoldOut):
        buy(offer_at(stored, "Early", "Friday"))
    stock_adds_up()


def test_a_price_whose_order_was_cancelled_stays_too() -> None:
    stored = made()
    order = buy(offer_at(stored, "Early", "Friday"))
    orders.cancel(SYSTEM, order)
    assert set(blamed(again(stored, {(0, 0): (None, None)}), stored)) == {"price-0-0"}


def test_a_grid_that_was_written_on_an_older_sheet_is_refused_and_sales_make_none_older() -> None:
    stored = made()
    before = prices.sheet(stored.event_id, stored.id).version
    buy(offer_at(stored, "Early", "Friday"))
    offers.save_prices(SYSTEM, stored.id, version=before, grid=again(stored, {(0, 0): (21, 5)}))
    for grid in (again(stored, {(0, 0): (22, 5)}), again(stored, {})):
        with pytest.raises(Conflict) as error:
            offers.save_prices(SYSTEM, stored.id, version=before, grid=grid)
        assert error.value.code == "stale"
    assert shown(stored.id)["Early", "Friday"] == (2100, 5)


@pytest.mark.parametrize(
    "change",
    [{"price": Decimal(9)}, {"quantity": 8}, {"tier_name": "Other"}, {"is_active": False}, {"day_number": 3}],
    ids=lambda change: next(iter(change)),
)
def test_whatever_changes_elsewhere_makes_a_sheet_older(change: dict[str, Any]) -> None:
    stored = made()
    before = prices.sheet(stored.event_id, stored.id).version
    offers.update_part(SYSTEM, offer_at(stored, "Late", "Friday"), offers.CELL, **change)
    assert prices.sheet(stored.event_id, stored.id).version != before


def test_a_simple_event_has_no_grid_and_a_cancelled_one_gets_no_prices() -> None:
    for event in (event_of(SIMPLE), event_of(TIERED, status="cancelled")):
        with pytest.raises(Invalid) as error:
            offers.create_priced(SYSTEM, event=event.id, name="Pass", grid=fresh(TIERED))
        assert error.value.code in ("other_pricing", "event_cancelled")
    stored = made(TIERED)
    events.cancel(SYSTEM, stored.event_id)
    with pytest.raises(Invalid) as error:
        save(stored, again(stored, {}, days=[Day()]))
    assert error.value.code == "event_cancelled"


def test_a_free_event_takes_prices_of_nothing_only() -> None:
    event = event_of(TIERED, is_free=True)
    with pytest.raises(Invalid) as error:
        offers.create_priced(SYSTEM, event=event.id, name="Pass", grid=fresh(TIERED))
    assert set(error.value.fields) == {"price-0-0", "price-1-0"}
    offers.create_priced(
        SYSTEM, event=event.id, name="Pass", grid=fresh(TIERED, {(0, 0): (0, 5), (1, 0): (0, 5)})
    )


def test_members_may_not_and_strangers_find_nothing() -> None:
    stored = made(status="draft")
    version = prices.sheet(stored.event_id, stored.id).version
    manager = member_of(organization_of(stored), MANAGER)
    offers.save_prices(manager, stored.id, version=version, grid=again(stored, {}))
    for actor, error in (
        (member_of(organization_of(stored), MEMBER), NotAllowed),
        (member_of(organization_of(made()), OWNER), NotFound),
    ):
        with pytest.raises(error):
            offers.save_prices(actor, stored.id, version=version, grid=again(stored, {}))
        with pytest.raises((NotAllowed, Invalid)):
            offers.create_priced(actor, event=stored.event_id, name="Other", grid=fresh())


def test_a_refusal_of_the_types_own_details_is_told_beside_those_of_the_grid() -> None:
    stored = made()
    past = clock.now()
    found = blamed(again(stored, {(0, 0): (None, 1)}), stored, sales_start_at=past, sales_end_at=past)
    assert set(found) == {"price-0-0", "sales_end"}
    assert set(blamed(again(stored, {}), stored, min_purchase=9, max_purchase=2)) == {"min_purchase"}


def test_parts_that_came_by_the_api_are_changed_by_the_grid() -> None:
    stored = new_type(event_of(TIERED), tiers=[tier(3), tier(7)])
    save(
        stored,
        Grid(
            [Tier(3, "Early"), Tier(7, "Late"), Tier(name="Door")],
            prices=cells({(0, 0): (1, 1), (1, 0): (2, 2), (2, 0): (3, 3)}),
        ),
    )
    assert shown(stored.id) == {("Early", ""): (100, 1), ("Late", ""): (200, 2), ("Door", ""): (300, 3)}
    numbers = extension.session.scalars(select(Offer.tier_number).order_by(Offer.tier_number)).all()
    assert numbers == [3, 7, 8]
