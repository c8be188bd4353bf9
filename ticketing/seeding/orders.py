"""Writing bookings: orders, what they consist of, how they were paid, and their tickets."""

from __future__ import annotations

import random
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from ticketing import clock, money
from ticketing.models import LedgerEntry, Order, OrderItem, Payment, Ticket
from ticketing.models.offers import KINDS
from ticketing.models.orders import CANCELLED, CONFIRMED, PENDING
from ticketing.models.payments import MANUAL, PAID
from ticketing.seeding.bookings import Booking
from ticketing.seeding.bulk import Advance, Row, insert_rows, insert_with_ids
from ticketing.seeding.events import EventPlan
from ticketing.seeding.report import Progress
from ticketing.services import tickets
from ticketing.services.orders import terms_for
from ticketing.services.orders.placing import order_number

#: A pending booking of the demo data keeps its tickets until a day before the event, as documented.
HOLD_ENDS_BEFORE_START = timedelta(days=1)
_CHANNELS = ("btick", "web")
_REASONS = ("Plans changed.", "Booked twice by mistake.", "Cannot make it on that day.", "Found other seats.")


class Buyer(NamedTuple):
    """Whom an order belongs to."""

    id: int
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class WrittenEvent:
    """An event in the database: its plan and the ids that it got. ``offers`` in the order of the plan."""

    id: int
    organization_id: int
    plan: EventPlan
    offers: Sequence[int]


@dataclass(frozen=True, slots=True)
class Clerk:
    """Who took the money of the bookings that are paid."""

    id: int
    email: str


class OrderWriter:
    """Turns planned bookings into rows, and writes them."""

    def __init__(
        self, events: Sequence[WrittenEvent], buyers: Sequence[Buyer], clerk: Clerk, dice: random.Random
    ) -> None:
        self._events, self._buyers, self._clerk, self._dice = events, buyers, clerk, dice
        self._fees = {channel: terms_for(channel).fee_percent for channel in _CHANNELS}
        self._numbers: set[str] = set()
        self._now = clock.now()

    def write(self, bookings: Sequence[Booking], progress: Progress) -> int:
        """Write the bookings; the number of tickets that were issued."""
        orders = [self._order(booking) for booking in bookings]
        with progress.step("Bookings", len(orders)) as advance:
            order_ids = insert_with_ids(Order, orders, advance)
        items = [self._item(booking, order_id) for booking, order_id in zip(bookings, order_ids, strict=True)]
        item_ids = insert_with_ids(OrderItem, items)
        sold = [
            (order, order_id, item, item_id)
            for order, order_id, item, item_id in zip(orders, order_ids, items, item_ids, strict=True)
            if order["status"] == CONFIRMED
        ]
        with progress.step("Payments", len(sold)) as advance:
            self._write_payments([(order, order_id) for order, order_id, _item, _item_id in sold], advance)
        admitted = [ticket for one in sold for ticket in _tickets(*one)]
        with progress.step("Tickets", len(admitted)) as advance:
            insert_rows(Ticket, admitted, advance)
        return len(admitted)

    def _order(self, booking: Booking) -> Row:
        event, buyer, dice = self._events[booking.event], self._buyers[booking.buyer], self._dice
        placed = self._now - timedelta(days=dice.uniform(0.1, 30))
        settled = placed + (self._now - placed) * dice.uniform(0.001, 0.05)
        channel = dice.choice(_CHANNELS)
        subtotal = event.plan.offers[booking.offer].price * booking.quantity
        fee = money.percent_of(subtotal, self._fees[channel])
        status = booking.status
        return {
            "uuid": uuid.uuid4(),
            "number": self._number(placed),
            "user_id": buyer.id,
            "organization_id": event.organization_id,
            "event_id": event.id,
            "channel": channel,
            "status": status,
            "currency": event.plan.row["currency"],
            "subtotal": subtotal,
            "fee": fee,
            "amount_due": subtotal + fee,
            "amount_paid": subtotal + fee if status == CONFIRMED else 0,
            "buyer_name": buyer.name,
            "buyer_email": buyer.email,
            "cancellation_reason": dice.choice(_REASONS) if status == CANCELLED else "",
            "expires_at": event.plan.starts_at - HOLD_ENDS_BEFORE_START if status == PENDING else None,
            "confirmed_at": settled if status == CONFIRMED else None,
            "cancelled_at": settled if status == CANCELLED else None,
            "created_at": placed,
            "updated_at": placed if status == PENDING else settled,
        }

    def _number(self, placed: datetime) -> str:
        """Ten random digits a day are plenty for sales, and not quite for all these at once."""
        while (number := order_number(placed)) in self._numbers:
            pass
        self._numbers.add(number)
        return number

    def _item(self, booking: Booking, order_id: int) -> Row:
        event = self._events[booking.event]
        offer = event.plan.offers[booking.offer]
        return {
            "uuid": uuid.uuid4(),
            "order_id": order_id,
            "offer_id": event.offers[booking.offer],
            "quantity": booking.quantity,
            "unit_price": offer.price,
            "ticket_name": KINDS[offer.kind],
            "attendees": [],
        }

    def _write_payments(self, sold: Sequence[tuple[Row, int]], advance: Advance) -> None:
        paid = [(order, order_id) for order, order_id in sold if order["amount_paid"]]
        payments = [self._payment(order, order_id) for order, order_id in paid]
        payment_ids = insert_with_ids(Payment, payments, advance)
        insert_rows(
            LedgerEntry,
            [
                leg
                for (order, order_id), payment_id in zip(paid, payment_ids, strict=True)
                for leg in _legs(order, order_id, payment_id)
            ],
        )

    def _payment(self, order: Row, order_id: int) -> Row:
        amount, at = order["amount_paid"], order["confirmed_at"]
        return {
            "uuid": uuid.uuid4(),
            "order_id": order_id,
            "gateway": MANUAL,
            "reference": f"manual-{secrets.token_hex(16)}",
            "status": PAID,
            "amount": amount,
            "currency": order["currency"],
            "amount_received": amount,
            "method": MANUAL,
            "actor_id": self._clerk.id,
            "details": {"by": self._clerk.email},
            "settled_at": at,
            "created_at": at,
            "updated_at": at,
        }


