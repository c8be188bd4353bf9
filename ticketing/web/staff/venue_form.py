"""The form with which staff writes a venue."""

from __future__ import annotations

from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DecimalField, IntegerField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from ticketing.models import Venue
from ticketing.web.forms import Text
from ticketing.web.organizer.editor_forms import zone_names

_MOST_PEOPLE = 2_000_000
_NAMES = (
    "name", "address", "city", "state", "postal_code", "country", "timezone", "capacity", "latitude",
    "longitude",
)  # fmt: skip


class VenueForm(FlaskForm):
    """What a venue says of itself. Fields are called as its columns are."""

    name = Text(_l("Name"), [DataRequired(_l("Please give it a name.")), Length(max=Venue.name.type.length)])
    address = Text(_l("Street and number"), [Length(max=Venue.address.type.length)])
    city = Text(_l("City"), [Length(max=Venue.city.type.length)])
    state = Text(_l("State or province"), [Length(max=Venue.state.type.length)])
    postal_code = Text(_l("Postal code"), [Length(max=Venue.postal_code.type.length)])
    country = Text(_l("Country"), [Length(max=Venue.country.type.length)])
    timezone = SelectField(_l("Time zone"))
    capacity = IntegerField(_l("Capacity"), [Optional(), NumberRange(0, _MOST_PEOPLE)])
    latitude = DecimalField(_l("Latitude"), [Optional(), NumberRange(-90, 90)], places=6)
    longitude = DecimalField(_l("Longitude"), [Optional(), NumberRange(-180, 180)], places=6)

    def __init__(self, *args: Any, obj: Venue | None = None, **options: Any) -> None:
        zone = obj.timezone if obj else current_app.config["DEFAULT_TIMEZONE"]
        super().__init__(*args, obj=obj, **({} if obj else {"timezone": zone}), **options)
        self.timezone.choices = [SelectChoice(name) for name in sorted({zone, *zone_names()})]

    def values(self) -> dict[str, Any]:
        """What was typed, as the service takes it."""
        found = {name: self[name].data for name in _NAMES}
        return found | {"capacity": found["capacity"] or 0}
