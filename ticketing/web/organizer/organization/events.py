"""The events of one organization."""

from __future__ import annotations

from uuid import UUID

from flask import render_template, request, url_for
from flask_login import login_required

from ticketing.queries import organizations, organizer
from ticketing.queries.organizer import PERIODS, UPCOMING
from ticketing.web.actor import current_actor
from ticketing.web.catalog import page_number
from ticketing.web.forms import clean
from ticketing.web.organizer.organization.blueprint import bp


@bp.get("/<uuid:organization>/events")
@login_required
def events(organization: UUID) -> str:
    """What it puts on: what is to come, what is over, what is not on sale yet."""
    actor = current_actor()
    found = organizations.to_see(actor, organization)
    asked = request.args.get("when", "")
    when, words = asked if asked in PERIODS else UPCOMING, clean(request.args.get("q"))[:100]
    page = organizer.find_events(actor, when=when, words=words, page=page_number(), organization_id=found.id)

    def list_url(when: str, page: int = 1) -> str:
        return url_for(
            "organizer_organization.events",
            organization=organization,
            when=None if when == UPCOMING else when,
            q=words or None,
            page=page if page > 1 else None,
        )

    return render_template(
        "organizer/organization/events.html",
        organization=found,
        page=page,
        when=when,
        words=words,
        list_url=list_url,
    )
