"""The ticket choice: what the event page offers, and what an address has chosen of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask_babel import gettext as _

from ticketing.models import Event
from ticketing.queries.on_sale import OfferOnSale, SaleState, types_on_sale
from ticketing.services.orders import SaleTerms

PREFIX = "offer_"


@dataclass(slots=True)
class Line:
    """One offer, how many of it are chosen (as it was typed), and what is wrong with that."""

    offer: OfferOnSale
    chosen: str = "0"
    error: str = ""


@dataclass(slots=True)
class Group:
    """The offers of one ticket type. A type with one offer needs no heading."""

    name: str
    description: str
    lines: list[Line]


@dataclass(slots=True)
class Choice:
    """Everything that an event page lets choose."""

    event: Event
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
        return [line for line in self.lines if line.offer.is_open] if self.event_is_open else []

    @property
    def event_is_open(self) -> bool:
        """The event itself sells."""
        return self.event.is_published and not self.event.is_over

    @property
    def is_open(self) -> bool:
        """There is something to choose."""
        return bool(self.open_lines)

    @property
    def is_valid(self) -> bool:
        """Numbers were chosen that make sense as numbers."""
        return bool(self.quantities) and not self.error and not any(line.error for line in self.lines)

    @property
    def lowest(self) -> int:
        """The lowest price that can be paid now, minor units."""
        return min(line.offer.price for line in self.open_lines)

    @property
    def is_one_price(self) -> bool:
        """Everything that can be bought costs the same."""
        return len({line.offer.price for line in self.open_lines}) == 1

    @property
    def closed_because(self) -> str:
        """Why there is nothing to choose."""
        if self.event.is_cancelled:
            return _("This event was cancelled. Who had paid gets the money back.")
        if self.event.is_over:
            return _("This event is over.")
        states = {line.offer.state for line in self.lines}
        if not states:
            return _("Tickets are not on sale yet.")
        if SaleState.SOON in states:
            return _("Sales have not begun yet.")
        return _("This event is sold out.") if SaleState.SOLD_OUT in states else _("Sales have ended.")


def choice_of(event: Event, asked: Mapping[str, str] | None = None) -> Choice:
    """The choice that an event offers; with ``asked``, what was typed into it and what that means."""
    groups = [
        Group(
            kind.name if len(kind.offers) > 1 or kind.offers[0].name != kind.name else "",
            kind.description,
            [Line(offer) for offer in kind.offers],
        )
        for kind in types_on_sale(event)
    ]
    choice = Choice(event, groups)
    if asked is not None:
        _read(choice, asked)
    return choice


def _read(choice: Choice, asked: Mapping[str, str]) -> None:
    """Numbers out of an address. Whether they can be sold is not decided here."""
    for line in choice.lines:
        line.chosen = asked.get(f"{PREFIX}{line.offer.id}", "0").strip()[:6] or "0"
        if not (line.chosen.isascii() and line.chosen.isdigit()):
            line.error = _("Enter a whole number.")
        elif int(line.chosen) > 0:
            choice.quantities[line.offer.id] = int(line.chosen)
    if not choice.quantities and not any(line.error for line in choice.lines):
        choice.error = _("Choose at least one ticket.")


@dataclass(frozen=True, slots=True)
class BillLine:
    """Some tickets of one offer; ``unit_price`` in minor units."""

    name: str
    quantity: int
    unit_price: int


@dataclass(frozen=True, slots=True)
class Bill:
    """What a choice costs, in minor units of the event's currency."""

    lines: list[BillLine]
    subtotal: int
    fee: int

    @property
    def total(self) -> int:
        """What will be asked for."""
        return self.subtotal + self.fee

    @property
    def tickets(self) -> int:
        """How many."""
        return sum(line.quantity for line in self.lines)


def bill_of(choice: Choice, terms: SaleTerms) -> Bill:
    """The bill before the order, reckoned as the order itself will be."""
    lines = [
        BillLine(line.offer.full_name, choice.quantities[line.offer.id], line.offer.price)
        for line in choice.lines
        if line.offer.id in choice.quantities
    ]
    subtotal = sum(line.quantity * line.unit_price for line in lines)
    return Bill(lines, subtotal, terms.fee_on(subtotal))
