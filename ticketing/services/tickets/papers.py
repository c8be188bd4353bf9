"""What somebody takes along: tickets as PDF, the code as a picture, and calendar files. All of it is made
when it is asked for, and kept nowhere."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from slugify import slugify
from sqlalchemy import Row

from ticketing import money
from ticketing.documents import CalendarEntry, TicketSheet, calendar, qr_png, qr_svg, tickets_pdf
from ticketing.documents.markdown import plain_text
from ticketing.errors import NotFound
from ticketing.models.events import CANCELLED
from ticketing.models.offers import full_name
from ticketing.models.orders import CONFIRMED
from ticketing.models.tickets import VOID
from ticketing.policy import Actor, Permission, allows
from ticketing.queries import tickets
from ticketing.queries.keys import Key
from ticketing.services import pictures
from ticketing.services.tickets.codes import code_of

PDF, CALENDAR, PNG, SVG = "application/pdf", "text/calendar", "image/png", "image/svg+xml"
#: An order of so many tickets is not attached to a mail: the mail leads to the file instead.
TOO_MANY_TO_MAIL = 100
#: Changes of an event are counted in seconds since then, which fits a calendar's number for decades.
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Paper:
    """A file: what it is called, what it is, and what is in it."""

    name: str
    mimetype: str
    content: bytes


def pdf_of_ticket(actor: Actor, key: Key) -> Paper:
    """A ticket as PDF, in its holder's language. One statement.

    :raises NotFound: there is none, it is somebody else's, or it admits nobody any more.
    """
    return _pdf([_valid(tickets.get(actor, key))], actor.language)


def code_of_ticket(actor: Actor, key: Key, form: str = PNG) -> Paper:
    """A ticket's QR as a picture, ``PNG`` or ``SVG``. One statement.

    :raises NotFound: there is none, it is somebody else's, or it admits nobody any more.
    """
    row = _valid(tickets.get(actor, key))
    code = code_of(row.uuid, row.code_version, row.key_version)
    if form == SVG:
        return Paper(f"{row.number}.svg", SVG, qr_svg(code).encode())
    return Paper(f"{row.number}.png", PNG, qr_png(code))


def calendar_of_ticket(actor: Actor, key: Key) -> Paper:
    """When to be where with a ticket. One that admits nobody any more takes its entry out of the calendar.
    One statement.

    :raises NotFound: there is none, or it is somebody else's.
    """
    return _calendar_of_ticket(tickets.get(actor, key))


def pdf_of_order(actor: Actor, key: Key) -> Paper:
    """An order's tickets in one file, in the order's language: those that are valid and that the buyer did
    not pass on. Two statements for the buyer.

    :raises NotFound: there is none, it is none of the actor's business, or none of its tickets is left.
    """
    order = _order(actor, key)
    rows = tickets.kept_of_order(order.id)
    if not rows:
        raise NotFound("ticket")
    return _pdf(rows, order.language)


def codes_of_order(actor: Actor, key: Key) -> list[tuple[Row[Any], str]]:
    """An order's tickets as ``pdf_of_order`` has them, each with its code as SVG. Two statements for the
    buyer.

    :raises NotFound: there is none, it is none of the actor's business, or none of its tickets is left.
    """
    rows = tickets.kept_of_order(_order(actor, key).id)
    if not rows:
        raise NotFound("ticket")
    return [(row, qr_svg(code_of(row.uuid, row.code_version, row.key_version))) for row in rows]


def calendar_of_order(actor: Actor, key: Key) -> Paper:
    """When to be where with an order's tickets: an entry for each day, where all of them are for single days.
    What was taken back or passed on takes its entry out of the calendar. Three statements for the buyer.

    :raises NotFound: there is none, it is none of the actor's business, or it never was confirmed.
    """
    order = _order(actor, key)
    if order.confirmed_at is None:
        raise NotFound("calendar")
    return _calendar(order, tickets.kept_of_order(order.id))


def of_ticket_for_mail(ticket: Row[Any], language: str, *, with_calendar: bool = False) -> list[Paper]:
    """What comes with a mail to a ticket's new holder."""
    pdf = _pdf([ticket], language)
    return [pdf, _calendar_of_ticket(ticket)] if with_calendar else [pdf]


def of_order_for_mail(order_id: int) -> list[Paper]:
    """What comes with an order's confirmation: the PDF, unless that grew too large or has nothing to show,
    and the calendar file. Three statements.

    :raises NotFound: there is no such order.
    """
    order = tickets.order_of(order_id)
    rows = tickets.kept_of_order(order_id)
    files = [_pdf(rows, order.language)] if 0 < len(rows) < TOO_MANY_TO_MAIL else []
    return [*files, _calendar(order, rows, "tickets")]


