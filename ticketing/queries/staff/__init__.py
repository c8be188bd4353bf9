"""What those who run the house look at: one module a room."""

from ticketing.queries.staff.people import KINDS, users
from ticketing.queries.staff.promises import STATES, in_state, outbox

__all__ = ["KINDS", "STATES", "in_state", "outbox", "users"]
