"""What was ordered for an event: the list, one order with its notes, its mails sent again."""

from __future__ import annotations

import secrets
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import login_required
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import HiddenField
from wtforms.validators import DataRequired, Length

from ticketing.errors import Invalid
from ticketing.models.desk import DESK_KINDS
from ticketing.models.orders import ORDER_STATUSES
from ticketing.policy import Permission, allows
from ticketing.queries import organizer_orders
from ticketing.services import messages, orders
from ticketing.services.idempotency import Idempotency
from ticketing.web.actor import current_actor
from ticketing.web.caching import keep_private
from ticketing.web.catalog import page_number
from ticketing.web.forms import Lines, clean, show_refusal
from ticketing.web.organizer import refund_plan

bp = Blueprint("organizer_orders", __name__, url_prefix="/organizer")
bp.after_request(keep_private)


class NoteForm(FlaskForm):
    """A note on an order; ``once`` names the form."""

    text = Lines(_l("Note"), [DataRequired(_l("Write something first.")), Length(max=500)])
    once = HiddenField()


@bp.get("/events/<uuid:event>/orders", strict_slashes=False)
@login_required
def index(event: UUID) -> str:
    """An event's orders, searched and filtered by the address alone."""
    words, status, made = _asked_for()
    found = organizer_orders.find_orders(
        current_actor(), event, words=words, status=status, made=made, page=page_number()
    )

    def list_url(number: int = 1) -> str:
        asked: dict[str, Any] = {"q": words or None, "status": status or None, "made": made or None}
        page = number if number > 1 else None
        return url_for("organizer_orders.index", event=event, **asked, page=page)

    return render_template(
        "organizer/orders.html",
        event=found.event,
        page=found.page,
        list_url=list_url,
        words=words,
        status=status,
        made=made,
        may_make=allows(current_actor(), Permission.ORDER_MAKE, found.event),
    )


def _asked_for() -> tuple[str, str, str]:
    """Words, state and kind that the address holds; what makes no sense asks for nothing."""
    status, made = request.args.get("status", ""), request.args.get("made", "")
    words = clean(request.args.get("q"))[:100]
    return words, status if status in ORDER_STATUSES else "", made if made in DESK_KINDS else ""


@bp.get("/orders/<uuid:order>", strict_slashes=False)
@login_required
def detail(order: UUID) -> str:
    """Everything about one order."""
    return _shown(order, _new_note())


def _new_note() -> NoteForm:
    return NoteForm(formdata=None, once=secrets.token_urlsafe(12))


def _shown(order: UUID, form: NoteForm) -> str:
    actor = current_actor()
    found = organizer_orders.get_order(actor, order)
    return render_template(
        "organizer/order.html",
        event=found.order.event,
        order=found.order,
        dossier=found,
        can_be_sent_again=messages.can_be_sent_again,
        can_be_refunded=refund_plan.is_open,
        may_manage=allows(actor, Permission.ORDER_REFUND, found.order),
        form=form,
    )


@bp.post("/orders/<uuid:order>/messages/<uuid:message>/send-again")
@login_required
def send_again(order: UUID, message: UUID) -> str | Response | tuple[str, int]:
    """Have one of its mails sent once more."""
    form = _new_note()
    try:
        is_new = messages.send_again(current_actor(), message)
    except Invalid as refusal:
        show_refusal(form, refusal)
        return _shown(order, form), 400
    if is_new:
        flash(_("The message goes out again now."), "success")
    else:
        flash(_("That message was sent again less than a minute ago."), "warning")
    return redirect(url_for("organizer_orders.detail", order=order), 303)


@bp.post("/orders/<uuid:order>/notes")
@login_required
def note(order: UUID) -> str | Response | tuple[str, int]:
    """Leave a note for everybody who sees the event's orders."""
    form = NoteForm()
    if not form.validate_on_submit():
        return _shown(order, form), 400
    try:
        once = Idempotency.of("organizer.note", form.once.data or "", f"{order} {form.text.data}".encode())
        orders.note(current_actor(), order, form.text.data, once=once)
    except Invalid as refusal:
        show_refusal(form, refusal)
        return _shown(order, form), 400
    flash(_("The note is kept."), "success")
    return redirect(url_for("organizer_orders.detail", order=order, _anchor="notes"), 303)
