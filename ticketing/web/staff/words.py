"""What staff reads for deeds, events and what stopped them."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from flask_babel import format_decimal, format_timedelta
from flask_babel import gettext as _

from ticketing import clock
from ticketing.models import payments
from ticketing.models.outbox import FAILED, QUEUED, SENT
from ticketing.queries.gateway_events import DONE, GIVEN_UP, TRIED, WAITING
from ticketing.queries.messages import MAIL, PLANNED, SENDING
from ticketing.services import announcing, circulars, events, exports, following, notifications
from ticketing.services.payments import sandbox_desk
from ticketing.web.organizer.words import message_name, why_not_sent
from ticketing.web.staff.lists import in_words

Badge = tuple[str, str]


def _deeds() -> dict[str, str]:
    return {
        notifications.SEND_REFUND: _("Deed: refund"),
        notifications.WITHDRAW_PAYMENT: _("Deed: withdraw a payment"),
        events.WIND_UP: _("Deed: end the orders of an event"),
        announcing.ANNOUNCE: _("Deed: announce a change"),
        following.TELL: _("Deed: tell followers of an event"),
        circulars.TELL: _("Deed: write to those who come"),
        exports.MAKE: _("Deed: make a file"),
        sandbox_desk.DECIDE: _("Deed: approve a test payment"),
        sandbox_desk.WEBHOOK: _("Deed: tell of a test payment"),
    }


_MAILS = (
    notifications.ORDER_CONFIRMED,
    notifications.ORDER_CANCELLED,
    notifications.EVENT_CANCELLED,
    notifications.REFUND_DONE,
    notifications.PAID_TOO_LATE,
    notifications.TICKETS_RETURNED,
    notifications.TICKET_RECEIVED,
    notifications.TICKET_PASSED_ON,
    notifications.EVENT_CHANGED,
    notifications.REMINDER,
    notifications.INVITATION,
    notifications.NEW_EVENT,
    notifications.CIRCULAR,
    notifications.WELCOME,
    notifications.VERIFY_EMAIL,
    notifications.RESET_PASSWORD,
    notifications.PASSWORD_CHANGED,
    notifications.CHANGE_EMAIL,
    notifications.EMAIL_CHANGED,
)


def kinds() -> dict[str, str]:
    """Every kind of message that can be asked for, by its name."""
    return {kind: kind_in_words(kind) for kind in (*_MAILS, *_deeds())}


def kind_in_words(kind: str) -> str:
    """What a message does."""
    if kind.startswith(MAIL):
        return _("Mail: %(name)s", name=_lowered(message_name(kind)))
    return _deeds().get(kind) or in_words(kind.replace(".", " "))


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]


def states() -> dict[str, Badge]:
    """How a message can stand: a tone and the words."""
    return {
        PLANNED: ("", _("Planned")),
        QUEUED: ("warn", _("Waiting")),
        SENDING: ("warn", _("Under way")),
        SENT: ("good", _("Done")),
        FAILED: ("bad", _("Given up")),
    }


_ABOUT = {
    "refund_id": lambda number: _("refund %(number)s", number=number),
    "payment_id": lambda number: _("payment %(number)s", number=number),
    "event_id": lambda number: _("event %(number)s", number=number),
    "ticket_id": lambda number: _("ticket %(number)s", number=number),
}


def about(payload: dict[str, Any]) -> str:
    """What a message is about, beside an order or an account."""
    return ", ".join(words(payload[name]) for name, words in _ABOUT.items() if name in payload)


#: The kind of an error, as the jobs note it: ``GatewayDown: …``.
_KIND = re.compile(r"\w+")
_UNREACHED = re.compile(r"GatewayDown|Connection|Timeout|timed out|URLError", re.IGNORECASE)


def why(kind: str, error: str) -> str:
    """What stopped a message, in a sentence without addresses, hosts or secrets."""
    if not error:
        return ""
    if kind.startswith(MAIL):
        return why_not_sent(error)
    if _UNREACHED.match(error):
        return _("The other side could not be reached.")
    if answered := re.search(r"the inbox answered (\d{3})", error):
        return _("Our own inbox answered %(status)s.", status=answered[1])
    name = _KIND.match(error)
    return _("Stopped by an error (%(name)s). Its cause stands in our log.", name=name[0] if name else "?")


def event_states() -> dict[str, Badge]:
    """How a gateway's event can stand: a tone and the words."""
    return {
        WAITING: ("warn", _("Waiting")),
        TRIED: ("warn", _("Tried just now")),
        GIVEN_UP: ("bad", _("Given up")),
        DONE: ("good", _("Processed")),
    }


