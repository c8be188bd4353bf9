"""One order, whichever door it came through: the same rows, the same stock, the same money; and every door
tells of it in its own words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import select

from tests.api.conftest import Api, event_of
from tests.api.deeds import stock
from tests.factories import OfferFactory, UserFactory
from tests.invariants.stock import assert_stock_adds_up
from tests.web.conftest import browser_of
from tests.web.page import Page
from ticketing import clock
from ticketing.gateways.sandbox import NAME, Sandbox
from ticketing.models import (
    ActivityLog,
    LedgerEntry,
    Offer,
    Order,
    OrderItem,
    OutboxMessage,
    Payment,
    Refund,
    Ticket,
    User,
)
from ticketing.models.types import table
from ticketing.policy import Actor
from ticketing.services import orders, refunds
from ticketing.services.payments import checking, inbox

#: Two tickets at 25.00; where there is a fee, it is five per cent.
PRICE, QUANTITY, FEE = 2500, 2, 250


class Shop:
    """One buyer, with a program and a browser."""

    def __init__(self, app: Flask, api: Api, db: SQLAlchemy) -> None:
        user: User = UserFactory(first_name="Grace", last_name="Hopper")
        self.db, self.user_id, self.email = db, user.id, user.email
        self.by: Api = api.by(user)
        self.browser: FlaskClient = browser_of(app, user)

    @property
    def actor(self) -> Actor:
        return Actor.of(self.db.session.get_one(User, self.user_id))

    def offer(self) -> Offer:
        return OfferFactory(price=PRICE, size=10, ticket_type__name="Stalls")

    def order(self, number: int) -> Order:
        self.db.session.expire_all()
        return self.db.session.get_one(Order, number)

    def newest(self) -> int:
        number = self.db.session.scalar(select(Order.id).order_by(Order.id.desc()).limit(1))
        assert number is not None
        return number

    def all(self, model: type, number: int) -> list[Any]:
        """The rows of an order in another table."""
        self.db.session.expire_all()
        rows = select(model).where(model.order_id == number).order_by(model.id)  # type: ignore[attr-defined]
        return list(self.db.session.scalars(rows))

    def decide(self, number: int, *, approve: bool = True) -> None:
        """The payer makes up their mind."""
        (payment,) = self.all(Payment, number)
        inbox.receive(NAME, *Sandbox().decide(payment.reference, approve))


@pytest.fixture
def shop(app: Flask, api: Api, db: SQLAlchemy) -> Shop:
    return Shop(app, api, db)


# ---------------------------------------------------------------- through which doors


def fine(answer: Any) -> Any:
    assert answer.status_code < 400, answer.text
    return answer


def book_at_btick(shop: Shop, offer: Offer) -> None:
    fine(shop.by.post("/api/v1/bookings/", {"event_ticket": offer.id, "quantity": QUANTITY}))


def book_at_secureticket(shop: Shop, offer: Offer) -> None:
    fine(shop.by.post("/api/bookings/", {"event": offer.event_id, "seats_booked": QUANTITY}))


def order_at_easyticket(shop: Shop, offer: Offer) -> None:
    items = [{"ticket_type_id": offer.ticket_type_id, "quantity": QUANTITY}]
    fine(shop.by.post("/api/orders/", {"event": offer.event_id, "items": items}))


def order_on_the_pages(shop: Shop, offer: Offer) -> None:
    address = f"/checkout/{event_of(offer).slug}?offer_{offer.id}={QUANTITY}"
    form = {"name": "Grace Hopper", "email": shop.email, "phone": "", "once": f"form-{offer.id}"}
    fine(shop.browser.post(address, data=form))


def pay_by_secureticket(shop: Shop, order: Order) -> None:
    fine(shop.by.post("/api/payments/create-payment-intent/", {"booking_id": order.id}))


def pay_by_easyticket(shop: Shop, order: Order) -> None:
    fine(shop.by.post(f"/api/orders/{order.id}/create-payment-intent/"))


def pay_on_the_pages(shop: Shop, order: Order) -> None:
    fine(shop.browser.post(f"/orders/{order.uuid}/pay"))


def cancel_at_btick(shop: Shop, order: Order) -> None:
    fine(shop.by.patch(f"/api/v1/bookings/{order.id}/cancel/"))


def cancel_at_secureticket(shop: Shop, order: Order) -> None:
    fine(shop.by.post(f"/api/bookings/{order.id}/cancel/"))


def refund_at_easyticket(shop: Shop, order: Order) -> None:
    fine(shop.by.post(f"/api/orders/{order.id}/refund/"))


def cancel_on_the_pages(shop: Shop, order: Order) -> None:
    fine(shop.browser.post(f"/bookings/{order.uuid}/cancel"))


@dataclass(frozen=True)
class Door:
    """How one orders, pays and takes back there; the fee when an order is placed, and when it is paid."""

    buy: Callable[[Shop, Offer], None]
    pay: Callable[[Shop, Order], None]
    take_back: Callable[[Shop, Order], None]
    fee: int = 0
    fee_when_paid: int = 0


DOORS = {
    # A booking of BTick's is paid at SecureTicket's URL: it is the same order.
    "btick": Door(book_at_btick, pay_by_secureticket, cancel_at_btick),
    "secureticket": Door(book_at_secureticket, pay_by_secureticket, cancel_at_secureticket),
    "easyticket": Door(order_at_easyticket, pay_by_easyticket, refund_at_easyticket, 0, FEE),
    "web": Door(order_on_the_pages, pay_on_the_pages, cancel_on_the_pages, FEE, FEE),
}

#: Columns that differ from order to order, or from door to door for a reason that is tested apart.
KEYS = (
    "id",
    "uuid",
    "number",
    "organization_id",
    "event_id",
    "offer_id",
    "order_id",
    "order_item_id",
    "payment_id",
)
OWN = ("channel", "created_at", "updated_at", "reference", "gateway_reference", "code_hash", "details")
WORDS = ("cancellation_reason", "reason")
FEES = ("fee", "service_fee", "gateway_fee")
#: Amounts that the buyer's fee is part of.
WITH_FEE = ("amount_due", "amount_paid", "amount_refunded", "amount", "amount_received")


def plain(row: Any, fee: int) -> dict[str, Any]:
    """What every door has to write alike: moments as whether they are there, amounts without the fee."""
    values = {}
    for column in table(type(row)).c:
        value = getattr(row, column.name)
        if column.name in (*KEYS, *OWN, *WORDS, *FEES):
            continue
        if column.name.endswith("_at"):
            value = value is not None
        if column.name in WITH_FEE and value:
            value -= fee
        values[column.name] = value
    return values


def kept(shop: Shop, number: int, offer: Offer, fee: int) -> dict[str, Any]:
    """Everything that the database holds of an order."""
    order = shop.order(number)
    assert (order.event_id, order.user_id) == (offer.event_id, shop.user_id)
    deeds = select(ActivityLog.action).where(
        ActivityLog.object_type == "order", ActivityLog.object_id == number
    )
    owed = select(LedgerEntry.kind, LedgerEntry.amount).where(
        LedgerEntry.order_id == number,
        LedgerEntry.account == "organization",
        LedgerEntry.kind != "gateway_fee",
    )
    return {
        "order": plain(order, fee),
        "items": [plain(row, 0) for row in shop.all(OrderItem, number)],
        "payments": [plain(row, fee) for row in shop.all(Payment, number)],
        "refunds": [plain(row, fee) for row in shop.all(Refund, number)],
        "tickets": [plain(row, 0) for row in shop.all(Ticket, number)],
        "stock": stock(shop.db, offer),
        "owed to the organization": sorted(tuple(row) for row in shop.db.session.execute(owed)),
        "deeds": sorted(shop.db.session.scalars(deeds)),
        "messages": sorted(row.kind for row in shop.all(OutboxMessage, number)),
    }


def give_back_what_was_promised(shop: Shop, number: int) -> None:
    """What the outbox does, where a door has not done it at once."""
    for refund in shop.all(Refund, number):
        refunds.carry_out(refund.id)


def bought(shop: Shop, door: Door) -> dict[str, dict[str, Any]]:
    """What the database holds at each stage of an order that goes through this door; the fees apart."""
    offer = shop.offer()
    door.buy(shop, offer)
    number = shop.newest()
    fees, stages = [shop.order(number).fee], {"placed": kept(shop, number, offer, door.fee)}
    order = shop.order(number)
    assert order.expires_at is not None
    assert order.expires_at - order.created_at == timedelta(minutes=15)
    door.pay(shop, order)
    fees.append(shop.order(number).fee)
    stages["payment started"] = kept(shop, number, offer, door.fee_when_paid)
    shop.decide(number)
    stages["confirmed"] = kept(shop, number, offer, door.fee_when_paid)
    assert_money_adds_up(shop, number, door.fee_when_paid)
    door.take_back(shop, shop.order(number))
    give_back_what_was_promised(shop, number)
    stages["given back"] = kept(shop, number, offer, door.fee_when_paid)
    assert fees == [door.fee, door.fee_when_paid]
    return stages


def assert_money_adds_up(shop: Shop, number: int, fee: int) -> None:
    entries = shop.all(LedgerEntry, number)
    assert sum(entry.amount for entry in entries) == 0
    assert -sum(entry.amount for entry in entries if entry.account == "fees") == fee
    (payment,) = shop.all(Payment, number)
    assert (payment.amount, payment.service_fee) == (PRICE * QUANTITY + fee, fee)


@pytest.mark.parametrize("name", [name for name in DOORS if name != "btick"])
def test_an_order_is_the_same_whichever_door_it_came_through(shop: Shop, name: str) -> None:
    ours, theirs = bought(shop, DOORS[name]), bought(shop, DOORS["btick"])
    for stage in theirs:
        for what in theirs[stage]:
            assert ours[stage][what] == theirs[stage][what], f"{stage}: {what}"
    assert theirs["placed"]["stock"] == (QUANTITY, 0)
    assert theirs["confirmed"]["stock"] == (0, QUANTITY)
    assert theirs["given back"]["stock"] == (0, 0)
    assert_stock_adds_up(shop.db.session)


# ---------------------------------------------------------------- in which words


def let_it_wait(_shop: Shop, _order: Order) -> None:
    """Nothing happens."""


def start(shop: Shop, order: Order) -> None:
    pay_by_easyticket(shop, order)


def pay(shop: Shop, order: Order) -> None:
    start(shop, order)
    shop.decide(order.id)


def give_some_back(shop: Shop, order: Order) -> None:
    pay(shop, order)
    fine(shop.by.post(f"/api/orders/{order.id}/refund/", {"amount": 10}))


def cancel(shop: Shop, order: Order) -> None:
    fine(shop.by.post(f"/api/orders/{order.id}/cancel/"))


def start_and_cancel(shop: Shop, order: Order) -> None:
    start(shop, order)
    cancel(shop, order)


def cancel_and_withdraw(shop: Shop, order: Order) -> None:
    start_and_cancel(shop, order)
    (payment,) = shop.all(Payment, order.id)
    checking.withdraw(payment.id)


def give_all_back(shop: Shop, order: Order) -> None:
    pay(shop, order)
    fine(shop.by.post(f"/api/orders/{order.id}/refund/"))


def expire(shop: Shop, order: Order) -> None:
    shop.order(order.id).expires_at = clock.now() - timedelta(seconds=1)
    shop.db.session.commit()
    assert orders.expire_due() == 1


def decline(shop: Shop, order: Order) -> None:
    start(shop, order)
    shop.decide(order.id, approve=False)


@dataclass(frozen=True)
class Words:
    """How an order in some state reads at each door; EasyTicket's declines end an order (003, Webhooks)."""

    btick: str
    secureticket: str
    payment: str
    easyticket: str
    pages: str


