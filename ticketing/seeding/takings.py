"""Money of the bookings: payments and refunds, the ledger, and what organizations are owed."""

from __future__ import annotations

import secrets
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from ticketing import clock, money
from ticketing.gateways import sandbox
from ticketing.gateways.sandbox_books import books
from ticketing.models import Balance, LedgerEntry, Payment, Refund, RefundLine
from ticketing.models.orders import CANCELLED
from ticketing.models.payments import MANUAL, PAID, SUCCEEDED
from ticketing.seeding.bulk import Advance, Row, insert_rows, insert_with_ids


@dataclass(frozen=True, slots=True)
class Clerk:
    """Who took the money that no gateway took."""

    id: int
    email: str


class Sold(NamedTuple):
    """An order that was paid, with its only item."""

    order: Row
    order_id: int
    item: Row
    item_id: int


class Takings:
    """Writes the money of orders. What the sandbox took it must know as well: see ``charges``."""

    def __init__(self, clerk: Clerk, gateway: str) -> None:
        self._clerk = clerk
        # No other provider can be told of payments that nobody made.
        self._has_sandbox = gateway == sandbox.NAME
        self.charges: list[Row] = []

    def write(self, sold: Sequence[Sold], advance: Advance) -> None:
        """Payments over what was paid, refunds over what was given back, and the postings of both."""
        paid = [one for one in sold if one.order["amount_paid"]]
        payments = [self._payment(one) for one in paid]
        payment_ids = insert_with_ids(Payment, payments, advance)
        legs = [
            leg
            for one, payment, payment_id in zip(paid, payments, payment_ids, strict=True)
            for leg in _taken(one, payment, payment_id)
        ]
        back = [
            (one, payment, payment_id)
            for one, payment, payment_id in zip(paid, payments, payment_ids, strict=True)
            if payment["amount_refunded"]
        ]
        refunds = [self._refund(*entry) for entry in back]
        refund_ids = insert_with_ids(Refund, refunds)
        for (one, payment, _id), refund, refund_id in zip(back, refunds, refund_ids, strict=True):
            legs += _given_back(one, payment, refund, refund_id)
        insert_rows(RefundLine, _lines(back, refund_ids))
        insert_rows(LedgerEntry, legs)
        insert_rows(Balance, _balances(legs))

    def _payment(self, one: Sold) -> Row:
        order = one.order
        amount, at = order["amount_paid"], order["confirmed_at"]
        row = {
            "uuid": uuid.uuid4(),
            "order_id": one.order_id,
            "status": PAID,
            "amount": amount,
            "currency": order["currency"],
            "amount_received": amount,
            "amount_refunded": order["amount_refunded"],
            "settled_at": at,
            "created_at": at,
            "updated_at": order["updated_at"],
        }
        return row | (self._by_card(row, order["fee"]) if self._goes_by_card(order) else self._by_hand())

    def _goes_by_card(self, order: Row) -> bool:
        return self._has_sandbox and order["channel"] != "btick"

    def _by_hand(self) -> Row:
        return {
            "gateway": MANUAL,
            "reference": f"manual-{secrets.token_hex(16)}",
            "method": MANUAL,
            "actor_id": self._clerk.id,
            "details": {"by": self._clerk.email},
            "service_fee": 0,
            "gateway_fee": 0,
        }

    def _by_card(self, payment: Row, fee: int) -> Row:
        reference = f"sbx_{secrets.token_hex(16)}"
        self.charges.append(payment | {"reference": reference})
        return {
            "gateway": sandbox.NAME,
            "reference": reference,
            "method": "card",
            "actor_id": None,
            "details": {},
            "service_fee": fee,
            "gateway_fee": money.percent_of(payment["amount"], sandbox.FEE_PERCENT),
        }

    def _refund(self, one: Sold, payment: Row, payment_id: int) -> Row:
        order, is_manual = one.order, payment["gateway"] == MANUAL
        is_all = payment["amount_refunded"] == payment["amount_received"]
        at = order["updated_at"]
        return {
            "uuid": uuid.uuid4(),
            "payment_id": payment_id,
            "order_id": one.order_id,
            "amount": payment["amount_refunded"],
            "service_fee": payment["service_fee"] if is_all else 0,
            "currency": payment["currency"],
            "status": SUCCEEDED,
            "reason": order["cancellation_reason"] or "requested_by_customer",
            "gateway_reference": None if is_manual else f"sbr_{secrets.token_hex(12)}",
            "actor_id": self._clerk.id if is_manual else order["user_id"],
            "settled_at": at,
            "created_at": at,
            "updated_at": at,
        }


