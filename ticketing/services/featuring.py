"""Which events stand on the start page: the house decides that, not who puts them on."""

from __future__ import annotations

from typing import Any

from ticketing.errors import Invalid
from ticketing.models import Event
from ticketing.policy import Actor, Permission, allows, require
from ticketing.queries.keys import Key, load
from ticketing.services import activity
from ticketing.transaction import transactional


@transactional
def feature(actor: Actor, key: Key) -> Event:
    """Put an event on the start page, as long as it is on show.

    :raises NotAllowed: the actor is not staff.
    :raises Invalid: it stands there already, or is a draft, called off or over.
    """
    event = _open(actor, key)
    if event.is_featured:
        raise Invalid("featured", "This event is featured already.")
    if not event.is_published or event.is_over or event.is_unlisted:
        raise Invalid("not_on_show", "Only events on show can be featured.")
    event.is_featured = True
    activity.record(actor, "event_featured", event)
    return event


@transactional
def unfeature(actor: Actor, key: Key) -> Event:
    """Take an event from the start page.

    :raises NotAllowed: the actor is not staff.
    :raises Invalid: it does not stand there.
    """
    event = _open(actor, key)
    if not event.is_featured:
        raise Invalid("not_featured", "This event is not featured.")
    event.is_featured = False
    activity.record(actor, "event_unfeatured", event)
    return event


def _open(actor: Actor, key: Key) -> Event:
    require(actor, Permission.EVENT_FEATURE)
    return load(Event, key, lock=True)


def admissible(actor: Actor, values: dict[str, Any]) -> dict[str, Any]:
    """The columns of an event without what only staff says of it: a client that sends back all that it read
    is not turned away for that."""
    if allows(actor, Permission.EVENT_FEATURE):
        return values
    return {column: value for column, value in values.items() if column != "is_featured"}
