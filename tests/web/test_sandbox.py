"""The sandbox's test page, and the events that it sends us over HTTP."""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy

from tests.factories import BuyerFactory, EventFactory, OfferFactory, SupportFactory, UserFactory
from tests.support.server import Server
from tests.web.conftest import browser_of
from tests.web.page import Page
from ticketing import clock
from ticketing.errors import GatewayDown
from ticketing.gateways import Observed
from ticketing.gateways import sandbox as gateway
from ticketing.gateways.sandbox import NAME, Sandbox, sign
from ticketing.jobs import outbox
from ticketing.jobs import sandbox as sending
from ticketing.models import GatewayEvent, Order, OutboxMessage, Payment, Quota, User
from ticketing.policy import Actor
from ticketing.services import orders
from ticketing.services.orders import Line
from ticketing.services.payments import inbox, sandbox_desk

BUYER = {"name": "Grace Hopper", "email": "grace@example.org", "phone": "", "once": "form-1"}


class Sale:
    """Somebody's order of two tickets for the lantern walk ($52.50), as far as the sandbox's page."""

    def __init__(self, app: Flask, db: SQLAlchemy, user: User, size: int = 10) -> None:
        self.db = db
        offer = OfferFactory(
            event=EventFactory(slug="lantern-walk", title="Lantern Walk"), price=2500, size=size
        )
        self.offer_id, self.quota_id = offer.id, offer.quota_id
        self.browser: FlaskClient = browser_of(app, user)
        placed = self.browser.post(f"/checkout/lantern-walk?offer_{offer.id}=2", data=BUYER)
        self.pay = str(placed.location)
        self.desk = str(self.browser.post(self.pay).location)
        self.reference = self.desk.rsplit("/", 1)[-1]
        self.result = self.pay.removesuffix("/pay")

    def decide(self, decision: str) -> Any:
        return self.browser.post(self.desk, data={"decision": decision})

    @property
    def order(self) -> Order:
        self.db.session.expire_all()
        return self.db.session.scalars(self.db.select(Order).filter_by(channel="web")).one()

    @property
    def payment(self) -> Payment:
        self.db.session.expire_all()
        return self.db.session.scalars(self.db.select(Payment).filter_by(reference=self.reference)).one()

    @property
    def stock(self) -> tuple[int, int]:
        """``(held, sold)``."""
        row = self.db.select(Quota.held, Quota.sold).filter_by(id=self.quota_id)
        return tuple(self.db.session.execute(row).one())

    def promised(self, kind: str = sandbox_desk.WEBHOOK) -> list[OutboxMessage]:
        self.db.session.expire_all()
        rows = self.db.select(OutboxMessage).filter_by(kind=kind).order_by(OutboxMessage.id)
        return list(self.db.session.scalars(rows))

    def kept(self) -> list[GatewayEvent]:
        self.db.session.expire_all()
        return list(self.db.session.scalars(self.db.select(GatewayEvent)))


@pytest.fixture
def sale(app: Flask, db: SQLAlchemy, user: User) -> Sale:
    return Sale(app, db, user)


# ------------------------------------------------------------------ the page


def test_the_page_shows_what_is_paid_for_and_four_ways_on(sale: Sale) -> None:
    page = Page(sale.browser.get(sale.desk))
    for words in ("Sandbox", "Lantern Walk", "$52.50", f"Order {sale.order.number}", "We keep your tickets"):
        assert words in page.text
    assert page.form("").buttons == [
        "Approve payment",
        "Decline payment",
        "Pay later than allowed",
        "Close the window",
    ]
    assert page.link("Back to the order") == sale.pay


@pytest.mark.parametrize("decision", ["", "refund", "APPROVE"])
def test_another_decision_is_none(sale: Sale, decision: str) -> None:
    assert sale.decide(decision).status_code == 400
    assert Sandbox().look_up(sale.reference).state == "open"
    assert sale.promised() == []


