"""The ticket choice: what the event page offers, and what an address has chosen of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from flask_babel import gettext as _

from ticketing.models import Event, EventDay
from ticketing.models.events import TIER_AND_DAY
from ticketing.queries import catalog
from ticketing.queries.on_sale import Bound, DayOnSale, OfferOnSale, SaleState, TypeOnSale, types_on_sale
from ticketing.services.orders import SaleTerms, terms_for
from ticketing.services.promotions import Discount

PREFIX = "offer_"


@dataclass(slots=True)
class Line:
    """One offer, how many of it are chosen (as it was typed, and as a number), and what is wrong with that.

    ``is_open``: it can be chosen now, ``most`` of it in one order. ``described`` are ids of what else on the
    page is wrong with it.
    """

    offer: OfferOnSale
    is_open: bool
    most: int
    chosen: str = "0"
    number: int = 0
    error: str = ""
    described: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Row:
    """A day of a type that sells tiers by the day; a cell for each of the type's tiers, None where it sells
    none."""

    key: str
    day: DayOnSale
    cells: list[Line | None]
    error: str = ""


@dataclass(slots=True)
class Group:
    """The offers of one ticket type. A type whose one offer has its name needs no heading. Where tiers are
    sold by the day, ``rows`` are the days, and ``tiers`` the names of their cells."""

    key: str
    name: str
    description: str
    benefits: Sequence[str]
    lines: list[Line]
    tiers: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    error: str = ""

    @property
    def bound(self) -> Bound | None:
        """The total that the type's offers share."""
        return next((one for line in self.lines for one in line.offer.bounds if one.kind == "type"), None)


@dataclass(slots=True)
class Choice:
    """Everything that an event page lets choose."""

    event: Event
    days: Sequence[EventDay]
    groups: list[Group]
    error: str = ""
    quantities: dict[int, int] = field(default_factory=dict)

    @property
    def lines(self) -> list[Line]:
        """All offers, across types."""
        return [line for group in self.groups for line in group.lines]

    @property
    def open_lines(self) -> list[Line]:
        """Those that can be bought now."""
        return [line for line in self.lines if line.is_open]

    @property
    def is_open(self) -> bool:
        """There is something to choose."""
        return bool(self.open_lines)

    @property
    def is_matrix(self) -> bool:
        """It has days and tiers, and wants the width of the page."""
        return any(group.rows for group in self.groups)

    @property
    def names_days(self) -> bool:
        """Every day of the programme is among what can be chosen."""
        named = {line.offer.day.number for line in self.lines if line.offer.day is not None}
        return named >= {day.number for day in self.days}

    @property
    def bound(self) -> Bound | None:
        """What the whole event admits, where its offers share that."""
        return next((one for line in self.lines for one in line.offer.bounds if one.kind == "event"), None)

    @property
    def wrong(self) -> bool:
        """Something is marked beside what it is about."""
        rows = [row.error for group in self.groups for row in group.rows]
        return any([*rows, *(group.error for group in self.groups), *(line.error for line in self.lines)])

    @property
    def is_valid(self) -> bool:
        """Numbers were chosen, and nothing is known to be wrong with them."""
        return bool(self.quantities) and not self.error and not self.wrong

    @property
    def arguments(self) -> dict[str, int]:
        """What is chosen, as an address has it."""
        return {f"{PREFIX}{offer}": number for offer, number in self.quantities.items()}

    @property
    def amounts(self) -> dict[int, int]:
        """What is chosen, in minor units by ticket type id."""
        amounts: dict[int, int] = {}
        for line in self.lines:
            if line.number:
                key = line.offer.type_id
                amounts[key] = amounts.get(key, 0) + line.number * line.offer.price
        return amounts

    @property
    def lowest(self) -> int:
        """The lowest price that can be paid now, minor units."""
        return min(line.offer.price for line in self.open_lines)

    @property
    def is_one_price(self) -> bool:
        """Everything that can be bought costs the same."""
        return len({line.offer.price for line in self.open_lines}) == 1

    @property
    def opens_at(self) -> datetime | None:
        """When the next of its offers goes on sale."""
        if not self.event.is_published or self.event.is_over:
            return None
        soon = [line.offer.opens_at for line in self.lines if line.offer.state is SaleState.SOON]
        return min((moment for moment in soon if moment), default=None)

    @property
    def fee_percent(self) -> str:
        """What is added to the prices when the order is placed, as scripts read numbers."""
        return f"{terms_for('web').fee_percent.normalize():f}"

    @property
    def closed_because(self) -> str:
        """Why there is nothing to choose."""
        if self.event.is_cancelled:
            return _("This event was cancelled. Who had paid gets the money back.")
        if self.event.is_over:
            return _("This event is over.")
        states = {line.offer.state for line in self.lines}
        if not states or self.event.is_draft:
            return _("Tickets are not on sale yet.")
        if SaleState.SOON in states:
            return _("Sales have not begun yet.")
        return _("This event is sold out.") if SaleState.SOLD_OUT in states else _("Sales have ended.")


