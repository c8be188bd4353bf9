"""The sandbox behaves like a provider that could be trusted with money."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import stripe
from flask import Flask

from ticketing import gateways
from ticketing.errors import GatewayDown, Invalid, NotFound
from ticketing.gateways import Declined
from ticketing.gateways.sandbox import CANCELED, FAILED, REFUNDED, SUCCEEDED, Sandbox, sign
from ticketing.transaction import TransactionOpen, transactional

#: The file as it was before charges knew what they are for.
OLD_BOOKS = """
CREATE TABLE charges (
    reference TEXT PRIMARY KEY, idempotency_key TEXT UNIQUE NOT NULL, client_secret TEXT NOT NULL,
    amount INTEGER NOT NULL, currency TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'open',
    refunded INTEGER NOT NULL DEFAULT 0 CHECK (refunded BETWEEN 0 AND amount));
CREATE TABLE refunds (
    idempotency_key TEXT PRIMARY KEY, reference TEXT NOT NULL, charge TEXT NOT NULL, amount INTEGER NOT NULL);
INSERT INTO charges VALUES ('sbx_old', 'old key', 'secret', 2000, 'USD', 'paid', 500);
"""


@pytest.fixture(autouse=True)
def instance(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The sandbox reads the application's settings; its books are new."""
    monkeypatch.setitem(app.config, "INSTANCE", tmp_path)
    return tmp_path


def _open(amount: int = 1000, key: str = "one key", **details: str) -> str:
    return (
        Sandbox().open_intent(idempotency_key=key, amount=amount, currency="USD", details=details).reference
    )


def _paid(amount: int = 1000, **details: str) -> str:
    reference = _open(amount, **details)
    Sandbox().decide(reference, approve=True)
    return reference


def _read(body: bytes) -> Any:
    return json.loads(body)


# ------------------------------------------------------------------ payments


def test_the_same_key_opens_the_same_payment() -> None:
    assert _open(key="one key") == _open(key="one key")
    assert _open(key="one key") != _open(key="another")


def test_a_payment_of_nothing_is_declined() -> None:
    with pytest.raises(Declined):
        _open(0)


def test_a_payment_is_decided_once() -> None:
    reference = _paid()
    with pytest.raises(Invalid, match="already"):
        Sandbox().decide(reference, approve=False)
    assert Sandbox().look_up(reference).state == "paid"


def test_a_payment_is_found_again_with_its_secret_and_its_page() -> None:
    intent = Sandbox().open_intent(idempotency_key="k", amount=1000, currency="USD", details={})
    assert Sandbox().find_intent(intent.reference) == intent
    assert (intent.status, intent.checkout_url) == (
        "requires_payment_method",
        f"/sandbox/{intent.reference}",
    )


@pytest.mark.parametrize(("approve", "status"), [(True, "succeeded"), (False, "requires_payment_method")])
def test_a_decided_payment_has_no_page_any_more(approve: bool, status: str) -> None:
    reference = _open()
    Sandbox().decide(reference, approve)
    found = Sandbox().find_intent(reference)
    assert (found.status, found.checkout_url) == (status, None)


@pytest.mark.parametrize(
    ("amount", "fee"), [(1000, 20), (1, 0), (24, 0), (25, 1), (75, 2), (10**15, 2 * 10**13)]
)
def test_the_provider_keeps_two_per_cent_of_what_was_paid_rounded_half_up(amount: int, fee: int) -> None:
    reference = _open(amount)
    before = Sandbox().look_up(reference)
    assert (before.state, before.amount, before.gateway_fee) == ("open", amount, 0)
    Sandbox().decide(reference, approve=True)
    after = Sandbox().look_up(reference)
    assert (after.state, after.amount, after.gateway_fee, after.status) == ("paid", amount, fee, "succeeded")


def test_a_declined_payment_costs_nothing_and_is_over() -> None:
    reference = _open()
    Sandbox().decide(reference, approve=False)
    seen = Sandbox().look_up(reference)
    assert (seen.state, seen.status, seen.gateway_fee, seen.is_final) == (
        "declined",
        "requires_payment_method",
        0,
        True,
    )


def test_a_cancelled_payment_can_not_be_made_any_more() -> None:
    reference = _open()
    seen = Sandbox().cancel(reference)
    assert (seen.state, seen.status) == ("cancelled", "canceled")
    assert Sandbox().cancel(reference) == seen
    with pytest.raises(Invalid, match="already"):
        Sandbox().decide(reference, approve=True)
    assert Sandbox().look_up(reference) == seen