def _tickets(order: Row, order_id: int, item: Row, item_id: int) -> list[Row]:
    return [_ticket(order, order_id, item, item_id, position) for position in range(1, item["quantity"] + 1)]


def _legs(order: Row, order_id: int, payment_id: int) -> list[Row]:
    """Money taken outside never reaches our account and changes no balance: see ``services.ledger``."""
    shared: dict[str, Any] = {
        "organization_id": order["organization_id"],
        "order_id": order_id,
        "source": "payment",
        "source_id": payment_id,
        "kind": "paid",
        "currency": order["currency"],
        "created_at": order["confirmed_at"],
    }
    amount = order["amount_paid"]
    return [
        {**shared, "account": "outside", "amount": amount},
        {**shared, "account": "outside_sales", "amount": -amount},
    ]


def _ticket(order: Row, order_id: int, item: Row, item_id: int, position: int) -> Row:
    ticket_id = uuid.uuid4()
    return {
        "uuid": ticket_id,
        "number": f"TKT-{secrets.token_hex(8).upper()}",
        "order_id": order_id,
        "order_item_id": item_id,
        "position": position,
        "event_id": order["event_id"],
        "offer_id": item["offer_id"],
        "user_id": order["user_id"],
        "attendee_name": order["buyer_name"],
        "attendee_email": order["buyer_email"],
        "code_version": 1,
        "key_version": tickets.KEY_VERSION,
        "code_hash": tickets.code_hash(tickets.code_of(ticket_id, 1)),
        "created_at": order["confirmed_at"],
        "updated_at": order["confirmed_at"],
    }