STATES: dict[str, tuple[Callable[[Shop, Order], None], Words]] = {
    "pending": (let_it_wait, Words("PENDING", "pending", "pending", "pending", "Waiting for payment")),
    "an intent is open": (
        start,
        Words("PENDING", "pending", "processing", "processing", "Waiting for payment"),
    ),
    "confirmed": (pay, Words("CONFIRMED", "confirmed", "paid", "confirmed", "Confirmed")),
    "partly refunded": (
        give_some_back,
        Words("CONFIRMED", "confirmed", "paid", "confirmed", "Confirmed, partly refunded"),
    ),
    "cancelled": (cancel, Words("CANCELLED", "cancelled", "pending", "cancelled", "Cancelled")),
    "cancelled while it was paid": (
        start_and_cancel,
        Words("CANCELLED", "cancelled", "processing", "cancelled", "Cancelled"),
    ),
    "cancelled, and its intent withdrawn": (
        cancel_and_withdraw,
        Words("CANCELLED", "cancelled", "processing", "cancelled", "Cancelled"),
    ),
    "all given back": (
        give_all_back,
        Words("CANCELLED", "cancelled", "refunded", "refunded", "Cancelled, refunded"),
    ),
    "expired": (expire, Words("CANCELLED", "cancelled", "failed", "failed", "Expired")),
    "failed": (decline, Words("CANCELLED", "cancelled", "failed", "failed", "Payment failed")),
}


