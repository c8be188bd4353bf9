"""Tiers, day passes, and prices by day and tier (EasyTicket 003)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask_sqlalchemy import SQLAlchemy

from tests.api.conftest import Api
from tests.api.deeds import book
from tests.factories import (
    BuyerFactory,
    EventFactory,
    OrganizationFactory,
    StaffFactory,
    SupportFactory,
    member_of,
)
from tests.services.pricing import (
    PARTS,
    cell,
    day_pass,
    new_type,
    one_part,
    organization_of,
    tier,
    whole_type,
)
from ticketing import clock
from ticketing.models import Event, Offer, TicketType
from ticketing.models.events import DAY_BASED, SIMPLE, TIER_AND_DAY, TIERED
from ticketing.policy import SYSTEM
from ticketing.services import events


@dataclass(frozen=True)
class Resource:
    """A kind of part at the door: its URL, a new one's body without its type, and the keys of an answer."""

    url: str
    body: dict[str, Any]
    keys: list[str]


STOCK = ["price", "quantity", "quantity_sold", "available_quantity", "is_sold_out"]
RESOURCES = {
    TIERED: Resource(
        "/api/tickets/tiers/",
        {
            "tier_number": 7,
            "name": "VIP",
            "price": 150.00,
            "quantity": 50,
            "sales_start": "2025-11-01T00:00:00Z",
            "sales_end": "2130-12-01T00:00:00Z",
        },
        ["id", "ticket_type", "tier_number", "name", *STOCK, "sales_start", "sales_end", "created_at"],
    ),
    DAY_BASED: Resource(
        "/api/tickets/day-passes/",
        {
            "day_number": 7,
            "name": "Day seven",
            "date": "2130-12-01",
            "price": 75.00,
            "quantity": 500,
            "is_all_days": False,
        },
        ["id", "ticket_type", "day_number", "name", "date", *STOCK, "is_all_days", "created_at"],
    ),
    TIER_AND_DAY: Resource(
        "/api/tickets/day-tier-prices/",
        {
            "day_number": 7,
            "day_name": "Day seven",
            "date": "2130-12-01",
            "tier_number": 7,
            "tier_name": "VIP",
            "price": 200.00,
            "quantity": 50,
            "is_active": True,
        },
        [
            "id", "ticket_type", "day_number", "day_name", "date", "tier_number", "tier_name", *STOCK,
            "is_on_sale", "is_active", "sales_start", "sales_end", "created_at",
        ],
    ),
}  # fmt: skip
TIERS, PASSES, CELLS = (RESOURCES[kind].url for kind in (TIERED, DAY_BASED, TIER_AND_DAY))
each_part = pytest.mark.parametrize("kind", list(RESOURCES))


def body_of(kind: str, parent: TicketType, **changed: Any) -> dict[str, Any]:
    return {"ticket_type": str(parent.uuid), **RESOURCES[kind].body, **changed}


def blamed(answer: Any) -> list[str]:
    assert answer.status_code == 400, answer.text
    return list(answer.json["field_errors"])


def type_of(offer: Offer, db: SQLAlchemy) -> TicketType:
    return db.session.get_one(TicketType, offer.ticket_type_id)


def found(answer: Any, key: str) -> list[Any]:
    assert answer.status_code == 200, answer.text
    return [row[key] for row in answer.json["results"]]


# ---------------------------------------------------------------- making


@each_part
def test_a_part_is_made_as_the_document_says(api: Api, kind: str) -> None:
    parent, resource = whole_type(kind, total_quantity=1000), RESOURCES[kind]
    answer = api.by(StaffFactory()).post(resource.url, body_of(kind, parent))
    assert answer.status_code == 201, answer.text
    made = answer.json
    assert list(made) == resource.keys
    assert made["ticket_type"] == str(parent.uuid)
    assert made["price"] == f"{resource.body['price']:.2f}"
    quantity = resource.body["quantity"]
    assert [made[name] for name in STOCK[1:]] == [quantity, 0, quantity, False]
    for name in resource.body.keys() - {"price", "sales_start", "sales_end"}:
        assert made[name] == resource.body[name]
    assert api.get(f"{resource.url}{made['id']}/").json == made


