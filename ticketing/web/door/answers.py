"""What the door says: each scan in a colour and a sentence, tickets, and how many are in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Row

from ticketing import clock
from ticketing.models.tickets import ACTIVE, ADMITTED, LAPSED, LEFT, REFUSED, UNDONE, USED
from ticketing.queries import door as reading
from ticketing.services.checkin import Scan, Scanned
from ticketing.services.checkin.rules import Reason
from ticketing.web.door.standing import Door

GREEN, YELLOW, RED = "green", "yellow", "red"
_ALREADY = (Reason.ALREADY_USED, Reason.ALREADY_TODAY, Reason.ALREADY_INSIDE)
#: A mistake that somebody at the door can clear up; every other refusal is final.
_TALK = (*_ALREADY, Reason.NOT_INSIDE, Reason.WRONG_GATE, Reason.WRONG_DAY)
#: Taking back is no admission and no refusal, but something to look at.
TONES: dict[str, str] = {
    ADMITTED: GREEN,
    LEFT: GREEN,
    UNDONE: YELLOW,
    REFUSED: RED,
    **{reason: YELLOW if reason in _TALK else RED for reason in Reason},
}


def sentences() -> dict[str, str]:
    """What is said to each result and each reason, in the reader's language."""
    return {
        ADMITTED: _("Let them in"),
        LEFT: _("Has left"),
        UNDONE: _("Taken back: the ticket is good again"),
        REFUSED: _("Do not let them in"),
        Reason.UNKNOWN: _("We know no such ticket"),
        Reason.OTHER_EVENT: _("This ticket is for another event"),
        Reason.VOID: _("This ticket was cancelled"),
        Reason.EVENT_CANCELLED: _("This event was called off"),
        Reason.EVENT_OVER: _("This event is over"),
        Reason.WRONG_GATE: _("This ticket is for another entrance"),
        Reason.WRONG_DAY: _("This ticket is for another day"),
        Reason.ALREADY_USED: _("This ticket was used before"),
        Reason.ALREADY_TODAY: _("This ticket was used today"),
        Reason.ALREADY_INSIDE: _("Is inside already, as far as we know"),
        Reason.NOT_INSIDE: _("Has not come in, as far as we know"),
    }


def answer_to(door: Door, scanned: Scanned) -> dict[str, Any]:
    """What came of one scan. One statement where there is a ticket."""
    return answers_to(door, [scanned])[0]


def answers_to(door: Door, scanned: Sequence[Scanned]) -> list[dict[str, Any]]:
    """What came of several scans. One statement, or none."""
    shown = reading.tickets(door.event.id, {one.ticket_id for one in scanned if one.ticket_id is not None})
    words = sentences()
    return [
        _answer(one.check_in_id, one.result, one.reason, shown.get(one.ticket_id or 0), words)
        for one in scanned
    ]


def synced(door: Door, told: Sequence[Scan], scanned: Sequence[Scanned]) -> list[dict[str, Any]]:
    """What came of scans that a device had decided alone, and where the visitor was told otherwise."""
    return [
        {**answer, "conflict": scan.claimed not in ("", answer["result"])}
        for scan, answer in zip(told, answers_to(door, scanned), strict=True)
    ]


def recent(door: Door) -> list[dict[str, Any]]:
    """The device's last scans, the latest first. Two statements at most."""
    rows = reading.recent(door.event.id, door.actor)
    shown = reading.tickets(door.event.id, {row.ticket_id for row in rows if row.ticket_id is not None})
    words = sentences()
    return [
        {
            **_answer(row.id, row.result, row.reason, shown.get(row.ticket_id), words),
            "scanned_at": row.scanned_at,
        }
        for row in rows
    ]


def _answer(
    number: int, result: str, reason: str, ticket: Row[Any] | None, words: dict[str, str]
) -> dict[str, Any]:
    before = ticket.last_admitted_at if ticket is not None and reason in _ALREADY else None
    return {
        "id": number,
        "result": result,
        "reason": reason,
        "tone": TONES[reason or result],
        "sentence": words[reason or result],
        "before": before,
        "ticket": None if ticket is None else present_ticket(ticket),
    }


def present_ticket(row: Row[Any]) -> dict[str, Any]:
    """A ticket as people at the door read it; no address of anybody."""
    return {
        "id": str(row.uuid),
        "name": row.attendee_name,
        "ticket_name": " - ".join(filter(None, (row.ticket_name, row.tier_name, row.day_name))),
        "number": row.number,
        "order": row.order_number,
    }


def present_found(door: Door, row: Row[Any]) -> dict[str, Any]:
    """A ticket that was searched for: also how it stands, and when it last let somebody in."""
    return {
        **present_ticket(row),
        "name": row.attendee_name or row.buyer_name,
        "standing": _standing(door.event.ends_at, row),
        "admitted_at": row.last_admitted_at,
    }


def _standing(ends_at: datetime, row: Row[Any]) -> str:
    if row.status != ACTIVE or ends_at > clock.now():
        return str(row.status)
    return USED if row.admissions else LAPSED


def present_counts(rows: Sequence[Row[Any]]) -> dict[str, Any]:
    """How many are in, of how many; the same by type."""
    return {
        **{name: sum(getattr(row, name) for row in rows) for name in ("admitted", "expected", "inside")},
        "types": [
            {"id": row.id, "name": row.name, "admitted": row.admitted, "expected": row.expected}
            for row in rows
        ],
    }
