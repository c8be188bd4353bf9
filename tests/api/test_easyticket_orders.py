"""EasyTicket's orders (EasyTicket 003, Orders)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import select

from tests.api.conftest import Api, event_of
from tests.api.deeds import stock
from tests.factories import (
    BuyerFactory,
    EventFactory,
    OfferFactory,
    OrganizationFactory,
    PromoCodeFactory,
    StaffFactory,
    SupportFactory,
    member_of,
)
from tests.services.pricing import WHOLE, whole_type
from ticketing import clock
from ticketing.models import Offer, Order, PromoCode, Ticket, TicketType
from ticketing.policy import Actor
from ticketing.services import orders

ORDERS = "/api/orders/"
PART = {"tiered": "ticket_tier_id", "day_based": "day_pass_id", "tier_and_day": "day_tier_price_id"}
TESTED = {"payment_id": "test-1", "payment_method": "stripe"}


def type_of(offer: Offer, db: SQLAlchemy) -> TicketType:
    return db.session.get_one(TicketType, offer.ticket_type_id)


def wanted(offer: Offer, quantity: Any = 2, **more: Any) -> dict[str, Any]:
    """The body of an order of tickets of a simple type."""
    items = [{"ticket_type_id": offer.ticket_type_id, "quantity": quantity}]
    return {"event": offer.event_id, "items": items, **more}


def place(actor: Actor, offer: Offer, quantity: int = 2) -> int:
    lines = [orders.Line(offer.id, quantity)]
    return orders.place(actor, lines, terms=orders.terms_for("easyticket")).order_id


def expire(db: SQLAlchemy, number: int) -> None:
    order = db.session.get_one(Order, number)
    order.expires_at = clock.now() - timedelta(seconds=1)
    db.session.commit()


# ---------------------------------------------------------------- placing


def test_an_order_keeps_its_tickets_for_fifteen_minutes_and_charges_no_fee_yet(
    api: Api, db: SQLAlchemy
) -> None:
    offer, buyer = OfferFactory(price=5000, ticket_type__name="Stalls"), BuyerFactory()
    event, kind = event_of(offer), type_of(offer, db)
    body = {
        "event": str(event.uuid),
        "buyer_email": "grace@example.org",
        "buyer_phone": "+1 (234) 567-890",
        "buyer_name": "Grace Hopper",
        "notes": "By the aisle",
        "items": [{"ticket_type_id": str(kind.uuid), "quantity": 2}],
    }
    title, uuids = event.title, (str(event.uuid), str(kind.uuid))
    answer = api.by(buyer).post(ORDERS, body)
    assert answer.status_code == 201
    shown = answer.json
    assert {name: shown[name] for name in body if name not in ("event", "items")} == {
        name: value for name, value in body.items() if name not in ("event", "items")
    }
    assert (shown["event"], shown["event_name"], shown["event_location"]) == (uuids[0], title, "Lisbon")
    assert (shown["status"], shown["is_paid"], shown["is_expired"]) == ("pending", False, False)
    assert (shown["subtotal"], shown["service_fee"], shown["total_amount"]) == ("100.00", "0.00", "100.00")
    assert (shown["payment"], shown["payment_method"], shown["paid_at"]) == (None, "pending", None)
    assert (shown["tickets"], shown["refunds"], shown["total_tickets"]) == ([], [], 2)
    (item,) = shown["items"]
    assert (item["ticket_type"], item["quantity"], item["subtotal"]) == (uuids[1], 2, "100.00")
    assert item["full_ticket_name"] == "Stalls"
    order = db.session.query(Order).one()
    assert (str(order.uuid), order.number, order.channel) == (
        shown["id"],
        shown["order_number"],
        "easyticket",
    )
    assert order.expires_at - order.created_at == timedelta(minutes=15)
    assert stock(db, offer) == (2, 0)


@pytest.mark.parametrize("kind", list(WHOLE))
def test_each_pricing_type_is_ordered_by_the_ids_that_belong_to_it(
    api: Api, kind: str, db: SQLAlchemy
) -> None:
    parent = whole_type(kind)
    offers = [(offer.id, str(offer.uuid)) for offer in parent.offers]
    items = [
        {"ticket_type_id": str(parent.uuid), "quantity": 1, **({PART[kind]: key} if kind in PART else {})}
        for _number, key in offers
    ]
    answer = api.by(BuyerFactory()).post(ORDERS, {"event": parent.event_id, "items": items})
    assert answer.status_code == 201, answer.text
    names = {kind: PART[kind].removesuffix("_id")} if kind in PART else {}
    for item, (_number, key) in zip(answer.json["items"], offers, strict=True):
        parts = {name: item[name] for name in ("ticket_tier", "day_pass", "day_tier_price")}
        assert {name for name, value in parts.items() if value} == set(names.values())
        assert kind == "simple" or parts[names[kind]] == key


def test_what_is_not_said_of_the_buyer_is_the_accounts(api: Api) -> None:
    buyer = BuyerFactory()
    body = wanted(OfferFactory(), buyer_name=None, buyer_phone=None, buyer_email=None, notes=None)
    shown = api.by(buyer).post(ORDERS, body).json
    assert (shown["buyer_email"], shown["buyer_name"]) == (buyer.email, buyer.name)
    assert (shown["buyer_phone"], shown["notes"], shown["promo_code"]) == ("", "", "")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("buyer_email", "grace"),
        ("buyer_email", "x" * 250 + "@example.org"),
        ("buyer_email", 7),
        ("buyer_phone", "1" * 21),
        ("buyer_phone", "call me"),
        ("buyer_phone", "()"),
        ("buyer_name", "x" * 256),
        ("buyer_name", "nul\0"),
        ("notes", "x" * 2001),
        ("promo_code", "x" * 51),
        ("promo_code", "NO-SUCH"),
        ("event", 999),
        ("event", "no-such"),
        ("event", 2**70),
        ("event", []),
        ("event", None),
        ("items", []),
        ("items", None),
        ("items", {}),
        ("items", "x"),
    ],
)
def test_what_is_wrong_with_an_order_is_named(api: Api, db: SQLAlchemy, field: str, value: Any) -> None:
    offer = OfferFactory()
    answer = api.by(BuyerFactory()).post(ORDERS, wanted(offer) | {field: value})
    assert answer.status_code == 400
    assert list(answer.json["field_errors"]) == [field]
    assert stock(db, offer) == (0, 0)


@pytest.mark.parametrize("quantity", [0, -1, 1.5, "x", True, None, 2**63, 10**40, [], "nul\0"])
def test_a_senseless_quantity_is_named_where_it_stands(api: Api, quantity: Any) -> None:
    answer = api.by(BuyerFactory()).post(ORDERS, wanted(OfferFactory(), quantity))
    assert list(answer.json["field_errors"]) == ["items.0.quantity"]


def test_the_documented_sentences_are_said(api: Api, db: SQLAlchemy) -> None:
    offer, by = OfferFactory(size=3, ticket_type__name="VIP Pass"), api.by(BuyerFactory())
    other = OfferFactory()
    told = {
        "Order must have at least one item": [{"items": []}, {"items": None}],
        "Ticket type not found": [
            {"items": [{"ticket_type_id": key, "quantity": 1}]} for key in (999, other.ticket_type_id, "x")
        ],
        "Only 3 tickets available for 'VIP Pass'": [wanted(offer, 4)],
    }
    whole = wanted(offer)
    for sentence, bodies in told.items():
        for body in bodies:
            answer = by.post(ORDERS, whole | body)
            assert (answer.status_code, answer.json["detail"]) == (400, sentence)
            assert next(iter(answer.json["field_errors"])).startswith("items")
    missing = by.post(ORDERS, {"event": whole["event"]})
    assert missing.json["detail"] == "Order must have at least one item"
    assert by.post(ORDERS, wanted(offer, 4)).json["available"] == 3
    assert stock(db, offer) == (0, 0)


def test_more_than_ten_of_a_kind_are_refused_as_an_items_fault(api: Api) -> None:
    offer = OfferFactory()
    body = wanted(offer, 6)
    body["items"] *= 2
    answer = api.by(BuyerFactory()).post(ORDERS, body)
    assert answer.json["field_errors"] == {"items": ["At most 10 tickets can be ordered at once."]}


def test_a_draft_is_as_unknown_as_nothing(api: Api) -> None:
    by = api.by(BuyerFactory())
    body = wanted(OfferFactory(event=EventFactory(status="draft")))
    assert by.post(ORDERS, body).text == by.post(ORDERS, body | {"event": 999_999}).text


def test_an_order_with_nothing_to_pay_is_confirmed_at_once(api: Api, db: SQLAlchemy) -> None:
    free = OfferFactory(price=0)
    shown = api.by(BuyerFactory()).post(ORDERS, wanted(free)).json
    assert (shown["status"], shown["is_paid"], shown["expires_at"]) == ("confirmed", True, None)
    assert len(shown["tickets"]) == 2
    assert stock(db, free) == (0, 2)


def test_ordering_takes_eight_statements(api: Api, statements: Any) -> None:
    """One more than a booking of BTick's: the ticket type is looked up."""
    body, by = wanted(OfferFactory()), api.by(BuyerFactory())
    by.get(ORDERS)
    with statements() as seen:
        assert by.post(ORDERS, body).status_code == 201
    # who calls; the choice; offers, order, item, activity, quota; the answer
    assert len(seen) <= 8, "\n".join(seen)