def choice_of(event: Event, asked: Mapping[str, str] | None = None) -> Choice:
    """The choice that an event offers; with ``asked``, what was typed into it and what that means."""
    groups = [_group(f"group-{number}", kind, event) for number, kind in enumerate(types_on_sale(event), 1)]
    choice = Choice(event, catalog.days_of(event), groups)
    if asked is not None:
        _read(choice, asked)
    return choice


def _group(key: str, kind: TypeOnSale, event: Event) -> Group:
    is_plain = len(kind.offers) == 1 and kind.offers[0].name == kind.name
    sells, most = event.is_published and not event.is_over, terms_for("web").most
    most = min(most, event.tickets_per_account or most)
    group = Group(
        key,
        "" if is_plain else kind.name,
        kind.description,
        [line.strip() for line in kind.benefits.splitlines() if line.strip()],
        [Line(offer, sells and offer.is_open, min(offer.most, most)) for offer in kind.offers],
    )
    if event.pricing_type == TIER_AND_DAY:
        _lay_out(group)
    return group


def _lay_out(group: Group) -> None:
    """Days become rows, tiers their cells."""
    tiers: dict[int, str] = {}
    days: dict[int, DayOnSale] = {}
    cells: dict[tuple[int, int], Line] = {}
    for line in group.lines:
        offer = line.offer
        if offer.day is not None and offer.tier_number is not None:
            tiers.setdefault(offer.tier_number, offer.tier_name)
            days.setdefault(offer.day.number, offer.day)
            cells[offer.day.number, offer.tier_number] = line
    group.tiers = [tiers[number] for number in sorted(tiers)]
    group.rows = [
        Row(f"{group.key}-day-{number}", day, [cells.get((number, tier)) for tier in sorted(tiers)])
        for number, day in sorted(days.items())
    ]


def _read(choice: Choice, asked: Mapping[str, str]) -> None:
    """Numbers out of an address. Whether they can be sold is not decided here."""
    for line in choice.lines:
        line.chosen = asked.get(f"{PREFIX}{line.offer.id}", "0").strip()[:6] or "0"
        if not (line.chosen.isascii() and line.chosen.isdigit()):
            line.error = _("Enter a whole number.")
        elif int(line.chosen) > 0:
            line.number = choice.quantities[line.offer.id] = int(line.chosen)
    if not choice.quantities and not any(line.error for line in choice.lines):
        choice.error = _("Choose at least one ticket.")


@dataclass(frozen=True, slots=True)
class BillLine:
    """Some tickets of one offer; ``unit_price`` in minor units."""

    name: str
    quantity: int
    unit_price: int
    returned: int = 0


@dataclass(frozen=True, slots=True)
class Bill:
    """What a choice costs, in minor units of the event's currency; ``code`` gave the discount."""

    lines: list[BillLine]
    subtotal: int
    fee: int
    discount: int = 0
    code: str = ""

    @property
    def total(self) -> int:
        """What will be asked for."""
        return self.subtotal + self.fee - self.discount

    @property
    def tickets(self) -> int:
        """How many."""
        return sum(line.quantity for line in self.lines)


def bill_of(choice: Choice, terms: SaleTerms, reduced: Discount | None = None) -> Bill:
    """The bill before the order, reckoned as the order itself will be."""
    lines = [
        BillLine(line.offer.full_name, line.number, line.offer.price) for line in choice.lines if line.number
    ]
    subtotal = sum(line.quantity * line.unit_price for line in lines)
    discount, code = (reduced.amount, reduced.code) if reduced else (0, "")
    return Bill(lines, subtotal, terms.fee_on(subtotal, discount), discount, code)
