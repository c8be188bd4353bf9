"""What mails about a visit say: an event has changed, an event is near. To the buyer about an order, or to
whoever holds a ticket that was passed on about that ticket."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Row

from ticketing import clock
from ticketing.models import Order, OutboxMessage, User
from ticketing.models.events import PUBLISHED
from ticketing.models.tickets import ACTIVE, USED
from ticketing.queries import circulars, tickets
from ticketing.queries.keys import find
from ticketing.services.announcing import Facts, place_of
from ticketing.services.reminding import AHEAD
from ticketing.services.tickets import papers

#: Nobody is to be written to.
_NOBODY: dict[str, Any] = {"recipient": ""}
#: A reminder that comes so much too early was promised before the event was moved; there will be another.
_EARLY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Visit:
    """Somebody's tickets, as rows with the event's and the venue's columns.

    ``row`` is the order's, or that of the ticket that was passed on.
    """

    recipient: str
    row: Any
    held: Sequence[Row[Any]]
    path: str
    #: The order's or the ticket's number, in the words of the template.
    order_number: str = ""
    ticket_number: str = ""
    #: Nobody who has no account can open its page.
    has_page: bool = True

    @property
    def can_be_returned(self) -> bool:
        """Its buyer can still return the tickets, as far as time and door tell."""
        is_buyers = bool(self.order_number) and self.has_page and bool(self.held)
        is_unused = all(ticket.status == ACTIVE and not ticket.admissions for ticket in self.held)
        return is_buyers and is_unused and self.row.event_starts_at > clock.now()

    def facts(self) -> Facts:
        row = self.row
        place = place_of(row.venue_name, row.venue_address, row.venue_city)
        return Facts(row.event_title, row.event_starts_at, row.event_ends_at, row.event_timezone, place)

    def context(self) -> dict[str, Any]:
        """What both templates say."""
        return {
            "recipient": self.recipient,
            "facts": self.facts(),
            "visit": self,
            "spans": [papers.hours_of(self.row, day) for day in self._days()],
        }

    def _days(self) -> list[Any]:
        """The single days that the tickets are for; None alone where one is for the whole event."""
        days = {ticket.offer_day for ticket in self.held}
        return [None] if None in days or not days else sorted(days)


def changed(message: OutboxMessage) -> dict[str, Any]:
    """An event has changed. Nobody is told who knew that already: it may have been changed back."""
    visit = _visit(message)
    if visit is None or clock.now() >= visit.row.event_ends_at:
        return _NOBODY
    before = Facts.read(message.payload["before"])
    changes = before.changes_to(visit.facts())
    if not changes:
        return _NOBODY
    can_return = before.is_moved_to(visit.facts()) and visit.can_be_returned
    about = {"before": before, "changes": changes, "can_return": can_return}
    return {**visit.context(), **about, **_papers(message, visit)}


def near(message: OutboxMessage) -> dict[str, Any]:
    """An event is near. Nobody is reminded of what has begun, or of what was moved to another day."""
    visit = _visit(message)
    if visit is None or not visit.held:
        return _NOBODY
    context = visit.context()
    opens_at = context["spans"][0][0]
    if not clock.now() < opens_at <= clock.now() + AHEAD + _EARLY:
        return _NOBODY
    return {**context, **_papers(message, visit)}


def written_to(message: OutboxMessage) -> dict[str, Any]:
    """The organizer writes, or tries out on themselves how that reads. Nobody is told whose tickets are worth
    nothing any more, or whose event was called off."""
    said = circulars.for_mail(message.payload["circular_id"])
    if said is None:
        return _NOBODY
    told = {"said": said, "reply_to": said.contact_email, "visit": None}
    if "user_id" in message.payload:
        writer = find(User, message.payload["user_id"])
        return {**told, "recipient": writer.email} if writer is not None else _NOBODY
    visit = _visit(message)
    return {**told, **visit.context(), "visit": visit} if visit is not None and visit.held else _NOBODY


def _visit(message: OutboxMessage) -> _Visit | None:
    """None where the tickets are worth nothing any more, or the event was called off."""
    visit = _of_order(message) if "order_id" in message.payload else _of_ticket(message)
    return visit if visit is not None and visit.row.event_status == PUBLISHED else None


def _of_order(message: OutboxMessage) -> _Visit | None:
    order = find(Order, message.payload["order_id"])
    if order is None or not order.is_confirmed:
        return None
    row, held = tickets.order_of(order.id), tickets.kept_of_order(order.id)
    return _Visit(
        order.buyer_email,
        row,
        held,
        f"/bookings/{order.uuid}",
        order_number=order.number,
        has_page=order.user_id is not None,
    )


def _of_ticket(message: OutboxMessage) -> _Visit | None:
    row = tickets.find(message.payload["ticket_id"])
    if row is None or row.status not in (ACTIVE, USED) or row.code_version != message.payload["code_version"]:
        return None
    holder = find(User, row.user_id) if row.user_id else None
    address = holder.email if holder is not None else row.attendee_email
    path = f"/tickets/{row.uuid}"
    return _Visit(address, row, [row], path, ticket_number=row.number, has_page=holder is not None)


def _papers(message: OutboxMessage, visit: _Visit) -> dict[str, Any]:
    """Tickets and calendar as they are now."""
    if visit.ticket_number:
        files = papers.of_ticket_for_mail(visit.row, message.language, with_calendar=True)
    else:
        files = papers.of_order_for_mail(visit.row.id)
    return {"papers": files, "has_tickets": any(file.mimetype == papers.PDF for file in files)}
