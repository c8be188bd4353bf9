"""Letting somebody in by the code alone, wherever it is for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from ticketing.policy import Actor, Permission, require
from ticketing.queries import tickets
from ticketing.services import checkin
from ticketing.services.checkin import Scanned

_WHO = "Only organizers and staff can verify tickets."


@dataclass(frozen=True, slots=True)
class Verified:
    """What came of it, and the ticket as it is now (``queries.tickets``)."""

    scanned: Scanned
    ticket: Row[Any]


def verify(actor: Actor, code: str) -> Verified:
    """Let the holder of a code in, for somebody who organizes events (EasyTicket 003, Verify). A refusal at
    the door is a result, not an error: it is kept like every scan.

    :raises NotAllowed: the actor organizes nothing, or not this ticket's event.
    :raises Invalid: no ticket has this code.
    """
    require(actor, Permission.EVENT_LIST_OWN, sentence=_WHO)
    scanned = checkin.verify(actor, code)
    ticket = tickets.find(scanned.ticket_id)
    if ticket is None:
        raise LookupError(f"scan {scanned.check_in_id} has no ticket")
    return Verified(scanned, ticket)
