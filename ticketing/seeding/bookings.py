"""Bookings, planned before the stock is settled: so their number is exact and nothing is oversold."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ticketing.models.orders import CANCELLED, CONFIRMED, PENDING
from ticketing.seeding.codes import CodePlan, choose_code
from ticketing.seeding.events import EventPlan
from ticketing.seeding.sales import OfferPlan

LEAST, MOST = 2, 5
_PENDING_SHARE, _CANCELLED_SHARE = 0.25, 0.10
#: Of the cancelled ones, how many had been paid; of the confirmed ones, of how many some tickets came back.
_REFUNDED_SHARE, _PARTLY_SHARE = 0.5, 0.06
#: So many bookings of its own has the demo buyer in each run, as far as there are any.
_OF_DEMO_BUYER = 6
#: Size of the offer that sells out; of the one that nearly does; how many bookings that needs in all.
_SOLD_OUT, _NEARLY, _ENOUGH = 50, 54, 50
_LEFT_OF_NEARLY = 3


@dataclass(frozen=True, slots=True)
class Booking:
    """A booking to be, made ``age`` days ago. ``buyer`` counts from 0, the demo buyer; seeded users follow.

    ``returned`` of its tickets were paid and given back: some of a confirmed one, or all of a cancelled one.
    """

    event: int
    offer: int
    buyer: int
    quantity: int
    status: str
    age: float
    returned: int = 0
    code: CodePlan | None = None


def plan_bookings(
    number: int,
    events: Sequence[EventPlan],
    buyers: int,
    codes: Mapping[int, Sequence[CodePlan]],
    dice: random.Random,
) -> list[Booking]:
    """Exactly that many bookings of published events; offers and codes count along what is taken of them.

    Where there are enough bookings, one offer is sold out and another one nearly. Stock that would not
    allow the number is enlarged.
    """
    if not number:
        return []
    crowd = _Crowd(events, dice)
    scarce = crowd.scarce_offers() if number >= _ENOUGH else []
    fates = _fates(number, dice)
    of_demo_buyer = _demo_buyers_share(fates, dice)
    bookings: list[Booking] = []
    for index, fate in enumerate(fates):
        # What is to sell out would be on sale again if some came back.
        keeps = fate.status != CANCELLED and not fate.gives_back
        target = next((one for one in scarce if keeps and one.plan.left), None) or crowd.choose(fate)
        plan = target.plan
        quantity = _quantity(math.inf if fate.status == CANCELLED else plan.left, dice)
        returned = _returned(fate.status, quantity, dice) if fate.gives_back and plan.price > 0 else 0
        _count(plan, fate.status, quantity - returned)
        buyer = 0 if index in of_demo_buyer or not buyers else dice.randint(1, buyers)
        age = dice.uniform(*plan.ages)
        code = choose_code(codes.get(events[target.event].organization, ()), age, fate.status, dice)
        bookings.append(
            Booking(target.event, target.offer, buyer, quantity, fate.status, age, returned, code)
        )
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
            [_Target(place, number, plan) for number, plan in enumerate(event.offers) if plan.is_bookable]
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

    def choose(self, fate: _Fate) -> _Target:
        """An offer with tickets left if one is found soon, else one that will have to be enlarged; one that
        costs something, where money is to come back."""
        for _attempt in range(20):
            target = self._any()
            is_priced = target.plan.price > 0 or not fate.gives_back
            if is_priced and target.plan.taken + MOST < target.plan.size:
                return target
        priced = [one for event in self._events for one in event if one.plan.most is None and one.plan.price]
        return self._dice.choice(priced) if fate.gives_back and priced else target

    def _any(self) -> _Target:
        (event,) = self._dice.choices(self._events, cum_weights=self._popularity)
        return self._dice.choice([target for target in event if target.plan.most is None])


class _Fate(NamedTuple):
    """What becomes of a booking, and whether money goes back."""

    status: str
    gives_back: bool


def _fates(number: int, dice: random.Random) -> list[_Fate]:
    """In the documented shares, and at least one of each status as soon as there are three."""
    least = 1 if number >= 3 else 0
    pending = max(least, round(number * _PENDING_SHARE))
    cancelled = max(least, round(number * _CANCELLED_SHARE))
    confirmed = number - pending - cancelled
    fates = [_Fate(PENDING, False)] * pending
    for status, made, share in (
        (CANCELLED, cancelled, _REFUNDED_SHARE),
        (CONFIRMED, confirmed, _PARTLY_SHARE),
    ):
        back = math.ceil(made * share)
        fates += [_Fate(status, True)] * back + [_Fate(status, False)] * (made - back)
    dice.shuffle(fates)
    return fates


def _demo_buyers_share(fates: Sequence[_Fate], dice: random.Random) -> set[int]:
    """Which bookings are the demo buyer's: one of which all, one of which a part came back, and others."""
    shown: dict[_Fate, int] = {fate: index for index, fate in enumerate(fates) if fate.gives_back}
    chosen = set(shown.values())
    others = [index for index in range(len(fates)) if index not in chosen]
    return chosen | set(dice.sample(others, min(len(others), _OF_DEMO_BUYER - len(chosen))))


def _returned(status: str, quantity: int, dice: random.Random) -> int:
    """How many tickets of a paid booking come back: all of a cancelled one."""
    return quantity if status == CANCELLED else dice.randrange(1, quantity)


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
