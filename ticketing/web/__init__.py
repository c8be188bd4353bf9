"""The HTML pages."""

from __future__ import annotations

from flask import Flask, current_app

from ticketing import money
from ticketing.web import (
    account,
    actor,
    bookings,
    calendar_view,
    catalog,
    checkout,
    display,
    door,
    findability,
    following,
    fragments,
    links,
    media,
    narrowing,
    organizations,
    organizer,
    prose,
    recovery,
    settings,
    share_images,
    staff,
    tickets,
    widget,
)
from ticketing.web.assets import init_assets
from ticketing.web.converters import SlugConverter
from ticketing.web.errors import init_errors
from ticketing.web.language import init_language
from ticketing.web.page_cache import init_page_cache

SITE_NAME = "Foyer"


def _sandbox_banner() -> bool:
    """Whether visitors must be told that no real money moves, although this is no developer's laptop."""
    production = current_app.config["ENVIRONMENT"] == "production"
    return production and current_app.config["PAYMENT_GATEWAY"] == "sandbox"


def register_web(app: Flask) -> None:
    """Bind the pages, their template helpers and their error pages to the application."""
    app.url_map.converters.setdefault("slug", SlugConverter)
    init_assets(app)
    init_errors(app)
    init_language(app)
    app.jinja_env.filters.update(display.FILTERS | prose.FILTERS)
    app.jinja_env.globals.update(
        display.GLOBALS | organizer.GLOBALS | findability.GLOBALS,
        **narrowing.GLOBALS,
        **share_images.GLOBALS,
        **following.GLOBALS,
        site_name=SITE_NAME,
        sandbox_banner=_sandbox_banner,
        currency_digits=money.exponent,
        media_url=links.media_url,
        event_url=links.event_url,
        absolute_url=links.absolute_url,
        link_to=links.link_to,
        map_url=links.map_url,
        fragment=fragments.fragment,
        may=actor.may,
    )
    areas = (
        catalog,
        calendar_view,
        findability,
        share_images,
        widget,
        organizations,
        following,
        media,
        account,
        recovery,
        settings,
        checkout,
        bookings,
        tickets,
        door,
        staff,
    )
    for blueprint in (*(area.bp for area in areas), *organizer.AREAS):
        app.register_blueprint(blueprint)
    _register_toys(app)
    init_page_cache(app)


def _register_toys(app: Flask) -> None:
    """What exists in some set-ups only: elsewhere there is not even an address for it."""
    if app.config["PAYMENT_GATEWAY"] == "sandbox":
        from ticketing.web import sandbox

        app.register_blueprint(sandbox.bp)
    if app.config["ENVIRONMENT"] == "development" and not app.config["MAIL_SERVER"]:
        from ticketing.web import devmail

        app.register_blueprint(devmail.bp)
