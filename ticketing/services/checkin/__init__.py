"""The door: who may come in, who did, and who scans.

Of two scans of one ticket at the same moment exactly one admits: what lets somebody in is a conditional
UPDATE of the ticket, like stock.
"""

from ticketing.services.checkin.links import create_link, find_link, find_pass, open_link, revoke_link
from ticketing.services.checkin.scanning import MOST_AT_ONCE, Scan, Scanned, scan, sync, undo, verify

__all__ = [
    "MOST_AT_ONCE",
    "Scan",
    "Scanned",
    "create_link",
    "find_link",
    "find_pass",
    "open_link",
    "revoke_link",
    "scan",
    "sync",
    "undo",
    "verify",
]
