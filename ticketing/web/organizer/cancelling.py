"""Letting an order go that nobody has paid for: asked first, then done."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import login_required
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms.validators import Length

from ticketing.errors import Invalid
from ticketing.policy import Permission, require
from ticketing.queries import organizer_orders
from ticketing.services import orders
from ticketing.web.actor import current_actor
from ticketing.web.forms import Text, show_refusal
from ticketing.web.organizer.refunds import bp as bp

Answer = str | Response | tuple[str, int]


class CancelForm(FlaskForm):
    """Why it is cancelled."""

    reason = Text(_l("Reason"), [Length(max=200)])


@bp.route("/orders/<uuid:order>/cancel", methods=["GET", "POST"])
@login_required
def cancel(order: UUID) -> Answer:
    """Whether an unpaid order shall be cancelled; when that was confirmed, its tickets are on sale again."""
    actor, form = current_actor(), CancelForm()
    found = organizer_orders.get_order(actor, order).order
    require(actor, Permission.ORDER_REFUND, found)
    if not found.is_pending:
        flash(_("This order does not wait for its payment any more."), "warning")
        return redirect(url_for("organizer_orders.detail", order=order), 303)
    if form.validate_on_submit():
        try:
            orders.cancel_unpaid(actor, order, reason=form.reason.data)
        except Invalid as refusal:
            show_refusal(form, refusal)
        else:
            flash(_("The order is cancelled."), "success")
            return redirect(url_for("organizer_orders.detail", order=order), 303)
    page = render_template("organizer/cancel_order.html", event=found.event, order=found, form=form)
    return (page, 400) if form.is_submitted() else page
