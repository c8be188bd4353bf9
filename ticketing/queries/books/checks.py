"""One check: a statement that finds what contradicts itself, and the sentence that says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select
from sqlalchemy.orm import Session

from ticketing import money

#: Findings of one kind that are listed. Books with more than that have one cause.
MOST = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, and what is wrong with it: expected and found."""

    kind: str
    subject: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.sentence} [{self.kind}]"


@dataclass(frozen=True)
class Check:
    """Rows that should not be. ``say`` makes subject and sentence of one."""

    kind: str
    wrong: Select[Any]
    say: Callable[[Any], tuple[str, str]]

    def run(self, session: Session, **values: object) -> list[Finding]:
        """A finding a row, the first hundred."""
        rows = session.execute(self.wrong.limit(MOST + 1), values).all()
        findings = [Finding(self.kind, *self.say(row)) for row in rows[:MOST]]
        if len(rows) > MOST:
            findings.append(Finding(self.kind, "and more", f"only the first {MOST} are listed"))
        return findings


def amount(minor: Any, row: Row[Any]) -> str:
    """Minor units of the row's currency, for people."""
    return f"{money.to_text(int(minor or 0), row.currency)} {row.currency}"


def differs(what: str, expected: Any, found: Any) -> str:
    """The sentence that most findings have."""
    return f"{what} should be {expected} and is {found}"
