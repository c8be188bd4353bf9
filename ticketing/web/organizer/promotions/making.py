"""New promo codes: one with a name, or many random ones."""

from __future__ import annotations

import secrets
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import login_required
from werkzeug.wrappers import Response

from ticketing.errors import Invalid
from ticketing.services import promo_codes
from ticketing.services.idempotency import Idempotency
from ticketing.web.actor import current_actor
from ticketing.web.forms import show_refusal
from ticketing.web.organizer.promotions.forms import CodeForm, RulesForm, SeriesForm
from ticketing.web.organizer.promotions.listing import bp, managed

_Answer = str | Response | tuple[str, int]


@bp.get("/organizations/<uuid:organization>/promo-codes/new")
@login_required
def new(organization: UUID) -> str:
    """An empty form; ``event`` of the address is chosen in it."""
    found = managed(organization)
    return _page(found, _empty(CodeForm, found), "new")


@bp.post("/organizations/<uuid:organization>/promo-codes/new")
@login_required
def create(organization: UUID) -> _Answer:
    """Add a code."""
    found = managed(organization)
    form = CodeForm()
    form.offer(found)
    if form.validate():
        try:
            details = form.values()
            promo = promo_codes.create(
                current_actor(), organization=organization, once=_once("promo", form, details), **details
            )
        except Invalid as refusal:
            show_refusal(form, refusal)
        else:
            flash(_("The code “%(code)s” is made.", code=promo.code), "success")
            return redirect(url_for(".edit", code=promo.uuid), 303)
    return _page(found, form, "new"), 400


@bp.get("/organizations/<uuid:organization>/promo-codes/several")
@login_required
def several(organization: UUID) -> str:
    """An empty form for many codes at once."""
    found = managed(organization)
    return _page(found, _empty(SeriesForm, found), "several")


@bp.post("/organizations/<uuid:organization>/promo-codes/several")
@login_required
def create_several(organization: UUID) -> _Answer:
    """Add so many random codes, and show them: the list can be taken as a file."""
    found = managed(organization)
    form = SeriesForm()
    form.offer(found)
    if form.validate():
        try:
            details = form.values()
            start = promo_codes.create_series(
                current_actor(), organization=organization, once=_once("promos", form, details), **details
            )
        except Invalid as refusal:
            show_refusal(form, refusal)
        else:
            number = details["number"]
            flash(ngettext("%(num)s code is made.", "%(num)s codes are made.", number), "success")
            return redirect(url_for(".index", organization=organization, q=start), 303)
    return _page(found, form, "several"), 400


def _empty(kind: type[RulesForm], organization: Any) -> RulesForm:
    form = kind(formdata=None, event=request.args.get("event", ""), once=secrets.token_hex(16))
    form.offer(organization)
    return form


def _once(route: str, form: RulesForm, details: dict[str, Any]) -> Idempotency | None:
    asked = repr(sorted(details.items(), key=lambda item: item[0])).encode()
    return Idempotency.of(route, form.once.data, asked) if form.once.data else None


def _page(organization: Any, form: RulesForm, name: str) -> str:
    return render_template(f"organizer/promotions/{name}.html", organization=organization, form=form)