def _order(actor: Actor, key: Key) -> Row[Any]:
    """An order whose papers the actor may have: its buyer, support, and who manages the organization."""
    order = tickets.order_of(key)
    if not (allows(actor, Permission.ORDER_SEE, order) or allows(actor, Permission.ORDER_REFUND, order)):
        raise NotFound("order")
    return order


def _valid(row: Row[Any]) -> Row[Any]:
    if row.status == VOID:
        raise NotFound("ticket")
    return row


def _pdf(rows: Sequence[Row[Any]], language: str) -> Paper:
    first = rows[0]
    with force_locale(_locale(language)):
        free = _("Free")
        title = _("Tickets for %(event)s", event=first.event_title)
    sheets = [_sheet(row, language, free) for row in rows]
    number = first.number if len(rows) == 1 else first.order_number
    name = "-".join(filter(None, (slugify(first.event_title, max_length=60), number)))
    return Paper(f"{name}.pdf", PDF, tickets_pdf(sheets, title=title))


def _sheet(row: Row[Any], language: str, free: str) -> TicketSheet:
    return TicketSheet(
        event_title=row.event_title,
        ticket_name=full_name(row.ticket_name, row.tier_name, row.day_name),
        starts_at=row.event_starts_at,
        ends_at=row.event_ends_at,
        timezone=row.event_timezone,
        venue_name=row.venue_name,
        venue_address=row.venue_address,
        city=row.venue_city,
        attendee_name=row.attendee_name,
        price_text=_price(row.unit_price, row.currency, language) if row.unit_price else free,
        order_number=row.order_number,
        ticket_number=row.number,
        code=code_of(row.uuid, row.code_version, row.key_version),
        terms=plain_text(row.event_terms, addresses=True),
        organizer_name=row.organization_name,
        organizer_logo=pictures.read(row.organization_logo),
        accent=row.organization_accent,
        day=row.offer_day,
        language=language,
    )


def _price(minor: int, currency: str, language: str) -> str:
    from babel.numbers import format_currency

    return str(format_currency(money.to_decimal(minor, currency), currency, locale=_locale(language)))


def _locale(language: str) -> str:
    """A locale that Babel knows; English for anything else."""
    from ticketing.documents.moments import locale_of

    return locale_of(language)


def _calendar_of_ticket(row: Row[Any]) -> Paper:
    entry = _entry(row, f"ticket-{row.uuid}", f"/tickets/{row.uuid}", row.offer_day, row.status != VOID)
    return Paper(f"{slugify(row.event_title) or 'event'}.ics", CALENDAR, calendar([entry]))


def _calendar(order: Row[Any], rows: Sequence[Row[Any]], name: str = "") -> Paper:
    """One entry, or one for each day. They are named by order and day, so that a later file replaces them."""
    left = {row.offer_day for row in rows}
    days = tickets.days_of_order(order.id)
    if days == [None]:
        left = {None for _day in left}
    entries = [
        _entry(
            order,
            f"order-{order.uuid}" + (f"-{day:%Y%m%d}" if day else ""),
            f"/bookings/{order.uuid}",
            day,
            day in left and order.status == CONFIRMED,
        )
        for day in days
    ]
    name = name or slugify(order.event_title, max_length=60) or "event"
    return Paper(f"{name}.ics", CALENDAR, calendar(entries))


def _entry(row: Row[Any], uid: str, path: str, day: dt.date | None, is_valid: bool) -> CalendarEntry:
    base = str(current_app.config["MAIL_BASE_URL"])
    starts_at, ends_at = hours_of(row, day)
    changed = max(row.event_updated_at, row.updated_at)
    return CalendarEntry(
        uid=f"{uid}@{urlsplit(base).hostname or 'localhost'}",
        sequence=max(0, int((changed - _EPOCH).total_seconds())),
        title=row.event_title,
        starts_at=starts_at,
        ends_at=ends_at,
        timezone=row.event_timezone,
        written_at=changed,
        location=", ".join(filter(None, (row.venue_name, row.venue_address, row.venue_city))),
        link=f"{base}{path}",
        organizer_name=row.organization_name,
        is_cancelled=not is_valid or row.event_status == CANCELLED,
    )


def hours_of(row: Row[Any], day: dt.date | None) -> tuple[datetime, datetime]:
    """The hours of a row's event (``event_starts_at, event_ends_at, event_timezone``); on one of its days,
    from its opening to its closing hour as the clocks there say."""
    if day is None:
        return row.event_starts_at, row.event_ends_at
    zone = ZoneInfo(row.event_timezone)
    first, last = row.event_starts_at.astimezone(zone), row.event_ends_at.astimezone(zone)
    starts_at = datetime.combine(day, first.time(), zone)
    ends_at = datetime.combine(day, last.time(), zone)
    if ends_at <= starts_at:
        ends_at += timedelta(days=1)
    return starts_at, ends_at
