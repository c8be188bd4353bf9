"""What the pages for staff share: where they hang, who sees them, what stands at their top."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, request, url_for
from flask_babel import lazy_gettext as _l

from ticketing.errors import NotFound
from ticketing.policy import Permission, allows
from ticketing.web.actor import current_actor
from ticketing.web.caching import keep_private
from ticketing.web.forms import clean

bp = Blueprint("staff", __name__, url_prefix="/staff")
bp.after_request(keep_private)


@dataclass(frozen=True, slots=True)
class _Tab:
    """A page; whoever lacks the permission is shown no way there."""

    endpoint: str
    words: Any
    permission: Permission


_TABS = (
    _Tab("staff.log", _l("Activity"), Permission.ACTIVITY_SEE),
    _Tab("staff.outbox", _l("Outbox"), Permission.OUTBOX_MANAGE),
    _Tab("staff.webhooks", _l("Webhooks"), Permission.INBOX_MANAGE),
    _Tab("staff.users", _l("People"), Permission.USER_LIST),
    _Tab("staff.health", _l("Health"), Permission.HEALTH_SEE),
)


@bp.before_request
def _hide() -> None:
    """To everybody else there is no such page."""
    if not any(allows(current_actor(), tab.permission) for tab in _TABS):
        raise NotFound("page")


@bp.context_processor
def _frame() -> dict[str, Any]:
    """Words, address, and whether it is the page that is shown, of each tab."""
    actor = current_actor()
    tabs = [
        (str(tab.words), url_for(tab.endpoint), tab.endpoint == request.endpoint)
        for tab in _TABS
        if allows(actor, tab.permission)
    ]
    return {"tabs": tabs, "address": address}


def address(endpoint: str, page: int = 1, /, **asked: Any) -> str:
    """The address of a part of a list, with only what is asked for in it."""
    query = in_address(asked, page)
    return url_for(endpoint) + (f"?{urlencode(query)}" if query else "")


def in_address(asked: dict[str, Any], page: int) -> dict[str, Any]:
    """What has to stand in the address of a part of a list."""
    return {name: value for name, value in asked.items() if value} | ({"page": page} if page > 1 else {})


def asked(name: str, known: Any = None) -> str:
    """What the address asks for by that name, cut to a sensible length; nothing where it is not ``known``."""
    text = clean(request.args.get(name))[:100]
    return text if known is None or text in known else ""


def in_words(name: str) -> str:
    """A name as one reads it: ``login_failed`` → ``Login failed``."""
    return name.replace("_", " ").capitalize()