@pytest.mark.parametrize(("approve", "state"), [(True, "paid"), (False, "declined")])
def test_cancelling_comes_too_late_for_what_was_decided(approve: bool, state: str) -> None:
    reference = _open()
    Sandbox().decide(reference, approve)
    assert Sandbox().cancel(reference).state == state
    assert Sandbox().look_up(reference).state == state


@pytest.mark.parametrize(("approve", "state"), [(True, "paid"), (False, "declined")])
def test_a_payment_that_is_under_way_is_open_and_not_cancelled(approve: bool, state: str) -> None:
    reference = _open()
    for _ in range(2):
        Sandbox().begin(reference)
    seen = Sandbox().look_up(reference)
    assert (seen.state, seen.status, seen.gateway_fee) == ("open", "processing", 0)
    assert Sandbox().find_intent(reference).checkout_url == f"/sandbox/{reference}"
    assert Sandbox().cancel(reference) == seen
    with pytest.raises(Declined):
        Sandbox().refund(reference, 1, idempotency_key="a")
    Sandbox().decide(reference, approve)
    assert Sandbox().look_up(reference).state == state
    with pytest.raises(Invalid, match="already"):
        Sandbox().begin(reference)


# ------------------------------------------------------------------ refunds


def test_no_more_is_given_back_than_was_taken() -> None:
    reference = _paid(1000)
    Sandbox().refund(reference, 600, idempotency_key="a")
    with pytest.raises(Declined):
        Sandbox().refund(reference, 401, idempotency_key="b")
    Sandbox().refund(reference, 400, idempotency_key="c")
    assert Sandbox().look_up(reference).refunded == 1000


def test_a_refund_repeated_under_its_key_is_given_once() -> None:
    reference = _paid(1000)
    first = Sandbox().refund(reference, 600, idempotency_key="a")
    assert Sandbox().refund(reference, 600, idempotency_key="a") == first
    assert Sandbox().look_up(reference).refunded == 600


@pytest.mark.parametrize("deed", ["open", "cancel", "decline"])
def test_what_was_not_paid_is_not_given_back(deed: str) -> None:
    reference = _open()
    if deed == "cancel":
        Sandbox().cancel(reference)
    if deed == "decline":
        Sandbox().decide(reference, approve=False)
    with pytest.raises(Declined):
        Sandbox().refund(reference, 1, idempotency_key="a")


# ------------------------------------------------------------------ what cannot be


@pytest.mark.parametrize(
    "call",
    [
        lambda: Sandbox().look_up("sbx_nobody"),
        lambda: Sandbox().find_intent("sbx_nobody"),
        lambda: Sandbox().cancel("sbx_nobody"),
        lambda: Sandbox().decide("sbx_nobody", approve=True),
        lambda: Sandbox().event("sbx_nobody"),
        lambda: Sandbox().begin("sbx_nobody"),
    ],
    ids=["look_up", "find_intent", "cancel", "decide", "event", "begin"],
)
def test_an_unknown_charge_is_not_found(call: Any) -> None:
    with pytest.raises(NotFound):
        call()


@pytest.mark.parametrize(
    "call",
    [
        lambda reference: Sandbox().look_up(reference),
        lambda reference: Sandbox().find_intent(reference),
        lambda reference: Sandbox().cancel(reference),
        lambda reference: Sandbox().refund(reference, 1, idempotency_key="a"),
        lambda reference: Sandbox().decide(reference, approve=True),
        lambda reference: Sandbox().event(reference),
        lambda reference: Sandbox().begin(reference),
        lambda _reference: _open(key="another"),
    ],
    ids=["look_up", "find_intent", "cancel", "refund", "decide", "event", "begin", "open_intent"],
)
def test_no_gateway_is_called_while_a_transaction_is_open(call: Any) -> None:
    reference = _paid()

    @transactional
    def wrongly() -> None:
        call(reference)

    with pytest.raises(TransactionOpen):
        wrongly()


def test_an_unknown_gateway_is_no_gateway() -> None:
    with pytest.raises(LookupError):
        gateways.gateway_named("piggy bank")


# ------------------------------------------------------------------ events


@pytest.mark.parametrize(
    ("approve", "kind", "status"),
    [(True, SUCCEEDED, "succeeded"), (False, FAILED, "requires_payment_method")],
)
def test_an_event_has_stripes_form(approve: bool, kind: str, status: str) -> None:
    reference = _open(1000, order_id="17", description="two tickets", receipt_email="a@example.org")
    body, signature = Sandbox().decide(reference, approve)
    told = _read(body)
    assert told["id"].startswith("evt_")
    assert (told["object"], told["type"]) == ("event", kind)
    assert abs(told["created"] - time.time()) < 5
    assert told["data"]["object"] == {
        "id": reference,
        "object": "payment_intent",
        "amount": 1000,
        "currency": "usd",
        "status": status,
        "metadata": {"order_id": "17"},
    }
    event = Sandbox().read_event(body, signature)
    assert (event.event_id, event.kind, event.reference) == (told["id"], kind, reference)
    assert event.payload == told


