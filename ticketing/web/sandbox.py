"""The sandbox's test page, where a payer decides how a payment ends. It exists only with that gateway."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask_login import login_required
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from ticketing.errors import Invalid
from ticketing.gateways.sandbox import NAME, Sandbox
from ticketing.models.payments import OPEN
from ticketing.queries import bookings
from ticketing.services.payments import inbox
from ticketing.web.actor import current_actor
from ticketing.web.caching import keep_private

bp = Blueprint("sandbox", __name__, url_prefix="/sandbox")
bp.after_request(keep_private)


@bp.get("/<reference>")
@login_required
def page(reference: str) -> str | Response:
    """The two buttons; a payment that was decided leads on to its result."""
    payment = bookings.get_payment(current_actor(), NAME, reference)
    if payment.status != OPEN:
        return redirect(url_for("checkout.result", key=payment.order.uuid), 303)
    return render_template("checkout/sandbox.html", payment=payment, order=payment.order, form=FlaskForm())


@bp.post("/<reference>")
@login_required
def decide(reference: str) -> Response:
    """Approve or decline, and tell the inbox as a real provider would."""
    payment = bookings.get_payment(current_actor(), NAME, reference)
    key = payment.order.uuid
    try:
        body, signature = Sandbox().decide(reference, request.form.get("decision") == "approve")
    except Invalid:
        return redirect(url_for("checkout.result", key=key), 303)
    inbox.receive(NAME, body, signature)
    return redirect(url_for("checkout.result", key=key), 303)
