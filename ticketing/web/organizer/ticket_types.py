"""What an event sells, as its organizer sets it: kinds of tickets with one price each."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import login_required
from flask_wtf import FlaskForm
from sqlalchemy import Row
from werkzeug.wrappers import Response
from wtforms import BooleanField, DecimalField, IntegerField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from ticketing import money
from ticketing.errors import Invalid, NotFound
from ticketing.models import TicketType
from ticketing.models.events import SIMPLE
from ticketing.queries import editing
from ticketing.services import offers
from ticketing.web.actor import current_actor
from ticketing.web.forms import Lines, Text, show_refusal
from ticketing.web.organizer.editor import bp
from ticketing.web.organizer.editor_forms import MOST_TICKETS, Moment, instant, local

_Answer = str | Response | tuple[str, int]


class TicketTypeForm(FlaskForm):
    """A kind of ticket with one price. Fields are called as the service's refusals call them."""

    name = Text(
        _l("Name"), [DataRequired(_l("Please give it a name.")), Length(max=TicketType.name.type.length)]
    )
    description = Lines(_l("Description"), [Length(max=2000)])
    price = DecimalField(
        _l("Price"), [InputRequired(_l("Please give it a price, 0 if it is free."))], places=None
    )
    total_quantity = IntegerField(
        _l("Quantity"), [InputRequired(_l("Please say how many there are.")), NumberRange(0, MOST_TICKETS)]
    )
    sales_start = Moment(_l("Sales begin"), [Optional()])
    sales_end = Moment(_l("Sales end"), [Optional()])
    min_purchase = IntegerField(_l("At least in an order"), [InputRequired(), NumberRange(1, MOST_TICKETS)])
    max_purchase = IntegerField(_l("At most in an order"), [InputRequired(), NumberRange(1, MOST_TICKETS)])
    is_active = BooleanField(_l("On offer"))

    def values(self, zone: str, stored: Any = None) -> dict[str, Any]:
        """What was typed, as the services take it."""
        names = "name", "description", "price", "total_quantity", "min_purchase", "max_purchase", "is_active"
        return {name: self[name].data for name in names} | {
            "sales_start_at": instant(self.sales_start.data, zone, getattr(stored, "sales_start_at", None)),
            "sales_end_at": instant(self.sales_end.data, zone, getattr(stored, "sales_end_at", None)),
        }


@bp.get("/<uuid:event>/tickets")
@login_required
def tickets(event: UUID) -> str:
    """All kinds, with what is sold and held of each."""
    row = editing.to_edit(current_actor(), event)
    return render_template(
        "organizer/editor/tickets.html",
        event=row,
        tickets=editing.tickets_of(row.id),
        is_simple=row.pricing_type == SIMPLE,
    )


@bp.get("/<uuid:event>/tickets/new")
@login_required
def new_ticket(event: UUID) -> str:
    """An empty form."""
    row = _simple(event)
    form = TicketTypeForm(data={"min_purchase": 1, "max_purchase": 10, "is_active": True})
    return _page(row, None, form)


@bp.post("/<uuid:event>/tickets/new")
@login_required
def create_ticket(event: UUID) -> _Answer:
    """Add a kind of ticket."""
    row, form = _simple(event), TicketTypeForm()
    if form.validate():
        try:
            offers.create_type(current_actor(), event=event, **form.values(row.timezone))
        except Invalid as refusal:
            _show(form, refusal)
        else:
            flash(_("“%(name)s” is added.", name=form.name.data), "success")
            return redirect(url_for("organizer_editor.tickets", event=event), 303)
    return _page(row, None, form), 400


@bp.get("/<uuid:event>/tickets/<uuid:ticket_type>")
@login_required
def ticket(event: UUID, ticket_type: UUID) -> str:
    """One kind as it is."""
    row, stored = _both(event, ticket_type)
    return _page(row, stored, TicketTypeForm(data=_written(row, stored)))


@bp.post("/<uuid:event>/tickets/<uuid:ticket_type>")
@login_required
def save_ticket(event: UUID, ticket_type: UUID) -> _Answer:
    """Change it. Orders keep the price that they were placed at."""
    row, stored = _both(event, ticket_type)
    form = TicketTypeForm()
    if form.validate():
        try:
            offers.update_type(current_actor(), ticket_type, **form.values(row.timezone, stored))
        except Invalid as refusal:
            _show(form, refusal)
        else:
            flash(_("“%(name)s” is saved.", name=form.name.data), "success")
            return redirect(url_for("organizer_editor.tickets", event=event), 303)
    return _page(row, stored, form), 400


@bp.post("/<uuid:event>/tickets/<uuid:ticket_type>/remove")
@login_required
def remove_ticket(event: UUID, ticket_type: UUID) -> _Answer:
    """Remove a kind that nobody has ordered."""
    row, stored = _both(event, ticket_type)
    try:
        offers.delete_type(current_actor(), ticket_type)
    except Invalid as refusal:
        form = TicketTypeForm(formdata=None, data=_written(row, stored))
        show_refusal(form, refusal)
        return _page(row, stored, form), 400
    flash(_("“%(name)s” is removed.", name=stored.name), "success")
    return redirect(url_for("organizer_editor.tickets", event=event), 303)


def _simple(event: UUID) -> Row[Any]:
    """The event, if kinds with one price are added to it."""
    row = editing.to_edit(current_actor(), event)
    if row.pricing_type != SIMPLE:
        raise NotFound("page")
    return row


def _both(event: UUID, ticket_type: UUID) -> tuple[Row[Any], Row[Any]]:
    row = editing.to_edit(current_actor(), event)
    return row, editing.ticket_to_edit(row.id, ticket_type)


def _page(event: Row[Any], stored: Row[Any] | None, form: TicketTypeForm) -> str:
    return render_template("organizer/editor/ticket.html", event=event, stored=stored, form=form)


def _written(event: Row[Any], stored: Row[Any]) -> dict[str, Any]:
    """A stored kind as its form shows it."""
    names = "name", "description", "min_purchase", "max_purchase", "is_active"
    return {name: getattr(stored, name) for name in names} | {
        "price": money.to_decimal(stored.price, event.currency),
        "total_quantity": stored.size,
        "sales_start": local(stored.sales_start_at, event.timezone),
        "sales_end": local(stored.sales_end_at, event.timezone),
    }


def _show(form: TicketTypeForm, refusal: Invalid) -> None:
    """A name that is taken is told beside the name, whatever else the refusal calls it."""
    if refusal.code == "name_taken":
        refusal.fields = {"name": [refusal.sentence]}
    show_refusal(form, refusal)
