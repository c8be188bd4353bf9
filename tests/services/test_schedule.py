"""The days of an event, written all at once."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from tests.factories import EventFactory, member_of
from tests.services.pricing import buy, cell, day_pass, new_type, organization_of, stock_adds_up
from ticketing.errors import Conflict, Invalid, NotAllowed, NotFound, SoldOut
from ticketing.extensions import db as extension
from ticketing.models import Event, EventDay, Offer, Quota, TicketType
from ticketing.models.events import DAY_BASED, PRICING_TYPES, SIMPLE, TIER_AND_DAY, TIERED
from ticketing.models.organizations import MEMBER, OWNER
from ticketing.policy import SYSTEM
from ticketing.queries import prices
from ticketing.services import events, offers, orders
from ticketing.services.offers import DayWish

pytestmark = pytest.mark.usefixtures("db")


def festival(capacity: int | None = None, *numbers: int | None) -> TicketType:
    """A type with a pass for each of these days (none: for all), of an event that admits so many a day."""
    event = EventFactory(pricing_type=DAY_BASED)
    events.update(SYSTEM, event.id, capacity=capacity)
    return new_type(event, day_passes=[day_pass(number, quantity=50) for number in numbers or (1, 2, None)])


def save(event_id: int, *wishes: DayWish) -> None:
    version = prices.version_of_days(prices.days_of(event_id))
    offers.save_days(SYSTEM, event_id, version=version, wishes=wishes)


def programme(event_id: int) -> list[tuple[int, str, dt.date | None]]:
    extension.session.expire_all()
    days = select(EventDay).where(EventDay.event_id == event_id).order_by(EventDay.number)
    return [(day.number, day.name, day.date) for day in extension.session.scalars(days)]


def pass_of(stored: TicketType, name: str) -> int:
    of_name = select(Offer.id).where(Offer.ticket_type_id == stored.id, Offer.day_name == name)
    found = extension.session.scalar(of_name)
    assert found is not None
    return found


def blamed(event_id: int, *wishes: DayWish) -> dict[str, str]:
    with pytest.raises(Invalid) as error:
        save(event_id, *wishes)
    return {field: sentences[0] for field, sentences in error.value.fields.items()}


def test_days_are_added_named_dated_and_removed_together() -> None:
    event = EventFactory(pricing_type=DAY_BASED)
    friday = dt.date(2031, 7, 4)
    save(event.id, DayWish(None, "Friday", friday), DayWish(None, "Saturday"), DayWish(None, "Sunday"))
    assert programme(event.id) == [(1, "Friday", friday), (2, "Saturday", None), (3, "Sunday", None)]
    sunday = dt.date(2031, 7, 6)
    save(event.id, DayWish(2, "", is_gone=True), DayWish(3, "The last", sunday), DayWish(None, "After"))
    assert programme(event.id) == [(1, "Friday", friday), (3, "The last", sunday), (4, "After", None)]


def test_a_renamed_day_is_renamed_on_all_that_is_sold_for_it() -> None:
    stored = festival()
    save(stored.event_id, DayWish(1, "Opening"), DayWish(2, "Day 2"))
    names = select(Offer.day_name).where(Offer.ticket_type_id == stored.id).order_by(Offer.id)
    assert extension.session.scalars(names).all() == ["Opening", "Day 2", "All days"]


def test_a_day_that_nobody_has_a_ticket_for_goes_with_its_prices_and_what_it_admits() -> None:
    event = EventFactory(pricing_type=TIER_AND_DAY)
    events.update(SYSTEM, event.id, capacity=9)
    stored = new_type(event, day_tier_prices=[cell(1, 1, price=Decimal(3)), cell(1, 2), cell(2, 1)])
    save(stored.event_id, DayWish(1, "Day 1", is_gone=True))
    assert programme(stored.event_id) == [(2, "Day 2", None)]
    assert [offer.day_name for offer in extension.session.scalars(select(Offer))] == ["Day 2"]
    kinds = sorted(extension.session.scalars(select(Quota.kind)))
    assert kinds == ["day", "offer", "type"]
    assert extension.session.get_one(Event, stored.event_id).lowest_price == 1000
    buy(pass_of(stored, "Day 2"))
    stock_adds_up()


def test_an_all_days_pass_no_longer_counts_on_a_day_that_is_gone() -> None:
    stored = festival(2)
    save(stored.event_id, DayWish(2, "Day 2", is_gone=True))
    buy(pass_of(stored, "All days"), 2)
    with pytest.raises(SoldOut):
        buy(pass_of(stored, "Day 1"))
    stock_adds_up()


@pytest.mark.parametrize("name", ["Day 1", "All days"])
@pytest.mark.parametrize("ending", ["held", "sold", "cancelled"])
def test_a_day_that_somebody_has_ordered_stays_and_so_does_all_else(name: str, ending: str) -> None:
    stored = festival(5)
    order = buy(pass_of(stored, name))
    if ending == "sold":
        orders.confirm(SYSTEM, order)
    if ending == "cancelled":
        orders.cancel(SYSTEM, order)
    wishes = DayWish(1, "Day 1", is_gone=True), DayWish(2, "Other")
    assert blamed(stored.event_id, *wishes) == {"day-0": "Tickets for this day were ordered, so it stays."}
    assert [day[1] for day in programme(stored.event_id)] == ["Day 1", "Day 2"]
    stock_adds_up()


def test_a_day_beside_one_that_was_ordered_goes() -> None:
    stored = festival(None, 1, 2)
    buy(pass_of(stored, "Day 1"))
    save(stored.event_id, DayWish(2, "", is_gone=True))
    assert [day[1] for day in programme(stored.event_id)] == ["Day 1"]


def test_a_new_day_counts_passes_for_all_days_that_were_sold_or_is_refused() -> None:
    stored = festival(3)
    buy(pass_of(stored, "All days"), 3)
    save(stored.event_id, DayWish(None, "Day 3"))
    offers.create_day_pass(SYSTEM, ticket_type=stored.id, **day_pass(3, name="Third"))
    with pytest.raises(SoldOut):
        buy(pass_of(stored, "Third"))
    stock_adds_up()


@pytest.mark.parametrize(
    ("wishes", "fields"),
    [
        ([DayWish(1, "")], {"day-0"}),
        ([DayWish(1, "Day 2"), DayWish(2, "day 2")], {"day-0", "day-1"}),
        ([DayWish(None, "Day 2")], {"day-0"}),
        ([DayWish(1, "all days")], {"day-0"}),
        ([DayWish(7, "Seventh")], {"day-0"}),
    ],
    ids=["no name", "two of a name", "the name of an unmentioned one", "the name of a pass", "gone"],
)
def test_what_is_wrong_is_told_beside_its_day(wishes: list[DayWish], fields: set[str]) -> None:
    stored = festival()
    assert set(blamed(stored.event_id, *wishes)) == fields
    assert [day[1] for day in programme(stored.event_id)] == ["Day 1", "Day 2"]


def test_days_that_were_written_on_older_ones_are_refused() -> None:
    stored = festival()
    before = prices.version_of_days(prices.days_of(stored.event_id))
    save(stored.event_id, DayWish(1, "Opening"))
    with pytest.raises(Conflict):
        offers.save_days(SYSTEM, stored.event_id, version=before, wishes=[DayWish(1, "Closing")])
    assert programme(stored.event_id)[0][1] == "Opening"


def test_an_event_that_is_not_sold_by_the_day_or_was_cancelled_gets_no_days() -> None:
    wrong: list[Any] = [EventFactory(pricing_type=kind) for kind in (SIMPLE, TIERED)]
    for event in [*wrong, EventFactory(pricing_type=DAY_BASED, status="cancelled")]:
        with pytest.raises(Invalid):
            save(event.id, DayWish(None, "Friday"))
    assert extension.session.scalars(select(EventDay.id)).all() == []


def test_members_may_not_and_strangers_find_nothing() -> None:
    stored = festival()
    event = extension.session.get_one(Event, stored.event_id)
    event.status, event.published_at = "draft", None
    extension.session.flush()
    version = prices.version_of_days(prices.days_of(event.id))
    for actor, error in (
        (member_of(organization_of(stored), MEMBER), NotAllowed),
        (member_of(organization_of(festival()), OWNER), NotFound),
    ):
        with pytest.raises(error):
            offers.save_days(actor, stored.event_id, version=version, wishes=[])


@pytest.mark.parametrize("kind", PRICING_TYPES)
def test_an_event_of_any_pricing_is_published_as_soon_as_it_offers_something(kind: str) -> None:
    event = EventFactory(pricing_type=kind, status="draft")

    def missing() -> list[str]:
        return [refusal.code for refusal in events.obstacles(SYSTEM, event.id)]

    assert missing() == ["no_tickets"]
    if kind in (DAY_BASED, TIER_AND_DAY):
        save(event.id, DayWish(None, "Friday"))
    if kind != SIMPLE:
        offers.create_priced(SYSTEM, event=event.id, name="Empty", grid=offers.Grid())
        assert missing() == ["no_tickets"], "a type without prices sells nothing"
        one = {(0, 0): offers.Price(Decimal(1), 1)}
        tiers = [offers.Tier(name="" if kind == DAY_BASED else "Early")]
        days = [offers.Day() if kind == TIERED else offers.Day(1, "Friday")]
        offers.create_priced(SYSTEM, event=event.id, name="Pass", grid=offers.Grid(tiers, days, one))
    else:
        offers.create_type(SYSTEM, event=event.id, name="Pass", total_quantity=1, price=Decimal(1))
    assert missing() == []