def test_the_number_of_items_adds_no_statement(api: Api, statements: Any) -> None:
    parent, by = whole_type("tier_and_day"), api.by(BuyerFactory())
    items = [
        {"ticket_type_id": parent.id, "day_tier_price_id": one.id, "quantity": 1} for one in parent.offers
    ]
    body = {"event": parent.event_id, "items": items}
    by.get(ORDERS)
    with statements() as seen:
        assert by.post(ORDERS, body).status_code == 201
    # each quota is taken by a statement of its own
    assert len([statement for statement in seen if not statement.startswith("UPDATE quotas")]) <= 7


def test_the_same_key_orders_once(api: Api, db: SQLAlchemy) -> None:
    offer, by = OfferFactory(), api.by(BuyerFactory())
    headers = {"Idempotency-Key": "k1"}
    first = by.post(ORDERS, wanted(offer), headers=headers)
    again = by.post(ORDERS, wanted(offer), headers=headers)
    assert (again.status_code, again.data) == (201, first.data)
    assert by.post(ORDERS, wanted(offer, 3), headers=headers).status_code == 409
    assert stock(db, offer) == (2, 0)


# ---------------------------------------------------------------- promo codes of an order


def test_a_promo_code_reduces_an_order(api: Api) -> None:
    offer = OfferFactory(price=5000)
    PromoCodeFactory(organization_id=event_of(offer).organization_id, code="TEN")
    shown = api.by(BuyerFactory()).post(ORDERS, wanted(offer, promo_code="ten")).json
    assert (shown["promo_code"], shown["discount_amount"], shown["total_amount"]) == ("TEN", "10.00", "90.00")


