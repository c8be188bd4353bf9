"""What an organization says of itself, and what holds for all its events."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import login_required
from werkzeug.wrappers import Response

from ticketing.errors import Invalid
from ticketing.models import Organization
from ticketing.queries import following
from ticketing.queries import organizations as reading
from ticketing.services import organizations
from ticketing.web.actor import current_actor
from ticketing.web.forms import show_refusal
from ticketing.web.organizer.organization.blueprint import bp
from ticketing.web.organizer.organization.forms import SettingsForm, written


@bp.get("/<uuid:organization>/settings")
@login_required
def settings(organization: UUID) -> str:
    """As it is written."""
    found = reading.to_manage(current_actor(), organization)
    return _page(found, SettingsForm(formdata=None, data=written(found)))


@bp.post("/<uuid:organization>/settings")
@login_required
def settings_save(organization: UUID) -> str | Response | tuple[str, int]:
    """Write it anew."""
    actor, form = current_actor(), SettingsForm()
    found = reading.to_manage(actor, organization)
    if form.validate():
        try:
            organizations.update(actor, organization, **form.values())
        except Invalid as refusal:
            show_refusal(form, refusal)
        else:
            flash(_("Saved."), "success")
            return redirect(url_for("organizer_organization.settings", organization=organization), 303)
    return _page(found, form), 400


def _page(organization: Organization, form: SettingsForm) -> str:
    return render_template(
        "organizer/organization/settings.html",
        organization=organization,
        form=form,
        followers=following.number_of_followers(organization.id),
        is_public=following.is_public(organization.id),
    )
