"""What every door does alike: who is calling, ids, errors, lists."""

from __future__ import annotations

import json
from typing import Any
from unittest import mock

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from tests.api.conftest import Api
from tests.factories import (
    PASSWORD,
    BuyerFactory,
    CategoryFactory,
    EventFactory,
    OfferFactory,
    OrganizationFactory,
    StaffFactory,
    UserFactory,
)
from ticketing import errors
from ticketing.services import tokens

UNION = {"error", "code", "detail", "message", "status_code", "field_errors", "details"}


def test_an_error_has_every_clients_keys_and_the_fields_at_the_top(api: Api) -> None:
    answer = api.by(StaffFactory()).post("/api/v1/categories/", {})
    assert set(answer.json) == UNION | {"name"}
    assert answer.json["status_code"] == answer.status_code == 400
    assert answer.json["detail"] == answer.json["message"]
    assert answer.json["details"] == answer.json["field_errors"] == {"name": answer.json["name"]}


def test_a_field_named_like_a_fixed_key_stands_among_the_field_errors_only(app: Flask) -> None:
    from ticketing.api.errors import answer_refusal

    with app.test_request_context("/api/"):
        body = answer_refusal(errors.Invalid("bad", "Wrong.", field="message")).get_json()
    assert body["message"] == "Wrong."
    assert body["field_errors"] == body["details"] == {"message": ["Wrong."]}


def test_sold_out_says_how_many_are_left(api: Api) -> None:
    offer = OfferFactory(size=3, ticket_type__name="VIP")
    answer = api.by(BuyerFactory()).post("/api/v1/bookings/", {"event_ticket": offer.id, "quantity": 4})
    assert answer.status_code == 400
    assert answer.json["error"] == "Sold out"
    assert answer.json["code"] == "sold_out"
    assert answer.json["detail"] == "Only 3 tickets available for 'VIP'"
    assert answer.json["quantity"] == ["Only 3 tickets available for 'VIP'"]


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/api/v1/bookings/", {"event_ticket": "offer", "quantity": 3}, "quantity"),
        ("/api/bookings/", {"event": "event", "seats_booked": 3}, "seats_booked"),
        ("/api/orders/", {"event": "event", "items": [{"ticket_type_id": "type", "quantity": 3}]}, "items"),
    ],
)
def test_too_many_for_one_account_says_how_many_are_left_to_it(
    api: Api, path: str, body: dict[str, Any], field: str
) -> None:
    offer = OfferFactory(event=EventFactory(tickets_per_account=4))
    ids = {"offer": offer.id, "event": offer.event_id, "type": offer.ticket_type_id}
    text = json.dumps(body)
    for word, number in ids.items():
        text = text.replace(f': "{word}"', f": {number}")
    by = api.by(BuyerFactory())
    assert by.post(path, json.loads(text)).status_code == 201
    answer = by.post(path, json.loads(text))
    sentence = "At most 4 tickets per person: you can take 1 more."
    assert (answer.status_code, answer.json["code"], answer.json["detail"]) == (
        400,
        "account_limit",
        sentence,
    )
    assert answer.json["field_errors"] == {field: [sentence]}
    assert answer.json["available"] == 1


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (errors.Invalid("x", "No."), 400),
        (errors.NotSignedIn(), 401),
        (errors.NotAllowed(), 403),
        (errors.NotFound(), 404),
        (errors.Conflict("x", "No."), 409),
        (errors.GatewayDown(), 502),
        (errors.Unavailable(retry_after=7), 503),
        (errors.RecordedRefusal("x", "No."), 400),
    ],
)
def test_every_kind_of_refusal_has_its_status(app: Flask, refusal: errors.Refusal, status: int) -> None:
    from ticketing.api.errors import answer_refusal

    with app.test_request_context("/api/"):
        answer = answer_refusal(refusal)
    assert answer.status_code == answer.get_json()["status_code"] == status
    assert ("Retry-After" in answer.headers) == isinstance(refusal, errors.Unavailable)
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)


def test_an_unknown_url_is_404_in_the_same_form(api: Api) -> None:
    answer = api.get("/api/nowhere/")
    assert answer.status_code == 404
    assert set(answer.json) == UNION


def test_a_wrong_method_is_405_and_says_which_are_right(api: Api) -> None:
    answer = api.call("PATCH", "/api/v1/categories/", {})
    assert answer.status_code == 405
    assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))


def test_an_html_page_outside_the_api_keeps_its_own_error_page(client: FlaskClient) -> None:
    assert client.get("/nowhere").mimetype == "text/html"


def test_malformed_json_is_400_with_the_problem(api: Api) -> None:
    answer = api.by(StaffFactory()).post("/api/v1/categories/", data=b'{"name": ')
    assert answer.status_code == 400
    assert answer.json["code"] == "malformed_json"
    assert answer.json["detail"].startswith("JSON parse error: ")
    assert set(answer.json) == UNION


