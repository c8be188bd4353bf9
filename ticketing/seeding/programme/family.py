"""What events of one kind are called, say of themselves, cost, and when they take place."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

_GAP = re.compile(r"\{(\w+)(?:\.(\w+))?\}")
#: Monday is 0, as ``date.weekday`` counts.
WEEKEND, ANY_DAY = (4, 5, 6), (0, 1, 2, 3, 4, 5, 6)


@dataclass(frozen=True, slots=True)
class Family:
    """The word lists of one kind of event.

    Texts have gaps like ``{artist}``, filled from ``slots``; a gap keeps its filling through all texts of
    an event, and ``{artist.2}`` is another one of the same list. ``price`` is the range of a standard
    ticket in major units, ``hours`` are local starting hours, ``weekdays`` count from Monday as 0.
    """

    key: str
    slots: dict[str, tuple[str, ...]]
    titles: tuple[str, ...]
    leads: tuple[str, ...]
    openings: tuple[str, ...]
    bodies: tuple[str, ...]
    closings: tuple[str, ...]
    tags: tuple[str, ...]
    price: tuple[int, int]
    hours: tuple[float, ...]
    weekdays: tuple[int, ...] = ANY_DAY
    #: Kinds of venues that suit it, see ``places``.
    venues: tuple[str, ...] = ()
    ages: tuple[int | None, ...] = (None,)


class Words:
    """The fillings of one event's gaps."""

    def __init__(self, family: Family, dice: random.Random, people: Sequence[str], **known: str) -> None:
        self._slots: dict[str, Sequence[str]] = {**family.slots, "person": people}
        self._dice = dice
        self._filled = dict(known)

    def say(self, text: str) -> str:
        """The text with every gap filled; the same gap always alike."""
        return _GAP.sub(self._fill, text)

    def _fill(self, gap: re.Match[str]) -> str:
        base, key = gap[1], gap[0].strip("{}")
        if key not in self._filled:
            used = {value for name, value in self._filled.items() if name.split(".")[0] == base}
            choices = self._slots[base]
            choice = next(
                (one for one in self._dice.sample(choices, min(len(choices), 5)) if one not in used), ""
            )
            # What stands for another one of a list is made of other words as well.
            if gap[2]:
                choice = _GAP.sub(rf"{{\1.{gap[2]}}}", choice)
            self._filled[key] = self.say(choice or choices[0])
        return self._filled[key]
