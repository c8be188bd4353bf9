"""Accounts: the demo ones that the documentation names, and people who buy and organize."""

from __future__ import annotations

import random
import re
import uuid
from datetime import datetime, timedelta

from faker import Faker
from sqlalchemy import func, select

from ticketing import clock
from ticketing.extensions import db
from ticketing.models import User
from ticketing.seeding.bulk import Row, insert_rows
from ticketing.seeding.cities import CITIES
from ticketing.seeding.names import Taken, numbered
from ticketing.services.passwords import hash_password

DEMO_PASSWORD = "password123"  # noqa: S105 (of demo accounts, and documented)
ADMIN, SUPPORT, ORGANIZER = "admin@example.com", "support@example.com", "organizer@example.com"
MANAGER, MEMBER = "manager@example.com", "member@example.com"
VENUE, ATTENDEE = "venue@example.com", "attendee@example.com"

#: Address, first and last name, what it is, and the columns that make it so.
DEMO_ACCOUNTS: tuple[tuple[str, str, str, str, Row], ...] = (
    (ADMIN, "Ada", "Marsh", "staff and superuser", {"is_staff": True, "is_superuser": True}),
    (SUPPORT, "Sam", "Whitfield", "support", {"is_support": True}),
    (
        ORGANIZER, "Olivia", "Grant", "organizer, OWNER of the first organization",
        {"user_type": "organizer"},
    ),
    (MANAGER, "Marcus", "Bell", "MANAGER of that organization", {"user_type": "organizer"}),
    (MEMBER, "Mina", "Castro", "MEMBER of that organization", {}),
    (VENUE, "Victor", "Hale", "manager of the first venue", {}),
    (ATTENDEE, "Alice", "Turner", "consumer", {}),
)  # fmt: skip


def make_names(faker: Faker, number: int) -> list[tuple[str, str]]:
    """First and last names."""
    return [(faker.first_name(), faker.last_name()) for _ in range(number)]


def plan_users(number: int, faker: Faker, dice: random.Random, emails: Taken, usernames: Taken) -> list[Row]:
    """Rows of new accounts, who joined over the last half year."""
    now = clock.now()
    # Hashing takes as long as it should; thousands of times that would be minutes. One hash for all of them
    # is good enough for accounts whose password is printed in the documentation.
    shared_hash = hash_password(DEMO_PASSWORD)
    rows = []
    for first, last in make_names(faker, number):
        handle = re.sub(r"[^a-z.]", "", f"{first}.{last}".lower())
        username = next(
            name
            for name in numbered(handle, "{}")
            if usernames.claim(name) and emails.claim(f"{name}@example.com")
        )
        joined = now - timedelta(days=dice.uniform(61, 200))
        rows.append(_row(f"{username}@example.com", username, first, last, shared_hash, joined, dice))
    return rows


def _row(
    email: str,
    username: str,
    first: str,
    last: str,
    password_hash: str,
    joined: datetime,
    dice: random.Random,
) -> Row:
    city = dice.choice(CITIES)
    return {
        "uuid": uuid.uuid4(),
        "email": email,
        "username": username,
        "password_hash": password_hash,
        "first_name": first,
        "last_name": last,
        # 555-01xx is set aside for made-up numbers.
        "phone": f"+1 {dice.randrange(201, 990)} 555 01{dice.randrange(100):02}",
        "city": city.name,
        "country": city.country,
        "user_type": "consumer",
        "is_staff": False,
        "is_superuser": False,
        "is_support": False,
        "email_verified_at": joined + timedelta(minutes=dice.randrange(2, 240)),
        "settings": {},
        "created_at": joined,
        "updated_at": joined,
    }


def ensure_demo_accounts(dice: random.Random) -> tuple[dict[str, int], int]:
    """Open those demo accounts that do not exist: ``{address: id}`` of all, and how many were opened.

    Existing ones stay as they are.
    """
    ids = _ids_of_demo_accounts()
    usernames = Taken.in_column(User.username)
    joined = clock.now() - timedelta(days=210)
    shared_hash = hash_password(DEMO_PASSWORD)
    rows = []
    for email, first, last, _what, special in DEMO_ACCOUNTS:
        if email not in ids:
            username = usernames.first_free(numbered(email.split("@")[0], "{}"))
            row = _row(email, username, first, last, shared_hash, joined, dice)
            rows.append(row | special)
    insert_rows(User, rows)
    return _ids_of_demo_accounts(), len(rows)


def _ids_of_demo_accounts() -> dict[str, int]:
    emails = [account[0] for account in DEMO_ACCOUNTS]
    lowered = func.lower(User.email)
    found = db.session.execute(select(lowered, User.id).where(lowered.in_(emails)))
    return dict(found.all())
