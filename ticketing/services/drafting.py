"""Drafting: events as their organizers write them, in one go or as they type, alone or two at once."""

from __future__ import annotations

from typing import Any

from ticketing.errors import Conflict, Invalid, said
from ticketing.models import Event
from ticketing.policy import Actor, Permission
from ticketing.queries import editing
from ticketing.queries.keys import Key, find, load
from ticketing.services import covers, events, hosting, idempotency
from ticketing.services.idempotency import Idempotency
from ticketing.transaction import assert_none_open, transactional


@transactional
def begin(actor: Actor, once: Idempotency, **details: Any) -> Event:
    """Draft an event as ``hosting.draft`` does, once: the same form sent again leads to the same event.

    :raises Conflict: the form has made an event already, and says something else now.
    """
    made = made_before(actor, once)
    if made is not None:
        return made
    event = hosting.draft(actor, **details)
    idempotency.point_at(actor, once, event.id)
    return event


def made_before(actor: Actor, once: Idempotency) -> Event | None:
    """The event that was made under the key, which else is taken for this transaction. A form whose event was
    deleted since may make another.

    :raises Conflict: the key came with another body before.
    """
    known = idempotency.claim(actor, once)
    made = find(Event, known) if known is not None else None
    if known is not None and made is None:
        idempotency.forget(actor, once)
        idempotency.claim(actor, once)
    return made


@transactional
def save(actor: Actor, key: Key, *, known: str = "", only_draft: bool = False, **changed: Any) -> Event:
    """Change an event as ``hosting.change`` does, unless somebody else was faster: ``known`` is the version
    (see ``editing.version_of``) that the change was written upon; without one nobody asks.

    :raises Conflict: what the form writes has been changed since.
    :raises Invalid: as in ``hosting.change``; it was called off; or with ``only_draft`` it is no draft now.
    """
    event = load(Event, key, lock=True)
    events.require_seen(actor, event, Permission.EVENT_MANAGE)
    if event.is_cancelled:
        raise Invalid("event_cancelled", "This event was called off; it stays as it was.")
    if only_draft and not event.is_draft:
        raise Invalid("not_a_draft", "It is published by now: save it yourself, for visitors see it at once.")
    if known and known != editing.version_of(event):
        sentence = said("Somebody else has changed this event since you opened it.")
        raise Conflict("changed_meanwhile", sentence)
    return hosting.change(actor, event.id, **changed)


def discard(actor: Actor, key: Key) -> None:
    """Delete a draft, and its picture with it.

    :raises NotFound: it is a stranger's draft.
    :raises NotAllowed: the actor does not manage the event's organization.
    :raises Invalid: it was published, or somebody has ordered tickets of it.
    """
    assert_none_open()
    event = load(Event, key)
    names = event.banner_image, event.thumbnail_image
    events.delete(actor, key, only_draft=True)
    covers.drop(names)
