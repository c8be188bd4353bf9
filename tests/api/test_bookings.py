"""Bookings (BTick 001 §7, 000 §7-9)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask_sqlalchemy import SQLAlchemy

from tests.api.conftest import Api, organization_of
from tests.api.deeds import BOOKINGS, book, move_event, stock
from tests.factories import (
    BuyerFactory,
    EventFactory,
    OfferFactory,
    OrganizationFactory,
    StaffFactory,
    SupportFactory,
    member_of,
)
from ticketing import clock
from ticketing.models import Order
from ticketing.services import orders

# ---------------------------------------------------------------- booking


def test_booking_holds_tickets_for_fifteen_minutes(api: Api, db: SQLAlchemy) -> None:
    offer = OfferFactory(size=10, price=10050)
    answer = api.by(BuyerFactory()).post(BOOKINGS, {"event_ticket": offer.id, "quantity": 3})
    assert answer.status_code == 201
    assert answer.json["status"] == "PENDING"
    assert answer.json["total_price"] == 301.5
    assert answer.json["event"]["id"] == offer.event_id
    assert answer.json["event_ticket"]["sold"] == 3
    assert answer.json["event_ticket"]["available"] == 7
    order = db.session.get(Order, answer.json["id"])
    assert order.expires_at - order.created_at == timedelta(minutes=15)
    assert stock(db, offer) == (3, 0)


def test_booking_takes_seven_statements(api: Api, statements: Any) -> None:
    offer = OfferFactory()
    by = api.by(BuyerFactory())
    offer_id = offer.id
    by.get(BOOKINGS)  # what the test has loaded is committed and forgotten
    with statements() as seen:
        answer = by.post(BOOKINGS, {"event_ticket": offer_id})
    assert answer.status_code == 201
    assert len(seen.matching("from users")) == 1, "who calls"
    assert len(seen.matching("from orders")) == 1, "the answer"
    # who calls; offer, order, item, activity, quota; the answer
    assert len(seen) <= 7, "\n".join(seen)


@pytest.mark.parametrize("quantity", [1, 10])
def test_one_to_ten_tickets_are_booked_at_once(api: Api, quantity: int) -> None:
    offer = OfferFactory()
    answer = api.by(BuyerFactory()).post(BOOKINGS, {"event_ticket": offer.id, "quantity": quantity})
    assert answer.json["quantity"] == quantity


@pytest.mark.parametrize("quantity", [0, -1, 11, 1.5, "x", True, None, 2**63, 10**40, [], "9" * 50])
def test_any_other_quantity_is_refused(api: Api, quantity: Any, db: SQLAlchemy) -> None:
    offer = OfferFactory()
    answer = api.by(BuyerFactory()).post(BOOKINGS, {"event_ticket": offer.id, "quantity": quantity})
    assert answer.status_code == 400
    assert list(answer.json["field_errors"]) == ["quantity"]
    assert stock(db, offer) == (0, 0)
    assert db.session.query(Order).count() == 0


def test_a_booking_needs_a_ticket_that_exists(api: Api) -> None:
    by = api.by(BuyerFactory())
    for body in ({}, {"event_ticket": 999}, {"event_ticket": "no-such"}):
        answer = by.post(BOOKINGS, body)
        assert answer.status_code == 400
        assert list(answer.json["field_errors"]) == ["event_ticket"]


def test_nobody_books_more_than_is_left(api: Api, db: SQLAlchemy) -> None:
    offer = OfferFactory(size=2)
    answer = api.by(BuyerFactory()).post(BOOKINGS, {"event_ticket": offer.id, "quantity": 3})
    assert answer.json["code"] == "sold_out"
    assert stock(db, offer) == (0, 0)
    assert db.session.query(Order).count() == 0


@pytest.mark.parametrize("status", ["draft", "cancelled"])
def test_only_a_published_event_is_booked(api: Api, status: str) -> None:
    offer = OfferFactory(event=EventFactory(status=status))
    answer = api.by(BuyerFactory()).post(BOOKINGS, {"event_ticket": offer.id})
    assert list(answer.json["field_errors"]) == ["event_ticket"]


def test_booking_closes_when_the_event_starts(api: Api, db: SQLAlchemy) -> None:
    offer = OfferFactory()
    move_event(db, offer, seconds=-1)
    answer = api.by(BuyerFactory()).post(BOOKINGS, {"event_ticket": offer.id})
    assert answer.status_code == 400
    assert answer.json["code"] == "sales_ended"


def test_any_account_may_book_and_nobody_without_one(api: Api) -> None:
    offer = OfferFactory()
    for actor in (BuyerFactory(), member_of(OrganizationFactory()), StaffFactory(), SupportFactory()):
        assert api.by(actor).post(BOOKINGS, {"event_ticket": offer.id}).status_code == 201
    assert api.post(BOOKINGS, {"event_ticket": offer.id}).status_code == 401


def test_a_hold_whose_time_is_over_makes_room(api: Api, db: SQLAlchemy) -> None:
    offer = OfferFactory(size=2)
    old = db.session.get(Order, book(BuyerFactory(), offer, 2))
    old.expires_at = clock.now() - timedelta(seconds=1)
    db.session.commit()
    assert api.by(BuyerFactory()).post(BOOKINGS, {"event_ticket": offer.id}).status_code == 201
    assert stock(db, offer) == (1, 0)


# ---------------------------------------------------------------- once and only once


def test_the_same_key_and_body_book_once_and_answer_alike(api: Api, db: SQLAlchemy) -> None:
    offer, by = OfferFactory(), api.by(BuyerFactory())
    body, headers = {"event_ticket": offer.id, "quantity": 2}, {"Idempotency-Key": "k1"}
    first = by.post(BOOKINGS, body, headers=headers)
    assert by.patch(f"{BOOKINGS}{first.json['id']}/cancel/").status_code == 200
    again = by.post(BOOKINGS, body, headers=headers)
    assert again.status_code == 201
    assert again.data == first.data, "the first answer, although the booking has changed since"
    assert again.headers["Idempotency-Replayed"] == "true"
    assert db.session.query(Order).count() == 1


def test_the_same_key_with_another_body_is_409(api: Api, db: SQLAlchemy) -> None:
    offer, by = OfferFactory(), api.by(BuyerFactory())
    by.post(BOOKINGS, {"event_ticket": offer.id, "quantity": 2}, headers={"Idempotency-Key": "k1"})
    answer = by.post(BOOKINGS, {"event_ticket": offer.id, "quantity": 3}, headers={"Idempotency-Key": "k1"})
    assert answer.status_code == 409
    assert answer.json["code"] == "idempotency_conflict"
    assert stock(db, offer) == (2, 0)


def test_a_key_belongs_to_its_account(api: Api, db: SQLAlchemy) -> None:
    offer = OfferFactory()
    for _ in range(2):
        by = api.by(BuyerFactory())
        by.post(BOOKINGS, {"event_ticket": offer.id}, headers={"Idempotency-Key": "same"})
    assert db.session.query(Order).count() == 2


def test_a_refused_booking_may_be_tried_again_under_its_key(api: Api, db: SQLAlchemy) -> None:
    offer, by = OfferFactory(size=1), api.by(BuyerFactory())
    other = book(BuyerFactory(), offer, 1)
    headers = {"Idempotency-Key": "k1"}
    assert by.post(BOOKINGS, {"event_ticket": offer.id}, headers=headers).status_code == 400
    orders.cancel(StaffFactory(), other)
    assert by.post(BOOKINGS, {"event_ticket": offer.id}, headers=headers).status_code == 201


def test_an_answer_that_was_never_kept_is_made_from_the_booking(api: Api, db: SQLAlchemy) -> None:
    from ticketing.models import IdempotencyKey

    offer, by = OfferFactory(), api.by(BuyerFactory())
    headers = {"Idempotency-Key": "k1"}
    first = by.post(BOOKINGS, {"event_ticket": offer.id}, headers=headers)
    db.session.query(IdempotencyKey).update({"answer": None, "answer_status": None})
    db.session.commit()
    again = by.post(BOOKINGS, {"event_ticket": offer.id}, headers=headers)
    assert (again.status_code, again.json["id"]) == (201, first.json["id"])


@pytest.mark.parametrize("key", ["", "x" * 201])
def test_an_unusable_idempotency_key_is_400(api: Api, key: str) -> None:
    offer = OfferFactory()
    answer = api.by(BuyerFactory()).post(
        BOOKINGS, {"event_ticket": offer.id}, headers={"Idempotency-Key": key}
    )
    assert answer.status_code == 400


# ---------------------------------------------------------------- reading


def test_a_buyer_lists_their_own_bookings_newest_first(api: Api) -> None:
    offer, buyer = OfferFactory(), BuyerFactory()
    book(BuyerFactory(), offer)
    older, newer = book(buyer, offer), book(buyer, offer, confirmed=True)
    answer = api.by(buyer).get(BOOKINGS)
    assert [row["id"] for row in answer.json] == [newer, older]
    assert [row["status"] for row in answer.json] == ["CONFIRMED", "PENDING"]
    assert answer.json[0]["expires_at"] is None


@pytest.mark.parametrize("factory", [StaffFactory, SupportFactory])
def test_staff_and_support_list_everybodys_bookings_in_their_own_shape(api: Api, factory: Any) -> None:
    offer, buyer = OfferFactory(ticket_type__name="Stalls"), BuyerFactory()
    book(buyer, offer)
    (row,) = api.by(factory()).get(BOOKINGS).json
    assert row["user_email"] == buyer.email
    assert row["event"]["organization"] == organization_of(offer).name
    assert row["event_ticket"] == {"id": offer.id, "ticket_type": "Stalls", "price": 25.0}


@pytest.mark.parametrize("path", [BOOKINGS, "/api/bookings/"])
def test_a_list_of_bookings_is_two_statements_however_many_there_are(
    api: Api, statements: Any, path: str
) -> None:
    buyer = BuyerFactory()
    for _ in range(4):
        book(buyer, OfferFactory())
    by = api.by(buyer)
    by.get(path)
    with statements() as seen:
        assert len(by.get(path).json) == 4
    assert len(seen) == 2, "who calls, and the bookings"


def test_somebody_elses_booking_is_404_whatever_is_tried(api: Api, db: SQLAlchemy) -> None:
    offer = OfferFactory()
    number = book(BuyerFactory(), offer)
    for actor in (BuyerFactory(), member_of(OrganizationFactory())):
        by = api.by(actor)
        assert by.get(f"{BOOKINGS}{number}/").status_code == 404
        assert by.patch(f"{BOOKINGS}{number}/cancel/").status_code == 404
        assert by.post(f"{BOOKINGS}{number}/cancel/").status_code == 404
        assert by.post(f"{BOOKINGS}{number}/refund/").status_code == 404
    assert stock(db, offer) == (2, 0)


def test_a_booking_is_read_by_its_buyer_support_and_staff(api: Api) -> None:
    buyer = BuyerFactory()
    number = book(buyer, OfferFactory())
    assert "user_email" not in api.by(buyer).get(f"{BOOKINGS}{number}/").json
    for factory in (StaffFactory, SupportFactory):
        assert api.by(factory()).get(f"{BOOKINGS}{number}/").json["user_email"] == buyer.email


def test_expired_and_failed_bookings_show_as_cancelled(api: Api, db: SQLAlchemy) -> None:
    buyer, offer = BuyerFactory(), OfferFactory()
    for status in ("expired", "failed"):
        order = db.session.get(Order, book(buyer, offer))
        order.status = status
        db.session.commit()
    assert {row["status"] for row in api.by(buyer).get(BOOKINGS).json} == {"CANCELLED"}
    assert {row["status"] for row in api.by(buyer).get("/api/bookings/").json} == {"cancelled"}
    assert {row["payment_status"] for row in api.by(buyer).get("/api/bookings/").json} == {"failed"}


def test_an_order_of_several_tickets_shows_its_first_item_its_sum_and_all_of_them(api: Api) -> None:
    buyer, event = BuyerFactory(), EventFactory()
    first, second = OfferFactory(event=event, price=1000), OfferFactory(event=event, price=500)
    lines = [orders.Line(first.id, 2), orders.Line(second.id, 3)]
    orders.place(buyer, lines, terms=orders.terms_for("btick"))
    (row,) = api.by(buyer).get(BOOKINGS).json
    assert (row["event_ticket"]["id"], row["quantity"], row["total_price"]) == (first.id, 5, 35.0)
    assert [(item["event_ticket"]["id"], item["quantity"]) for item in row["items"]] == [
        (first.id, 2),
        (second.id, 3),
    ]
    (union,) = api.by(buyer).get("/api/bookings/").json
    assert [item["quantity"] for item in union["items"]] == [2, 3]


def test_a_booking_is_never_deleted(api: Api) -> None:
    buyer = BuyerFactory()
    number = book(buyer, OfferFactory())
    for caller in (api, api.by(buyer), api.by(StaffFactory())):
        answer = caller.delete(f"{BOOKINGS}{number}/")
        assert answer.status_code == 405
        assert "GET" in answer.headers["Allow"]


def test_a_booking_is_not_changed_past_its_verbs(api: Api) -> None:
    buyer = BuyerFactory()
    number = book(buyer, OfferFactory())
    for method in ("PUT", "PATCH"):
        answer = api.by(buyer).call(method, f"{BOOKINGS}{number}/", {"status": "CONFIRMED", "quantity": 1})
        assert answer.status_code == 405
