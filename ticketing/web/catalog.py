"""The programme: start page, list, event. Public, without session or form tokens for anonymous visitors,
so that whole answers can be kept."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from ticketing import policy
from ticketing.policy import Permission
from ticketing.queries import catalog
from ticketing.queries.catalog import PERIODS, Search
from ticketing.web.actor import current_actor
from ticketing.web.choice import choice_of

bp = Blueprint("catalog", __name__)


def period_names() -> dict[str, str]:
    """What visitors read for each period."""
    words = (_("Today"), _("Tomorrow"), _("This weekend"), _("This week"), _("This month"))
    return dict(zip(PERIODS, words, strict=True))


def search_from(arguments: MultiDict[str, str]) -> Search:
    """The search that an address asks for; what makes no sense asks for nothing."""

    def text(name: str) -> str:
        return " ".join(arguments.get(name, "").replace("\x00", "").split())[:100]

    period = text("when")
    return Search(
        words=text("q"),
        category=text("category"),
        city=text("city"),
        period=period if period in PERIODS else "",
        free=text("price") == "free",
    )


def list_url(search: Search, *, page: int = 1, **changed: Any) -> str:
    """The address of a list page, with only what is asked for in it."""
    asked = {
        "q": search.words,
        "category": search.category,
        "city": search.city,
        "when": search.period,
        "price": "free" if search.free else "",
        "page": page if page > 1 else "",
    } | changed
    query = urlencode({name: value for name, value in asked.items() if value})
    return url_for("catalog.events") + (f"?{query}" if query else "")


def _house_zone() -> ZoneInfo:
    return ZoneInfo(current_app.config["DEFAULT_TIMEZONE"])


def page_number() -> int:
    """The ``page`` of the address, 1 unless it is a sensible number."""
    text = request.args.get("page", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1


@bp.get("/")
def index() -> str:
    """The start page."""
    featured, upcoming = catalog.front_page()
    return render_template(
        "catalog/index.html",
        featured=featured,
        upcoming=upcoming,
        categories=catalog.categories(),
        periods=period_names(),
    )


@bp.get("/events/")
def events() -> str:
    """The programme, searched and filtered by the address alone."""
    search = search_from(request.args)
    kinds = catalog.categories()
    return render_template(
        "catalog/events.html",
        search=search,
        page=catalog.find_events(search, page=page_number(), zone=_house_zone()),
        pages=lambda number: list_url(search, page=number),
        list_url=list_url,
        categories=tuple(kinds),
        kind=next((kind.name for kind in kinds if kind.slug == search.category), search.category),
        cities=tuple(catalog.cities()),
        periods=period_names(),
    )


@bp.get("/events/<slug:slug>", strict_slashes=False)
def event(slug: str) -> str:
    """One event, and the choice of its tickets."""
    found = catalog.get_event(slug)
    policy.require(current_actor(), Permission.EVENT_SEE, found)
    return render_template("catalog/event.html", event=found, choice=choice_of(found))
