"""Files for machines that follow the programme: RSS 2.0, and site maps (sitemaps.org)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from xml.etree import ElementTree as Xml
from xml.sax.saxutils import escape

_ATOM = "http://www.w3.org/2005/Atom"
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
#: What XML 1.0 cannot hold, however it is written.
_UNSPEAKABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Xml.register_namespace("atom", _ATOM)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedItem:
    """One thing that a feed tells of. ``summary`` is HTML, ``key`` the same for the same thing for ever."""

    key: str
    title: str
    link: str
    summary: str
    #: Aware.
    published_at: datetime
    category: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed: ``link`` is the page that shows the same, ``address`` its own."""

    title: str
    link: str
    address: str
    description: str
    language: str
    items: Sequence[FeedItem]
    #: When anything in it changed last; aware.
    changed_at: datetime | None = None


def rss(feed: Feed) -> bytes:
    """The feed as RSS 2.0."""
    root = Xml.Element("rss", version="2.0")
    channel = Xml.SubElement(root, "channel")
    _add(channel, "title", feed.title)
    _add(channel, "link", feed.link)
    _add(channel, "description", feed.description)
    _add(channel, "language", feed.language)
    own = {"href": _plain(feed.address), "rel": "self", "type": "application/rss+xml"}
    Xml.SubElement(channel, f"{{{_ATOM}}}link", own)
    if feed.changed_at:
        _add(channel, "lastBuildDate", _date(feed.changed_at))
    for item in feed.items:
        _add_item(channel, item)
    return _DECLARATION.encode() + Xml.tostring(root)


def _add_item(channel: Xml.Element, item: FeedItem) -> None:
    node = Xml.SubElement(channel, "item")
    _add(node, "title", item.title)
    _add(node, "link", item.link)
    _add(node, "guid", item.key).set("isPermaLink", "false")
    _add(node, "pubDate", _date(item.published_at))
    if item.category:
        _add(node, "category", item.category)
    _add(node, "description", item.summary)


def sitemap(pages: Iterable[tuple[str, datetime | None]]) -> bytes:
    """A site map of absolute addresses, each with when it changed last, where that is known."""
    lines = [f'{_DECLARATION}<urlset xmlns="{_SITEMAP}">']
    for address, changed in pages:
        told = f"<lastmod>{changed.astimezone(UTC).isoformat('T', 'seconds')}</lastmod>" if changed else ""
        lines.append(f"<url><loc>{escape(_plain(address))}</loc>{told}</url>")
    return "\n".join([*lines, "</urlset>\n"]).encode()


def _add(parent: Xml.Element, name: str, text: str) -> Xml.Element:
    node = Xml.SubElement(parent, name)
    node.text = _plain(text)
    return node


def _date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def _plain(text: str) -> str:
    return _UNSPEAKABLE.sub("", text)
