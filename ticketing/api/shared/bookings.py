"""``/api/bookings/``: SecureTicket's bookings, with BTick's keys beside its own (002 Booking Endpoints)."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from flask import Response
from marshmallow import fields

from ticketing import money
from ticketing.api.btick import present
from ticketing.api.btick.dialect import TICKET_KINDS
from ticketing.api.errors import fields_called
from ticketing.api.fields import AnyKey, In, Money, Out, UtcDate, Whole, Word, utc_text
from ticketing.api.http import ListQuery, Routes, bare_array, current_actor, window
from ticketing.models import orders
from ticketing.queries import order_rows
from ticketing.queries.keys import Key
from ticketing.queries.order_rows import OrderRows
from ticketing.services import orders as services
from ticketing.services.idempotency import Idempotency
from ticketing.services.orders.choosing import seats

bp = Routes("shared_bookings", prefix="/api/bookings", tag="Bookings")

_STATUS = {
    orders.PENDING: "pending",
    orders.CONFIRMED: "confirmed",
    orders.CANCELLED: "cancelled",
    orders.EXPIRED: "cancelled",
    orders.FAILED: "cancelled",
}
BOOKING_STATUSES = tuple(dict.fromkeys(_STATUS.values()))
PAYMENT_STATUSES = ("pending", "processing", "paid", "failed", "refunded")


class TicketOfBooking(Out):
    """Ticket type with its stock; ids are UUIDs."""

    id = fields.UUID()
    event = fields.UUID()
    ticket_type = Word(*TICKET_KINDS)
    ticket_type_display = fields.String()
    price = Money()
    available = fields.Integer()
    quota = fields.Integer()
    sold = fields.Integer()
    created_at = UtcDate()


class ItemOfBooking(Out):
    """One kind of ticket in a booking of several."""

    event_ticket = fields.Nested(TicketOfBooking)
    quantity = fields.Integer()
    unit_price = Money()


class BookingOfBoth(Out):
    """Booking with the keys of both dialects."""

    id = fields.UUID()
    booking_reference = fields.String()
    event = fields.UUID()
    event_title = fields.String()
    event_date = fields.Date(metadata={"description": "In the event's own time zone."})
    event_ticket = fields.Nested(TicketOfBooking)
    quantity = fields.Integer()
    seats_booked = fields.Integer(metadata={"description": "The same as `quantity`."})
    total_price = Money()
    status = Word(*BOOKING_STATUSES)
    payment_status = Word(*PAYMENT_STATUSES)
    created_at = UtcDate()
    expires_at = UtcDate(allow_none=True)
    items = fields.List(
        fields.Nested(ItemOfBooking),
        metadata={"description": "Only where the booking is for several kinds.", "x-optional": True},
    )


class BookingIn(In):
    """Body of a booking."""

    event = AnyKey(required=True)
    seats_booked = Whole(1, 10, required=True)
    event_ticket = AnyKey(
        allow_none=True, metadata={"description": "Needed where the event sells several kinds of tickets."}
    )


class BookingCancelled(Out):
    """What was done to a booking."""

    message = fields.String()
    booking = fields.Nested(BookingOfBoth)


def _own(query: dict[str, Any]) -> Response:
    rows = window(query)
    return bare_array(order_rows.own(current_actor(), *rows), rows, present_booking)


@bp.get("/")
@bp.arguments(ListQuery, location="query")
@bp.response(200, BookingOfBoth(many=True))
def list_own_bookings(query: dict[str, Any]) -> Response:
    """List the caller's own bookings, newest first; everybody's are at `/api/v1/bookings/`, for staff."""
    return _own(query)


@bp.get("/my_bookings/")
@bp.arguments(ListQuery, location="query")
@bp.response(200, BookingOfBoth(many=True))
def list_my_bookings(query: dict[str, Any]) -> Response:
    """The same list."""
    return _own(query)


@bp.post("/")
@bp.arguments(BookingIn)
@bp.once("shared_bookings")
@bp.refuses(404)
@bp.response(201, BookingOfBoth)
def book_seats(body: dict[str, Any], once: Idempotency | None) -> Any:
    """Book seats of an event.

    They are held until the booking is paid or expires.
    """
    actor, event = current_actor(), body["event"]
    with fields_called({"quantity": "seats_booked"}):
        line = seats(event, body["seats_booked"], body.get("event_ticket"))
        placed = services.place(
            actor, [line], terms=services.terms_for("secureticket"), event=event, once=once
        )
    return present_booking(order_rows.get(actor, placed.order_id))


@bp.get("/<key:booking>/")
@bp.response(200, BookingOfBoth)
def get_seats(booking: Key) -> Any:
    """One booking (its buyer, staff, support)."""
    return present_booking(order_rows.get(current_actor(), booking))


@bp.post("/<key:booking>/cancel/")
@bp.refuses(400)
@bp.response(200, BookingCancelled)
def cancel_seats(booking: Key) -> Any:
    """Cancel a booking (its buyer, staff, support).

    Its seats return to stock, its money to the buyer.
    """
    order = services.cancel(current_actor(), booking)
    return {
        "message": "Booking cancelled successfully",
        "booking": present_booking(order_rows.after(order)),
    }


def present_booking(order: OrderRows) -> dict[str, Any]:
    """A booking with the keys of both dialects."""
    row = order.first
    shown = {
        "id": row.uuid,
        "booking_reference": row.number,
        "event": row.event_uuid,
        "event_title": row.event_title,
        "event_date": row.event_starts_at.astimezone(ZoneInfo(row.event_timezone)).date(),
        "event_ticket": _ticket(row),
        "quantity": order.quantity,
        "seats_booked": order.quantity,
        "total_price": money.to_text(row.amount_due, row.currency),
        "status": booking_status(row),
        "payment_status": payment_status(row),
        "created_at": utc_text(row.created_at),
        "expires_at": utc_text(row.expires_at),
    }
    if len(order.items) > 1:
        shown["items"] = [
            {
                "event_ticket": _ticket(item),
                "quantity": item.quantity,
                "unit_price": money.to_text(item.unit_price, item.currency),
            }
            for item in order.items
        ]
    return shown


def _ticket(row: Any) -> dict[str, Any]:
    ticket = present.ticket_in_full(row, "offer_", row.event_currency)
    return {**ticket, "id": row.offer_uuid, "event": row.event_uuid}


def booking_status(row: Any) -> str:
    """How an order stands, in SecureTicket's words."""
    return _STATUS[row.status]


def payment_status(row: Any) -> str:
    """How the payment of an order stands, in SecureTicket's words."""
    if row.status == orders.CONFIRMED:
        return "paid"
    if row.status in (orders.EXPIRED, orders.FAILED):
        return "failed"
    if row.status == orders.CANCELLED and row.amount_paid and row.amount_refunded >= row.amount_paid:
        return "refunded"
    return "processing" if row.has_open_payment else "pending"
