"""What stands beside each other at the top of an event's pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import current_app, request, url_for
from flask_babel import lazy_gettext as _l

from ticketing.policy import TABLE, Permission, allows
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
    _Tab("organizer_promotions.of_event", _l("Promo codes"), Permission.PROMO_MANAGE),
    _Tab("organizer_editor.edit", _l("Edit"), Permission.EVENT_MANAGE),
)


def event_tabs(event: Any) -> list[tuple[str, str, str]]:
    """Words, address, and how the tab stands to the page that is shown: ``page`` is that page, ``true`` led
    there. For an event or a row of one with its ``id``, ``uuid`` and ``organization_id``."""
    return [
        (str(tab.words), url_for(tab.endpoint, event=event.uuid), _current(tab.endpoint))
        for tab in _shown(event)
        if tab.endpoint in current_app.view_functions
    ]


def _shown(event: Any) -> list[_Tab]:
    """Permissions that are granted alike are asked for once, however many tabs need them."""
    actor, wanted = current_actor(), {tab.permission for tab in _TABS if tab.permission}
    alike = {TABLE[permission]: permission for permission in wanted}
    granted = {grant for grant, permission in alike.items() if allows(actor, permission, event)}
    return [tab for tab in _TABS if tab.permission is None or TABLE[tab.permission] in granted]


def _current(endpoint: str) -> str:
    if endpoint == request.endpoint:
        return "page"
    return "true" if endpoint.rpartition(".")[0] == request.blueprint else ""
