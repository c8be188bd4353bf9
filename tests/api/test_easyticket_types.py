"""Ticket types (EasyTicket 003, Tickets)."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from flask_sqlalchemy import SQLAlchemy

from tests.api.conftest import Api, organization_of
from tests.api.deeds import book
from tests.factories import (
    BuyerFactory,
    EventFactory,
    OfferFactory,
    OrganizationFactory,
    StaffFactory,
    SupportFactory,
    member_of,
)
from tests.services.pricing import WHOLE, day_pass, new_type, tier, whole_type
from ticketing import clock
from ticketing.api.fields import utc_text
from ticketing.models import Event, Offer, TicketType
from ticketing.models.events import DAY_BASED, SIMPLE, TIER_AND_DAY, TIERED

TYPES = "/api/tickets/types/"
each_kind = pytest.mark.parametrize("kind", list(WHOLE))

#: Parts as they stand in the body of a new type.
SENT: dict[str, dict[str, Any]] = {
    SIMPLE: {"price": "150.00"},
    TIERED: {"tiers": [{"tier_number": 1, "name": "VIP", "price": "150.00", "quantity": 50}]},
    DAY_BASED: {
        "day_passes": [
            {"day_number": 1, "name": "Day 1", "date": "2130-12-01", "price": 75, "quantity": 500},
            {"is_all_days": True, "name": "All days", "price": 120.5, "quantity": 100},
        ]
    },
    TIER_AND_DAY: {
        "day_tier_prices": [
            {
                "day_number": 1,
                "day_name": "Day 1",
                "date": "2130-12-01",
                "tier_number": 1,
                "tier_name": "VIP",
                "price": 200.0,
                "quantity": 50,
                "is_active": True,
            }
        ]
    },
}


def body_of(event: Any, **changed: Any) -> dict[str, Any]:
    return {"event": str(event.uuid), "name": "VIP Pass", "total_quantity": 100, **changed}


def names(answer: Any) -> list[str]:
    rows = answer.json if isinstance(answer.json, list) else answer.json["results"]
    return [row["name"] for row in rows]


def blamed(answer: Any) -> list[str]:
    assert answer.status_code == 400, answer.text
    return list(answer.json["field_errors"])


def event_of(made: TicketType, db: SQLAlchemy) -> Event:
    return db.session.get_one(Event, made.event_id)


# ---------------------------------------------------------------- making


def test_a_type_is_made_as_the_document_says(api: Api) -> None:
    event = EventFactory()
    answer = api.by(StaffFactory()).post(
        TYPES,
        {
            "event": str(event.uuid),
            "name": "VIP Pass",
            "pricing_type": "simple",
            "price": 150.00,
            "total_quantity": 100,
            "sales_start": "2025-11-01T00:00:00Z",
            "sales_end": "2130-12-01T00:00:00Z",
            "min_purchase": 1,
            "max_purchase": 10,
            "benefits": "VIP lounge access, Meet & Greet",
        },
    )
    assert answer.status_code == 201
    made = answer.json
    assert uuid.UUID(made["id"])
    assert list(made) == [
        "id", "event", "event_title", "name", "description", "pricing_type", "price", "min_price",
        "total_quantity", "quantity_sold", "available_quantity", "is_sold_out", "is_on_sale", "sales_start",
        "sales_end", "is_active", "created_at", "event_slug", "min_purchase", "max_purchase", "benefits",
        "tiers", "day_passes", "day_tier_prices", "updated_at",
    ]  # fmt: skip
    assert made["event"] == str(event.uuid)
    assert (made["event_title"], made["event_slug"]) == (event.title, event.slug)
    assert (made["price"], made["min_price"]) == ("150.00", "150.00")
    assert (made["total_quantity"], made["quantity_sold"], made["available_quantity"]) == (100, 0, 100)
    assert (made["is_on_sale"], made["is_sold_out"], made["is_active"]) == (True, False, True)
    assert made["sales_start"] == "2025-11-01T00:00:00.000000Z"
    assert made["benefits"] == "VIP lounge access, Meet & Greet"
    assert made["tiers"] == made["day_passes"] == made["day_tier_prices"] == []


@each_kind
def test_a_type_of_each_pricing_type_comes_with_its_parts(api: Api, kind: str) -> None:
    event = EventFactory(pricing_type=kind)
    answer = api.by(StaffFactory()).post(TYPES, body_of(event, **SENT[kind]))
    assert answer.status_code == 201, answer.text
    made = answer.json
    assert made["pricing_type"] == kind
    assert made["price"] == ("150.00" if kind == SIMPLE else None)
    lengths = {field: len(made[field]) for field in ("tiers", "day_passes", "day_tier_prices")}
    assert lengths == {field: len(SENT[kind].get(field, ())) for field in lengths}
    assert made["min_price"] == {TIERED: "150.00", DAY_BASED: "75.00", TIER_AND_DAY: "200.00"}.get(
        kind, "150.00"
    )
    if kind == DAY_BASED:
        first, all_days = made["day_passes"]
        assert (first["day_number"], first["date"], first["is_all_days"]) == (1, "2130-12-01", False)
        assert (all_days["day_number"], all_days["date"], all_days["price"]) == (None, None, "120.50")
    assert api.get(f"{TYPES}{made['id']}/").json == made


def test_a_type_without_parts_costs_nothing_yet_and_is_not_on_sale(api: Api) -> None:
    answer = api.by(StaffFactory()).post(TYPES, body_of(EventFactory(pricing_type=TIERED)))
    assert (answer.json["price"], answer.json["min_price"]) == (None, "0.00")
    assert (answer.json["available_quantity"], answer.json["is_sold_out"]) == (100, False)
    assert answer.json["is_on_sale"] is False


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"pricing_type": TIERED}, "pricing_type"),
        ({"pricing_type": "auction"}, "pricing_type"),
        ({"price": None}, "price"),
        ({"price": -1}, "price"),
        ({"price": "1.005"}, "price"),
        ({"price": "NaN"}, "price"),
        ({"total_quantity": 0}, "total_quantity"),
        ({"total_quantity": -5}, "total_quantity"),
        ({"total_quantity": 1.5}, "total_quantity"),
        ({"total_quantity": None}, "total_quantity"),
        ({"total_quantity": 10**12}, "total_quantity"),
        ({"name": ""}, "name"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"min_purchase": 0}, "min_purchase"),
        ({"min_purchase": 11}, "min_purchase"),
        ({"min_purchase": 3, "max_purchase": 2}, "min_purchase"),
        ({"max_purchase": 2**31}, "max_purchase"),
        ({"sales_start": "soon"}, "sales_start"),
        ({"sales_start": "2130-01-02T00:00:00Z", "sales_end": "2130-01-01T00:00:00Z"}, "sales_end"),
        ({"sales_start": "2130-01-02T00:00:00Z", "sales_end": "2130-01-02T00:00:00Z"}, "sales_end"),
        ({"is_active": "perhaps"}, "is_active"),
        ({"description": ["x"]}, "description"),
        ({"event": 999_999}, "event"),
        ({"event": "00000000-0000-4000-8000-000000000000"}, "event"),
        ({"event": True}, "event"),
        ({"tiers": "x"}, "tiers"),
        ({"tiers": [{"tier_number": 1, "name": "A", "price": 1, "quantity": 1}]}, "tiers"),
        ({"day_passes": [{}]}, "day_passes.0.name"),
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused_by_its_field(
    api: Api, changed: dict[str, Any], field: str, db: SQLAlchemy
) -> None:
    answer = api.by(StaffFactory()).post(TYPES, {**body_of(EventFactory(), price="10.00"), **changed})
    assert field in blamed(answer)
    assert db.session.query(TicketType).count() == 0


@pytest.mark.parametrize("missing", ["event", "name", "total_quantity"])
def test_a_type_needs_its_required_fields(api: Api, missing: str) -> None:
    event = EventFactory()
    whole = body_of(event, price=5)
    del whole[missing]
    by = api.by(StaffFactory())
    assert blamed(by.post(TYPES, whole)) == [missing]
    made = new_type(event, price=10).uuid
    assert blamed(by.put(f"{TYPES}{made}/", whole)) == [missing]
    assert by.patch(f"{TYPES}{made}/", whole).status_code == 200


def test_a_bad_part_is_named_with_its_place(api: Api) -> None:
    parts = [dict(SENT[TIERED]["tiers"][0], tier_number=number, name=str(number)) for number in (1, 2)]
    parts[1]["quantity"] = 0
    by, event = api.by(StaffFactory()), EventFactory(pricing_type=TIERED)
    assert blamed(by.post(TYPES, body_of(event, tiers=parts))) == ["tiers.1.quantity"]
    parts[1] |= {"quantity": 1, "tier_number": 1}
    assert blamed(by.post(TYPES, body_of(event, tiers=parts))) == ["tiers.1.non_field_errors"]


def test_an_event_has_one_type_of_a_name(api: Api, db: SQLAlchemy) -> None:
    made = whole_type(SIMPLE)
    answer = api.by(StaffFactory()).post(TYPES, body_of(event_of(made, db), name="Pass", price=5))
    assert blamed(answer) == ["non_field_errors"]


# ---------------------------------------------------------------- who may


def test_organizers_of_the_event_and_staff_write_and_nobody_else(api: Api, db: SQLAlchemy) -> None:
    made = whole_type(SIMPLE)
    event, key = event_of(made, db), made.uuid
    organization = organization_of(event)
    for number, actor in enumerate(
        [member_of(organization), member_of(organization, "MANAGER"), StaffFactory()]
    ):
        by = api.by(actor)
        added = by.post(TYPES, body_of(event, name=f"Type {number}", price=5))
        assert added.status_code == 201
        assert by.put(f"{TYPES}{key}/", body_of(event, name="Pass", price=5)).status_code == 200
        assert by.patch(f"{TYPES}{key}/", {"benefits": "A seat"}).json["benefits"] == "A seat"
        assert by.delete(f"{TYPES}{added.json['id']}/").status_code == 204
    others = [
        BuyerFactory(),
        SupportFactory(),
        member_of(organization, "MEMBER"),
        member_of(OrganizationFactory()),
    ]
    for by, status in [(api, 401), *((api.by(actor), 403) for actor in others)]:
        assert by.post(TYPES, body_of(event, price=5)).status_code == status
        assert by.put(f"{TYPES}{key}/", body_of(event, price=5)).status_code == status
        assert by.patch(f"{TYPES}{key}/", {"name": "Mine"}).status_code == status
        assert by.delete(f"{TYPES}{key}/").status_code == status


def test_a_consumer_is_told_that_only_organizers_may(api: Api) -> None:
    answer = api.by(BuyerFactory()).post(TYPES, body_of(EventFactory(), price=5))
    assert answer.json["detail"] == "Only organizers can access this endpoint."


def test_types_of_drafts_and_those_switched_off_are_for_members_and_staff(api: Api) -> None:
    draft = EventFactory(status="draft")
    hidden = new_type(draft, name="Hidden", price=5)
    sibling = EventFactory(organization=organization_of(draft))
    off = new_type(sibling, name="Off", price=5, is_active=False)
    shown = whole_type(SIMPLE, name="Shown")
    keys, shown_key = (hidden.uuid, off.uuid), shown.uuid
    event_keys = (draft.uuid, off.event_id)
    insiders = [api.by(member_of(organization_of(draft), "MEMBER")), api.by(StaffFactory())]
    outsiders = [
        api,
        api.by(BuyerFactory()),
        api.by(member_of(OrganizationFactory())),
        api.by(SupportFactory()),
    ]
    for by in outsiders:
        assert names(by.get(TYPES)) == ["Shown"]
        assert [by.get(f"{TYPES}{key}/").status_code for key in (*keys, shown_key)] == [404, 404, 200]
        assert by.get(f"{TYPES}by_event/?event_id={event_keys[0]}").status_code == 404
        assert by.get(f"{TYPES}by_event/?event_id={event_keys[1]}").json == []
        assert names(by.get(f"{TYPES}?is_active=false")) == []
    for by in insiders:
        assert names(by.get(TYPES)) == ["Hidden", "Off", "Shown"]
        assert [by.get(f"{TYPES}{key}/").status_code for key in keys] == [200, 200]
        assert names(by.get(f"{TYPES}by_event/?event_id={event_keys[0]}")) == ["Hidden"]
        assert names(by.get(f"{TYPES}?is_active=false")) == ["Off"]


def test_an_unlisted_event_shows_its_types_to_those_who_know_it(api: Api, db: SQLAlchemy) -> None:
    made = whole_type(SIMPLE)
    event = event_of(made, db)
    event.is_unlisted = True
    db.session.commit()
    assert names(api.get(TYPES)) == names(api.get(f"{TYPES}available/")) == []
    assert names(api.get(f"{TYPES}?event={event.uuid}")) == ["Pass"]
    assert names(api.get(f"{TYPES}by_event/?event_id={event.uuid}")) == ["Pass"]


# ---------------------------------------------------------------- changing and removing


def test_a_whole_or_partial_change_shows_at_once(api: Api, db: SQLAlchemy) -> None:
    made = whole_type(SIMPLE)
    by, url = api.by(StaffFactory()), f"{TYPES}{made.uuid}/"
    changed = by.put(
        url, body_of(event_of(made, db), name="Seat", price=7.5, total_quantity=9, max_purchase=4)
    )
    assert changed.status_code == 200
    assert (changed.json["name"], changed.json["price"], changed.json["total_quantity"]) == (
        "Seat",
        "7.50",
        9,
    )
    assert changed.json["max_purchase"] == 4
    changed = by.patch(url, {"is_active": False, "sales_end": "2130-01-01", "tiers": [{"x": 1}]})
    assert (changed.json["is_active"], changed.json["sales_end"]) == (False, "2130-01-01T00:00:00.000000Z")
    assert by.patch(url, {"sales_end": None}).json["sales_end"] is None
    assert by.patch(url, {}).json["price"] == "7.50", "a change that says no price keeps it"


@each_kind
@pytest.mark.parametrize("confirmed", [True, False], ids=["sold", "held"])
def test_a_total_never_falls_below_what_is_sold_or_held(api: Api, kind: str, confirmed: bool) -> None:
    made = whole_type(kind)
    url, offer = f"{TYPES}{made.uuid}/", made.offers[0]
    book(BuyerFactory(), offer, 3, confirmed=confirmed)
    by = api.by(StaffFactory())
    assert blamed(by.patch(url, {"total_quantity": 2})) == ["total_quantity"]
    changed = by.patch(url, {"total_quantity": 3}).json
    assert (changed["total_quantity"], changed["available_quantity"]) == (3, 0)
    assert (changed["is_sold_out"], changed["is_on_sale"]) == (True, False)
    assert changed["quantity_sold"] == (3 if confirmed else 0)


def test_a_type_stays_with_its_event_and_its_pricing(api: Api) -> None:
    url = f"{TYPES}{whole_type(SIMPLE).uuid}/"
    by = api.by(StaffFactory())
    assert blamed(by.patch(url, {"event": EventFactory().id})) == ["event"]
    assert blamed(by.patch(url, {"pricing_type": TIERED})) == ["pricing_type"]
    assert by.patch(url, {"pricing_type": SIMPLE}).status_code == 200


@pytest.mark.parametrize("kind", [TIERED, DAY_BASED, TIER_AND_DAY])
def test_only_simple_types_have_a_price(api: Api, kind: str) -> None:
    url = f"{TYPES}{whole_type(kind).uuid}/"
    by = api.by(StaffFactory())
    for price in ("0", "5.00"):
        assert blamed(by.patch(url, {"price": price})) == ["price"]
    assert by.patch(url, {"price": None}).json["price"] is None


@each_kind
@pytest.mark.parametrize("confirmed", [True, False], ids=["sold", "held"])
def test_a_type_with_sales_is_not_deleted(api: Api, kind: str, confirmed: bool) -> None:
    made = whole_type(kind)
    url, offer = f"{TYPES}{made.uuid}/", made.offers[0]
    book(BuyerFactory(), offer, 1, confirmed=confirmed)
    answer = api.by(StaffFactory()).delete(url)
    assert answer.status_code == 400
    assert "ordered" in answer.json["detail"]
    assert api.get(url).status_code == 200


@each_kind
def test_a_type_without_sales_is_deleted_with_its_parts(api: Api, kind: str, db: SQLAlchemy) -> None:
    url = f"{TYPES}{whole_type(kind).uuid}/"
    answer = api.by(StaffFactory()).delete(url)
    assert (answer.status_code, answer.data) == (204, b"")
    assert api.get(url).status_code == 404
    assert db.session.query(Offer).count() == 0


def test_an_id_is_a_uuid_or_a_number(api: Api) -> None:
    made = whole_type(TIERED)
    number, key = made.id, made.uuid
    assert api.get(f"{TYPES}{number}/").json["id"] == str(key)
    for unknown in (999_999, uuid.uuid4(), "gala-night", "x" * 400):
        assert api.get(f"{TYPES}{unknown}/").status_code == 404


# ---------------------------------------------------------------- lists


def test_the_list_comes_by_page_the_oldest_first(api: Api) -> None:
    event = EventFactory()
    for number in range(1, 6):
        new_type(event, name=f"Type {number}", price=number)
    first = api.get(f"{TYPES}?page_size=2").json
    assert (first["count"], first["previous"], len(first["results"])) == (5, None, 2)
    assert list(first["results"][0]) == [
        "id", "event", "event_title", "name", "description", "pricing_type", "price", "min_price",
        "total_quantity", "quantity_sold", "available_quantity", "is_sold_out", "is_on_sale", "sales_start",
        "sales_end", "is_active", "created_at",
    ]  # fmt: skip
    second = api.get(first["next"].removeprefix("http://localhost")).json
    assert [row["name"] for row in second["results"]] == ["Type 3", "Type 4"]
    assert second["previous"].endswith("page=1")
    assert names(api.get(f"{TYPES}?page=3&page_size=2")) == ["Type 5"]
    assert api.get(f"{TYPES}?page=4&page_size=2").status_code == 404
    for wrong in ("page=0", "page=x", "page_size=0", "page_size=101", f"page={10**20}"):
        assert api.get(f"{TYPES}?{wrong}").status_code == 400


def test_filters_narrow_the_list(api: Api, db: SQLAlchemy) -> None:
    for kind in WHOLE:
        whole_type(kind, name=kind)
    sold_out = OfferFactory(size=1)
    book(BuyerFactory(), sold_out, 1)
    sold_out_name = db.session.get_one(TicketType, sold_out.ticket_type_id).name
    event = db.session.query(Event).filter_by(pricing_type=TIERED).one()
    assert names(api.get(f"{TYPES}?pricing_type=day_based")) == [DAY_BASED]
    for key in (event.uuid, event.id):
        assert names(api.get(f"{TYPES}?event={key}")) == [TIERED]
    assert names(api.get(f"{TYPES}?event={uuid.uuid4()}")) == []
    assert names(api.get(f"{TYPES}?is_on_sale=true")) == list(WHOLE)
    assert names(api.get(f"{TYPES}?is_on_sale=false")) == [sold_out_name]
    assert names(api.get(f"{TYPES}?is_active=true&event={event.id}&is_on_sale=true")) == [TIERED]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("event=not-a-uuid", "event"),
        ("event=0", "event"),
        ("pricing_type=auction", "pricing_type"),
        ("is_active=perhaps", "is_active"),
        ("is_on_sale=2", "is_on_sale"),
        (f"search={'x' * 201}", "search"),
    ],
)
def test_filters_that_mean_nothing_are_refused(api: Api, query: str, field: str) -> None:
    assert blamed(api.get(f"{TYPES}?{query}")) == [field]


def test_search_looks_into_name_description_and_benefits(api: Api) -> None:
    event = EventFactory()
    new_type(event, name="Front Row", price=5)
    new_type(event, name="B", price=5, description="close to the FRONT")
    new_type(event, name="C", price=5, benefits="100% front_row")
    new_type(event, name="D", price=5)
    assert names(api.get(f"{TYPES}?search=front")) == ["Front Row", "B", "C"]
    assert names(api.get(f"{TYPES}?search=100%25")) == ["C"]
    assert names(api.get(f"{TYPES}?search=front_row")) == ["C"], "no letter stands for any other"
    assert names(api.get(f"{TYPES}?search=%5C")) == []


@pytest.mark.parametrize(
    ("ordering", "expected"),
    [
        ("", "bca"),
        ("created_at", "bca"),
        ("-created_at", "acb"),
        ("price", "abc"),
        ("-price", "cba"),
        ("total_quantity", "cab"),
        ("-total_quantity", "bac"),
        ("popularity", "bca"),
        ("-", "bca"),
        ("id; DROP TABLE users", "bca"),
    ],
)
def test_the_list_is_ordered_as_asked(api: Api, ordering: str, expected: str) -> None:
    for name, price, total in (("b", 2, 30), ("c", 3, 10)):
        new_type(EventFactory(), name=name, price=price, total_quantity=total)
    new_type(
        EventFactory(pricing_type=TIERED), name="a", total_quantity=20, tiers=[tier(1, price=1), tier(2)]
    )
    assert names(api.get(f"{TYPES}?ordering={ordering}")) == list(expected)


def test_the_types_of_an_event_are_a_bare_array(api: Api) -> None:
    event = EventFactory()
    for name in "ab":
        new_type(event, name=name, price=5)
    whole_type(SIMPLE)
    for key in (event.uuid, event.id):
        answer = api.get(f"{TYPES}by_event/?event_id={key}")
        assert names(answer) == ["a", "b"]
        assert isinstance(answer.json, list)
    assert blamed(api.get(f"{TYPES}by_event/")) == ["event_id"]
    assert blamed(api.get(f"{TYPES}by_event/?event_id=x")) == ["event_id"]
    assert api.get(f"{TYPES}by_event/?event_id={uuid.uuid4()}").status_code == 404


def test_what_is_available_is_on_sale_and_not_sold_out(api: Api, db: SQLAlchemy) -> None:
    now = clock.now()
    whole_type(SIMPLE, name="open")
    whole_type(SIMPLE, name="later", sales_start_at=now + timedelta(hours=1))
    whole_type(SIMPLE, name="earlier", sales_end_at=now - timedelta(hours=1))
    whole_type(SIMPLE, name="off", is_active=False)
    made = whole_type(SIMPLE, name="sold out", total_quantity=1)
    book(BuyerFactory(), made.offers[0], 1)
    event_of(whole_type(TIERED, name="called off"), db).status = "cancelled"
    db.session.commit()
    assert names(api.get(f"{TYPES}available/")) == ["open"]


def test_bare_arrays_are_capped_with_a_link_to_the_rest(
    api: Api, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "LIST_CAP", 2)
    event = EventFactory()
    for name in "abc":
        new_type(event, name=name, price=5)
    for url in (f"{TYPES}available/?", f"{TYPES}by_event/?event_id={event.id}&"):
        answer = api.get(url)
        assert names(answer) == ["a", "b"]
        assert 'rel="next"' in answer.headers["Link"]
        assert names(api.get(f"{url}offset=2")) == ["c"]


def test_what_is_read_takes_the_same_few_statements_however_much_there_is(api: Api, statements: Any) -> None:
    few = whole_type(TIER_AND_DAY)
    many = new_type(
        EventFactory(pricing_type=DAY_BASED), day_passes=[day_pass(number) for number in range(1, 15)]
    )
    urls = {
        f"{TYPES}{few.uuid}/": 2, f"{TYPES}{many.uuid}/": 2, TYPES: 2, f"{TYPES}available/": 1,
        f"{TYPES}by_event/?event_id={many.event_id}": 2,
    }  # fmt: skip
    for url, number in urls.items():
        with statements() as seen:
            assert api.get(url).status_code == 200
        assert len(seen) == number, url


@each_kind
def test_moments_are_in_utc(api: Api, kind: str, db: SQLAlchemy) -> None:
    made = whole_type(kind)
    shown = api.get(f"{TYPES}{made.uuid}/").json
    assert shown["created_at"] == utc_text(db.session.get_one(TicketType, made.id).created_at)
    assert shown["created_at"].endswith("Z")


def test_money_has_the_decimals_of_its_currency(api: Api) -> None:
    for currency, price, shown in (("JPY", "500", "500.00"), ("KWD", "1.125", "1.125")):
        event = EventFactory(organization=OrganizationFactory(currency=currency))
        made = api.by(StaffFactory()).post(TYPES, body_of(event, price=price)).json
        assert (made["price"], made["min_price"]) == (shown, shown)
