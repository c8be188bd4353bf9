"""Whose names the tickets carry, where the buyer says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import request
from flask_babel import gettext as _
from wtforms import Form, ValidationError
from wtforms.validators import Email

from ticketing.web.choice import Choice
from ticketing.web.forms import clean

_LONGEST = {"name": 255, "email": 254}


@dataclass(slots=True)
class Place:
    """One ticket of an order that is being typed: ``key`` begins the names of its two fields."""

    key: str
    ticket: str
    number: int
    name: str = ""
    email: str = ""
    error: str = ""

    @property
    def is_named(self) -> bool:
        """Something was typed."""
        return bool(self.name or self.email)


@dataclass(slots=True)
class Places:
    """All tickets of an order, by offer id."""

    by_offer: Mapping[int, list[Place]] = field(default_factory=dict)

    @property
    def all(self) -> list[Place]:
        """In the order of the page."""
        return [place for places in self.by_offer.values() for place in places]

    @property
    def errors(self) -> dict[str, str]:
        """What is wrong, by the field to go to."""
        return {f"{place.key}-email": place.error for place in self.all if place.error}

    def attendees(self, offer: int) -> list[dict[str, str]]:
        """What the order keeps of an offer's tickets; nothing, where nobody is named."""
        places = self.by_offer.get(offer, [])
        if not any(place.is_named for place in places):
            return []
        return [{"name": place.name, "email": place.email} for place in places]


def places_of(choice: Choice) -> Places:
    """The tickets of a choice, with what was typed for each."""
    found: dict[int, list[Place]] = {}
    for line in choice.lines:
        keys = [f"who-{line.offer.id}-{number}" for number in range(1, line.number + 1)]
        if keys:
            name = line.offer.full_name
            found[line.offer.id] = [_read(key, name, number) for number, key in enumerate(keys, 1)]
    return Places(found)


def _read(key: str, ticket: str, number: int) -> Place:
    typed = {part: clean(request.form.get(f"{key}-{part}")) for part in _LONGEST}
    place = Place(key, ticket, number, **typed)
    if any(len(typed[part]) > most for part, most in _LONGEST.items()):
        place.error = _("This is too long.")
    elif place.email and not _is_address(place.email):
        place.error = _("Enter a valid e-mail address.")
    return place


class _Typed:
    """What WTForms' validator looks at."""

    def __init__(self, data: str) -> None:
        self.data = data


def _is_address(text: str) -> bool:
    try:
        Email(message="-")(Form(), _Typed(text))
    except ValidationError:
        return False
    return True