def test_stripes_own_library_believes_an_event(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "STRIPE_WEBHOOK_SECRET", "whsec_of_this_test")
    reference = _open()
    body, signature = Sandbox().decide(reference, approve=True)
    event = stripe.Webhook.construct_event(body, signature, "whsec_of_this_test")
    assert (event.type, event.data.object.id) == (SUCCEEDED, reference)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body, signature, "whsec_of_another")
    monkeypatch.setitem(app.config, "STRIPE_WEBHOOK_SECRET", None)
    with pytest.raises(Invalid, match="does not fit"):
        Sandbox().read_event(body, signature)


def test_an_event_told_again_is_the_same_with_a_fresh_signature() -> None:
    reference = _open()
    body, _signature = Sandbox().decide(reference, approve=True)
    again, signature = Sandbox().event(reference)
    assert again == body
    assert signature == sign(again)
    assert _read(Sandbox().event(reference, SUCCEEDED)[0])["id"] == _read(body)["id"]


def test_of_an_open_payment_there_is_nothing_to_tell() -> None:
    with pytest.raises(NotFound):
        Sandbox().event(_open())


def test_a_cancellation_is_told() -> None:
    reference = _open()
    Sandbox().cancel(reference)
    told = _read(Sandbox().event(reference)[0])
    assert (told["type"], told["data"]["object"]["status"]) == (CANCELED, "canceled")


def test_every_refund_is_told_once_about_its_charge() -> None:
    reference = _paid(1000)
    told = []
    for amount, key in ((300, "a"), (700, "b"), (700, "b")):
        Sandbox().refund(reference, amount, idempotency_key=key)
        body, signature = Sandbox().event(reference, REFUNDED)
        told.append(_read(body))
        assert Sandbox().read_event(body, signature).reference == reference
    first, second, repeated = told
    assert len({first["id"], second["id"]}) == 2
    assert repeated == second
    charge = first["data"]["object"]
    assert (charge["object"], charge["payment_intent"]) == ("charge", reference)
    assert (charge["amount"], charge["amount_refunded"], charge["refunded"]) == (1000, 300, False)
    assert second["data"]["object"]["refunded"] is True


EVENT = {
    "id": "evt_1",
    "type": "customer.created",
    "data": {"object": {"id": "cus_1", "object": "customer"}},
}


def _altered(**parts: Any) -> bytes:
    return json.dumps({**EVENT, **parts}).encode()


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"data": None},
        {"data": {}},
        {"data": {"object": None}},
        {"data": {"object": {"id": "ch_1", "object": "charge", "payment_intent": None}}},
    ],
    ids=range(5),
)
def test_an_event_about_no_payment_has_no_reference(parts: dict[str, Any]) -> None:
    body = _altered(**parts)
    assert Sandbox().read_event(body, sign(body)).reference is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no json",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"1",
        b"{}",
        b'{"id": NaN}',
        b"[" * 5000,
        b'{"a":' * 600 + b"1" + b"}" * 600,
        _altered(id=None),
        _altered(id=""),
        _altered(id="x" * 121),
        _altered(type=["x"]),
        _altered(type="a\0b"),
        _altered(data=[1]),
        _altered(data={"object": [1]}),
        _altered(data={"object": {"object": "payment_intent", "id": {"x": 1}}}),
        _altered(data={"object": {"object": "payment_intent", "id": "x" * 121}}),
        _altered(note="deep \0 inside"),
        _altered(note="\ud800"),
    ],
    ids=range(21),
)
def test_what_is_no_event_is_refused_even_with_a_good_signature(body: bytes) -> None:
    with pytest.raises(Invalid) as refusal:
        Sandbox().read_event(body, sign(body))
    assert refusal.value.code == "bad_event"


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "t=,v1=",
        "nonsense",
        "t=1,v1",
        "v1={good}",
        "t={now}",
        "t={now},v1=",
        "t={now},v1=" + "0" * 64,
        "t={now},v1=ü",
        "t={now},v0={good}",
        "t=²,v1={good}",
        "t=" + "0" * 5000 + "{now},v1={good}",
        "t=-{now},v1={good}",
        "t={now}.0,v1={good}",
    ],
    ids=range(14),
)
def test_a_signature_that_is_none_is_refused(signature: str) -> None:
    body, now = _altered(), int(time.time())
    good = sign(body, now).split("v1=")[1]
    with pytest.raises(Invalid) as refusal:
        Sandbox().read_event(body, signature.replace("{good}", good).replace("{now}", str(now)))
    assert refusal.value.code == "bad_signature"


