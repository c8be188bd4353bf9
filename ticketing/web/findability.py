"""How the programme is found from elsewhere: site map, robots.txt, and feeds of what is to come.

Public as the pages of the programme are: nothing in them depends on who asks.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, current_app, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Row

from ticketing.documents import CalendarEntry, calendar
from ticketing.documents.feeds import Feed, FeedItem, rss, sitemap
from ticketing.queries import feeds
from ticketing.queries.catalog import Page
from ticketing.queries.feeds import Channel
from ticketing.queries.narrowing import Search
from ticketing.web.display import page_language, paragraphs, show_moment
from ticketing.web.links import absolute_url, event_url, link_to
from ticketing.web.narrowing import list_url
from ticketing.web.structured import event_data

bp = Blueprint("findability", __name__)

#: Nobody searches for what only one person can see. What explains the API is for everybody.
_CLOSED = (
    "/account/", "/api/", "/bookings/", "/checkin/", "/checkout/", "/confirm-email", "/forgotten-password",
    "/invitation", "/language/", "/orders/", "/organizer/", "/reset-password", "/sandbox/", "/sign-in",
    "/sign-up", "/staff/", "/tickets/", "/unsubscribe", "/verify-email",
)  # fmt: skip
_OPEN = ("/api/docs/", "/api/redoc/", "/api/schema/")
#: Changes of an event are counted in seconds since then, as in the calendar files of tickets.
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
#: A map for each address that the shop is called by.
_MAP_SECONDS, _MOST_MAPS = 60.0, 4
_making = threading.Lock()


def is_indexable(search: Search, page: Page) -> bool:
    """Whether search engines may show a list: the whole programme, or what one filter finds. What visitors
    typed, several filters at once, and lists of nothing are too many pages of too little."""
    if search == Search():
        return True
    one_filter = len(list(search.filters())) == 1 and not (search.words or search.sort)
    odd = search.first or search.last or search.lowest is not None or search.highest is not None
    return one_filter and not odd and page.total > 0


def feed_url(form: str, **asked: str | None) -> str:
    """The address of a feed (``xml`` or ``ics``) of what is asked for: ``category``, ``organizer``."""
    query = urlencode({name: value for name, value in asked.items() if value})
    return link_to(f"findability.feed_{form}") + (f"?{query}" if query else "")


GLOBALS = {"event_data": event_data, "feed_url": feed_url, "is_indexable": is_indexable}


@bp.get("/robots.txt")
def robots() -> Response:
    """What robots may visit, and where the site map is."""
    root = request.root_path
    lines = ["User-agent: *"]
    lines += [f"Allow: {root}{path}" for path in _OPEN]
    lines += [f"Disallow: {root}{path}" for path in _CLOSED]
    lines += ["", f"Sitemap: {absolute_url(url_for('findability.site_map'))}", ""]
    return Response("\n".join(lines), mimetype="text/plain")


@bp.get("/sitemap.xml")
def site_map() -> Response:
    """Every public page that search engines should know."""
    return Response(_kept_map(absolute_url(request.root_path)), mimetype="application/xml")


def _kept_map(root: str) -> bytes:
    """A large map takes its time, and who reads it needs no newest one: it is made once a minute."""
    if not current_app.config["PAGE_CACHE_SECONDS"]:
        return sitemap(_pages())
    kept: dict[str, tuple[float, bytes]] = current_app.extensions.setdefault("site_maps", {})
    with _making:
        made = kept.get(root)
        if made is None or made[0] < time.monotonic():
            if len(kept) >= _MOST_MAPS:
                kept.clear()
            made = kept[root] = (time.monotonic() + _MAP_SECONDS, sitemap(_pages()))
    return made[1]


def _pages() -> Iterator[tuple[str, datetime | None]]:
    found = feeds.mapped(feeds.MOST_IN_MAP - 2)
    latest = max((row.changed_at for row in found.events), default=None)
    yield absolute_url(link_to("catalog.index")), latest
    yield absolute_url(link_to("catalog.events")), latest
    for row in found.categories:
        yield absolute_url(list_url(Search(category=row.slug))), row.changed_at
    for row in found.organizers:
        yield absolute_url(url_for("organizations.index", organizer=row.slug)), row.changed_at
    # Fifty thousand times the same beginning.
    before = absolute_url(event_url(""))
    for row in found.events:
        yield before + row.slug, row.changed_at


def _asked() -> Channel:
    return feeds.channel(request.args.get("category", "").strip(), request.args.get("organizer", "").strip())


def _title(about: Channel) -> str:
    """What the feed is called, without the site's name."""
    kind = about.category.name if about.category else ""
    who = about.organizer.name if about.organizer else ""
    if kind and who:
        return _("%(kind)s by %(organizer)s", kind=kind, organizer=who)
    if kind or who:
        return kind or _("Events by %(organizer)s", organizer=who)
    return _("Upcoming events")


def _named(about: Channel) -> str:
    from ticketing.web import SITE_NAME

    return f"{_title(about)} · {SITE_NAME}"


def _address(about: Channel, form: str) -> str:
    category = about.category.slug if about.category else None
    organizer = about.organizer.slug if about.organizer else None
    return absolute_url(feed_url(form, category=category, organizer=organizer))


def _page_of(about: Channel) -> str:
    """The page that shows what the feed tells."""
    if about.organizer:
        return absolute_url(url_for("organizations.index", organizer=about.organizer.slug))
    return absolute_url(list_url(Search(category=about.category.slug if about.category else "")))


@bp.get("/events/feed.xml")
def feed_xml() -> Response:
    """Upcoming events as RSS; ``?category=`` and ``?organizer=`` name some of them."""
    about = _asked()
    found = feeds.upcoming(about)
    feed = Feed(
        title=_named(about),
        link=_page_of(about),
        address=_address(about, "xml"),
        description=_("The next events, soonest first."),
        language=page_language(),
        items=[_item(row) for row in found],
        changed_at=max((row.updated_at for row in found), default=None),
    )
    return Response(rss(feed), mimetype="application/rss+xml")


def _item(row: Row[Any]) -> FeedItem:
    where = ", ".join(filter(None, (row.venue, row.city)))
    facts = f"{show_moment(row.starts_at, row.timezone)}\n{where}"
    return FeedItem(
        key=f"urn:uuid:{row.uuid}",
        title=row.title,
        link=absolute_url(event_url(row.slug)),
        summary=str(paragraphs("\n\n".join(filter(None, (facts, row.short_description))))),
        published_at=row.published_at or row.created_at,
        category=row.category or "",
    )


@bp.get("/events/feed.ics")
def feed_ics() -> Response:
    """Upcoming events as a calendar to subscribe to; ``?category=`` and ``?organizer=`` as with RSS."""
    about = _asked()
    entries = _entries(feeds.upcoming(about))
    return Response(calendar(entries, name=_named(about)), mimetype="text/calendar")


def _entries(rows: Sequence[Row[Any]]) -> list[CalendarEntry]:
    host = urlsplit(absolute_url("")).hostname or "localhost"
    return [
        CalendarEntry(
            uid=f"event-{row.uuid}@{host}",
            sequence=max(0, int((row.updated_at - _EPOCH).total_seconds())),
            title=row.title,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            timezone=row.timezone,
            written_at=row.updated_at,
            location=", ".join(filter(None, (row.venue, row.address, row.city))),
            description=row.short_description,
            link=absolute_url(event_url(row.slug)),
            organizer_name=row.organizer,
        )
        for row in rows
    ]
