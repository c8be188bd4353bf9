"""How money, moments and texts are shown to people. Pure, and cached: a list shows the same ones again."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.dates import format_skeleton, format_time
from babel.numbers import format_currency, format_decimal
from flask_babel import gettext as _
from markupsafe import Markup, escape

from ticketing import clock, money
from ticketing.models import Order, Ticket
from ticketing.queries.bookings import can_be_cancelled, can_be_paid
from ticketing.web.language import language

_CACHED = 4096


def page_language() -> str:
    """The language of this page, as ``<html lang>`` wants it."""
    return language().replace("_", "-")


@lru_cache(_CACHED)
def _money(minor: int, currency: str, locale: str) -> str:
    return format_currency(money.to_decimal(minor, currency), currency, locale=locale)


def show_money(minor: int, currency: str) -> str:
    """Minor units in the reader's way: ``2550, "USD"`` → ``$25.50``."""
    return _money(minor, currency, language())


def show_price(minor: int, currency: str) -> str:
    """As :func:`show_money`, and in a word when it costs nothing."""
    return show_money(minor, currency) if minor else _("Free")


@lru_cache(64)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _abbreviation(local: datetime) -> str:
    """``CET``; zones without letters read as ``UTC-03``."""
    name = local.tzname() or "UTC"
    return f"UTC{name}" if name[:1] in "+-" else name


@lru_cache(_CACHED)
def _day(moment: datetime, zone: str, locale: str, this_year: int) -> str:
    local = moment.astimezone(_zone(zone))
    return format_skeleton("MMMEd" if local.year == this_year else "yMMMEd", local, locale=locale)


@lru_cache(_CACHED)
def _clock(moment: datetime, zone: str, locale: str) -> str:
    return format_time(moment.astimezone(_zone(zone)), "short", locale=locale)


def show_day(moment: datetime, zone: str) -> str:
    """The day at the event's place: ``Sat, Mar 14``, with the year when it is not this one."""
    return _day(moment, zone, language(), clock.now().year)


def show_time(moment: datetime, zone: str) -> str:
    """The hour at the event's place, with its zone: ``7:30 PM CET``."""
    local = moment.astimezone(_zone(zone))
    return f"{_clock(moment, zone, language())} {_abbreviation(local)}"


def show_hour(moment: datetime, zone: str) -> str:
    """The hour at the event's place where its zone needs no word: ``7:30 PM``."""
    return _clock(moment, zone, language())


def show_moment(moment: datetime, zone: str) -> str:
    """Day and hour at the event's place: ``Sat, Mar 14, 7:30 PM CET``."""
    return f"{show_day(moment, zone)}, {show_time(moment, zone)}"


def full_moment(moment: datetime, zone: str, locale: str) -> str:
    """As :func:`show_moment`, in that language and always with the year: for what is kept."""
    local = moment.astimezone(_zone(zone))
    return f"{_day(moment, zone, locale, 0)}, {_clock(moment, zone, locale)} {_abbreviation(local)}"


def _is_one_evening(first: datetime, last: datetime) -> bool:
    """It ends on the day of its beginning, or in the night after."""
    return first.date() == last.date() or (last - first).total_seconds() < 12 * 3600


def show_span(start: datetime, end: datetime, zone: str) -> str:
    """From when to when; the day is named once if it is the same."""
    first, last = start.astimezone(_zone(zone)), end.astimezone(_zone(zone))
    if _is_one_evening(first, last):
        same = _abbreviation(first) == _abbreviation(last)
        opening = _clock(start, zone, language()) if same else show_time(start, zone)
        return f"{opening} – {show_time(end, zone)}"
    return f"{show_moment(start, zone)} – {show_moment(end, zone)}"


def show_when(start: datetime, end: datetime, zone: str) -> str:
    """Day and hours in a line: ``Sat, Mar 14, 7:30 PM – 10:00 PM CET``; of several days, the first and the
    last moment."""
    span = show_span(start, end, zone)
    if _is_one_evening(start.astimezone(_zone(zone)), end.astimezone(_zone(zone))):
        return f"{show_day(start, zone)}, {span}"
    return span


def show_date(day: date) -> str:
    """A calendar day: ``Sat, Mar 14``."""
    return format_skeleton("MMMEd" if day.year == clock.now().year else "yMMMEd", day, locale=language())


@lru_cache(_CACHED)
def _tear_off(moment: datetime, zone: str, locale: str) -> tuple[str, str]:
    local = moment.astimezone(_zone(zone))
    return format_skeleton("MMM", local, locale=locale), str(local.day)


def tear_off(moment: datetime, zone: str) -> tuple[str, str]:
    """Month and day for a calendar leaf: ``("Mar", "14")``."""
    return _tear_off(moment, zone, language())


def paragraphs(text: str) -> Markup:
    """Plain text as HTML: everything escaped, empty lines part paragraphs, line ends are kept."""
    blocks = [block.strip() for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n")) if block.strip()]
    return Markup("\n").join(
        Markup("<p>{}</p>").format(Markup("<br>").join(escape(line) for line in block.split("\n")))
        for block in blocks
    )


def order_badge(order: Order, on_its_way: int = 0) -> tuple[str, str]:
    """What became of an order: a tone (good, warn, bad or none) and the words. ``on_its_way`` is what was
    promised back and not sent yet."""
    if order.is_pending:
        return ("bad", _("Expired")) if order.hold_has_ended else ("warn", _("Waiting for payment"))
    if order.is_confirmed:
        partly = _("Confirmed, partly refunded")
        return ("good", partly) if order.amount_refunded else ("good", _("Confirmed"))
    words = {"expired": ("bad", _("Expired")), "failed": ("bad", _("Payment failed"))}
    tone, ending = words.get(order.status, ("", _("Cancelled")))
    if not order.amount_refunded:
        return tone, ending
    if on_its_way:
        return "", _("%(ending)s, refund on its way", ending=ending)
    if order.amount_refunded < order.amount_paid:
        return "", _("%(ending)s, partly refunded", ending=ending)
    return "", _("%(ending)s, refunded", ending=ending)


def ticket_badge(ticket: Ticket) -> tuple[str, str]:
    """Whether a ticket admits: a tone and the words."""
    words = {
        "active": ("good", _("Valid")),
        "used": ("", _("Used")),
        "cancelled": ("bad", _("Cancelled")),
        "expired": ("", _("Expired")),
    }
    return words[ticket.status]


def hold_minutes(hold: timedelta) -> str:
    """A hold's length in minutes, with a fraction only where there is one: ``15``, ``0.5``."""
    return format_decimal(hold.total_seconds() / 60, locale=language())


FILTERS = {"paragraphs": paragraphs}
GLOBALS = {
    "page_language": page_language,
    "now": clock.now,
    "hold_minutes": hold_minutes,
    "show_money": show_money,
    "show_price": show_price,
    "show_date": show_date,
    "show_day": show_day,
    "show_time": show_time,
    "show_hour": show_hour,
    "show_moment": show_moment,
    "show_span": show_span,
    "show_when": show_when,
    "tear_off": tear_off,
    "order_badge": order_badge,
    "ticket_badge": ticket_badge,
    "can_be_paid": can_be_paid,
    "can_be_cancelled": can_be_cancelled,
}
