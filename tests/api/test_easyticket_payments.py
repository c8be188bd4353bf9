"""Paying EasyTicket's orders and giving money back (EasyTicket 003, Payments)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from tests.api.conftest import Api, event_of, organization_of
from tests.api.contract import Contract
from tests.api.deeds import move_event, stock
from tests.api.test_easyticket_orders import ORDERS, TESTED, expire, place
from tests.api.test_limits import _limit, standing
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
from tests.invariants.stock import assert_stock_adds_up
from ticketing import clock
from ticketing.errors import GatewayDown
from ticketing.gateways import Declined
from ticketing.gateways.sandbox import NAME, Sandbox
from ticketing.models import IdempotencyKey, Offer, Order, Payment, Refund, Ticket
from ticketing.policy import Actor
from ticketing.services import refunds
from ticketing.services.payments import inbox


class Sale:
    """An order of two tickets at 50.00, and what is done to it by a program of its buyer's."""

    def __init__(self, api: Api, *, offer: Offer | None = None, quantity: int = 2) -> None:
        self.offer = offer or OfferFactory(price=5000)
        self.buyer: Actor = BuyerFactory()
        self.number = place(self.buyer, self.offer, quantity)
        self.by = api.by(self.buyer)

    def path(self, verb: str = "") -> str:
        return f"{ORDERS}{self.number}/{verb}"

    def start(self) -> dict[str, Any]:
        answer = self.by.post(self.path("create-payment-intent/"))
        assert answer.status_code == 200, answer.text
        intent: dict[str, Any] = answer.json["payment_intent"]
        return intent

    def pay(self, approve: bool = True) -> None:
        reference = self.start()["payment_intent_id"]
        inbox.receive(NAME, *Sandbox().decide(reference, approve))

    def refund(self, by: Api | None = None, **body: Any) -> Any:
        return (by or self.by).post(self.path("refund/"), body)

    @property
    def shown(self) -> dict[str, Any]:
        order: dict[str, Any] = self.by.get(self.path()).json
        return order


@pytest.fixture
def sale(api: Api) -> Sale:
    return Sale(api)


@pytest.fixture
def paid(sale: Sale) -> Sale:
    sale.pay()
    return sale


def silent(*_args: Any, **_kwargs: Any) -> Any:
    raise GatewayDown


def refusing(*_args: Any, **_kwargs: Any) -> Any:
    raise Declined("no")


# ---------------------------------------------------------------- starting a payment


def test_a_payment_is_started_as_documented_and_charges_the_fee(sale: Sale) -> None:
    answer = sale.by.post(sale.path("create-payment-intent/"))
    intent = answer.json["payment_intent"]
    assert answer.json["success"] is True
    assert set(intent) == {"client_secret", "payment_intent_id", "amount", "currency", "status"}
    assert (intent["amount"], intent["currency"], intent["status"]) == (
        10500,
        "usd",
        "requires_payment_method",
    )
    shown = sale.shown
    assert (shown["status"], shown["service_fee"], shown["total_amount"]) == ("processing", "5.00", "105.00")
    assert (shown["payment_id"], shown["payment_method"]) == (intent["payment_intent_id"], "card")
    assert (shown["payment"]["status"], shown["payment"]["amount"]) == ("requires_payment_method", "105.00")


def test_starting_again_finds_the_same_payment(sale: Sale, db: SQLAlchemy) -> None:
    assert sale.start() == sale.start()
    assert db.session.query(Payment).count() == 1


def test_another_total_is_another_payment(sale: Sale) -> None:
    PromoCodeFactory(organization_id=event_of(sale.offer).organization_id, code="TEN")
    first = sale.start()
    sale.by.post(sale.path("promo-code/"), {"promo_code": "TEN"})
    second = sale.start()
    assert second["amount"] == 9500, "90.00 and 5.00 of fee, which is on the subtotal"
    assert second["payment_intent_id"] != first["payment_intent_id"]


def test_amounts_are_in_the_currencys_smallest_unit(api: Api) -> None:
    organization = OrganizationFactory(currency="JPY")
    sale = Sale(api, offer=OfferFactory(event=EventFactory(organization=organization), price=900))
    assert (sale.start()["amount"], sale.start()["currency"]) == (1890, "jpy")
    sale.pay()
    assert sale.by.get(sale.path("payment-status/")).json["amount"] == 1890.0


