"""What a list's address asks for, and the addresses of its parts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Self
from urllib.parse import urlencode

from flask import request, url_for

from ticketing.web.catalog import page_number
from ticketing.web.forms import clean

#: What a filter may ask of something that is so or is not.
YES_NO: dict[str, bool] = {"yes": True, "no": False}
_LARGEST = Decimal(10) ** 12


def address(endpoint: str, page: int = 1, /, **asked: Any) -> str:
    """The address of a part of a list, with only what is asked for in it."""
    query = in_address(asked, page)
    return url_for(endpoint) + (f"?{urlencode(query)}" if query else "")


def in_address(asked: Mapping[str, Any], page: int) -> dict[str, Any]:
    """What has to stand in the address of a part of a list."""
    return {name: value for name, value in asked.items() if value} | ({"page": page} if page > 1 else {})


def asked(name: str, known: Any = None, *, longest: int = 100) -> str:
    """What the address asks for by that name, cut to a sensible length; nothing where it is not ``known``."""
    text = clean(request.args.get(name))[:longest]
    return text if known is None or text in known else ""


def asked_day(name: str) -> date | None:
    """The day that the address asks for, as ``2027-03-14``; none where it is none."""
    try:
        return date.fromisoformat(asked(name))
    except ValueError:
        return None


def asked_amount(name: str) -> Decimal | None:
    """The amount that the address asks for, in major units; none where it is none."""
    try:
        amount = Decimal(asked(name).replace(",", "."))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and 0 <= amount < _LARGEST else None


def in_words(name: str) -> str:
    """A name as one reads it: ``login_failed`` → ``Login failed``."""
    return name.replace("_", " ").capitalize()


@dataclass(frozen=True, slots=True)
class View:
    """A part of a list: where it is, what it is filtered by, how it is sorted, and which page of it.
    ``usual`` is how it is sorted unless told."""

    endpoint: str
    given: dict[str, str]
    sort: str = ""
    usual: str = ""
    page: int = 1

    @classmethod
    def of(cls, endpoint: str, given: dict[str, str], sorts: Collection[str] = (), usual: str = "") -> Self:
        """What the address of this request asks for."""
        both_ways = {sign + name for name in sorts for sign in ("", "-")}
        return cls(endpoint, given, asked("sort", both_ways) or usual, usual, page_number())

    @property
    def is_filtered(self) -> bool:
        """Something was asked for."""
        return any(self.given.values())

    @property
    def asks(self) -> dict[str, Any]:
        """What stands in its address, the page aside."""
        return self.given | {"sort": self.sort if self.sort != self.usual else ""}

    @property
    def here(self) -> dict[str, Any]:
        """What leads back to this part."""
        return in_address(self.asks, self.page)

    def at(self, number: int) -> str:
        """The address of another page."""
        return address(self.endpoint, number, **self.asks)

    @property
    def choosing(self) -> str:
        """The address of the same part with every row chosen."""
        return address(self.endpoint, self.page, **self.asks, chosen="all")

    def sorted_by(self, name: str) -> str:
        """The address of the same list sorted by that; the other way round where it is already."""
        turned = f"-{name}" if self.sort == name else name
        return address(self.endpoint, **self.given, sort="" if turned == self.usual else turned)

    def direction(self, name: str) -> str:
        """How it is sorted by that, as ``aria-sort`` has it; nothing where it is sorted by something else."""
        if self.sort.removeprefix("-") != name:
            return ""
        return "descending" if self.sort.startswith("-") else "ascending"
