"""Ticket types of all four pricing types: what fits, what is refused, and who may."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from tests.factories import BuyerFactory, EventFactory, OrganizationFactory, StaffFactory, member_of
from tests.services.pricing import (
    PARTS,
    WHOLE,
    Fields,
    buy,
    day_pass,
    new_type,
    one_part,
    organization_of,
    refusal,
    stock_adds_up,
    tier,
    whole_type,
)
from ticketing import clock
from ticketing.errors import Invalid, NotAllowed, NotFound, NotSignedIn, SoldOut
from ticketing.extensions import db as extension
from ticketing.models import Event, Organization, Quota, TicketType
from ticketing.policy import ANONYMOUS, SYSTEM
from ticketing.services import offers
from ticketing.services.offers import CELL, DAY_PASS, TIER

pytestmark = pytest.mark.usefixtures("db")

each_kind = pytest.mark.parametrize("kind", list(WHOLE))
each_part = pytest.mark.parametrize("kind", list(PARTS))


# ---------------------------------------------------------------- making types and parts


@each_kind
def test_a_type_of_each_pricing_type_can_be_bought(kind: str) -> None:
    for offer in whole_type(kind).offers:
        buy(offer, 2)
    stock_adds_up()


@each_part
def test_parts_that_are_added_later_can_be_bought_like_those_that_came_along(kind: str) -> None:
    _field, part, create, _shape = PARTS[kind]
    parent = new_type(EventFactory(pricing_type=kind), total_quantity=3)
    added = create(SYSTEM, ticket_type=parent.id, **part)
    buy(added, 3)
    with pytest.raises(SoldOut):
        buy(added)
    stock_adds_up()


@each_kind
def test_a_type_is_priced_as_its_event_is(kind: str) -> None:
    other = "tiered" if kind == "simple" else "simple"
    with pytest.raises(Invalid) as error:
        whole_type(kind, pricing_type=other)
    assert refusal(error) == ("other_pricing", ["pricing_type"])


def test_a_simple_type_needs_a_price() -> None:
    with pytest.raises(Invalid) as error:
        whole_type("simple", price=None)
    assert refusal(error) == ("price_missing", ["price"])


@each_part
def test_the_prices_of_other_types_stand_in_their_parts(kind: str) -> None:
    with pytest.raises(Invalid) as error:
        whole_type(kind, price=Decimal(5))
    assert refusal(error) == ("price_in_parts", ["price"])


@each_kind
@pytest.mark.parametrize("field", ["tiers", "day_passes", "day_tier_prices"])
def test_a_type_takes_no_parts_of_another_pricing_type(kind: str, field: str) -> None:
    if field in WHOLE[kind]:
        return
    part = next(part for name, part, _create, _shape in PARTS.values() if name == field)
    with pytest.raises(Invalid) as error:
        whole_type(kind, **{field: [part]})
    assert refusal(error) == ("other_pricing", [field])


@each_kind
@pytest.mark.parametrize("added", list(PARTS))
def test_nor_are_such_parts_added_later(kind: str, added: str) -> None:
    if kind == added:
        return
    parent = whole_type(kind)
    _field, part, create, _shape = PARTS[added]
    with pytest.raises(Invalid) as error:
        create(SYSTEM, ticket_type=parent.id, **part)
    assert refusal(error) == ("other_pricing", ["ticket_type"])


@each_kind
def test_an_event_has_one_type_of_a_name(kind: str) -> None:
    first = whole_type(kind)
    event = extension.session.get_one(Event, first.event_id)
    with pytest.raises(Invalid) as error:
        new_type(event, **WHOLE[kind])
    assert refusal(error) == ("name_taken", ["non_field_errors"])
    second = new_type(event, **WHOLE[kind], name="Other")
    with pytest.raises(Invalid) as error:
        offers.update_type(SYSTEM, second.id, name="Pass")
    assert refusal(error) == ("name_taken", ["non_field_errors"])


@each_kind
def test_a_type_takes_no_window_that_ends_before_it_starts(kind: str) -> None:
    now = clock.now()
    with pytest.raises(Invalid) as error:
        whole_type(kind, sales_start_at=now, sales_end_at=now)
    assert refusal(error) == ("bad_window", ["sales_end"])
    right = whole_type(kind, sales_start_at=now)
    with pytest.raises(Invalid) as error:
        offers.update_type(SYSTEM, right.id, sales_end_at=now - timedelta(days=1))
    assert refusal(error) == ("bad_window", ["sales_end"])


@each_kind
def test_a_type_takes_no_minimum_above_its_maximum(kind: str) -> None:
    with pytest.raises(Invalid) as error:
        whole_type(kind, min_purchase=3, max_purchase=2)
    assert refusal(error) == ("bad_limits", ["min_purchase"])
    with pytest.raises(Invalid) as error:
        whole_type(kind, min_purchase=11)
    assert refusal(error) == ("bad_limits", ["min_purchase"])
    right = whole_type(kind, min_purchase=2)
    with pytest.raises(Invalid) as error:
        offers.update_type(SYSTEM, right.id, max_purchase=1)
    assert refusal(error) == ("bad_limits", ["min_purchase"])


@pytest.mark.parametrize("kind", ["tiered", "tier_and_day"])
def test_nor_does_a_part(kind: str) -> None:
    now = clock.now()
    with pytest.raises(Invalid) as error:
        one_part(kind, sales_start_at=now, sales_end_at=now)
    assert error.value.code == "bad_window"
    right = one_part(kind, sales_start_at=now)
    with pytest.raises(Invalid) as error:
        offers.update_part(SYSTEM, right.id, PARTS[kind][3], sales_end_at=now)
    assert refusal(error) == ("bad_window", ["sales_end"])


@each_part
def test_a_place_and_a_name_are_taken_once_in_a_type(kind: str) -> None:
    _field, part, create, shape = PARTS[kind]
    first = one_part(kind)
    place = {"name": "Other"} if kind != "tier_and_day" else {"day_name": "Other"}
    with pytest.raises(Invalid) as error:
        create(SYSTEM, ticket_type=first.ticket_type_id, **{**part, **place})
    assert refusal(error) == ("place_taken", ["non_field_errors"])
    number = {"tier_number": 2} if kind == "tiered" else {"day_number": 2}
    with pytest.raises(Invalid) as error:
        create(SYSTEM, ticket_type=first.ticket_type_id, **{**part, **number})
    assert refusal(error) == ("name_taken", ["non_field_errors"])
    second = create(SYSTEM, ticket_type=first.ticket_type_id, **{**part, **number, **place})
    taken = {name: part[name] for name in number}
    with pytest.raises(Invalid) as error:
        offers.update_part(SYSTEM, second.id, shape, **taken)
    assert refusal(error) == ("place_taken", ["non_field_errors"])


def test_a_type_has_one_pass_for_all_days() -> None:
    parent = new_type(EventFactory(pricing_type="day_based"), day_passes=[day_pass(None)])
    with pytest.raises(Invalid) as error:
        offers.create_day_pass(SYSTEM, ticket_type=parent.id, **day_pass(None, name="Another"))
    assert refusal(error) == ("place_taken", ["non_field_errors"])


def test_a_pass_names_its_day_or_is_for_all_of_them() -> None:
    parent = new_type(EventFactory(pricing_type="day_based"))
    with pytest.raises(Invalid) as error:
        offers.create_day_pass(SYSTEM, ticket_type=parent.id, **day_pass(1, day_number=None))
    assert refusal(error) == ("day_missing", ["day_number"])
    with pytest.raises(Invalid) as error:
        offers.create_day_pass(SYSTEM, ticket_type=parent.id, **day_pass(1, is_all_days=True))
    assert refusal(error) == ("day_too_much", ["day_number"])


def test_a_bad_part_that_comes_along_is_named_and_nothing_is_made() -> None:
    with pytest.raises(Invalid) as error:
        whole_type("tiered", tiers=[tier(1), tier(2, price=Decimal("1.001"))])
    assert refusal(error) == ("bad_price", ["tiers.1.price"])
    assert extension.session.scalars(select(TicketType)).all() == []
    assert extension.session.scalars(select(Quota)).all() == []


@each_kind
def test_a_cancelled_event_takes_no_types(kind: str) -> None:
    event = EventFactory(pricing_type=kind, status="cancelled")
    with pytest.raises(Invalid) as error:
        new_type(event, **WHOLE[kind])
    assert refusal(error) == ("event_cancelled", ["non_field_errors"])


# ---------------------------------------------------------------- who may


@each_kind
def test_owners_managers_and_staff_make_types_and_nobody_else(kind: str) -> None:
    event = EventFactory(pricing_type=kind)
    organization = extension.session.get_one(Organization, event.organization_id)
    whole: Fields = {"event": event.id, "total_quantity": 5, **WHOLE[kind]}
    for number, actor in enumerate(
        [member_of(organization), member_of(organization, "MANAGER"), StaffFactory()]
    ):
        offers.create_type(actor, **whole, name=f"Type {number}")
    for actor in (BuyerFactory(), member_of(organization, "MEMBER"), member_of(OrganizationFactory())):
        with pytest.raises(NotAllowed):
            offers.create_type(actor, **whole, name="Other")
    with pytest.raises(NotSignedIn):
        offers.create_type(ANONYMOUS, **whole, name="Other")


@each_part
def test_the_same_people_add_change_and_remove_parts(kind: str) -> None:
    _field, part, create, shape = PARTS[kind]
    offer = one_part(kind)
    organization = organization_of(offer)
    for actor in (BuyerFactory(), member_of(organization, "MEMBER"), member_of(OrganizationFactory())):
        with pytest.raises(NotAllowed):
            create(actor, ticket_type=offer.ticket_type_id, **part)
        with pytest.raises(NotAllowed):
            offers.update_part(actor, offer.id, shape, quantity=5)
        with pytest.raises(NotAllowed):
            offers.delete_part(actor, offer.id, shape)
    manager = member_of(organization, "MANAGER")
    assert offers.update_part(manager, offer.id, shape, quantity=5).quota.size == 5
    offers.delete_part(manager, offer.id, shape)
    assert create(manager, ticket_type=offer.ticket_type_id, **part).quota.size == 10


@each_kind
def test_what_belongs_to_a_strangers_draft_does_not_exist(kind: str) -> None:
    draft = EventFactory(pricing_type=kind, status="draft")
    made = new_type(draft, **WHOLE[kind])
    part_id = made.offers[0].id
    stranger = member_of(OrganizationFactory())
    with pytest.raises(Invalid) as error:
        offers.create_type(stranger, event=draft.id, name="Other", total_quantity=5, **WHOLE[kind])
    assert refusal(error) == ("unknown_event", ["event"])
    with pytest.raises(NotFound):
        offers.update_type(stranger, made.id, name="Other")
    with pytest.raises(NotFound):
        offers.delete_type(stranger, made.id)
    if kind in PARTS:
        _field, part, create, shape = PARTS[kind]
        with pytest.raises(Invalid) as error:
            create(stranger, ticket_type=made.id, **part)
        assert refusal(error) == ("unknown_ticket_type", ["ticket_type"])
        with pytest.raises(NotFound):
            offers.delete_part(stranger, part_id, shape)


@each_part
def test_a_part_is_found_by_its_own_shape_only(kind: str) -> None:
    offer = one_part(kind)
    for shape in (TIER, DAY_PASS, CELL):
        if shape is not PARTS[kind][3]:
            with pytest.raises(NotFound):
                offers.update_part(SYSTEM, offer.id, shape, quantity=5)
            with pytest.raises(NotFound):
                offers.delete_part(SYSTEM, offer.id, shape)