def read_one(shop: Shop, order: Order) -> Words:
    by, page = shop.by, Page(shop.browser.get(f"/bookings/{order.uuid}"))
    standing = fine(by.get(f"/api/payments/status/{order.id}/")).json
    booking = fine(by.get(f"/api/bookings/{order.id}/")).json
    assert (standing["status"], standing["payment_status"]) == (booking["status"], booking["payment_status"])
    return Words(
        fine(by.get(f"/api/v1/bookings/{order.id}/")).json["status"],
        booking["status"],
        booking["payment_status"],
        fine(by.get(f"/api/orders/{order.id}/")).json["status"],
        page.text,
    )


def read_list(shop: Shop) -> Words:
    (booked,) = fine(shop.by.get("/api/v1/bookings/")).json
    (seats,) = fine(shop.by.get("/api/bookings/")).json
    (ordered,) = fine(shop.by.get("/api/orders/")).json["results"]
    page = Page(shop.browser.get("/bookings/"))
    return Words(booked["status"], seats["status"], seats["payment_status"], ordered["status"], page.text)


@pytest.mark.parametrize("state", list(STATES))
def test_every_door_has_its_word_for_each_state_of_an_order(shop: Shop, state: str) -> None:
    deed, words = STATES[state]
    order_at_easyticket(shop, shop.offer())
    order = shop.order(shop.newest())
    deed(shop, order)
    for read in (read_one(shop, shop.order(order.id)), read_list(shop)):
        assert words.pages in read.pages
        assert (read.btick, read.secureticket, read.payment, read.easyticket) == (
            words.btick,
            words.secureticket,
            words.payment,
            words.easyticket,
        )


def test_what_an_order_costs_is_the_same_at_every_door(shop: Shop) -> None:
    order_on_the_pages(shop, shop.offer())
    order = shop.order(shop.newest())
    by, key = shop.by, order.uuid
    assert by.get(f"/api/v1/bookings/{key}/").json["total_price"] == 52.5
    assert by.get(f"/api/bookings/{key}/").json["total_price"] == "52.50"
    assert by.get(f"/api/payments/status/{key}/").json["amount"] == "52.50"
    shown = by.get(f"/api/orders/{key}/").json
    assert (shown["subtotal"], shown["service_fee"], shown["total_amount"]) == ("50.00", "2.50", "52.50")
    assert "$52.50" in Page(shop.browser.get(f"/orders/{key}/pay")).text
