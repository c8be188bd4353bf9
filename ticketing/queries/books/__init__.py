"""Whether the books add up: what orders, payments, refunds, the ledger, stock, promo codes and tickets say of
each other. Nothing is written, and nothing is repaired.

Each check is one statement over all rows, and all of them see the same moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ticketing import clock
from ticketing.models import LedgerEntry, Order
from ticketing.queries.books import admission, amounts, postings, stock, waiting
from ticketing.queries.books.checks import Check, Finding
from ticketing.transaction import snapshot

__all__ = ["CHECKS", "LOOKS", "Audit", "Finding", "audit", "check"]

CHECKS: tuple[Check, ...] = (*postings.CHECKS, *amounts.CHECKS, *stock.CHECKS, *admission.CHECKS)
#: What contradicts nothing, and wants somebody to look.
LOOKS: tuple[Check, ...] = waiting.CHECKS


@dataclass(frozen=True, slots=True)
class Audit:
    """What is wrong, what has waited too long, and how much was looked at."""

    findings: Sequence[Finding]
    warnings: Sequence[Finding]
    orders: int
    entries: int


def check() -> list[Finding]:
    """Everything that does not add up; at most a hundred of each kind."""
    with snapshot() as session:
        return _run(session, CHECKS)


def audit() -> Audit:
    """``check``, with its warnings, all of one moment."""
    now = clock.now()
    since = {"a_day_ago": now - timedelta(days=1), "an_hour_ago": now - timedelta(hours=1)}
    with snapshot() as session:
        return Audit(
            findings=_run(session, CHECKS),
            warnings=_run(session, LOOKS, **since),
            orders=session.scalar(select(func.count()).select_from(Order)) or 0,
            entries=session.scalar(select(func.count()).select_from(LedgerEntry)) or 0,
        )


def _run(session: Session, checks: Sequence[Check], **values: object) -> list[Finding]:
    return [finding for one in checks for finding in one.run(session, **values)]
