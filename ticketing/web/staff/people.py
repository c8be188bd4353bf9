"""Who has an account: found, listed, and one with all that belongs to it."""

from __future__ import annotations

from uuid import UUID

from flask import render_template, url_for

from ticketing.queries.staff import people
from ticketing.web.actor import current_actor
from ticketing.web.staff import asking, words
from ticketing.web.staff.asking import Answer
from ticketing.web.staff.frame import bp
from ticketing.web.staff.lists import YES_NO, View, address, asked
from ticketing.web.staff.people_deeds import DEEDS


@bp.get("/users/")
def users() -> str:
    """Accounts; searched, filtered and sorted by the address alone."""
    given = {"q": asked("q"), "kind": asked("kind", people.KINDS), "active": asked("active", YES_NO)}
    view = View.of("staff.users", given, people.SORTS, "-joined")
    page = people.users(
        current_actor(),
        words=given["q"],
        kind=given["kind"],
        active=YES_NO.get(given["active"]),
        sort=view.sort,
        page=view.page,
    )
    return render_template(
        "staff/users.html", page=page, view=view, words=words, bulk=asking.bulk_deeds("users")
    )


@bp.get("/users/<uuid:user>")
def user(user: UUID) -> str:
    """One account."""
    found = people.get(current_actor(), user)
    return render_template(
        "staff/user.html",
        person=found,
        user=found.user,
        deeds=asking.offered(DEEDS, found.user),
        words=words,
        all_orders=address("staff.orders", q=found.user.email),
    )


@bp.route("/users/<uuid:user>/<deed>", methods=["GET", "POST"])
def user_deed(user: UUID, deed: str) -> Answer:
    """Something that is done to an account: asked, then done."""
    found = people.account(current_actor(), user)
    return asking.ask(
        asking.deed_named(DEEDS, deed, found),
        found,
        back=url_for("staff.user", user=user),
        about=found.email,
    )
