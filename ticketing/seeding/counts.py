"""How much demo data is asked for."""

from __future__ import annotations

from dataclasses import dataclass


class CannotSeed(ValueError):
    """These counts do not go together; said to the operator as it stands."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of each; users are made beside the demo accounts, all else is exact."""

    users: int = 20
    orgs: int = 5
    venues: int = 6
    cats: int = 6
    events: int = 12
    bookings: int = 80

    def check(self) -> None:
        """:raises CannotSeed: a count is negative, or something lacks what it belongs to."""
        if min(self.users, self.orgs, self.venues, self.cats, self.events, self.bookings) < 0:
            raise CannotSeed("Counts are not negative.")
        if self.events and not (self.orgs and self.venues and self.cats):
            raise CannotSeed("Events need at least one organization, one venue and one category.")
        if self.bookings and not self.events:
            raise CannotSeed("Bookings need at least one event: say --events 1, or --bookings 0.")
