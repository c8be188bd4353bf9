"""What organizers read for states and kinds."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import gettext as _

from ticketing import clock
from ticketing.models import desk, orders, payments
from ticketing.models.events import CANCELLED, DRAFT
from ticketing.services import notifications

Badge = tuple[str, str]


def event_badge(event: Any) -> Badge:
    """How an event stands, by its status and the clock: a tone and the words."""
    if event.status in (DRAFT, CANCELLED):
        return ("", _("Draft")) if event.status == DRAFT else ("bad", _("Cancelled"))
    now = clock.now()
    if event.ends_at <= now:
        return "", _("Over")
    return ("brand", _("Happening now")) if event.starts_at <= now else ("good", _("Published"))


def order_standings() -> dict[str, Badge]:
    """How an order can stand, in the order of lists: a tone and the words."""
    return {
        orders.CONFIRMED: ("good", _("Confirmed")),
        orders.PENDING: ("warn", _("Waiting for payment")),
        orders.CANCELLED: ("", _("Cancelled")),
        orders.EXPIRED: ("", _("Expired")),
        orders.FAILED: ("bad", _("Payment failed")),
    }


def desk_kinds() -> dict[str, Badge]:
    """Orders that were made at the box office: a tone and the words."""
    return {
        desk.AT_THE_DOOR: ("brand", _("Sold at the door")),
        desk.COMPLIMENTARY: ("brand", _("Complimentary")),
    }


def payment_badge(status: str) -> Badge:
    """How a payment stands: a tone and the words."""
    return {
        payments.OPEN: ("warn", _("Started")),
        payments.PAID: ("good", _("Paid")),
        payments.DECLINED: ("bad", _("Declined")),
        payments.CANCELLED: ("", _("Withdrawn")),
        payments.REVIEW: ("bad", _("Being looked into")),
    }[status]


def refund_badge(status: str) -> Badge:
    """How a refund stands: a tone and the words."""
    return {
        payments.REQUESTED: ("warn", _("On its way")),
        payments.SUCCEEDED: ("good", _("Paid back")),
        payments.REFUND_FAILED: ("bad", _("Failed")),
    }[status]


def message_name(kind: str) -> str:
    """What a mail is about."""
    known = {
        notifications.ORDER_CONFIRMED: _("Confirmation with the tickets"),
        notifications.ORDER_CANCELLED: _("Order cancelled"),
        notifications.EVENT_CANCELLED: _("Event called off"),
        notifications.REFUND_DONE: _("Refund"),
        notifications.PAID_TOO_LATE: _("Paid too late"),
        notifications.TICKETS_RETURNED: _("Tickets returned"),
        notifications.TICKET_RECEIVED: _("A ticket for somebody else"),
        notifications.TICKET_PASSED_ON: _("Ticket passed on"),
        notifications.EVENT_CHANGED: _("Event changed"),
        notifications.REMINDER: _("Reminder"),
        notifications.CIRCULAR: _("Message from the organizer"),
        notifications.INVITATION: _("Invitation"),
        notifications.NEW_EVENT: _("New event"),
    }
    return known.get(kind) or kind.removeprefix("mail.").replace("_", " ").capitalize()


def letter_badge(letter: Any) -> Badge:
    """How a mail stands: a tone and the words."""
    if letter.state == "queued" and letter.attempts:
        return "warn", _("Not delivered yet")
    return {
        "planned": ("", _("Planned")),
        "queued": ("warn", _("Waiting")),
        "sending": ("warn", _("Being sent")),
        "sent": ("good", _("Sent")),
        "failed": ("bad", _("Not delivered")),
    }[letter.state]


#: What a mail server answered: as the jobs note it.
_ANSWERED = re.compile(r"answered ([245]\d\d) ?(.*)", re.DOTALL)
_ADDRESS = re.compile(r"<?[^\s<>]+@[^\s<>]+>?:?\s*")
_UNREACHABLE = re.compile(
    r"connect|timeout|timed out|refused|unreachable|gaierror|network|ssl", re.IGNORECASE
)
_LONGEST_ANSWER = 140


def why_not_sent(error: str) -> str:
    """The gist of what stopped a mail: no addresses, no hosts, nothing of how we sign in there."""
    if not error:
        return ""
    answer = _ANSWERED.search(error)
    if answer is None:
        if _UNREACHABLE.search(error):
            return _("The mail server could not be reached.")
        return _("It could not be written. Its cause stands in our log.")
    code, said = int(answer[1]), _ADDRESS.sub("", answer[2]).strip()[:_LONGEST_ANSWER]
    if code in (530, 534, 535, 538):
        return _("The mail server did not let us in.")
    return _("%(reason)s (%(code)s %(said)s)", reason=_reason(code), code=code, said=said).replace(" )", ")")


def _reason(code: int) -> str:
    if code in (550, 551, 553):
        return _("There is no such mailbox, or it takes nothing from us.")
    if code in (452, 552):
        return _("The mailbox is full.")
    if code < 500:
        return _("The mail server could not take it just then.")
    return _("The mail server turned it down.")


GLOBALS = {
    "event_badge": event_badge,
    "order_standings": order_standings,
    "desk_kinds": desk_kinds,
    "payment_badge": payment_badge,
    "refund_badge": refund_badge,
    "message_name": message_name,
    "letter_badge": letter_badge,
    "why_not_sent": why_not_sent,
}
