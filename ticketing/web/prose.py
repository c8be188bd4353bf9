"""Texts of organizers on pages: Markdown as HTML in which nothing acts.

Two guards, each enough alone: the parser lets no HTML through, and what it wrote is cleaned by a list of what
may stay.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import nh3
from markdown_it.token import Token
from markupsafe import Markup

from ticketing.documents.markdown import plain_text, reader

_TAGS = {
    "a", "blockquote", "br", "code", "em", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "strong", "ul",
}  # fmt: skip
#: Above them stand the page's own two.
_HIGHEST, _LOWEST = 3, 6
_REMEMBERED = 256


@lru_cache(_REMEMBERED)
def prose(text: str) -> Markup:
    """Markdown as HTML. Headings begin at the third rank, pictures are their words, links are not vouched
    for, and a line ends where its writer ended it."""
    tokens = reader().parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1:]) + _HIGHEST - 1, _LOWEST)}"
        token.children = [_worded(child) for child in token.children] if token.children else token.children
    html = reader().renderer.render(tokens, reader().options, {})
    # What gets through the list is ours to show.
    return Markup(_cleaned(html))  # noqa: S704


def _worded(token: Token) -> Token:
    """A picture as the words that stand for it."""
    if token.type != "image":
        return token
    return Token("text", "", 0, content=token.content, level=token.level)


def _cleaned(html: str) -> str:
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        url_relative="deny",
        link_rel="nofollow noopener",
    )


FILTERS: dict[str, Any] = {"prose": prose, "plain_text": plain_text}
