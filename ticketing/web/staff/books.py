"""Whether the books add up: looked at when somebody asks for it."""

from __future__ import annotations

from flask import render_template
from flask_wtf import FlaskForm

from ticketing.policy import Permission, require
from ticketing.queries import books as reading
from ticketing.web.actor import current_actor
from ticketing.web.staff.asking import Answer
from ticketing.web.staff.frame import bp


@bp.route("/books/", methods=["GET", "POST"])
def books() -> Answer:
    """What is looked at, and what was found. Nothing is read before somebody asks: it takes a while."""
    require(current_actor(), Permission.BOOKS_SEE)
    form = FlaskForm()
    found = reading.audit() if form.validate_on_submit() else None
    page = render_template("staff/books.html", form=form, found=found, number=len(reading.CHECKS))
    return (page, 400) if form.is_submitted() and found is None else page
