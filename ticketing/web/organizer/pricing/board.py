"""A grid of prices on a page: what is stored, what was typed over it, and where each stands."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Row
from werkzeug.datastructures import MultiDict
from wtforms import Field

from ticketing import money
from ticketing.models.events import DAY_BASED, TIERED
from ticketing.queries.prices import Sheet
from ticketing.services import offers
from ticketing.services.offers import place
from ticketing.web.organizer.editor_forms import local
from ticketing.web.organizer.pricing.forms import (
    FRESH,
    PricedForm,
    priced_form,
    window,
    written,
)
from ticketing.web.organizer.pricing.layout import ALL, NEW, ONE, Day, Tier, days_of, tiers_of


@dataclass(slots=True)
class Cell:
    """Where a tier meets a day; ``place`` says that in words, ``stored`` is the price that is saved there."""

    price: Field
    quantity: Field
    active: Field
    place: str
    stored: Row[Any] | None
    day: Day
    currency: str

    @property
    def differs(self) -> bool:
        """Something else is saved than what is typed."""
        stored = self.stored
        if stored is None:
            return False
        was = stored.price, stored.size, bool(stored.is_offered)
        return was != (self.minor, self.quantity.data, bool(self.active.data))

    @property
    def minor(self) -> int | None:
        """The typed price in minor units, where it is one."""
        try:
            return money.to_minor(self.price.data, self.currency) if self.price.data is not None else None
        except ValueError:
            return None


@dataclass(slots=True)
class Board:
    """The whole grid with the form that it is written with."""

    event: Row[Any]
    sheet: Sheet | None
    tiers: list[Tier]
    days: list[Day]
    form: PricedForm
    cells: dict[tuple[int, int], Cell] = field(default_factory=dict)
    #: The field of what was just added.
    focus: str = ""

    @property
    def has_tiers(self) -> bool:
        """Rows have names."""
        return bool(self.event.pricing_type != DAY_BASED)

    @property
    def has_days(self) -> bool:
        """Columns have names."""
        return bool(self.event.pricing_type != TIERED)

    @property
    def columns(self) -> list[Day]:
        """In the order in which they are shown: what is for all days comes last."""
        return sorted(self.days, key=lambda day: day.key == ALL)

    def row(self, tier: Tier) -> list[Cell]:
        """A tier's cells, as ``columns`` are shown."""
        return [self.cells[tier.position, day.position] for day in self.columns]

    def is_open(self, tier: Tier) -> bool:
        """What a tier says beside its prices is worth a look: something is wrong there, or goes."""
        fields = [self.form[place(part, tier.position)] for part in ("start", "end", "gone")]
        return any(field.errors for field in fields) or bool(fields[-1].data)

    def words_of(self, name: str) -> str:
        """Which place in the grid a field is about, in words."""
        part, *at = name.split("-")
        if part in ("price", "quantity", "active"):
            return self.cells[int(at[0]), int(at[1])].place
        if part in ("start", "end"):
            return self.tiers[int(at[0])].words
        if part in ("day", "date"):
            return self.days[int(at[0])].words
        return _("Tier %(number)s", number=int(at[0]) + 1) if part == "tier" else ""

    def grid(self) -> offers.Grid:
        """What was typed, as the services take it."""
        tiers = [self._tier(tier) for tier in self.tiers]
        days = [self._day(day) for day in self.days]
        prices = {
            at: offers.Price(cell.price.data, cell.quantity.data, bool(cell.active.data))
            for at, cell in self.cells.items()
        }
        return offers.Grid(tiers, days, prices)

    def _tier(self, tier: Tier) -> offers.Tier:
        if not self.has_tiers:
            return offers.Tier(keeps_window=True)
        start, end = window(self.form, tier.position, self.event.timezone, tier.window)
        return offers.Tier(
            number=int(tier.key) if tier.key else None,
            name=self.form[place("tier", tier.position)].data or "",
            sales_start_at=start,
            sales_end_at=end,
            keeps_window=len(tier.windows) > 1 and start is None and end is None,
            is_gone=bool(self.form[place("gone", tier.position)].data),
        )

    def _day(self, day: Day) -> offers.Day:
        if day.key == ONE:
            return offers.Day()
        if day.key not in (NEW, ALL):
            return offers.Day(int(day.key), day.name, day.date)
        name = self.form[place("day", day.position)].data or ""
        if day.key == ALL:
            return offers.Day(name=name, is_all_days=True)
        return offers.Day(None, name, self.form[place("date", day.position)].data)


