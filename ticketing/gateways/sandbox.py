"""A payment provider for trying things out: it keeps its own books, in a file of its own, and what it tells
us has Stripe's form and Stripe's signature, so that everything around it works as with a real one."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import sqlite3
import time
from decimal import Decimal
from typing import Any

import orjson
from flask import current_app

from ticketing import money
from ticketing.errors import Invalid, NotFound
from ticketing.gateways import Declined, Event, Intent, Observed
from ticketing.gateways.sandbox_books import books
from ticketing.transaction import assert_none_open

NAME = "sandbox"
#: What this provider keeps of a payment.
FEE_PERCENT = Decimal(2)
SUCCEEDED, FAILED = "payment_intent.succeeded", "payment_intent.payment_failed"
CANCELED, REFUNDED = "payment_intent.canceled", "charge.refunded"
#: A charge's state in Stripe's words, and the kind of event that tells of it.
_STATUSES = {
    "open": "requires_payment_method",
    "processing": "processing",
    "paid": "succeeded",
    "declined": "requires_payment_method",
    "cancelled": "canceled",
}
_WAITING = ("open", "processing")
_KINDS = {"paid": SUCCEEDED, "declined": FAILED, "cancelled": CANCELED}
#: Where a thing that an event is about names its payment.
_NAMED_BY: dict[Any, str] = {"payment_intent": "id", "charge": "payment_intent"}
#: What ``details`` say to the payer; the rest of them is metadata.
_FOR_THE_PAYER = ("description", "receipt_email")
#: Seconds for which a signature is believed, and the longest id that is one.
_TOLERANCE = 300
_LONGEST = 120


class Sandbox:
    """The sandbox's side of the interface; what its test page decides; the events that it sends."""

    def open_intent(
        self, *, idempotency_key: str, amount: int, currency: str, details: dict[str, str]
    ) -> Intent:
        """Start a payment; the same key gives the same one again.

        :raises Declined: there is nothing to pay.
        """
        assert_none_open()
        if amount < 1:
            raise Declined("a payment needs an amount")
        metadata = {name: text for name, text in details.items() if name not in _FOR_THE_PAYER}
        with books() as entry:
            entry.execute(
                "INSERT INTO charges (reference, idempotency_key, client_secret, amount, currency, metadata,"
                " changed_at) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (idempotency_key) DO NOTHING",
                (
                    f"sbx_{secrets.token_hex(16)}",
                    idempotency_key,
                    secrets.token_urlsafe(24),
                    amount,
                    currency,
                    json.dumps(metadata),
                    _now(),
                ),
            )
            row = entry.execute(
                "SELECT * FROM charges WHERE idempotency_key = ?", (idempotency_key,)
            ).fetchone()
        return _intent(row)

    def find_intent(self, reference: str) -> Intent:
        """A payment that was started before."""
        assert_none_open()
        with books() as entry:
            return _intent(_charge(entry, reference))

    def look_up(self, reference: str) -> Observed:
        """How a payment stands."""
        assert_none_open()
        with books() as entry:
            return _observed(_charge(entry, reference))

    def cancel(self, reference: str) -> Observed:
        """Let nobody pay this any more; one that was decided, or is under way, stays as it is."""
        assert_none_open()
        with books() as entry:
            _move(entry, reference, "cancelled", ("open",))
            return _observed(_charge(entry, reference))

    def refund(self, reference: str, amount: int, *, idempotency_key: str) -> str:
        """Give ``amount`` back, once per key."""
        assert_none_open()
        with books() as entry:
            row = entry.execute(
                "SELECT reference FROM refunds WHERE idempotency_key = ?", (idempotency_key,)
            ).fetchone()
            if row:
                return str(row["reference"])
            given = entry.execute(
                "UPDATE charges SET refunded = refunded + ?, changed_at = ?"
                " WHERE reference = ? AND state = 'paid' AND refunded + ? <= amount",
                (amount, _now(), reference, amount),
            )
            if given.rowcount != 1:
                raise Declined("this charge has less than that left to give back")
            name = f"sbr_{secrets.token_hex(12)}"
            entry.execute(
                "INSERT INTO refunds (idempotency_key, reference, charge, amount) VALUES (?, ?, ?, ?)",
                (idempotency_key, name, reference, amount),
            )
        return name

    def begin(self, reference: str) -> None:
        """The payer has paid, and their bank takes its time: it is under way until it is decided.

        :raises NotFound: there is no such charge.
        :raises Invalid: it was decided already.
        """
        assert_none_open()
        with books() as entry:
            _move(entry, reference, "processing", _WAITING, by_payer=True)

    def decide(self, reference: str, approve: bool) -> tuple[bytes, str]:
        """The payer's decision on the test page; the signed event that tells us of it.

        :raises NotFound: there is no such charge.
        :raises Invalid: it was decided already.
        """
        assert_none_open()
        with books() as entry:
            _move(entry, reference, "paid" if approve else "declined", _WAITING, by_payer=True)
            row = _charge(entry, reference)
        return _told(row, _KINDS[row["state"]])

    def event(self, reference: str, kind: str | None = None) -> tuple[bytes, str]:
        """The event of that kind about a charge, else the one that tells how it ended: signed now, with the
        same id every time.

        :raises NotFound: there is no such charge, or nothing to tell of it yet.
        """
        assert_none_open()
        with books() as entry:
            row = _charge(entry, reference)
        kind = kind or _KINDS.get(row["state"])
        if kind is None:
            raise NotFound("event")
        return _told(row, kind)

    def read_event(self, body: bytes, signature: str) -> Event:
        """Verify an event of the sandbox's.

        :raises Invalid: the signature or the body is no good.
        """
        _verify(body, signature)
        try:
            data = orjson.loads(body)
            event = Event(_word(data["id"]), _word(data["type"]), _reference_in(data), data)
            printed = orjson.dumps(data)
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
            raise Invalid("bad_event", "This is no event.") from error
        if b"\\u0000" in printed:  # which not every database keeps
            raise Invalid("bad_event", "This is no event.")
        return event