def keep_in_sandbox(charges: Sequence[Row]) -> None:
    """Tell the sandbox of the payments in its name, so that they can be given back there."""
    now = int(clock.now().timestamp())
    with books() as entry:
        entry.executemany(
            "INSERT INTO charges (reference, idempotency_key, client_secret, amount, currency, state,"
            " refunded, metadata, changed_at) VALUES (?, ?, ?, ?, ?, 'paid', ?, '{}', ?)",
            [
                (
                    row["reference"],
                    str(row["uuid"]),
                    secrets.token_urlsafe(24),
                    row["amount"],
                    row["currency"],
                    row["amount_refunded"],
                    now,
                )
                for row in charges
            ],
        )


def _lines(back: Sequence[tuple[Sold, Row, int]], refund_ids: Sequence[int]) -> list[Row]:
    """The tickets that each refund is for. Of a cancelled order our fee comes back beside them."""
    rows = []
    for (one, payment, _payment_id), refund_id in zip(back, refund_ids, strict=True):
        fee = one.order["fee"] if one.order["status"] == CANCELLED else 0
        rows.append(
            {
                "refund_id": refund_id,
                "order_item_id": one.item_id,
                "quantity": one.item["returned"],
                "amount": payment["amount_refunded"] - fee,
            }
        )
    return rows


def _taken(one: Sold, payment: Row, payment_id: int) -> list[Row]:
    """Money taken outside never reaches our account and changes no balance: see ``services.ledger``."""
    amount, fee, kept = payment["amount_received"], payment["service_fee"], payment["gateway_fee"]
    if payment["gateway"] == MANUAL:
        legs = {"outside": amount, "outside_sales": -amount}
    else:
        legs = {"gateway": amount, "fees": -fee, "organization": -(amount - fee)}
    at = one.order["confirmed_at"]
    return [
        *_posting(one, ("payment", payment_id, "paid"), legs, at),
        *_posting(one, ("payment", payment_id, "gateway_fee"), {"gateway": -kept, "gateway_fees": kept}, at),
    ]


def _given_back(one: Sold, payment: Row, refund: Row, refund_id: int) -> list[Row]:
    amount, fee = refund["amount"], refund["service_fee"]
    if payment["gateway"] == MANUAL:
        legs = {"outside": -amount, "outside_sales": amount}
    else:
        legs = {"gateway": -amount, "fees": fee, "organization": amount - fee}
    return _posting(one, ("refund", refund_id, "refunded"), legs, refund["settled_at"])


def _posting(one: Sold, about: tuple[str, int, str], legs: dict[str, int], at: datetime) -> list[Row]:
    source, source_id, kind = about
    shared: dict[str, Any] = {
        "organization_id": one.order["organization_id"],
        "order_id": one.order_id,
        "source": source,
        "source_id": source_id,
        "kind": kind,
        "currency": one.order["currency"],
        "created_at": at,
    }
    return [{**shared, "account": account, "amount": amount} for account, amount in legs.items() if amount]


def _balances(legs: Sequence[Row]) -> list[Row]:
    """What the postings make us owe. All organizations are of this run: none has a balance yet."""
    owed: Counter[tuple[int, str]] = Counter()
    for leg in legs:
        if leg["account"] == "organization":
            owed[leg["organization_id"], leg["currency"]] -= leg["amount"]
    return [
        {"organization_id": organization, "currency": currency, "amount": amount}
        for (organization, currency), amount in owed.items()
    ]
