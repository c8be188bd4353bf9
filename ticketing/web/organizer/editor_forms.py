"""The forms with which organizers write their events. Fields are called as the services call them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

from flask_babel import format_datetime
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateTimeLocalField, HiddenField, IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, NumberRange, Optional, ValidationError

from ticketing.models import Event, Venue
from ticketing.models.events import CHECK_IN_POLICIES
from ticketing.queries.editing import Choices, version_of
from ticketing.web.forms import Lines, Text, clean

MOST_TICKETS = 2_000_000
_LONGEST_TEXT = 20_000
_OLDEST, _MOST_AN_ACCOUNT = 99, 1_000
_YEARS = range(2000, 9000)
_WRITTEN = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
#: How they are shown, in the order of the model's own words.
_CHECK_IN_WORDS = (
    _l("Once: a ticket admits one time"),
    _l("In and out: a ticket admits again after its holder has left"),
    _l("Once a day: for events of several days"),
)


class Moment(DateTimeLocalField):
    """A date and a time at the event's place, in a year that every calendar here can count with."""

    def __init__(self, label: Any, validators: Any = None, **options: Any) -> None:
        super().__init__(label, validators, format=_WRITTEN, **options)

    def pre_validate(self, form: Any) -> None:
        """Years that are none are typing mistakes."""
        if self.data is not None and self.data.year not in _YEARS:
            raise ValidationError(_("Please give a date and a time."))


def local(moment: datetime | None, zone: str) -> datetime | None:
    """A stored moment as its field shows it: by the event's own clock, to the minute."""
    if moment is None:
        return None
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None, second=0, microsecond=0)


def instant(typed: datetime | None, zone: str, kept: datetime | None = None) -> datetime | None:
    """The moment that was typed. The stored one where the field still shows it: its seconds stay, and of an
    hour that comes twice, which one it is."""
    if typed is None or (kept is not None and local(kept, zone) == typed):
        return kept if typed is not None else None
    return typed.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@lru_cache(1)
def zone_names() -> tuple[str, ...]:
    """Places whose clocks people know by name."""
    named = {name for name in available_timezones() if "/" in name and not name.startswith("Etc/")}
    return ("UTC", *sorted(named))


def _placed(venue: Any) -> str:
    return f"{venue.name}, {venue.city}" if venue.city else str(venue.name)


def _parted(text: str) -> str:
    """Words that are parted by commas: squeezed, each once, in the order in which they were typed."""
    words = (" ".join(word.split()) for word in text.split(","))
    return ", ".join(dict.fromkeys(filter(None, words)))