def test_an_order_that_cannot_be_paid_says_how_it_stands(api: Api, db: SQLAlchemy) -> None:
    confirmed, cancelled, expired = (Sale(api) for _ in range(3))
    confirmed.by.post(confirmed.path("confirm_payment/"), TESTED)
    cancelled.by.post(cancelled.path("cancel/"))
    expire(db, expired.number)
    api.by(StaffFactory()).post(f"{ORDERS}cleanup_expired/")
    late = Sale(api)
    expire(db, late.number)
    stands = {confirmed: "confirmed", cancelled: "cancelled", expired: "failed", late: "pending"}
    for sale, status in stands.items():
        answer = sale.by.post(sale.path("create-payment-intent/"))
        assert answer.status_code == 400
        assert (answer.json["error"], answer.json["status"]) == ("Order cannot be paid", status)
        assert answer.json["status_code"] == 400


def test_a_provider_that_is_down_is_502_and_the_tickets_stay_held(
    sale: Sale, db: SQLAlchemy, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Sandbox, "open_intent", silent)
        answer = sale.by.post(sale.path("create-payment-intent/"))
        assert (answer.status_code, answer.json["code"]) == (502, "gateway_down")
    assert stock(db, sale.offer) == (2, 0)
    assert sale.start()["amount"] == 10500


def test_the_same_key_starts_one_payment_and_names_one_order(api: Api, db: SQLAlchemy) -> None:
    sale, headers = Sale(api), {"Idempotency-Key": "k1"}
    first = sale.by.post(sale.path("create-payment-intent/"), headers=headers)
    again = sale.by.post(sale.path("create-payment-intent/"), headers=headers)
    assert again.data == first.data
    assert again.headers["Idempotency-Replayed"] == "true"
    other = place(sale.buyer, sale.offer)
    assert sale.by.post(f"{ORDERS}{other}/create-payment-intent/", headers=headers).status_code == 409
    assert db.session.query(Payment).count() == 1
    assert db.session.query(IdempotencyKey).count() == 1


def test_only_the_buyer_pays(sale: Sale, api: Api) -> None:
    for actor in (StaffFactory(), SupportFactory()):
        assert api.by(actor).post(sale.path("create-payment-intent/")).status_code == 403


