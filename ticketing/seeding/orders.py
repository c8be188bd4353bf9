"""Writing bookings: orders, what they consist of, and their tickets."""

from __future__ import annotations

import random
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from ticketing import clock
from ticketing.models import Order, OrderItem, Ticket
from ticketing.models.orders import CANCELLED, CONFIRMED, PENDING
from ticketing.models.tickets import ACTIVE, VOID
from ticketing.seeding.bookings import Booking
from ticketing.seeding.bulk import Row, insert_rows, insert_with_ids
from ticketing.seeding.events import EventPlan
from ticketing.seeding.report import Progress
from ticketing.seeding.takings import Sold, Takings
from ticketing.services import tickets
from ticketing.services.orders import terms_for
from ticketing.services.orders.placing import order_number

#: A pending booking of the demo data keeps its tickets until a day before the event, as documented.
HOLD_ENDS_BEFORE_START = timedelta(days=1)
_CHANNELS = ("btick", "web", "easyticket")
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


class OrderWriter:
    """Turns planned bookings into rows, and writes them."""

    def __init__(
        self,
        events: Sequence[WrittenEvent],
        buyers: Sequence[Buyer],
        takings: Takings,
        dice: random.Random,
    ) -> None:
        self._events, self._buyers, self._takings, self._dice = events, buyers, takings, dice
        self._terms = {channel: terms_for(channel) for channel in _CHANNELS}
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
            Sold(order, order_id, item, item_id)
            for order, order_id, item, item_id in zip(orders, order_ids, items, item_ids, strict=True)
            if order["confirmed_at"]
        ]
        with progress.step("Payments", len(sold)) as advance:
            self._takings.write(sold, advance)
        issued = [ticket for one in sold for ticket in _tickets(one)]
        with progress.step("Tickets", len(issued)) as advance:
            insert_rows(Ticket, issued, advance)
        return len(issued)

    def _order(self, booking: Booking) -> Row:
        event, buyer, dice = self._events[booking.event], self._buyers[booking.buyer], self._dice
        status, channel = booking.status, self._channel(booking)
        placed = self._now - timedelta(days=booking.age)
        settled = placed + (self._now - placed) * dice.uniform(0.001, 0.05)
        ended = settled + (self._now - settled) * dice.uniform(0.05, 0.9)
        was_confirmed = status == CONFIRMED or booking.returned > 0
        changed = ended if booking.returned else placed if status == PENDING else settled
        return {
            "uuid": uuid.uuid4(),
            "number": self._number(placed),
            "user_id": buyer.id,
            "organization_id": event.organization_id,
            "event_id": event.id,
            "channel": channel,
            "status": status,
            "currency": event.plan.row["currency"],
            **self._amounts(booking, channel, was_confirmed),
            "buyer_name": buyer.name,
            "buyer_email": buyer.email,
            "cancellation_reason": dice.choice(_REASONS) if status == CANCELLED else "",
            "expires_at": event.plan.starts_at - HOLD_ENDS_BEFORE_START if status == PENDING else None,
            "confirmed_at": settled if was_confirmed else None,
            "cancelled_at": changed if status == CANCELLED else None,
            "created_at": placed,
            "updated_at": changed,
        }

    def _channel(self, booking: Booking) -> str:
        """Where it was booked. What costs nothing is confirmed at once everywhere but in one place."""
        price = self._events[booking.event].plan.offers[booking.offer].price
        return self._dice.choice(_CHANNELS) if price or booking.status != PENDING else "btick"

    def _amounts(self, booking: Booking, channel: str, was_confirmed: bool) -> Row:
        """What it costs, and what was paid and given back of that, as the services reckon."""
        terms, code = self._terms[channel], booking.code
        price = self._events[booking.event].plan.offers[booking.offer].price
        subtotal = price * booking.quantity
        discount = code.takes_off(subtotal) if code else 0
        fee = terms.fee_on(subtotal, discount) if was_confirmed or not terms.fee_at_payment else 0
        due = subtotal + fee - discount
        back = 0
        if booking.returned:
            share = price * booking.returned * (subtotal - discount) // subtotal
            back = due if booking.status == CANCELLED else share
        return {
            "subtotal": subtotal,
            "fee": fee,
            "discount": discount,
            "amount_due": due,
            "amount_paid": due if was_confirmed else 0,
            "amount_refunded": back,
            "promo_code_id": code.id if code else None,
            "promo_code": code.row["code"] if code else "",
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
            "returned": booking.returned,
            "unit_price": offer.price,
            "ticket_name": event.plan.type_names[booking.offer],
            "tier_name": offer.tier_name,
            "day_name": offer.day_name,
            "attendees": [],
        }


def _tickets(one: Sold) -> list[Row]:
    """One for each person; the last ones are those that were given back."""
    kept = one.item["quantity"] - one.item["returned"]
    return [
        _ticket(one, position, ACTIVE if position <= kept else VOID)
        for position in range(1, one.item["quantity"] + 1)
    ]


def _ticket(one: Sold, position: int, status: str) -> Row:
    order, ticket_id = one.order, uuid.uuid4()
    return {
        "uuid": ticket_id,
        "number": f"TKT-{secrets.token_hex(8).upper()}",
        "order_id": one.order_id,
        "order_item_id": one.item_id,
        "position": position,
        "event_id": order["event_id"],
        "offer_id": one.item["offer_id"],
        "user_id": order["user_id"],
        "attendee_name": order["buyer_name"],
        "attendee_email": order["buyer_email"],
        "status": status,
        "code_version": 1,
        "key_version": tickets.key_version(),
        "code_hash": tickets.code_hash(tickets.code_of(ticket_id, 1, tickets.key_version())),
        "created_at": order["confirmed_at"],
        "updated_at": order["confirmed_at"] if status == ACTIVE else order["updated_at"],
    }
