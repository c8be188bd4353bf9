"""BTick's bookings (BTick 001 §7). They are cancelled or refunded, never deleted: DELETE answers 405."""

from __future__ import annotations

from typing import Any

from flask import Response

from ticketing import policy
from ticketing.api.btick import present
from ticketing.api.btick.schemas import (
    BookingDone,
    BookingForStaff,
    BookingIn,
    BookingInList,
    BookingOut,
    BookingRefunded,
)
from ticketing.api.http import ListQuery, Routes, bare_array, current_actor, one_of, window
from ticketing.models import Order
from ticketing.policy import Permission
from ticketing.queries import order_rows as reading
from ticketing.queries.keys import Key
from ticketing.services import orders
from ticketing.services.idempotency import Idempotency

bp = Routes("btick_bookings", prefix="/api/v1/bookings", tag="Bookings")


def _for_staff() -> bool:
    return policy.allows(current_actor(), Permission.ORDER_SEE_ALL)


def _done(message: str, order: Order) -> dict[str, Any]:
    return {"message": message, "booking": present.booking_in_detail(reading.after(order))}


@bp.get("/")
@bp.arguments(ListQuery, location="query")
@bp.response(200, one_of(BookingInList, BookingForStaff, many=True))
def list_bookings(query: dict[str, Any]) -> Response:
    """List the caller's bookings, newest first; staff and support see everybody's, in their own shape."""
    rows = window(query)
    shape = present.booking_for_staff if _for_staff() else present.booking_in_list
    return bare_array(reading.visible(current_actor(), *rows), rows, shape)


@bp.post("/")
@bp.arguments(BookingIn)
@bp.once("bookings")
@bp.response(201, BookingOut)
def create_booking(body: dict[str, Any], once: Idempotency | None) -> Any:
    """Book tickets.

    They are held until the booking is confirmed or expires.
    """
    actor, line = current_actor(), orders.Line(body["event_ticket"], body["quantity"])
    placed = orders.place(actor, [line], terms=orders.terms_for("btick"), once=once)
    return present.booking_in_detail(reading.get(actor, placed.order_id))


@bp.get("/<key:booking>/")
@bp.response(200, one_of(BookingOut, BookingForStaff))
def get_booking(booking: Key) -> Any:
    """One booking (its buyer, staff, support)."""
    shape = present.booking_for_staff if _for_staff() else present.booking_in_detail
    return shape(reading.get(current_actor(), booking))


@bp.patch("/<key:booking>/cancel/")
@bp.refuses(400)
@bp.response(200, BookingDone)
def cancel_booking(booking: Key) -> Any:
    """Cancel a booking (its buyer, staff, support).

    Its tickets return to stock, its money to the buyer.
    """
    return _done("Booking cancelled successfully", orders.cancel(current_actor(), booking))


@bp.post("/<key:booking>/cancel/")
@bp.refuses(400)
@bp.response(200, BookingDone)
def cancel_booking_by_post(booking: Key) -> Any:
    """The same as PATCH."""
    return _done("Booking cancelled successfully", orders.cancel(current_actor(), booking))


@bp.post("/<key:booking>/confirm/")
@bp.refuses(400)
@bp.response(200, BookingDone)
def confirm_booking(booking: Key) -> Any:
    """Confirm a pending booking (support, staff).

    It no longer expires.
    """
    return _done("Booking confirmed successfully", orders.confirm(current_actor(), booking))


@bp.post("/<key:booking>/refund/")
@bp.refuses(400)
@bp.response(200, BookingRefunded)
def refund_booking(booking: Key) -> Any:
    """Refund a confirmed booking (support, staff, the organization's owners and managers)."""
    order = orders.refund(current_actor(), booking)
    return {
        "message": "Booking refunded successfully",
        "booking": present.booking_for_staff(reading.after(order)),
    }
