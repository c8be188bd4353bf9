"""What events sell that have price tiers, days, or both."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ticketing.models.events import DAY_BASED, SIMPLE, TIER_AND_DAY, TIERED
from ticketing.seeding.sales import OfferPlan, TypePlan, in_minor, size_within, standard_price

#: One in seven each, the others are simple, as is what cannot last for days.
_TURNS = {1: TIER_AND_DAY, 2: TIERED, 4: DAY_BASED}
ROUND = 7
_LASTING = ("conference", "food", "art")
#: Name, share of the price, days before the start until which, and from which, it is sold.
_TIERS: tuple[tuple[str, float, int | None, int | None], ...] = (
    ("Early bird", 0.8, 21, None),
    ("Advance", 1.0, None, None),
    ("Last minute", 1.25, None, 3),
)
#: Name, share of the price, description and what it brings.
_AREAS = (
    ("Regular", 1.0, "A good place, at a price that rises as the day comes closer.", ""),
    ("Premium", 1.8, "For an evening without a queue.", "Separate entrance\nThe first rows\nWelcome drink"),
)
_PASSES = (
    ("Day pass", 1.0, "Come and go as you like, for one day or for all of them.", ""),
    ("Reduced", 0.6, "For pupils, students and apprentices. Bring a valid card.", ""),
)
_PLACES = (("Standard", 0.8), ("Plus", 1.0), ("Premium", 1.6))
#: What a pass for all days costs, as a share of the days one by one.
_ALL_DAYS = 0.8


@dataclass(frozen=True, slots=True)
class DayPlan:
    """A day to be, of an event that sells by the day."""

    number: int
    name: str
    date: date


def pricing_of(index: int, family: str) -> str:
    """How the event of this number in the run is priced, being of that family."""
    turn = _TURNS.get(index % ROUND, SIMPLE)
    return turn if turn == TIERED or family in _LASTING else SIMPLE


def plan_days(first: date, number: int) -> list[DayPlan]:
    """So many days in a row, called by their names."""
    dates = [first + timedelta(days=step) for step in range(number)]
    return [DayPlan(place, f"{day:%A}", day) for place, day in enumerate(dates, 1)]


@dataclass(frozen=True, slots=True)
class Frame:
    """What the offers of an event have to fit: ``price`` is the range of a standard ticket in major units,
    ``room`` how many people there is place for."""

    price: tuple[int, int]
    room: int
    currency: str
    starts_at: datetime
    days: Sequence[DayPlan]


def plan_parts(pricing: str, frame: Frame, dice: random.Random) -> list[TypePlan]:
    """Ticket types of that pricing; their totals are still to be settled."""
    return _PLANNERS[pricing](frame, dice)


def _tiered(frame: Frame, dice: random.Random) -> list[TypePlan]:
    standard = standard_price(frame.price, dice)
    room = frame.room // (len(_AREAS) * len(_TIERS))
    return [
        TypePlan(
            name,
            description,
            benefits,
            offers=[
                _tier(frame, number, in_minor(standard * share * tier[1], frame.currency), room, dice)
                for number, tier in enumerate(_TIERS, 1)
            ],
        )
        for name, share, description, benefits in _AREAS
    ]


def _tier(frame: Frame, number: int, price: int, room: int, dice: random.Random) -> OfferPlan:
    name, _share, until, since = _TIERS[number - 1]
    return OfferPlan(
        price,
        size_within(room, dice),
        tier_number=number,
        tier_name=name,
        closes_at=frame.starts_at - timedelta(days=until) if until else None,
        opens_at=frame.starts_at - timedelta(days=since) if since else None,
    )


def _by_the_day(frame: Frame, dice: random.Random) -> list[TypePlan]:
    standard = standard_price(frame.price, dice)
    room = frame.room // (len(_PASSES) * 2)
    types = []
    for name, share, description, benefits in _PASSES:
        price = in_minor(standard * share, frame.currency)
        every = in_minor(standard * share * len(frame.days) * _ALL_DAYS, frame.currency)
        passes = [
            OfferPlan(price, size_within(room, dice), day=day.number, day_name=day.name) for day in frame.days
        ]
        whole = OfferPlan(every, size_within(room, dice), day_name="All days", is_all_days=True)
        types.append(TypePlan(name, description, benefits, offers=[*passes, whole]))
    return types


def _by_both(frame: Frame, dice: random.Random) -> list[TypePlan]:
    standard = standard_price(frame.price, dice)
    room = frame.room // len(_PLACES)
    cells = [
        OfferPlan(
            # The last evening is the one that everybody wants.
            in_minor(standard * share * (1.2 if day is frame.days[-1] else 1.0), frame.currency),
            size_within(room, dice),
            tier_number=number,
            tier_name=name,
            day=day.number,
            day_name=day.name,
        )
        for day in frame.days
        for number, (name, share) in enumerate(_PLACES, 1)
    ]
    return [TypePlan("Admission", "Choose your day, and how comfortable it shall be.", offers=cells)]


_PLANNERS: dict[str, Callable[[Frame, random.Random], list[TypePlan]]] = {
    TIERED: _tiered,
    DAY_BASED: _by_the_day,
    TIER_AND_DAY: _by_both,
}
