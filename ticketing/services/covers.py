"""Events' pictures as their organizers send them: a large one for the page, a small one for lists."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO

from ticketing.errors import Refusal
from ticketing.models import Event
from ticketing.policy import Actor, Permission
from ticketing.queries.keys import Key, load
from ticketing.services import activity, pictures
from ticketing.services.events import require_seen
from ticketing.transaction import assert_none_open, transactional

#: The names of a large picture and of a small one.
Pair = tuple[str | None, str | None]
_NONE: Pair = (None, None)


def set_cover(actor: Actor, key: Key, sent: IO[bytes] | bytes) -> None:
    """Give an event this picture instead of the one that it has, see ``pictures.take_in``.

    :raises NotFound: it is a stranger's draft.
    :raises NotAllowed: the actor does not manage the event's organization.
    :raises Invalid: this is no picture that can be taken in.
    """
    assert_none_open()
    require_seen(actor, load(Event, key), Permission.EVENT_MANAGE)
    data = sent if isinstance(sent, bytes) else sent.read(pictures.LARGEST_FILE + 1)
    taken: list[str] = []
    try:
        for box in (pictures.BANNER_BOX, pictures.THUMBNAIL_BOX):
            taken.append(
                pictures.take_in(data, folder=pictures.COVERS, box=box, field="picture", is_photograph=True)
            )
        before = _set(actor, key, (taken[0], taken[1]))
    except Refusal:
        # After any other failure it may be committed all the same, and then the pictures are needed.
        drop(taken)
        raise
    drop(before)


def remove(actor: Actor, key: Key) -> None:
    """Show an event without a picture.

    :raises NotFound: it is a stranger's draft.
    :raises NotAllowed: the actor does not manage the event's organization.
    """
    assert_none_open()
    drop(_set(actor, key, _NONE))


@transactional
def _set(actor: Actor, key: Key, cover: Pair) -> Pair:
    """What the event showed before."""
    event = load(Event, key, lock=True)
    require_seen(actor, event, Permission.EVENT_MANAGE)
    before = event.banner_image, event.thumbnail_image
    banner, thumbnail = cover
    changed = activity.apply(event, {"banner_image": banner, "thumbnail_image": thumbnail})
    activity.record(actor, "event_cover_set" if banner else "event_cover_removed", event, changed=changed)
    return before


def copied(event: Event) -> Pair:
    """The event's pictures once more, as files of their own."""
    banner = pictures.copied(event.banner_image)
    if event.thumbnail_image == event.banner_image:
        return banner, banner
    return banner, pictures.copied(event.thumbnail_image)


def drop(names: Iterable[str | None]) -> None:
    """Remove pictures that no event shows any more."""
    for name in names:
        pictures.drop(name)
