"""What organizers read of scans: results, reasons, what visitors were told, moments to the second."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_time
from flask_babel import gettext as _

from ticketing.models.tickets import ADMITTED, LEFT, REFUSED, UNDONE
from ticketing.services.checkin.rules import Reason
from ticketing.web.language import language


def results() -> dict[str, tuple[str, str]]:
    """What came of a scan: a tone and the words."""
    return {
        ADMITTED: ("good", _("Let in")),
        REFUSED: ("bad", _("Refused")),
        LEFT: ("brand", _("Went out")),
        UNDONE: ("", _("Taken back")),
    }


def result_badge(result: str) -> tuple[str, str]:
    """What came of one scan: a tone and the words."""
    return results()[result]


def reason_words(reason: str) -> str:
    """Why somebody was refused; nothing for no reason."""
    words: dict[str, str] = {
        Reason.UNKNOWN: _("No ticket has this code"),
        Reason.OTHER_EVENT: _("The ticket is for another event"),
        Reason.VOID: _("The ticket was cancelled"),
        Reason.EVENT_CANCELLED: _("The event was called off"),
        Reason.EVENT_OVER: _("The event was over"),
        Reason.WRONG_GATE: _("The ticket is for another gate"),
        Reason.WRONG_DAY: _("The ticket is for another day"),
        Reason.ALREADY_USED: _("The ticket was used before"),
        Reason.ALREADY_TODAY: _("The ticket was used that day already"),
        Reason.ALREADY_INSIDE: _("They were inside already"),
        Reason.NOT_INSIDE: _("They were not inside"),
    }
    return words.get(reason, reason)


def told_words(claimed: str) -> str:
    """What a device without a network told the visitor."""
    words = {
        ADMITTED: _("Without a network, the device let them in."),
        REFUSED: _("Without a network, the device turned them away."),
        LEFT: _("Without a network, the device let them out."),
    }
    return words.get(claimed, _("The device decided without a network."))


def scan_time(moment: datetime, zone: str) -> str:
    """The time of day at the event's place, to the second: ``8:03:11 PM``."""
    return format_time(moment.astimezone(ZoneInfo(zone)), "medium", locale=language())


def scanned_by(row: Any) -> str:
    """Who scanned: an account's name, or the device and its scanner link."""
    if row.link_name is not None:
        return " · ".join(filter(None, (row.pass_device, row.link_name)))
    return f"{row.first_name or ''} {row.last_name or ''}".strip() or row.email or ""


def device_of(row: Any) -> str:
    """What the device called itself, else what its scanner link knows it by."""
    return row.device or row.pass_device or ""


WORDS = {
    "results": results,
    "result_badge": result_badge,
    "reason_words": reason_words,
    "told_words": told_words,
    "scan_time": scan_time,
    "scanned_by": scanned_by,
    "device_of": device_of,
}
