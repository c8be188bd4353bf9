"""What an event sells, as its organizer sets it: how it is priced, its days, its kinds of tickets."""

from __future__ import annotations

from ticketing.web.organizer.pricing import days, kinds, overview

#: Further pages of the editor's area.
PAGES = (overview, days, kinds)