class EventForm(FlaskForm):
    """What an event says of itself, when and where it takes place. A place that is typed is taken instead of
    the chosen one."""

    organization = SelectField(_l("Organization"))
    title = Text(
        _l("Title"), [DataRequired(_l("Please give it a title.")), Length(max=Event.title.type.length)]
    )
    short_description = Text(_l("In one sentence"), [Length(max=Event.short_description.type.length)])
    description = Lines(_l("Description"), [Length(max=_LONGEST_TEXT)])
    category = SelectField(_l("Category"))
    venue = SelectField(_l("Place"))
    venue_name = Text(_l("Name of the place"), [Length(max=Venue.name.type.length)])
    venue_address = Text(_l("Street and number"), [Length(max=Venue.address.type.length)])
    venue_city = Text(_l("City"), [Length(max=Venue.city.type.length)])
    venue_country = Text(_l("Country"), [Length(max=Venue.country.type.length)])
    tags = StringField(_l("Tags"), [Length(max=Event.tags.type.length)], filters=(clean, _parted))
    starts_at = Moment(_l("Starts"), [DataRequired(_l("Please say when it starts."))])
    ends_at = Moment(_l("Ends"), [DataRequired(_l("Please say when it ends."))])
    timezone = SelectField(_l("Time zone"))
    is_free = BooleanField(_l("This event is free"))
    capacity = IntegerField(_l("Capacity"), [Optional(), NumberRange(1, MOST_TICKETS)])
    tickets_per_account = IntegerField(
        _l("Tickets per account"), [Optional(), NumberRange(1, _MOST_AN_ACCOUNT)]
    )
    check_in_policy = SelectField(
        _l("How often a ticket admits"), choices=list(map(SelectChoice, CHECK_IN_POLICIES, _CHECK_IN_WORDS))
    )
    age_restriction = IntegerField(_l("Minimum age"), [Optional(), NumberRange(1, _OLDEST)])
    is_unlisted = BooleanField(_l("Unlisted: only who has the link finds it"))
    terms_and_conditions = Lines(_l("Terms and conditions"), [Length(max=_LONGEST_TEXT)])
    refund_policy = Lines(_l("Refund policy"), [Length(max=_LONGEST_TEXT)])
    #: Which form of a new event this is, and what a stored one was when it was shown.
    once, version = HiddenField(), HiddenField()

    def offer(self, choices: Choices, zone: str) -> None:
        """Say what can be chosen, ``zone`` always. Who has one organization at most is not asked for it."""
        if len(choices.organizations) > 1:
            self.organization.choices = [
                SelectChoice(str(row.uuid), row.name) for row in choices.organizations
            ]
        else:
            del self.organization
        self.category.choices = [
            SelectChoice("", _("None of these")),
            *(SelectChoice(str(row.uuid), row.name) for row in choices.categories),
        ]
        self.venue.choices = [
            SelectChoice("", _("Please choose")),
            *(SelectChoice(str(row.uuid), _placed(row)) for row in choices.venues),
        ]
        self.timezone.choices = [SelectChoice(name) for name in sorted({zone, *zone_names()})]

    def validate_venue(self, field: SelectField) -> None:
        """One of the list, or a typed one."""
        if not field.data and not self.types_a_place:
            raise ValidationError(_("Please choose a place, or type a new one below."))

    def validate_venue_name(self, field: Text) -> None:
        """A typed place has a name."""
        if self.types_a_place and not field.data:
            raise ValidationError(_("Please name the place."))

    def validate_venue_city(self, field: Text) -> None:
        """A typed place lies somewhere."""
        if self.types_a_place and not field.data:
            raise ValidationError(_("Please say which city it is in."))

    @property
    def types_a_place(self) -> bool:
        """Whether anything was typed of a new place."""
        return any(self[f"venue_{part}"].data for part in ("name", "address", "city", "country"))

    def values(self, stored: Any = None, but: Collection[str] = ()) -> dict[str, Any]:
        """What was typed, as ``hosting.draft`` takes it, or with the stored event ``hosting.change``; without
        what is named by ``but``, see ``said_by``."""
        found: dict[str, Any] = {name: self[name].data for name in _PLAIN if name not in but}
        if "starts_at" not in but:
            found |= self._hours(stored)
        if "category" not in but:
            found["category"] = UUID(self.category.data) if self.category.data else None
        if self.organization and "organization" not in but:
            found["organization"] = UUID(self.organization.data)
        if found.get("is_free"):
            found["base_price"] = None
        return found if "venue" in but else found | self._place()

    def _hours(self, stored: Any) -> dict[str, Any]:
        zone = self.timezone.data
        same = stored is not None and stored.timezone == zone
        moments = {
            name: instant(self[name].data, zone, getattr(stored, name) if same else None)
            for name in ("starts_at", "ends_at")
        }
        return moments | {"timezone": zone}

    def _place(self) -> dict[str, Any]:
        if not self.types_a_place:
            return {"venue": UUID(self.venue.data)}
        # All that a venue says: what is not typed is not taken over from the place before.
        unsaid = {"state": "", "postal_code": "", "latitude": None, "longitude": None}
        typed = {part: self[f"venue_{part}"].data for part in ("name", "address", "city", "country")}
        return {"place": unsaid | typed}


_PLAIN = (
    "title", "short_description", "description", "tags", "is_free", "capacity", "tickets_per_account",
    "check_in_policy", "age_restriction", "is_unlisted", "terms_and_conditions", "refund_policy",
)  # fmt: skip
#: What is saved together or not at all, under the name of its first field.
_TOGETHER = {"starts_at": ("starts_at", "ends_at", "timezone")}


def said_by(field: str) -> str:
    """Under which name of ``EventForm.values``' ``but`` a field is left out."""
    if field.startswith("venue") or field == "place":
        return "venue"
    return next((name for name, fields in _TOGETHER.items() if field in fields), field)


def written(event: Any) -> dict[str, Any]:
    """A stored event as its form shows it."""
    return {name: getattr(event, name) for name in _PLAIN} | {
        "category": str(event.category_uuid or ""),
        "venue": str(event.venue_uuid),
        "starts_at": local(event.starts_at, event.timezone),
        "ends_at": local(event.ends_at, event.timezone),
        "timezone": event.timezone,
        "version": version_of(event),
    }


def differing(form: EventForm, event: Any) -> list[tuple[str, str]]:
    """What is stored otherwise than it was typed: the names of the fields, and what is stored."""
    stored = written(event)
    stored.pop("version")
    return [
        (str(form[name].label.text), _in_words(form[name], value))
        for name, value in stored.items()
        if (form[name].data or None) != (value or None)
    ]


def _in_words(field: Any, value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return format_datetime(value, "medium", rebase=False)
    if isinstance(field, SelectField):
        return next((str(label) for key, label, *_rest in field.iter_choices() if key == value), "")
    return str(value if value is not None else "")
