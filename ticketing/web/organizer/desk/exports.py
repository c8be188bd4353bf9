"""An event's attendees and orders as files, as far as their list is narrowed: small ones come at once, large
ones are made in the background and can be fetched for a day."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from flask_login import login_required
from flask_wtf import FlaskForm
from sqlalchemy import Row
from werkzeug.wrappers import Response as AnyResponse

from ticketing.documents.tables import CSV, MIMETYPES, XLSX, csv_pieces, write_xlsx
from ticketing.errors import Invalid, NotFound
from ticketing.models.desk import ATTENDEES, DESK_KINDS, DONE, FAILED, ORDERS
from ticketing.models.orders import ORDER_STATUSES
from ticketing.queries import exports as reading
from ticketing.queries import organizer
from ticketing.services import exports
from ticketing.services.exports import AT_ONCE
from ticketing.web.actor import current_actor
from ticketing.web.caching import keep_private
from ticketing.web.forms import clean, sentence_of
from ticketing.web.organizer import attendees, csv_files, orders

bp = Blueprint("organizer_exports", __name__, url_prefix="/organizer/events/<uuid:event>/exports")
bp.after_request(keep_private)

Answer = str | AnyResponse
#: The list that a file is made of.
LISTS = {ATTENDEES: "organizer_attendees.index", ORDERS: "organizer_orders.index"}


def _asked_for(kind: str) -> dict[str, Any]:
    """What the list is narrowed to, by the names of its address; what makes no sense asks for nothing."""
    if kind == ATTENDEES:
        return attendees.asked(attendees.asked_for())
    words, status = clean(request.values.get("q"))[:100], request.values.get("status", "")
    made = request.values.get("made", "")
    asked = {
        "q": words,
        "status": status if status in ORDER_STATUSES else "",
        "made": made if made in DESK_KINDS else "",
    }
    return {name: value for name, value in asked.items() if value}


def _list_url(event: UUID, kind: str, asked: dict[str, Any]) -> str:
    return url_for(LISTS[kind], event=event, **asked)


@attendees.bp.get("/attendees.csv")
@login_required
def attendees_file(event: UUID) -> Answer:
    """The attendees as CSV, where they are not too many for that."""
    return _at_once(event, ATTENDEES)


@orders.bp.get("/events/<uuid:event>/orders/orders.csv")
@login_required
def orders_file(event: UUID) -> Answer:
    """The orders as CSV, where they are not too many for that."""
    return _at_once(event, ORDERS)


def _at_once(event: UUID, kind: str) -> Answer:
    row, asked = organizer.get_event(current_actor(), event), _asked_for(kind)
    total = exports.count(kind, row.id, asked)
    if total <= AT_ONCE:
        return _written(row, kind, CSV, asked, total)
    flash(_("These are too many to come at once: please export them."), "warning")
    return redirect(_list_url(event, kind, asked), 303)


@bp.post("/<any(attendees, orders):kind>")
@login_required
def start(event: UUID, kind: str) -> Answer:
    """The file, or the page that shows how it is made."""
    actor, asked = current_actor(), _asked_for(kind)
    row = organizer.get_event(actor, event)
    form = XLSX if request.form.get("form") == XLSX else CSV
    total = exports.count(kind, row.id, asked)
    if total <= AT_ONCE:
        return _written(row, kind, form, asked, total)
    try:
        made = exports.ask(actor, event, kind, form, asked)
    except Invalid as refusal:
        flash(sentence_of(refusal), "error")
        return redirect(_list_url(event, kind, asked), 303)
    return redirect(url_for("organizer_exports.export", event=event, export=made.uuid), 303)


def _written(event: Row[Any], kind: str, form: str, asked: dict[str, Any], total: int) -> Response:
    """The file in this very answer, noted before it goes out."""
    exports.note(current_actor(), event.id, kind, form, total)
    table, zone = exports.table_of(kind, event.id, asked), ZoneInfo(event.timezone)
    if form == CSV:
        return csv_files.sent(csv_pieces(table.columns, table.batches, zone), _name(event, kind, form))
    with exports.room() as room:
        write_xlsx(path := room / "file", table.columns, table.batches, zone)
        return _whole(path, _name(event, kind, form), form)


def _whole(path: Path, name: str, form: str) -> Response:
    """A file that may be gone from its place before the last byte is read: it stays open."""
    return send_file(path.open("rb"), MIMETYPES[form], as_attachment=True, download_name=name)


def _name(event: Row[Any], kind: str, form: str) -> str:
    return f"{event.slug}-{kind}.{form}"


@bp.get("/<uuid:export>")
@login_required
def export(event: UUID, export: UUID) -> str:
    """How far a file came; then, the way to it."""
    row, one = _mine(event, export)
    return render_template(
        "organizer/desk/export.html",
        event=row,
        export=one,
        name=_name(row, one.kind, one.form),
        is_going=one.status not in (DONE, FAILED),
        back=_list_url(event, one.kind, one.asked),
        here=request.path,
        form=FlaskForm(),
    )


def _mine(event: UUID, export: UUID) -> tuple[Row[Any], Row[Any]]:
    return organizer.get_event(current_actor(), event), reading.get(current_actor(), event, export)


@bp.get("/<uuid:export>/file")
@login_required
def file(event: UUID, export: UUID) -> Response:
    """The finished file."""
    row, one = _mine(event, export)
    if one.status != DONE or not one.file:
        raise NotFound("file")
    try:
        return _whole(exports.path_of(one.file), _name(row, one.kind, one.form), one.form)
    except FileNotFoundError:
        raise NotFound("file") from None


@bp.post("/<uuid:export>/again")
@login_required
def again(event: UUID, export: UUID) -> Answer:
    """Try once more what could not be made."""
    exports.repeat(current_actor(), event, export)
    return redirect(url_for("organizer_exports.export", event=event, export=export), 303)
