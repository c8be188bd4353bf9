"""What payment providers tell us: verified, kept once, answered at once, acted upon."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import logging
import secrets
import time
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from tests.api.conftest import Api
from tests.factories import BuyerFactory, OfferFactory
from tests.support.server import Server
from ticketing.api.shared.webhooks import LARGEST
from ticketing.gateways.sandbox import REFUNDED, Sandbox, sign
from ticketing.models import GatewayEvent, Order, Payment, Ticket
from ticketing.services import orders, throttle
from ticketing.services.orders import Line, terms_for
from ticketing.services.payments import inbox, intents

DOORS = ("/api/webhooks/stripe/", "/api/payments/webhook/")
TAKEN = {"received": True, "message": "Event received."}


class Sale:
    """An order of two tickets, for 52.50 with the fee, whose payment is open."""

    def __init__(self) -> None:
        buyer = BuyerFactory()
        offer = OfferFactory(size=10, price=2500)
        self.order_id = orders.place(buyer, [Line(offer.id, 2)], terms=terms_for("web")).order_id
        self.reference = intents.start(buyer, self.order_id).intent.reference

    def order(self, db: SQLAlchemy) -> Order:
        db.session.expire_all()
        return db.session.get_one(Order, self.order_id)

    def payment(self, db: SQLAlchemy) -> Payment:
        db.session.expire_all()
        return db.session.scalars(db.select(Payment).filter_by(reference=self.reference)).one()


def kept(db: SQLAlchemy) -> list[GatewayEvent]:
    db.session.expire_all()
    return list(db.session.scalars(db.select(GatewayEvent).order_by(GatewayEvent.id)))


def tickets(db: SQLAlchemy) -> int:
    return db.session.scalar(db.select(db.func.count()).select_from(Ticket)) or 0


def tell(api: Api, body: bytes, signature: str | None = None, door: str = DOORS[0], **headers: str) -> Any:
    """Send an event as a provider does; its answer has passed the schema."""
    sent = {"Stripe-Signature": sign(body) if signature is None else signature, **headers}
    return api.call("POST", door, data=body, content_type="application/json", headers=sent)


def other_event(**parts: Any) -> bytes:
    thing = {"id": "cus_1", "object": "customer"}
    return json.dumps(
        {"id": "evt_1", "type": "customer.created", "data": {"object": thing}, **parts}
    ).encode()


def made_up(reference: str, kind: str = "payment_intent.succeeded") -> bytes:
    thing = {"id": reference, "object": "payment_intent", "amount": 1, "status": "succeeded"}
    return other_event(id=f"evt_{secrets.token_hex(8)}", type=kind, data={"object": thing})


# ------------------------------------------------------------------ over real HTTP


def post(server: Server, body: bytes, signature: str | None, door: str = DOORS[0]) -> tuple[int, Any, Any]:
    """Status, headers and JSON of a real request."""
    headers = {"Content-Type": "application/json", "User-Agent": "Stripe/1.0"}
    if signature is not None:
        headers["Stripe-Signature"] = signature
    try:
        with urlopen(Request(server.url + door, data=body, headers=headers), timeout=10) as answer:
            return answer.status, answer.headers, json.load(answer)
    except HTTPError as error:
        with error:
            return error.code, error.headers, json.load(error)


@pytest.mark.parametrize("door", DOORS)
def test_a_signed_event_confirms_the_order_and_a_second_one_changes_nothing(
    live_server: Server, committed: SQLAlchemy, door: str
) -> None:
    sale = Sale()
    body, signature = Sandbox().decide(sale.reference, approve=True)
    status, headers, answer = post(live_server, body, signature, door)
    assert (status, answer) == (200, TAKEN)
    assert "Set-Cookie" not in headers
    assert "X-RateLimit-Limit" not in headers
    assert (sale.order(committed).status, sale.order(committed).amount_paid) == ("confirmed", 5250)
    for other in DOORS:
        assert post(live_server, body, sign(body), other)[:3:2] == (200, TAKEN)
    assert [event.outcome for event in kept(committed)] == ["paid"]
    assert (sale.order(committed).amount_paid, tickets(committed)) == (5250, 2)


def test_a_declined_payment_leaves_the_hold(live_server: Server, committed: SQLAlchemy) -> None:
    sale = Sale()
    assert post(live_server, *Sandbox().decide(sale.reference, approve=False))[0] == 200
    assert sale.order(committed).status == "pending"
    assert sale.payment(committed).status == "declined"


def test_an_old_signature_is_refused(live_server: Server, committed: SQLAlchemy) -> None:
    sale = Sale()
    body, _signature = Sandbox().decide(sale.reference, approve=True)
    status, _headers, answer = post(live_server, body, sign(body, int(time.time()) - 301))
    assert (status, answer["code"]) == (400, "bad_signature")
    assert (sale.order(committed).status, kept(committed)) == ("pending", [])


@pytest.mark.one_database
@pytest.mark.parametrize("said", ["its length", "nothing"])
def test_a_body_that_is_too_large_is_refused_before_it_is_read(live_server: Server, said: str) -> None:
    host = live_server.url.removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=10)
    connection.putrequest("POST", DOORS[0])
    connection.putheader("Stripe-Signature", "t=1,v1=0")
    if said == "its length":
        connection.putheader("Content-Length", str(10 * LARGEST))
        connection.endheaders()
    else:
        connection.putheader("Transfer-Encoding", "chunked")
        connection.endheaders()
        for _ in range(LARGEST // 65536 + 1):
            connection.send(b"10000\r\n" + b"x" * 65536 + b"\r\n")
        connection.send(b"0\r\n\r\n")
    answer = connection.getresponse()
    known = json.load(answer)
    connection.close()
    assert (answer.status, known["status_code"]) == (413, 413)


# ------------------------------------------------------------------ signatures and bodies


@pytest.mark.parametrize("signature", ["", "t=1,v1=x", "nonsense", "t=<now>,v1=" + "0" * 64])
@pytest.mark.parametrize("door", DOORS)
def test_a_bad_signature_is_refused_and_only_the_log_knows(
    api: Api, db: SQLAlchemy, caplog: pytest.LogCaptureFixture, door: str, signature: str
) -> None:
    sale = Sale()
    body, _signature = Sandbox().decide(sale.reference, approve=True)
    with caplog.at_level(logging.WARNING, logger="ticketing"):
        answer = tell(api, body, signature.replace("<now>", str(int(time.time()))), door)
    assert (answer.status_code, answer.json["code"]) == (400, "bad_signature")
    assert (sale.order(db).status, kept(db)) == ("pending", [])
    assert "webhook_refused" in caplog.text
    assert sale.reference not in caplog.text


def test_without_a_signature_nothing_is_believed(api: Api, db: SQLAlchemy) -> None:
    answer = api.call("POST", DOORS[0], data=other_event(), content_type="application/json")
    assert (answer.status_code, answer.json["code"], kept(db)) == (400, "bad_signature", [])


def test_the_signature_is_of_exactly_what_was_sent(api: Api, db: SQLAlchemy) -> None:
    body = other_event()
    assert tell(api, body.replace(b": ", b":"), sign(body)).status_code == 400
    assert kept(db) == []


@pytest.mark.parametrize("body", [b"", b"no json", b"[1]", b"id=evt_1&type=x", b"\xff", b'{"id": "evt_1"}'])
def test_a_signed_body_that_is_no_event_is_refused(api: Api, db: SQLAlchemy, body: bytes) -> None:
    answer = tell(api, body)
    assert (answer.status_code, answer.json["code"], kept(db)) == (400, "bad_event", [])


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/x-www-form-urlencoded", ""])
def test_the_body_counts_whatever_it_is_called(api: Api, db: SQLAlchemy, kind: str) -> None:
    body = other_event()
    headers = {"Stripe-Signature": sign(body)}
    answer = api.call("POST", DOORS[0], data=body, content_type=kind, headers=headers)
    assert (answer.status_code, len(kept(db))) == (200, 1)


def test_the_largest_body_is_taken_and_one_byte_more_is_not(api: Api, db: SQLAlchemy) -> None:
    body = other_event()
    body += b" " * (LARGEST - len(body))
    assert tell(api, body + b" ").status_code == 413
    assert kept(db) == []
    assert tell(api, body).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer dead"},
        {"Origin": "https://elsewhere.example"},
        {"Cookie": "access_token=x"},
    ],
    ids=["nothing", "token", "origin", "cookie"],
)
def test_no_session_no_cookie_and_no_token_is_looked_at(
    api: Api, app: Flask, monkeypatch: pytest.MonkeyPatch, headers: dict[str, str]
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    answer = tell(api, other_event(), **headers)
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("door", DOORS)
def test_providers_may_call_as_often_as_they_have_to(
    api: Api, app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, door: str
) -> None:
    monkeypatch.setitem(app.config, "RATELIMIT_ENABLED", True)
    monkeypatch.setitem(app.config, "RATELIMIT_ANON", "1 per hour")
    monkeypatch.setitem(app.config, "RATELIMIT_STORAGE_URI", f"shared-counters://{tmp_path / 'counters'}")
    monkeypatch.setitem(app.extensions, "limits", throttle.Limits(app))
    for _ in range(3):
        answer = tell(api, other_event(), door=door)
        assert answer.status_code == 200
        assert "X-RateLimit-Limit" not in answer.headers
        assert tell(api, other_event(), "t=1,v1=x", door).status_code == 400


@pytest.mark.parametrize("door", DOORS)
def test_only_the_configured_gateway_is_believed(
    api: Api, app: Flask, db: SQLAlchemy, monkeypatch: pytest.MonkeyPatch, door: str
) -> None:
    body = other_event()
    by_sandbox = sign(body)
    monkeypatch.setitem(app.config, "PAYMENT_GATEWAY", "stripe")
    monkeypatch.setitem(app.config, "STRIPE_WEBHOOK_SECRET", "whsec_of_this_test")
    assert tell(api, body, by_sandbox, door).json["code"] == "bad_signature"
    assert kept(db) == []
    now = int(time.time())
    digest = hmac.new(b"whsec_of_this_test", f"{now}.".encode() + body, hashlib.sha256).hexdigest()
    assert tell(api, body, f"t={now},v1={digest}", door).json == TAKEN
    assert [(event.gateway, event.kind) for event in kept(db)] == [("stripe", "customer.created")]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("door", DOORS)
def test_the_doors_take_nothing_but_post(api: Api, door: str, method: str) -> None:
    assert api.call(method, door).status_code == 405


# ------------------------------------------------------------------ what is acted upon


def test_an_event_of_another_kind_is_kept_and_ignored(api: Api, db: SQLAlchemy) -> None:
    assert tell(api, other_event()).json == TAKEN
    (event,) = kept(db)
    assert (event.kind, event.outcome) == ("customer.created", "ignored: about no payment")


def test_an_event_of_an_unknown_payment_is_kept_and_changes_nothing(api: Api, db: SQLAlchemy) -> None:
    assert tell(api, made_up("sbx_" + "0" * 32)).json == TAKEN
    (event,) = kept(db)
    assert event.reference == "sbx_" + "0" * 32
    assert db.session.scalars(db.select(Payment)).all() == []


def test_a_payment_that_only_the_gateway_knows_is_kept_and_ignored(api: Api, db: SQLAlchemy) -> None:
    foreign = Sandbox().open_intent(
        idempotency_key=secrets.token_hex(8), amount=1, currency="USD", details={}
    )
    assert tell(api, *Sandbox().decide(foreign.reference, approve=True)).json == TAKEN
    (event,) = kept(db)
    assert event.outcome == "ignored: unknown payment"


def test_what_an_event_claims_is_not_believed_but_looked_up(api: Api, db: SQLAlchemy) -> None:
    sale = Sale()
    assert tell(api, made_up(sale.reference)).status_code == 200
    assert (sale.order(db).status, tickets(db)) == ("pending", 0)
    assert tell(api, *Sandbox().decide(sale.reference, approve=True)).status_code == 200
    assert (sale.order(db).status, tickets(db)) == ("confirmed", 2)


def test_a_cancelled_payment_can_not_be_made_any_more(api: Api, db: SQLAlchemy) -> None:
    sale = Sale()
    Sandbox().cancel(sale.reference)
    assert tell(api, *Sandbox().event(sale.reference)).status_code == 200
    assert (sale.payment(db).status, sale.order(db).status) == ("cancelled", "pending")


def test_a_refund_made_at_the_gateway_is_noticed(api: Api, db: SQLAlchemy) -> None:
    sale = Sale()
    tell(api, *Sandbox().decide(sale.reference, approve=True))
    Sandbox().refund(sale.reference, 5250, idempotency_key=f"by hand {sale.reference}")
    assert tell(api, *Sandbox().event(sale.reference, REFUNDED)).status_code == 200
    assert [event.kind for event in kept(db)] == ["payment_intent.succeeded", "charge.refunded"]
    assert kept(db)[-1].processed_at is not None


def test_the_answer_is_200_when_acting_on_it_fails_and_a_job_does_it_later(
    api: Api, db: SQLAlchemy, monkeypatch: pytest.MonkeyPatch
) -> None:
    sale = Sale()
    body, signature = Sandbox().decide(sale.reference, approve=True)

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("not now")

    with monkeypatch.context() as patch:
        patch.setattr(inbox, "settle", broken)
        assert tell(api, body, signature).json == TAKEN
        assert tell(api, body).json == TAKEN
    assert (sale.order(db).status, len(kept(db))) == ("pending", 1)
    kept(db)[0].leased_until = None
    db.session.commit()
    assert inbox.process_waiting() == 1
    assert sale.order(db).status == "confirmed"
