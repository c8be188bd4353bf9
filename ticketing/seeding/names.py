"""Names that nobody has yet: among those in the database, and among those of this run."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any, Self

from slugify import slugify
from sqlalchemy import select

from ticketing.extensions import db
from ticketing.services.slugs import RESERVED


class Taken:
    """Names that are in use, whatever their capitals."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = {name.lower() for name in names}

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._names

    @classmethod
    def in_column(cls, column: Any, *where: Any) -> Self:
        """Those that the database holds."""
        return cls(db.session.scalars(select(column).where(*where)))

    def claim(self, name: str) -> bool:
        """Take a name; False when somebody has it."""
        if name.lower() in self._names:
            return False
        self._names.add(name.lower())
        return True

    def first_free(self, names: Iterable[str]) -> str:
        """Take the first of these that is free.

        :raises StopIteration: none was; endless lists never end so.
        """
        return next(name for name in names if self.claim(name))


class Slugs(Taken):
    """Slugs of one table that are in use."""

    def make(self, text: str) -> str:
        """A free slug for the text, with a number behind it where it needs one."""
        base = slugify(text, max_length=180) or "untitled"
        if base in RESERVED or base.isdigit():
            base = f"the-{base}"
        return self.first_free(numbered(base, "-{}"))


def numbered(name: str, tail: str = " {}") -> Iterable[str]:
    """``name``, ``name 2``, ``name 3`` … without end."""
    return itertools.chain([name], (name + tail.format(number) for number in itertools.count(2)))
