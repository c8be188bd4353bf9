"""What stands beside each other at the top of an event's pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import current_app, request, url_for
from flask_babel import lazy_gettext as _l

from ticketing.policy import Permission, allows
from ticketing.web.actor import current_actor


@dataclass(frozen=True, slots=True)
class _Tab:
    """A page about an event; whoever lacks the permission is shown no way there."""

    endpoint: str
    words: Any
    permission: Permission | None = None


#: Each leads to ``/organizer/events/<uuid:event>/…``.
_TABS = (
    _Tab("organizer.event", _l("Overview")),
    _Tab("organizer_orders.index", _l("Orders")),
    _Tab("organizer_attendees.index", _l("Attendees")),
    _Tab("organizer_door.index", _l("Door"), Permission.EVENT_SCAN),
    _Tab("organizer_editor.edit", _l("Edit"), Permission.EVENT_MANAGE),
)


def event_tabs(event: Any) -> list[tuple[str, str, str]]:
    """Words, address, and how the tab stands to the page that is shown: ``page`` is that page, ``true`` led
    there. For an event or a row of one with its ``id``, ``uuid`` and ``organization_id``."""
    actor = current_actor()
    return [
        (str(tab.words), url_for(tab.endpoint, event=event.uuid), _current(tab.endpoint))
        for tab in _TABS
        if tab.endpoint in current_app.view_functions
        and (tab.permission is None or allows(actor, tab.permission, event))
    ]


def _current(endpoint: str) -> str:
    if endpoint == request.endpoint:
        return "page"
    return "true" if endpoint.rpartition(".")[0] == request.blueprint else ""
