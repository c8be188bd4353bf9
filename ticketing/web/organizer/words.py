"""What organizers read for states and kinds."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from ticketing import clock
from ticketing.models import orders
from ticketing.models.events import CANCELLED, DRAFT


def event_badge(event: Any) -> tuple[str, str]:
    """How an event stands, by its status and the clock: a tone and the words."""
    if event.status in (DRAFT, CANCELLED):
        return ("", _("Draft")) if event.status == DRAFT else ("bad", _("Cancelled"))
    now = clock.now()
    if event.ends_at <= now:
        return "", _("Over")
    return ("brand", _("Happening now")) if event.starts_at <= now else ("good", _("Published"))


def order_standings() -> dict[str, tuple[str, str]]:
    """How an order can stand, in the order of lists: a tone and the words."""
    return {
        orders.CONFIRMED: ("good", _("Confirmed")),
        orders.PENDING: ("warn", _("Waiting for payment")),
        orders.CANCELLED: ("", _("Cancelled")),
        orders.EXPIRED: ("", _("Expired")),
        orders.FAILED: ("bad", _("Payment failed")),
    }
