"""What every door shares, in one import: routes, who is calling, lists."""

from ticketing.api.identity import Access, current_actor, refresh_claims
from ticketing.api.parsing import ListQuery, Window, window
from ticketing.api.routes import Routes, bare_array, one_of

__all__ = [
    "Access",
    "ListQuery",
    "Routes",
    "Window",
    "bare_array",
    "current_actor",
    "one_of",
    "refresh_claims",
    "window",
]