@pytest.mark.parametrize("body", [b"[]", b'"name"', b"17", b"null", b"true"])
def test_a_body_that_is_no_object_is_400(api: Api, body: bytes) -> None:
    answer = api.by(StaffFactory()).post("/api/v1/categories/", data=body)
    assert answer.status_code == 400
    assert answer.json["code"] == "not_an_object"


def test_json_counts_whatever_its_content_type_says(api: Api) -> None:
    answer = api.by(StaffFactory()).post(
        "/api/v1/categories/", data=b'{"name": "Music"}', content_type="text/plain"
    )
    assert answer.status_code == 201


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_form_will_do_as_well(api: Api, kind: str) -> None:
    offer = OfferFactory()
    answer = api.by(BuyerFactory()).post(
        "/api/v1/bookings/", data={"event_ticket": str(offer.id), "quantity": "2"}, content_type=kind
    )
    assert answer.status_code == 201
    assert answer.json["quantity"] == 2


def test_a_body_that_is_too_large_is_413(api: Api, app: Flask) -> None:
    by = api.by(StaffFactory())
    with mock.patch.dict(app.config, MAX_CONTENT_LENGTH=1000):
        answer = by.post("/api/v1/categories/", {"name": "x" * 2000})
    assert answer.status_code == 413
    assert answer.json["status_code"] == 413


def test_a_bug_is_a_500_that_hides_it_and_names_the_request(api: Api) -> None:
    with mock.patch("ticketing.queries.categories.find_all", side_effect=RuntimeError("secret internals")):
        answer = api.get("/api/v1/categories/")
    assert answer.status_code == 500
    assert "secret internals" not in answer.text
    assert answer.json["request_id"] == answer.headers["X-Request-ID"]


@pytest.mark.parametrize(
    "failure", [PoolTimeout("pool is empty"), OperationalError("SELECT 1", {}, Exception("gone away"))]
)
def test_a_database_that_does_not_answer_is_503_with_retry_after(api: Api, failure: Exception) -> None:
    with mock.patch("ticketing.queries.categories.find_all", side_effect=failure):
        answer = api.get("/api/v1/categories/")
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "gone away" not in answer.text


# ---------------------------------------------------------------- who is calling


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c", "é"])
@pytest.mark.parametrize("path", ["/api/v1/bookings/", "/api/v1/events/", "/api/v1/categories/"])
def test_a_bad_bearer_token_is_401_even_where_anybody_may_read(api: Api, path: str, token: str) -> None:
    answer = api.with_token(token).get(path)
    assert answer.status_code == 401
    assert answer.json["code"] == "token_not_valid"
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_nobody_is_401_before_the_body_is_looked_at(api: Api) -> None:
    answer = api.post("/api/v1/bookings/", data=b"{")
    assert answer.status_code == 401
    assert answer.json["detail"] == "Authentication credentials were not provided."


def test_the_access_cookie_signs_in(api: Api, client: FlaskClient) -> None:
    client.set_cookie("access_token", tokens.issue(UserFactory()).access)
    assert api.get("/api/v1/bookings/").status_code == 200


def test_the_header_counts_before_the_cookie(api: Api, client: FlaskClient) -> None:
    client.set_cookie("access_token", tokens.issue(UserFactory(is_staff=True)).access)
    assert api.by(BuyerFactory()).post("/api/v1/categories/", {"name": "Music"}).status_code == 403
    assert api.with_token("bad").get("/api/v1/bookings/").status_code == 401


def test_a_bad_cookie_is_anonymous_where_anybody_may_read_and_401_elsewhere(
    api: Api, client: FlaskClient
) -> None:
    client.set_cookie("access_token", "bad")
    assert api.get("/api/v1/events/").status_code == 200
    assert api.get("/api/v1/bookings/").status_code == 401


def test_a_web_session_is_nobody_here(api: Api, client: FlaskClient) -> None:
    user = UserFactory()
    with client.session_transaction() as session:
        session["_user_id"], session["_fresh"] = user.get_id(), True
    assert api.get("/api/v1/bookings/").status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 201),
        ({"Origin": "http://localhost"}, 201),
        ({"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}, 201),
        ({"Sec-Fetch-Site": "same-origin"}, 201),
        ({"Origin": "https://friend.example", "Sec-Fetch-Site": "cross-site"}, 201),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost.evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
    ],
)
def test_no_foreign_page_writes_with_a_visitors_cookie(
    api: Api, app: Flask, client: FlaskClient, headers: dict, status: int
) -> None:
    offer = OfferFactory()
    client.set_cookie("access_token", tokens.issue(UserFactory()).access)
    with mock.patch.dict(app.config, CORS_ORIGINS=["https://friend.example"]):
        answer = api.post("/api/v1/bookings/", {"event_ticket": offer.id, "quantity": 1}, headers=headers)
    assert answer.status_code == status


