"""Ticket PDFs, QR codes and calendar files. Plain values in, bytes out: nothing here knows a table, a request
or an order. Drawing libraries are loaded when the first document is made."""

from __future__ import annotations

from ticketing.documents.calendars import CalendarEntry, calendar
from ticketing.documents.pdf import tickets_pdf
from ticketing.documents.qr import qr_png, qr_svg
from ticketing.documents.sheets import TicketSheet

__all__ = ["CalendarEntry", "TicketSheet", "calendar", "qr_png", "qr_svg", "tickets_pdf"]