def board_of(
    event: Row[Any],
    sheet: Sheet | None,
    days: Sequence[Row[Any]],
    formdata: MultiDict[str, str] | None,
    do: str,
) -> Board:
    """The grid of a ticket type, of a new one without a sheet; with what was typed, and a row or a column
    more where ``do`` asks for it (``add-tier``, ``add-day``)."""
    posted: Mapping[str, str] = formdata or {}
    tiers = tiers_of(event, sheet, posted, do)
    columns = days_of(event, sheet, days, posted, do)
    has_tiers, has_days = event.pricing_type != DAY_BASED, event.pricing_type != TIERED
    known = {_key(price): price for price in (sheet.prices if sheet else ())}
    made = priced_form(len(tiers), len(columns), tiers=has_tiers, days=has_days)
    form = made(formdata, data=_data(event, sheet, tiers, columns, known))
    board = Board(event, sheet, tiers, columns, form)
    _name(board)
    for tier in tiers:
        for day in columns:
            stored = known.get((tier.key, day.key))
            cell = _cell(board, tier, day, stored)
            if stored is None or place("price", tier.position, day.position) not in posted:
                # It had no tick that could have been taken away.
                cell.active.data = stored.is_offered if stored else True
            board.cells[tier.position, day.position] = cell
    added = {"add-tier": place("tier", len(tiers) - 1), "add-day": place("day", len(columns) - 1)}
    board.focus = added.get(do, "")
    return board


def _key(price: Row[Any]) -> tuple[str, str]:
    tier = ONE if price.tier_number is None else str(price.tier_number)
    if price.is_all_days:
        return tier, ALL
    return tier, ONE if price.day_number is None else str(price.day_number)


def _data(
    event: Row[Any],
    sheet: Sheet | None,
    tiers: list[Tier],
    days: list[Day],
    known: dict[tuple[str, str], Row[Any]],
) -> dict[str, Any]:
    """What the form shows before anything is typed."""
    data: dict[str, Any] = dict(FRESH) if sheet is None else written(sheet.kind, event.timezone)
    data["once"] = secrets.token_urlsafe(12)
    if sheet is not None:
        sizes = sum(price.size for price in sheet.prices)
        data |= {"version": sheet.version, "total_quantity": sheet.kind.total}
        if sheet.kind.total == sizes:
            data["total_quantity"] = None
    for tier in tiers:
        start, end = tier.window
        data[place("tier", tier.position)] = tier.stored[0].tier_name if tier.stored else ""
        data[place("start", tier.position)] = local(start, event.timezone)
        data[place("end", tier.position)] = local(end, event.timezone)
    for day in days:
        data |= {place("day", day.position): day.name, place("date", day.position): day.date}
    for tier in tiers:
        for day in days:
            if price := known.get((tier.key, day.key)):
                at = tier.position, day.position
                data[place("price", *at)] = money.to_decimal(price.price, event.currency)
                data[place("quantity", *at)] = price.size
                data[place("active", *at)] = price.is_offered
    return data


def _name(board: Board) -> None:
    """What rows and columns are called by those who hear the page."""
    for tier in board.tiers:
        typed = board.form[place("tier", tier.position)].data if board.has_tiers else ""
        tier.words = typed or (_("Tier %(number)s", number=tier.position + 1) if board.has_tiers else "")
    for day in board.days:
        typed = day.name
        if board.has_days and day.key in (NEW, ALL):
            typed = board.form[place("day", day.position)].data
        day.words = typed or (_("New day") if board.has_days else "")


def _cell(board: Board, tier: Tier, day: Day, stored: Row[Any] | None) -> Cell:
    at = tier.position, day.position
    price, quantity, active = (board.form[place(part, *at)] for part in ("price", "quantity", "active"))
    words = ", ".join(part for part in (tier.words, day.words) if part)
    return Cell(price, quantity, active, words, stored, day, board.event.currency)
