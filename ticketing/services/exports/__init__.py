"""An event's attendees and orders as files: small ones at once, large ones made in the background and kept
for a day."""

from __future__ import annotations

from ticketing.services.exports.asking import AT_ONCE, MAKE, ask, note, repeat
from ticketing.services.exports.keeping import KEPT, path_of, room, sweep
from ticketing.services.exports.making import make
from ticketing.services.exports.tables import Table, count, table_of

__all__ = [
    "AT_ONCE",
    "KEPT",
    "MAKE",
    "Table",
    "ask",
    "count",
    "make",
    "note",
    "path_of",
    "repeat",
    "room",
    "sweep",
    "table_of",
]
