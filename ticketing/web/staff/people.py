"""Who has an account: found by name or address. Nothing is changed here."""

from __future__ import annotations

from flask import render_template, request

from ticketing.queries import staff
from ticketing.web.actor import current_actor
from ticketing.web.catalog import page_number
from ticketing.web.forms import clean
from ticketing.web.staff import words
from ticketing.web.staff.frame import address, asked, bp

_ACTIVE = {"yes": True, "no": False}


@bp.get("/users/")
def users() -> str:
    """Accounts, newest first; searched and filtered by the address alone."""
    given = {
        "q": clean(request.args.get("q"))[:100],
        "kind": asked("kind", staff.KINDS),
        "active": asked("active", _ACTIVE),
    }
    page = staff.users(
        current_actor(),
        words=given["q"],
        kind=given["kind"],
        active=_ACTIVE.get(given["active"]),
        page=page_number(),
    )
    return render_template(
        "staff/users.html",
        page=page,
        given=given,
        pages=lambda number: address("staff.users", number, **given),
        words=words,
    )
