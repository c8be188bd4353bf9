"""What organizers read for promo codes."""

from __future__ import annotations

from typing import Any

from flask_babel import format_decimal, format_percent
from flask_babel import gettext as _

from ticketing.models.promotions import FIXED
from ticketing.queries.promo_codes import Listed
from ticketing.web.display import show_money
from ticketing.web.organizer.words import Badge


def reduction(code: Any) -> str:
    """What a code takes off: ``12.5%``, ``$5.00``."""
    if code.kind == FIXED:
        return show_money(code.value, code.currency)
    return format_percent(code.value / 10_000, format="#,##0.##%")


def state_badge(listed: Listed) -> Badge:
    """How a code stands: a tone and the words."""
    return {
        "off": ("", _("Switched off")),
        "ended": ("", _("Ended")),
        "used_up": ("", _("Used up")),
        "later": ("warn", _("Not yet")),
        "active": ("good", _("Active")),
    }[listed.state]


def used_of(code: Any) -> str:
    """How often it is used, and of how many times."""
    used = format_decimal(code.used)
    return used if code.max_uses is None else f"{used} / {format_decimal(code.max_uses)}"
