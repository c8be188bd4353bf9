"""The sandbox's test page, where a payer decides how a payment ends. It exists only with that gateway."""

from __future__ import annotations

import contextlib
from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask_login import login_required
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from ticketing.errors import GatewayDown, Invalid
from ticketing.services.payments import checking, sandbox_desk
from ticketing.web.actor import current_actor
from ticketing.web.caching import keep_private

bp = Blueprint("sandbox", __name__, url_prefix="/sandbox")
bp.after_request(keep_private)

APPROVE, DECLINE, LATE, CLOSE = "approve", "decline", "late", "close"


@bp.get("/<reference>")
@login_required
def page(reference: str) -> str | Response:
    """How the payment may end; one that has ended leads on to its result."""
    desk = sandbox_desk.find(current_actor(), reference)
    if not desk.is_open:
        return _to_result(desk.payment.order.uuid)
    return render_template("checkout/sandbox.html", desk=desk, order=desk.payment.order, form=FlaskForm())


@bp.get("/<reference>/closed")
@login_required
def closed(reference: str) -> str | Response:
    """What a payer sees who is not led back: it was paid, and the shop has to learn that by itself."""
    desk = sandbox_desk.find(current_actor(), reference)
    if not desk.is_paid:
        return redirect(url_for("sandbox.page", reference=reference), 303)
    return render_template("checkout/sandbox_closed.html", desk=desk, order=desk.payment.order)


@bp.post("/<reference>")
@login_required
def decide(reference: str) -> Response:
    """Have the payment end so. The provider tells our inbox; who is led back need not wait for that."""
    actor, decision = current_actor(), request.form.get("decision")
    if decision not in (APPROVE, DECLINE, LATE, CLOSE):
        abort(400)
    key = sandbox_desk.find(actor, reference).payment.order.uuid
    try:
        if decision == LATE:
            sandbox_desk.decide_late(actor, reference)
            return redirect(url_for("sandbox.page", reference=reference), 303)
        sandbox_desk.decide(actor, reference, approve=decision != DECLINE)
    except Invalid:
        return _to_result(key)
    if decision == CLOSE:
        return redirect(url_for("sandbox.closed", reference=reference), 303)
    with contextlib.suppress(GatewayDown):  # the inbox will be told
        checking.check(actor, key)
    return _to_result(key)


def _to_result(key: UUID) -> Response:
    return redirect(url_for("checkout.result", key=key), 303)
