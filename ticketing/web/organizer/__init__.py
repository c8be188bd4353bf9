"""Pages for those who put events on: their events, what was ordered, the door."""

from __future__ import annotations

from ticketing.web.organizer import events, tabs, words

#: Each area's blueprint, mounted in this order.
AREAS = (events.bp,)
#: What templates ask.
GLOBALS = {
    "event_tabs": tabs.event_tabs,
    "event_badge": words.event_badge,
    "order_standings": words.order_standings,
}
