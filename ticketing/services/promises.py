"""Promises of the outbox that were not kept yet: made due at once, for somebody who has mended what was in
their way."""

from __future__ import annotations

from ticketing import clock
from ticketing.errors import Invalid
from ticketing.models import OutboxMessage
from ticketing.models.outbox import FAILED, QUEUED, SENT
from ticketing.policy import Actor, Permission, require
from ticketing.queries.keys import Key, load
from ticketing.queries.messages import PLANNED, SENDING, is_about_order, state_of
from ticketing.services import activity, notifications
from ticketing.transaction import transactional

#: Mails whose link carries a secret. Who still wants one that was given up asks for another.
WITH_TOKEN = frozenset({notifications.VERIFY_EMAIL, notifications.RESET_PASSWORD, notifications.CHANGE_EMAIL})


def can_be_tried_again(message: OutboxMessage) -> bool:
    """It was given up, or waits for another attempt; mails about orders are sent again instead."""
    if is_about_order(message):
        return False
    state = state_of(message)
    if state == FAILED:
        return message.kind not in WITH_TOKEN
    return state == QUEUED and message.attempts > 0


@transactional
def try_again(actor: Actor, key: Key) -> bool:
    """Have a deed, or a mail about an account, tried once more at once, its attempts counted anew; False
    where it is due already.

    What was done is never done a second time. A mail with a secret is only hurried while it waits.

    :raises NotFound: there is no such message.
    :raises NotAllowed: the actor is not staff.
    :raises Invalid: it is a mail about an order, was done, is being done at this moment, is planned for
        later, or was given up and carries a secret.
    """
    require(actor, Permission.OUTBOX_MANAGE)
    message = load(OutboxMessage, key, lock=True)
    if is_about_order(message):
        raise Invalid("about_order", "Messages about an order are sent again, not tried again.")
    if can_be_tried_again(message):
        _make_due(message)
        activity.record(
            actor, "message_tried_again", ("message", message.id), kind=message.kind, about=_ids(message)
        )
        return True
    _require_due(message)
    return False


def _make_due(message: OutboxMessage) -> None:
    message.status, message.attempts, message.last_error = QUEUED, 0, ""
    message.due_at, message.leased_until = clock.now(), None


def _ids(message: OutboxMessage) -> dict[str, int]:
    """What it is about, without addresses."""
    return {
        name: value
        for name, value in message.payload.items()
        if name.endswith("_id") and isinstance(value, int)
    }


def _require_due(message: OutboxMessage) -> None:
    """Say why a message that is left alone is."""
    state = state_of(message)
    if state == SENT:
        raise Invalid("done", "This was done already.")
    if state == SENDING:
        raise Invalid("being_sent", "This is being done at this moment.")
    if state == PLANNED:
        raise Invalid("planned", "This is planned for later.")
    if state == FAILED:
        raise Invalid("with_secret", "This message carries a secret. Who needs it asks for a new one.")
