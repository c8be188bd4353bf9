"""My bookings: the list, one of them, and taking it back, whole or ticket by ticket."""

from __future__ import annotations

import secrets
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import login_required
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import HiddenField, StringField

from ticketing.errors import Conflict, Invalid
from ticketing.policy import Permission, require
from ticketing.queries import bookings, organizer_orders
from ticketing.queries.bookings import Booking
from ticketing.services import orders
from ticketing.services.idempotency import Idempotency
from ticketing.services.orders import Decision
from ticketing.web.actor import current_actor
from ticketing.web.caching import keep_private
from ticketing.web.catalog import page_number
from ticketing.web.forms import show_refusal

bp = Blueprint("bookings", __name__, url_prefix="/bookings")
bp.after_request(keep_private)

Answer = str | Response | tuple[str, int]
#: Under which a form's key is kept.
ROUTE = "bookings.return"


class ReturnForm(FlaskForm):
    """Which tickets go back: each chosen one's id stands in a ``ticket`` of its own. ``once`` names the form,
    ``mark`` what it told."""

    tickets = StringField(_l("Tickets"))
    once, mark = HiddenField(), HiddenField()


@bp.get("/")
@login_required
def index() -> str:
    """Everything that the visitor has booked, latest first."""
    page = bookings.find_own(current_actor(), page=page_number())
    return render_template("bookings/index.html", page=page, pages=_list_url)


def _list_url(page: int) -> str:
    return url_for("bookings.index", page=page if page > 1 else None)


@bp.get("/<uuid:key>", strict_slashes=False)
@login_required
def detail(key: UUID) -> str:
    """One booking."""
    booking = bookings.get_booking(current_actor(), key)
    return render_template(
        "bookings/detail.html",
        order=booking.order,
        booking=booking,
        tickets=booking.tickets,
        can_return=bool(orders.returnable_by_buyer(booking.order, booking.tickets)),
    )


@bp.get("/<uuid:key>/cancel")
@login_required
def ask_cancel(key: UUID) -> str:
    """What cancelling means, before it is done."""
    booking = bookings.get_booking(current_actor(), key)
    return render_template("bookings/cancel.html", order=booking.order, form=FlaskForm())


@bp.post("/<uuid:key>/cancel")
@login_required
def cancel(key: UUID) -> str | Response | tuple[str, int]:
    """Take the booking back: the tickets return, the money follows."""
    form = FlaskForm()
    try:
        orders.cancel(current_actor(), key)
    except Invalid as refusal:
        show_refusal(form, refusal)
        booking = bookings.get_booking(current_actor(), key)
        return render_template("bookings/cancel.html", order=booking.order, form=form), 400
    flash(_("Your booking is cancelled."), "success")
    return redirect(url_for("bookings.detail", key=key), 303)


@bp.get("/<uuid:key>/return")
@login_required
def ask_return(key: UUID) -> Answer:
    """Which tickets shall go back."""
    return _choose(_mine(key), ReturnForm(formdata=None))


def _mine(key: UUID) -> Booking:
    actor = current_actor()
    booking = bookings.get_booking(actor, key)
    require(actor, Permission.ORDER_PAY, booking.order)
    return booking


def _choose(booking: Booking, form: ReturnForm, status: int = 200) -> Answer:
    tickets = orders.returnable_by_buyer(booking.order, booking.tickets)
    if not tickets:
        flash(_("These tickets cannot be returned here any more. Ask the organizer."), "warning")
        return redirect(url_for("bookings.detail", key=booking.order.uuid), 303)
    page = render_template(
        "bookings/return.html", order=booking.order, tickets=tickets, chosen=chosen_tickets(), form=form
    )
    return page, status


def chosen_tickets() -> tuple[int, ...]:
    """The tickets that a form ticks."""
    sent = request.values.getlist("ticket")
    return tuple(int(text) for text in sent if text.isascii() and text.isdigit() and len(text) < 19)


@bp.get("/<uuid:key>/return/review")
@login_required
def review_return(key: UUID) -> Answer:
    """What comes back for them, before it is done."""
    booking, form = _mine(key), ReturnForm(formdata=None)
    try:
        decision = _decided(booking)
    except Invalid as refusal:
        show_refusal(form, refusal)
        return _choose(booking, form, 400)
    return _told(booking, decision, form)


def _decided(booking: Booking) -> Decision:
    chosen = chosen_tickets()
    if not chosen:
        raise Invalid("no_tickets", _("Choose at least one ticket."), field="tickets")
    return orders.decide(booking.order, booking.tickets, orders.Wish(tickets=chosen))


def _told(booking: Booking, decision: Decision, form: ReturnForm) -> str:
    form.once.data, form.mark.data = secrets.token_urlsafe(12), decision.mark
    return render_template(
        "bookings/return_review.html", order=booking.order, plan=decision, form=form, chosen=chosen_tickets()
    )


@bp.post("/<uuid:key>/return")
@login_required
def return_tickets(key: UUID) -> Answer:
    """Return what was chosen, as it was told; the same form sent again does nothing more."""
    booking, form = _mine(key), ReturnForm()
    actor = current_actor()
    if organizer_orders.was_done_before(actor, ROUTE, form.once.data or ""):
        return _returned(key)
    try:
        decision = _decided(booking)
        if decision.mark != form.mark.data:
            changed = _("Meanwhile something has changed. Read once more what happens now.")
            show_refusal(form, Invalid("changed", changed))
            return _told(booking, decision, form), 409
        once = Idempotency.of(ROUTE, form.once.data or "", f"{key} {decision.mark}".encode())
        orders.return_tickets(actor, key, chosen_tickets(), once=once)
    except (Invalid, Conflict) as refusal:
        show_refusal(form, refusal)
        return _choose(_mine(key), form, 400)
    return _returned(key)


def _returned(key: UUID) -> Response:
    flash(_("Your tickets are returned."), "success")
    return redirect(url_for("bookings.detail", key=key), 303)
