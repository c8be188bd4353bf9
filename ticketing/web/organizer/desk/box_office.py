"""The box office: selling at the door, giving tickets away, and showing them at once."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import login_required
from flask_wtf import FlaskForm
from sqlalchemy import Row
from werkzeug.wrappers import Response
from wtforms import HiddenField, RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Email, InputRequired, Length, Optional

from ticketing import clock
from ticketing.errors import Conflict, Invalid
from ticketing.models import Order
from ticketing.models.events import PUBLISHED
from ticketing.policy import Permission, require
from ticketing.queries import desk_offers, organizer, organizer_orders
from ticketing.queries.desk_offers import DeskOffer
from ticketing.services import orders
from ticketing.services.idempotency import Idempotency
from ticketing.services.orders import Buyer, Placed
from ticketing.services.tickets import papers
from ticketing.web.actor import current_actor
from ticketing.web.choice import PREFIX
from ticketing.web.forms import Text, show_refusal
from ticketing.web.organizer.cancelling import bp as bp

Answer = str | Response | tuple[str, int]
#: Under which a form's key is kept.
ROUTE = "organizer.desk"
#: Most of one offer in a form.
MOST = 50
_NAME, _EMAIL = Order.buyer_name.type.length, Order.buyer_email.type.length
_NO_ADDRESS = _l("Please enter an e-mail address, like name@example.org.")


class DoorForm(FlaskForm):
    """How a sale at the door is paid, and whom it is for, if they say. ``once`` names the form."""

    method = RadioField(
        _l("Paid"),
        [InputRequired(_l("Say how it was paid."))],
        choices=[SelectChoice("cash", _l("Cash")), SelectChoice("card", _l("Card terminal"))],
    )
    name = Text(_l("Name"), [Optional(), Length(max=_NAME)])
    email = Text(_l("E-mail address"), [Optional(), Length(max=_EMAIL), Email(_NO_ADDRESS)])
    once = HiddenField()


class GiftForm(FlaskForm):
    """Who gets tickets for nothing."""

    name = Text(_l("Name"), [DataRequired(_l("Enter a name.")), Length(max=_NAME)])
    email = Text(_l("E-mail address"), [DataRequired(_NO_ADDRESS), Length(max=_EMAIL), Email(_NO_ADDRESS)])
    once = HiddenField()


@dataclass(slots=True)
class Line:
    """One offer and how many of it are chosen: as it was typed, and as a number."""

    offer: Any
    most: int
    chosen: str = "0"
    number: int = 0
    error: str = ""
    described: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Shown:
    """An offer as the stepper of the pages wants it."""

    id: int
    full_name: str
    price: int
    is_on_offer: bool
    left: int
    least: int = 1


@bp.route("/events/<uuid:event>/box-office", methods=["GET", "POST"], strict_slashes=False)
@login_required
def sell(event: UUID) -> Answer:
    """Sell at the door; the tickets are shown at once."""
    found, form = _mine(event), DoorForm()
    lines = _lines(desk_offers.of_event(found.id), is_free=False)
    if not form.is_submitted():
        return _offered(found, _fresh(DoorForm), lines)
    if not _is_complete(form, lines):
        return _offered(found, form, lines), 400

    def deed(chosen: list[orders.Line], buyer: Buyer, once: Idempotency) -> Placed:
        return orders.sell(current_actor(), event, chosen, method=form.method.data, buyer=buyer, once=once)

    return _done(found, form, lines, deed)


@bp.route("/events/<uuid:event>/box-office/free", methods=["GET", "POST"], strict_slashes=False)
@login_required
def give_away(event: UUID) -> Answer:
    """Give tickets to somebody, who gets them by mail."""
    found, form = _mine(event), GiftForm()
    lines = _lines(desk_offers.of_event(found.id), is_free=True)
    if not form.is_submitted():
        return _offered(found, _fresh(GiftForm), lines)
    if not _is_complete(form, lines):
        return _offered(found, form, lines), 400

    def deed(chosen: list[orders.Line], buyer: Buyer, once: Idempotency) -> Placed:
        return orders.give_away(current_actor(), event, chosen, buyer=buyer, once=once)

    return _done(found, form, lines, deed)


def _mine(event: UUID) -> Row[Any]:
    actor = current_actor()
    found = organizer.get_event(actor, event)
    require(actor, Permission.ORDER_MAKE, found)
    return found


def _fresh(kind: type[FlaskForm]) -> FlaskForm:
    return kind(formdata=None, once=secrets.token_urlsafe(12))


def _lines(offers: Sequence[DeskOffer], *, is_free: bool) -> list[Line]:
    """What can be chosen, and what was."""
    lines = []
    for offer in offers:
        price = 0 if is_free else offer.price
        shown = _Shown(offer.id, offer.full_name, price, offer.is_on_offer, offer.left)
        text = request.form.get(f"{PREFIX}{offer.id}", "0").strip()[:6] or "0"
        line = Line(shown, min(offer.left, MOST), text)
        if not (text.isascii() and text.isdigit()):
            line.error = _("Enter a whole number.")
        else:
            line.number = int(text)
        lines.append(line)
    return lines


def _is_complete(form: FlaskForm, lines: Sequence[Line]) -> bool:
    """The form is filled in, and something was chosen; what is not so is said."""
    is_valid = form.validate()
    if any(line.error for line in lines):
        form.form_errors = [*form.form_errors, _("Not all of this can be had. See what is marked below.")]
    elif not any(line.number for line in lines):
        form.form_errors = [*form.form_errors, _("Choose at least one ticket.")]
    else:
        return bool(is_valid)
    return False


def _done(found: Row[Any], form: Any, lines: Sequence[Line], deed: Any) -> Answer:
    chosen = [orders.Line(line.offer.id, line.number) for line in lines if line.number]
    buyer = Buyer(form.name.data or "", form.email.data or "")
    asked = repr((request.path, [(line.offer, line.quantity) for line in chosen], buyer))
    try:
        placed = deed(chosen, buyer, Idempotency.of(ROUTE, form.once.data or "", asked.encode()))
    except (Invalid, Conflict) as refusal:
        if isinstance(refusal, Conflict):
            form.once.data = secrets.token_urlsafe(12)
        show_refusal(form, refusal)
        return _offered(found, form, lines), 400
    if placed.is_replay:
        flash(_("This form was sent before: these are the tickets that it made."), "warning")
    return redirect(url_for("organizer_orders.handed_out", order=placed.uuid), 303)


def _offered(found: Row[Any], form: FlaskForm, lines: Sequence[Line]) -> str:
    return render_template(
        "organizer/desk/box_office.html",
        event=found,
        form=form,
        lines=lines,
        is_gift=isinstance(form, GiftForm),
        is_open=found.status == PUBLISHED and found.ends_at > clock.now(),
    )


@bp.get("/orders/<uuid:order>/tickets")
@login_required
def handed_out(order: UUID) -> str:
    """The tickets of an order that was made here, to be shown to whoever has bought them."""
    actor = current_actor()
    found, made = organizer_orders.get_handed_out(actor, order)
    require(actor, Permission.ORDER_MAKE, found)
    codes = papers.codes_of_order(actor, order)
    return render_template(
        "organizer/desk/box_office_done.html",
        event=found.event,
        order=found,
        desk=made,
        codes=[(row, _as_address(svg)) for row, svg in codes],
    )


def _as_address(svg: str) -> str:
    from base64 import b64encode

    return "data:image/svg+xml;base64," + b64encode(svg.encode()).decode()
