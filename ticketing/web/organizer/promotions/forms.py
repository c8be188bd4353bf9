"""The forms of promo codes. Fields are called as the service's refusals call them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import Row
from wtforms import BooleanField, DecimalField, HiddenField, IntegerField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, Regexp

from ticketing import money
from ticketing.models import PromoCode
from ticketing.models.promotions import FIXED, PERCENT
from ticketing.queries import promo_codes
from ticketing.services.promo_codes import LONGEST_PREFIX, MOST_IN_SERIES
from ticketing.web.forms import Text
from ticketing.web.organizer.editor_forms import Moment, instant, local

_MOST = 1_000_000
_TYPEABLE = Regexp(r"^[\w.\-]+\Z", message=_l("Letters, digits, dots and dashes only: it is typed by hand."))


class RulesForm(FlaskForm):
    """What a code takes off, and when, where and how often it may be used. ``once`` names this very form, so
    that sending it twice makes one."""

    kind = RadioField(_l("It takes off"), choices=[PERCENT, FIXED], default=PERCENT)
    value = DecimalField(_l("How much"), [InputRequired(_l("Please say how much."))], places=None)
    event = SelectField(_l("Event"))
    ticket_type = SelectField(_l("Ticket type"))
    starts_at = Moment(_l("From"), [Optional()])
    ends_at = Moment(_l("Until"), [Optional()])
    max_uses_per_account = IntegerField(_l("Uses per account"), [Optional(), NumberRange(1, _MOST)])
    minimum_subtotal = DecimalField(_l("Smallest order"), [Optional(), NumberRange(0)], places=None)
    is_active = BooleanField(_l("It can be used"), default=True)
    once = HiddenField(validators=[Length(max=100)])

    events: Sequence[Row[Any]] = ()

    def offer(self, organization: Any, kept: UUID | None = None) -> None:
        """Say what can be chosen: the organization's events, the kept one among them, and their types."""
        self.kind.choices = [
            SelectChoice(PERCENT, _("Per cent")),
            SelectChoice(FIXED, _("An amount in %(currency)s", currency=organization.currency)),
        ]
        self.events = promo_codes.events_for(organization.id, kept)
        self.event.choices = [
            SelectChoice("", _("All events")),
            *(SelectChoice(str(row.uuid), row.title) for row in self.events),
        ]
        titles = {row.id: row.title for row in self.events}
        self.ticket_type.choices = [
            SelectChoice("", _("All tickets")),
            *(
                SelectChoice(str(row.uuid), f"{titles[row.event_id]} – {row.name}")
                for row in promo_codes.types_for(list(titles))
            ),
        ]

    def zone(self) -> str:
        """Whose clocks its times are by: the chosen event's, else the house's."""
        chosen = next((row.timezone for row in self.events if str(row.uuid) == self.event.data), None)
        return str(chosen or current_app.config["DEFAULT_TIMEZONE"])

    def values(self, stored: Any = None) -> dict[str, Any]:
        """What was typed, as the services take it."""
        zone = self.zone()
        found: dict[str, Any] = {}
        for name in ("starts_at", "ends_at"):
            same = stored is not None and zone == zone_of(stored)
            found[name] = instant(self[name].data, zone, getattr(stored, name) if same else None)
        for name in ("event", "ticket_type"):
            found[name] = UUID(self[name].data) if self[name].data else None
        return found | {
            "kind": self.kind.data,
            "value": self.value.data,
            "max_uses_per_account": self.max_uses_per_account.data,
            "minimum_subtotal": self.minimum_subtotal.data or 0,
            "is_active": self.is_active.data,
        }


class CodeForm(RulesForm):
    """One code."""

    code = Text(
        _l("Code"),
        [DataRequired(_l("Please think of a code.")), Length(max=PromoCode.code.type.length), _TYPEABLE],
    )
    max_uses = IntegerField(_l("Uses in all"), [Optional(), NumberRange(1, _MOST)])

    def values(self, stored: Any = None) -> dict[str, Any]:
        """What was typed, as the services take it."""
        return super().values(stored) | {"code": self.code.data, "max_uses": self.max_uses.data}


class SeriesForm(RulesForm):
    """Many codes, each for one order."""

    number = IntegerField(
        _l("How many"), [InputRequired(_l("Please say how many.")), NumberRange(1, MOST_IN_SERIES)]
    )
    prefix = Text(_l("They begin with"), [Optional(), Length(max=LONGEST_PREFIX), _TYPEABLE])

    def values(self, stored: Any = None) -> dict[str, Any]:
        """What was typed, as the services take it."""
        return super().values(stored) | {"number": self.number.data, "prefix": self.prefix.data}


def zone_of(stored: Any) -> str:
    """Whose clocks a stored code is shown by."""
    return str(stored.event_timezone or current_app.config["DEFAULT_TIMEZONE"])


def written(stored: Any) -> dict[str, Any]:
    """A stored code as its form shows it."""
    zone = zone_of(stored)
    return {
        "code": stored.code,
        "kind": stored.kind,
        "value": _reduction(stored),
        "event": str(stored.event or ""),
        "ticket_type": str(stored.ticket_type or ""),
        "starts_at": local(stored.starts_at, zone),
        "ends_at": local(stored.ends_at, zone),
        "max_uses": stored.max_uses,
        "max_uses_per_account": stored.max_uses_per_account,
        "minimum_subtotal": money.to_decimal(stored.minimum_subtotal, stored.currency)
        if stored.minimum_subtotal
        else None,
        "is_active": stored.is_active,
    }


def _reduction(stored: Any) -> Decimal:
    """What it takes off, as it is typed: 12.5, or 7.50 of its currency."""
    if stored.kind == FIXED:
        return money.to_decimal(stored.value, stored.currency)
    return Decimal(f"{stored.value / 100:g}")