def test_a_signature_is_believed_for_five_minutes() -> None:
    body, now = _altered(), int(time.time())
    for seconds in (-290, 0, 290):
        Sandbox().read_event(body, sign(body, now + seconds))
    for seconds in (-310, 310):
        with pytest.raises(Invalid, match="too old"):
            Sandbox().read_event(body, sign(body, now + seconds))


def test_a_signature_fits_its_body_and_its_moment_only() -> None:
    body, now = _altered(), int(time.time())
    with pytest.raises(Invalid, match="does not fit"):
        Sandbox().read_event(body + b" ", sign(body))
    with pytest.raises(Invalid, match="does not fit"):
        Sandbox().read_event(body, sign(body, now).replace(f"t={now}", f"t={now + 1}"))


def test_one_of_several_signatures_has_to_fit() -> None:
    body = _altered()
    moment, ours = sign(body).split(",")
    assert Sandbox().read_event(body, f"{moment},v1={'0' * 64}, {ours},v0=x").event_id == "evt_1"


# ------------------------------------------------------------------ the books


def test_books_of_an_older_form_are_taken_over(instance: Path) -> None:
    old = sqlite3.connect(instance / "sandbox.sqlite3")
    old.executescript(OLD_BOOKS)
    old.close()
    seen = Sandbox().look_up("sbx_old")
    assert (seen.state, seen.amount, seen.refunded, seen.gateway_fee) == ("paid", 2000, 500, 40)
    assert Sandbox().find_intent("sbx_old").client_secret == "secret"
    assert _read(Sandbox().event("sbx_old")[0])["data"]["object"]["metadata"] == {}
    Sandbox().refund("sbx_old", 1500, idempotency_key="rest")
    with pytest.raises(Declined):
        Sandbox().refund("sbx_old", 1, idempotency_key="more")
    assert Sandbox().look_up(_open(order_id="17")).state == "open"


@pytest.mark.parametrize("column", ["state", "refunded"])
def test_whichever_column_is_missing_is_added(instance: Path, column: str) -> None:
    old = sqlite3.connect(instance / "sandbox.sqlite3")
    old.executescript(OLD_BOOKS.replace("'paid', 500", "'paid', 0"))
    kept = [name for name in ("state", "refunded") if name != column]
    old.executescript(
        "ALTER TABLE charges RENAME TO was; CREATE TABLE charges AS SELECT reference, idempotency_key,"
        f" client_secret, amount, currency, {', '.join(kept)} FROM was; DROP TABLE was"
    )
    old.close()
    seen = Sandbox().look_up("sbx_old")
    assert (seen.state, seen.refunded) == ("paid" if "state" in kept else "open", 0)


def test_busy_books_are_a_gateway_that_does_not_answer(
    instance: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = _open()
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda path, **more: connect(path, **(more | {"timeout": 0.05})))
    other = connect(instance / "sandbox.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(GatewayDown):
        Sandbox().look_up(reference)
    other.execute("ROLLBACK")
    other.close()
    assert Sandbox().look_up(reference).state == "open"


#: Opens and pays charges, says each once it is done, and starts one more that is never finished.
_UNTIL_KILLED = """
import sys
from pathlib import Path
from types import SimpleNamespace
from ticketing.gateways import sandbox, sandbox_books
sandbox.assert_none_open = lambda: None
sandbox.current_app = sandbox_books.current_app = SimpleNamespace(
    config={"INSTANCE": Path(sys.argv[1]), "SECRET_KEY": "any"})
for number in range(20):
    made = sandbox.Sandbox().open_intent(
        idempotency_key=str(number), amount=1000, currency="USD", details={})
    sandbox.Sandbox().decide(made.reference, True)
    print(made.reference, flush=True)
with sandbox_books.books() as entry:
    entry.execute("UPDATE charges SET state = 'open', refunded = 7")
    print("in the middle", flush=True)
    sys.stdin.read()
"""


@pytest.mark.one_database
def test_a_process_that_is_killed_loses_nothing_that_was_done(instance: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", _UNTIL_KILLED, str(instance)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(gateways.__file__).parents[2],
    )
    assert process.stdout
    said = [process.stdout.readline().strip() for _ in range(21)]
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert said.pop() == "in the middle"
    for reference in said:
        seen = Sandbox().look_up(reference)
        assert (seen.state, seen.refunded) == ("paid", 0)
