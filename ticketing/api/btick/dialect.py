"""BTick's words for statuses, both ways."""

from __future__ import annotations

from ticketing.models import events, offers, orders, organizations

EVENT_STATUS = {events.DRAFT: "DRAFT", events.PUBLISHED: "PUBLISHED", events.CANCELLED: "CANCELLED"}
EVENT_STATUS_SHOWN = {events.DRAFT: "Draft", events.PUBLISHED: "Published", events.CANCELLED: "Cancelled"}
#: What a caller may filter by.
STORED_EVENT_STATUS = {word: stored for stored, word in EVENT_STATUS.items()}

#: An order that expired or whose payment failed is no more than a cancelled one here.
BOOKING_STATUS = {
    orders.PENDING: "PENDING",
    orders.CONFIRMED: "CONFIRMED",
    orders.CANCELLED: "CANCELLED",
    orders.EXPIRED: "CANCELLED",
    orders.FAILED: "CANCELLED",
}
BOOKING_STATUS_SHOWN = {"PENDING": "Pending", "CONFIRMED": "Confirmed", "CANCELLED": "Cancelled"}

TICKET_KINDS = tuple(offers.KINDS)
ROLES = organizations.ROLES
ROLE_SHOWN = {role: role.capitalize() for role in ROLES}