def test_a_bearer_token_may_come_from_any_origin(api: Api) -> None:
    offer = OfferFactory()
    answer = api.by(BuyerFactory()).post(
        "/api/v1/bookings/",
        {"event_ticket": offer.id},
        headers={"Origin": "https://app.example", "Sec-Fetch-Site": "cross-site"},
    )
    assert answer.status_code == 201


def test_what_is_meant_for_one_account_rests_in_no_cache(api: Api) -> None:
    user = UserFactory()
    credentials = {"email": user.email, "password": PASSWORD}
    assert api.by(user).get("/api/v1/events/").headers["Cache-Control"] == "no-store"
    assert api.post("/api/auth/jwt/create/", credentials).headers["Cache-Control"] == "no-store"
    assert "Cache-Control" not in api.get("/api/v1/events/").headers


def test_no_csrf_token_is_asked_for(api: Api, app: Flask) -> None:
    offer = OfferFactory()
    with mock.patch.dict(app.config, WTF_CSRF_ENABLED=True, WTF_CSRF_CHECK_DEFAULT=True):
        answer = api.by(BuyerFactory()).post("/api/v1/bookings/", {"event_ticket": offer.id})
    assert answer.status_code == 201


# ---------------------------------------------------------------- ids


def test_an_event_is_found_by_number_uuid_and_slug(api: Api) -> None:
    event = EventFactory()
    for key in (event.id, event.uuid, event.slug):
        assert api.get(f"/api/v1/events/{key}/").json["id"] == event.id


def test_a_body_takes_ids_in_either_form(api: Api) -> None:
    offer = OfferFactory()
    for key in (offer.id, str(offer.id), str(offer.uuid)):
        answer = api.by(BuyerFactory()).post("/api/v1/bookings/", {"event_ticket": key})
        assert answer.json["event_ticket"]["id"] == offer.id


@pytest.mark.parametrize("key", ["0", "99999", "9" * 30, "9" * 5000, "-1", "1.5", "none", "%00", "a%00b"])
def test_a_key_that_nothing_has_is_404(api: Api, key: str) -> None:
    for path in ("events", "categories", "venues", "organizations", "tickets"):
        assert api.get(f"/api/v1/{path}/{key}/").status_code == 404
    assert api.by(BuyerFactory()).get(f"/api/v1/bookings/{key}/").status_code == 404


@pytest.mark.parametrize("key", [True, 1.5, None, [], {}, "", " ", 0, -1, 2**63, "9" * 400, "a\0b"])
def test_an_id_in_a_body_that_is_none_is_400_with_its_field(api: Api, key: object) -> None:
    answer = api.by(BuyerFactory()).post("/api/v1/bookings/", {"event_ticket": key})
    assert answer.status_code == 400
    assert list(answer.json["field_errors"]) == ["event_ticket"]


def test_every_url_works_without_its_last_slash(api: Api) -> None:
    offer = OfferFactory()
    assert api.get("/api/v1/events").status_code == 200
    assert api.get(f"/api/v1/events/{offer.event_id}").status_code == 200
    assert api.by(BuyerFactory()).post("/api/v1/bookings", {"event_ticket": offer.id}).status_code == 201


# ---------------------------------------------------------------- lists


def test_a_list_is_a_bare_array_that_links_to_what_does_not_fit(api: Api, app: Flask) -> None:
    for name in "abcde":
        CategoryFactory(name=name)
    with mock.patch.dict(app.config, LIST_CAP=2):
        first = api.get("/api/v1/categories/?color=red")
        second = api.get(_next(first))
        third = api.get(_next(second))
    assert [row["name"] for row in first.json + second.json + third.json] == list("abcde")
    assert "color=red" in _next(first)
    assert "Link" not in third.headers


def test_a_list_that_fits_exactly_links_to_nothing(api: Api, app: Flask) -> None:
    for name in "ab":
        CategoryFactory(name=name)
    with mock.patch.dict(app.config, LIST_CAP=2):
        assert "Link" not in api.get("/api/v1/categories/").headers


@pytest.mark.parametrize("offset", ["-1", "x", "1.5", "9" * 30])
def test_a_nonsensical_offset_is_400(api: Api, offset: str) -> None:
    answer = api.get(f"/api/v1/organizations/?offset={offset}")
    assert answer.status_code == 400
    assert list(answer.json["field_errors"]) == ["offset"]


def test_a_huge_offset_finds_nothing(api: Api) -> None:
    OrganizationFactory()
    assert api.get(f"/api/v1/organizations/?offset={2**63 - 1}").json == []


def _next(answer) -> str:
    link = answer.headers["Link"]
    assert link.endswith('; rel="next"')
    return link.split(">")[0].removeprefix("<http://localhost")
