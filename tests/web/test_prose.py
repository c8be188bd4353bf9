"""Texts of organizers as pages show them: Markdown that looks right, and in which nothing acts."""

from __future__ import annotations

import json
import time
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.factories import EventFactory, OrganizationFactory
from tests.web.page import Page
from ticketing.documents.markdown import plain_text
from ticketing.web.prose import prose

ALLOWED = {
    "a",
    "blockquote",
    "br",
    "code",
    "em",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "li",
    "ol",
    "p",
    "strong",
    "ul",
}
#: What injections are made of, and what Markdown has rules for.
PIECES = (
    "<script>", "</script>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>",
    "<a href='javascript:x'>", "javascript:alert(1)", "JaVaScRiPt&colon;alert(1)", "java\tscript:x",
    "data:text/html;base64,PHN2Zz4=", "vbscript:x", "[x](", "![x](", ")", "](", "<https://e.org/", ">", "<",
    '"', "'", "`", "```", "\n", "\n\n", "- ", "1. ", "# ", "> ", "**", "_", "\\", "&#106;avascript:",
    "&lt;script&gt;", "<!--", "-->", "<![CDATA[", "]]>", "<style>", "style=", "on", "//evil.example", "/path",
    "http://e.org", "mailto:a@e.org", "[r]: javascript:x", "{{", "}}", "\u202e", "\x00", " ", "    ", "word",
)  # fmt: skip


class Seen(HTMLParser):
    """Tags and attributes of a piece of HTML, and its words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str, str | None]] = []
        self.words = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """See ``HTMLParser``."""
        self.tags.add(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_data(self, data: str) -> None:
        """See ``HTMLParser``."""
        self.words += data


def assert_harmless(html: str) -> None:
    seen = Seen(html)
    assert seen.tags <= ALLOWED
    for tag, name, value in seen.attributes:
        assert (tag, name) in {("a", "href"), ("a", "rel"), ("ol", "start")}
        if name == "href":
            assert urlsplit(value or "").scheme in {"http", "https", "mailto"}
        if name == "rel":
            assert value == "nofollow noopener"
    links = sum(name == "href" for _, name, _ in seen.attributes)
    # A link whose address is broken has lost it, and leads nowhere.
    assert links <= sum(name == "rel" for _, name, _ in seen.attributes)


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=30).map("".join))
@settings(max_examples=400, deadline=None)
def test_whatever_is_written_nothing_in_it_acts(text: str) -> None:
    assert_harmless(str(prose(text.encode(errors="replace").decode())))


@pytest.mark.parametrize(
    "text",
    [
        "[x](javascript:alert(1))",
        "[x](JAVASCRIPT:alert(1))",
        "[x](data:text/html,hello)",
        "[x](//evil.example/)",
        "[x](/organizer/)",
        "<javascript:alert(1)>",
        "![x](https://evil.example/pixel.png)",
        "<iframe src='https://evil.example'></iframe>",
    ],
)
def test_what_leads_elsewhere_than_to_the_web_or_a_mailbox_is_no_link(text: str) -> None:
    seen = Seen(str(prose(text)))
    assert not {"a", "img", "iframe"} & seen.tags
    assert_harmless(str(prose(text)))


def test_plain_text_goes_on_looking_as_it_was_written() -> None:
    text = "Doors at 7\nMusic at 8\n\n    Bring <shoes> & a 5 * 3 blanket,\nsnake_case_too"
    assert str(prose(text)).replace("\n", "") == (
        "<p>Doors at 7<br>Music at 8</p>"
        "<p>Bring &lt;shoes&gt; &amp; a 5 * 3 blanket,<br>snake_case_too</p>"
    )  # fmt: skip


def test_headings_stand_below_those_of_the_page() -> None:
    html = str(prose("# One\n\n## Two\n\n###### Six"))
    assert [tag in html for tag in ("<h1", "<h2", "<h3>One", "<h4>Two", "<h6>Six")] == [
        False,
        False,
        True,
        True,
        True,
    ]


def test_lists_emphasis_quotations_and_links_are_shown() -> None:
    html = str(prose("- **a**\n- *b*\n\n3. c\n\n> d\n\n[e](https://e.org/?a=1&b=2)"))
    for part in ("<li><strong>a", "<li><em>b", '<ol start="3">', "<blockquote>"):
        assert part in html
    assert '<a href="https://e.org/?a=1&amp;b=2" rel="nofollow noopener">e</a>' in html


def test_of_a_text_without_its_marks_the_words_are_left() -> None:
    text = "# Walk\nBy *candle*light\nand `lamp`\n\n- one\n- [two](https://e.org)\n\n![a map](https://e.org/m.png)"
    words = "Walk\n\nBy candlelight\nand lamp\n\n- one\n- two{}\n\na map"
    assert plain_text(text) == words.format("")
    assert plain_text(text, addresses=True) == words.format(" (https://e.org)")
    assert (
        plain_text("<https://e.org> and [me@e.org](mailto:me@e.org)", addresses=True)
        == "https://e.org and me@e.org"
    )


@given(st.text(max_size=200))
@settings(max_examples=150, deadline=None)
def test_the_words_of_any_text_are_found(text: str) -> None:
    plain_text(text, addresses=True)


@pytest.mark.parametrize("piece", ["[", "![", "*a_", "> ", "`", "<", "&", "- ", "\\", "[a](", "**"])
def test_the_longest_text_of_the_worst_marks_is_soon_read(piece: str) -> None:
    began = time.perf_counter()
    prose(piece * (20_000 // len(piece)))
    assert time.perf_counter() - began < 10


def test_pages_show_it_and_search_engines_read_its_words(app: Flask, client: FlaskClient) -> None:
    text = "## Route\n\nAlong the **river**\n<script>alert(1)</script>"
    organization = OrganizationFactory(description=text)
    event = EventFactory(
        organization=organization, description=text, refund_policy="*None*", terms_and_conditions="1. Shoes"
    )
    page = Page(client.get(f"/events/{event.slug}"))
    for part in ("<h4>Route", "<strong>river", "<em>None", "<li>Shoes", "&lt;script&gt;alert(1)"):
        assert part in page.html
    told = json.loads(page.html.split('<script type="application/ld+json">')[1].split("</script>")[0])
    assert told["description"].startswith("Route\n\nAlong the river")
    page = Page(client.get(f"/o/{organization.slug}"))
    assert "<h4>Route" in page.html
    (summary,) = [known["content"] for tag, known in page.attributes if known.get("name") == "description"]
    assert summary.split()[:4] == ["Route", "Along", "the", "river"]
