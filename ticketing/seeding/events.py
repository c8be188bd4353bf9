"""Events with everything that they sell, planned in memory before anything is written."""

from __future__ import annotations

import itertools
import random
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from ticketing import clock
from ticketing.models.events import DRAFT, PUBLISHED
from ticketing.seeding.bulk import Row
from ticketing.seeding.names import Slugs, Taken, numbered
from ticketing.seeding.places import Place, Subject
from ticketing.seeding.programme import Family, Words
from ticketing.seeding.sales import OfferPlan, plan_offers

FIRST_DAY, LAST_DAY = timedelta(days=2), timedelta(days=90)
_REFUNDS = (
    "Tickets can be cancelled free of charge until the event begins. Money returns the way it came.",
    "Cancel in your account at any time before the start and get the full price back.",
    "Full refund until the start of the event; after that, tickets can be passed on to somebody else.",
)
_TERMS = (
    "One ticket admits one person. Keep its code to yourself until the door.",
    "The programme may change for good reasons. If the event itself is called off, you get your money back.",
)


@dataclass(slots=True)
class EventPlan:
    """An event to be: its row without ids, and the places of what it belongs to in the lists of this run."""

    row: Row
    organization: int
    place: int
    subject: int
    family: str
    offers: list[OfferPlan] = field(default_factory=list)
    capacity: int | None = None

    @property
    def is_published(self) -> bool:
        """It can be booked."""
        return bool(self.row["status"] == PUBLISHED)

    @property
    def starts_at(self) -> datetime:
        """When it begins."""
        moment: datetime = self.row["starts_at"]
        return moment


class Planner:
    """Plans events at the places and for the subjects of this run."""

    def __init__(
        self,
        places: Sequence[Place],
        subjects: Sequence[Subject],
        organizations: Sequence[Row],
        names: Sequence[str],
        dice: random.Random,
        titles: Taken,
        slugs: Slugs,
    ) -> None:
        self._places, self._subjects, self._organizations = places, subjects, organizations
        self._names, self._dice = names, dice
        self._titles, self._slugs = titles, slugs
        self._occupied: set[tuple[int, date]] = set()

    def plan(self, number: int) -> list[EventPlan]:
        """That many events, spread over all subjects and organizations."""
        return [self._event(index, status) for index, status in enumerate(_statuses(number, self._dice))]

    def _event(self, index: int, status: str) -> EventPlan:
        dice = self._dice
        subject_number = index % len(self._subjects)
        family = self._subjects[subject_number].family
        place_number = self._place_for(family.venues)
        place = self._places[place_number]
        starts_at = self._start(place_number, family.weekdays, family.hours)
        organization = (index + index // len(self._organizations)) % len(self._organizations)
        words = Words(family, dice, self._names, venue=place.row["name"], city=place.city.name)
        made = clock.now() - timedelta(days=dice.uniform(31, 60))
        row: Row = {
            "uuid": uuid.uuid4(),
            **self._texts(words, family, place),
            "status": status,
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(minutes=dice.choice((120, 120, 150, 180, 180, 210, 240))),
            "timezone": place.city.zone,
            "currency": self._organizations[organization]["currency"],
            "age_restriction": dice.choice(family.ages),
            "is_featured": status == PUBLISHED and index % 5 == 0,
            "published_at": made + timedelta(hours=dice.uniform(1, 20)) if status == PUBLISHED else None,
            "created_at": made,
            "updated_at": made,
        }
        plan = EventPlan(row, organization, place_number, subject_number, family.key)
        plan.offers = plan_offers(family.price, _is_free(index), place.row["capacity"], row["currency"], dice)
        return plan

    def _texts(self, words: Words, family: Family, place: Place) -> Row:
        title = self._titles.first_free(self._wordings(words, family.titles, place))
        return {
            "slug": self._slugs.make(title),
            "title": title,
            "short_description": words.say(self._dice.choice(family.leads)),
            "description": _description(words, family, self._dice),
            "terms_and_conditions": self._dice.choice(_TERMS),
            "refund_policy": self._dice.choice(_REFUNDS),
            "tags": ", ".join(words.say(tag) for tag in family.tags).lower(),
        }

    def _wordings(self, words: Words, titles: Sequence[str], place: Place) -> Iterator[str]:
        """Titles for the event: another wording, then the city behind it, then a number."""
        wording = self._dice.choice(titles)
        yield words.say(wording)
        for other in self._dice.sample(titles, len(titles)):
            yield words.say(other)
        yield from numbered(f"{words.say(wording)} – {place.city.name}", " ({})")

    def _place_for(self, kinds: Sequence[str]) -> int:
        suitable = [number for number, place in enumerate(self._places) if place.kind in kinds]
        return self._dice.choice(suitable or range(len(self._places)))

    def _start(self, place: int, weekdays: Sequence[int], hours: Sequence[float]) -> datetime:
        """A believable hour at the place, on a day when nothing else happens there if one can be found."""
        zone = ZoneInfo(self._places[place].city.zone)
        now = clock.now()
        for attempt in itertools.count():
            day = (
                (now + timedelta(days=self._dice.randint(FIRST_DAY.days, LAST_DAY.days)))
                .astimezone(zone)
                .date()
            )
            if day.weekday() not in weekdays or ((place, day) in self._occupied and attempt < 60):
                continue
            minutes = round(self._dice.choice(hours) * 60)
            moment = datetime(day.year, day.month, day.day, minutes // 60, minutes % 60, tzinfo=zone)
            if FIRST_DAY <= moment - now <= LAST_DAY:
                break
        self._occupied.add((place, day))
        return moment.astimezone(UTC)


def _is_free(index: int) -> bool:
    """One in two dozen, a festival if the categories are the usual ones."""
    return index % 24 == 10


def _statuses(number: int, dice: random.Random) -> list[str]:
    """About one in eight is a draft; of two there is one each. The first one and free ones are on sale."""
    possible = [index for index in range(1, number) if not _is_free(index)]
    drafts = set(dice.sample(possible, max(1, round(number / 8)))) if possible else set()
    return [DRAFT if index in drafts else PUBLISHED for index in range(number)]


def _description(words: Words, family: Family, dice: random.Random) -> str:
    bodies = dice.sample(family.bodies, min(2, len(family.bodies)))
    parts = [dice.choice(family.openings), *bodies, dice.choice(family.closings)]
    return "\n\n".join(words.say(part) for part in parts)
