"""What events sell: ticket types, prices and stock. Stock is settled after the bookings are planned."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ticketing import clock, money
from ticketing.models.offers import KINDS, STANDARD

#: Kind: its share of the standard price, its description and what it brings.
_KINDS: dict[str, tuple[float, str, str]] = {
    STANDARD: (1.0, "Admission at the regular price.", ""),
    "EARLY_BIRD": (0.75, "For those who make up their minds early; as long as they last.", ""),
    "STUDENT": (0.6, "For pupils, students and apprentices. Bring a valid card.", ""),
    "GROUP": (0.85, "A reduced price for friends and colleagues who come together.", "Seats side by side"),
    "VIP": (
        2.5, "The best places in the house, and somebody who looks after you.",
        "Separate entrance\nBest seats\nWelcome drink",
    ),
}  # fmt: skip
SMALLEST, LARGEST = 50, 500
#: Bookings are so many days old.
YOUNGEST, OLDEST = 0.1, 30.0
_DAY = timedelta(days=1)
#: What tickets beside the free ones are reckoned from, in major units.
_SUPPORT = (5, 12)


@dataclass(slots=True)
class OfferPlan:
    """Something to be bought. ``price`` in minor units; ``size``, ``held`` and ``sold`` are those of its
    quota, ``most`` bounds one that has to sell out. ``day`` is the number of its day."""

    price: int
    size: int
    held: int = 0
    sold: int = 0
    most: int | None = None
    tier_number: int | None = None
    tier_name: str = ""
    day: int | None = None
    day_name: str = ""
    is_all_days: bool = False
    opens_at: datetime | None = None
    closes_at: datetime | None = None

    @property
    def taken(self) -> int:
        """Held and sold together."""
        return self.held + self.sold

    @property
    def left(self) -> float:
        """What may still be booked: without end, unless it has to sell out."""
        return math.inf if self.most is None else self.most - self.taken

    @property
    def ages(self) -> tuple[float, float]:
        """How many days ago its tickets may have been booked: at least, at most."""
        now = clock.now()
        since = (now - self.opens_at) / _DAY if self.opens_at else OLDEST
        until = (now - self.closes_at) / _DAY if self.closes_at else 0
        return max(YOUNGEST, until), min(OLDEST, since)

    @property
    def is_bookable(self) -> bool:
        """Somebody may have booked it."""
        least, most = self.ages
        return least < most


@dataclass(slots=True)
class TypePlan:
    """A ticket type to be, with what it offers; ``total`` bounds that, where it has several parts."""

    name: str
    description: str
    benefits: str = ""
    kind: str = STANDARD
    offers: list[OfferPlan] = field(default_factory=list)
    total: int | None = None


def plan_kinds(
    price: tuple[int, int], is_free: bool, room: int, currency: str, dice: random.Random
) -> list[TypePlan]:
    """Two to four simple ticket types, the standard one first; together they fit into the ``room``.

    :param price: the range of a standard ticket, in major units.
    :param is_free: standard tickets cost nothing, others a little.
    """
    others = dice.sample([kind for kind in _KINDS if kind != STANDARD], dice.choice((1, 2, 2, 3)))
    kinds = [kind for kind in _KINDS if kind == STANDARD or kind in others]
    standard = standard_price(_SUPPORT if is_free else price, dice)
    types = []
    for kind in kinds:
        share, description, benefits = _KINDS[kind]
        minor = 0 if is_free and kind == STANDARD else in_minor(standard * share, currency)
        offer = OfferPlan(minor, size_within(room // len(kinds), dice))
        types.append(TypePlan(KINDS[kind], description, benefits, kind, [offer]))
    return types


def standard_price(price: tuple[int, int], dice: random.Random) -> int:
    """A price out of the range, in major units that look like a price."""
    low, high = price
    return dice.randrange(low, high + 1, 1 if high < 30 else 5)


def size_within(room: int, dice: random.Random) -> int:
    """How many there are of an offer that has so much room."""
    largest = max(SMALLEST, min(LARGEST, room))
    return dice.randrange(SMALLEST, largest + 1, 10)


def in_minor(major: float, currency: str) -> int:
    """Minor units, in steps of half a major one; currencies without cents cost a hundred times as much,
    which is about right for those that have none."""
    hundredths = math.ceil(round(major * 100) / 50) * 50
    return int(hundredths * 10 ** max(0, money.exponent(currency) - 2))


def capacity_of(offers: Sequence[OfferPlan], room: int, dice: random.Random) -> int:
    """A stock that all of these share. It is tighter than they are together, and never below what is taken:
    some air stays, so that nothing is full by accident."""
    offered, taken = sum(offer.size for offer in offers), sum(offer.taken for offer in offers)
    wish = int(offered * dice.uniform(0.7, 0.95)) // 10 * 10
    return max(min(wish, room), taken + 10)
