"""Giving money back as organizers do it: choose, read what happens, do it once."""

from __future__ import annotations

import secrets
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import login_required
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import DecimalField, HiddenField, StringField
from wtforms.validators import AnyOf, Length, Optional

from ticketing.errors import Invalid
from ticketing.policy import Permission, require
from ticketing.queries import organizer_orders
from ticketing.queries.organizer_orders import Dossier
from ticketing.services import orders
from ticketing.services.idempotency import Idempotency
from ticketing.web.actor import current_actor
from ticketing.web.bookings import chosen_tickets
from ticketing.web.display import show_money
from ticketing.web.forms import Text, show_refusal
from ticketing.web.organizer import refund_plan
from ticketing.web.organizer.orders import bp as bp
from ticketing.web.organizer.refund_plan import ALL, AMOUNT, TICKETS, Plan, Wish

Answer = str | Response | tuple[str, int]
#: Under which a form's key is kept.
ROUTE = "organizer.refund"


class RefundForm(FlaskForm):
    """What goes back. ``once`` names the form, ``mark`` what it told; each chosen ticket's id stands in a
    ``ticket`` of its own."""

    what = HiddenField(validators=[AnyOf((ALL, TICKETS, AMOUNT))])
    tickets = StringField(_l("Tickets"))
    amount = DecimalField(_l("Amount"), [Optional()])
    reason = Text(_l("Reason"), [Length(max=200)])
    once, mark = HiddenField(), HiddenField()


def _form_asked_for() -> RefundForm:
    return RefundForm(formdata=request.args, meta={"csrf": False})


@bp.get("/orders/<uuid:order>/refund")
@login_required
def ask_refund(order: UUID) -> Answer:
    """What can be given back of an order."""
    found = _mine(order)
    return _offered(found, _form_asked_for()) if refund_plan.is_open(found.order) else _nothing_left(order)


def _mine(order: UUID) -> Dossier:
    actor = current_actor()
    found = organizer_orders.get_order(actor, order)
    require(actor, Permission.ORDER_REFUND, found.order)
    return found


def _nothing_left(order: UUID) -> Response:
    flash(_("There is nothing left to give back."), "warning")
    return redirect(url_for("organizer_orders.detail", order=order), 303)


def _offered(found: Dossier, form: RefundForm) -> str:
    return render_template(
        "organizer/refund.html",
        event=found.order.event,
        order=found.order,
        left=orders.left_of(found.order),
        returnable=orders.returnable(found.order, found.tickets),
        form=form,
        chosen=chosen_tickets(),
    )


@bp.get("/orders/<uuid:order>/refund/review")
@login_required
def review_refund(order: UUID) -> Answer:
    """What would be done, spelled out."""
    found, form = _mine(order), _form_asked_for()
    if not refund_plan.is_open(found.order):
        return _nothing_left(order)
    if not form.validate():
        return _offered(found, form), 400
    try:
        plan = refund_plan.plan(found, _wish(form))
    except Invalid as refusal:
        show_refusal(form, refusal)
        return _offered(found, form), 400
    return _told(found, form, plan)


def _wish(form: RefundForm) -> Wish:
    """What the form asks for."""
    what = form.what.data
    return Wish(
        what, chosen_tickets() if what == TICKETS else (), form.amount.data if what == AMOUNT else None
    )


def _told(found: Dossier, form: RefundForm, plan: Plan) -> str:
    """The page that tells the plan, in a form of its own."""
    asked = RefundForm(
        formdata=None,
        what=form.what.data,
        amount=form.amount.data,
        reason=form.reason.data,
        once=secrets.token_urlsafe(12),
        mark=plan.decision.mark,
    )
    asked.form_errors = form.form_errors
    return render_template(
        "organizer/refund_review.html",
        event=found.order.event,
        order=found.order,
        plan=plan.decision,
        used=plan.used,
        is_manual=plan.is_manual,
        form=asked,
        chosen=_wish(form).tickets,
    )


@bp.post("/orders/<uuid:order>/refund")
@login_required
def refund(order: UUID) -> Answer:
    """Do what was told, once: the same form sent again does nothing more."""
    found, form = _mine(order), RefundForm()
    if not form.validate_on_submit():
        return _offered(found, form), 400
    if organizer_orders.was_done_before(current_actor(), ROUTE, form.once.data or ""):
        return _done(order)
    if not refund_plan.is_open(found.order):
        return _nothing_left(order)
    try:
        wish = _wish(form)
        plan = refund_plan.plan(found, wish)
        if plan.decision.mark != form.mark.data:
            return _changed(found, form, plan)
        _carry_out(found, form, wish)
    except Invalid as refusal:
        show_refusal(form, refusal)
        return _offered(_mine(order), form), 400
    amount = plan.decision.amount
    return _done(order, show_money(amount, found.order.currency) if amount else "")


def _changed(found: Dossier, form: RefundForm, plan: Plan) -> tuple[str, int]:
    sentence = _("Meanwhile something has changed. Read once more what happens now.")
    show_refusal(form, Invalid("changed", sentence))
    return _told(found, form, plan), 409


def _carry_out(found: Dossier, form: RefundForm, wish: Wish) -> None:
    actor, key, reason = current_actor(), found.order.uuid, form.reason.data
    once = Idempotency.of(ROUTE, form.once.data or "", f"{key} {form.mark.data}".encode())
    if wish.what == TICKETS:
        orders.return_tickets(actor, key, wish.tickets, reason=reason, once=once)
    elif orders.left_of(found.order):
        orders.give_back(actor, key, amount=wish.amount, reason=reason, once=once)
    else:
        orders.refund(actor, key, reason=reason)


def _done(order: UUID, amount: str = "") -> Response:
    said = _("%(amount)s goes back to the buyer.", amount=amount) if amount else _("It is given back.")
    flash(said, "success")
    return redirect(url_for("organizer_orders.detail", order=order), 303)
