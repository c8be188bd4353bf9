"""EasyTicket's event categories (EasyTicket 003, Event Categories)."""

from __future__ import annotations

from typing import Any

import pytest
from flask_sqlalchemy import SQLAlchemy

from tests.api.conftest import Api
from tests.factories import (
    BuyerFactory,
    CategoryFactory,
    EventFactory,
    OrganizationFactory,
    StaffFactory,
    member_of,
)
from ticketing.models import EventCategory

CATEGORIES = "/api/events/categories/"
KEYS = {"id", "name", "slug", "description", "icon", "is_active", "events_count", "created_at"}


def test_anybody_lists_the_active_categories_by_name_as_an_array(api: Api) -> None:
    CategoryFactory(name="sport")
    CategoryFactory(name="Music", description="Loud", icon="note")
    CategoryFactory(name="gone", is_active=False)
    for caller in (api, api.by(BuyerFactory()), api.by(StaffFactory())):
        answer = caller.get(CATEGORIES)
        assert [row["name"] for row in answer.json] == ["Music", "sport"]
    assert answer.json[0].keys() == KEYS
    assert (answer.json[0]["description"], answer.json[0]["icon"]) == ("Loud", "note")


def test_a_category_counts_its_published_events(api: Api) -> None:
    category = CategoryFactory()
    EventFactory(category=category)
    EventFactory(category=category)
    EventFactory(category=category, status="draft")
    EventFactory(category=category, status="cancelled")
    EventFactory(category=category, is_unlisted=True)
    CategoryFactory(name="zero")
    assert [row["events_count"] for row in api.get(CATEGORIES).json] == [2, 0]
    assert api.get(f"{CATEGORIES}{category.slug}/").json["events_count"] == 2
    event = api.get(f"/api/events/?category={category.slug}").json["results"][0]
    detail = api.get(f"/api/events/{event['slug']}/").json
    assert detail["category_details"] == api.get(f"{CATEGORIES}{category.slug}/").json


def test_the_list_costs_one_statement_and_is_capped(
    api: Api, app: Any, statements: Any, monkeypatch: Any
) -> None:
    for _ in range(3):
        EventFactory()
    with statements() as seen:
        assert len(api.get(CATEGORIES).json) == 3
    assert len(seen) == 1
    monkeypatch.setitem(app.config, "LIST_CAP", 2)
    first = api.get(CATEGORIES)
    assert len(first.json) == 2
    assert "offset=2" in first.headers["Link"]


def test_a_category_is_read_by_its_slug_uuid_and_number(api: Api) -> None:
    category = CategoryFactory(slug="music")
    for key in ("music", category.uuid, category.id):
        assert api.get(f"{CATEGORIES}{key}/").json["id"] == str(category.uuid)
    assert api.get(f"{CATEGORIES}nothing/").status_code == 404


def test_one_out_of_use_exists_for_staff_only(api: Api) -> None:
    category = CategoryFactory(is_active=False)
    url = f"{CATEGORIES}{category.slug}/"
    assert api.get(url).status_code == 404
    assert api.by(member_of(OrganizationFactory())).get(url).status_code == 404
    assert api.by(StaffFactory()).get(url).json["is_active"] is False


def test_only_staff_write(api: Api, db: SQLAlchemy) -> None:
    url = f"{CATEGORIES}{CategoryFactory(name='kept', slug='kept').slug}/"
    for actor, status in ((None, 401), (BuyerFactory(), 403), (member_of(OrganizationFactory()), 403)):
        by = api if actor is None else api.by(actor)
        assert by.post(CATEGORIES, {"name": "new"}).status_code == status
        assert by.put(url, {"name": "new"}).status_code == status
        assert by.patch(url, {"name": "new"}).status_code == status
        assert by.delete(url).status_code == status
    assert [row.name for row in db.session.query(EventCategory)] == ["kept"]


def test_a_slug_is_made_from_the_name_unless_one_is_given(api: Api) -> None:
    by = api.by(StaffFactory())
    made = by.post(CATEGORIES, {"name": "Pop & Rock"})
    assert (made.status_code, made.json["slug"]) == (201, "pop-rock")
    assert (made.json["is_active"], made.json["events_count"]) == (True, 0)
    assert by.post(CATEGORIES, {"name": "Pop Rock"}).json["slug"] == "pop-rock-2"
    assert by.post(CATEGORIES, {"name": "Opera", "slug": "High_Art"}).json["slug"] == "High_Art"
    assert by.post(CATEGORIES, {"name": "Dance", "slug": ""}).json["slug"] == "dance"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": " "}, "name"),
        ({"name": "MUSIC"}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "new", "slug": "Music"}, "slug"),
        ({"name": "new", "slug": "a b"}, "slug"),
        ({"name": "new", "slug": "2030"}, "slug"),
        ({"name": "new", "slug": "6f9619ff-8b86-4011-b42d-00c04fc964ff"}, "slug"),
        ({"name": "new", "slug": "x" * 101}, "slug"),
        ({"name": "new", "is_active": "perhaps"}, "is_active"),
        ({"name": "new", "icon": "x" * 51}, "icon"),
    ],
)
def test_a_category_that_makes_no_sense_is_refused_with_the_field(
    api: Api, db: SQLAlchemy, body: dict[str, Any], field: str
) -> None:
    music = CategoryFactory(name="Music", slug="music").id
    other = CategoryFactory(name="Other", slug="other").id
    by = api.by(StaffFactory())
    for answer in (by.post(CATEGORIES, body), by.put(f"{CATEGORIES}{other}/", body)):
        assert answer.status_code == 400
        assert list(answer.json["field_errors"]) == [field]
    assert {row.id for row in db.session.query(EventCategory)} == {music, other}


def test_a_name_that_is_taken_is_refused_in_words_in_every_script(api: Api) -> None:
    by = api.by(StaffFactory())
    for url in (CATEGORIES, "/api/v1/categories/", "/api/v1/venues/", "/api/v1/organizations/"):
        name = f"ÉCOLE {url}"
        assert by.post(url, {"name": name}).status_code == 201
        again = by.post(url, {"name": name})
        assert (again.status_code, list(again.json["field_errors"])) == (400, ["name"])


def test_put_and_patch_change_what_they_name(api: Api) -> None:
    category = CategoryFactory(name="Music", slug="music", description="old")
    by = api.by(StaffFactory())
    assert by.patch(f"{CATEGORIES}music/", {"icon": "note"}).json["description"] == "old"
    changed = by.put(f"{CATEGORIES}music/", {"name": "Music", "slug": "sound", "is_active": False})
    assert (changed.json["slug"], changed.json["is_active"]) == ("sound", False)
    assert by.put(f"{CATEGORIES}{category.id}/", {"name": "Noise", "slug": "sound"}).json["name"] == "Noise"
    assert by.get(f"{CATEGORIES}music/").status_code == 404


def test_a_category_in_use_is_not_deleted(api: Api) -> None:
    used, unused = EventFactory().category_id, CategoryFactory(slug="unused")
    by = api.by(StaffFactory())
    answer = by.delete(f"{CATEGORIES}{used}/")
    assert (answer.status_code, answer.json["code"]) == (400, "in_use")
    assert by.delete(f"{CATEGORIES}{unused.slug}/").status_code == 204
    assert by.get(f"{CATEGORIES}unused/").status_code == 404
