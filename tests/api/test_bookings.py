"""Bookings (BTick 001 §7, 000 §7-9)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask_sqlalchemy import SQLAlchemy

from tests.api.conftest import Api, event_of, organization_of
from tests.factories import (
    BuyerFactory,
    EventFactory,
    OfferFactory,
    OrganizationFactory,
    QuotaFactory,
    StaffFactory,
    SupportFactory,
    member_of,
)
from ticketing import clock
from ticketing.models import Event, Offer, Order, OutboxMessage, Payment, Quota
from ticketing.policy import Actor
from ticketing.services import orders

BOOKINGS = "/api/v1/bookings/"


def book(actor: Actor, offer: Offer, quantity: int = 2, *, confirmed: bool = False) -> int:
    placed = orders.place(actor, [orders.Line(offer.id, quantity)], terms=orders.terms_for("btick"))
    if confirmed:
        orders.confirm(SupportFactory(), placed.order_id)
    return placed.order_id


def stock(db: SQLAlchemy, offer: Offer) -> tuple[int, int]:
    """Held and sold."""
    db.session.expire_all()
    quota = db.session.get(Quota, offer.quota_id)
    assert quota is not None
    return quota.held, quota.sold


def move_event(db: SQLAlchemy, offer: Offer, **starts: float) -> None:
    """Let the event of an offer start so long from now, and last three hours."""
    event = db.session.get(Event, offer.event_id)
    assert event is not None
    event.starts_at = clock.now() + timedelta(**starts)
    event.ends_at = event.starts_at + timedelta(hours=3)
    db.session.commit()


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


# ---------------------------------------------------------------- cancelling


@pytest.mark.parametrize("method", ["POST", "PATCH"])
@pytest.mark.parametrize("confirmed", [False, True], ids=["pending", "confirmed"])
def test_cancelling_returns_the_tickets_to_stock(
    api: Api, method: str, confirmed: bool, db: SQLAlchemy
) -> None:
    offer, buyer = OfferFactory(), BuyerFactory()
    number = book(buyer, offer, 3, confirmed=confirmed)
    assert stock(db, offer) == ((0, 3) if confirmed else (3, 0))
    answer = api.by(buyer).call(method, f"{BOOKINGS}{number}/cancel/")
    assert answer.status_code == 200
    assert answer.json["booking"]["status"] == "CANCELLED"
    assert answer.json["booking"]["event_ticket"]["sold"] == 0, "the stock after the cancellation"
    assert stock(db, offer) == (0, 0)


def test_cancelling_returns_the_tickets_to_every_stock_they_came_from(api: Api, db: SQLAlchemy) -> None:
    event = EventFactory()
    shared = QuotaFactory(event=event, kind="event", size=50)
    offer = OfferFactory(event=event, also=(shared,))
    number = book(buyer := BuyerFactory(), offer, 4)
    assert db.session.get(Quota, shared.id).held == 4
    api.by(buyer).patch(f"{BOOKINGS}{number}/cancel/")
    db.session.expire_all()
    assert db.session.get(Quota, shared.id).held == 0


def test_cancelling_is_for_the_buyer_support_and_staff(api: Api) -> None:
    offer = OfferFactory()
    for factory in (StaffFactory, SupportFactory):
        number = book(BuyerFactory(), offer)
        assert api.by(factory()).patch(f"{BOOKINGS}{number}/cancel/").status_code == 200
    number = book(BuyerFactory(), offer)
    assert api.patch(f"{BOOKINGS}{number}/cancel/").status_code == 401


def test_a_booking_is_cancelled_once(api: Api, db: SQLAlchemy) -> None:
    offer, buyer = OfferFactory(), BuyerFactory()
    book(buyer, offer, 5)
    number = book(buyer, offer, 3)
    api.by(buyer).patch(f"{BOOKINGS}{number}/cancel/")
    answer = api.by(buyer).patch(f"{BOOKINGS}{number}/cancel/")
    assert answer.status_code == 400
    assert list(answer.json["field_errors"]) == ["non_field_errors"]
    assert stock(db, offer) == (5, 0)


def test_a_booking_may_be_cancelled_while_the_event_runs_and_not_after_it(api: Api, db: SQLAlchemy) -> None:
    offer, buyer = OfferFactory(), BuyerFactory()
    first, second = book(buyer, offer, confirmed=True), book(buyer, offer, confirmed=True)
    move_event(db, offer, hours=-1)
    assert api.by(buyer).patch(f"{BOOKINGS}{first}/cancel/").status_code == 200
    move_event(db, offer, hours=-4)
    answer = api.by(buyer).patch(f"{BOOKINGS}{second}/cancel/")
    assert answer.status_code == 400
    assert answer.json["code"] == "event_over"
    assert stock(db, offer) == (0, 2)


def test_cancelling_a_paid_booking_gives_all_of_it_back(api: Api, db: SQLAlchemy) -> None:
    offer, buyer = OfferFactory(price=1000), BuyerFactory()
    number = book(buyer, offer, 2, confirmed=True)
    api.by(buyer).patch(f"{BOOKINGS}{number}/cancel/")
    order = db.session.get(Order, number)
    db.session.refresh(order)
    assert (order.amount_paid, order.amount_refunded) == (2000, 2000)
    (union,) = api.by(buyer).get("/api/bookings/").json
    assert (union["status"], union["payment_status"]) == ("cancelled", "refunded")


# ---------------------------------------------------------------- confirming


def test_confirming_makes_a_booking_last(api: Api, db: SQLAlchemy) -> None:
    offer = OfferFactory()
    for factory in (SupportFactory, StaffFactory):
        number = book(BuyerFactory(), offer)
        answer = api.by(factory()).post(f"{BOOKINGS}{number}/confirm/")
        assert answer.status_code == 200
        assert answer.json["booking"]["status"] == "CONFIRMED"
        assert answer.json["booking"]["expires_at"] is None
    assert stock(db, offer) == (0, 4)


def test_a_confirmation_by_hand_is_a_manual_payment_with_a_name(api: Api, db: SQLAlchemy) -> None:
    support = SupportFactory()
    number = book(BuyerFactory(), OfferFactory(price=700), 2)
    api.by(support).post(f"{BOOKINGS}{number}/confirm/")
    payment = db.session.query(Payment).one()
    assert (payment.gateway, payment.amount_received, payment.actor_id) == ("manual", 1400, support.user_id)


def test_confirming_is_for_support_and_staff(api: Api, db: SQLAlchemy) -> None:
    offer, buyer = OfferFactory(), BuyerFactory()
    number = book(buyer, offer)
    for actor in (buyer, BuyerFactory(), member_of(organization_of(offer))):
        assert api.by(actor).post(f"{BOOKINGS}{number}/confirm/").status_code in (403, 404)
    assert api.by(buyer).post(f"{BOOKINGS}{number}/confirm/").status_code == 403
    assert api.post(f"{BOOKINGS}{number}/confirm/").status_code == 401
    assert stock(db, offer) == (2, 0)


def test_an_expired_booking_is_not_confirmed(api: Api, db: SQLAlchemy) -> None:
    number = book(BuyerFactory(), OfferFactory())
    order = db.session.get(Order, number)
    order.expires_at = clock.now() - timedelta(seconds=1)
    db.session.commit()
    _refused(api.by(SupportFactory()).post(f"{BOOKINGS}{number}/confirm/"), "hold_ended")


def test_a_booking_is_not_confirmed_after_the_event(api: Api, db: SQLAlchemy) -> None:
    offer = OfferFactory()
    number = book(BuyerFactory(), offer)
    move_event(db, offer, hours=-4)
    _refused(api.by(SupportFactory()).post(f"{BOOKINGS}{number}/confirm/"), "event_over")


def test_only_a_pending_booking_is_confirmed(api: Api) -> None:
    offer, buyer = OfferFactory(), BuyerFactory()
    confirmed, cancelled = book(buyer, offer, confirmed=True), book(buyer, offer)
    orders.cancel(buyer, cancelled)
    for number in (confirmed, cancelled):
        _refused(api.by(SupportFactory()).post(f"{BOOKINGS}{number}/confirm/"), "not_pending")


# ---------------------------------------------------------------- refunding


def test_refunding_is_for_support_staff_and_the_organizations_managers(api: Api, db: SQLAlchemy) -> None:
    offer = OfferFactory()
    organization = organization_of(offer)
    for actor in (
        SupportFactory(),
        StaffFactory(),
        member_of(organization),
        member_of(organization, "MANAGER"),
    ):
        number = book(BuyerFactory(), offer, confirmed=True)
        answer = api.by(actor).post(f"{BOOKINGS}{number}/refund/")
        assert answer.status_code == 200
        assert answer.json["booking"]["status"] == "CANCELLED"
    number = book(buyer := BuyerFactory(), offer, confirmed=True)
    assert api.by(buyer).post(f"{BOOKINGS}{number}/refund/").status_code == 403
    assert api.by(member_of(organization, "MEMBER")).post(f"{BOOKINGS}{number}/refund/").status_code == 403
    assert api.post(f"{BOOKINGS}{number}/refund/").status_code == 401
    assert stock(db, offer) == (0, 2)


def test_only_a_confirmed_booking_is_refunded(api: Api, db: SQLAlchemy) -> None:
    offer, buyer = OfferFactory(), BuyerFactory()
    pending, cancelled = book(buyer, offer), book(buyer, offer)
    orders.cancel(buyer, cancelled)
    for number in (pending, cancelled):
        _refused(api.by(SupportFactory()).post(f"{BOOKINGS}{number}/refund/"), "not_confirmed")
    assert stock(db, offer) == (2, 0)


def test_a_refund_returns_the_tickets_and_the_money_once(api: Api, db: SQLAlchemy) -> None:
    offer = OfferFactory()
    book(BuyerFactory(), offer, 5, confirmed=True)
    number = book(BuyerFactory(), offer, 3, confirmed=True)
    by = api.by(SupportFactory())
    assert by.post(f"{BOOKINGS}{number}/refund/").status_code == 200
    assert by.post(f"{BOOKINGS}{number}/refund/").status_code == 400
    assert stock(db, offer) == (0, 5)
    payment = db.session.query(Payment).filter_by(order_id=number).one()
    assert payment.amount_refunded == payment.amount_received


def test_sold_never_falls_below_zero(api: Api, db: SQLAlchemy) -> None:
    """Even where the books are wrong, a refund takes out no more than there is, and then nothing at all."""
    offer = OfferFactory()
    number = book(BuyerFactory(), offer, 3, confirmed=True)
    db.session.query(Quota).filter_by(id=offer.quota_id).update({"sold": 1})
    db.session.commit()
    assert api.by(SupportFactory()).post(f"{BOOKINGS}{number}/refund/").status_code == 500
    assert stock(db, offer) == (0, 1)
    order = db.session.get(Order, number)
    assert order.status == "confirmed"


def test_every_deed_tells_the_buyer(api: Api, db: SQLAlchemy) -> None:
    buyer = BuyerFactory()
    number = book(buyer, OfferFactory())
    api.by(SupportFactory()).post(f"{BOOKINGS}{number}/confirm/")
    api.by(buyer).patch(f"{BOOKINGS}{number}/cancel/")
    kinds = [message.kind for message in db.session.query(OutboxMessage).order_by(OutboxMessage.id)]
    assert kinds == ["mail.order_confirmed", "mail.order_cancelled"]


# ---------------------------------------------------------------- one list for two dialects


def test_the_shared_list_has_the_keys_of_both_dialects_and_uuids(api: Api, db: SQLAlchemy) -> None:
    buyer, offer = BuyerFactory(), OfferFactory(price=1050)
    order = db.session.get(Order, book(buyer, offer))
    (row,) = api.by(buyer).get("/api/bookings/").json
    assert row["id"] == str(order.uuid)
    assert row["event"] == str(event_of(offer).uuid)
    assert row["event_ticket"]["id"] == str(offer.uuid)
    assert row["quantity"] == row["seats_booked"] == 2
    assert (row["total_price"], row["status"], row["payment_status"]) == ("21.00", "pending", "pending")
    assert row["booking_reference"] == order.number


def test_the_shared_list_is_everybodys_own_even_for_staff(api: Api) -> None:
    book(BuyerFactory(), OfferFactory())
    assert api.by(StaffFactory()).get("/api/bookings/").json == []
    assert api.get("/api/bookings/").status_code == 401


def _refused(answer: Any, code: str) -> None:
    assert answer.status_code == 400
    assert answer.json["code"] == code
    assert list(answer.json["field_errors"]) == ["non_field_errors"]
