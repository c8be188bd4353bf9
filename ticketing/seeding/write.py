"""Writing a plan, in one transaction."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from flask import current_app

from ticketing.models import Event, EventCategory, Organization, User, Venue
from ticketing.policy import SYSTEM
from ticketing.seeding import flush as flushing
from ticketing.seeding import organizers, people
from ticketing.seeding.bulk import Row, insert_with_ids
from ticketing.seeding.codes import write_codes
from ticketing.seeding.covers import Cover
from ticketing.seeding.events import EventPlan
from ticketing.seeding.orders import Buyer, OrderWriter, WrittenEvent
from ticketing.seeding.plan import Plan
from ticketing.seeding.report import Progress
from ticketing.seeding.stock import write_offers
from ticketing.seeding.takings import Clerk, Takings
from ticketing.services import activity
from ticketing.transaction import transactional


@dataclass(frozen=True, slots=True)
class Written:
    """How many rows were made that nobody gave a number for, and payments in the sandbox's name."""

    demo_accounts: int
    memberships: int
    ticket_types: int
    codes: int
    tickets: int
    charges: Sequence[Row]


@transactional
def write(
    plan: Plan, covers: Sequence[Cover], *, flush: bool, progress: Progress, dice: random.Random
) -> Written:
    """All of the plan, or nothing."""
    if flush:
        with progress.step("Clearing", flushing.number_of_tables()) as advance:
            flushing.clear(advance)
    demo, opened = people.ensure_demo_accounts(dice)
    with progress.step("People", len(plan.users)) as advance:
        user_ids = insert_with_ids(User, plan.users, advance)
    organization_ids = insert_with_ids(Organization, plan.organizations)
    owners, members = _staff(plan, demo, organization_ids, user_ids)
    venue_ids = insert_with_ids(Venue, [place.row for place in plan.places])
    organizers.join_demo_venue(demo, venue_ids)
    category_ids = insert_with_ids(EventCategory, [subject.row for subject in plan.subjects])
    links = _Links(organization_ids, owners, venue_ids, category_ids)
    with progress.step("Events", len(plan.events)) as advance:
        events = _write_events(plan.events, covers, links)
        advance(len(events))
    write_codes(plan.codes, organization_ids)
    takings = Takings(_clerk(demo), current_app.config["PAYMENT_GATEWAY"])
    writer = OrderWriter(events, _buyers(plan.users, user_ids, demo), takings, dice)
    issued = writer.write(plan.bookings, progress)
    activity.record(SYSTEM, "demo_data_made", events=len(events), bookings=len(plan.bookings), flush=flush)
    types = sum(len(event.types) for event in plan.events)
    return Written(opened, members, types, len(plan.codes), issued, takings.charges)


@dataclass(frozen=True, slots=True)
class _Links:
    """Ids by the place in the plan; ``owners`` belong to the organizations."""

    organizations: Sequence[int]
    owners: Sequence[int | None]
    venues: Sequence[int]
    categories: Sequence[int]


def _staff(
    plan: Plan, demo: dict[str, int], organization_ids: Sequence[int], user_ids: Sequence[int]
) -> tuple[list[int | None], int]:
    """Give the organizations their people: the owner of each, and how many memberships were made."""
    owners: list[int | None] = [user_ids[team[0]] if team else None for team in plan.teams]
    made = organizers.join_teams(organization_ids, plan.teams, user_ids)
    theirs = organizers.demo_organization()
    if theirs is None and organization_ids:
        theirs, owners[0] = organization_ids[0], demo[people.ORGANIZER]
    if theirs is not None:
        made += organizers.join_demo_accounts(demo, theirs)
    return owners, made


def _write_events(plans: Sequence[EventPlan], covers: Sequence[Cover], links: _Links) -> list[WrittenEvent]:
    rows = [_event_row(plan, cover, links) for plan, cover in zip(plans, covers, strict=True)]
    event_ids = insert_with_ids(Event, rows)
    offer_ids = iter(write_offers(plans, event_ids))
    return [
        WrittenEvent(
            event_id, links.organizations[plan.organization], plan, list(islice(offer_ids, len(plan.offers)))
        )
        for plan, event_id in zip(plans, event_ids, strict=True)
    ]


def _event_row(plan: EventPlan, cover: Cover, links: _Links) -> Row:
    prices = [offer.price for offer in plan.offers]
    return {
        **plan.row,
        "organization_id": links.organizations[plan.organization],
        "organizer_id": links.owners[plan.organization],
        "venue_id": links.venues[plan.place],
        "category_id": links.categories[plan.subject],
        "capacity": plan.capacity,
        "banner_image": cover.banner,
        "thumbnail_image": cover.thumbnail,
        "lowest_price": min(prices),
        "highest_price": max(prices),
        "sold_total": sum(offer.sold for offer in plan.offers),
    }


def _buyers(users: Sequence[Row], user_ids: Sequence[int], demo: dict[str, int]) -> list[Buyer]:
    """The demo buyer, then everybody of this run."""
    first, last = next(account[1:3] for account in people.DEMO_ACCOUNTS if account[0] == people.ATTENDEE)
    demo_buyer = Buyer(demo[people.ATTENDEE], f"{first} {last}", people.ATTENDEE)
    return [
        demo_buyer,
        *(
            Buyer(user_id, f"{user['first_name']} {user['last_name']}", user["email"])
            for user, user_id in zip(users, user_ids, strict=True)
        ),
    ]


def _clerk(demo: dict[str, int]) -> Clerk:
    return Clerk(demo[people.SUPPORT], people.SUPPORT)
