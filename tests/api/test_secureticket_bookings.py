"""SecureTicket's bookings and payments (002, Booking Endpoints and Payment Endpoints)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask_sqlalchemy import SQLAlchemy

from tests.api.conftest import Api, event_of
from tests.api.deeds import book, move_event, stock
from tests.factories import BuyerFactory, EventFactory, OfferFactory, StaffFactory, SupportFactory
from tests.services.pricing import whole_type
from ticketing import clock
from ticketing.errors import GatewayDown
from ticketing.gateways.sandbox import NAME, Sandbox
from ticketing.models import Order, Payment
from ticketing.services.payments import inbox

BOOKINGS, PAYMENTS = "/api/bookings/", "/api/payments/"
START = f"{PAYMENTS}create-payment-intent/"


def seats(offer: Any, number: Any = 2, **more: Any) -> dict[str, Any]:
    return {"event": offer.event_id, "seats_booked": number, **more}


def test_booking_seats_holds_them_for_fifteen_minutes(api: Api, db: SQLAlchemy) -> None:
    offer = OfferFactory(price=5000, size=10)
    event = str(event_of(offer).uuid)
    shown = api.by(BuyerFactory()).post(BOOKINGS, {"event": event, "seats_booked": 3})
    assert shown.status_code == 201
    booking = shown.json
    assert (booking["event"], booking["seats_booked"], booking["quantity"]) == (event, 3, 3)
    assert (booking["total_price"], booking["status"], booking["payment_status"]) == (
        "150.00",
        "pending",
        "pending",
    )
    assert booking["event_ticket"]["id"] == str(offer.uuid)
    order = db.session.query(Order).one()
    assert (order.channel, order.fee, str(order.uuid)) == ("secureticket", 0, booking["id"])
    assert order.expires_at - order.created_at == timedelta(minutes=15)
    assert stock(db, offer) == (3, 0)


def test_of_several_kinds_of_tickets_one_is_named(api: Api) -> None:
    parent = whole_type("tiered")
    offer = parent.offers[1]
    key = str(offer.uuid)
    by = api.by(BuyerFactory())
    refused = by.post(BOOKINGS, seats(offer))
    assert (refused.status_code, list(refused.json["field_errors"])) == (400, ["event_ticket"])
    assert by.post(BOOKINGS, seats(offer, event_ticket=key)).json["event_ticket"]["id"] == key
    other = OfferFactory()
    assert by.post(BOOKINGS, seats(offer, event_ticket=other.id)).status_code == 400


@pytest.mark.parametrize("number", [0, -1, 11, 1.5, "x", True, None, 2**63, [], "nul\0"])
def test_a_senseless_number_of_seats_is_refused(api: Api, number: Any, db: SQLAlchemy) -> None:
    offer = OfferFactory()
    answer = api.by(BuyerFactory()).post(BOOKINGS, seats(offer, number))
    assert (answer.status_code, list(answer.json["field_errors"])) == (400, ["seats_booked"])
    assert stock(db, offer) == (0, 0)


def test_sold_out_says_how_many_are_left(api: Api) -> None:
    offer = OfferFactory(size=2, ticket_type__name="Stalls")
    answer = api.by(BuyerFactory()).post(BOOKINGS, seats(offer, 3))
    assert (answer.status_code, answer.json["detail"], answer.json["available"]) == (
        400,
        "Only 2 tickets available for 'Stalls'",
        2,
    )
    assert list(answer.json["field_errors"]) == ["seats_booked"]


def test_what_started_or_was_called_off_is_not_booked_and_what_is_not_there_is_not_found(
    api: Api, db: SQLAlchemy
) -> None:
    by, started = api.by(BuyerFactory()), OfferFactory()
    move_event(db, started, seconds=-1)
    cancelled = OfferFactory(event=EventFactory(status="cancelled"))
    draft = OfferFactory(event=EventFactory(status="draft"))
    assert by.post(BOOKINGS, seats(started)).json["code"] == "sales_ended"
    assert by.post(BOOKINGS, seats(cancelled)).json["code"] == "not_on_sale"
    nothing = by.post(BOOKINGS, {"event": 999_999, "seats_booked": 1})
    assert nothing.status_code == 404
    assert by.post(BOOKINGS, seats(draft)).text == nothing.text
    assert by.post(BOOKINGS, {"seats_booked": 1}).status_code == 400


def test_booking_seats_takes_eight_statements(api: Api, statements: Any) -> None:
    """One more than a booking of BTick's: the event's offer is looked up."""
    body, by = seats(OfferFactory()), api.by(BuyerFactory())
    by.get(BOOKINGS)
    with statements() as seen:
        assert by.post(BOOKINGS, body).status_code == 201
    assert len(seen) <= 8, "\n".join(seen)


def test_the_same_key_books_once(api: Api, db: SQLAlchemy) -> None:
    offer, by, headers = OfferFactory(), api.by(BuyerFactory()), {"Idempotency-Key": "k1"}
    first = by.post(BOOKINGS, seats(offer), headers=headers)
    assert by.post(BOOKINGS, seats(offer), headers=headers).data == first.data
    assert by.post(BOOKINGS, seats(offer, 3), headers=headers).status_code == 409
    assert stock(db, offer) == (2, 0)


def test_lists_show_ones_own_to_staff_and_support_too(api: Api) -> None:
    buyer, offer = BuyerFactory(), OfferFactory()
    older, newer = book(buyer, offer), book(buyer, offer)
    book(BuyerFactory(), offer)
    by = api.by(buyer)
    references = [by.get(f"{BOOKINGS}{number}/").json["booking_reference"] for number in (newer, older)]
    for path in (BOOKINGS, f"{BOOKINGS}my_bookings/"):
        assert [row["booking_reference"] for row in by.get(path).json] == references
    for factory in (StaffFactory, SupportFactory):
        assert api.by(factory()).get(BOOKINGS).json == []
        assert api.by(factory()).get(f"{BOOKINGS}my_bookings/").json == []


def test_fifty_bookings_are_listed_in_two_statements(api: Api, statements: Any) -> None:
    buyer, offer = BuyerFactory(), OfferFactory(size=1000)
    for _ in range(50):
        book(buyer, offer, 1)
    by = api.by(buyer)
    by.get(BOOKINGS)
    for path in (BOOKINGS, f"{BOOKINGS}my_bookings/"):
        with statements() as seen:
            assert len(by.get(path).json) == 50
        assert len(seen) == 2


def test_a_booking_is_read_and_cancelled_by_its_buyer_staff_and_support(api: Api, db: SQLAlchemy) -> None:
    offer = OfferFactory()
    for factory in (StaffFactory, SupportFactory, None):
        buyer = BuyerFactory()
        path = f"{BOOKINGS}{book(buyer, offer)}/"
        by = api.by(factory() if factory else buyer)
        assert by.get(path).json["status"] == "pending"
        done = by.post(f"{path}cancel/").json
        assert (done["booking"]["status"], done["booking"]["payment_status"]) == ("cancelled", "pending")
        assert done["message"]
        assert by.post(f"{path}cancel/").status_code == 400
        for verb in ("GET", ""), ("POST", "cancel/"):
            assert api.by(BuyerFactory()).call(verb[0], path + verb[1]).status_code == 404
    assert stock(db, offer) == (0, 0)


def test_a_booking_is_not_cancelled_after_its_event(api: Api, db: SQLAlchemy) -> None:
    buyer, offer = BuyerFactory(), OfferFactory()
    number = book(buyer, offer, confirmed=True)
    move_event(db, offer, days=-1)
    assert api.by(buyer).post(f"{BOOKINGS}{number}/cancel/").json["code"] == "event_over"


def test_a_booking_is_not_changed_past_its_verbs(api: Api) -> None:
    buyer = BuyerFactory()
    number = book(buyer, OfferFactory())
    for method in ("PUT", "PATCH", "DELETE"):
        assert api.by(buyer).call(method, f"{BOOKINGS}{number}/", {}).status_code == 405


# ---------------------------------------------------------------- paying


def test_a_booking_is_paid_without_a_fee_and_given_back_when_it_is_cancelled(
    api: Api, db: SQLAlchemy
) -> None:
    offer = OfferFactory(price=5000)
    by = api.by(BuyerFactory())
    number = by.post(BOOKINGS, seats(offer)).json["id"]
    started = by.post(START, {"booking_id": number}).json
    assert set(started) == {"clientSecret", "booking"}
    assert (started["booking"]["id"], started["booking"]["payment_status"]) == (number, "processing")
    payment = db.session.query(Payment).one()
    assert (payment.amount, bool(started["clientSecret"])) == (10000, True)
    assert by.post(START, {"booking_id": number}).json["clientSecret"] == started["clientSecret"]
    inbox.receive(NAME, *Sandbox().decide(payment.reference, True))
    assert by.get(f"{PAYMENTS}status/{number}/").json == {
        "booking_id": number,
        "status": "confirmed",
        "payment_status": "paid",
        "amount": "100.00",
        "currency": "USD",
    }
    done = by.post(f"{BOOKINGS}{number}/cancel/").json["booking"]
    assert (done["status"], done["payment_status"]) == ("cancelled", "refunded")
    assert stock(db, offer) == (0, 0)


def test_asking_settles_a_payment_that_nobody_told_us_of(api: Api, db: SQLAlchemy) -> None:
    buyer = BuyerFactory()
    number = book(buyer, OfferFactory())
    by = api.by(buyer)
    assert by.get(f"{PAYMENTS}status/{number}/").json["payment_status"] == "pending"
    by.post(START, {"booking_id": number})
    assert by.get(f"{PAYMENTS}status/{number}/").json["payment_status"] == "processing"
    Sandbox().decide(db.session.query(Payment).one().reference, True)
    assert by.get(f"{PAYMENTS}status/{number}/").json["status"] == "confirmed"


def test_what_cannot_be_paid_is_refused(api: Api, db: SQLAlchemy, monkeypatch: pytest.MonkeyPatch) -> None:
    buyer, offer = BuyerFactory(), OfferFactory()
    by = api.by(buyer)
    confirmed, late, fine = book(buyer, offer, confirmed=True), book(buyer, offer), book(buyer, offer)
    db.session.get_one(Order, late).expires_at = clock.now()
    db.session.commit()
    for number in (confirmed, late):
        assert by.post(START, {"booking_id": number}).status_code == 400
    for key in (999_999, "no-such"):
        assert by.post(START, {"booking_id": key}).status_code == 404
    for key in (None, [], True, 2**70, ""):
        assert list(by.post(START, {"booking_id": key}).json["field_errors"]) == ["booking_id"]
    assert api.by(BuyerFactory()).post(START, {"booking_id": fine}).status_code == 404
    assert api.by(StaffFactory()).post(START, {"booking_id": fine}).status_code == 403
    assert api.by(BuyerFactory()).get(f"{PAYMENTS}status/{fine}/").status_code == 404

    def silent(*_args: Any, **_kwargs: Any) -> Any:
        raise GatewayDown

    monkeypatch.setattr(Sandbox, "open_intent", silent)
    assert by.post(START, {"booking_id": fine}).status_code == 502
    assert by.get(f"{BOOKINGS}{fine}/").json["status"] == "pending", "it keeps its hold"


def test_the_same_key_starts_one_payment(api: Api, db: SQLAlchemy) -> None:
    buyer, headers = BuyerFactory(), {"Idempotency-Key": "k1"}
    number = book(buyer, OfferFactory())
    by = api.by(buyer)
    first = by.post(START, {"booking_id": number}, headers=headers)
    assert by.post(START, {"booking_id": number}, headers=headers).data == first.data
    assert by.post(START, {"booking_id": 1 + number}, headers=headers).status_code == 409
    assert db.session.query(Payment).count() == 1
