"""EasyTicket's events (EasyTicket 003, Events): lists, details, drafting, publishing, calling off."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from tests.api.conftest import Api, organization_of
from tests.api.deeds import book
from tests.factories import (
    BuyerFactory,
    CategoryFactory,
    EventFactory,
    OfferFactory,
    OrganizationFactory,
    StaffFactory,
    TicketTypeFactory,
    UserFactory,
    VenueFactory,
    member_of,
)
from tests.races import crowd
from ticketing import clock
from ticketing.jobs import outbox
from ticketing.models import Event, Organization, Refund, Venue
from ticketing.policy import SYSTEM
from ticketing.services import events, offers

EVENTS = "/api/events/"


def words(text: str) -> set[str]:
    return set(text.split())


LIST_KEYS = words(
    "id title slug short_description organizer organizer_name organizer_email category category_name "
    "pricing_type venue_name venue_city venue_country start_date end_date thumbnail_image status is_free "
    "base_price currency is_featured is_upcoming is_ongoing is_past duration_days created_at"
)
DETAIL_KEYS = LIST_KEYS | words(
    "description category_details venue_address venue_state venue_postal_code venue_latitude "
    "venue_longitude banner_image total_capacity available_tickets tickets_sold terms_and_conditions "
    "refund_policy age_restriction tags published_at updated_at"
)
SECURETICKET_KEYS = words("description venue date time total_seats available_seats price is_active")
#: As documented: without address, country and price.
SAMPLE = {
    "title": "Amazing Music Festival",
    "description": "...",
    "pricing_type": "tier_and_day",
    "venue_name": "Central Park",
    "venue_city": "New York",
    "start_date": "2130-12-01T18:00:00Z",
    "end_date": "2130-12-03T23:00:00Z",
    "total_capacity": 5000,
    "is_free": False,
}


def in_days(days: float) -> Any:
    return clock.now() + timedelta(days=days)


def titles(answer: Any) -> list[str]:
    rows = answer.json["results"] if isinstance(answer.json, dict) else answer.json
    return [row["title"] for row in rows]


def organizer() -> Any:
    return UserFactory(user_type="organizer")


# ---------------------------------------------------------------- lists


def test_anybody_lists_published_events_running_and_past_ones_too_latest_first(api: Api) -> None:
    EventFactory(title="later", starts_at=in_days(9))
    EventFactory(title="sooner", starts_at=in_days(2))
    EventFactory(title="running", starts_at=in_days(-0.01))
    EventFactory(title="over", starts_at=in_days(-2))
    EventFactory(title="draft", status="draft")
    EventFactory(title="cancelled", status="cancelled")
    EventFactory(title="unlisted", is_unlisted=True)
    for caller in (api, api.by(BuyerFactory()), api.by(organizer())):
        answer = caller.get(EVENTS)
        assert titles(answer) == ["later", "sooner", "running", "over"]
        assert answer.json["count"] == 4
    shown = {row["title"]: row["status"] for row in api.get(EVENTS).json["results"]}
    assert shown == {"later": "published", "sooner": "published", "running": "ongoing", "over": "completed"}


def test_an_event_has_the_documented_keys_of_both_dialects(api: Api) -> None:
    OfferFactory()
    row = api.get(EVENTS).json["results"][0]
    assert row.keys() >= LIST_KEYS | SECURETICKET_KEYS
    assert api.get(f"{EVENTS}{row['slug']}/").json.keys() >= DETAIL_KEYS | SECURETICKET_KEYS


def test_members_list_their_own_drafts_too_and_staff_everybodys(api: Api) -> None:
    mine = EventFactory(title="mine", status="draft")
    EventFactory(title="other", status="draft")
    EventFactory(title="called off", status="cancelled", organization=organization_of(mine))
    EventFactory(title="public")
    for role in ("OWNER", "MEMBER"):
        by = api.by(member_of(organization_of(mine), role))
        assert sorted(titles(by.get(EVENTS))) == ["called off", "mine", "public"]
        assert titles(by.get(f"{EVENTS}?status=draft")) == ["mine"]
        assert titles(by.get(f"{EVENTS}?status=cancelled")) == ["called off"]
    assert sorted(titles(api.by(StaffFactory()).get(f"{EVENTS}?status=draft"))) == ["mine", "other"]
    assert titles(api.get(f"{EVENTS}?status=draft")) == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("status=published", ["free", "jazz"]),
        ("status=ongoing", ["running"]),
        ("status=completed", ["over"]),
        ("status=cancelled", []),
        ("is_free=true", ["free"]),
        ("is_free=false", ["jazz", "over", "running"]),
        ("is_featured=true", ["jazz"]),
        ("venue_city=PORTO", ["jazz"]),
        ("venue_city=Port", []),
        ("pricing_type=tiered", ["running"]),
        ("search=jazz", ["jazz"]),
        ("search=porto", ["jazz"]),
        ("status=published&is_featured=true&pricing_type=simple", ["jazz"]),
        ("status=&search=", ["free", "jazz", "over", "running"]),
    ],
)
def test_events_are_filtered_as_asked_in_the_list_and_in_the_search(
    api: Api, db: SQLAlchemy, query: str, expected: list[str]
) -> None:
    hall = VenueFactory(city="Porto")
    EventFactory(title="jazz", venue=hall, is_featured=True, starts_at=in_days(5))
    OfferFactory(event=EventFactory(title="free", starts_at=in_days(6)), price=0)
    _price(db, "free", 0)
    EventFactory(title="running", starts_at=in_days(-0.01), pricing_type="tiered")
    EventFactory(title="over", starts_at=in_days(-9))
    assert sorted(titles(api.get(f"{EVENTS}?{query}"))) == expected
    answer = api.get(f"{EVENTS}search/?{query}")
    assert isinstance(answer.json, list)
    assert sorted(titles(answer)) == expected


def _price(db: SQLAlchemy, title: str, price: int) -> None:
    event = db.session.query(Event).filter_by(title=title).one()
    event.lowest_price = event.highest_price = price
    db.session.commit()


def test_events_are_filtered_by_every_key_of_a_category(api: Api) -> None:
    category = CategoryFactory(name="Pop & Rock", slug="pop-rock")
    event = EventFactory(category=category)
    EventFactory()
    for key in (category.id, category.uuid, "pop-rock", "POP-ROCK", "pop %26 rock"):
        assert titles(api.get(f"{EVENTS}?category={key}")) == [event.title], key
        assert titles(api.get(f"{EVENTS}by_category/?category={key}")) == [event.title], key


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=PUBLISHED", "status"),
        ("category=9999", "category"),
        ("category=no-such-thing", "category"),
        ("category=6f9619ff-8b86-4011-b42d-00c04fc964ff", "category"),
        ("is_free=maybe", "is_free"),
        ("is_featured=2", "is_featured"),
        ("pricing_type=auction", "pricing_type"),
        ("ordering=color", "ordering"),
        ("page=0", "page"),
        ("page_size=101", "page_size"),
        ("search=%00", "search"),
    ],
)
def test_a_filter_that_makes_no_sense_is_400_with_its_name(api: Api, query: str, field: str) -> None:
    answer = api.get(f"{EVENTS}?{query}")
    assert answer.status_code == 400
    assert list(answer.json["field_errors"]) == [field]


@pytest.mark.parametrize(
    ("ordering", "expected"),
    [
        ("", ["b", "c", "a"]),
        ("start_date", ["a", "c", "b"]),
        ("-start_date", ["b", "c", "a"]),
        ("base_price", ["c", "a", "b"]),
        ("-base_price", ["b", "a", "c"]),
        ("created_at", ["a", "b", "c"]),
        ("-title", ["c", "b", "a"]),
        ("popularity", ["c", "a", "b"]),
        ("-popularity", ["c", "a", "b"]),
    ],
)
def test_events_are_ordered_as_asked(api: Api, ordering: str, expected: list[str]) -> None:
    EventFactory(title="a", starts_at=in_days(1), sold_total=5, base_price=500)
    EventFactory(title="b", starts_at=in_days(3), sold_total=0, lowest_price=900)
    EventFactory(title="c", starts_at=in_days(2), sold_total=9)
    assert titles(api.get(f"{EVENTS}?ordering={ordering}")) == expected
    assert titles(api.get(f"{EVENTS}search/?ordering={ordering}")) == expected


def test_a_list_comes_page_by_page(api: Api) -> None:
    for number in range(5):
        EventFactory(title=f"{number}", starts_at=in_days(9 - number))
    first = api.get(f"{EVENTS}?page_size=2&ordering=-start_date")
    assert (first.json["count"], titles(first), first.json["previous"]) == (5, ["0", "1"], None)
    second = api.get(first.json["next"].removeprefix("http://localhost"))
    assert titles(second) == ["2", "3"]
    assert "page_size=2" in second.json["previous"]
    last = api.get(f"{EVENTS}?page=3&page_size=2")
    assert (titles(last), last.json["next"]) == (["4"], None)
    assert api.get(f"{EVENTS}?page=4&page_size=2").status_code == 404
    assert api.get(f"{EVENTS}?status=ongoing").json["results"] == []


def test_upcoming_events_are_published_and_have_not_begun_soonest_first(api: Api) -> None:
    EventFactory(title="later", starts_at=in_days(9))
    EventFactory(title="sooner", starts_at=in_days(2))
    EventFactory(title="running", starts_at=in_days(-0.01))
    EventFactory(title="draft", status="draft")
    EventFactory(title="unlisted", is_unlisted=True)
    for caller in (api, api.by(StaffFactory())):
        assert titles(caller.get(f"{EVENTS}upcoming/")) == ["sooner", "later"]


def test_featured_events_are_published_the_newest_first(api: Api) -> None:
    EventFactory(title="older", is_featured=True, starts_at=in_days(9))
    EventFactory(title="newer", is_featured=True, starts_at=in_days(2))
    EventFactory(title="plain")
    EventFactory(title="draft", is_featured=True, status="draft")
    assert titles(api.get(f"{EVENTS}featured/")) == ["newer", "older"]


def test_my_events_are_those_of_my_organizations_whatever_their_status(api: Api) -> None:
    draft = EventFactory(title="draft", status="draft", starts_at=in_days(1))
    EventFactory(title="hidden", is_unlisted=True, starts_at=in_days(2), organization=organization_of(draft))
    EventFactory(title="other", starts_at=in_days(3))
    by = api.by(member_of(organization_of(draft), "MEMBER"))
    assert titles(by.get(f"{EVENTS}my_events/")) == ["hidden", "draft"]
    assert titles(api.by(StaffFactory()).get(f"{EVENTS}my_events/")) == ["other", "hidden", "draft"]
    assert api.by(organizer()).get(f"{EVENTS}my_events/").json == []


def test_my_events_are_for_organizers(api: Api) -> None:
    answer = api.by(BuyerFactory()).get(f"{EVENTS}my_events/")
    assert answer.status_code == 403
    assert answer.json["detail"] == "Only organizers can access this endpoint."
    assert api.get(f"{EVENTS}my_events/").status_code == 401


@pytest.mark.parametrize(
    ("path", "most"),
    [("", 3), ("?status=published&venue_city=Lisbon", 3), ("upcoming/", 2), ("featured/", 2), ("search/", 2)],
)
def test_a_list_of_events_costs_as_many_statements_however_many_there_are(
    api: Api, statements: Any, path: str, most: int
) -> None:
    counted = []
    for _ in range(2):
        for _ in range(3):
            OfferFactory(event=EventFactory(is_featured=True))
        with statements() as seen:
            assert api.get(f"{EVENTS}{path}").status_code == 200
        counted.append(len(seen))
    assert counted == [most, most]


def test_a_capped_array_says_where_it_goes_on(api: Api, app: Any, monkeypatch: Any) -> None:
    monkeypatch.setitem(app.config, "LIST_CAP", 2)
    for _ in range(3):
        EventFactory()
    first = api.get(f"{EVENTS}upcoming/")
    assert len(first.json) == 2
    assert "offset=2" in first.headers["Link"]
    assert len(api.get(f"{EVENTS}upcoming/?offset=2").json) == 1


# ---------------------------------------------------------------- one event


def test_an_event_is_read_by_its_uuid_number_and_slug(api: Api) -> None:
    event = EventFactory()
    for key in (event.id, event.uuid, event.slug):
        assert api.get(f"{EVENTS}{key}/").json["id"] == str(event.uuid)
    assert api.get(f"{EVENTS}no-such-event/").status_code == 404


def test_an_event_says_what_is_left_and_sold_and_costs(api: Api) -> None:
    offer = OfferFactory(size=10, price=2500)
    book(BuyerFactory(), offer, 2)
    book(BuyerFactory(), offer, 3, confirmed=True)
    shown = api.get(f"{EVENTS}{offer.event_id}/").json
    assert (shown["tickets_sold"], shown["available_tickets"], shown["total_capacity"]) == (3, 5, 10)
    assert (shown["total_seats"], shown["available_seats"]) == (10, 5)


def test_what_is_left_never_exceeds_what_the_event_admits(api: Api) -> None:
    boss = member_of(OrganizationFactory())
    slug = api.by(boss).post(EVENTS, {**SAMPLE, "pricing_type": "simple", "total_capacity": 7}).json["slug"]
    for name in ("a", "b"):
        offers.create_simple(boss, event=slug, price=5, size=5, name=name)
    shown = api.by(boss).get(f"{EVENTS}{slug}/").json
    assert (shown["total_seats"], shown["available_tickets"]) == (7, 7)
    assert (shown["base_price"], shown["price"]) == ("5.00", "5.00")


def test_base_price_is_what_is_announced_else_the_lowest_else_nothing(api: Api) -> None:
    for columns, price in (
        ({"base_price": 1250, "lowest_price": 900}, "12.50"),
        ({"lowest_price": 900, "highest_price": 1000}, "9.00"),
        ({}, "0.00"),
    ):
        assert api.get(f"{EVENTS}{EventFactory(**columns).id}/").json["base_price"] == price
    assert api.get(f"{EVENTS}{EventFactory(is_free=True).id}/").json["is_free"] is True
    assert api.get(f"{EVENTS}{EventFactory().id}/").json["is_free"] is False


def test_money_has_the_decimals_of_the_events_currency_and_at_least_two(api: Api) -> None:
    yen = EventFactory(organization=OrganizationFactory(currency="JPY"), base_price=1200)
    dinar = EventFactory(organization=OrganizationFactory(currency="KWD"), base_price=1200)
    assert api.get(f"{EVENTS}{yen.id}/").json["base_price"] == "1200.00"
    assert api.get(f"{EVENTS}{dinar.id}/").json["base_price"] == "1.200"


@pytest.mark.parametrize(("hours", "days"), [(3, 1), (24, 1), (24.5, 2), (53, 3)])
def test_duration_counts_begun_days(api: Api, hours: float, days: int) -> None:
    start = in_days(3)
    event = EventFactory(starts_at=start, ends_at=start + timedelta(hours=hours))
    assert api.get(f"{EVENTS}{event.id}/").json["duration_days"] == days


def test_the_organizer_is_the_person_and_the_address_the_organizations(api: Api) -> None:
    person = UserFactory(first_name="Ada", last_name="Lovelace")
    event = EventFactory(organizer=person)
    shown = api.get(f"{EVENTS}{event.id}/").json
    assert shown["organizer"] == str(person.uuid)
    assert (shown["organizer_name"], shown["organizer_email"]) == ("Ada Lovelace", "office@example.org")


def test_neither_name_nor_address_of_the_houses_own_people_is_shown(api: Api) -> None:
    staff = UserFactory(is_staff=True)
    house = OrganizationFactory(is_house=True, contact_email="")
    event = EventFactory(organizer=staff, organization=house)
    shown = api.get(f"{EVENTS}{event.id}/").json
    assert (shown["organizer_name"], shown["organizer_email"]) == (house.name, "")
    plain = EventFactory(organizer=staff, organization=OrganizationFactory(contact_email=""))
    assert api.get(f"{EVENTS}{plain.id}/").json["organizer_email"] == staff.email
    nobody = EventFactory(organization=OrganizationFactory(contact_email=""))
    shown = api.get(f"{EVENTS}{nobody.id}/").json
    assert (shown["organizer"], shown["organizer_email"]) == (None, "")
    assert shown["organizer_name"] == organization_of(nobody).name


def test_pictures_are_whole_addresses(api: Api) -> None:
    event = EventFactory(banner_image="a b/c.webp")
    shown = api.get(f"{EVENTS}{event.id}/").json
    assert shown["banner_image"] == "http://localhost/media/a%20b/c.webp"
    assert shown["thumbnail_image"] is None


def test_date_and_time_are_the_venues_the_moments_are_utc(api: Api) -> None:
    start = in_days(3).replace(hour=23, minute=30, second=0, microsecond=0)
    event = EventFactory(starts_at=start, timezone="Asia/Tokyo")
    shown = api.get(f"{EVENTS}{event.id}/").json
    local = start + timedelta(hours=9)
    assert (shown["date"], shown["time"]) == (local.date().isoformat(), "08:30:00")
    assert shown["start_date"] == start.strftime("%Y-%m-%dT23:30:00.000000Z")


def test_an_event_shows_its_ticket_types_with_all_their_parts(api: Api, statements: Any) -> None:
    boss = member_of(OrganizationFactory())
    parts = {
        "tiered": ("tiers", {"tier_number": 1, "name": "VIP"}),
        "day_based": ("day_passes", {"day_number": 1, "name": "Day 1"}),
        "tier_and_day": (
            "day_tier_prices",
            {"day_number": 1, "day_name": "Day 1", "tier_number": 1, "tier_name": "VIP"},
        ),
    }
    for pricing, (field, part) in parts.items():
        slug = api.by(boss).post(EVENTS, {**SAMPLE, "pricing_type": pricing}).json["slug"]
        for name in ("a", "b"):
            part = {**part, "price": Decimal("5"), "quantity": 3}
            offers.create_type(boss, event=slug, name=name, total_quantity=9, **{field: [part]})
        api.by(boss).post(f"{EVENTS}{slug}/publish/")
        with statements() as seen:
            shown = api.get(f"{EVENTS}{slug}/").json["ticket_types"]
        assert [found["name"] for found in shown] == ["a", "b"]
        assert [found[field][0]["price"] for found in shown] == ["5.00", "5.00"]
        assert shown == [api.by(boss).get(f"/api/tickets/types/{found['id']}/").json for found in shown]
        assert len(seen) == 4  # the event, its stock, its types, their parts


def test_what_is_switched_off_is_shown_to_members_only(api: Api) -> None:
    event = EventFactory()
    offer = OfferFactory(ticket_type=TicketTypeFactory(event=event, is_active=False))
    url = f"{EVENTS}{event.slug}/"
    assert api.get(url).json["ticket_types"] == []
    shown = api.by(member_of(organization_of(event), "MEMBER")).get(url).json["ticket_types"]
    assert [found["is_active"] for found in shown] == [False]
    assert offer.event_id == event.id


def test_a_draft_is_404_for_strangers_and_readable_for_members_and_staff(api: Api) -> None:
    event = EventFactory(status="draft")
    url = f"{EVENTS}{event.slug}/"
    assert api.get(url).status_code == 404
    assert api.by(organizer()).get(url).status_code == 404
    for actor in (member_of(organization_of(event), "MEMBER"), StaffFactory()):
        assert api.by(actor).get(url).json["status"] == "draft"


# ---------------------------------------------------------------- drafting


def test_an_organizer_drafts_the_documented_sample(api: Api, db: SQLAlchemy) -> None:
    category, user = CategoryFactory(), UserFactory(user_type="organizer", first_name="Grace")
    answer = api.by(user).post(EVENTS, {**SAMPLE, "category": str(category.uuid)})
    assert answer.status_code == 201
    shown = answer.json
    assert (shown["status"], shown["is_free"], shown["base_price"]) == ("draft", False, "0.00")
    assert (shown["category"], shown["category_name"]) == (str(category.uuid), category.name)
    assert shown["category_details"]["slug"] == category.slug
    assert (shown["venue_name"], shown["venue_city"], shown["total_capacity"]) == (
        "Central Park",
        "New York",
        5000,
    )
    assert (shown["organizer"], shown["organizer_email"]) == (str(user.uuid), user.email)
    assert shown["duration_days"] == 3
    assert shown["slug"] == "amazing-music-festival"
    assert db.session.query(Event).one().pricing_type == "tier_and_day"


def test_an_event_keeps_everything_that_is_said_of_it(api: Api) -> None:
    said = {
        **SAMPLE,
        "short_description": "Short",
        "venue_address": "1 Park Lane",
        "venue_state": "NY",
        "venue_country": "USA",
        "venue_postal_code": "10024",
        "venue_latitude": "40.785091",
        "venue_longitude": -73.968285,
        "base_price": 19.5,
        "terms_and_conditions": "Be kind",
        "refund_policy": "None",
        "age_restriction": 18,
        "tags": "music, outdoor",
        "timezone": "America/New_York",
    }
    by = api.by(organizer())
    shown = by.post(EVENTS, said).json
    assert {name: shown[name] for name in said} == {
        **said,
        "venue_longitude": "-73.968285",
        "base_price": "19.50",
        "start_date": "2130-12-01T18:00:00.000000Z",
        "end_date": "2130-12-03T23:00:00.000000Z",
    }
    assert (shown["date"], shown["time"]) == ("2130-12-01", "13:00:00")
    whole = {name: shown[name] for name in said}
    assert by.put(f"{EVENTS}{shown['id']}/", whole).json | {"updated_at": ""} == shown | {"updated_at": ""}


def test_whoever_is_sent_the_status_an_event_is_a_draft(api: Api) -> None:
    assert api.by(organizer()).post(EVENTS, {**SAMPLE, "status": "published"}).json["status"] == "draft"


def test_consumers_and_mere_members_draft_none(api: Api, db: SQLAlchemy) -> None:
    consumer = UserFactory()
    member = member_of(OrganizationFactory(), "MEMBER")
    db.session.get(type(consumer), member.user_id).user_type = "consumer"
    db.session.commit()
    for actor in (consumer, member):
        answer = api.by(actor).post(EVENTS, SAMPLE)
        assert answer.status_code == 403
        assert answer.json["detail"] == "Only organizers can access this endpoint."
    assert api.post(EVENTS, SAMPLE).status_code == 401
    assert db.session.query(Event).count() == db.session.query(Venue).count() == 0


def test_an_event_belongs_to_the_given_organization_for_its_managers_only(api: Api) -> None:
    organization = OrganizationFactory()
    body = {**SAMPLE, "organization": str(organization.uuid)}
    assert api.by(member_of(organization, "MANAGER")).post(EVENTS, body).status_code == 201
    assert api.by(member_of(organization, "MEMBER")).post(EVENTS, body).status_code == 403
    assert api.by(organizer()).post(EVENTS, body).status_code == 403
    unknown = api.by(organizer()).post(EVENTS, {**SAMPLE, "organization": 9999})
    assert list(unknown.json["field_errors"]) == ["organization"]


@pytest.mark.parametrize(
    "missing",
    ["title", "description", "venue_name", "venue_city", "start_date", "end_date", "total_capacity"],
)
def test_a_whole_event_needs_its_required_fields(api: Api, missing: str) -> None:
    by = api.by(organizer())
    slug = by.post(EVENTS, SAMPLE).json["slug"]
    body = {name: value for name, value in SAMPLE.items() if name != missing}
    for answer in (by.post(EVENTS, body), by.put(f"{EVENTS}{slug}/", body)):
        assert answer.status_code == 400
        assert list(answer.json["field_errors"]) == [missing]
    assert by.patch(f"{EVENTS}{slug}/", body).status_code == 200


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 256}, "title"),
        ({"start_date": "2000-01-01T00:00:00Z"}, "start_date"),
        ({"start_date": "soon"}, "start_date"),
        ({"end_date": SAMPLE["start_date"]}, "end_date"),
        ({"total_capacity": 0}, "total_capacity"),
        ({"total_capacity": "many"}, "total_capacity"),
        ({"pricing_type": "auction"}, "pricing_type"),
        ({"is_free": True, "base_price": "5"}, "is_free"),
        ({"base_price": "-1"}, "base_price"),
        ({"base_price": "1.001"}, "base_price"),
        ({"base_price": "1e20"}, "base_price"),
        ({"category": 9999}, "category"),
        ({"currency": "EUR"}, "currency"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"timezone": "x" * 64}, "timezone"),
        ({"venue_latitude": 91}, "venue_latitude"),
        ({"venue_longitude": "NaN"}, "venue_longitude"),
        ({"age_restriction": -1}, "age_restriction"),
        ({"venue_name": "x" * 256}, "venue_name"),
        ({"tags": "x" * 501}, "tags"),
        ({"is_free": "perhaps"}, "is_free"),
    ],
)
def test_an_event_that_makes_no_sense_is_refused_with_the_field_and_leaves_nothing(
    api: Api, db: SQLAlchemy, said: dict[str, Any], field: str
) -> None:
    answer = api.by(organizer()).post(EVENTS, {**SAMPLE, **said})
    assert answer.status_code == 400
    assert list(answer.json["field_errors"]) == [field]
    assert [db.session.query(model).count() for model in (Event, Venue, Organization)] == [0, 0, 0]


def test_a_category_out_of_use_takes_no_new_events(api: Api) -> None:
    category = CategoryFactory(is_active=False)
    by = api.by(organizer())
    answer = by.post(EVENTS, {**SAMPLE, "category": category.slug})
    assert list(answer.json["field_errors"]) == ["category"]
    assert by.post(EVENTS, {**SAMPLE, "category": None}).json["category"] is None


# ---------------------------------------------------------------- changing


def test_patch_changes_what_it_names_and_is_measured_against_the_rest(api: Api) -> None:
    by = api.by(organizer())
    url = f"{EVENTS}{by.post(EVENTS, {**SAMPLE, 'base_price': '20'}).json['slug']}/"
    assert by.patch(url, {"title": "New"}).json["title"] == "New"
    shown = by.get(url).json
    assert (shown["description"], shown["slug"]) == ("...", "amazing-music-festival")
    for body, field in (
        ({"end_date": "2130-12-01T17:00:00Z"}, "end_date"),
        ({"start_date": "2130-12-04T00:00:00Z"}, "end_date"),
        ({"start_date": "2001-01-01T00:00:00Z"}, "start_date"),
        ({"is_free": True}, "is_free"),
        ({"total_capacity": 0}, "total_capacity"),
    ):
        answer = by.patch(url, body)
        assert answer.status_code == 400, body
        assert list(answer.json["field_errors"]) == [field], body
    free = by.patch(url, {"is_free": True, "base_price": None})
    assert (free.json["is_free"], free.json["base_price"]) == (True, "0.00")
    assert list(by.patch(url, {"base_price": "1"}).json["field_errors"]) == ["base_price"]
    assert by.patch(url, {"status": "cancelled"}).json["status"] == "draft"


def test_an_event_keeps_its_category_when_that_goes_out_of_use(api: Api, db: SQLAlchemy) -> None:
    category = CategoryFactory()
    by = api.by(organizer())
    event = by.post(EVENTS, {**SAMPLE, "category": category.id}).json
    db.session.get(type(category), category.id).is_active = False
    db.session.commit()
    assert by.put(f"{EVENTS}{event['id']}/", {**SAMPLE, "category": event["category"]}).status_code == 200
    gone = by.patch(f"{EVENTS}{event['id']}/", {"category": None})
    assert (gone.json["category"], gone.json["category_details"]) == (None, None)


def test_a_whole_event_that_was_read_can_be_sent_back_by_its_organizer(api: Api) -> None:
    by = api.by(organizer())
    event = by.post(EVENTS, SAMPLE).json
    assert "total_seats" in event
    answer = by.put(f"{EVENTS}{event['id']}/", {**event, "title": "Sent back"})
    assert answer.status_code == 200
    assert answer.json["title"] == "Sent back"


@pytest.mark.parametrize("deed", ["put", "patch", "delete", "publish", "cancel"])
def test_only_owners_managers_and_staff_change_an_event(api: Api, deed: str) -> None:
    event, draft = EventFactory(), EventFactory(status="draft")

    def status(actor: Any, one: Event) -> int:
        by = api if actor is None else api.by(actor)
        url = f"{EVENTS}{one.slug}/"
        if deed in ("publish", "cancel"):
            return by.post(f"{url}{deed}/").status_code
        return by.call(deed.upper(), url, None if deed == "delete" else SAMPLE).status_code

    for one, hidden in ((event, 403), (draft, 404)):
        assert status(None, one) == 401
        assert status(BuyerFactory(), one) == hidden
        assert status(organizer(), one) == hidden
        assert status(member_of(organization_of(one), "MEMBER"), one) == 403
    assert status(member_of(organization_of(draft), "MANAGER"), draft) in (200, 204)
    assert status(StaffFactory(), event) in ((400,) if deed == "publish" else (200, 204))


def test_an_event_with_orders_is_not_deleted(api: Api) -> None:
    offer = OfferFactory()
    book(BuyerFactory(), offer, 1)
    by = api.by(StaffFactory())
    assert by.delete(f"{EVENTS}{offer.event_id}/").status_code == 400
    free = EventFactory().slug
    assert by.delete(f"{EVENTS}{free}/").status_code == 204
    assert by.get(f"{EVENTS}{free}/").status_code == 404


# ---------------------------------------------------------------- publishing and calling off


def test_a_draft_without_ticket_types_is_published_once(api: Api) -> None:
    by = api.by(organizer())
    slug = by.post(EVENTS, SAMPLE).json["slug"]
    answer = by.post(f"{EVENTS}{slug}/publish/")
    assert answer.status_code == 200
    assert (answer.json["message"], answer.json["status"]) == ("Event published successfully", "published")
    assert answer.json["published_at"]
    assert titles(api.get(EVENTS)) == [SAMPLE["title"]]
    again = by.post(f"{EVENTS}{slug}/publish/")
    assert (again.status_code, again.json["code"]) == (400, "already_published")


def test_who_may_not_publish_is_told_in_the_documented_words(api: Api) -> None:
    answer = api.by(organizer()).post(f"{EVENTS}{EventFactory().slug}/publish/")
    assert answer.status_code == 403
    assert answer.json["detail"] == "You do not have permission to publish this event."


def test_an_event_is_called_off_once_and_not_after_its_end(api: Api) -> None:
    event, over = EventFactory(), EventFactory(starts_at=in_days(-2))
    by = api.by(StaffFactory())
    answer = by.post(f"{EVENTS}{event.slug}/cancel/")
    assert (answer.json["message"], answer.json["status"]) == ("Event cancelled successfully", "cancelled")
    again = by.post(f"{EVENTS}{event.slug}/cancel/")
    assert (again.status_code, again.json["code"]) == (400, "already_cancelled")
    late = by.post(f"{EVENTS}{over.slug}/cancel/")
    assert (late.status_code, late.json["code"]) == (400, "event_over")
    assert api.get(f"{EVENTS}{event.slug}/").json["status"] == "cancelled"
    assert api.get(EVENTS).json["count"] == 1


@pytest.mark.races
def test_of_five_who_call_an_event_off_at_once_one_does(app: Flask, committed: Any) -> None:
    event = EventFactory().id
    outcomes = crowd.of_threads(app, _call_off, [(event,)] * 5)
    assert outcomes == {"done": 1, "already_cancelled": 4}


def _call_off(event: int) -> None:
    events.cancel(SYSTEM, event, refuse_ended=True)


def test_how_far_a_cancellation_has_come(api: Api, db: SQLAlchemy) -> None:
    offer = OfferFactory(price=1000)
    book(BuyerFactory(), offer, 1)
    book(BuyerFactory(), offer, 2, confirmed=True)
    organization = organization_of(offer)
    by, url = api.by(member_of(organization, "MANAGER")), f"{EVENTS}{offer.event_id}/cancellation/"
    assert by.get(url).status_code == 404
    by.post(f"{EVENTS}{offer.event_id}/cancel/")
    before = by.get(url).json
    assert (before["orders_open"], before["orders_ended"], before["is_complete"]) == (1, 1, False)
    outbox.deliver_due()
    after = by.get(url).json
    assert (after["orders_open"], after["orders_ended"], after["is_complete"]) == (0, 2, True)
    assert after["refunds"]["succeeded"] == {"count": 1, "amount": "20.00"}
    for status, is_complete in (("requested", False), ("failed", False), ("succeeded", True)):
        db.session.query(Refund).one().status = status
        db.session.commit()
        answer = by.get(url).json
        assert (answer["refunds"][status]["count"], answer["is_complete"]) == (1, is_complete)


def test_how_far_a_cancellation_has_come_is_for_managers_and_staff(api: Api) -> None:
    event = EventFactory(status="cancelled", published_at=in_days(-1))
    url = f"{EVENTS}{event.slug}/cancellation/"
    assert api.get(url).status_code == 401
    assert api.by(BuyerFactory()).get(url).status_code == 403
    assert api.by(member_of(organization_of(event), "MEMBER")).get(url).status_code == 403
    assert api.by(StaffFactory()).get(url).status_code == 200
