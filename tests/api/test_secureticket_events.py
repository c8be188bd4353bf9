"""SecureTicket's events (SecureTicket 002, Event Endpoints)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
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
    SupportFactory,
    UserFactory,
    VenueFactory,
    member_of,
)
from ticketing import clock
from ticketing.models import Event, EventCategory, Offer, Organization, Venue
from ticketing.services import offers

EVENTS = "/api/events/"
#: As documented.
BODY = {
    "title": "Midnight Premiere",
    "description": "The last one",
    "category": "movie",
    "venue": "Grand Cinema",
    "date": "2130-05-01",
    "time": "19:30:00",
    "total_seats": 120,
    "price": "12.50",
}


def in_days(days: float) -> Any:
    return clock.now() + timedelta(days=days)


def staged(api: Api, **said: Any) -> dict[str, Any]:
    answer = api.by(StaffFactory()).post(EVENTS, {**BODY, **said})
    assert answer.status_code == 201, answer.json
    found: dict[str, Any] = answer.json
    return found


# ---------------------------------------------------------------- putting on sale


def test_staff_put_an_event_on_sale_at_once(api: Api) -> None:
    shown = staged(api)
    assert {name: shown[name] for name in BODY if name != "category"} == {
        name: value for name, value in BODY.items() if name != "category"
    }
    assert (shown["category_name"], shown["status"], shown["is_active"]) == ("movie", "published", True)
    assert shown["available_seats"] == 120
    assert shown["start_date"] == "2130-05-01T19:30:00.000000Z"
    assert shown["end_date"] == "2130-05-01T22:30:00.000000Z"
    assert (shown["total_capacity"], shown["base_price"], shown["is_free"]) == (120, "12.50", False)
    assert api.get(EVENTS).json["results"][0]["id"] == shown["id"]


def test_its_one_ticket_type_can_be_booked(api: Api, db: SQLAlchemy) -> None:
    shown = staged(api, total_seats=2)
    offer = db.session.query(Offer).one()
    book(BuyerFactory(), offer, 2)
    after = api.get(f"{EVENTS}{shown['id']}/").json
    assert (after["available_seats"], after["total_seats"]) == (0, 2)
    assert api.by(BuyerFactory()).post("/api/v1/bookings/", {"event_ticket": offer.id}).status_code == 400


def test_venue_and_category_are_found_by_name_or_made(api: Api, db: SQLAlchemy) -> None:
    hall = VenueFactory(name="Grand Cinema")
    VenueFactory(name="grand cinema ii", organization_id=OrganizationFactory().id)
    category = CategoryFactory(name="Films", slug="movie")
    first = staged(api, venue="GRAND CINEMA", category="MOVIE")
    assert (first["venue"], first["category"]) == ("Grand Cinema", str(category.uuid))
    second = staged(api, venue="Grand Cinema II", category="films")
    assert second["category"] == str(category.uuid)
    new = staged(api, venue="Grand Cinema II", category="Slapstick")
    assert (new["category_name"], new["category_details"]["slug"]) == ("Slapstick", "slapstick")
    public = db.session.query(Venue).filter_by(organization_id=None)
    assert sorted(venue.name for venue in public) == ["Grand Cinema", "Grand Cinema II"]
    assert db.session.get(Venue, hall.id) is not None


def test_the_category_may_be_an_id_or_be_left_out(api: Api) -> None:
    category = CategoryFactory()
    for key in (category.id, str(category.uuid), category.slug, category.name):
        assert staged(api, category=key)["category"] == str(category.uuid)
    assert staged(api, category=None)["category"] is None


def test_what_staff_stage_belongs_to_one_house_unless_they_have_an_organization(
    api: Api, db: SQLAlchemy
) -> None:
    OrganizationFactory(name="Foyer")
    for _ in range(2):
        staged(api)
    house = db.session.query(Organization).filter_by(is_house=True).one()
    assert {event.organization_id for event in db.session.query(Event)} == {house.id}
    own = OrganizationFactory()
    boss = member_of(own)
    db.session.get(type(UserFactory()), boss.user_id).is_staff = True
    db.session.commit()
    answer = api.by(boss).post(EVENTS, BODY)
    event = db.session.query(Event).filter_by(slug=answer.json["slug"]).one()
    assert event.organization_id == own.id


def test_date_and_time_are_local(api: Api, app: Any, monkeypatch: Any) -> None:
    tokyo = staged(api, timezone="Asia/Tokyo", time="08:00")
    assert tokyo["start_date"] == "2130-04-30T23:00:00.000000Z"
    assert (tokyo["date"], tokyo["time"]) == ("2130-05-01", "08:00:00")
    monkeypatch.setitem(app.config, "DEFAULT_TIMEZONE", "America/New_York")
    york = staged(api)
    assert york["start_date"] == "2130-05-01T23:30:00.000000Z"
    assert (york["date"], york["time"], york["timezone"]) == ("2130-05-01", "19:30:00", "America/New_York")


def test_only_staff_stage(api: Api, db: SQLAlchemy) -> None:
    for actor in (BuyerFactory(), SupportFactory(), member_of(OrganizationFactory())):
        assert api.by(actor).post(EVENTS, BODY).status_code == 403
    assert api.post(EVENTS, BODY).status_code == 401
    assert db.session.query(Event).count() == 0


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"title": ""}, "title"),
        ({"venue": " "}, "venue"),
        ({"venue": "x" * 256}, "venue"),
        ({"category": 999}, "category"),
        ({"category": "x" * 101}, "category"),
        ({"date": "2001-01-01"}, "date"),
        ({"date": "0001-01-01"}, "date"),
        ({"date": "9999-12-31"}, "date"),
        ({"date": "2130-02-30"}, "date"),
        ({"date": "2130-05-01T19:30"}, "date"),
        ({"date": 20300501}, "date"),
        ({"time": "25:00"}, "time"),
        ({"time": "19:30+02:00"}, "time"),
        ({"time": "half past seven"}, "time"),
        ({"time": None}, "time"),
        ({"total_seats": 0}, "total_seats"),
        ({"total_seats": -5}, "total_seats"),
        ({"total_seats": "many"}, "total_seats"),
        ({"total_seats": 1.5}, "total_seats"),
        ({"total_seats": 10**10}, "total_seats"),
        ({"price": "-1"}, "price"),
        ({"price": "1.001"}, "price"),
        ({"price": "1e20"}, "price"),
        ({"price": "free"}, "price"),
        ({"timezone": "Nowhere"}, "timezone"),
    ],
)
def test_an_event_that_makes_no_sense_is_refused_with_the_field_and_leaves_nothing(
    api: Api, db: SQLAlchemy, said: dict[str, Any], field: str
) -> None:
    answer = api.by(StaffFactory()).post(EVENTS, {**BODY, **said})
    assert answer.status_code == 400
    assert list(answer.json["field_errors"]) == [field]
    kinds = (Event, Venue, EventCategory, Organization)
    assert [db.session.query(model).count() for model in kinds] == [0, 0, 0, 0]


@pytest.mark.parametrize("missing", ["title", "venue", "date", "time", "price"])
def test_a_whole_event_needs_its_required_fields(api: Api, missing: str) -> None:
    event = staged(api)
    body = {name: value for name, value in BODY.items() if name != missing}
    by = api.by(StaffFactory())
    for answer in (by.post(EVENTS, body), by.put(f"{EVENTS}{event['id']}/", body)):
        assert answer.status_code == 400
        assert list(answer.json["field_errors"]) == [missing]


def test_an_event_may_cost_nothing(api: Api) -> None:
    shown = staged(api, price=0)
    assert (shown["price"], shown["is_free"]) == ("0.00", True)
    assert api.get(f"{EVENTS}?is_free=true").json["count"] == 1


# ---------------------------------------------------------------- changing


def test_put_changes_the_event_and_its_one_ticket_type(api: Api, db: SQLAlchemy) -> None:
    event = staged(api)
    changed = {
        **BODY,
        "title": "Matinée",
        "venue": "Small Cinema",
        "date": "2130-06-02",
        "time": "11:00:00",
        "total_seats": 80,
        "price": "9.00",
    }
    answer = api.by(StaffFactory()).put(f"{EVENTS}{event['id']}/", changed)
    assert answer.status_code == 200
    shown = answer.json
    assert {name: shown[name] for name in changed if name != "category"} == {
        name: value for name, value in changed.items() if name != "category"
    }
    assert (shown["slug"], shown["end_date"]) == (event["slug"], "2130-06-02T14:00:00.000000Z")
    assert shown["available_seats"] == 80
    offer = db.session.query(Offer).one()
    assert offer.price == 900
    assert sorted(venue.name for venue in db.session.query(Venue)) == ["Grand Cinema", "Small Cinema"]


def test_seats_never_fall_below_what_is_sold_or_held(api: Api, db: SQLAlchemy) -> None:
    event = staged(api, total_seats=10)
    offer = db.session.query(Offer).one()
    book(BuyerFactory(), offer, 2)
    book(BuyerFactory(), offer, 2, confirmed=True)
    by, url = api.by(StaffFactory()), f"{EVENTS}{event['id']}/"
    answer = by.put(url, {**BODY, "title": "Not kept", "total_seats": 3})
    assert answer.status_code == 400
    assert list(answer.json["field_errors"]) == ["total_seats"]
    assert api.get(url).json["title"] == BODY["title"]
    assert by.put(url, {**BODY, "total_seats": 4}).json["available_seats"] == 0


def test_patch_changes_what_it_names(api: Api) -> None:
    event = staged(api)
    answer = api.by(StaffFactory()).patch(f"{EVENTS}{event['id']}/", {"total_seats": 90, "time": "20:00"})
    assert (answer.json["total_seats"], answer.json["time"], answer.json["price"]) == (
        90,
        "20:00:00",
        "12.50",
    )
    assert (answer.json["date"], answer.json["venue"]) == (BODY["date"], BODY["venue"])


def test_an_event_that_has_begun_keeps_its_time_and_cannot_move_into_the_past(api: Api) -> None:
    event = EventFactory(starts_at=in_days(-0.01))
    OfferFactory(event=event, size=10)
    by, url = api.by(StaffFactory()), f"{EVENTS}{event.slug}/"
    shown = by.get(url).json
    body = {name: shown[name] for name in BODY}
    assert by.put(url, {**body, "title": "Still on"}).json["title"] == "Still on"
    answer = by.put(url, {**body, "date": "2001-01-01"})
    assert list(answer.json["field_errors"]) == ["date"]


def test_an_event_with_several_ticket_types_keeps_their_seats_and_prices(api: Api) -> None:
    event = EventFactory()
    for price in (1000, 2000):
        OfferFactory(event=event, price=price, size=10)
    offers.refresh_prices(event.id)
    by, url = api.by(StaffFactory()), f"{EVENTS}{event.slug}/"
    shown = by.get(url).json
    assert (shown["total_seats"], shown["price"]) == (20, "10.00")
    body = {name: shown[name] for name in BODY}
    assert by.put(url, {**body, "title": "Same seats"}).json["title"] == "Same seats"
    answer = by.put(url, {**body, "total_seats": 30})
    assert list(answer.json["field_errors"]) == ["total_seats"]


def test_an_event_without_ticket_types_gets_its_one(api: Api) -> None:
    event = EventFactory()
    answer = api.by(StaffFactory()).put(f"{EVENTS}{event.slug}/", BODY)
    assert (answer.json["total_seats"], answer.json["price"]) == (120, "12.50")


def test_more_seats_than_an_event_admitted_raise_that_too(api: Api) -> None:
    event = EventFactory()
    by = api.by(StaffFactory())
    by.patch(f"{EVENTS}{event.slug}/", {"total_capacity": 50})
    answer = by.put(f"{EVENTS}{event.slug}/", BODY)
    assert (answer.json["total_seats"], answer.json["total_capacity"]) == (120, 120)


def test_only_staff_change_one_this_way(api: Api) -> None:
    event, draft = EventFactory(), EventFactory(status="draft")
    for method in ("PUT", "PATCH"):
        for one, hidden in ((event, 403), (draft, 404)):
            url = f"{EVENTS}{one.slug}/"
            assert api.by(BuyerFactory()).call(method, url, BODY).status_code == hidden
            assert api.by(member_of(organization_of(one))).call(method, url, BODY).status_code == 403
            assert api.call(method, url, BODY).status_code == 401


def test_staff_delete_an_event_without_bookings(api: Api, db: SQLAlchemy) -> None:
    booked, free = staged(api), staged(api)
    offer = db.session.query(Offer).filter_by(event_id=_number(db, booked)).one()
    book(BuyerFactory(), offer, 1)
    by = api.by(StaffFactory())
    assert by.delete(f"{EVENTS}{booked['id']}/").status_code == 400
    assert by.delete(f"{EVENTS}{free['id']}/").status_code == 204
    assert api.by(BuyerFactory()).delete(f"{EVENTS}{booked['id']}/").status_code == 403


def _number(db: SQLAlchemy, shown: dict[str, Any]) -> int:
    return db.session.query(Event).filter_by(slug=shown["slug"]).one().id


# ---------------------------------------------------------------- reading


def test_events_made_through_any_door_are_read_by_these_keys(api: Api) -> None:
    offer = OfferFactory(price=1500, size=40, event=EventFactory(description="Loud"))
    offers.refresh_prices(offer.event_id)
    boss = api.by(StaffFactory())
    organizer = api.by(UserFactory(user_type="organizer"))
    drafted = organizer.post(
        EVENTS,
        {
            "title": "Drafted",
            "description": "Text",
            "venue_name": "Park",
            "venue_city": "Porto",
            "start_date": "2130-12-01T18:00:00Z",
            "end_date": "2130-12-03T23:00:00Z",
            "total_capacity": 5000,
            "base_price": "7",
        },
    ).json
    assert (drafted["venue"], drafted["price"], drafted["is_active"]) == ("Park", "7.00", False)
    shown = boss.get(f"{EVENTS}{offer.event_id}/").json
    assert (shown["description"], shown["price"], shown["total_seats"]) == ("Loud", "15.00", 40)
    assert shown["is_active"] is True
    listed = next(row for row in api.get(EVENTS).json["results"] if row["id"] == shown["id"])
    for key in ("venue", "date", "time", "total_seats", "available_seats", "price", "description"):
        assert listed[key] == shown[key]


def test_an_event_is_active_while_it_is_published_and_not_over(api: Api) -> None:
    for event, is_active in (
        (EventFactory(starts_at=in_days(-0.01)), True),
        (EventFactory(starts_at=in_days(-2)), False),
        (EventFactory(status="cancelled", published_at=in_days(-2)), False),
    ):
        assert api.get(f"{EVENTS}{event.slug}/").json["is_active"] is is_active


def test_events_of_a_category_are_found_by_its_name_or_slug(api: Api) -> None:
    movie = CategoryFactory(name="Films", slug="movie")
    EventFactory(title="later", category=movie, starts_at=in_days(9))
    EventFactory(title="sooner", category=movie, starts_at=in_days(2))
    EventFactory(category=movie, status="draft")
    EventFactory(category=movie, is_unlisted=True)
    EventFactory()
    for word in ("movie", "MOVIE", "films", "FILMS", movie.uuid):
        answer = api.get(f"{EVENTS}by_category/?category={word}")
        assert [row["title"] for row in answer.json] == ["sooner", "later"]
    assert api.get(f"{EVENTS}by_category/?category=opera").json == []
    for query in ("", "?category="):
        missing = api.get(f"{EVENTS}by_category/{query}")
        assert missing.status_code == 400
        assert list(missing.json["field_errors"]) == ["category"]
