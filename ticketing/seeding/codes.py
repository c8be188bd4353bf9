"""Promo codes: which there are, and how often the bookings use them."""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from ticketing import clock, money
from ticketing.models import PromoCode
from ticketing.models.orders import CANCELLED
from ticketing.models.promotions import FIXED, PERCENT
from ticketing.seeding.bulk import Row, insert_with_ids

#: The share of bookings that come with a code, where there is one.
_SHARE = 0.3
#: Days since the ended code came to its end.
_ENDED = 8


@dataclass(slots=True)
class CodePlan:
    """A code to be, of an organization by its place in this run; ``used`` counts along. ``ended`` is how many
    days ago it came to its end."""

    organization: int
    row: Row
    used: int = 0
    is_scarce: bool = False
    ended: float = 0
    #: In the database, once it is there.
    id: int = 0

    def takes_off(self, subtotal: int) -> int:
        """What it takes off so many minor units, as ``services.promotions`` reckons."""
        if self.row["kind"] == FIXED:
            return min(int(self.row["value"]), subtotal)
        return (subtotal * int(self.row["value"]) + 5_000) // 10_000

    def finished(self) -> Row:
        """The row with its uses; one that is to be used up allows no more than these."""
        return {**self.row, "used": self.used, "max_uses": self.used if self.is_scarce else None}


def plan_codes(organizations: Sequence[Row]) -> list[CodePlan]:
    """Four codes of the first organization (one is used up, one has ended), and one of every other one."""
    codes = []
    for place, organization in enumerate(organizations):
        if place == 0:
            codes += [
                CodePlan(place, _row(organization, "WELCOME10", PERCENT, 1000)),
                CodePlan(place, _row(organization, "FIVEOFF", FIXED, _major(organization, 5))),
                CodePlan(place, _row(organization, "FIRST20", PERCENT, 2000), is_scarce=True),
                CodePlan(place, _row(organization, "PREVIEW15", PERCENT, 1500, ended=_ENDED), ended=_ENDED),
            ]
        elif place % 2:
            codes.append(CodePlan(place, _row(organization, "FRIENDS15", PERCENT, 1500)))
    return codes


def write_codes(codes: Sequence[CodePlan], organization_ids: Sequence[int]) -> None:
    """Write the codes with the uses that the bookings will make of them."""
    rows = [{**code.finished(), "organization_id": organization_ids[code.organization]} for code in codes]
    for code, code_id in zip(codes, insert_with_ids(PromoCode, rows), strict=True):
        code.id = code_id


def choose_code(codes: Sequence[CodePlan], age: float, status: str, dice: random.Random) -> CodePlan | None:
    """The code of a booking that was made ``age`` days ago, if it has one; it counts along where the booking
    keeps it."""
    if not codes or dice.random() > _SHARE:
        return None
    code = dice.choice(codes)
    if age <= code.ended:
        return None
    if status != CANCELLED:
        code.used += 1
    return code


def _row(organization: Row, code: str, kind: str, value: int, ended: float = 0) -> Row:
    made = clock.now() - timedelta(days=60)
    return {
        "uuid": uuid.uuid4(),
        "code": code,
        "kind": kind,
        "value": value,
        "currency": organization["currency"],
        "ends_at": clock.now() - timedelta(days=ended) if ended else None,
        "created_at": made,
        "updated_at": made,
    }


def _major(organization: Row, amount: int) -> int:
    """Minor units; currencies without cents have a hundred times as many."""
    return amount * 100 * int(10 ** max(0, money.exponent(organization["currency"]) - 2))