def test_ten_payments_an_hour_are_started_by_an_account(
    app: Flask, api: Api, sale: Sale, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _limit(app, f"shared-counters://{tmp_path / 'counters.sqlite3'}", monkeypatch)
    paths = [(sale.path("create-payment-intent/"), None)] * 9
    paths.append(("/api/payments/create-payment-intent/", {"booking_id": sale.number}))
    for number, (path, body) in enumerate(paths, 1):
        answer = sale.by.post(path, body)
        assert answer.status_code == 200
        assert standing(answer) == (10, 10 - number)
    refused = sale.by.post(paths[0][0])
    assert refused.status_code == 429
    assert standing(refused) == (10, 0)
    assert 0 < int(refused.headers["Retry-After"]) <= 3600
    assert standing(sale.by.get(sale.path()))[0] == 1000, "looking is not paying"
    other = Sale(api)
    assert standing(other.by.post(other.path("create-payment-intent/"))) == (10, 9)
    with time_machine.travel(clock.now().timestamp() + 3601, tick=True):
        assert sale.by.post(paths[0][0]).status_code != 429


# ---------------------------------------------------------------- how it stands


def test_a_paid_order_is_confirmed_with_tickets_and_payment(paid: Sale, db: SQLAlchemy) -> None:
    shown = paid.shown
    assert (shown["status"], shown["is_paid"], shown["expires_at"]) == ("confirmed", True, None)
    assert (shown["payment"]["status"], shown["payment"]["gateway"]) == ("succeeded", "sandbox")
    assert shown["paid_at"]
    assert len(shown["tickets"]) == 2
    order = db.session.get_one(Order, paid.number)
    assert paid.by.get(paid.path("payment-status/")).json == {
        "order_id": str(order.uuid),
        "order_number": order.number,
        "order_status": "confirmed",
        "payment_status": "succeeded",
        "amount": 105.0,
        "currency": "usd",
    }


def test_asking_settles_a_payment_that_nobody_told_us_of(sale: Sale) -> None:
    reference = sale.start()["payment_intent_id"]
    assert sale.by.get(sale.path("payment-status/")).json["order_status"] == "processing"
    Sandbox().decide(reference, approve=True)
    shown = sale.by.get(sale.path("payment-status/")).json
    assert (shown["order_status"], shown["payment_status"]) == ("confirmed", "succeeded")


def test_a_decline_ends_the_order(sale: Sale, db: SQLAlchemy) -> None:
    sale.pay(approve=False)
    assert sale.shown["status"] == "failed"
    assert sale.shown["payment"]["status"] == "failed"
    assert stock(db, sale.offer) == (0, 0)


def test_without_a_payment_there_is_no_status(sale: Sale, api: Api) -> None:
    assert sale.by.get(sale.path("payment-status/")).status_code == 404
    sale.start()
    for actor in (StaffFactory(), SupportFactory()):
        assert api.by(actor).get(sale.path("payment-status/")).status_code == 200


def test_a_status_that_the_provider_does_not_tell_is_502(sale: Sale, monkeypatch: pytest.MonkeyPatch) -> None:
    sale.start()
    monkeypatch.setattr(Sandbox, "look_up", silent)
    assert sale.by.get(sale.path("payment-status/")).status_code == 502


# ---------------------------------------------------------------- giving back


def test_a_full_refund_ends_the_order(paid: Sale, db: SQLAlchemy) -> None:
    answer = paid.refund(reason="Ill")
    assert answer.status_code == 200
    assert {name: answer.json[name] for name in ("success", "amount", "currency", "status")} == {
        "success": True,
        "amount": 105.0,
        "currency": "usd",
        "status": "succeeded",
    }
    assert answer.json["refund_id"] == db.session.query(Refund).one().gateway_reference
    shown = paid.shown
    assert (shown["status"], shown["refunded_amount"]) == ("refunded", "105.00")
    assert shown["cancellation_reason"] == "Refund: Ill"
    assert [ticket["status"] for ticket in shown["tickets"]] == ["cancelled", "cancelled"]
    assert all("qr_code_data" not in ticket for ticket in shown["tickets"])
    (refund,) = shown["refunds"]
    assert (refund["amount"], refund["status"], refund["refund_id"]) == (
        "105.00",
        "succeeded",
        answer.json["refund_id"],
    )
    assert stock(db, paid.offer) == (0, 0)


@pytest.mark.parametrize("amount", [50.0, "50.00", 50])
def test_a_partial_refund_leaves_the_order_confirmed_and_shows(
    paid: Sale, db: SQLAlchemy, amount: Any
) -> None:
    assert paid.refund(amount=amount).json["amount"] == 50.0
    shown = paid.shown
    assert (shown["status"], shown["refunded_amount"], shown["payment"]["refunded_amount"]) == (
        "confirmed",
        "50.00",
        "50.00",
    )
    assert [ticket["status"] for ticket in shown["tickets"]] == ["active", "active"]
    assert stock(db, paid.offer) == (0, 2)
    assert paid.refund(amount=55).json["amount"] == 55.0
    assert paid.shown["status"] == "refunded"
    assert stock(db, paid.offer) == (0, 0)


def test_single_tickets_can_be_given_back(paid: Sale, db: SQLAlchemy) -> None:
    item = paid.shown["items"][0]["id"]
    assert paid.refund(items=[{"item": item, "quantity": 1}]).json["amount"] == 50.0
    shown = paid.shown
    assert (shown["status"], shown["items"][0]["returned_quantity"]) == ("confirmed", 1)
    assert sorted(ticket["status"] for ticket in shown["tickets"]) == ["active", "cancelled"]
    assert stock(db, paid.offer) == (0, 1)
    assert paid.refund(items=[{"item": item, "quantity": 2}]).status_code == 400
    assert paid.refund(items=[{"item": item, "quantity": 1}]).json["amount"] == 55.0, "the fee with the last"
    assert paid.shown["status"] == "refunded"
    assert_stock_adds_up(db.session)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"amount": 105.01}, "amount"),
        ({"amount": 0}, "amount"),
        ({"amount": -1}, "amount"),
        ({"amount": 0.001}, "amount"),
        ({"amount": "x"}, "amount"),
        ({"amount": True}, "amount"),
        ({"amount": 10**30}, "amount"),
        ({"amount": "1e400"}, "amount"),
        ({"amount": []}, "amount"),
        ({"items": [{"item": 999, "quantity": 1}]}, "items"),
        ({"items": [{"item": "x", "quantity": 1}]}, "items"),
        ({"items": [{"item": 1, "quantity": 0}]}, "items.0.quantity"),
        ({"items": {}}, "items"),
        ({"items": [{"item": 1, "quantity": 1}] * 51}, "items"),
        ({"reason": "x" * 401}, "reason"),
        ({"reason": "nul\0"}, "reason"),
    ],
)
def test_what_cannot_be_given_back_is_named(
    paid: Sale, db: SQLAlchemy, body: dict[str, Any], field: str
) -> None:
    answer = paid.refund(**body)
    assert (answer.status_code, list(answer.json["field_errors"])) == (400, [field])
    assert db.session.query(Refund).count() == 0


