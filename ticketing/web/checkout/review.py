"""What was chosen and what it costs, and who it is for; then the tickets are kept."""

from __future__ import annotations

import secrets
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user, login_required
from flask_wtf import FlaskForm
from wtforms import HiddenField
from wtforms.validators import Email, InputRequired, Length

from ticketing import policy
from ticketing.errors import Invalid
from ticketing.models import Order
from ticketing.policy import Permission
from ticketing.queries import catalog
from ticketing.queries.keys import load
from ticketing.services import orders, promotions
from ticketing.services.idempotency import Idempotency
from ticketing.services.orders import Buyer, Line, terms_for
from ticketing.services.promotions import Discount
from ticketing.web.actor import current_actor
from ticketing.web.checkout.attending import Places, places_of
from ticketing.web.checkout.blueprint import Answer, bp
from ticketing.web.choice import Choice, bill_of, choice_of
from ticketing.web.fitting import point_out
from ticketing.web.forms import Text, sentence_of


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
    terms, places = terms_for("web"), places_of(choice)
    if status != 200 and places.errors:
        form.form_errors.append(_("Have a look at the names on the tickets."))
    page = render_template(
        "checkout/review.html",
        event=choice.event,
        choice=choice,
        form=form,
        places=places.all,
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
    places = places_of(choice)
    if not form.validate() or places.errors:
        return _review(choice, form, 400)
    try:
        key = _place(choice, form, places)
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


def _place(choice: Choice, form: BuyerForm, places: Places) -> UUID:
    buyer = Buyer(form.name.data, form.email.data, form.phone.data)
    lines = [Line(offer, number, places.attendees(offer)) for offer, number in choice.quantities.items()]
    named = [line.attendees for line in lines]
    asked = repr((choice.event.id, sorted(choice.quantities.items()), buyer, form.code.data, named))
    placed = orders.place(
        current_actor(),
        lines,
        terms=terms_for("web"),
        buyer=buyer,
        event=choice.event.id,
        code=form.code.data or "",
        once=Idempotency.of("checkout", form.once.data, asked.encode()),
    )
    return placed.uuid or load(Order, placed.order_id).uuid
