"""The file of tickets: one A4 page for each."""

from __future__ import annotations

import io
import threading
from collections.abc import Sequence
from typing import Any

from flask_babel import force_locale

from ticketing.documents.lines import line
from ticketing.documents.logos import opened
from ticketing.documents.moments import locale_of
from ticketing.documents.sheets import TicketSheet

PRODUCT = "Foyer"
#: A font's reader has one position, which all documents share. Threads would not draw faster side by side.
_one_at_a_time = threading.Lock()


def tickets_pdf(sheets: Sequence[TicketSheet], *, title: str) -> bytes:
    """A page for each ticket, in the given order, to be printed or shown on a telephone. The same tickets
    make the same file, but for its date and its id. Texts are fitted or cut; a logo that cannot be read is
    left out.

    :raises ValueError: there is no ticket, or a code is empty or longer than a QR can hold.
    """
    if not sheets:
        raise ValueError("a file of tickets needs a ticket")
    file = io.BytesIO()
    with _one_at_a_time:
        canvas = _canvas(file, sheets, title)
        logos: dict[bytes | None, Any] = {}
        for sheet in sheets:
            if sheet.organizer_logo not in logos:
                logos[sheet.organizer_logo] = opened(sheet.organizer_logo)
            _draw(canvas, sheet, logos[sheet.organizer_logo])
            canvas.showPage()
        canvas.save()
    return file.getvalue()


def _canvas(file: io.BytesIO, sheets: Sequence[TicketSheet], title: str) -> Any:
    from reportlab import rl_config
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfgen.canvas import Canvas

    rl_config.useA85 = 0  # or every stream is written as text, a quarter longer
    language = locale_of(sheets[0].language).replace("_", "-")
    canvas = Canvas(file, pagesize=A4, pageCompression=1, lang=language)
    names = dict.fromkeys(line(sheet.organizer_name).text for sheet in sheets if sheet.organizer_name)
    canvas.setTitle(line(title).text)
    canvas.setAuthor(", ".join(names))
    canvas.setSubject(", ".join(dict.fromkeys(line(sheet.event_title).text for sheet in sheets)))
    canvas.setCreator(PRODUCT)
    canvas.setViewerPreference("DisplayDocTitle", "true")
    return canvas


def _draw(canvas: Any, sheet: TicketSheet, logo: Any) -> None:
    from ticketing.documents.page import Page

    with force_locale(locale_of(sheet.language)):
        Page(canvas, sheet, logo).draw()
