"""Saying, beside the offers concerned, where a choice exceeds what can be sold. For showing only: placing
decides, and this look spares a refusal that could not name the place."""

from __future__ import annotations

from collections import defaultdict

from flask_babel import gettext as _
from flask_babel import ngettext

from ticketing.queries.on_sale import Bound, DayOnSale, SaleState
from ticketing.web.choice import Choice, Line


def point_out(choice: Choice) -> None:
    """Put a sentence beside each number, type or day of which more is chosen than can be had at once."""
    chosen = [line for line in choice.lines if line.number and not line.error]
    for line in chosen:
        line.error = _alone(line)
    together: dict[Bound, list[Line]] = defaultdict(list)
    for line in chosen:
        for bound in line.offer.bounds:
            if not line.error:
                together[bound].append(line)
    for bound, lines in together.items():
        number = sum(line.number for line in lines)
        if number > bound.left:
            _blame(choice, bound, lines, number)


def _alone(line: Line) -> str:
    offer, number, most = line.offer, line.number, line.most
    if not offer.is_open:
        return _closed(offer.state)
    if number < offer.least:
        return _("Order at least %(least)s tickets.", least=offer.least)
    if number > most and most < offer.left:
        return _("At most %(most)s tickets can be ordered at once.", most=most)
    # What a shared stock limits is said with that stock.
    if number > offer.own_left:
        return ngettext(
            "Only %(num)s ticket is left; you chose %(chosen)s.",
            "Only %(num)s tickets are left; you chose %(chosen)s.",
            offer.own_left,
            chosen=number,
        )
    return ""


def _closed(state: SaleState) -> str:
    if state is SaleState.SOLD_OUT:
        return _("These are sold out.")
    return _("These are not on sale yet.") if state is SaleState.SOON else _("Sales of these have ended.")


def _blame(choice: Choice, bound: Bound, lines: list[Line], number: int) -> None:
    """A type's total is said at the type, a day's at the day, the event's above all."""
    if bound.kind == "type":
        group = next(group for group in choice.groups if lines[0] in group.lines)
        group.error = ngettext(
            "Only %(num)s ticket is left of all these together; you chose %(chosen)s.",
            "Only %(num)s tickets are left of all these together; you chose %(chosen)s.",
            bound.left,
            chosen=number,
        )
        _mark(lines, f"{group.key}-error")
    elif bound.day is not None:
        _blame_day(choice, lines, _left_for_day(bound.day, bound.left, number))
    else:
        choice.error = ngettext(
            "Only %(num)s ticket is left for this event; you chose %(chosen)s.",
            "Only %(num)s tickets are left for this event; you chose %(chosen)s.",
            bound.left,
            chosen=number,
        )
        _mark(lines, "tickets-error")


def _left_for_day(day: DayOnSale, left: int, number: int) -> str:
    return ngettext(
        "Only %(num)s ticket is left for %(day)s; you chose %(chosen)s.",
        "Only %(num)s tickets are left for %(day)s; you chose %(chosen)s.",
        left,
        day=day.name or _("Day %(number)s", number=day.number),
        chosen=number,
    )


def _blame_day(choice: Choice, lines: list[Line], sentence: str) -> None:
    rows = [row for group in choice.groups for row in group.rows if any(line in row.cells for line in lines)]
    for row in rows:
        row.error = sentence
        _mark([line for line in lines if line in row.cells], f"{row.key}-error")
    for line in lines:
        if not line.described and not line.error:
            line.error = sentence


def _mark(lines: list[Line], element: str) -> None:
    for line in lines:
        line.described.append(element)
