"""What a run will write, decided in memory from what the database holds: no lock is held meanwhile."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from faker import Faker

from ticketing.models import Event, EventCategory, Organization, User, Venue
from ticketing.seeding import organizers, people, places
from ticketing.seeding.bookings import Booking, plan_bookings
from ticketing.seeding.bulk import Row
from ticketing.seeding.codes import CodePlan, plan_codes
from ticketing.seeding.counts import Counts
from ticketing.seeding.events import EventPlan, Planner
from ticketing.seeding.names import Slugs, Taken
from ticketing.seeding.places import Place, Subject
from ticketing.seeding.sales import capacity_of


@dataclass(slots=True)
class Plan:
    """All rows to be, without ids; ``teams`` are places in ``users`` for each organization."""

    users: list[Row]
    organizations: list[Row]
    teams: list[list[int]]
    places: list[Place]
    subjects: list[Subject]
    events: list[EventPlan]
    codes: list[CodePlan]
    bookings: list[Booking]


def make_plan(counts: Counts, dice: random.Random, *, flush: bool, has_demo_organization: bool) -> Plan:
    """Names and slugs are new among what the database keeps: all, or after a flush superusers only."""
    faker = Faker("en_US")
    users = _plan_users(counts.users, faker, dice, flush)
    organizations = organizers.plan_organizations(
        counts.orgs, dice, _taken(Organization.name, flush), _slugs(Organization.slug, flush)
    )
    teams = organizers.plan_teams(len(organizations), len(users), dice)
    if teams and not has_demo_organization:
        teams[0] = []
    for person in {person for team in teams for person in team}:
        users[person]["user_type"] = "organizer"
    venues = places.plan_venues(counts.venues, dice, _taken(Venue.name, flush))
    subjects = places.plan_categories(
        counts.cats, dice, _taken(EventCategory.name, flush), _slugs(EventCategory.slug, flush)
    )
    names = [f"{first} {last}" for first, last in people.make_names(faker, max(120, counts.events))]
    planner = Planner(
        venues, subjects, organizations, names, dice, _taken(Event.title, flush), _slugs(Event.slug, flush)
    )
    events = planner.plan(counts.events)
    codes = plan_codes(organizations)
    theirs: dict[int, list[CodePlan]] = {}
    for code in codes:
        theirs.setdefault(code.organization, []).append(code)
    bookings = plan_bookings(counts.bookings, events, len(users), theirs, dice)
    _bound(events, venues, dice)
    return Plan(users, organizations, teams, venues, subjects, events, codes, bookings)


def _plan_users(number: int, faker: Faker, dice: random.Random, flush: bool) -> list[Row]:
    kept = [User.is_superuser] if flush else []
    emails, usernames = Taken.in_column(User.email, *kept), Taken.in_column(User.username, *kept)
    for email, *_rest in people.DEMO_ACCOUNTS:
        emails.claim(email)
        usernames.claim(email.split("@")[0])
    return people.plan_users(number, faker, dice, emails, usernames)


def _bound(events: list[EventPlan], venues: list[Place], dice: random.Random) -> None:
    """Types with several parts have a total. Every other event has a capacity: of all its offers together,
    or on each of its days."""
    for number, event in enumerate(events):
        room = venues[event.place].row["capacity"]
        for kind in event.types:
            if len(kind.offers) > 1:
                kind.total = capacity_of(kind.offers, room * max(1, len(event.days)), dice)
        if number % 2 == 0:
            crowds = [event.offers_on(day.number) for day in event.days] or [event.offers]
            event.capacity = max(capacity_of(crowd, room, dice) for crowd in crowds)


def _taken(column: Any, flush: bool) -> Taken:
    return Taken() if flush else Taken.in_column(column)


def _slugs(column: Any, flush: bool) -> Slugs:
    return Slugs() if flush else Slugs.in_column(column)
