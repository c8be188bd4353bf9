"""From chosen tickets to a paid order: review, payment, result."""

from __future__ import annotations

import secrets
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user, login_required
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import HiddenField
from wtforms.validators import Email, InputRequired, Length

from ticketing import policy
from ticketing.errors import GatewayDown, Invalid, NotFound
from ticketing.models import Order
from ticketing.models.payments import OPEN
from ticketing.policy import Permission
from ticketing.queries import bookings, catalog
from ticketing.queries.bookings import Booking
from ticketing.queries.keys import load
from ticketing.services import orders, promotions
from ticketing.services.idempotency import Idempotency
from ticketing.services.orders import Buyer, Line, terms_for
from ticketing.services.payments import checking, intents
from ticketing.services.promotions import Discount
from ticketing.web.actor import current_actor
from ticketing.web.caching import keep_private
from ticketing.web.choice import Choice, bill_of, choice_of
from ticketing.web.fitting import point_out
from ticketing.web.forms import Text, sentence_of

bp = Blueprint("checkout", __name__)
bp.after_request(keep_private)

Answer = str | Response | tuple[str, int]


class BuyerForm(FlaskForm):
    """Who the tickets are for. ``once`` names this very form, so that sending it twice orders once."""

    name = Text(lazy_gettext("Name"), [InputRequired(lazy_gettext("Enter a name.")), Length(max=255)])
    email = Text(
        lazy_gettext("E-mail address"),
        [
            InputRequired(lazy_gettext("Enter an e-mail address.")),
            Length(max=254),
            Email(lazy_gettext("Enter a valid e-mail address.")),
        ],
    )
    phone = Text(lazy_gettext("Phone"), [Length(max=20)])
    code = Text(lazy_gettext("Promo code"), [Length(max=50)])
    once = HiddenField(validators=[Length(min=1, max=100)])


class CodeForm(FlaskForm):
    """A promo code for an order that waits for its payment."""

    code = Text(lazy_gettext("Promo code"), [InputRequired(lazy_gettext("Enter a code.")), Length(max=50)])


def _empty_form() -> BuyerForm:
    code = request.args.get("code", "")
    if not current_user.is_authenticated:
        return BuyerForm(formdata=None, code=code)
    name = f"{current_user.first_name} {current_user.last_name}".strip()
    return BuyerForm(
        formdata=None,
        name=name,
        email=current_user.email,
        phone=current_user.phone,
        code=code,
        once=secrets.token_hex(16),
    )


def _chosen(slug: str) -> Choice:
    event = catalog.get_event(slug)
    policy.require(current_actor(), Permission.EVENT_SEE, event)
    return choice_of(event, request.args)


def _choose_again(choice: Choice) -> Answer:
    """The event page with what was typed and what is wrong with it."""
    return render_template("catalog/event.html", event=choice.event, choice=choice), 400


def _review(choice: Choice, form: BuyerForm, status: int = 200) -> Answer:
    terms = terms_for("web")
    page = render_template(
        "checkout/review.html",
        event=choice.event,
        choice=choice,
        form=form,
        bill=bill_of(choice, terms, _quoted(choice, form)),
        hold=terms.hold,
        onward=request.full_path,
        is_refused=status != 200,
    )
    return page, status


def _quoted(choice: Choice, form: BuyerForm) -> Discount | None:
    """What the typed code takes off; what is wrong with it stands beside its field."""
    if not form.code.data or form.code.errors:
        return None
    event = choice.event
    try:
        return promotions.quote(
            current_actor(), event.organization_id, event.id, form.code.data, choice.amounts
        )
    except Invalid as refusal:
        form.code.errors = [sentence_of(refusal)]
        return None


@bp.get("/checkout/<slug:slug>")
def review(slug: str) -> Answer:
    """What was chosen and what it costs, fee and discount included; then who it is for."""
    choice = _chosen(slug)
    point_out(choice)
    return _review(choice, _empty_form()) if choice.is_valid else _choose_again(choice)


@bp.post("/checkout/<slug:slug>")
@login_required
def place(slug: str) -> Answer:
    """Place the order: from here on the tickets are kept. Asked to apply the code only, show the bill anew
    and keep what was typed."""
    choice, form = _chosen(slug), BuyerForm()
    if not choice.is_valid:
        return _choose_again(choice)
    if "apply" in request.form:
        return _review(choice, form)
    if not form.validate():
        return _review(choice, form, 400)
    try:
        key = _place(choice, form)
    except Invalid as refusal:
        return _refused(slug, form, refusal)
    return redirect(url_for("checkout.pay", key=key), 303)