@each_part
def test_a_part_needs_its_required_fields(api: Api, kind: str) -> None:
    parent, resource = whole_type(kind), RESOURCES[kind]
    key = parent.offers[0].uuid
    by = api.by(StaffFactory())
    optional = {"sales_start", "sales_end", "date", "is_active", "is_all_days", "day_number"}
    if kind == TIER_AND_DAY:
        optional.remove("day_number")
    for missing in {"ticket_type", *resource.body} - optional:
        whole = body_of(kind, parent)
        del whole[missing]
        assert blamed(by.post(resource.url, whole)) == [missing]
        assert blamed(by.put(f"{resource.url}{key}/", whole)) == [missing]


@each_part
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("price", -1),
        ("price", "x"),
        ("price", "0.001"),
        ("price", None),
        ("quantity", 0),
        ("quantity", -1),
        ("quantity", 1.5),
        ("quantity", 10**12),
        ("quantity", None),
        ("ticket_type", 999_999),
        ("ticket_type", "no-such-type"),
        ("ticket_type", None),
        ("ticket_type", {}),
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused_by_its_field(api: Api, kind: str, field: str, value: Any) -> None:
    parent, resource = whole_type(kind), RESOURCES[kind]
    url, whole = f"{resource.url}{parent.offers[0].uuid}/", body_of(kind, parent, **{field: value})
    by = api.by(StaffFactory())
    assert blamed(by.post(resource.url, whole)) == [field]
    assert blamed(by.patch(url, {field: value})) == [field]


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        (TIERED, "tier_number", 0),
        (TIERED, "tier_number", 2**31),
        (TIERED, "name", " "),
        (TIERED, "name", "x" * 51),
        (TIERED, "sales_start", "soon"),
        (DAY_BASED, "day_number", 0),
        (DAY_BASED, "day_number", None),
        (DAY_BASED, "name", ""),
        (DAY_BASED, "date", "2130-02-30"),
        (DAY_BASED, "date", "2130-12-01T00:00:00Z"),
        (DAY_BASED, "date", 17),
        (DAY_BASED, "is_all_days", "perhaps"),
        (TIER_AND_DAY, "day_number", None),
        (TIER_AND_DAY, "tier_number", "x"),
        (TIER_AND_DAY, "day_name", "x" * 51),
        (TIER_AND_DAY, "tier_name", ""),
        (TIER_AND_DAY, "date", "9999-01-01"),
        (TIER_AND_DAY, "is_active", None),
    ],
    ids=str,
)
def test_nor_is_anything_else_that_cannot_be(api: Api, kind: str, field: str, value: Any) -> None:
    by, parent = api.by(StaffFactory()), whole_type(kind)
    assert blamed(by.post(RESOURCES[kind].url, body_of(kind, parent, **{field: value}))) == [field]


@pytest.mark.parametrize("kind", [TIERED, TIER_AND_DAY])
def test_sales_end_after_they_start(api: Api, kind: str) -> None:
    parent, resource = whole_type(kind), RESOURCES[kind]
    url = f"{resource.url}{parent.offers[0].uuid}/"
    window = {"sales_start": "2130-01-02T00:00:00Z", "sales_end": "2130-01-01T00:00:00Z"}
    by = api.by(StaffFactory())
    assert blamed(by.post(resource.url, body_of(kind, parent, **window))) == ["sales_end"]
    assert blamed(by.patch(url, window)) == ["sales_end"]
    assert by.patch(url, {"sales_start": None, "sales_end": window["sales_end"]}).status_code == 200


def test_a_pass_names_its_day_or_is_for_all_of_them(api: Api) -> None:
    by, parent = api.by(StaffFactory()), whole_type(DAY_BASED, day_passes=[])
    whole = body_of(DAY_BASED, parent)
    assert blamed(by.post(PASSES, {**whole, "is_all_days": True})) == ["day_number"]
    del whole["day_number"]
    assert blamed(by.post(PASSES, whole)) == ["day_number"]
    made = by.post(PASSES, {**whole, "is_all_days": True})
    assert (made.status_code, made.json["day_number"], made.json["date"]) == (201, None, None)


@each_part
@pytest.mark.parametrize("other", [SIMPLE, *RESOURCES])
def test_a_part_belongs_to_a_type_of_its_own_pricing(api: Api, kind: str, other: str) -> None:
    if kind == other:
        return
    parent = whole_type(other)
    answer = api.by(StaffFactory()).post(RESOURCES[kind].url, body_of(kind, parent))
    assert blamed(answer) == ["ticket_type"]


