"""What stands beside each other at the top of an organization's pages, and the way to another one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import current_app, request, url_for
from flask_babel import lazy_gettext as _l

from ticketing.policy import TABLE, Actor, Permission
from ticketing.queries import organizations
from ticketing.web.actor import current_actor


@dataclass(frozen=True, slots=True)
class _Tab:
    """A page about an organization; whoever lacks the permission is shown no way there."""

    endpoint: str
    words: Any
    permission: Permission = Permission.ORGANIZATION_SEE


#: Each leads to ``/organizer/organizations/<uuid:organization>/…``; one whose page there is not is left out.
#: The first is open to everybody of the organization.
_TABS = (
    _Tab("organizer_organization.events", _l("Events")),
    _Tab("organizer_organization.members", _l("Members")),
    _Tab("organizer_promotions.index", _l("Promo codes"), Permission.PROMO_MANAGE),
    _Tab("organizer_organization.settings", _l("Page & terms"), Permission.ORGANIZATION_UPDATE),
    _Tab("organizer_look.index", _l("Look"), Permission.ORGANIZATION_UPDATE),
    _Tab("organizer_organization.activity", _l("Activity"), Permission.ORGANIZATION_SEE_ACTIVITY),
)


def organization_tabs(organization: Any) -> list[tuple[str, str, str]]:
    """Words, address, and how the tab stands to the page that is shown: ``page`` is that page, ``true`` led
    there. For an organization or a row of one with its ``id`` and ``uuid``."""
    return [
        (str(tab.words), url_for(tab.endpoint, organization=organization.uuid), _current(tab.endpoint))
        for tab in _open_to(current_actor(), organization)
    ]


def other_organizations(organization: Any) -> list[tuple[str, str]]:
    """Name and address of the visitor's other organizations; each leads to the tab that is shown, where it
    is open there, too, else to the first. One statement."""
    actor = current_actor()
    others = [row for row in organizations.own(actor) if row.id != organization.id]
    shown = next((tab for tab in _TABS if _current(tab.endpoint)), _TABS[0])
    plain = shown if shown.permission is Permission.ORGANIZATION_SEE else _TABS[0]
    return [
        (row.name, url_for((shown if row.is_managed else plain).endpoint, organization=row.uuid))
        for row in others
    ]


def _open_to(actor: Actor, organization: Any) -> list[_Tab]:
    """Many permissions are one question: each is asked once."""
    tabs = [tab for tab in _TABS if tab.endpoint in current_app.view_functions]
    asked = {TABLE[tab.permission] for tab in tabs}
    answers = {predicate: predicate(actor, organization) for predicate in asked}
    return [tab for tab in tabs if answers[TABLE[tab.permission]]]


def _current(endpoint: str) -> str:
    """The pages of our own area are told apart by their names: ``members``, and below it ``members_…``."""
    if endpoint == request.endpoint:
        return "page"
    area, _, page = endpoint.rpartition(".")
    here, _, shown = (request.endpoint or "").rpartition(".")
    return "true" if area == here and (page == "index" or shown.startswith(f"{page}_")) else ""


GLOBALS = {"organization_tabs": organization_tabs, "other_organizations": other_organizations}
