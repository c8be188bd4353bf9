"""Pages for those who put events on: their events, what was ordered, the door."""

from __future__ import annotations

from ticketing.web.organizer import (
    attendees,
    autosave,
    cancelling,
    cover,
    desk,
    drafts,
    editor,
    embedding,
    events,
    organization,
    pricing,
    promotions,
    publishing,
    scanner_links,
    tabs,
    winding_up,
    words,
)
from ticketing.web.organizer.desk import box_office

#: Each area's blueprint, mounted in this order.
AREAS = (
    events.bp,
    cancelling.bp,
    attendees.bp,
    scanner_links.bp,
    editor.bp,
    *desk.AREAS,
    *organization.AREAS,
    promotions.bp,
)
#: Further pages of the attendees' area.
DESK = desk.PAGES
#: Further pages of the orders' area.
ORDERS = (box_office,)
#: Further pages of the editor's area.
EDITOR = (autosave, cover, drafts, embedding, publishing, winding_up, *pricing.PAGES)
#: What templates ask.
GLOBALS = words.GLOBALS | organization.GLOBALS | {"event_tabs": tabs.event_tabs}