def _refused(slug: str, form: BuyerForm, refusal: Invalid) -> Answer:
    """What stands in the way stands beside what it is about: the code, or the offers."""
    choice = _chosen(slug)
    if "promo_code" in refusal.fields:
        form.code.errors = [sentence_of(refusal)]
        return _review(choice, form, 400)
    point_out(choice)
    if choice.is_valid:
        choice.error = sentence_of(refusal)
    return _choose_again(choice)


def _place(choice: Choice, form: BuyerForm) -> UUID:
    buyer = Buyer(form.name.data, form.email.data, form.phone.data)
    asked = repr((choice.event.id, sorted(choice.quantities.items()), buyer, form.code.data))
    placed = orders.place(
        current_actor(),
        [Line(offer, number) for offer, number in choice.quantities.items()],
        terms=terms_for("web"),
        buyer=buyer,
        event=choice.event.id,
        code=form.code.data or "",
        once=Idempotency.of("checkout", form.once.data, asked.encode()),
    )
    return placed.uuid or load(Order, placed.order_id).uuid


@bp.get("/orders/<uuid:key>/pay")
@login_required
def pay(key: UUID) -> Answer:
    """How long the tickets are kept, what is due, and the way to pay it."""
    booking, is_silent = bookings.get_booking(current_actor(), key), False
    if booking.can_be_paid:
        booking, is_silent = _checked(booking)
    if not booking.can_be_paid:
        return redirect(url_for("checkout.result", key=key), 303)
    return _payment_page(booking, CodeForm(formdata=None), is_silent=is_silent)


def _payment_page(booking: Booking, form: CodeForm, *, is_silent: bool = False) -> str:
    return render_template(
        "checkout/pay.html", order=booking.order, booking=booking, is_silent=is_silent, form=form
    )


def _checked(booking: Booking) -> tuple[Booking, bool]:
    """The booking once the gateway was asked about the payment that it waits for; True where the gateway
    had no answer."""
    if all(payment.status != OPEN for payment in booking.order.payments):
        return booking, False
    actor, key, is_silent = current_actor(), booking.order.uuid, False
    try:
        checking.check(actor, key)
    except (GatewayDown, NotFound):
        is_silent = True
    return bookings.get_booking(actor, key), is_silent


@bp.post("/orders/<uuid:key>/pay")
@login_required
def start_payment(key: UUID) -> Answer:
    """Open the payment and go where it is made."""
    try:
        started = intents.start(current_actor(), key)
    except Invalid:
        return redirect(url_for("checkout.result", key=key), 303)
    if started.intent.checkout_url is None:
        # This provider's payments are made by programs, with the intent's secret.
        flash(
            _("Cards cannot be taken on this page yet. Your tickets are kept until the time runs out."),
            "error",
        )
    return redirect(started.intent.checkout_url or url_for("checkout.pay", key=key), 303)


@bp.post("/orders/<uuid:key>/code")
@login_required
def change_code(key: UUID) -> Answer:
    """Use another promo code for an order that waits for its payment, or none."""
    form, code = CodeForm(), ""
    if "remove" not in request.form:
        if not form.validate():
            return _payment_page(bookings.get_booking(current_actor(), key), form), 400
        code = form.code.data
    try:
        orders.change_code(current_actor(), key, code)
    except Invalid as refusal:
        if "promo_code" not in refusal.fields:
            return redirect(url_for("checkout.result", key=key), 303)
        form.code.errors = [sentence_of(refusal)]
        return _payment_page(bookings.get_booking(current_actor(), key), form), 400
    return redirect(url_for("checkout.pay", key=key), 303)


@bp.get("/orders/<uuid:key>")
@login_required
def result(key: UUID) -> Answer:
    """How it ended: confirmed, cancelled, or out of time. What can still be paid goes on to be paid."""
    booking = bookings.get_booking(current_actor(), key)
    if booking.can_be_paid:
        return redirect(url_for("checkout.pay", key=key), 303)
    booking, is_silent = _checked(booking)
    return render_template(
        "checkout/result.html",
        order=booking.order,
        booking=booking,
        tickets=booking.tickets,
        is_silent=is_silent,
    )