def test_without_the_form_of_the_page_nothing_is_decided(
    sale: Sale, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    assert sale.decide("approve").status_code == 400
    assert Sandbox().look_up(sale.reference).state == "open"


@pytest.mark.parametrize("decision", ["approve", "decline", "late", "close"])
def test_nobody_else_decides(sale: Sale, app: Flask, decision: str) -> None:
    stranger, support = browser_of(app, UserFactory()), browser_of(app, UserFactory(is_support=True))
    for browser, seen in ((stranger, 404), (support, 200)):
        assert browser.get(sale.desk).status_code == seen
    assert stranger.post(sale.desk, data={"decision": decision}).status_code == 404
    assert support.post(sale.desk, data={"decision": decision}).status_code == 403
    assert stranger.get(f"{sale.desk}/closed").status_code == 404
    assert Sandbox().look_up(sale.reference).status == "requires_payment_method"
    assert sale.promised() == sale.promised(sandbox_desk.DECIDE) == []


def test_with_another_gateway_there_is_no_such_page(
    app_on: Callable[[str], Flask], database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("STRIPE_SECRET_KEY", "STRIPE_PUBLISHABLE_KEY", "STRIPE_WEBHOOK_SECRET")
    monkeypatch.setenv("PAYMENT_GATEWAY", "stripe")
    monkeypatch.setenv("STRIPE_API_BASE", "http://127.0.0.1:1")
    for name in names:
        monkeypatch.setenv(name, "sk_test_x")
    paths = {rule.rule for rule in app_on(database.url).url_map.iter_rules()}
    assert not [path for path in paths if path.startswith("/sandbox")]
    assert "/api/webhooks/stripe/" in paths


# ------------------------------------------------------------------ approve, decline


def test_who_approves_sees_the_tickets_at_once_and_the_provider_tells_us_later(sale: Sale) -> None:
    answer = sale.decide("approve")
    assert (answer.status_code, answer.location) == (303, sale.result)
    assert (sale.order.status, sale.order.amount_paid, sale.stock) == ("confirmed", 5250, (0, 2))
    assert "You are going!" in Page(sale.browser.get(sale.result)).text
    (message,) = sale.promised()
    event = Sandbox().read_event(*Sandbox().event(sale.reference))
    assert message.payload == {
        "event": event.event_id,
        "event_kind": "payment_intent.succeeded",
        "reference": sale.reference,
        "order_id": sale.order.id,
    }
    assert (message.order_id, message.status) == (sale.order.id, "queued")
    assert sale.kept() == []


def test_who_declines_keeps_the_tickets_and_tries_again(sale: Sale) -> None:
    result = sale.decide("decline").location
    assert sale.browser.get(result).location == sale.pay
    assert "Your payment was declined" in Page(sale.browser.get(sale.pay)).text
    assert (sale.order.status, sale.payment.status, sale.stock) == ("pending", "declined", (2, 0))
    assert [message.payload["event_kind"] for message in sale.promised()] == ["payment_intent.payment_failed"]
    second = sale.browser.post(sale.pay).location
    assert second != sale.desk
    sale.browser.post(second, data={"decision": "approve"})
    assert (sale.order.status, sale.stock) == ("confirmed", (0, 2))


@pytest.mark.parametrize("decision", ["approve", "decline", "late", "close"])
def test_a_decided_payment_leads_to_its_result(sale: Sale, decision: str) -> None:
    sale.decide("approve")
    assert sale.decide(decision).location == sale.result
    assert sale.browser.get(sale.desk).location == sale.result
    assert (sale.order.amount_paid, len(sale.promised())) == (5250, 1)


def test_a_decision_counts_though_the_gateway_is_silent_afterwards(
    sale: Sale, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("ticketing.web.sandbox.checking.check", _silent)
        assert sale.decide("approve").location == sale.result
    assert sale.order.status == "pending"
    with monkeypatch.context() as patch:
        patch.setattr(Sandbox, "look_up", _silent)
        page = Page(sale.browser.get(sale.pay))
        assert (page.status, "Your payment is still being checked" in page.text) == (200, True)
        assert "Pay $52.50" in page.text
    assert sale.browser.get(sale.pay).location == sale.result
    assert sale.order.status == "confirmed"


def _silent(*_: Any) -> None:
    raise GatewayDown


# ------------------------------------------------------------------ asking the gateway


def test_whoever_comes_back_to_the_order_sees_what_the_gateway_knows(sale: Sale) -> None:
    Sandbox().decide(sale.reference, approve=True)
    assert "You are going!" in Page(sale.browser.get(sale.result)).text
    assert sale.browser.get(sale.pay).location == sale.result
    assert (sale.order.status, sale.stock) == ("confirmed", (0, 2))


def test_money_that_is_under_way_is_not_asked_for_again(sale: Sale, monkeypatch: pytest.MonkeyPatch) -> None:
    under_way = Observed("open", 5250, "USD", status="processing", is_final=False)
    monkeypatch.setattr(Sandbox, "look_up", lambda *_: under_way)
    assert sale.browser.get(sale.pay).location == sale.result
    assert "Your payment is on its way" in Page(sale.browser.get(sale.result)).text
    assert (sale.order.status, sale.stock) == ("pending", (2, 0))


def test_a_decline_that_nobody_told_us_of_is_seen_too(sale: Sale) -> None:
    Sandbox().decide(sale.reference, approve=False)
    assert "Your payment was declined" in Page(sale.browser.get(sale.pay)).text


def test_after_the_hold_a_silent_gateway_leaves_the_question_open(
    sale: Sale, monkeypatch: pytest.MonkeyPatch
) -> None:
    Sandbox().decide(sale.reference, approve=True)
    with time_machine.travel(clock.now() + timedelta(minutes=16), tick=False):
        with monkeypatch.context() as patch:
            patch.setattr(Sandbox, "look_up", _silent)
            page = Page(sale.browser.get(sale.result))
        assert "Your payment is still being checked" in page.headings
        assert "Nothing was charged" not in page.text
        assert "You are going!" in Page(sale.browser.get(sale.result)).text


def test_the_gateway_is_asked_only_where_a_payment_is_open(
    sale: Sale, monkeypatch: pytest.MonkeyPatch
) -> None:
    sale.decide("decline")
    asked: list[Any] = []
    monkeypatch.setattr(Sandbox, "look_up", lambda _self, reference: asked.append(reference))
    assert sale.browser.get(sale.pay).status_code == 200
    assert asked == []


def test_a_payment_that_the_gateway_has_forgotten_hides_no_order(
    sale: Sale, app: Flask, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "INSTANCE", tmp_path)
    assert sale.browser.get(sale.desk).status_code == 404
    assert "still being checked" in Page(sale.browser.get(sale.pay)).text


# ------------------------------------------------------------------ pay later than allowed


def _after_the_hold(sale: Sale, **more: float) -> time_machine.travel:
    assert sale.order.expires_at is not None
    return time_machine.travel(sale.order.expires_at + timedelta(**more), tick=False)


def test_a_late_payment_is_promised_for_after_the_hold_and_the_page_says_so(sale: Sale) -> None:
    answer = sale.decide("late")
    assert (answer.status_code, answer.location) == (303, sale.desk)
    (message,) = sale.promised(sandbox_desk.DECIDE)
    assert message.due_at == sale.order.expires_at + timedelta(seconds=5)
    assert message.payload == {"reference": sale.reference, "order_id": sale.order.id}
    page = Page(sale.browser.get(sale.desk))
    assert "This payment is under way" in page.headings
    assert ("time", {"datetime": message.due_at.isoformat()}) in page.attributes
    assert page.link("To your booking") == sale.result.replace("/orders/", "/bookings/")
    assert [form for form in page.forms if form.action == ""] == []
    assert sale.browser.get(page.link("To your booking")).status_code == 200
    assert (sale.order.status, sale.stock) == ("pending", (2, 0))


def test_asking_for_it_twice_promises_it_once(sale: Sale) -> None:
    sale.decide("late")
    assert sale.decide("late").location == sale.desk
    assert len(sale.promised(sandbox_desk.DECIDE)) == 1


def test_a_late_payment_is_seated_again_where_tickets_are_left(sale: Sale) -> None:
    sale.decide("late")
    with _after_the_hold(sale, seconds=1):
        assert orders.expire_due() == 1
        outbox.deliver_due()  # the order is over: its payment is withdrawn, which comes too late
        assert (sale.order.status, sale.stock) == ("expired", (0, 0))
        assert "This payment is under way" in Page(sale.browser.get(sale.desk)).headings
    with _after_the_hold(sale, seconds=6):
        outbox.deliver_due()
        assert Sandbox().look_up(sale.reference).state == "paid"
        inbox.receive(NAME, *Sandbox().event(sale.reference))
        assert (sale.order.status, sale.stock) == ("confirmed", (0, 2))
        assert [message.payload["event_kind"] for message in sale.promised()] == ["payment_intent.succeeded"]


def test_a_late_payment_is_given_back_where_none_are_left(app: Flask, db: SQLAlchemy, user: User) -> None:
    sale = Sale(app, db, user, size=2)
    sale.decide("late")
    with _after_the_hold(sale, seconds=6):
        orders.expire_due()
        orders.place(BuyerFactory(), [Line(sale.offer_id, 1)], terms=orders.terms_for("btick"))
        outbox.deliver_due()
        page = Page(sale.browser.get(sale.result))
        assert "You get all of it back" in page.text
        outbox.deliver_due()
        assert Sandbox().look_up(sale.reference).refunded == 5250
    assert (sale.order.status, sale.order.amount_refunded) == ("expired", 5250)


def test_without_a_hold_it_is_approved_at_once(sale: Sale) -> None:
    """Support confirmed the order while its payment was open."""
    orders.confirm(SupportFactory(), sale.order.id)
    assert sale.order.expires_at is None
    buyer = sale.db.session.get_one(User, sale.order.user_id)
    sandbox_desk.decide_late(Actor.of(buyer), sale.reference)
    (message,) = sale.promised(sandbox_desk.DECIDE)
    assert message.due_at <= clock.now()


def test_what_ended_otherwise_meanwhile_stays_so(sale: Sale) -> None:
    sale.decide("late")
    Sandbox().decide(sale.reference, approve=False)
    sandbox_desk.approve_promised(sale.reference)
    assert Sandbox().look_up(sale.reference).state == "declined"
    assert [message.payload["event_kind"] for message in sale.promised()] == ["payment_intent.payment_failed"]


def test_approving_again_after_a_crash_tells_the_same(sale: Sale) -> None:
    sale.decide("late")
    for _ in range(2):
        sandbox_desk.approve_promised(sale.reference)
    first, second = sale.promised()
    assert first.payload == second.payload


# ------------------------------------------------------------------ close the window


def test_who_closes_the_window_is_not_led_back_and_the_order_waits_for_the_webhook(sale: Sale) -> None:
    answer = sale.decide("close")
    assert (answer.status_code, answer.location) == (303, f"{sale.desk}/closed")
    page = Page(sale.browser.get(answer.location))
    assert "The payment was made" in page.headings
    assert "You can close this window" in page.text
    assert page.link("My bookings") == "/bookings/"
    assert (Sandbox().look_up(sale.reference).state, sale.order.status) == ("paid", "pending")
    inbox.receive(NAME, *Sandbox().event(sale.reference))
    assert sale.order.status == "confirmed"
    assert Page(sale.browser.get(answer.location)).headings == page.headings


def test_a_window_is_not_closed_over_a_payment_that_was_not_made(sale: Sale) -> None:
    assert sale.browser.get(f"{sale.desk}/closed").location == sale.desk


# ------------------------------------------------------------------ over HTTP


@pytest.fixture
def live_sale(
    live_server: Server, committed: SQLAlchemy, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> Sale:
    """The same, with a real server whose address the jobs know."""
    monkeypatch.setitem(app.config, "MAIL_BASE_URL", live_server.url)
    return Sale(app, committed, UserFactory())


@pytest.mark.parametrize(
    ("decision", "status", "payment", "stock"),
    [
        ("approve", "confirmed", "paid", (0, 2)),
        ("close", "confirmed", "paid", (0, 2)),
        ("decline", "pending", "declined", (2, 0)),
    ],
)
def test_the_job_tells_our_inbox_over_http(
    live_sale: Sale, decision: str, status: str, payment: str, stock: tuple[int, int]
) -> None:
    live_sale.decide(decision)
    outbox.deliver_due()
    (message,) = live_sale.promised()
    assert message.status == "sent", message.last_error
    (event,) = live_sale.kept()
    assert (event.event_id, event.outcome) == (message.payload["event"], payment)
    assert (live_sale.order.status, live_sale.payment.status) == (status, payment)
    assert live_sale.stock == stock


def test_a_late_payment_arrives_over_http(live_sale: Sale) -> None:
    live_sale.decide("late")
    with _after_the_hold(live_sale, seconds=6):
        orders.expire_due()
        outbox.deliver_due()
        assert (live_sale.order.status, live_sale.stock) == ("confirmed", (0, 2))
        assert [message.status for message in live_sale.promised()] == ["sent"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_while_the_server_is_down_the_event_waits(
    live_sale: Sale, live_server: Server, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    live_sale.decide("close")
    monkeypatch.setitem(app.config, "MAIL_BASE_URL", f"http://127.0.0.1:{_free_port()}")
    outbox.deliver_due()
    (message,) = live_sale.promised()
    assert (message.status, message.attempts) == ("queued", 1)
    assert "refused" in message.last_error.lower()
    assert (live_sale.order.status, live_sale.kept()) == ("pending", [])
    monkeypatch.setitem(app.config, "MAIL_BASE_URL", live_server.url)
    with time_machine.travel(clock.now() + timedelta(seconds=11), tick=False):
        outbox.deliver_due()
    (message,) = live_sale.promised()
    assert (message.status, message.attempts, message.last_error) == ("sent", 2, "")
    assert live_sale.order.status == "confirmed"


def test_a_signature_is_made_when_it_is_sent(live_sale: Sale) -> None:
    """An event that waited for an hour is believed all the same."""
    live_sale.decide("close")
    with time_machine.travel(clock.now() + timedelta(minutes=10), tick=False):
        outbox.deliver_due()
    assert live_sale.order.status == "confirmed"


def test_an_inbox_that_refuses_gets_it_again(live_sale: Sale, monkeypatch: pytest.MonkeyPatch) -> None:
    live_sale.decide("close")
    with monkeypatch.context() as patch:
        patch.setattr(gateway, "sign", lambda body: sign(body, 1))
        outbox.deliver_due()
    (message,) = live_sale.promised()
    assert message.status == "queued"
    assert "the inbox answered 400" in message.last_error
    assert live_sale.kept() == []


class _Elsewhere(http.server.BaseHTTPRequestHandler):
    """Leads everybody on, and notes who came."""

    came: list[str] = []
    status = 302

    def do_POST(self) -> None:
        self.came.append(self.path)
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.status)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST

    def log_message(self, *args: Any) -> None:
        """Nothing."""


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(_Elsewhere, "came", [])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Elsewhere)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 404, 500, 503])
def test_an_answer_that_is_no_success_is_no_delivery(
    elsewhere: str, app: Flask, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setattr(_Elsewhere, "status", status)
    with pytest.raises(OSError, match=f"the inbox answered {status}"):
        sending.post(f"{elsewhere}/inbox", b"{}", "t=1,v1=x")
    assert _Elsewhere.came == ["/inbox"]


def test_a_proxy_of_the_machine_is_not_asked(
    elsewhere: str, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_Elsewhere, "status", 200)
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{_free_port()}")
    monkeypatch.delenv("no_proxy", raising=False)
    sending.post(f"{elsewhere}/inbox", b"{}", "t=1,v1=x")
    assert _Elsewhere.came == ["/inbox"]
