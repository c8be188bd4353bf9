"""Bookings, planned before the stock is settled: so their number is exact and nothing is oversold."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ticketing.models.orders import CANCELLED, CONFIRMED, PENDING
from ticketing.seeding.events import EventPlan
from ticketing.seeding.sales import OfferPlan

LEAST, MOST = 2, 5
_PENDING_SHARE, _CANCELLED_SHARE = 0.25, 0.10
#: So many bookings of its own has the demo buyer in each run, as far as there are any.
_OF_DEMO_BUYER = 6
#: Size of the offer that sells out; of the one that nearly does; how many bookings that needs in all.
_SOLD_OUT, _NEARLY, _ENOUGH = 50, 54, 50
_LEFT_OF_NEARLY = 3


@dataclass(frozen=True, slots=True)
class Booking:
    """A booking to be. ``buyer`` counts from 0, the demo buyer; seeded users follow."""

    event: int
    offer: int
    buyer: int
    quantity: int
    status: str


def plan_bookings(
    number: int, events: Sequence[EventPlan], buyers: int, dice: random.Random
) -> list[Booking]:
    """Exactly that many bookings of published events; the offers count along what is held and sold.

    Where there are enough bookings, one offer is sold out and another one nearly. Stock that would not
    allow the number is enlarged.
    """
    if not number:
        return []
    crowd = _Crowd(events, dice)
    scarce = crowd.scarce_offers() if number >= _ENOUGH else []
    of_demo_buyer = set(dice.sample(range(number), min(number, _OF_DEMO_BUYER)))
    bookings = []
    for index, status in enumerate(_statuses(number, dice)):
        target = (
            next((one for one in scarce if status != CANCELLED and one.plan.left), None) or crowd.choose()
        )
        quantity = _quantity(math.inf if status == CANCELLED else target.plan.left, dice)
        _count(target.plan, status, quantity)
        buyer = 0 if index in of_demo_buyer or not buyers else dice.randint(1, buyers)
        bookings.append(Booking(target.event, target.offer, buyer, quantity, status))
    _enlarge(events, dice)
    return bookings


class _Target(NamedTuple):
    """An offer, by its event's place in the list of this run and its own place in the event."""

    event: int
    offer: int
    plan: OfferPlan


class _Crowd:
    """Chooses what people book: a few events draw most of them."""

    def __init__(self, events: Sequence[EventPlan], dice: random.Random) -> None:
        self._dice = dice
        self._events = [
            [_Target(place, number, plan) for number, plan in enumerate(event.offers)]
            for place, event in enumerate(events)
            if event.is_published
        ]
        ranks = range(1, len(self._events) + 1)
        self._popularity = list(itertools.accumulate(1 / math.sqrt(rank) for rank in ranks))

    def scarce_offers(self) -> list[_Target]:
        """One offer that is to sell out and one that nearly is; the events keep others."""
        chosen = []
        places = (0, _SOLD_OUT, 0), (len(self._events) // 2, _NEARLY, _LEFT_OF_NEARLY)
        for place, size, left in places:
            unbounded = [target for target in self._events[place] if target.plan.most is None]
            if len(unbounded) > 1:
                plan = unbounded[0].plan
                plan.size, plan.most = size, size - left
                chosen.append(unbounded[0])
        return chosen

    def choose(self) -> _Target:
        """An offer with tickets left if one is found soon, else one that will have to be enlarged."""
        for _attempt in range(20):
            (event,) = self._dice.choices(self._events, cum_weights=self._popularity)
            target = self._dice.choice([target for target in event if target.plan.most is None])
            if target.plan.taken + MOST < target.plan.size:
                break
        return target


def _statuses(number: int, dice: random.Random) -> list[str]:
    """In the documented shares, and at least one of each as soon as there are three."""
    least = 1 if number >= 3 else 0
    pending = max(least, round(number * _PENDING_SHARE))
    cancelled = max(least, round(number * _CANCELLED_SHARE))
    statuses = [PENDING] * pending + [CANCELLED] * cancelled + [CONFIRMED] * (number - pending - cancelled)
    dice.shuffle(statuses)
    return statuses


def _quantity(left: float, dice: random.Random) -> int:
    """Two to five tickets that never leave a single one over, since nobody books just one."""
    fitting = [number for number in range(LEAST, MOST + 1) if number == left or number <= left - LEAST]
    return dice.choice(fitting)


def _count(plan: OfferPlan, status: str, quantity: int) -> None:
    if status == PENDING:
        plan.held += quantity
    elif status == CONFIRMED:
        plan.sold += quantity


def _enlarge(events: Sequence[EventPlan], dice: random.Random) -> None:
    """Give an offer that sold more than it had a size that fits, and some tickets more."""
    for event in events:
        for plan in event.offers:
            if plan.most is None and plan.taken + LEAST > plan.size:
                plan.size = math.ceil(plan.taken * dice.uniform(1.1, 1.5) / 10) * 10 + 10
