"""What every door shares, in one import: routes, who is calling, lists."""

from ticketing.api.identity import Access, current_actor, presented_claims, refresh_claims
from ticketing.api.limits import Counted
from ticketing.api.parsing import Either, ListQuery, Said, Window, window
from ticketing.api.routes import Routes, bare_array, one_of

__all__ = [
    "Access",
    "Counted",
    "Either",
    "ListQuery",
    "Routes",
    "Said",
    "Window",
    "bare_array",
    "current_actor",
    "one_of",
    "presented_claims",
    "refresh_claims",
    "window",
]
