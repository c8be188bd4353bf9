"""Cancelling, confirming and refunding bookings (BTick 001 §7.4-7.6, 000 §9), and the shared list."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask_sqlalchemy import SQLAlchemy

from tests.api.conftest import Api, event_of, organization_of
from tests.api.deeds import BOOKINGS, book, move_event, stock
from tests.factories import (
    BuyerFactory,
    EventFactory,
    OfferFactory,
    QuotaFactory,
    StaffFactory,
    SupportFactory,
    member_of,
)
from ticketing import clock
from ticketing.models import Order, OutboxMessage, Payment, Quota
from ticketing.services import orders

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


def test_the_shared_list_is_ones_own_for_staff_too(api: Api) -> None:
    book(BuyerFactory(), OfferFactory())
    assert api.by(BuyerFactory()).get("/api/bookings/").json == []
    assert api.by(StaffFactory()).get("/api/bookings/").json == []
    assert api.get("/api/bookings/").status_code == 401


def _refused(answer: Any, code: str) -> None:
    assert answer.status_code == 400
    assert answer.json["code"] == code
    assert list(answer.json["field_errors"]) == ["non_field_errors"]
