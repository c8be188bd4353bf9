"""A ticket's page: who invites to what, when and where; below the tear line the code beside what it stands
for; small print under it. Lengths are points, positions are measured from the foot of the page."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from ticketing.documents import pen
from ticketing.documents.lines import Block, fit, line
from ticketing.documents.moments import when
from ticketing.documents.sheets import TicketSheet

_LEFT, _RIGHT, _TOP, _FOOT = 42.0, 553.0, 806.0, 34.0
#: Two columns inside the outline; the code fills the first one.
_FIRST, _SECOND, _END = 76.0, 312.0, 519.0
_CODE = 204.0
_WIDE, _NARROW = _END - _FIRST, _END - _SECOND
_BESIDE_CODE = _SECOND - _FIRST - 16


class Page:
    """One ticket on the page that its canvas is at."""

    def __init__(self, canvas: Any, sheet: TicketSheet, logo: Any) -> None:
        self.canvas = canvas
        self.sheet = sheet
        self.logo = logo

    def draw(self) -> None:
        """Everything, from the head downwards."""
        canvas = self.canvas
        canvas.bookmarkPage(self.sheet.ticket_number or "ticket")
        top = self._organizer(_TOP - 32)
        top = self._title(top)
        when_ends, where_ends = self._when(top), self._where(top)
        tear = min(when_ends, where_ends) - 26
        code_ends, facts_end = self._code(tear - 34), self._facts(tear - 30)
        bottom = min(code_ends, facts_end) - 18
        pen.outline(canvas, (_LEFT, bottom, _RIGHT, _TOP), tear, pen.accent_of(self.sheet.accent))
        self._terms(bottom - 18)
        self._foot()

    def _organizer(self, top: float) -> float:
        """Logo, then name, in the middle of one another; where the title may begin."""
        width, height, x = 0.0, 0.0, _FIRST
        if self.logo is not None:
            width, height = pen.fitted(self.logo, width=130, height=44)
            x += width + 12
        name = fit(self.sheet.organizer_name, width=_END - x, height=32, sizes=(13, 11.5))
        taken = max(height, name.height)
        if self.logo is not None:
            self.canvas.drawImage(self.logo, _FIRST, top - (taken + height) / 2, width, height)
        pen.write(self.canvas, name, x, top - (taken - name.height) / 2, color=pen.SOFT)
        return top - taken - 10 if taken else top

    def _title(self, top: float) -> float:
        sizes = (36, 33, 30, 27, 24, 21, 18)
        block = fit(self.sheet.event_title, width=_WIDE, height=108, sizes=sizes, bold=True)
        return pen.write(self.canvas, block, _FIRST, top, width=_WIDE, bold=True) - 20

    def _when(self, top: float) -> float:
        moment = when(self.sheet)
        top = self._label(_("When"), _FIRST, top)
        sizes = (17, 16, 15, 14, 13, 12, 10)
        text = "\n".join(moment.large)
        block = fit(text, width=_BESIDE_CODE, height=66, sizes=sizes, bold=True, most_lines=3)
        top = pen.write(self.canvas, block, _FIRST, top, bold=True)
        small = fit(moment.small, width=_BESIDE_CODE, height=26, sizes=(10, 9))
        return pen.write(self.canvas, small, _FIRST, top - 2, color=pen.SOFT)

    def _where(self, top: float) -> float:
        sheet = self.sheet
        if not (sheet.venue_name or sheet.venue_address or sheet.city):
            return top
        top = self._label(_("Where"), _SECOND, top)
        name = fit(sheet.venue_name, width=_NARROW, height=44, sizes=(17, 15, 13), bold=True)
        top = pen.write(self.canvas, name, _SECOND, top, bold=True)
        address = "\n".join(filter(None, (sheet.venue_address, sheet.city)))
        block = fit(address, width=_NARROW, height=46, sizes=(13, 12, 11, 10, 9))
        return pen.write(self.canvas, block, _SECOND, top - 1)

    def _code(self, top: float) -> float:
        """The code and what to do with it; where its quiet zone or the hint ends."""
        module = pen.code(self.canvas, self.sheet.code, _FIRST, top, _CODE)
        hint = fit(_("Show this code at the entrance."), width=_CODE, height=13, sizes=(10, 9, 8, 7))
        below = top - _CODE - 4.2 * module
        return pen.write(self.canvas, hint, _FIRST, below, color=pen.SOFT)

    def _facts(self, top: float) -> float:
        """Whom the code admits to what, one fact below the other."""
        sheet = self.sheet
        facts = (
            (_("Attendee"), sheet.attendee_name, 46, (19, 17, 15, 14)),
            (_("Ticket"), sheet.ticket_name, 46, (15, 14, 12, 11)),
            (_("Price"), sheet.price_text, 20, (15, 14, 12, 10)),
            (_("Order"), sheet.order_number, 26, (13, 12, 11, 10, 9)),
            (_("Ticket number"), sheet.ticket_number, 26, (13, 12, 11, 10, 9)),
        )
        for label, text, height, sizes in facts:
            block = fit(text, width=_NARROW, height=height, sizes=sizes, bold=True)
            if block.lines:
                top = self._label(label, _SECOND, top)
                top = pen.write(self.canvas, block, _SECOND, top, bold=True) - 9
        return top + 9

    def _label(self, text: str, x: float, top: float) -> float:
        block = Block(10, (line(text),))
        return pen.write(self.canvas, block, x, top, color=pen.SOFT) - 1

    def _terms(self, top: float) -> None:
        """Small print in what is left of the page; cut where it does not fit at its smallest."""
        height = top - _FOOT - 26
        sizes = (9.5, 9, 8.5, 8, 7.5, 7, 6.5)
        block = fit(self.sheet.terms, width=_WIDE, height=height, sizes=sizes)
        pen.write(self.canvas, block, _FIRST, top, width=_WIDE, color=pen.SOFT)

    def _foot(self) -> None:
        product = line("Foyer", bold=True)
        pen.write_line(self.canvas, product, _FIRST, _FOOT, size=9, bold=True, color=pen.SOFT)
        hint = line(_("Admits one person, once. Keep the code to yourself."))
        start = _END - hint.width * 8
        pen.write_line(self.canvas, hint, start, _FOOT, size=8, color=pen.SOFT)
