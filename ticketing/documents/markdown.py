"""What organizers write at length: Markdown, read in one way wherever it is shown.

Headings, emphasis, lists, quotations, rules and links. A line ends where its writer ended it. No HTML, no
code blocks (indented text is just text), no references that would swallow a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

_SCHEMES = re.compile(r"(https?://|mailto:)[^\s]", re.IGNORECASE)
_OFF = ("html_block", "html_inline", "code", "fence", "reference", "lheading")
_REMEMBERED = 128


@lru_cache(1)
def reader() -> MarkdownIt:
    """The parser. A link that leads anywhere but to the web or to a mailbox stays the text that it was."""
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True}).disable(_OFF)
    parser.validateLink = _leads_outside  # type: ignore[method-assign]
    return parser


def _leads_outside(url: str) -> bool:
    return _SCHEMES.match(url) is not None


@lru_cache(_REMEMBERED)
def plain_text(source: str, *, addresses: bool = False) -> str:
    """The words of a text without their marks, blocks parted by empty lines. With ``addresses`` each link is
    followed by where it leads, for paper."""
    blocks: list[str] = []
    numbers: list[int | None] = []
    lead = ""
    for token in reader().parse(source):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            numbers.append(int(token.attrGet("start") or 1) if token.type.startswith("o") else None)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            numbers.pop()
        elif token.type == "list_item_open":
            lead, numbers[-1] = _lead(numbers[-1])
        elif token.type == "inline":
            words = "".join(_words(token.children or (), addresses)).strip()
            # Items of a list stand below each other.
            apart = "\n" if lead and blocks and _is_item(blocks[-1]) else "\n\n"
            blocks.append((apart if blocks else "") + lead + words)
            lead = ""
    return "".join(blocks)


def _lead(number: int | None) -> tuple[str, int | None]:
    """What stands before an item, and the number of the next."""
    return ("- ", None) if number is None else (f"{number}. ", number + 1)


def _is_item(block: str) -> bool:
    return re.match(r"\s*(- |\d+\. )", block) is not None


def _words(tokens: Sequence[Token], addresses: bool) -> Iterator[str]:
    said, leads = "", ""
    for token in tokens:
        word = "\n" if token.type in ("softbreak", "hardbreak") else token.content
        if token.type == "link_open":
            said, leads = "", str(token.attrGet("href") or "")
        elif token.type == "link_close":
            told = leads.removeprefix("mailto:")
            if addresses and said.strip() not in (leads, told):
                yield f" ({told})"
        said += word
        yield word
