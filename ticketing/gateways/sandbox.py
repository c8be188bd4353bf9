"""A payment provider for trying things out: it keeps its own books, in a file of its own, and signs what
it tells us, so that everything around it works as with a real one."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from flask import current_app

from ticketing.errors import Invalid, NotFound
from ticketing.gateways import Declined, Event, Intent, Observed
from ticketing.transaction import assert_none_open

NAME = "sandbox"
#: Seconds for which a signature is believed.
_TOLERANCE = 300
_SCHEMA = """
CREATE TABLE IF NOT EXISTS charges (
    reference TEXT PRIMARY KEY, idempotency_key TEXT UNIQUE NOT NULL, client_secret TEXT NOT NULL,
    amount INTEGER NOT NULL, currency TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'open',
    refunded INTEGER NOT NULL DEFAULT 0 CHECK (refunded BETWEEN 0 AND amount));
CREATE TABLE IF NOT EXISTS refunds (
    idempotency_key TEXT PRIMARY KEY, reference TEXT NOT NULL, charge TEXT NOT NULL, amount INTEGER NOT NULL)
"""


class Sandbox:
    """The sandbox's side of the interface, and the two buttons of its test page."""

    def open_intent(
        self, *, idempotency_key: str, amount: int, currency: str, details: dict[str, str]
    ) -> Intent:
        """Start a payment; the same key gives the same one again."""
        assert_none_open()
        reference = f"sbx_{secrets.token_hex(16)}"
        with _books() as books:
            books.execute(
                "INSERT INTO charges (reference, idempotency_key, client_secret, amount, currency)"
                " VALUES (?, ?, ?, ?, ?) ON CONFLICT (idempotency_key) DO NOTHING",
                (reference, idempotency_key, secrets.token_urlsafe(24), amount, currency),
            )
            row = books.execute(
                "SELECT reference, client_secret FROM charges WHERE idempotency_key = ?", (idempotency_key,)
            ).fetchone()
        return Intent(row[0], row[1], f"/sandbox/{row[0]}")

    def look_up(self, reference: str) -> Observed:
        """How a payment stands."""
        assert_none_open()
        with _books() as books:
            row = books.execute(
                "SELECT state, amount, currency, refunded FROM charges WHERE reference = ?", (reference,)
            ).fetchone()
        if row is None:
            raise NotFound("charge")
        return Observed(*row)

    def refund(self, reference: str, amount: int, *, idempotency_key: str) -> str:
        """Give ``amount`` back, once per key."""
        assert_none_open()
        with _books() as books:
            row = books.execute(
                "SELECT reference FROM refunds WHERE idempotency_key = ?", (idempotency_key,)
            ).fetchone()
            if row:
                return str(row[0])
            given = books.execute(
                "UPDATE charges SET refunded = refunded + ?"
                " WHERE reference = ? AND state = 'paid' AND refunded + ? <= amount",
                (amount, reference, amount),
            )
            if given.rowcount != 1:
                raise Declined("this charge has less than that left to give back")
            name = f"sbr_{secrets.token_hex(12)}"
            books.execute(
                "INSERT INTO refunds VALUES (?, ?, ?, ?)", (idempotency_key, name, reference, amount)
            )
        return name

    def decide(self, reference: str, approve: bool) -> tuple[bytes, str]:
        """The payer's decision on the test page; the signed event that tells us of it.

        :raises NotFound: there is no such charge.
        :raises Invalid: it was decided already.
        """
        assert_none_open()
        with _books() as books:
            if not books.execute("SELECT 1 FROM charges WHERE reference = ?", (reference,)).fetchone():
                raise NotFound("charge")
            decided = books.execute(
                "UPDATE charges SET state = ? WHERE reference = ? AND state = 'open'",
                ("paid" if approve else "declined", reference),
            )
            if decided.rowcount != 1:
                raise Invalid("already_decided", "This payment was decided already.")
        kind = "payment.succeeded" if approve else "payment.declined"
        body = json.dumps(
            {"id": f"sbe_{secrets.token_hex(12)}", "type": kind, "reference": reference}
        ).encode()
        return body, sign(body)

    def read_event(self, body: bytes, signature: str) -> Event:
        """Verify an event of the sandbox's.

        :raises Invalid: the signature or the body is no good.
        """
        _verify(body, signature)
        try:
            data = json.loads(body)
            return Event(str(data["id"]), str(data["type"]), data.get("reference"), data)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Invalid("bad_event", "This is no event.") from error


def sign(body: bytes, at: int | None = None) -> str:
    """``t=<seconds>,v1=<hex HMAC-SHA256 over "t.body">``."""
    moment = at if at is not None else int(time.time())
    return f"t={moment},v1={_digest(body, moment)}"


def _verify(body: bytes, signature: str) -> None:
    parts = dict(part.split("=", 1) for part in signature.split(",") if "=" in part)
    moment = parts.get("t", "")
    if not (moment.isascii() and moment.isdigit()) or abs(time.time() - int(moment[:15])) > _TOLERANCE:
        raise Invalid("bad_signature", "The signature is missing or too old.")
    if not hmac.compare_digest(_digest(body, int(moment)).encode(), parts.get("v1", "").encode()):
        raise Invalid("bad_signature", "The signature does not fit.")


def _digest(body: bytes, moment: int) -> str:
    key = f"sandbox:{current_app.config['SECRET_KEY']}".encode()
    return hmac.new(key, f"{moment}.".encode() + body, hashlib.sha256).hexdigest()


@contextmanager
def _books() -> Iterator[sqlite3.Connection]:
    path = Path(current_app.config["INSTANCE"]) / "sandbox.sqlite3"
    with closing(sqlite3.connect(path, timeout=5, isolation_level=None)) as books:
        books.execute("PRAGMA synchronous = OFF")
        books.executescript(_SCHEMA)
        books.execute("BEGIN IMMEDIATE")
        with books:
            yield books
