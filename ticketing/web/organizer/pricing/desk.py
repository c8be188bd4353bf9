"""One kind of ticket on the desk: its form, how it is shown, and how it is kept."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import render_template
from sqlalchemy import Row
from werkzeug.datastructures import MultiDict

from ticketing import money
from ticketing.errors import Conflict, Refusal
from ticketing.models.events import SIMPLE
from ticketing.queries import prices
from ticketing.services import offers
from ticketing.web.actor import current_actor
from ticketing.web.forms import show_refusal
from ticketing.web.organizer.pricing.board import board_of
from ticketing.web.organizer.pricing.forms import FRESH, KindForm, SimpleForm, only_once, written

#: What was sent; nothing where a kind is shown as it is saved.
Posted = MultiDict[str, str] | None
#: Under which a form's key is kept.
_ROUTE = "organizer.prices"


class Desk:
    """A kind of ticket of an event; without ``stored`` a new one."""

    template = ""
    form: KindForm
    stored: Row[Any] | None

    def __init__(self, event: Row[Any]) -> None:
        self.event = event

    def page(self) -> str:
        """The form."""
        return render_template(self.template, event=self.event, stored=self.stored, form=self.form)

    def keep(self) -> None:
        """Save what was typed.

        :raises Invalid: see ``services.offers``.
        :raises Conflict: it was changed since it was shown.
        """
        raise NotImplementedError

    def show(self, refusal: Refusal) -> None:
        """Tell why it was not kept. A name that is taken is told beside the name."""
        if refusal.code == "name_taken":
            refusal.fields = {"name": [refusal.sentence]}
        show_refusal(self.form, refusal)

    @property
    def wants_more(self) -> bool:
        """A row or a column is asked for; nothing is to be saved yet."""
        return False


class SimpleDesk(Desk):
    """A kind of ticket with one price."""

    template = "organizer/pricing/simple.html"

    def __init__(self, event: Row[Any], key: UUID | None, posted: Posted) -> None:
        super().__init__(event)
        self.stored = None if key is None else prices.simple(event.id, key)
        self.form = SimpleForm(posted, data=self._written())

    def _written(self) -> dict[str, Any]:
        if self.stored is None:
            return FRESH
        return written(self.stored, self.event.timezone) | {
            "price": money.to_decimal(self.stored.price, self.event.currency),
            "total_quantity": self.stored.size,
        }

    def keep(self) -> None:
        """See ``Desk``."""
        values = self.form.values(self.event.timezone, self.stored)
        if self.stored is None:
            offers.create_type(current_actor(), event=self.event.id, **values)
        else:
            offers.update_type(current_actor(), self.stored.uuid, **values)


class PricedDesk(Desk):
    """A kind of ticket with a grid of prices."""

    template = "organizer/pricing/priced.html"

    def __init__(self, event: Row[Any], key: UUID | None, posted: Posted) -> None:
        super().__init__(event)
        sheet = None if key is None else prices.sheet(event.id, key)
        self.stored = sheet.kind if sheet else None
        self.posted = MultiDict() if posted is None else posted
        self.do = posted.get("do", "") if posted else ""
        self.is_stale = False
        days = prices.days_of(event.id) if event.pricing_type != "tiered" else ()
        self.board = board_of(event, sheet, days, posted, self.do)
        self.form = self.board.form

    @property
    def wants_more(self) -> bool:
        """See ``Desk``."""
        return self.do in ("add-tier", "add-day")

    def page(self) -> str:
        """See ``Desk``."""
        return render_template(
            self.template,
            event=self.event,
            stored=self.stored,
            form=self.form,
            board=self.board,
            is_stale=self.is_stale,
        )

    def keep(self) -> None:
        """See ``Desk``."""
        values = self.form.values(self.event.timezone, self.stored)
        grid, actor = self.board.grid(), current_actor()
        once = only_once(self.posted, _ROUTE)
        if self.stored is None:
            offers.create_priced(actor, event=self.event.id, grid=grid, once=once, **values)
        else:
            version = self.board.form.version.data or ""
            offers.save_prices(actor, self.stored.uuid, version=version, grid=grid, once=once, **values)

    def show(self, refusal: Refusal) -> None:
        """See ``Desk``. Whoever was told that it was changed may save once more."""
        super().show(refusal)
        if isinstance(refusal, Conflict) and self.board.sheet is not None:
            self.is_stale = True
            self.board.form.version.data = self.board.sheet.version


def desk_of(event: Row[Any], key: UUID | None, posted: Posted = None) -> Desk:
    """The desk for a kind of ticket of that event.

    :raises NotFound: the event has none of that key.
    """
    made = SimpleDesk if event.pricing_type == SIMPLE else PricedDesk
    return made(event, key, posted)
