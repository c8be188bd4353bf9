"""Deeds for staff: asked first, on a page that says what they do; then done, to one or to many."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from ticketing.errors import GatewayDown, Invalid, NotFound, TooMany
from ticketing.policy import Actor, Permission, allows
from ticketing.services import bulk as many
from ticketing.web.actor import current_actor, safe_path
from ticketing.web.forms import sentence_of, show_refusal
from ticketing.web.staff.frame import bp

Answer = str | Response | tuple[str, int]


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that is done to one row: the words on its button, what is asked, what it does, what is said
    when it is done, and to which rows it can be done as they stand."""

    words: Any
    question: Any
    consequence: Any
    done: Any
    command: Callable[..., object]
    permission: Permission
    fits: Callable[[Any], bool] = lambda _row: True
    is_grave: bool = False


def ask(deed: Deed, row: Any, *, back: str, about: str, form: FlaskForm | None = None) -> Answer:
    """Whether it shall be done to the row, called ``about``; when that was confirmed, it is. A form with a
    ``reason`` asks for that, too."""
    form = form or FlaskForm()
    if not deed.fits(row):
        flash(_("Nothing was done: that has happened already, or does not fit any more."), "warning")
        return redirect(back, 303)
    given = {"reason": form["reason"].data} if "reason" in form else {}
    if form.validate_on_submit():
        try:
            deed.command(current_actor(), row.uuid, **given)
        except (Invalid, TooMany, GatewayDown) as refusal:
            show_refusal(form, refusal)
        else:
            flash(str(deed.done), "success")
            return redirect(back, 303)
    page = render_template("staff/confirm.html", deed=deed, back=back, about=about, form=form)
    return (page, 400) if form.is_submitted() else page


def offered(deeds: Mapping[str, Deed], row: Any) -> dict[str, Deed]:
    """Those of the deeds that the actor may do to the row as it stands."""
    actor = current_actor()
    return {
        name: deed for name, deed in deeds.items() if deed.fits(row) and allows(actor, deed.permission, row)
    }


def deed_named(deeds: Mapping[str, Deed], name: str, row: Any) -> Deed:
    """The deed of that name.

    :raises NotFound: there is none, or the actor may not do it.
    """
    found = deeds.get(name)
    if found is None or not allows(current_actor(), found.permission, row):
        raise NotFound("page")
    return found


@dataclass(frozen=True, slots=True)
class BulkDeed:
    """Something that is done to many rows. ``question`` and ``done`` are told how many."""

    words: Any
    question: Callable[[int], str]
    consequence: Any
    done: Callable[[int], str]
    command: Callable[[Actor, Any], object]
    permission: Permission
    is_grave: bool = False


@dataclass(frozen=True, slots=True)
class Bulk:
    """What can be done to many rows of a room. ``named`` finds what they are called."""

    endpoint: str
    named: Callable[[Actor, Sequence[UUID]], Sequence[Any]]
    deeds: Mapping[str, BulkDeed]


_BULK: dict[str, Bulk] = {}


def offer_bulk(room: str, bulk: Bulk) -> None:
    """Let a room do things to many rows."""
    _BULK[room] = bulk


def bulk_deeds(room: str) -> dict[str, BulkDeed]:
    """What the actor may do to many rows there."""
    actor = current_actor()
    return {name: deed for name, deed in _BULK[room].deeds.items() if allows(actor, deed.permission)}


@bp.route("/<any(users, events, categories, orders):room>/bulk", methods=["GET", "POST"])
def bulk(room: str) -> Answer:
    """Whether it shall be done to all that were chosen; when that was confirmed, what came of it."""
    deed = bulk_deeds(room).get(request.values.get("deed", ""))
    if deed is None:
        raise NotFound("page")
    back = safe_path(request.values.get("back"), url_for(_BULK[room].endpoint))
    rows = _BULK[room].named(current_actor(), _chosen())
    if not rows:
        flash(_("Choose at least one."), "warning")
        return redirect(back, 303)
    form = FlaskForm()
    known = {"deed": deed, "rows": rows, "back": back, "form": form}
    if form.validate_on_submit():
        return _did(deed, rows, back)
    page = render_template("staff/bulk.html", name=request.values["deed"], **known)
    return (page, 400) if form.is_submitted() else page


def _chosen() -> list[UUID]:
    """The keys that the request names; what is none is left out."""
    found: dict[UUID, None] = {}
    for text in request.values.getlist("chosen")[: many.MOST]:
        try:
            found[UUID(text)] = None
        except ValueError:
            continue
    return list(found)


def _did(deed: BulkDeed, rows: Sequence[Any], back: str) -> str:
    outcome = many.each(current_actor(), [row.uuid for row in rows], deed.command)
    names = {row.uuid: row.name for row in rows}
    refused = [(names[key], sentence_of(refusal)) for key, refusal in outcome.refused]
    return render_template(
        "staff/bulk_done.html",
        said=deed.done(len(outcome.done)) if outcome.done else "",
        done=[names[key] for key in outcome.done],
        refused=refused,
        back=back,
    )


def do(command: Callable[[Actor, UUID], object], key: UUID, done: Any, endpoint: str) -> Response:
    """Do what can be undone with one more click at once, and lead back to the part of the list that was
    shown."""
    back = safe_path(request.form.get("back"), url_for(endpoint))
    if FlaskForm().validate_on_submit():
        try:
            command(current_actor(), key)
        except Invalid as refusal:
            flash(sentence_of(refusal), "warning")
        else:
            flash(str(done), "success")
    return redirect(back, 303)