def test_a_promo_code_can_be_used_and_dropped_until_the_order_is_paid(api: Api, db: SQLAlchemy) -> None:
    offer, buyer = OfferFactory(price=5000), BuyerFactory()
    PromoCodeFactory(organization_id=event_of(offer).organization_id, code="TEN")
    other = PromoCodeFactory(organization_id=event_of(offer).organization_id, code="HALF", value=5000)
    by = api.by(buyer)
    path = f"{ORDERS}{place(buyer, offer)}/promo-code/"
    assert by.post(path, {"promo_code": "TEN"}).json["total_amount"] == "90.00"
    assert by.post(path, {"promo_code": "HALF"}).json["discount_amount"] == "50.00"
    assert by.delete(path).json["total_amount"] == "100.00"
    assert db.session.get_one(PromoCode, other.id).used == 0
    for code in ("NO-SUCH", "", None, 7, "nul\0"):
        answer = by.post(path, {"promo_code": code})
        assert (answer.status_code, list(answer.json["field_errors"])) == (400, ["promo_code"])
    assert api.by(StaffFactory()).post(path, {"promo_code": "TEN"}).status_code == 403
    assert api.by(BuyerFactory()).delete(path).status_code == 404
    by.post(path.replace("promo-code", "confirm_payment"), TESTED)
    assert by.delete(path).status_code == 400


