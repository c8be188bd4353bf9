"""Addresses that every page is full of, built once instead of with every row of every list."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlencode

from flask import current_app, request, url_for

from ticketing.models import Venue

_PLACE = "0-0"
_MAP = "https://www.openstreetmap.org/"


@lru_cache(256)
def _plain(_root: str, endpoint: str) -> str:
    return url_for(endpoint)


@lru_cache(64)
def _before(_root: str, endpoint: str, argument: str) -> str:
    values: dict[str, Any] = {argument: _PLACE}
    return url_for(endpoint, **values).removesuffix(_PLACE)


def link_to(endpoint: str) -> str:
    """The address of a page that takes no arguments."""
    return _plain(request.root_path, endpoint)


def event_url(slug: str) -> str:
    """The address of an event's page."""
    return _before(request.root_path, "catalog.event", "slug") + slug


def media_url(name: str) -> str:
    """The address of a stored picture; one that lies elsewhere keeps its own."""
    if name.startswith(("https://", "http://", "/")):
        return name
    return _before(request.root_path, "media.picture", "name") + quote(name)


def map_url(venue: Venue) -> str:
    """Where a map shows the venue: at its coordinates, else what is found by its address; empty without."""
    if venue.latitude is not None and venue.longitude is not None:
        place = f"{venue.latitude:f}", f"{venue.longitude:f}"
        query = urlencode({"mlat": place[0], "mlon": place[1]})
        return f"{_MAP}?{query}#map=17/{place[0]}/{place[1]}"
    if not (venue.address or venue.city):
        return ""
    where = ", ".join(filter(None, (venue.address, venue.postal_code, venue.city, venue.country)))
    return f"{_MAP}search?{urlencode({'query': where})}"


def absolute_url(path: str) -> str:
    """A path of ours as others reach it: at our public address where that is known, else at the request's."""
    if path.startswith(("https://", "http://")):
        return path
    base = current_app.config["PUBLIC_BASE_URL"] or request.host_url.rstrip("/")
    return f"{base}{path}"
