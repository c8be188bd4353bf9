"""My bookings: the list, one of them, and taking it back."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import login_required
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from ticketing.errors import Invalid
from ticketing.queries import bookings
from ticketing.services import orders
from ticketing.web.actor import current_actor
from ticketing.web.caching import keep_private
from ticketing.web.catalog import page_number
from ticketing.web.forms import show_refusal

bp = Blueprint("bookings", __name__, url_prefix="/bookings")
bp.after_request(keep_private)


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
        "bookings/detail.html", order=booking.order, booking=booking, tickets=booking.tickets
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
