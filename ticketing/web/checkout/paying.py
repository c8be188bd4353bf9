"""Paying for an order that is kept: how long it is, what is due, and the way to pay it."""

from __future__ import annotations

from uuid import UUID

from flask import Response, flash, jsonify, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import login_required
from flask_wtf import FlaskForm
from wtforms.validators import InputRequired, Length

from ticketing.errors import GatewayDown, Invalid
from ticketing.queries import bookings
from ticketing.services import orders
from ticketing.services.payments import intents
from ticketing.web.actor import current_actor
from ticketing.web.checkout import card
from ticketing.web.checkout.blueprint import Answer, Standing, bp, standing_of
from ticketing.web.forms import Text, sentence_of


class CodeForm(FlaskForm):
    """A promo code for an order that waits for its payment."""

    code = Text(lazy_gettext("Promo code"), [InputRequired(lazy_gettext("Enter a code.")), Length(max=50)])


@bp.get("/orders/<uuid:key>/pay")
@login_required
def pay(key: UUID) -> Answer:
    """How long the tickets are kept, what is due, and the way to pay it."""
    booking = bookings.get_booking(current_actor(), key)
    standing = standing_of(booking) if booking.can_be_paid else Standing(booking)
    if not standing.can_be_paid:
        return redirect(url_for("checkout.result", key=key), 303)
    return _page(standing, CodeForm(formdata=None))


def _page(standing: Standing, form: CodeForm, status: int = 200) -> Response:
    order = standing.booking.order
    card_form = card.card_form(order)
    page = render_template(
        "checkout/pay.html",
        order=order,
        booking=standing.booking,
        is_silent=standing.is_silent,
        form=form,
        card=card_form,
        price=intents.price_of(order),
    )
    answer = make_response(page, status)
    return card.allow(answer, card_form) if card_form else answer


def _refused_code(key: UUID, form: CodeForm) -> Response:
    return _page(Standing(bookings.get_booking(current_actor(), key)), form, 400)


@bp.post("/orders/<uuid:key>/pay")
@login_required
def start_payment(key: UUID) -> Answer:
    """Open the payment; go where it is made, or give the card form on the page what it needs for it."""
    if request.accept_mimetypes.best == "application/json":
        return _for_card_form(key)
    try:
        started = intents.start(current_actor(), key)
    except Invalid:
        return redirect(url_for("checkout.result", key=key), 303)
    if started.intent.checkout_url is None:
        flash(_("Cards are typed in on this page, with the help of JavaScript, which is off here."), "error")
    return redirect(started.intent.checkout_url or url_for("checkout.pay", key=key), 303)


def _for_card_form(key: UUID) -> Response:
    """``{"client_secret", "return_url"}`` to go on with, ``{"next"}`` where to go instead, or, with 503,
    ``{"message"}``."""
    result = url_for("checkout.result", key=key)
    try:
        started = intents.start(current_actor(), key)
    except GatewayDown as refusal:
        return make_response(jsonify(message=sentence_of(refusal)), 503)
    except Invalid:
        return jsonify(next=result)
    if not started.intent.is_unpaid:
        return jsonify(next=result)
    # Banks send the payer back to where they came from: the host of this very page.
    back = url_for("checkout.result", key=key, _external=True)
    return jsonify(client_secret=started.intent.client_secret, return_url=back)


@bp.post("/orders/<uuid:key>/code")
@login_required
def change_code(key: UUID) -> Answer:
    """Use another promo code for an order that waits for its payment, or none."""
    form, code = CodeForm(), ""
    if "remove" not in request.form:
        if not form.validate():
            return _refused_code(key, form)
        code = form.code.data
    try:
        orders.change_code(current_actor(), key, code)
    except Invalid as refusal:
        if "promo_code" not in refusal.fields:
            return redirect(url_for("checkout.result", key=key), 303)
        form.code.errors = [sentence_of(refusal)]
        return _refused_code(key, form)
    return redirect(url_for("checkout.pay", key=key), 303)
