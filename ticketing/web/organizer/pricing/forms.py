"""The forms with which organizers write kinds of tickets. Fields are called as the services call them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, DateField, DecimalField, HiddenField, IntegerField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from ticketing.models import EventDay, Offer, TicketType
from ticketing.models.offers import STANDARD
from ticketing.services.idempotency import Idempotency
from ticketing.services.offers import place
from ticketing.web.forms import Lines, Text
from ticketing.web.organizer.editor_forms import MOST_TICKETS, Moment, instant, local

_KIND_WORDS = {
    STANDARD: _l("Standard"),
    "VIP": _l("VIP"),
    "EARLY_BIRD": _l("Early bird"),
    "STUDENT": _l("Student"),
    "GROUP": _l("Group"),
}
_PLAIN = ("name", "kind", "description", "benefits", "min_purchase", "max_purchase", "is_active")


class KindForm(FlaskForm):
    """What every kind of ticket says of itself."""

    name = Text(
        _l("Name"), [DataRequired(_l("Please give it a name.")), Length(max=TicketType.name.type.length)]
    )
    kind = SelectField(
        _l("Kind"),
        choices=[SelectChoice(value, words) for value, words in _KIND_WORDS.items()],
        default=STANDARD,
    )
    description = Lines(_l("Description"), [Length(max=2000)])
    benefits = Lines(_l("What it includes"), [Length(max=2000)])
    sales_start = Moment(_l("Sales begin"), [Optional()])
    sales_end = Moment(_l("Sales end"), [Optional()])
    min_purchase = IntegerField(_l("At least in an order"), [InputRequired(), NumberRange(1, MOST_TICKETS)])
    max_purchase = IntegerField(_l("At most in an order"), [InputRequired(), NumberRange(1, MOST_TICKETS)])
    is_active = BooleanField(_l("On offer"))

    def values(self, zone: str, stored: Any = None) -> dict[str, Any]:
        """What was typed, as the services take it."""
        return {name: self[name].data for name in (*_PLAIN, "total_quantity")} | {
            "sales_start_at": instant(self.sales_start.data, zone, getattr(stored, "sales_start_at", None)),
            "sales_end_at": instant(self.sales_end.data, zone, getattr(stored, "sales_end_at", None)),
        }


class SimpleForm(KindForm):
    """A kind of ticket with one price."""

    price = DecimalField(
        _l("Price"), [InputRequired(_l("Please give it a price, 0 if it is free."))], places=None
    )
    total_quantity = IntegerField(
        _l("Quantity"), [InputRequired(_l("Please say how many there are.")), NumberRange(0, MOST_TICKETS)]
    )

    def values(self, zone: str, stored: Any = None) -> dict[str, Any]:
        """As in ``KindForm``, with the price."""
        return super().values(zone, stored) | {"price": self.price.data}


class PricedForm(KindForm):
    """A kind of ticket with tiers or days: ``priced_form`` adds the fields of its grid."""

    version, once = HiddenField(), HiddenField()
    total_quantity = IntegerField(_l("Most in all"), [Optional(), NumberRange(0, MOST_TICKETS)])


def priced_form(rows: int, columns: int, *, tiers: bool, days: bool) -> type[PricedForm]:
    """A form with so many rows and columns, whose fields are called as ``offers.place`` says."""
    named: dict[str, Any] = {}
    for row in range(rows):
        named |= _row(row) if tiers else {}
        for column in range(columns):
            named |= _cell(row, column)
    for column in range(columns):
        named |= day_fields(column) if days else {}
    return type("_PricedForm", (PricedForm,), named)


def _row(row: int) -> dict[str, Any]:
    return {
        place("tier", row): Text(_l("Tier"), [Length(max=Offer.tier_name.type.length)]),
        place("start", row): Moment(_l("Sales begin"), [Optional()]),
        place("end", row): Moment(_l("Sales end"), [Optional()]),
        place("gone", row): BooleanField(_l("Remove this tier")),
    }


def _cell(row: int, column: int) -> dict[str, Any]:
    return {
        place("price", row, column): DecimalField(_l("Price"), [Optional()], places=None),
        place("quantity", row, column): IntegerField(
            _l("Tickets"), [Optional(), NumberRange(0, MOST_TICKETS)]
        ),
        place("active", row, column): BooleanField(_l("On offer")),
    }


def day_fields(position: int) -> dict[str, Any]:
    """A day's name and its date."""
    return {
        place("day", position): Text(_l("Name"), [Length(max=EventDay.name.type.length)]),
        place("date", position): DateField(_l("Date"), [Optional()]),
    }


class DaysForm(FlaskForm):
    """The days of an event: ``days_form`` adds a row for each."""

    version, once = HiddenField(), HiddenField()


def days_form(rows: int) -> type[DaysForm]:
    """A form with so many days."""
    named: dict[str, Any] = {}
    for row in range(rows):
        named |= day_fields(row) | {place("gone", row): BooleanField(_l("Remove this day"))}
    return type("_DaysForm", (DaysForm,), named)


def written(stored: Any, zone: str) -> dict[str, Any]:
    """A stored kind as its form shows it."""
    return {name: getattr(stored, name) for name in _PLAIN} | {
        "sales_start": local(stored.sales_start_at, zone),
        "sales_end": local(stored.sales_end_at, zone),
    }


#: What a new kind starts with.
FRESH: dict[str, Any] = {"min_purchase": 1, "max_purchase": 10, "is_active": True, "kind": STANDARD}


def only_once(posted: MultiDict[str, str], route: str) -> Idempotency:
    """The same form with the same words in it is kept once; changed ones are another matter."""
    body = repr(sorted(posted.items(multi=True))).encode()
    return Idempotency.of(route, hashlib.sha256(body).hexdigest(), body)


def posted_keys(form: Any, prefix: str, most: int) -> Iterator[str]:
    """The keys of the rows, or columns, that a form was sent with."""
    for position in range(most):
        if (key := form.get(f"{prefix}-{position}")) is None:
            return
        yield key


def window(form: FlaskForm, row: int, zone: str, kept: tuple[datetime | None, datetime | None]) -> Any:
    """A row's sales window as moments."""
    start, end = form[place("start", row)].data, form[place("end", row)].data
    return instant(start, zone, kept[0]), instant(end, zone, kept[1])