# ---------------------------------------------------------------- reading


def test_lists_are_pages_newest_first(api: Api) -> None:
    buyer, offer = BuyerFactory(), OfferFactory()
    place(BuyerFactory(), offer)
    numbers = [place(buyer, offer, 1) for _ in range(3)]
    answer = api.by(buyer).get(f"{ORDERS}?page_size=2")
    assert (answer.json["count"], len(answer.json["results"])) == (3, 2)
    assert answer.json["next"].endswith("page_size=2&page=2")
    rest = api.by(buyer).get(answer.json["next"].removeprefix("http://localhost")).json
    listed = [row["order_number"] for row in (*answer.json["results"], *rest["results"])]
    shown = [api.by(buyer).get(f"{ORDERS}{number}/").json["order_number"] for number in reversed(numbers)]
    assert listed == shown
    assert api.by(buyer).get(f"{ORDERS}?page=9").status_code == 404
    assert api.by(buyer).get(f"{ORDERS}?page=0").status_code == 400


@pytest.mark.parametrize("factory", [StaffFactory, SupportFactory])
def test_staff_and_support_see_everybodys_orders(api: Api, factory: Any) -> None:
    number = place(BuyerFactory(), OfferFactory())
    by = api.by(factory())
    assert by.get(ORDERS).json["count"] == 1
    assert by.get(f"{ORDERS}{number}/").status_code == 200
    assert by.get(f"{ORDERS}pending/").json == []


def test_an_order_is_read_by_its_id_its_number_and_in_either_form(api: Api, db: SQLAlchemy) -> None:
    buyer = BuyerFactory()
    order = db.session.get_one(Order, place(buyer, OfferFactory()))
    for key in (order.id, str(order.uuid), order.number):
        assert api.by(buyer).get(f"{ORDERS}{key}/").json["id"] == str(order.uuid)


def test_somebody_elses_order_is_404_whatever_is_tried(api: Api, db: SQLAlchemy) -> None:
    offer = OfferFactory()
    number = place(BuyerFactory(), offer)
    calls = {"": ("GET", None), "payment-status/": ("GET", None), "create-payment-intent/": ("POST", None)}
    calls |= {"cancel/": ("POST", {}), "refund/": ("POST", {}), "confirm_payment/": ("POST", TESTED)}
    calls |= {"promo-code/": ("POST", {"promo_code": "X"})}
    for actor in (BuyerFactory(), member_of(OrganizationFactory())):
        for path, (method, body) in calls.items():
            assert api.by(actor).call(method, f"{ORDERS}{number}/{path}", body).status_code == 404, path
    assert stock(db, offer) == (2, 0)


def test_pending_and_confirmed_orders_are_bare_arrays(api: Api) -> None:
    buyer, offer = BuyerFactory(), OfferFactory()
    by = api.by(buyer)
    paid, waiting, paying, gone = (place(buyer, offer, 1) for _ in range(4))
    by.post(f"{ORDERS}{paid}/confirm_payment/", TESTED)
    by.post(f"{ORDERS}{paying}/create-payment-intent/")
    by.post(f"{ORDERS}{gone}/cancel/")
    assert [row["status"] for row in by.get(f"{ORDERS}pending/").json] == ["processing", "pending"]
    assert [row["status"] for row in by.get(f"{ORDERS}confirmed/").json] == ["confirmed"]
    assert waiting


