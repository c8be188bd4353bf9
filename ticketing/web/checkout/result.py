"""How an order ended."""

from __future__ import annotations

from uuid import UUID

from flask import redirect, render_template, url_for
from flask_login import login_required

from ticketing.queries import bookings
from ticketing.web.actor import current_actor
from ticketing.web.checkout.blueprint import Answer, bp, standing_of


@bp.get("/orders/<uuid:key>")
@login_required
def result(key: UUID) -> Answer:
    """How it ended: confirmed, cancelled, failed, out of time, or with its money still under way. What can
    still be paid goes on to be paid."""
    standing = standing_of(bookings.get_booking(current_actor(), key))
    if standing.can_be_paid:
        return redirect(url_for("checkout.pay", key=key), 303)
    booking = standing.booking
    return render_template(
        "checkout/result.html",
        order=booking.order,
        booking=booking,
        tickets=booking.tickets,
        is_silent=standing.is_silent,
        is_under_way=standing.is_under_way,
    )
