"""What was ordered for an event: the list, also as a file, one order, and sending its mails again."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask import Response as Answer
from flask_babel import gettext as _
from flask_login import login_required
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from ticketing.errors import Invalid
from ticketing.models.orders import ORDER_STATUSES
from ticketing.queries import organizer, organizer_orders
from ticketing.services import messages
from ticketing.web.actor import current_actor
from ticketing.web.caching import keep_private
from ticketing.web.catalog import page_number
from ticketing.web.forms import clean, show_refusal
from ticketing.web.organizer import csv_files, order_file, refund_plan

bp = Blueprint("organizer_orders", __name__, url_prefix="/organizer")
bp.after_request(keep_private)


@bp.get("/events/<uuid:event>/orders", strict_slashes=False)
@login_required
def index(event: UUID) -> str:
    """An event's orders, searched and filtered by the address alone."""
    words, status = _asked_for()
    found = organizer_orders.find_orders(
        current_actor(), event, words=words, status=status, page=page_number()
    )

    def pages(number: int) -> str:
        page = number if number > 1 else None
        return url_for(
            "organizer_orders.index", event=event, q=words or None, status=status or None, page=page
        )

    return render_template(
        "organizer/orders.html", event=found.event, page=found.page, pages=pages, words=words, status=status
    )


def _asked_for() -> tuple[str, str]:
    """Words and state that the address holds; what makes no sense asks for nothing."""
    status = request.args.get("status", "")
    return clean(request.args.get("q"))[:100], status if status in ORDER_STATUSES else ""


@bp.get("/events/<uuid:event>/orders/orders.csv")
@login_required
def file(event: UUID) -> Answer:
    """Every order that the filter leaves, for a spreadsheet program."""
    row = organizer.get_event(current_actor(), event)
    return csv_files.sent(order_file.lines(row, *_asked_for()), f"{row.slug}-orders.csv")


@bp.get("/orders/<uuid:order>", strict_slashes=False)
@login_required
def detail(order: UUID) -> str:
    """Everything about one order."""
    return _shown(order, FlaskForm())


def _shown(order: UUID, form: FlaskForm) -> str:
    found = organizer_orders.get_order(current_actor(), order)
    return render_template(
        "organizer/order.html",
        event=found.order.event,
        order=found.order,
        dossier=found,
        can_be_sent_again=messages.can_be_sent_again,
        can_be_refunded=refund_plan.is_open,
        form=form,
    )


@bp.post("/orders/<uuid:order>/messages/<uuid:message>/send-again")
@login_required
def send_again(order: UUID, message: UUID) -> str | Response | tuple[str, int]:
    """Have one of its mails sent once more."""
    form = FlaskForm()
    try:
        is_new = messages.send_again(current_actor(), message)
    except Invalid as refusal:
        show_refusal(form, refusal)
        return _shown(order, form), 400
    if is_new:
        flash(_("The message goes out again now."), "success")
    else:
        flash(_("That message was sent again less than a minute ago."), "warning")
    return redirect(url_for("organizer_orders.detail", order=order), 303)
