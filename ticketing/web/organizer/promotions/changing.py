"""One promo code: as it is, changed, switched off, removed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import login_required
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from ticketing.errors import Invalid
from ticketing.queries import organizations
from ticketing.queries import promo_codes as reading
from ticketing.queries.promo_codes import Listed
from ticketing.services import promo_codes
from ticketing.web.actor import current_actor
from ticketing.web.forms import show_refusal
from ticketing.web.organizer.promotions.forms import CodeForm, written, zone_of
from ticketing.web.organizer.promotions.listing import bp, share_link
from ticketing.web.organizer.promotions.words import reduction, state_badge, used_of

_Answer = str | Response | tuple[str, int]
_MOST_LINKS = 5


@bp.get("/promo-codes/<uuid:code>", strict_slashes=False)
@login_required
def edit(code: UUID) -> str:
    """A code as it is: how it was used, its links, its rules."""
    listed = reading.get_to_manage(current_actor(), code)
    return _page(listed, CodeForm(formdata=None, data=written(listed.code)))


@bp.post("/promo-codes/<uuid:code>")
@login_required
def save(code: UUID) -> _Answer:
    """Change it. Orders keep the discount that they have."""
    listed = reading.get_to_manage(current_actor(), code)
    form = CodeForm()
    organization = _offer(form, listed)
    if form.validate():
        try:
            promo_codes.update(current_actor(), code, **form.values(listed.code))
        except Invalid as refusal:
            show_refusal(form, refusal)
        else:
            flash(_("Saved."), "success")
            return redirect(url_for(".edit", code=code), 303)
    return _shown(listed, form, organization), 400


@bp.post("/promo-codes/<uuid:code>/switch")
@login_required
def switch(code: UUID) -> Response:
    """Switch it off, or on again: whichever it is not."""
    actor = current_actor()
    is_active = reading.get_to_manage(actor, code).code.is_active
    promo_codes.update(actor, code, is_active=not is_active)
    flash(_("It is switched off.") if is_active else _("It can be used again."), "success")
    return redirect(url_for(".edit", code=code), 303)


@bp.post("/promo-codes/<uuid:code>/remove")
@login_required
def remove(code: UUID) -> _Answer:
    """Remove a code that no order has used."""
    actor = current_actor()
    listed = reading.get_to_manage(actor, code)
    try:
        promo_codes.delete(actor, code)
    except Invalid as refusal:
        form = CodeForm(formdata=None, data=written(listed.code))
        show_refusal(form, refusal)
        return _page(listed, form), 400
    flash(_("The code “%(code)s” is removed.", code=listed.code.code), "success")
    return redirect(url_for(".index", organization=listed.code.organization), 303)


def _offer(form: CodeForm, listed: Listed) -> Any:
    organization = organizations.get(listed.code.organization)
    form.offer(organization, listed.code.event)
    return organization


def _page(listed: Listed, form: CodeForm) -> str:
    return _shown(listed, form, _offer(form, listed))


def _shown(listed: Listed, form: CodeForm, organization: Any) -> str:
    only = listed.code.event
    public = [row for row in form.events if row.status == "published" and only in (None, row.uuid)]
    return render_template(
        "organizer/promotions/edit.html",
        organization=organization,
        listed=listed,
        code=listed.code,
        form=form,
        links=[(row.title, share_link(row.slug, listed.code.code)) for row in public[:_MOST_LINKS]],
        zone=zone_of(listed.code),
        plain=FlaskForm(formdata=None),
        reduction=reduction,
        state_badge=state_badge,
        used_of=used_of,
    )
