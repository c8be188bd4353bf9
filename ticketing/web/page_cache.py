"""Whole public pages, kept for a second for visitors without cookies: what a famous on-sale is served from.

It stands before everything else, so a page that was made for one visitor costs the next thousand neither
session nor statement. Nothing personal can be in it: whoever brings any cookie but that of a chosen language
is not served from here, and what sets one is not kept. A page may be a second old, and as much older as it
takes to make it anew.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from flask import Flask

from ticketing.config import LANGUAGES
from ticketing.web.language import COOKIE, accepted

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
_MOST_PAGES = 256
_LARGEST = 200_000
_LONGEST_QUERY = 300
_KEPT, _KEPT_BELOW = ("/", "/robots.txt", "/sitemap.xml"), ("/events/", "/o/", "/widget/")


@dataclass(slots=True)
class _Page:
    """A kept answer. ``renewing``: somebody makes it anew at this moment."""

    status: str
    headers: Headers
    body: bytes
    fresh_until: float
    renewing: threading.Lock = field(default_factory=threading.Lock)


class PageCache:
    """Wraps the application; only ``GET`` of the programme's pages, feeds and maps is kept."""

    def __init__(self, app: Callable[..., Iterable[bytes]], seconds: float) -> None:
        self._app = app
        self._seconds = seconds
        self._pages: OrderedDict[tuple[str, ...], _Page] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """One request."""
        key = _key(environ)
        if key is None:
            return self._app(environ, start_response)
        page = self._pages.get(key)
        if page is None:
            return self._make(key, environ, start_response)
        # Of those who meet an old page one makes it anew; the others need not wait.
        if page.fresh_until < time.monotonic() and page.renewing.acquire(blocking=False):
            try:
                return self._make(key, environ, start_response)
            finally:
                page.renewing.release()
        start_response(page.status, [*page.headers, ("X-Request-ID", secrets.token_hex(12))])
        return [page.body]

    def _make(
        self, key: tuple[str, ...], environ: Environ, start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        told: list[Any] = []

        def listen(status: str, headers: Headers, exc_info: Any = None) -> Callable[[bytes], Any]:
            told[:] = [status, headers]
            write: Callable[[bytes], Any] = start_response(status, headers, exc_info)
            return write

        answer = self._app(environ, listen)
        try:
            body = b"".join(answer)
        finally:
            getattr(answer, "close", lambda: None)()
        self._keep(key, told[0], told[1], body)
        return [body]

    def _keep(self, key: tuple[str, ...], status: str, headers: Headers, body: bytes) -> None:
        names = {name.lower() for name, _ in headers}
        keep = status.startswith("200 ") and "set-cookie" not in names and len(body) <= _LARGEST
        shared = [(name, value) for name, value in headers if name.lower() != "x-request-id"]
        with self._lock:
            if not keep:
                self._pages.pop(key, None)
                return
            self._pages[key] = _Page(status, shared, body, time.monotonic() + self._seconds)
            self._pages.move_to_end(key)
            while len(self._pages) > _MOST_PAGES:
                self._pages.popitem(last=False)


def _key(environ: Environ) -> tuple[str, ...] | None:
    """What an answer depends on; nothing for what is not kept."""
    path, query = environ["PATH_INFO"], environ.get("QUERY_STRING", "")
    if environ["REQUEST_METHOD"] != "GET" or not (path in _KEPT or path.startswith(_KEPT_BELOW)):
        return None
    if len(query) > _LONGEST_QUERY or "HTTP_AUTHORIZATION" in environ or "HTTP_RANGE" in environ:
        return None
    language = _language(environ)
    if language is None:
        return None
    asked = ("HTTP_HOST", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PROTO")
    accepted = environ.get("HTTP_ACCEPT_ENCODING", "")
    encoding = next((name for name in ("br", "gzip") if name in accepted), "")
    scheme = environ.get("wsgi.url_scheme", "")
    return (path, query, scheme, encoding, language, *(environ.get(name, "") for name in asked))


def _language(environ: Environ) -> str | None:
    """The language that the page will be in; nothing when there are cookies that say more than that."""
    cookies = environ.get("HTTP_COOKIE", "")
    if not cookies:
        return accepted(environ.get("HTTP_ACCEPT_LANGUAGE", ""))
    name, _, chosen = cookies.partition("=")
    return chosen if name == COOKIE and chosen in LANGUAGES else None


def init_page_cache(app: Flask) -> None:
    """Keep public pages for ``PAGE_CACHE_SECONDS``; 0 switches it off."""
    if seconds := app.config["PAGE_CACHE_SECONDS"]:
        app.wsgi_app = PageCache(app.wsgi_app, seconds)  # type: ignore[method-assign]
