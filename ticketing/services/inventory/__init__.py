"""Stock: the only code that touches a quota.

Stock moves in exactly four ways, on all quotas that the offers draw on, in ascending quota id, each one
conditional UPDATE, as the last thing that a transaction does:

====================  ===========================
``hold``              ``held += n``, where it fits
``commit``            ``held −= n``, ``sold += n``
``release``           ``held −= n``
``give_back``         ``sold −= n``
====================  ===========================

How much there is of it: an offer's own quota, a ticket type's, and what the event admits, over all offers or
on each day.
"""

from ticketing.services.inventory.capacity import (
    bound_type,
    bounds_of_offer,
    close_day,
    lock_and_relink,
    open_day,
    redraw,
    set_event_capacity,
)
from ticketing.services.inventory.moving import (
    Demand,
    Overdrawn,
    Quantities,
    available,
    commit,
    demand_of,
    give_back,
    hold,
    release,
)
from ticketing.services.inventory.sizing import draw_on, drop_quota, open_quota, resize

__all__ = [
    "Demand",
    "Overdrawn",
    "Quantities",
    "available",
    "bound_type",
    "bounds_of_offer",
    "close_day",
    "commit",
    "demand_of",
    "draw_on",
    "drop_quota",
    "give_back",
    "hold",
    "lock_and_relink",
    "open_day",
    "open_quota",
    "redraw",
    "release",
    "resize",
    "set_event_capacity",
]
