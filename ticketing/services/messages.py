"""Sending a mail once more that did not arrive."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import insert, select

from ticketing import clock
from ticketing.errors import Invalid, NotFound
from ticketing.extensions import db
from ticketing.models import ActivityLog, Order, OutboxMessage
from ticketing.models.outbox import QUEUED, SENT
from ticketing.policy import Actor, Permission, allows, require
from ticketing.queries import messages
from ticketing.queries.keys import Key, find, load
from ticketing.queries.messages import SENDING, Letter
from ticketing.services import activity, notifications
from ticketing.transaction import transactional

#: The same mail is not sent again before this has passed: a second click is the first one.
PAUSE = timedelta(minutes=1)
_DONE = "message_sent_again"


def can_be_sent_again(letter: Letter, order: Order) -> bool:
    """Somebody is there to get it, it is not on its way this moment, and what it says still holds."""
    says_true = letter.kind != notifications.ORDER_CONFIRMED or order.is_confirmed
    return bool(letter.recipient) and letter.state != SENDING and says_true


@transactional
def send_again(actor: Actor, key: Key) -> bool:
    """Have a mail about an order sent once more; False where that was asked for a moment ago.

    One that waits or has failed is made due at once, its attempts counted anew. One that was sent is promised
    anew under another name, so that mail programs do not take it for a double; unless such a promise waits
    already, which is then made due. Whatever carries a secret is about an account, not about an order: it is
    never sent from here.

    :raises NotFound: there is no such mail about an order, or the order is none of the actor's business.
    :raises NotAllowed: the actor sees the order, and no more.
    :raises Invalid: it is being sent at this moment, nobody is left to get it, or it is not true any more.
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
    order = load(Order, message.order_id or 0, lock=True)
    if not allows(actor, Permission.EVENT_SEE_ORDERS, order):
        raise NotFound("message")
    require(actor, Permission.MESSAGE_SEND_AGAIN, order)
    return order


def _require_sendable(letter: Letter, order: Order) -> None:
    if can_be_sent_again(letter, order):
        return
    if letter.state == SENDING:
        raise Invalid("being_sent", "This message is being sent at this moment.")
    if not letter.recipient:
        raise Invalid("no_recipient", "Nobody is left to send this message to.")
    raise Invalid("not_confirmed", "This order is not confirmed any more: there are no tickets to send.")


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
    elif same.leased_until is None or same.leased_until <= clock.now():
        _make_due(same)


def _make_due(message: OutboxMessage) -> None:
    message.status, message.attempts, message.last_error = QUEUED, 0, ""
    message.due_at, message.leased_until = clock.now(), None
