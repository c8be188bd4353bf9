"""Writing to those who come: an organizer's message, carried out in the background.

A batch of mails is promised in a transaction of its own that also notes how far it came. The next batch is
promised when most of the last one is sent: a confirmation that somebody waits for stands behind a few of
these mails, never behind all of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import delete, func, insert, select

from ticketing import clock
from ticketing.errors import Invalid, said
from ticketing.extensions import db
from ticketing.models import Circular, Event, OutboxMessage, TicketType, User
from ticketing.models.desk import DONE, FAILED, RUNNING, WAITING
from ticketing.models.types import table
from ticketing.policy import Actor, Permission, require
from ticketing.queries import circulars
from ticketing.queries.circulars import Audience
from ticketing.queries.keys import Key, find, load
from ticketing.services import activity, idempotency, notifications, throttle
from ticketing.services.idempotency import Idempotency
from ticketing.transaction import transactional

#: Outbox kind: tell the next few of those whom a message is for.
TELL = "event.circular"
LONGEST_SUBJECT, LONGEST_BODY = 150, 10_000
#: So many messages of one event in so much time: more would be a nuisance to those who come.
MOST, WITHIN = 5, timedelta(hours=24)
#: Orders that are told in one transaction, and mails that may wait when the next ones are told.
BATCH, MOST_WAITING = 200, 200
#: When to look again whether most of them are sent.
PAUSE = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Letter:
    """What is to be said: a line, and plain text in which empty lines part paragraphs."""

    subject: str
    body: str

    @classmethod
    def of(cls, subject: str, body: str) -> Letter:
        """Without what makes no difference: spaces around, other systems' line ends, rows of empty lines.

        :raises Invalid: there is nothing, or too much.
        """
        body = re.sub(r"[ \t]+\n", "\n", body.replace("\r\n", "\n").replace("\r", "\n"))
        letter = cls(" ".join(subject.split()), re.sub(r"\n{3,}", "\n\n", body).strip())
        letter._check()
        return letter

    def _check(self) -> None:
        fields: dict[str, list[str]] = {}
        if not self.subject:
            fields["subject"] = [said("Please write what it is about.")]
        elif len(self.subject) > LONGEST_SUBJECT:
            fields["subject"] = [said("At most %(most)s characters.", most=LONGEST_SUBJECT)]
        if not self.body:
            fields["body"] = [said("Please write your message.")]
        elif len(self.body) > LONGEST_BODY:
            fields["body"] = [said("At most %(most)s characters.", most=LONGEST_BODY)]
        if fields:
            raise Invalid.in_fields(fields)


def require_open(event: Any) -> None:
    """Go on only if those who come to the event (or a row of it) can be written to.

    :raises Invalid: it is a draft, or was called off: then everybody has been told.
    """
    if event.status == "cancelled":
        raise Invalid("event_cancelled", "This event was called off: everybody has been told.")
    if event.status != "published":
        raise Invalid("not_published", "Nobody can come yet: this event is not published.")


def count(event: Any, audience: Audience) -> int:
    """How many mails a message to them would be, for an event or a row of one.

    :raises Invalid: nobody can be written to, nobody is meant, or the audience is not of this event.
    """
    require_open(event)
    if not (total := circulars.count(event.id, _checked(event.id, audience))):
        raise Invalid("nobody", "Nobody comes who is meant by that.", field="types")
    return total


@transactional
def send(
    actor: Actor, event_key: Key, letter: Letter, audience: Audience, *, once: Idempotency | None = None
) -> Circular:
    """Have a message sent to those who come now; the same request again finds what it made.

    :raises NotAllowed: the actor does not manage the event's organization.
    :raises Invalid: the event is a draft or was called off, nobody is meant, or there were too many.
    """
    event = load(Event, event_key)
    require(actor, Permission.EVENT_MANAGE, event)
    if once is not None and (made := idempotency.claim(actor, once)):
        return load(Circular, made)
    event = load(Event, event.id, lock=True)
    total = count(event, audience)
    _require_few(event.id)
    made_now = _kept(actor, event.id, letter, audience, total=total)
    notifications.tell(TELL, circular_id=made_now.id)
    activity.record(actor, "circular_sent", event, title=event.title, mails=total, about=letter.subject)
    if once is not None:
        idempotency.point_at(actor, once, made_now.id)
    return made_now


def _checked(event_id: int, audience: Audience) -> Audience:
    """:raises Invalid: it names a ticket type or a day of another event."""
    types = select(func.count()).where(TicketType.event_id == event_id, TicketType.id.in_(audience.types))
    if len(set(audience.types)) != db.session.scalar(types):
        raise Invalid("unknown_type", "There is no such ticket any more.", field="types")
    if audience.day is not None and audience.day not in {day.id for day in circulars.days_of(event_id)}:
        raise Invalid("unknown_day", "There is no such day any more.", field="day")
    return audience


def _require_few(event_id: int) -> None:
    sent = Circular.event_id == event_id, Circular.created_at > clock.now() - WITHIN, ~circulars.is_test()
    if (db.session.scalar(select(func.count()).where(*sent)) or 0) >= MOST:
        sentence = said("At most %(most)s messages a day, for the sake of those who come.", most=MOST)
        raise Invalid("too_many_circulars", sentence)


def _kept(actor: Actor, event_id: int, letter: Letter, audience: Audience, *, total: int) -> Circular:
    made = Circular(
        event_id=event_id,
        actor_id=actor.user_id,
        subject=letter.subject,
        body=letter.body,
        audience=audience.kept(),
        status=DONE if audience.is_test else WAITING,
        total=total,
    )
    db.session.add(made)
    db.session.flush()
    return made


def send_test(actor: Actor, event_key: Key, letter: Letter) -> str:
    """Send a message to its writer and to nobody else; the address that it goes to.

    :raises NotAllowed: the actor does not manage the event's organization.
    :raises TooMany: there were many mails for this account already.
    """
    throttle.take_mail(f"circulars of {actor.user_id}")
    return _send_test(actor, event_key, letter)


@transactional
def _send_test(actor: Actor, event_key: Key, letter: Letter) -> str:
    event = load(Event, event_key)
    require(actor, Permission.EVENT_MANAGE, event)
    require_open(event)
    writer = load(User, actor.user_id or 0)
    made = _kept(actor, event.id, letter, Audience(is_test=True), total=1)
    notifications.tell(
        notifications.CIRCULAR, language=writer.language, circular_id=made.id, user_id=writer.id
    )
    return writer.email


def carry_out(circular_id: int) -> datetime | None:
    """Promise the next mails; when to come again, or None when everybody is told.

    Whoever calls again, at the same time too, goes on where the last transaction ended. Nobody else is told
    when the event is called off meanwhile: that message goes to everybody.
    """
    while circulars.waiting_mails(MOST_WAITING) < MOST_WAITING:
        if _tell_some(circular_id) is None:
            return None
    return clock.now() + PAUSE


@transactional
def _tell_some(circular_id: int) -> int | None:
    """Tell the next few orders; how many mails, or None when there are no more."""
    circular = find(Circular, circular_id, lock=True)
    if circular is None or circular.status not in (WAITING, RUNNING):
        return None
    event = load(Event, circular.event_id)
    if not event.is_published:
        _end(circular, FAILED)
        return None
    audience = Audience.read(circular.audience)
    orders = circulars.next_orders(
        event.id, audience, until=circular.created_at, after=circular.last_order, limit=BATCH
    )
    rows = _mails(circular.id, orders, circulars.tickets_of(event.id, audience, [row.id for row in orders]))
    if rows:
        db.session.execute(insert(table(OutboxMessage)), rows)
    circular.status, circular.done = RUNNING, circular.done + len(rows)
    if len(orders) < BATCH:
        _end(circular, DONE)
        return None
    circular.last_order = orders[-1].id
    return len(rows)


def _end(circular: Circular, status: str) -> None:
    circular.status, circular.total, circular.finished_at = status, circular.done, clock.now()


def _mails(circular_id: int, orders: Sequence[Any], tickets: Sequence[Any]) -> list[dict[str, Any]]:
    """One for each buyer who kept a ticket, and one for each holder of others, whatever they hold of the
    order."""
    kind, about, rows = notifications.CIRCULAR, {"circular_id": circular_id}, []
    held = {order_id: list(some) for order_id, some in groupby(_by_order(tickets), lambda row: row.order_id)}
    for order in orders:
        mine = held.get(order.id, [])
        if order.buyer_email and not all(ticket.passed_on for ticket in mine):
            rows.append(notifications.row(kind, order.language, order.id, {"order_id": order.id, **about}))
        others = {ticket.holder: ticket for ticket in reversed(mine) if ticket.passed_on and ticket.holder}
        rows += [
            notifications.row(kind, ticket.language, order.id, notifications.ticket(ticket) | about)
            for ticket in others.values()
        ]
    return rows


def _by_order(tickets: Sequence[Any]) -> list[Any]:
    return sorted(tickets, key=lambda ticket: ticket.order_id)


@transactional
def forget_tests() -> int:
    """Drop what writers sent to themselves a day ago; how many there were."""
    old = circulars.is_test(), Circular.created_at < clock.now() - WITHIN
    gone = db.session.execute(delete(Circular).where(*old).execution_options(synchronize_session=False))
    return int(gone.rowcount)  # type: ignore[attr-defined]
