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
from ticketing.models.events import DAY_BASED, DRAFT, PUBLISHED, SIMPLE, TIER_AND_DAY
from ticketing.seeding.bulk import Row
from ticketing.seeding.names import Slugs, Taken, numbered
from ticketing.seeding.places import Place, Subject
from ticketing.seeding.pricing import ROUND, DayPlan, Frame, plan_days, plan_parts, pricing_of
from ticketing.seeding.programme import Family, Words
from ticketing.seeding.sales import OfferPlan, TypePlan, plan_kinds

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
    types: list[TypePlan]
    days: list[DayPlan] = field(default_factory=list)
    capacity: int | None = None
    #: Those of all types, type by type.
    offers: list[OfferPlan] = field(init=False)
    #: The name of each offer's type.
    type_names: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.offers = [offer for kind in self.types for offer in kind.offers]
        self.type_names = [kind.name for kind in self.types for _offer in kind.offers]

    def offers_on(self, day: int) -> list[OfferPlan]:
        """What takes a place on the day of that number."""
        return [offer for offer in self.offers if offer.is_all_days or offer.day == day]

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
        pricing = SIMPLE if _is_free(index) else pricing_of(index, family.key)
        number_of_days = dice.choice((2, 3)) if pricing in (DAY_BASED, TIER_AND_DAY) else 0
        place_number, starts_at = self._slot(family, max(1, number_of_days))
        place = self._places[place_number]
        days = plan_days(starts_at.astimezone(ZoneInfo(place.city.zone)).date(), number_of_days)
        organization = (index + index // len(self._organizations)) % len(self._organizations)
        currency = self._organizations[organization]["currency"]
        frame = Frame(family.price, place.row["capacity"], currency, starts_at, days)
        if pricing == SIMPLE:
            types = plan_kinds(family.price, _is_free(index), frame.room, currency, dice)
        else:
            types = plan_parts(pricing, frame, dice)
        words = Words(family, dice, self._names, venue=place.row["name"], city=place.city.name)
        row = self._texts(words, family, place) | self._facts(index, status, place, starts_at, days)
        row |= {"pricing_type": pricing, "currency": currency, "age_restriction": dice.choice(family.ages)}
        plan = EventPlan(row, organization, place_number, subject_number, family.key, types, days)
        row["base_price"] = min(offer.price for offer in plan.offers) if index % 3 == 0 else None
        return plan

    def _facts(
        self, index: int, status: str, place: Place, starts_at: datetime, days: Sequence[DayPlan]
    ) -> Row:
        """When it takes place, and what became of it so far."""
        dice = self._dice
        made = clock.now() - timedelta(days=dice.uniform(31, 60))
        minutes = dice.choice((120, 120, 150, 180, 180, 210, 240))
        last = _later(starts_at, max(0, len(days) - 1), place.city.zone)
        return {
            "uuid": uuid.uuid4(),
            "status": status,
            "starts_at": starts_at,
            "ends_at": last + timedelta(minutes=minutes),
            "timezone": place.city.zone,
            "is_featured": status == PUBLISHED and index % 5 == 0,
            "published_at": made + timedelta(hours=dice.uniform(1, 20)) if status == PUBLISHED else None,
            "created_at": made,
            "updated_at": made,
        }

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

    def _slot(self, family: Family, days: int) -> tuple[int, datetime]:
        """A place, and a believable hour there, on days when nothing else happens there if such can be
        found: of the right kind at first, then anywhere, then on any day of the week."""
        suitable = [number for number, place in enumerate(self._places) if place.kind in family.venues]
        anywhere = range(len(self._places))
        now = clock.now()
        for attempt in itertools.count():
            number = self._dice.choice((attempt < 60 and suitable) or anywhere)
            zone = ZoneInfo(self._places[number].city.zone)
            ahead = timedelta(days=self._dice.randint(FIRST_DAY.days, LAST_DAY.days))
            day = (now + ahead).astimezone(zone).date()
            if day.weekday() not in family.weekdays and attempt < 120:
                continue
            taken = {(number, day + timedelta(days=step)) for step in range(days)}
            if taken & self._occupied and attempt < 240:
                continue
            minutes = round(self._dice.choice(family.hours) * 60)
            moment = datetime(day.year, day.month, day.day, minutes // 60, minutes % 60, tzinfo=zone)
            if FIRST_DAY <= moment - now <= LAST_DAY:
                break
        self._occupied |= taken
        return number, moment.astimezone(UTC)


def _later(moment: datetime, days: int, zone: str) -> datetime:
    """The same hour at the place, so many days later."""
    return (moment.astimezone(ZoneInfo(zone)) + timedelta(days=days)).astimezone(UTC)


def _is_free(index: int) -> bool:
    """One in two dozen, a festival if the categories are the usual ones."""
    return index % 24 == 10


def _statuses(number: int, dice: random.Random) -> list[str]:
    """About one in eight is a draft; of two there is one each. On sale are the first one and free ones, and
    of many also the first round of pricings."""
    first = ROUND if number > ROUND else 1
    possible = [index for index in range(first, number) if not _is_free(index)]
    drafts = set(dice.sample(possible, max(1, round(number / 8)))) if possible else set()
    return [DRAFT if index in drafts else PUBLISHED for index in range(number)]


def _description(words: Words, family: Family, dice: random.Random) -> str:
    bodies = dice.sample(family.bodies, min(2, len(family.bodies)))
    parts = [dice.choice(family.openings), *bodies, dice.choice(family.closings)]
    return "\n\n".join(words.say(part) for part in parts)