@each_part
def test_a_place_in_a_type_is_taken_once(api: Api, kind: str) -> None:
    by, parent = api.by(StaffFactory()), whole_type(kind)
    assert by.post(RESOURCES[kind].url, body_of(kind, parent)).status_code == 201
    assert blamed(by.post(RESOURCES[kind].url, body_of(kind, parent))) == ["non_field_errors"]


def test_a_day_has_one_date(api: Api) -> None:
    by, parent = api.by(StaffFactory()), whole_type(TIER_AND_DAY)
    assert by.post(CELLS, body_of(TIER_AND_DAY, parent)).status_code == 201
    whole = body_of(TIER_AND_DAY, parent, tier_number=8, tier_name="Pit", date="2130-12-02")
    assert blamed(by.post(CELLS, whole)) == ["date"]


# ---------------------------------------------------------------- who may


@each_part
def test_organizers_of_the_event_and_staff_write_and_nobody_else(api: Api, kind: str, db: SQLAlchemy) -> None:
    offer, url = one_part(kind), RESOURCES[kind].url
    organization, parent, key = organization_of(offer), type_of(offer, db), offer.uuid
    whole = body_of(kind, parent)
    others = [
        BuyerFactory(),
        SupportFactory(),
        member_of(organization, "MEMBER"),
        member_of(OrganizationFactory()),
    ]
    for by, status in [(api, 401), *((api.by(actor), 403) for actor in others)]:
        assert by.post(url, whole).status_code == status
        assert by.put(f"{url}{key}/", whole).status_code == status
        assert by.patch(f"{url}{key}/", {"quantity": 1}).status_code == status
        assert by.delete(f"{url}{key}/").status_code == status
    for actor in (member_of(organization), member_of(organization, "MANAGER"), StaffFactory()):
        by = api.by(actor)
        made = by.post(url, whole).json["id"]
        assert by.put(f"{url}{made}/", {**whole, "quantity": 9}).json["quantity"] == 9
        assert by.patch(f"{url}{made}/", {"price": "1"}).json["price"] == "1.00"
        assert by.delete(f"{url}{made}/").status_code == 204
        assert by.get(f"{url}{made}/").status_code == 404


@each_part
def test_parts_of_drafts_and_of_what_is_switched_off_are_for_members_and_staff(api: Api, kind: str) -> None:
    field, part, _create, _shape = PARTS[kind]
    organization = OrganizationFactory()
    draft = EventFactory(organization=organization, pricing_type=kind, status="draft")
    event = EventFactory(organization=organization, pricing_type=kind)
    hidden = new_type(draft, **{field: [part]}).offers[0].uuid
    off = new_type(event, **{field: [part]}, is_active=False).offers[0].uuid
    url = RESOURCES[kind].url
    for by in (api, api.by(BuyerFactory()), api.by(member_of(OrganizationFactory()))):
        assert found(by.get(url), "id") == []
        assert {by.get(f"{url}{key}/").status_code for key in (hidden, off)} == {404}
    for by in (api.by(member_of(organization, "MEMBER")), api.by(StaffFactory())):
        assert set(found(by.get(url), "id")) == {str(hidden), str(off)}
        assert {by.get(f"{url}{key}/").status_code for key in (hidden, off)} == {200}


def test_prices_that_are_switched_off_are_for_members_and_staff(api: Api, db: SQLAlchemy) -> None:
    made = new_type(
        EventFactory(pricing_type=TIER_AND_DAY), day_tier_prices=[cell(1, 1, is_active=False), cell(1, 2)]
    )
    off, member = made.offers[0].uuid, member_of(organization_of(made), "MEMBER")
    for by, numbers in ((api, [2]), (api.by(member), [1, 2])):
        assert found(by.get(CELLS), "tier_number") == numbers
        shown = by.get(f"/api/tickets/types/{made.uuid}/").json["day_tier_prices"]
        assert [row["tier_number"] for row in shown] == numbers
        assert by.get(f"{CELLS}{off}/").status_code == (404 if numbers == [2] else 200)
        assert found(by.get(f"{CELLS}?is_active=false"), "tier_number") == numbers[:-1]


@each_part
def test_each_kind_of_part_has_its_own_url(api: Api, kind: str) -> None:
    offer = one_part(kind)
    number, key = offer.id, offer.uuid
    simple = whole_type(SIMPLE).offers[0].uuid
    for other, resource in RESOURCES.items():
        for given in (number, key):
            assert api.get(f"{resource.url}{given}/").status_code == (200 if other == kind else 404)
        for unknown in (simple, uuid.uuid4(), 999_999, "front-row"):
            assert api.get(f"{resource.url}{unknown}/").status_code == 404