def test_an_amount_is_published_as_the_number_that_it_is_documented_to_be(contract: Contract) -> None:
    schemas = contract.document["components"]["schemas"]
    for name, field in (("RefundBody", "amount"), ("Refund", "amount"), ("PaymentStatus", "amount")):
        assert schemas[f"EasyTicket{name}"]["properties"][field]["type"] == "number"


def test_an_amount_and_items_are_not_named_together(paid: Sale) -> None:
    item = paid.shown["items"][0]["id"]
    assert paid.refund(amount=1, items=[{"item": item, "quantity": 1}]).status_code == 400


def test_only_confirmed_orders_are_refunded_and_others_say_how_they_stand(api: Api) -> None:
    waiting, paying, cancelled, done = (Sale(api) for _ in range(4))
    paying.start()
    cancelled.by.post(cancelled.path("cancel/"))
    done.pay()
    done.refund()
    stands = {waiting: "pending", paying: "processing", cancelled: "cancelled", done: "refunded"}
    for sale, status in stands.items():
        for by in (sale.by, api.by(StaffFactory())):
            answer = sale.refund(by)
            assert (answer.status_code, answer.json["current_status"]) == (400, status)
            assert answer.json["error"] == "Order cannot be refunded"


def test_a_manager_of_the_event_is_told_how_an_order_stands_too(api: Api, sale: Sale) -> None:
    manager = member_of(organization_of(sale.offer), "MANAGER")
    answer = sale.refund(api.by(manager))
    assert (answer.status_code, answer.json["current_status"]) == (400, "pending")


def test_the_buyer_gives_back_before_the_start_and_managers_always(
    api: Api, paid: Sale, db: SQLAlchemy
) -> None:
    move_event(db, paid.offer, hours=-1)
    assert paid.refund(amount=1).json["code"] == "event_started"
    manager = member_of(organization_of(paid.offer), "MANAGER")
    for actor in (StaffFactory(), SupportFactory(), manager):
        assert paid.refund(api.by(actor), amount=1).status_code == 200
    assert paid.shown["refunded_amount"] == "3.00"


def test_whoever_has_come_in_does_not_give_back(paid: Sale, db: SQLAlchemy) -> None:
    db.session.query(Ticket).first().status = "used"
    db.session.commit()
    assert paid.refund().json["code"] == "ticket_used"


def test_a_refund_that_the_provider_does_not_answer_is_pending_and_follows(
    paid: Sale, db: SQLAlchemy, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Sandbox, "refund", silent)
        answer = paid.refund().json
    refund = db.session.query(Refund).one()
    assert (answer["success"], answer["status"], answer["refund_id"]) == (True, "pending", str(refund.uuid))
    refunds.carry_out(refund.id)
    assert paid.shown["refunds"][0]["status"] == "succeeded"


def test_a_refund_that_the_provider_refuses_is_no_success(
    paid: Sale, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Sandbox, "refund", refusing)
    answer = paid.refund(amount=5).json
    assert (answer["success"], answer["status"]) == (False, "failed")
    assert paid.shown["refunded_amount"] == "0.00"


def test_the_same_key_refunds_once(paid: Sale, db: SQLAlchemy) -> None:
    headers = {"Idempotency-Key": "k1"}
    first = paid.by.post(paid.path("refund/"), {"amount": 10}, headers=headers)
    again = paid.by.post(paid.path("refund/"), {"amount": 10}, headers=headers)
    assert (first.status_code, again.data) == (200, first.data)
    assert paid.by.post(paid.path("refund/"), {"amount": 20}, headers=headers).status_code == 409
    assert paid.shown["refunded_amount"] == "10.00"
