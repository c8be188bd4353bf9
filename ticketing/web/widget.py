"""An event's tickets on the pages of others: a script that makes a frame, and what is in the frame.

Only pages that the event's organization names may show it; every other page of ours refuses to be framed.
Nothing in it knows a visitor: no cookie is read or set, and each button opens our own page in a new window.
"""

from __future__ import annotations

import re

from flask import Blueprint, Response, current_app, g, make_response, render_template, request

from ticketing import policy
from ticketing.errors import NotFound
from ticketing.models import Organization
from ticketing.policy import ANONYMOUS, Permission
from ticketing.queries import catalog
from ticketing.web.choice import choice_of

bp = Blueprint("widget", __name__)

THEMES = ("light", "dark", "auto")
_SCRIPT_SECONDS = 3600
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?", re.ASCII)
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors "
)


@bp.get("/widget.js")
def script() -> Response:
    """What others put on their pages."""
    answer = current_app.send_static_file("js/widget.js")
    answer.cache_control.public, answer.cache_control.max_age = True, _SCRIPT_SECONDS
    answer.cache_control.no_cache = None
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


@bp.get("/widget/<slug:slug>")
def event(slug: str) -> Response:
    """What is in the frame; ``?theme=dark`` or ``auto`` for pages that are not light."""
    found = catalog.get_event(slug)
    policy.require(ANONYMOUS, Permission.EVENT_SEE, found)
    if found.is_draft:
        raise NotFound("event")
    theme = request.args.get("theme", "")
    page = render_template(
        "widget/event.html",
        event=found,
        choice=choice_of(found),
        theme=theme if theme in THEMES else "light",
    )
    answer = make_response(page)
    answer.headers["Content-Security-Policy"] = _POLICY + " ".join(allowed(found.organization) or ["'none'"])
    g.is_framed_by_others = True
    return answer


def allowed(organization: Organization) -> list[str]:
    """The origins that may show it. What could mean anything else to a browser is left out."""
    return [origin for origin in organization.widget_origins if _ORIGIN.fullmatch(origin)]
