"""Sending a mail once more that did not arrive."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import insert, select
from sqlalchemy.orm import joinedload

from ticketing import clock
from ticketing.errors import Invalid, NotFound
from ticketing.extensions import db
from ticketing.models import ActivityLog, Order, OutboxMessage
from ticketing.models.outbox import QUEUED, SENT
from ticketing.policy import Actor, Permission, allows, require
from ticketing.queries import messages
from ticketing.queries.keys import Key, find, load
from ticketing.queries.messages import PLANNED, SENDING, Letter
from ticketing.services import activity, notifications
from ticketing.transaction import transactional

#: The same mail is not sent again before this has passed: a second click is the first one.
PAUSE = timedelta(minutes=1)
_DONE = "message_sent_again"


def can_be_sent_again(letter: Letter, order: Order) -> bool:
    """Somebody is there to get it, it neither waits for its time nor is on its way this moment, and what it
    says still holds; needs ``event`` loaded."""
    is_at_rest = letter.state not in (PLANNED, SENDING)
    return is_at_rest and bool(letter.recipient) and _still_holds(letter.kind, order)


def _still_holds(kind: str, order: Order) -> bool:
    """Whether the job would send it: it tells nobody of a visit that nobody will pay."""
    event = order.event
    if kind == notifications.ORDER_CONFIRMED:
        return order.is_confirmed
    if kind in (notifications.REMINDER, notifications.EVENT_CHANGED):
        too_late = event.has_started if kind == notifications.REMINDER else event.is_over
        return order.is_confirmed and event.is_published and not too_late
    return True


@transactional
def send_again(actor: Actor, key: Key) -> bool:
    """Have a mail about an order sent once more; False where that was asked for a moment ago.

    One that waits or has failed is made due at once, its attempts counted anew. One that was sent is promised
    anew under another name, so that mail programs do not take it for a double; unless such a promise waits
    already, which is then made due. Whatever carries a secret is about an account, not about an order: it is
    never sent from here.

    :raises NotFound: there is no such mail about an order, or the order is none of the actor's business.
    :raises NotAllowed: the actor sees the order, and no more.
    :raises Invalid: it is being sent at this moment, it is planned for later, nobody is left to get it, or
        what it says does not hold any more.
    """
    order = _order_of(actor, key)
    message = load(OutboxMessage, key, lock=True)
    _require_sendable(messages.get(order, message.id), order)
    if _was_asked_for(message):
        return False
    if message.status == SENT:
        _promise_anew(message)
    else:
        _make_due(message)
    activity.record(actor, _DONE, order, number=order.number, message=message.kind, about=message.payload)
    return True


def _order_of(actor: Actor, key: Key) -> Order:
    """The order that a mail is about, kept for this transaction: two clicks come one after the other."""
    message = find(OutboxMessage, key)
    if message is None or not messages.is_about_order(message):
        raise NotFound("message")
    order = load(Order, message.order_id or 0, joinedload(Order.event), lock=True)
    if not allows(actor, Permission.EVENT_SEE_ORDERS, order):
        raise NotFound("message")
    require(actor, Permission.MESSAGE_SEND_AGAIN, order)
    return order


def _require_sendable(letter: Letter, order: Order) -> None:
    if can_be_sent_again(letter, order):
        return
    if letter.state == SENDING:
        raise Invalid("being_sent", "This message is being sent at this moment.")
    if letter.state == PLANNED:
        raise _planned()
    if not letter.recipient:
        raise Invalid("no_recipient", "Nobody is left to send this message to.")
    raise Invalid("out_of_date", "What this message says does not hold any more.")


def _planned() -> Invalid:
    return Invalid("planned", "This message is planned for later.")


def _was_asked_for(message: OutboxMessage) -> bool:
    asked = db.session.scalars(
        select(ActivityLog.details).where(
            ActivityLog.object_type == "order",
            ActivityLog.object_id == message.order_id,
            ActivityLog.action == _DONE,
            ActivityLog.created_at > clock.now() - PAUSE,
        )
    )
    same = (message.kind, message.payload)
    return any((details["message"], details["about"]) == same for details in asked)


def _promise_anew(sent: OutboxMessage) -> None:
    waiting = db.session.scalars(
        select(OutboxMessage)
        .where(
            OutboxMessage.order_id == sent.order_id,
            OutboxMessage.kind == sent.kind,
            OutboxMessage.status == QUEUED,
        )
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    same = next((message for message in waiting if message.payload == sent.payload), None)
    if same is None:
        again = {name: getattr(sent, name) for name in ("kind", "payload", "language", "order_id")}
        db.session.execute(insert(OutboxMessage).values(due_at=clock.now(), **again))
    elif (state := messages.state_of(same)) == PLANNED:
        raise _planned()
    elif state != SENDING:
        _make_due(same)


def _make_due(message: OutboxMessage) -> None:
    message.status, message.attempts, message.last_error = QUEUED, 0, ""
    message.due_at, message.leased_until = clock.now(), None
