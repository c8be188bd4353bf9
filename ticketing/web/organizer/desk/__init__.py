"""The organizers' desk: messages to those who come, files of many rows, orders made for others."""

from __future__ import annotations

from ticketing.web.organizer.desk import circulars, exports

#: Further pages of the attendees' area.
PAGES = (circulars,)
#: Blueprints of their own.
AREAS = (exports.bp,)