@pytest.mark.parametrize("path", ["", "pending/", "my_tickets/"])
def test_fifty_orders_are_listed_in_as_many_statements_as_one(
    api: Api, statements: Any, path: str, db: SQLAlchemy
) -> None:
    buyer, offer = BuyerFactory(), OfferFactory(size=1000, price=0 if path == "my_tickets/" else 100)
    by, counts = api.by(buyer), []
    for number in (1, 49):
        for _ in range(number):
            place(buyer, offer, 1)
        by.get(f"{ORDERS}{path}?page_size=100")
        with statements() as seen:
            answer = by.get(f"{ORDERS}{path}?page_size=100").json
        assert len(answer["results"] if path == "" else answer) in (1, 50)
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 3


def test_an_order_in_detail_takes_four_statements_however_much_belongs_to_it(
    api: Api, statements: Any
) -> None:
    buyer = BuyerFactory()
    number = place(buyer, OfferFactory(), 10)
    by = api.by(buyer)
    by.post(f"{ORDERS}{number}/confirm_payment/", TESTED)
    for _ in range(3):
        by.post(f"{ORDERS}{number}/refund/", {"amount": 1})
    with statements() as seen:
        shown = by.get(f"{ORDERS}{number}/").json
    assert (len(shown["tickets"]), len(shown["refunds"])) == (10, 3)
    assert len(seen) == 4, "who calls, the order with its items, its tickets, its payments and refunds"


def test_tickets_show_their_code_to_whoever_they_belong_to(api: Api) -> None:
    buyer = BuyerFactory()
    number = place(buyer, OfferFactory(ticket_type__name="Stalls"))
    api.by(buyer).post(f"{ORDERS}{number}/confirm_payment/", TESTED)
    for actor, sees in ((buyer, True), (StaffFactory(), False)):
        tickets = api.by(actor).get(f"{ORDERS}{number}/").json["tickets"]
        assert [len(ticket.get("qr_code_data", "")) for ticket in tickets] == [64 * sees] * 2
        assert {ticket["full_ticket_name"] for ticket in tickets} == {"Stalls"}
        assert {ticket["status"] for ticket in tickets} == {"active"}


def test_an_order_and_my_tickets_say_the_same_of_a_ticket_before_and_after_its_event(
    api: Api, db: SQLAlchemy
) -> None:
    buyer, offer = BuyerFactory(), OfferFactory()
    number = place(buyer, offer, 4)
    api.by(buyer).post(f"{ORDERS}{number}/confirm_payment/", TESTED)
    tickets = db.session.scalars(select(Ticket).where(Ticket.order_id == number).order_by(Ticket.id)).all()
    for ticket, (word, admissions) in zip(
        tickets, (("active", 0), ("active", 1), ("used", 1), ("cancelled", 0)), strict=True
    ):
        ticket.status, ticket.admissions = word, admissions
    db.session.commit()
    assert said_of_tickets(api.by(buyer), number) == ["active", "active", "used", "cancelled"]
    with time_machine.travel(event_of(offer).ends_at + timedelta(minutes=1), tick=False):
        assert said_of_tickets(api.by(buyer), number) == ["expired", "used", "used", "cancelled"]


def said_of_tickets(by: Api, number: int) -> list[str]:
    """How an order's tickets stand, as both its detail and the holder's list tell it."""
    shown = by.get(f"{ORDERS}{number}/").json["tickets"]
    listed = {row["id"]: row for row in by.get("/api/tickets/my-tickets/").json["results"]}
    for ticket in shown:
        mine = listed[ticket["id"]]
        assert (ticket["status"], ticket["is_used"]) == (mine["status"], mine["is_used"])
    return [ticket["status"] for ticket in shown]


# ---------------------------------------------------------------- figures