def outcomes() -> dict[str, Badge]:
    """What became of an event that was processed, by how its outcome begins: a tone and the words."""
    return {
        payments.PAID: ("good", _("Payment is paid")),
        payments.OPEN: ("", _("Payment is open")),
        payments.DECLINED: ("", _("Payment was declined")),
        payments.CANCELLED: ("", _("Payment is withdrawn")),
        payments.REVIEW: ("bad", _("Payment has to be looked into")),
        "ignored: unknown payment": ("warn", _("About a payment that we do not know")),
        "ignored: about no payment": ("", _("About no payment")),
    }


def figures() -> dict[str, str]:
    """What is counted."""
    return {
        "outbox_queued": _("Messages that are due"),
        "outbox_sending": _("Messages under way"),
        "outbox_planned": _("Messages planned for later"),
        "outbox_failed": _("Messages given up"),
        "inbox_waiting": _("Webhooks that wait"),
        "inbox_given_up": _("Webhooks given up"),
        "holds_overdue": _("Holds that should have ended"),
        "payments_long_open": _("Payments open for over an hour"),
        "payments_in_review": _("Payments to be looked into"),
    }


def since(moment: datetime) -> str:
    """How long ago, roughly: ``3 hours``."""
    return format_timedelta(clock.now() - moment)


def size(number: int) -> str:
    """Bytes in a unit that people read: ``12.5 GB``."""
    return _("%(number)s GB", number=format_decimal(round(number / 1e9, 1)))


def user_kinds() -> dict[str, str]:
    """What accounts can be asked for by."""
    return {
        "consumer": _("Buyer"),
        "organizer": _("Organizer"),
        "support": _("Support"),
        "staff": _("Staff"),
    }


def channels() -> dict[str, str]:
    """Through which door an order came."""
    return {
        "web": _("Web"),
        "door": _("Box office"),
        "btick": "BTick",
        "easyticket": "EasyTicket",
        "secureticket": "SecureTicket",
        "cafa": "Cafa",
    }


def gateway_name(name: str) -> str:
    """Through whom something was paid."""
    known = {"manual": _("By hand"), "sandbox": _("Sandbox"), "stripe": "Stripe"}
    return known.get(name) or in_words(name)


def account_name(name: str) -> str:
    """An account of the ledger."""
    known = {
        "gateway": _("At the gateway"),
        "organization": _("Owed to the organization"),
        "fees": _("Our fees"),
        "outside": _("Taken outside"),
        "outside_sales": _("Sales outside"),
        "payouts": _("Payouts"),
        "gateway_fees": _("Fees of the gateway"),
    }
    return known.get(name) or in_words(name)


def event_statuses() -> dict[str, str]:
    """How an event can stand in the database."""
    return {"published": _("Published"), "draft": _("Draft"), "cancelled": _("Cancelled")}


def yes_no() -> dict[str, str]:
    """Whether something is so."""
    return {"yes": _("Yes"), "no": _("No")}


def venue_owners() -> dict[str, str]:
    """Who may choose a venue."""
    return {"public": _("Public"), "private": _("Private")}


def user_states() -> dict[str, str]:
    """How an account can stand."""
    return {"yes": _("Active"), "no": _("Switched off")}


def roles() -> dict[str, str]:
    """What somebody is in an organization, or at a venue."""
    return {
        "OWNER": _("Owner"),
        "MANAGER": _("Manager"),
        "MEMBER": _("Member"),
        "STAFF": _("Staff"),
    }


def badges_of(user: Any) -> list[Badge]:
    """What somebody is, and how the account stands."""
    kinds = user_kinds()
    marks = (
        (user.is_superuser, ("brand", _("Superuser"))),
        (user.is_staff, ("brand", kinds["staff"])),
        (user.is_support, ("brand", kinds["support"])),
        (True, ("", kinds.get(user.user_type, user.user_type))),
        (not user.is_active, ("bad", _("Switched off"))),
        (user.email_verified_at is None, ("warn", _("Address not confirmed"))),
    )
    return [badge for is_so, badge in marks if is_so]