# ---------------------------------------------------------------- changing and removing


@each_part
@pytest.mark.parametrize("confirmed", [True, False], ids=["sold", "held"])
def test_a_quantity_never_falls_below_what_is_sold_or_held(
    api: Api, kind: str, confirmed: bool, db: SQLAlchemy
) -> None:
    offer = one_part(kind)
    url, parent = f"{RESOURCES[kind].url}{offer.uuid}/", type_of(offer, db)
    book(BuyerFactory(), offer, 3, confirmed=confirmed)
    by = api.by(StaffFactory())
    assert blamed(by.patch(url, {"quantity": 2, "price": 1})) == ["quantity"]
    assert by.get(url).json["price"] == "10.00", "a refused change changes nothing"
    changed = by.patch(url, {"quantity": 3}).json
    assert [changed[name] for name in STOCK] == ["10.00", 3, 3 if confirmed else 0, 0, True]
    moved = by.put(url, body_of(kind, parent))
    assert moved.status_code == (200 if kind == TIERED else 400), "an ordered day is fixed"


@each_part
@pytest.mark.parametrize("confirmed", [True, False], ids=["sold", "held"])
def test_a_part_with_sales_is_not_deleted(api: Api, kind: str, confirmed: bool) -> None:
    offer = one_part(kind)
    url = f"{RESOURCES[kind].url}{offer.uuid}/"
    book(BuyerFactory(), offer, 1, confirmed=confirmed)
    answer = api.by(StaffFactory()).delete(url)
    assert answer.status_code == 400
    assert "ordered" in answer.json["detail"]
    assert api.get(url).status_code == 200


@each_part
def test_a_part_stays_with_its_type(api: Api, kind: str) -> None:
    url, other = f"{RESOURCES[kind].url}{one_part(kind).uuid}/", whole_type(kind).id
    assert blamed(api.by(StaffFactory()).patch(url, {"ticket_type": other})) == ["ticket_type"]


def test_a_pass_moves_and_becomes_one_for_all_days(api: Api) -> None:
    url = f"{PASSES}{one_part(DAY_BASED).uuid}/"
    by = api.by(StaffFactory())
    assert by.patch(url, {"day_number": 3, "date": "2130-01-03"}).json["date"] == "2130-01-03"
    assert by.patch(url, {"date": "2130-01-04"}).json["date"] == "2130-01-04"
    assert by.patch(url, {"date": None}).json["date"] is None
    assert blamed(by.patch(url, {"is_all_days": True, "day_number": 3})) == ["day_number"]
    changed = by.patch(url, {"is_all_days": True}).json
    assert (changed["is_all_days"], changed["day_number"]) == (True, None)
    assert blamed(by.patch(url, {"is_all_days": False})) == ["day_number"]


def test_names_and_numbers_change(api: Api) -> None:
    by = api.by(StaffFactory())
    changed = by.patch(f"{TIERS}{one_part(TIERED).uuid}/", {"name": "Pit", "tier_number": 4}).json
    assert (changed["name"], changed["tier_number"]) == ("Pit", 4)
    changed = by.patch(f"{PASSES}{one_part(DAY_BASED).uuid}/", {"name": "Friday"}).json
    assert (changed["name"], changed["day_number"]) == ("Friday", 1)
    changed = by.patch(
        f"{CELLS}{one_part(TIER_AND_DAY).uuid}/",
        {"day_name": "Friday", "tier_name": "Pit", "is_active": False},
    ).json
    assert (changed["day_name"], changed["tier_name"], changed["is_active"]) == ("Friday", "Pit", False)


# ---------------------------------------------------------------- lists


@each_part
def test_the_list_comes_by_page(api: Api, kind: str) -> None:
    url, made = RESOURCES[kind].url, whole_type(kind)
    total = len(made.offers)
    first = api.get(f"{url}?page_size=1").json
    assert (first["count"], len(first["results"]), first["previous"]) == (total, 1, None)
    assert list(first["results"][0]) == RESOURCES[kind].keys
    assert first["next"].endswith("page_size=1&page=2")
    last = api.get(f"{url}?page_size=1&page={total}").json
    assert (last["next"], len(last["results"])) == (None, 1)
    assert api.get(f"{url}?page_size=1&page={total + 1}").status_code == 404


