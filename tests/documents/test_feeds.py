"""Whatever somebody writes, feeds and site maps stay XML."""

from __future__ import annotations

from datetime import UTC, datetime
from xml.etree import ElementTree as Xml

from hypothesis import given, settings
from hypothesis import strategies as st

from ticketing.documents.feeds import Feed, FeedItem, rss, sitemap

_NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
_LOC = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
#: Everything, half characters among it, and, more often, what XML has rules for.
texts = st.text(
    st.characters() | st.sampled_from("<>&'\"]\x00\x0b\x1b\ud800\ufffe\uffff\u2028🎉"), max_size=60
)


def readable(text: str) -> str:
    """What of a text an XML file can give back. Line ends come back as one kind."""
    kept = "".join(
        char
        for char in text
        if char in "\t\n\r"
        or (ord(char) >= 32 and not 0xD800 <= ord(char) <= 0xDFFF and char not in "\ufffe\uffff")
    )
    return kept.replace("\r\n", "\n").replace("\r", "\n")


@given(title=texts, summary=texts, category=texts)
@settings(max_examples=80, deadline=None)
def test_any_text_makes_a_feed_that_is_read(title: str, summary: str, category: str) -> None:
    item = FeedItem(
        key="a", title=title, link="https://a.example/?b=c&d", summary=summary, published_at=_NOW,
        category=category,
    )  # fmt: skip
    feed = Feed(
        title=title, link="https://a.example/", address="https://a.example/feed", description=summary,
        language="en", items=[item],
    )  # fmt: skip
    found = Xml.fromstring(rss(feed)).find("channel/item")
    assert found is not None
    assert found.findtext("title") == readable(title)
    assert found.findtext("description") == readable(summary)
    assert (found.findtext("category") or "") == readable(category)
    assert found.findtext("link") == "https://a.example/?b=c&d"


@given(address=texts)
@settings(max_examples=80, deadline=None)
def test_any_address_makes_a_site_map_that_is_read(address: str) -> None:
    (found,) = Xml.fromstring(sitemap([(address, _NOW)]))
    assert found.findtext(f"{_LOC}loc") == readable(address)
    assert found.findtext(f"{_LOC}lastmod") == "2026-01-02T03:04:05+00:00"
