"""The days of an event that sells by the day."""

from __future__ import annotations

import secrets
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import login_required
from sqlalchemy import Row
from werkzeug.wrappers import Response

from ticketing.errors import Conflict, Invalid, NotFound
from ticketing.models.events import DAY_BASED, TIER_AND_DAY
from ticketing.queries import editing, prices
from ticketing.services import offers
from ticketing.services.offers import place
from ticketing.web.actor import current_actor
from ticketing.web.forms import show_refusal
from ticketing.web.organizer.editor import bp
from ticketing.web.organizer.pricing.forms import DaysForm, days_form, only_once, posted_keys
from ticketing.web.organizer.pricing.layout import proposals

_Answer = str | Response | tuple[str, int]
#: Under which a form's key is kept.
_ROUTE = "organizer.days"


@bp.get("/<uuid:event>/tickets/days")
@login_required
def days(event: UUID) -> str:
    """The days as they are."""
    desk = _Desk(event)
    return desk.page()


@bp.post("/<uuid:event>/tickets/days")
@login_required
def save_days(event: UUID) -> _Answer:
    """Write them anew, or show a row more, or take what the event's dates propose."""
    desk, status = _Desk(event), 400
    if desk.do == "add-day":
        return desk.page()
    if desk.form.validate():
        try:
            desk.keep()
        except (Invalid, Conflict) as refusal:
            desk.show(refusal)
            status = 409 if isinstance(refusal, Conflict) else 400
        else:
            flash(_("The days are saved."), "success")
            return redirect(url_for("organizer_editor.tickets", event=event), 303)
    return desk.page(), status


class _Desk:
    """The days on the desk: what is stored, and what was typed over it."""

    form: DaysForm

    def __init__(self, event: UUID) -> None:
        self.event: Row[Any] = editing.to_edit(current_actor(), event)
        if self.event.pricing_type not in (DAY_BASED, TIER_AND_DAY):
            raise NotFound("page")
        self.stored = prices.days_of(self.event.id)
        self.do = request.form.get("do", "")
        known = [str(day.number) for day in self.stored]
        sent = [key if key in known else "" for key in posted_keys(request.form, "row", offers.MOST_DAYS)]
        fresh = [""] if not (known or sent) or self.do == "add-day" else []
        keys = [*sent, *(key for key in known if key not in sent), *fresh]
        self.keys = keys[: max(offers.MOST_DAYS, len(known))]
        self.form = days_form(len(self.keys))(data=self._data())

    def _data(self) -> dict[str, Any]:
        version, once = prices.version_of_days(self.stored), secrets.token_urlsafe(12)
        data: dict[str, Any] = {"version": version, "once": once}
        rows = {str(day.number): day for day in self.stored}
        for position, key in enumerate(self.keys):
            if (day := rows.get(key)) is not None:
                name = day.name or _("Day %(number)s", number=day.number)
                data |= {place("day", position): name, place("date", position): day.date}
        return data

    def wishes(self) -> list[offers.DayWish]:
        """What shall be: what was typed, or what is proposed. A new row in which nothing stands is none."""
        if self.do in ("take-names", "take-numbers"):
            proposed = proposals(self.event, numbered=self.do == "take-numbers")
            return [offers.DayWish(None, name, date) for name, date in proposed]
        typed = [
            offers.DayWish(
                number=int(key) if key else None,
                name=self.form[place("day", position)].data or "",
                date=self.form[place("date", position)].data,
                is_gone=bool(self.form[place("gone", position)].data),
            )
            for position, key in enumerate(self.keys)
        ]
        return [wish for wish in typed if wish.number is not None or wish.name or wish.date]

    def keep(self) -> None:
        """Save what was typed.

        :raises Invalid: see ``offers.save_days``.
        :raises Conflict: they were changed since they were shown.
        """
        version, once = self.form.version.data or "", only_once(request.form, _ROUTE)
        offers.save_days(current_actor(), self.event.id, version=version, wishes=self.wishes(), once=once)

    def show(self, refusal: Invalid | Conflict) -> None:
        """Tell why they were not saved. Whoever was told that they were changed may save once more."""
        show_refusal(self.form, refusal)
        if isinstance(refusal, Conflict):
            self.form.version.data = prices.version_of_days(self.stored)

    def page(self) -> str:
        """The form."""
        named = [] if self.stored else [proposals(self.event), proposals(self.event, numbered=True)]
        return render_template(
            "organizer/pricing/days.html",
            event=self.event,
            form=self.form,
            keys=self.keys,
            stored={str(day.number): day for day in self.stored},
            proposed=named[:1] if named and named[0] == named[-1] else named,
            added=self.do == "add-day",
        )
