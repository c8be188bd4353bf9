"""What events sell: ticket types, prices and stock. Stock is settled after the bookings are planned."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from ticketing import money
from ticketing.models.offers import STANDARD

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
_SMALLEST, _LARGEST = 50, 500
#: What tickets beside the free ones are reckoned from, in major units.
_SUPPORT = (5, 12)


@dataclass(slots=True)
class OfferPlan:
    """A ticket type to be, with its one offer. ``price`` in minor units; ``size``, ``held`` and ``sold``
    are those of its quota. ``most`` bounds a quota that has to sell out."""

    kind: str
    price: int
    size: int
    held: int = 0
    sold: int = 0
    most: int | None = None

    @property
    def description(self) -> str:
        """Who it is for."""
        return _KINDS[self.kind][1]

    @property
    def benefits(self) -> str:
        """What it brings beside admission, a line each."""
        return _KINDS[self.kind][2]

    @property
    def taken(self) -> int:
        """Held and sold together."""
        return self.held + self.sold

    @property
    def left(self) -> float:
        """What may still be booked: without end, unless it has to sell out."""
        return math.inf if self.most is None else self.most - self.taken


def plan_offers(
    price: tuple[int, int], is_free: bool, room: int, currency: str, dice: random.Random
) -> list[OfferPlan]:
    """Two to four ticket types, the standard one first; together they fit into the ``room``.

    :param price: the range of a standard ticket, in major units.
    :param is_free: standard tickets cost nothing, others a little.
    """
    others = dice.sample([kind for kind in _KINDS if kind != STANDARD], dice.choice((1, 2, 2, 3)))
    kinds = [kind for kind in _KINDS if kind == STANDARD or kind in others]
    low, high = _SUPPORT if is_free else price
    standard = dice.randrange(low, high + 1, 1 if high < 30 else 5)
    largest = max(_SMALLEST, min(_LARGEST, room // len(kinds)))
    return [
        OfferPlan(
            kind=kind,
            price=0 if is_free and kind == STANDARD else _price(standard, kind, currency),
            size=dice.randrange(_SMALLEST, largest + 1, 10),
        )
        for kind in kinds
    ]


def _price(standard: int, kind: str, currency: str) -> int:
    """Minor units, in steps of half a major one; currencies without cents cost a hundred times as much,
    which is about right for those that have none."""
    hundredths = math.ceil(standard * 100 * _KINDS[kind][0] / 50) * 50
    return hundredths * 10 ** max(0, money.exponent(currency) - 2)


def capacity_of(offers: list[OfferPlan], room: int, dice: random.Random) -> int:
    """A capacity for the whole event that is tighter than its offers together, and never below what is
    taken: some air stays, so that a bounded event is not full by accident."""
    offered, taken = sum(offer.size for offer in offers), sum(offer.taken for offer in offers)
    wish = int(offered * dice.uniform(0.7, 0.95)) // 10 * 10
    return max(min(wish, room), taken + 10)
