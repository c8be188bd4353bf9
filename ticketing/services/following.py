"""Following an organization: whoever does is told once of each event that it publishes.

Followers are told in batches, each in a transaction of its own that also notes how far it came; the next
batch waits until most of the last one is sent, so that a confirmation never stands behind all of them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import delete, insert

from ticketing import clock
from ticketing.errors import Invalid, NotSignedIn
from ticketing.extensions import db
from ticketing.models import Event, Follow, Organization, OutboxMessage
from ticketing.models.types import table
from ticketing.policy import ANONYMOUS, Actor
from ticketing.queries import following
from ticketing.queries.keys import Key, find
from ticketing.services import activity, notifications
from ticketing.transaction import transactional

#: Outbox kind: tell the next few of those who follow an event's organization.
TELL = "event.tell_followers"
#: Followers that are told in one transaction, and mails that may wait when the next ones are told.
BATCH, MOST_WAITING = 200, 200
#: When to look again whether most of them are sent.
PAUSE = timedelta(seconds=2)


@transactional
def follow(actor: Actor, key: Key) -> Organization:
    """Be told of the organization's new events from now on. Who follows already goes on following.

    :raises NotSignedIn: that needs an account.
    :raises NotFound: the public knows no such organization.
    """
    if actor.user_id is None:
        raise NotSignedIn
    organization = following.get_public(key)
    if not following.follows(actor, organization.id):
        db.session.add(Follow(user_id=actor.user_id, organization_id=organization.id))
        activity.record(actor, "organization_followed", organization)
    return organization


@transactional
def unfollow(actor: Actor, key: Key) -> None:
    """Be told no more. Who does not follow it, or nothing that there is, is told nothing anyway.

    :raises NotSignedIn: that needs an account.
    """
    if actor.user_id is None:
        raise NotSignedIn
    organization = find(Organization, key)
    if organization is not None:
        _end(actor, actor.user_id, organization.id)


def _end(actor: Actor, user_id: int, organization_id: int) -> None:
    gone = db.session.execute(
        delete(Follow)
        .where(Follow.user_id == user_id, Follow.organization_id == organization_id)
        .execution_options(synchronize_session=False)
    )
    if gone.rowcount:  # type: ignore[attr-defined]
        activity.record(actor, "organization_unfollowed", ("organization", organization_id))


def unsubscribe_token(user_id: int, organization_id: int) -> str:
    """What a mail's way out carries. It opens nothing else, and works as long as the mail is kept."""
    return str(_signer().dumps([user_id, organization_id]))


def read_token(token: str) -> Organization:
    """Whose mails this way out is about.

    :raises Invalid: it is none of ours, or the organization is gone.
    """
    organization = find(Organization, _signed(token)[1])
    if organization is None:
        raise _bad_link()
    return organization


@transactional
def unsubscribe(token: str, actor: Actor = ANONYMOUS) -> Organization:
    """Follow no more, without signing in; a second time changes nothing.

    :raises Invalid: the link is none of ours, or the organization is gone.
    """
    organization = read_token(token)
    _end(actor, *_signed(token))
    return organization


def promise(event: Event) -> None:
    """Tell the followers of an event that is published for the first time, in the command that does it. Of
    what is on no list nobody is told."""
    if not event.is_unlisted and following.has_followers(event.organization_id):
        notifications.tell(TELL, event_id=event.id)


def carry_out(message_id: int) -> datetime | None:
    """Promise the next mails; when to come again, or None when everybody is told.

    Whoever calls again, at the same time too, goes on where the last transaction ended. Who follows later is
    not told of what was there, and nobody is told of what was called off, hidden or over by now.
    """
    while following.waiting_mails(notifications.NEW_EVENT, MOST_WAITING) < MOST_WAITING:
        if _tell_some(message_id) is None:
            return None
    return clock.now() + PAUSE


@transactional
def _tell_some(message_id: int) -> int | None:
    """Tell the next few; how many, or None when there are no more."""
    message = find(OutboxMessage, message_id, lock=True)
    if message is None:
        return None
    event = find(Event, message.payload["event_id"])
    if event is None or not is_worth_telling(event):
        return None
    followers = following.next_followers(
        event.organization_id,
        until=message.created_at,
        after=message.payload.get("last_follow", 0),
        limit=BATCH,
    )
    if not followers:
        return None
    db.session.execute(insert(table(OutboxMessage)), [_mail(event, row) for row in followers])
    message.payload = {**message.payload, "last_follow": followers[-1].id}
    return len(followers)


def is_worth_telling(event: Event) -> bool:
    """It can still be gone to, and everybody may know of it."""
    return event.is_published and not event.is_unlisted and not event.has_started


def _mail(event: Event, follower: Any) -> dict[str, Any]:
    payload = {"event_id": event.id, "user_id": follower.user_id}
    return notifications.row(notifications.NEW_EVENT, follower.language, None, payload)


def _signed(token: str) -> tuple[int, int]:
    try:
        user_id, organization_id = _signer().loads(token)
    except (BadData, TypeError, ValueError):
        raise _bad_link() from None
    return int(user_id), int(organization_id)


def _bad_link() -> Invalid:
    return Invalid("bad_token", "This link is not valid any more.", field="token")


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="unsubscribe")
