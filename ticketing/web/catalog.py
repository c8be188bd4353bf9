"""The programme: start page, list, event. Public, without session or form tokens for anonymous visitors,
so that whole answers can be kept."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from ticketing import policy
from ticketing.models import Event
from ticketing.policy import Permission
from ticketing.queries import catalog
from ticketing.queries.narrowing import Search
from ticketing.web.actor import current_actor
from ticketing.web.choice import choice_of
from ticketing.web.narrowing import filters_on, house_zone, list_url, search_from

bp = Blueprint("catalog", __name__)

#: So many cities have a chip on the start page, those with most events.
_CITY_CHIPS = 8


def page_number() -> int:
    """The ``page`` of the address, 1 unless it is a sensible number."""
    text = request.args.get("page", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1


@bp.get("/")
def index() -> str:
    """The start page; ``?city=`` shows what is on there."""
    search = Search(city=search_from(request.args).city)
    featured, upcoming = catalog.front_page(search.city)
    cities = sorted(catalog.cities(), key=lambda one: (-one.events, one.city))[:_CITY_CHIPS]
    return render_template(
        "catalog/index.html",
        search=search,
        featured=featured,
        upcoming=upcoming,
        categories=catalog.categories(),
        cities=sorted(cities, key=lambda one: one.city),
    )


@bp.get("/events/")
def events() -> str:
    """The programme, searched and filtered by the address alone."""
    search, zone = search_from(request.args), house_zone()
    kinds = catalog.categories()
    kind = next((kind.name for kind in kinds if kind.slug == search.category), search.category)
    page = catalog.find_events(search, page=page_number(), zone=zone)
    return render_template(
        "catalog/events.html",
        search=search,
        page=page,
        pages=lambda number: list_url(search, page=number),
        filters_on=filters_on(search, kind, list_url),
        in_the_way=[] if page.total else catalog.found_without(search, zone=zone),
        categories=tuple(kinds),
        cities=tuple(catalog.cities()),
    )


@bp.get("/events/<slug:slug>", strict_slashes=False)
def event(slug: str) -> str:
    """One event, and the choice of its tickets."""
    found = _seen(slug)
    return render_template("catalog/event.html", event=found, choice=choice_of(found))


@bp.get("/events/<slug:slug>/tickets")
def tickets(slug: str) -> str:
    """The ticket choice alone, as it is at this moment: an open page asks for it again and again."""
    found = _seen(slug)
    return render_template("catalog/tickets.html", event=found, choice=choice_of(found))


def _seen(slug: str) -> Event:
    found = catalog.get_event(slug)
    policy.require(current_actor(), Permission.EVENT_SEE, found)
    return found
