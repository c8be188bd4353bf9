"""What the pages of the checkout share."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint
from werkzeug.wrappers import Response

from ticketing.errors import GatewayDown, NotFound
from ticketing.models.payments import OPEN
from ticketing.queries import bookings
from ticketing.queries.bookings import Booking
from ticketing.services.payments import checking
from ticketing.web.actor import current_actor
from ticketing.web.caching import keep_private

bp = Blueprint("checkout", __name__)
bp.after_request(keep_private)

Answer = str | Response | tuple[str, int]
#: Stripe's word for money that is under way: a bank transfer, say.
_UNDER_WAY = "processing"


@dataclass(frozen=True, slots=True)
class Standing:
    """A booking once the gateway was asked about the payment that it waits for. ``is_silent``: it had no
    answer; ``is_under_way``: the buyer has paid, and the money is not there yet."""

    booking: Booking
    is_silent: bool = False
    is_under_way: bool = False

    @property
    def can_be_paid(self) -> bool:
        """Its tickets are kept, and nobody has paid for them yet."""
        return self.booking.can_be_paid and not self.is_under_way


def standing_of(booking: Booking) -> Standing:
    """Ask about the payment that a booking waits for, if it waits for one."""
    if all(payment.status != OPEN for payment in booking.order.payments):
        return Standing(booking)
    actor, key, observed, is_silent = current_actor(), booking.order.uuid, None, False
    try:
        observed = checking.check(actor, key)
    except (GatewayDown, NotFound):
        is_silent = True
    is_under_way = observed is not None and observed.status == _UNDER_WAY
    return Standing(bookings.get_booking(actor, key), is_silent, is_under_way)
