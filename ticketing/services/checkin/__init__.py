"""The door: who may come in, who did, and who scans.

Of two scans of one ticket at the same moment exactly one admits: what lets somebody in is a conditional
UPDATE of the ticket, like stock.
"""

from ticketing.services.checkin.links import create_link, open_link, revoke_link
from ticketing.services.checkin.scanning import Scan, Scanned, scan, sync, undo, verify

__all__ = [
    "Scan",
    "Scanned",
    "create_link",
    "open_link",
    "revoke_link",
    "scan",
    "sync",
    "undo",
    "verify",
]
