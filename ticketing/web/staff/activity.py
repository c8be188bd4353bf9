"""The activity log: who did what to what, from where."""

from __future__ import annotations

from typing import Any

from flask import render_template

from ticketing.queries import activity
from ticketing.queries.catalog import Page
from ticketing.web.actor import current_actor
from ticketing.web.staff.frame import bp
from ticketing.web.staff.lists import View, asked, in_words

PAGE_SIZE = 40


def _shown(value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, list):
        return ", ".join(map(_shown, value))
    if isinstance(value, dict):
        return "; ".join(f"{in_words(name)}: {_shown(one)}" for name, one in value.items())
    return str(value)


def readable(details: dict[str, Any]) -> list[tuple[str, str]]:
    """A deed's details as names and texts; what was changed reads ``old → new``."""
    found: list[tuple[str, str]] = []
    for name, value in details.items():
        if name == "changed" and isinstance(value, dict):
            for column, pair in value.items():
                changed = isinstance(pair, list) and len(pair) == 2
                text = " → ".join(map(_shown, pair)) if changed else _shown(pair)
                found.append((in_words(column), text))
        else:
            found.append((in_words(name), _shown(value)))
    return found


@bp.get("/activity/")
def log() -> str:
    """Who did what to what, from where; newest first."""
    view = View.of("staff.log", {"account": asked("account", longest=254), "action": asked("action")})
    account, action = view.given["account"], view.given["action"]
    number = activity.account_named(account) if account else None
    found = activity.find(
        current_actor(),
        about=(number or 0) if account else None,
        action=action or None,
        page=view.page,
        size=PAGE_SIZE,
    )
    return render_template(
        "staff/activity.html",
        view=view,
        unknown=bool(account) and number is None,
        actions={name: in_words(name) for name in activity.actions()},
        page=Page(found.rows, view.page, PAGE_SIZE, found.total),
        readable=readable,
    )