def test_figures_count_own_orders_and_what_was_spent_after_refunds(api: Api, db: SQLAlchemy) -> None:
    buyer, offer = BuyerFactory(), OfferFactory(price=5000)
    by = api.by(buyer)
    kept, returned, _waiting, cancelled, expired = (place(buyer, offer) for _ in range(5))
    place(BuyerFactory(), offer)
    for number in (kept, returned):
        by.post(f"{ORDERS}{number}/confirm_payment/", TESTED)
    (item,) = by.get(f"{ORDERS}{kept}/").json["items"]
    by.post(f"{ORDERS}{kept}/refund/", {"items": [{"item": item["id"], "quantity": 1}]})
    by.post(f"{ORDERS}{returned}/refund/")
    by.post(f"{ORDERS}{cancelled}/cancel/")
    expire(db, expired)
    orders.expire_due()
    assert by.get(f"{ORDERS}stats/").json == {
        "total_orders": 5,
        "pending_orders": 1,
        "confirmed_orders": 1,
        "cancelled_orders": 1,
        "refunded_orders": 1,
        "failed_orders": 1,
        "total_spent": "50.00",
        "currency": "USD",
        "spent_by_currency": {"USD": "50.00"},
        "total_tickets": 1,
    }


def test_figures_of_several_currencies_are_told_apart(api: Api) -> None:
    buyer = BuyerFactory()
    by = api.by(buyer)
    dollars = OfferFactory(price=100)
    yen = OfferFactory(event=EventFactory(organization=OrganizationFactory(currency="JPY")), price=900)
    for offer in (dollars, yen, yen):
        by.post(f"{ORDERS}{place(buyer, offer, 1)}/confirm_payment/", TESTED)
    shown = by.get(f"{ORDERS}stats/").json
    assert (shown["total_spent"], shown["currency"]) == ("1800.00", "JPY")
    assert shown["spent_by_currency"] == {"JPY": "1800.00", "USD": "1.00"}


def test_figures_of_nothing_are_zero(api: Api, app: Flask) -> None:
    shown = api.by(BuyerFactory()).get(f"{ORDERS}stats/").json
    assert (shown["total_orders"], shown["total_spent"], shown["total_tickets"]) == (0, "0.00", 0)
    assert shown["currency"] == app.config["CURRENCY"]


def test_bought_tickets_are_the_items_of_confirmed_orders(api: Api) -> None:
    buyer, offer = BuyerFactory(), OfferFactory(ticket_type__name="Stalls")
    by = api.by(buyer)
    bought, _waiting, returned = (place(buyer, offer) for _ in range(3))
    for number in (bought, returned):
        by.post(f"{ORDERS}{number}/confirm_payment/", TESTED)
    by.post(f"{ORDERS}{returned}/refund/")
    (row,) = by.get(f"{ORDERS}my_tickets/").json
    order = by.get(f"{ORDERS}{bought}/").json
    assert (row["order"], row["order_number"]) == (order["id"], order["order_number"])
    assert {name: row[name] for name in order["items"][0]} == order["items"][0]


# ---------------------------------------------------------------- ending


def test_cancelling_returns_the_tickets_to_stock(api: Api, db: SQLAlchemy) -> None:
    buyer, offer = BuyerFactory(), OfferFactory()
    path = f"{ORDERS}{place(buyer, offer)}/cancel/"
    shown = api.by(buyer).post(path, {"reason": "Changed my mind"}).json
    assert (shown["status"], shown["cancellation_reason"]) == ("cancelled", "Changed my mind")
    assert shown["cancelled_at"]
    assert shown["message"]
    assert stock(db, offer) == (0, 0)
    again = api.by(buyer).post(path)
    assert (again.status_code, list(again.json["field_errors"])) == (400, ["non_field_errors"])


@pytest.mark.parametrize("reason", ["x" * 501, 7, "nul\0", []])
def test_a_senseless_reason_is_refused(api: Api, reason: Any, db: SQLAlchemy) -> None:
    buyer, offer = BuyerFactory(), OfferFactory()
    answer = api.by(buyer).post(f"{ORDERS}{place(buyer, offer)}/cancel/", {"reason": reason})
    assert list(answer.json["field_errors"]) == ["reason"]
    assert stock(db, offer) == (2, 0)


