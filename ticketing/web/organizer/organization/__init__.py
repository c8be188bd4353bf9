"""Pages about an organization itself: its events, its people, what it says of itself, what it looks like."""

from __future__ import annotations

from ticketing.web.organizer.organization import (
    activity,
    events,
    invitations,
    look,
    members,
    opening,
    settings,
    tabs,
    words,
)
from ticketing.web.organizer.organization.blueprint import bp

#: Each area's blueprint, mounted in this order.
AREAS = (bp, look.bp, invitations.bp)
#: Pages of the first area.
PAGES = (activity, events, members, opening, settings)
#: What templates ask.
GLOBALS = words.GLOBALS | tabs.GLOBALS
