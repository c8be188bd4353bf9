"""Whatever is sent: 400 with the field that is to blame, never a 500, never half a deed."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import func, select

from tests.api.conftest import Api
from tests.factories import (
    CategoryFactory,
    EventFactory,
    OfferFactory,
    OrganizationFactory,
    StaffFactory,
    UserFactory,
    VenueFactory,
)
from ticketing.models import ActivityLog

MEGABYTE = 2**20
#: What no text field takes.
BAD_TEXTS = [17, 1.5, True, None, [], {}, "x" * MEGABYTE, "a\0b", ["x"], {"a": "b"}]
BAD_DATES = [
    17,
    1.5,
    True,
    None,
    [],
    {},
    "",
    " ",
    "x",
    "tomorrow",
    "2030-02-30",
    "2030-13-01T00:00:00Z",
    "25:00",
    "0000-01-01",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
    "12026-01-01T00:00:00Z",
    "2030-01-01T00:00:00+99:00",
    "2030-01-01T00:00:00Z\0",
    "x" * MEGABYTE,
]
BAD_NUMBERS = [-1, 1.5, -0.5, "x", "1.5", "", True, False, [], {}, 2**63, -(2**63), 10**40, 1e308]


def counts(db: SQLAlchemy) -> dict[str, int]:
    """Rows by table; failed sign-ins are remembered on purpose."""
    return {
        table.name: db.session.scalar(select(func.count()).select_from(table)) or 0
        for table in db.metadata.sorted_tables
        if table.name != ActivityLog.__tablename__
    }


def whole_bodies() -> dict[str, dict[str, Any]]:
    """A valid body for each URL that takes one."""
    event, user = EventFactory(), UserFactory()
    offer = OfferFactory(event=event)
    return {
        "/api/auth/register/": {
            "email": "new@example.org",
            "password": "a long walk",
            "username": "newcomer",
            "first_name": "Ada",
            "last_name": "L",
            "phone": "+1",
        },
        "/api/auth/jwt/create/": {"email": user.email, "password": "a long walk on the beach"},
        "/api/v1/categories/": {"name": "New"},
        "/api/v1/venues/": {"name": "New", "address": "Street", "capacity": 5},
        "/api/v1/organizations/": {"name": "New", "website": "https://x.org", "contact_email": "a@x.org"},
        f"/api/v1/organizations/{OrganizationFactory().id}/add-member/": {
            "user_email": user.email,
            "role": "MEMBER",
        },
        "/api/v1/events/": {
            "title": "New",
            "description": "Text",
            "organization": OrganizationFactory().id,
            "venue": VenueFactory().id,
            "category": CategoryFactory().id,
            "starts_at": "2130-01-01T20:00:00Z",
            "ends_at": "2130-01-01T23:00:00Z",
            "capacity": 5,
        },
        "/api/v1/tickets/": {"event": event.id, "ticket_type": "VIP", "price": "10.00", "quota": 5},
        "/api/v1/bookings/": {"event_ticket": offer.id, "quantity": 2},
    }


def bad_values(field: str) -> list[Any]:
    """What a field of that name must not take."""
    if field in ("starts_at", "ends_at"):
        return BAD_DATES
    if field == "capacity":
        # An event without a capacity says null.
        return BAD_NUMBERS
    if field in ("quota", "quantity", "event_ticket", "event", "organization", "venue", "category"):
        return [*BAD_NUMBERS, None]
    if field == "price":
        return [-1, "-0.01", "x", "", True, None, [], {}, "NaN", "inf", "1e99", 10**40, "1.001", "a\0"]
    if field in ("role", "ticket_type"):
        return [*BAD_TEXTS, "", "x"]
    return BAD_TEXTS


def test_every_field_refuses_what_it_cannot_be_by_name_and_nothing_is_written(
    api: Api, db: SQLAlchemy
) -> None:
    bodies, by = whole_bodies(), api.by(StaffFactory())
    before = counts(db)
    tried = 0
    for url, whole in bodies.items():
        for field in whole:
            for value in bad_values(field):
                answer = by.post(url, {**whole, field: value})
                shown = f"{url} {field}={str(value)[:40]!r}: {answer.status_code} {answer.text[:300]}"
                assert answer.status_code == 400, shown
                assert field in answer.json["field_errors"], shown
                tried += 1
    assert tried > 250
    assert counts(db) == before


def test_the_whole_bodies_are_good_ones(api: Api) -> None:
    by = api.by(StaffFactory())
    for url, whole in whole_bodies().items():
        answer = by.post(url, whole)
        assert answer.status_code in (200, 201), f"{url}: {answer.text}"


BROKEN = [
    b"{",
    b'{"name": }',
    b'{"name": "x"',
    b'{"name": "x"}}',
    b"{'name': 'x'}",
    b'{"name": NaN}',
    b'{"name": Infinity}',
    b'{"name": "\xff\xfe"}',
    b'{"name": "\\ud800"}',
    b'{"name": "a\nb"}',
    b"\xef\xbb\xbf{",
    b"\x00",
    b"[" * 100_000,
    b'{"a":' * 5_000,
    b"name=x",
    b'{"name": 1e999}',
    b'{"name": ' + b"9" * 400 + b"}",
]


@pytest.mark.parametrize("raw", BROKEN, ids=range(len(BROKEN)))
def test_broken_json_is_400_everywhere(api: Api, raw: bytes, db: SQLAlchemy) -> None:
    bodies, by = whole_bodies(), api.by(StaffFactory())
    before = counts(db)
    for url in bodies:
        answer = by.post(url, data=raw, content_type="application/json")
        assert answer.status_code == 400
        assert answer.json["code"] == "malformed_json"
    assert counts(db) == before


def test_deep_and_wide_bodies_are_answered(api: Api) -> None:
    by = api.by(StaffFactory())
    deep: Any = "x"
    for _ in range(500):
        deep = [deep]
    wide = {f"key{number}": number for number in range(20_000)}
    assert by.post("/api/v1/categories/", {"name": deep}).status_code == 400
    assert by.post("/api/v1/categories/", {**wide, "name": "Wide"}).status_code == 201


def test_text_of_every_script_comes_back_as_it_was_sent(api: Api) -> None:
    by = api.by(StaffFactory())
    for name in ("Ünïcödé", "日本語", "🎟️🎉", "عربي", "\u200bzero\u200b", "'; DROP TABLE users; --", "%s {0}"):
        assert by.post("/api/v1/categories/", {"name": name}).json["name"] == name


def test_a_date_without_zone_is_utc_and_with_one_is_converted(api: Api) -> None:
    by, whole = api.by(StaffFactory()), whole_bodies()["/api/v1/events/"]
    for sent, kept in (
        ("2130-01-01T20:00:00", "2130-01-01T20:00:00.000000Z"),
        ("2130-01-01", "2130-01-01T00:00:00.000000Z"),
        ("2130-01-01T20:00:00.123456+05:30", "2130-01-01T14:30:00.123456Z"),
    ):
        answer = by.post("/api/v1/events/", {**whole, "starts_at": sent})
        assert answer.json["starts_at"] == kept


@pytest.mark.parametrize("seed", range(4))
def test_random_bodies_never_break_anything(api: Api, seed: int, db: SQLAlchemy) -> None:
    """Mutations of good bodies with all sorts of values: an answer with a documented status, each time."""
    dice = random.Random(seed)
    bodies, by = whole_bodies(), api.by(StaffFactory())
    pool = [*BAD_TEXTS, *BAD_DATES, *BAD_NUMBERS, "1", 1, "x", "VIP", "2130-01-01", "\ud7ff", "a" * 255]
    for _ in range(60):
        url, whole = dice.choice(list(bodies.items()))
        body = {name: dice.choice([value, value, dice.choice(pool)]) for name, value in whole.items()}
        for name in list(body):
            if dice.random() < 0.1:
                del body[name]
        answer = by.post(url, data=json.dumps(body), content_type="application/json")
        assert answer.status_code < 500


HOSTILE = ["%00", "%ff%fe", "%F0%9F%8E%9F", "'%20OR%201=1--", "-1", "1.5", "%", "[]", "9" * 400, "a" * 5000]
FILTERS = ["category", "venue", "status", "starts_after", "search", "ordering", "offset"]


@pytest.mark.parametrize("name", FILTERS)
def test_hostile_queries_are_answered(api: Api, name: str) -> None:
    EventFactory()
    for value in HOSTILE:
        assert api.get(f"/api/v1/events/?{name}={value}").status_code in (200, 400)


def test_a_hostile_event_filter_of_ticket_types_is_answered(api: Api) -> None:
    for value in HOSTILE:
        assert api.get(f"/api/v1/tickets/?event={value}").status_code in (200, 400)
