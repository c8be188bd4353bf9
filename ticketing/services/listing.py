"""Unlisted events: what is on no list is found by those who were given its link."""

from __future__ import annotations

from ticketing.errors import Invalid
from ticketing.models import Event
from ticketing.policy import Actor, Permission
from ticketing.queries.keys import Key, load
from ticketing.services import activity
from ticketing.services.events import require_seen
from ticketing.services.slugs import secret_slug
from ticketing.transaction import transactional


@transactional
def new_link(actor: Actor, key: Key) -> Event:
    """Give an unlisted event another secret address; the old one leads nowhere from now on.

    :raises NotAllowed: the actor does not manage the event's organization.
    :raises Invalid: it is on the lists, for everybody to find.
    """
    event = load(Event, key, lock=True)
    require_seen(actor, event, Permission.EVENT_MANAGE)
    if not event.is_unlisted:
        raise Invalid("listed", "This event is on the lists: its link is no secret.")
    event.slug = secret_slug(event.slug)
    activity.record(actor, "event_link_renewed", event)
    return event
