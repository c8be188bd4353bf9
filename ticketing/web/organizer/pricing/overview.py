"""All that an event sells on one page, how it is priced, and what that comes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import login_required
from flask_wtf import FlaskForm
from sqlalchemy import Row
from werkzeug.wrappers import Response
from wtforms import RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from ticketing.errors import Invalid
from ticketing.models.events import DAY_BASED, SIMPLE, TIER_AND_DAY, TIERED
from ticketing.queries import editing, prices
from ticketing.services import events
from ticketing.web.actor import current_actor
from ticketing.web.forms import show_refusal
from ticketing.web.organizer.editor import bp

PRICINGS = {
    SIMPLE: _l("One price per ticket type"),
    TIERED: _l("Price tiers"),
    DAY_BASED: _l("Day tickets"),
    TIER_AND_DAY: _l("Tiers on each day"),
}


class PricingForm(FlaskForm):
    """How an event is priced."""

    pricing_type = RadioField(
        _l("How it is priced"),
        [InputRequired(_l("Please choose one."))],
        choices=[SelectChoice(value, words) for value, words in PRICINGS.items()],
    )


@dataclass(frozen=True, slots=True)
class Kind:
    """A ticket type with its prices."""

    row: Row[Any]
    prices: Sequence[Row[Any]]

    @property
    def lowest(self) -> int:
        """Minor units."""
        return min(price.price for price in self.prices)

    @property
    def highest(self) -> int:
        """Minor units."""
        return max(price.price for price in self.prices)

    @property
    def left(self) -> int:
        """Tickets that are neither sold nor held."""
        return self.places() - sum(price.sold + price.held for price in self.prices)

    def places(self, day: int | None = None) -> int:
        """Tickets of it, on that day where one is asked for."""
        found = sum(
            price.size for price in self.prices if day is None or price.is_all_days or price.day_number == day
        )
        return int(found if self.row.total is None else min(found, self.row.total))


@dataclass(frozen=True, slots=True)
class Summary:
    """What an event offers comes to. ``places`` are tickets, ``admitted`` those that its capacity lets in;
    prices in minor units, of what is switched on."""

    places: int
    lowest: int | None
    highest: int | None
    admitted: int | None
    days: list[tuple[Row[Any], int]]

    @property
    def is_tight(self) -> bool:
        """More is offered than the event admits."""
        return self.admitted is not None and self.places > self.admitted

    @property
    def tight_days(self) -> list[tuple[Row[Any], int]]:
        """Days for which more is offered than they admit."""
        return [(day, offered) for day, offered in self.days if day.size is not None and offered > day.size]


@bp.get("/<uuid:event>/tickets")
@login_required
def tickets(event: UUID) -> str:
    """All kinds, with what is sold and held of each."""
    row = editing.to_edit(current_actor(), event)
    return _page(row, PricingForm(data={"pricing_type": row.pricing_type}))


@bp.post("/<uuid:event>/tickets/pricing")
@login_required
def choose_pricing(event: UUID) -> str | Response | tuple[str, int]:
    """Price it otherwise, as long as nothing is offered."""
    actor, form = current_actor(), PricingForm()
    row = editing.to_edit(actor, event)
    if form.validate():
        try:
            events.update(actor, event, pricing_type=form.pricing_type.data)
        except Invalid as refusal:
            show_refusal(form, refusal)
        else:
            flash(_("Saved."), "success")
            return redirect(url_for("organizer_editor.tickets", event=event), 303)
    return _page(row, form), 400


def _page(event: Row[Any], form: PricingForm) -> str:
    rows = prices.of_event(event.id)
    days = prices.days_of(event.id) if event.pricing_type in (DAY_BASED, TIER_AND_DAY) else ()
    kinds = [_kind(list(group)) for _uuid, group in groupby(rows, key=lambda row: row.uuid)]
    return render_template(
        "organizer/pricing/tickets.html",
        event=event,
        kinds=kinds,
        days=days,
        form=form,
        pricings=PRICINGS,
        summary=_summary(event, kinds, days),
    )


def _kind(rows: list[Row[Any]]) -> Kind:
    return Kind(rows[0], [row for row in rows if row.offer_id is not None])


def _summary(event: Row[Any], kinds: Sequence[Kind], days: Sequence[Row[Any]]) -> Summary:
    offered = [
        price.price for kind in kinds if kind.row.is_active for price in kind.prices if price.is_offered
    ]
    return Summary(
        places=sum(kind.places() for kind in kinds),
        lowest=min(offered, default=None),
        highest=max(offered, default=None),
        admitted=None if days else event.capacity,
        days=[(day, sum(kind.places(day.number) for kind in kinds)) for day in days],
    )
