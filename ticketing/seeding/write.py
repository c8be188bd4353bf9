"""Writing a plan, in one transaction."""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from ticketing.models import (
    Event,
    EventCategory,
    Offer,
    Organization,
    Quota,
    TicketType,
    User,
    Venue,
    offer_quotas,
)
from ticketing.models.offers import KINDS
from ticketing.policy import SYSTEM
from ticketing.seeding import flush as flushing
from ticketing.seeding import organizers, people
from ticketing.seeding.bulk import Row, insert_rows, insert_with_ids
from ticketing.seeding.covers import Cover
from ticketing.seeding.events import EventPlan
from ticketing.seeding.orders import Buyer, Clerk, OrderWriter, WrittenEvent
from ticketing.seeding.plan import Plan
from ticketing.seeding.report import Progress
from ticketing.seeding.sales import OfferPlan
from ticketing.services import activity
from ticketing.transaction import transactional


@dataclass(frozen=True, slots=True)
class Written:
    """How many rows were made that nobody gave a number for."""

    demo_accounts: int
    memberships: int
    ticket_types: int
    tickets: int


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
    writer = OrderWriter(events, _buyers(plan.users, user_ids, demo), _clerk(demo), dice)
    admitted = writer.write(plan.bookings, progress)
    activity.record(SYSTEM, "demo_data_made", events=len(events), bookings=len(plan.bookings), flush=flush)
    return Written(opened, members, sum(len(event.offers) for event in events), admitted)


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
    offer_ids = iter(_write_offers(plans, event_ids))
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


def _write_offers(plans: Sequence[EventPlan], event_ids: Sequence[int]) -> list[int]:
    """Ticket types, one offer each, and their stock; the offers' ids, event by event."""
    sold = [
        (plan, event_id, offer)
        for plan, event_id in zip(plans, event_ids, strict=True)
        for offer in plan.offers
    ]
    type_ids = insert_with_ids(
        TicketType, [_type_row(plan, event_id, offer) for plan, event_id, offer in sold]
    )
    quota_ids = insert_with_ids(
        Quota, [_quota_row(event_id, "offer", offer.size, [offer]) for _plan, event_id, offer in sold]
    )
    offer_ids = insert_with_ids(
        Offer,
        [
            _offer_row(plan, event_id, type_id, quota_id, offer)
            for (plan, event_id, offer), type_id, quota_id in zip(sold, type_ids, quota_ids, strict=True)
        ],
    )
    shared = _write_capacities(plans, event_ids)
    draws = [
        {"offer_id": offer_id, "quota_id": quota_id}
        for (_plan, event_id, _offer), offer_id, own_id in zip(sold, offer_ids, quota_ids, strict=True)
        for quota_id in (own_id, shared.get(event_id))
        if quota_id is not None
    ]
    insert_rows(offer_quotas, draws)
    return offer_ids


def _write_capacities(plans: Sequence[EventPlan], event_ids: Sequence[int]) -> dict[int, int]:
    """``{event id: quota id}`` of the events whose offers share a capacity."""
    rows = [
        _quota_row(event_id, "event", plan.capacity, plan.offers)
        for plan, event_id in zip(plans, event_ids, strict=True)
        if plan.capacity is not None
    ]
    quota_ids = insert_with_ids(Quota, rows)
    return {row["event_id"]: quota_id for row, quota_id in zip(rows, quota_ids, strict=True)}


def _type_row(plan: EventPlan, event_id: int, offer: OfferPlan) -> Row:
    return {
        "uuid": uuid.uuid4(),
        "event_id": event_id,
        "name": KINDS[offer.kind],
        "kind": offer.kind,
        "description": offer.description,
        "benefits": offer.benefits,
        "created_at": plan.row["created_at"],
        "updated_at": plan.row["created_at"],
    }


def _quota_row(event_id: int, kind: str, size: int, offers: Sequence[OfferPlan]) -> Row:
    return {
        "event_id": event_id,
        "kind": kind,
        "size": size,
        "held": sum(offer.held for offer in offers),
        "sold": sum(offer.sold for offer in offers),
    }


def _offer_row(plan: EventPlan, event_id: int, type_id: int, quota_id: int, offer: OfferPlan) -> Row:
    return {
        "uuid": uuid.uuid4(),
        "event_id": event_id,
        "ticket_type_id": type_id,
        "quota_id": quota_id,
        "price": offer.price,
        "created_at": plan.row["created_at"],
        "updated_at": plan.row["created_at"],
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