def sign(body: bytes, at: int | None = None) -> str:
    """``t=<seconds>,v1=<hex HMAC-SHA256 over "t.body">``, as Stripe signs."""
    moment = at if at is not None else _now()
    return f"t={moment},v1={_digest(body, moment)}"


def _verify(body: bytes, signature: str) -> None:
    parts = [part.strip().partition("=") for part in signature.split(",")]
    moment = next((value for name, _, value in parts if name == "t"), "")
    if not (moment.isascii() and moment.isdigit() and len(moment) < 16):
        raise Invalid("bad_signature", "The signature is missing.")
    if abs(_now() - int(moment)) > _TOLERANCE:
        raise Invalid("bad_signature", "The signature is too old.")
    ours = _digest(body, int(moment)).encode()
    if not any(hmac.compare_digest(ours, value.encode()) for name, _, value in parts if name == "v1"):
        raise Invalid("bad_signature", "The signature does not fit.")


def _digest(body: bytes, moment: int) -> str:
    config = current_app.config
    key = config.get("STRIPE_WEBHOOK_SECRET") or f"sandbox:{config['SECRET_KEY']}"
    return hmac.new(key.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()


def _reference_in(event: Any) -> str | None:
    """The payment that an event is about, if it is about one."""
    thing = (event.get("data") or {}).get("object") or {}
    name = _NAMED_BY.get(thing.get("object"))
    reference = thing.get(name) if name else None
    return None if reference is None else _word(reference)


def _word(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST:
        raise TypeError
    return value


def _charge(entry: sqlite3.Connection, reference: str) -> sqlite3.Row:
    row: sqlite3.Row | None = entry.execute(
        "SELECT * FROM charges WHERE reference = ?", (reference,)
    ).fetchone()
    if row is None:
        raise NotFound("charge")
    return row


def _move(
    entry: sqlite3.Connection, reference: str, state: str, of: tuple[str, ...], *, by_payer: bool = False
) -> None:
    """From one of these states into another; what is past them stays as it is, and its payer is told so."""
    if _charge(entry, reference)["state"] in of:
        entry.execute(
            "UPDATE charges SET state = ?, changed_at = ? WHERE reference = ?", (state, _now(), reference)
        )
    elif by_payer:
        raise Invalid("already_decided", "This payment was decided already.")


def _intent(row: sqlite3.Row) -> Intent:
    page = f"/sandbox/{row['reference']}" if row["state"] in _WAITING else None
    return Intent(row["reference"], row["client_secret"], _STATUSES[row["state"]], page)


def _observed(row: sqlite3.Row) -> Observed:
    fee = money.percent_of(row["amount"], FEE_PERCENT) if row["state"] == "paid" else 0
    state = "open" if row["state"] in _WAITING else row["state"]
    return Observed(state, row["amount"], row["currency"], row["refunded"], fee, _STATUSES[row["state"]])


def _told(row: sqlite3.Row, kind: str) -> tuple[bytes, str]:
    """Body and signature of the event. Refunds change a charge again: each state has an id of its own."""
    about = {
        "amount": row["amount"],
        "currency": row["currency"].lower(),
        "metadata": json.loads(row["metadata"]),
    }
    if kind == REFUNDED:
        given = {"amount_refunded": row["refunded"], "refunded": row["refunded"] == row["amount"]}
        thing = {"id": f"ch_{row['reference']}", "object": "charge", "payment_intent": row["reference"]}
        thing |= {"status": "succeeded", **given, **about}
    else:
        thing = {"id": row["reference"], "object": "payment_intent", "status": _STATUSES[row["state"]]}
        thing |= about
    state = f"{kind}:{row['reference']}:{row['refunded'] if kind == REFUNDED else ''}"
    event = {
        "id": f"evt_{hashlib.sha256(state.encode()).hexdigest()[:24]}",
        "object": "event",
        "type": kind,
        "created": row["changed_at"],
        "data": {"object": thing},
    }
    body = json.dumps(event).encode()
    return body, sign(body)


def _now() -> int:
    return int(time.time())