@each_part
def test_the_list_of_one_type(api: Api, kind: str) -> None:
    made, url = whole_type(kind), RESOURCES[kind].url
    own, keys = {str(offer.uuid) for offer in made.offers}, (made.uuid, made.id)
    whole_type(kind)
    for key in keys:
        assert set(found(api.get(f"{url}?ticket_type={key}"), "id")) == own
    assert found(api.get(f"{url}?ticket_type={uuid.uuid4()}"), "id") == []
    assert blamed(api.get(f"{url}?ticket_type=not-a-uuid")) == ["ticket_type"]


def test_an_unlisted_events_parts_are_shown_to_those_who_know_it(api: Api, db: SQLAlchemy) -> None:
    made = whole_type(TIERED)
    key = made.uuid
    db.session.get_one(Event, made.event_id).is_unlisted = True
    db.session.commit()
    assert found(api.get(TIERS), "id") == []
    assert len(found(api.get(f"{TIERS}?ticket_type={key}"), "id")) == 2


@pytest.mark.parametrize(
    ("ordering", "expected"),
    [
        ("", [1, 2, 3]),
        ("tier_number", [1, 2, 3]),
        ("-tier_number", [3, 2, 1]),
        ("price", [2, 3, 1]),
        ("-price", [1, 3, 2]),
        ("name", [1, 2, 3]),
    ],
)
def test_tiers_are_ordered_as_asked(api: Api, ordering: str, expected: list[int]) -> None:
    new_type(
        EventFactory(pricing_type=TIERED), tiers=[tier(3, price=20), tier(1, price=30), tier(2, price=10)]
    )
    assert found(api.get(f"{TIERS}?ordering={ordering}"), "tier_number") == expected


@pytest.mark.parametrize(
    ("ordering", "expected"),
    [
        ("", [1, 2, None]),
        ("day_number", [1, 2, None]),
        ("-day_number", [2, 1, None]),
        ("price", [2, None, 1]),
        ("-price", [1, None, 2]),
        ("date", [2, 1, None]),
        ("-date", [1, 2, None]),
        ("nonsense", [1, 2, None]),
    ],
)
def test_day_passes_are_ordered_as_asked(api: Api, ordering: str, expected: list[int | None]) -> None:
    by = api.by(StaffFactory())
    parent = whole_type(DAY_BASED, day_passes=[day_pass(None, price=20)])
    for number, price, date in ((2, 10, "2130-01-01"), (1, 30, "2130-01-02")):
        whole = body_of(DAY_BASED, parent, day_number=number, name=str(number), price=price, date=date)
        assert by.post(PASSES, whole).status_code == 201
    assert found(api.get(f"{PASSES}?ordering={ordering}"), "day_number") == expected


def test_day_passes_are_filtered_by_whether_they_are_for_all_days(api: Api) -> None:
    whole_type(DAY_BASED)
    assert found(api.get(f"{PASSES}?is_all_days=true"), "day_number") == [None]
    assert found(api.get(f"{PASSES}?is_all_days=false"), "day_number") == [1]
    assert blamed(api.get(f"{PASSES}?is_all_days=perhaps")) == ["is_all_days"]


def test_prices_by_day_and_tier_are_filtered_and_ordered(api: Api) -> None:
    new_type(
        EventFactory(pricing_type=TIER_AND_DAY),
        day_tier_prices=[cell(2, 1, price=5), cell(1, 2, price=7), cell(1, 1, price=9)],
    )

    def places(query: str) -> list[tuple[int, int]]:
        rows = api.get(f"{CELLS}?{query}").json["results"]
        return [(row["day_number"], row["tier_number"]) for row in rows]

    assert places("") == [(1, 1), (1, 2), (2, 1)]
    assert places("ordering=-day_number,tier_number") == [(2, 1), (1, 1), (1, 2)]
    assert places("ordering=tier_number,day_number") == [(1, 1), (2, 1), (1, 2)]
    assert places("ordering=price") == [(2, 1), (1, 2), (1, 1)]
    assert places("day_number=1") == [(1, 1), (1, 2)]
    assert places("tier_number=1&day_number=2") == [(2, 1)]
    assert places("is_active=true") == [(1, 1), (1, 2), (2, 1)]
    for wrong in ("day_number", "tier_number", "is_active"):
        assert blamed(api.get(f"{CELLS}?{wrong}=x")) == [wrong]


# ---------------------------------------------------------------- the matrix


