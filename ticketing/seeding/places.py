"""Venues in real cities, and the categories that events are sorted into."""

from __future__ import annotations

import itertools
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from ticketing import clock
from ticketing.seeding.bulk import Row
from ticketing.seeding.cities import CITIES, City
from ticketing.seeding.names import Slugs, Taken, numbered
from ticketing.seeding.programme import CATEGORIES, Family

#: What a kind of venue is called, and how many people it holds.
_KINDS: dict[str, tuple[tuple[str, ...], tuple[int, int]]] = {
    "hall": (("Hall", "Concert Hall", "Town Hall", "Assembly Rooms"), (800, 3000)),
    "centre": (("Conference Centre", "Forum", "Convention House", "Exchange"), (600, 4000)),
    "arena": (("Arena", "Sports Hall", "Coliseum", "Stadium"), (4000, 5000)),
    "theatre": (("Theatre", "Playhouse", "Opera House", "Lyceum"), (500, 1800)),
    "market": (("Market Hall", "Works", "Warehouse", "Depot"), (700, 2500)),
    "club": (("Ballroom", "Music Box", "Social Club", "Cellar"), (400, 900)),
    "park": (("Gardens", "Amphitheatre", "Park Stage", "Pavilion"), (1500, 5000)),
}
_NARROWER = ("Local", "Student", "Late-Night", "Open-Air", "Independent", "Charity", "Summer",
             "Winter", "Weekend", "Neighbourhood", "Experimental")  # fmt: skip
_NAMES = (
    "Riverside",
    "Union",
    "Harbour",
    "Foundry",
    "Meridian",
    "Orpheum",
    "Lantern",
    "Northgate",
    "Regent",
    "Alder",
    "Granary",
    "Palace",
    "Beacon",
    "Tivoli",
    "Crown",
    "Station",
    "Majestic",
    "Copper",
    "Linden",
    "Observatory",
    "Wharf",
    "Apollo",
    "Monument",
    "Garrison",
    "Tannery",
    "Mercury",
    "Rialto",
    "Juniper",
    "Pantheon",
    "Atlas",
)


@dataclass(frozen=True, slots=True)
class Place:
    """A venue to be: its row, its kind and its city."""

    row: Row
    kind: str
    city: City


@dataclass(frozen=True, slots=True)
class Subject:
    """A category to be: its row, and what its events are like."""

    row: Row
    family: Family


def plan_venues(number: int, dice: random.Random, taken: Taken) -> list[Place]:
    """Venues of all kinds, each in another city as long as there are enough."""
    kinds = itertools.cycle(_KINDS)
    cities = itertools.cycle(dice.sample(CITIES, len(CITIES)))
    return [_venue(next(kinds), next(cities), dice, taken) for _ in range(number)]


def _venue(kind: str, city: City, dice: random.Random, taken: Taken) -> Place:
    words, (least, most) = _KINDS[kind]
    made = clock.now() - timedelta(days=dice.uniform(200, 300))
    latitude, longitude = (part + dice.uniform(-0.02, 0.02) for part in (city.latitude, city.longitude))
    row: Row = {
        "uuid": uuid.uuid4(),
        "name": taken.first_free(_venue_names(words, city, dice)),
        "address": city.address(dice.randrange(3, 240), dice.choice(city.streets)),
        "city": city.name,
        "state": city.state,
        "country": city.country,
        "postal_code": "".join(
            str(dice.randrange(1, 10)) if mark == "#" else mark for mark in city.postcodes
        ),
        "latitude": Decimal(f"{latitude:.6f}"),
        "longitude": Decimal(f"{longitude:.6f}"),
        "timezone": city.zone,
        "capacity": dice.randrange(least, most + 1, 50),
        "created_at": made,
        "updated_at": made,
    }
    return Place(row, kind, city)


def _venue_names(words: tuple[str, ...], city: City, dice: random.Random) -> Iterator[str]:
    for _ in range(4):
        yield f"{dice.choice(_NAMES)} {dice.choice(words)}"
    for _ in range(4):
        yield f"{dice.choice(_NAMES)} {dice.choice(words)} {city.name}"
    yield from numbered(f"{dice.choice(_NAMES)} {dice.choice(words)} {city.name}")


def plan_categories(number: int, dice: random.Random, taken: Taken, slugs: Slugs) -> list[Subject]:
    """The commonest categories first; beyond all of them, narrower ones."""
    subjects = []
    known = [category for category in CATEGORIES if category[0].lower() not in taken]
    for place in range(number):
        if place < len(known):
            name, icon, description, family = known[place]
            taken.claim(name)
        else:
            base, icon, description, family = dice.choice(CATEGORIES)
            name = taken.first_free(_narrower(base, dice))
        subjects.append(Subject(_category(name, icon, description, slugs), family))
    return subjects


def _narrower(base: str, dice: random.Random) -> Iterator[str]:
    for word in dice.sample(_NARROWER, len(_NARROWER)):
        yield f"{word} {base}"
    yield from numbered(f"{dice.choice(_NARROWER)} {base}")


def _category(name: str, icon: str, description: str, slugs: Slugs) -> Row:
    made = clock.now() - timedelta(days=300)
    return {
        "uuid": uuid.uuid4(),
        "name": name,
        "slug": slugs.make(name),
        "description": description,
        "icon": icon,
        "created_at": made,
        "updated_at": made,
    }
