"""Organizations, and who belongs to them."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator, Sequence
from datetime import timedelta

from flask import current_app
from slugify import slugify
from sqlalchemy import func, select

from ticketing import clock
from ticketing.extensions import db
from ticketing.models import Membership, User, VenueMembership
from ticketing.models import organizations as roles
from ticketing.seeding import people
from ticketing.seeding.bulk import Row, insert_rows
from ticketing.seeding.names import Slugs, Taken, numbered

_FIRST = (
    "Lantern",
    "Northlight",
    "Harbour",
    "Silverline",
    "Foxglove",
    "Keystone",
    "Wildflower",
    "Bluebird",
    "Ivory",
    "Meridian",
    "Kestrel",
    "Salt",
    "Juniper",
    "Longshore",
    "Firefly",
    "Redwood",
    "Halcyon",
    "Marigold",
    "Compass",
    "Driftwood",
)
_SECOND = (
    "Oak",
    "Anchor",
    "Thread",
    "Stone",
    "Feather",
    "Bell",
    "Pine",
    "Key",
    "Wolf",
    "Sons",
    "Rye",
    "Quill",
)
_WHAT = (
    ("Productions", "produces concerts and stage shows, from clubs of two hundred to open-air nights"),
    ("Events", "plans and runs public events of every size, with a small crew that stays until the end"),
    ("Collective", "is a group of organizers, technicians and artists who put on the shows they would go to"),
    ("Presents", "brings artists and speakers to places that they have not been to"),
    ("Live", "has been promoting live events for twelve years"),
    ("Festivals", "runs festivals and markets that people come back to"),
    ("Society", "is a members’ society that invites the public to most of what it does"),
)


def plan_organizations(number: int, dice: random.Random, taken: Taken, slugs: Slugs) -> list[Row]:
    """Rows of new organizations."""
    return [_organization(dice, taken, slugs) for _ in range(number)]


def _organization(dice: random.Random, taken: Taken, slugs: Slugs) -> Row:
    what, story = dice.choice(_WHAT)
    name = taken.first_free(_names(what, dice))
    # Addresses below example.com reach nobody.
    domain = f"{slugify(name, separator='')[:50]}.example.com"
    made = clock.now() - timedelta(days=dice.uniform(200, 400))
    return {
        "uuid": uuid.uuid4(),
        "name": name,
        "slug": slugs.make(name),
        "description": f"{name} {story}.",
        "website": f"https://{domain}",
        "contact_email": f"hello@{domain}",
        "currency": current_app.config["CURRENCY"],
        "created_at": made,
        "updated_at": made,
    }


def _names(what: str, dice: random.Random) -> Iterator[str]:
    for _ in range(4):
        yield f"{dice.choice(_FIRST)} {what}"
    for _ in range(6):
        yield f"{dice.choice(_FIRST)} & {dice.choice(_SECOND)} {what}"
    yield from numbered(f"{dice.choice(_FIRST)} & {dice.choice(_SECOND)} {what}")


def plan_teams(organizations: int, users: int, dice: random.Random) -> list[list[int]]:
    """For each organization the places of its people in the list of users: the owner, then managers.

    At most half of the users organize, so that there are buyers; without users nobody does.
    """
    pool = list(range(min(users, max(3, users // 2))))
    dice.shuffle(pool)
    teams = []
    for number in range(organizations):
        size = min(len(pool), dice.choice((2, 3)))
        teams.append([pool[(number * 3 + step) % len(pool)] for step in range(size)])
    return teams


def join_teams(
    organization_ids: Sequence[int], teams: Sequence[Sequence[int]], user_ids: Sequence[int]
) -> int:
    """Write the memberships of people who are no demo accounts; how many."""
    rows = [
        _membership(organization_id, user_ids[person], roles.MANAGER if place else roles.OWNER)
        for organization_id, team in zip(organization_ids, teams, strict=True)
        for place, person in enumerate(team)
    ]
    insert_rows(Membership, rows)
    return len(rows)


def demo_organization() -> int | None:
    """The organization that the demo organizer owns already, if any."""
    return db.session.scalar(
        select(Membership.organization_id)
        .join(User, User.id == Membership.user_id)
        .where(func.lower(User.email) == people.ORGANIZER, Membership.role == roles.OWNER)
        .order_by(Membership.organization_id)
        .limit(1)
    )


def join_demo_accounts(demo: dict[str, int], organization_id: int) -> int:
    """Give the demo accounts their roles in this organization where they have none; how many got one."""
    there = set(
        db.session.scalars(select(Membership.user_id).where(Membership.organization_id == organization_id))
    )
    wanted = {people.ORGANIZER: roles.OWNER, people.MANAGER: roles.MANAGER, people.MEMBER: roles.MEMBER}
    rows = [
        _membership(organization_id, demo[email], role)
        for email, role in wanted.items()
        if demo[email] not in there
    ]
    insert_rows(Membership, rows)
    return len(rows)


def join_demo_venue(demo: dict[str, int], venue_ids: Sequence[int]) -> None:
    """Let the demo venue manager look after the first of these, unless there is a venue of theirs."""
    user_id = demo[people.VENUE]
    has_one = select(VenueMembership.id).where(VenueMembership.user_id == user_id).limit(1)
    if venue_ids and db.session.scalar(has_one) is None:
        insert_rows(VenueMembership, [{"venue_id": venue_ids[0], "user_id": user_id, "role": "MANAGER"}])


def _membership(organization_id: int, user_id: int, role: str) -> Row:
    return {"uuid": uuid.uuid4(), "organization_id": organization_id, "user_id": user_id, "role": role}