def test_the_matrix_leads_from_day_and_tier_to_the_price(api: Api) -> None:
    made = new_type(
        EventFactory(pricing_type=TIER_AND_DAY),
        day_tier_prices=[
            cell(day, number, price=price)
            for day, number, price in ((10, 1, 200), (2, 2, 100), (2, 1, 150), (10, 3, 5))
        ],
    )
    answer = api.get(f"{CELLS}matrix/?ticket_type={made.uuid}")
    assert answer.status_code == 200
    shown = answer.json
    assert list(shown) == ["ticket_type", "days", "tiers", "matrix"]
    assert shown["ticket_type"] == str(made.uuid)
    assert shown["days"] == [{"number": 2, "name": "Day 2"}, {"number": 10, "name": "Day 10"}]
    assert [row["number"] for row in shown["tiers"]] == [1, 2, 3]
    assert {day: list(row) for day, row in shown["matrix"].items()} == {"2": ["1", "2"], "10": ["1", "3"]}
    assert list(shown["matrix"]) == ["2", "10"], "by number, not by letter"
    place = shown["matrix"]["2"]["2"]
    assert next(iter(place)) == "id"
    assert place["price"] == "100.00"
    assert place == api.get(f"{CELLS}{place['id']}/").json


def test_the_matrix_shows_what_is_switched_on(api: Api) -> None:
    made = new_type(
        EventFactory(pricing_type=TIER_AND_DAY), day_tier_prices=[cell(1, 1), cell(2, 1, is_active=False)]
    )
    for by in (api, api.by(StaffFactory())):
        assert list(by.get(f"{CELLS}matrix/?ticket_type={made.id}").json["matrix"]) == ["1"]


def test_the_matrix_of_what_has_none_is_empty_and_of_nothing_is_404(api: Api) -> None:
    tiered = whole_type(TIERED)
    hidden = new_type(EventFactory(pricing_type=TIER_AND_DAY, status="draft"), day_tier_prices=[cell()]).uuid
    shown = api.get(f"{CELLS}matrix/?ticket_type={tiered.uuid}").json
    assert (shown["days"], shown["tiers"], shown["matrix"]) == ([], [], {})
    assert blamed(api.get(f"{CELLS}matrix/")) == ["ticket_type"]
    assert blamed(api.get(f"{CELLS}matrix/?ticket_type=x")) == ["ticket_type"]
    for unknown in (uuid.uuid4(), 999_999, hidden):
        assert api.get(f"{CELLS}matrix/?ticket_type={unknown}").status_code == 404


# ---------------------------------------------------------------- what is left


@each_part
def test_no_part_has_more_left_than_its_type(api: Api, kind: str) -> None:
    made = whole_type(kind, total_quantity=4)
    first, second = (offer.uuid for offer in made.offers[:2])
    book(BuyerFactory(), made.offers[0], 3)
    for key in (first, second):
        assert api.get(f"{RESOURCES[kind].url}{key}/").json["available_quantity"] == 1


def test_no_pass_has_more_left_than_its_days_admit(api: Api) -> None:
    event = EventFactory(pricing_type=DAY_BASED)
    events.update(SYSTEM, event.id, capacity=5)
    made = new_type(event, day_passes=[day_pass(1), day_pass(2), day_pass(None)])
    book(BuyerFactory(), made.offers[0], 4)
    shown = api.get(f"/api/tickets/types/{made.uuid}/").json
    assert [row["available_quantity"] for row in shown["day_passes"]] == [1, 5, 1]
    assert [row["is_sold_out"] for row in shown["day_passes"]] == [False] * 3


def test_a_price_is_on_sale_within_its_own_window(api: Api) -> None:
    now = clock.now()
    made = new_type(
        EventFactory(pricing_type=TIER_AND_DAY),
        day_tier_prices=[
            cell(1, 1),
            cell(1, 2, sales_start_at=now + timedelta(hours=1)),
            cell(1, 3, sales_end_at=now - timedelta(hours=1)),
        ],
    )
    shown = api.get(f"/api/tickets/types/{made.uuid}/").json
    assert [row["is_on_sale"] for row in shown["day_tier_prices"]] == [True, False, False]
    assert shown["is_on_sale"] is True


@each_part
def test_lists_take_the_same_few_statements_however_long_they_are(
    api: Api, kind: str, statements: Any
) -> None:
    for _ in range(4):
        whole_type(kind)
    with statements() as seen:
        assert api.get(f"{RESOURCES[kind].url}?page_size=100").json["count"] >= 8
    assert len(seen) == 2
