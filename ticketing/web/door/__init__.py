"""The door in a phone's browser: choosing an event, opening a scanner link, scanning with and without
JavaScript, and the calls of the page's script."""

from __future__ import annotations

from ticketing.web.door import calls as calls
from ticketing.web.door import entering as entering
from ticketing.web.door import pages as pages
from ticketing.web.door.blueprint import bp as bp