def test_a_confirmed_order_is_refunded_not_cancelled(api: Api, db: SQLAlchemy) -> None:
    buyer, offer = BuyerFactory(), OfferFactory()
    number = place(buyer, offer)
    api.by(buyer).post(f"{ORDERS}{number}/confirm_payment/", TESTED)
    answer = api.by(buyer).post(f"{ORDERS}{number}/cancel/", {})
    assert (answer.status_code, answer.json["detail"]) == (
        400,
        "Confirmed orders are refunded, not cancelled.",
    )
    assert stock(db, offer) == (0, 2)


@pytest.mark.parametrize("factory", [StaffFactory, SupportFactory])
def test_staff_and_support_cancel_for_others(api: Api, factory: Any) -> None:
    number = place(BuyerFactory(), OfferFactory())
    assert api.by(factory()).post(f"{ORDERS}{number}/cancel/").json["status"] == "cancelled"


def test_an_order_is_not_changed_past_its_verbs(api: Api) -> None:
    buyer = BuyerFactory()
    number = place(buyer, OfferFactory())
    for method in ("PUT", "PATCH", "DELETE"):
        answer = api.by(buyer).call(method, f"{ORDERS}{number}/", {"status": "confirmed"})
        assert answer.status_code == 405
        assert "GET" in answer.headers["Allow"]


def test_a_test_payment_confirms_with_tickets_and_says_that_it_is_none(api: Api, db: SQLAlchemy) -> None:
    buyer, offer = BuyerFactory(), OfferFactory()
    shown = api.by(buyer).post(f"{ORDERS}{place(buyer, offer)}/confirm_payment/", TESTED).json
    assert (shown["status"], shown["payment_id"], shown["payment_method"]) == (
        "confirmed",
        "test-1",
        "stripe",
    )
    assert (shown["payment"]["gateway"], shown["payment"]["status"]) == ("manual", "succeeded")
    assert shown["paid_at"]
    assert "testing" in shown["warning"]
    assert len(shown["tickets"]) == 2
    assert stock(db, offer) == (0, 2)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {**TESTED, "payment_method": "coins"},
        {**TESTED, "payment_id": "x" * 256},
        {**TESTED, "payment_id": ""},
    ],
)
def test_a_test_payment_needs_a_name_and_a_method(api: Api, body: dict[str, Any]) -> None:
    buyer = BuyerFactory()
    assert (
        api.by(buyer).post(f"{ORDERS}{place(buyer, OfferFactory())}/confirm_payment/", body).status_code
        == 400
    )


def test_a_test_payment_is_its_buyers_and_only_while_the_sandbox_takes_the_money(
    api: Api, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    buyer = BuyerFactory()
    path = f"{ORDERS}{place(buyer, OfferFactory())}/confirm_payment/"
    assert api.by(StaffFactory()).post(path, TESTED).status_code == 403
    monkeypatch.setitem(app.config, "PAYMENT_GATEWAY", "stripe")
    assert api.by(buyer).post(path, TESTED).status_code == 404


def test_clearing_up_is_staffs_and_counts_what_had_expired(api: Api, db: SQLAlchemy) -> None:
    buyer, offer = BuyerFactory(), OfferFactory()
    number = place(buyer, offer)
    place(buyer, offer)
    expire(db, number)
    assert api.by(buyer).get(f"{ORDERS}{number}/").json["is_expired"] is True
    refused = api.by(buyer).post(f"{ORDERS}cleanup_expired/")
    assert (refused.status_code, refused.json["detail"]) == (
        403,
        "Only administrators can trigger order cleanup.",
    )
    assert api.by(StaffFactory()).post(f"{ORDERS}cleanup_expired/").json["count"] == 1
    shown = api.by(buyer).get(f"{ORDERS}{number}/").json
    assert (shown["status"], shown["is_expired"]) == ("failed", False)
    assert stock(db, offer) == (2, 0)
