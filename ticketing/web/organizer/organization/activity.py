"""What was done about an organization, by whom, in words."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import current_app, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import login_required

from ticketing.policy import Permission
from ticketing.queries import deeds, organizations
from ticketing.queries.deeds import EVENTS, KINDS, ORDERS, ORGANIZATION, PEOPLE
from ticketing.web.actor import current_actor
from ticketing.web.catalog import page_number
from ticketing.web.organizer.organization.blueprint import bp
from ticketing.web.organizer.organization.words import role_names


def kinds() -> dict[str, str]:
    """What can be asked for."""
    return {
        "": _("Everything"),
        EVENTS: _("Events and tickets"),
        ORDERS: _("Orders"),
        PEOPLE: _("Members"),
        ORGANIZATION: _("The organization"),
    }


def _deeds_about_events() -> dict[str, str]:
    return {
        "event_created": _("drafted an event"),
        "event_updated": _("changed an event"),
        "event_published": _("published an event"),
        "event_duplicated": _("copied an event"),
        "event_deleted": _("deleted an event"),
        "event_link_renewed": _("gave an unlisted event another link"),
        "event_cancelled": _("called an event off"),
        "event_featured": _("featured an event"),
        "event_unfeatured": _("featured an event no more"),
        "event_cover_set": _("gave an event another picture"),
        "event_cover_removed": _("removed an event's picture"),
        "days_saved": _("changed an event's days"),
        "prices_saved": _("changed prices"),
        "circular_sent": _("wrote to those who come"),
        "attendees_exported": _("took the attendees along as a file"),
        "orders_exported": _("took the orders along as a file"),
        "ticket_type_created": _("added a ticket type"),
        "ticket_type_updated": _("changed a ticket type"),
        "offer_created": _("added a ticket"),
        "offer_updated": _("changed a ticket"),
        "promo_code_created": _("made a promo code"),
        "promo_code_updated": _("changed a promo code"),
        "scanner_link_created": _("made a scanner link"),
        "scanner_link_revoked": _("took a scanner link back"),
        "scanner_link_opened": _("opened a scanner link"),
        "check_in_undone": _("undid an admission"),
    }


def _deeds_about_the_rest() -> dict[str, str]:
    return {
        "order_confirmed": _("confirmed an order"),
        "order_cancelled": _("cancelled an order"),
        "refund_requested": _("gave money back"),
        "tickets_returned": _("took tickets back"),
        "order_made": _("handed tickets out at the box office"),
        "order_noted": _("left a note on an order"),
        "message_sent_again": _("sent a message again"),
        "member_added": _("added a member"),
        "member_invited": _("invited somebody"),
        "member_role_changed": _("gave somebody another role"),
        "member_removed": _("removed a member"),
        "member_left": _("left"),
        "invitation_sent_again": _("sent an invitation again"),
        "invitation_revoked": _("took an invitation back"),
        "invitation_accepted": _("accepted an invitation"),
        "organization_created": _("opened the organization"),
        "organization_updated": _("changed the page or the terms"),
        "organization_look_set": _("changed what tickets look like"),
    }


def deed_words() -> dict[str, str]:
    """What somebody did, as their name goes on."""
    return _deeds_about_events() | _deeds_about_the_rest()


def in_words(action: str) -> str:
    """What was done; of a deed that has no words yet its name."""
    return deed_words().get(action) or action.replace("_", " ")


def about(deed: Any) -> list[str]:
    """What tells one deed from another of its kind: whom it was about, what was changed, its name."""
    details, roles = deed.details, role_names()
    found = [deed.whom] if deed.whom and deed.whom != deed.person else []
    found += [str(details[name]) for name in ("name", "code") if details.get(name)]
    if isinstance(changed := details.get("changed"), dict):
        if "role" in changed:
            found.append(" → ".join(roles.get(role, role) for role in changed["role"]))
        else:
            found.append(", ".join(name.replace("_", " ") for name in changed))
    elif details.get("role"):
        found.append(roles.get(details["role"], details["role"]))
    if details.get("reason"):
        found.append(f"“{details['reason']}”")
    return [text for text in found if text]


@bp.get("/<uuid:organization>/activity")
@login_required
def activity(organization: UUID) -> str:
    """The deeds, newest first, all or those of a kind."""
    permission = Permission.ORGANIZATION_SEE_ACTIVITY
    found = organizations.to_manage(current_actor(), organization, permission)
    asked = request.args.get("kind", "")
    kind = asked if asked in KINDS else ""

    def list_url(kind: str, page: int = 1) -> str:
        return url_for(
            "organizer_organization.activity",
            organization=organization,
            kind=kind or None,
            page=page if page > 1 else None,
        )

    return render_template(
        "organizer/organization/activity.html",
        organization=found,
        page=deeds.of_organization(found.id, kind=kind, page=page_number()),
        kinds=kinds(),
        kind=kind,
        list_url=list_url,
        pages=lambda number: list_url(kind, number),
        in_words=in_words,
        about=about,
        zone=current_app.config["DEFAULT_TIMEZONE"],
    )
