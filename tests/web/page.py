"""An HTML answer, read the way a visitor meets it: words, links, forms."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from werkzeug.test import TestResponse


@dataclass
class Form:
    """A form: where it goes, how, and what it would send if nothing were typed."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[str] = field(default_factory=list)


class Page(HTMLParser):
    """The parsed answer."""

    def __init__(self, answer: TestResponse) -> None:
        super().__init__()
        self.status = answer.status_code
        self.html = answer.get_data(as_text=True)
        self.links: list[tuple[str, str]] = []
        self.forms: list[Form] = []
        self.ids: list[str] = []
        self.attributes: list[tuple[str, dict[str, str]]] = []
        self.headings: list[str] = []
        self._text: list[str] = []
        self._open_link: list[str] | None = None
        self._form: Form | None = None
        self._heading: list[str] | None = None
        self._button = False
        self.feed(self.html)

    @property
    def text(self) -> str:
        """All words, white space squeezed."""
        return re.sub(r"\s+", " ", " ".join(self._text)).strip()

    def form(self, action: str) -> Form:
        """The form that goes there (empty: to the page itself)."""
        return next(form for form in self.forms if form.action == action)

    def link(self, words: str) -> str:
        """Where the first link with these words leads."""
        return next(href for text, href in self.links if words in text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """See ``HTMLParser``."""
        known = {name: value or "" for name, value in attrs}
        self.attributes.append((tag, known))
        if "id" in known:
            self.ids.append(known["id"])
        if tag == "a":
            self._open_link = [known.get("href", "")]
        elif tag in ("h1", "h2", "h3"):
            self._heading = []
        elif tag == "form":
            self._form = Form(known.get("action", ""), known.get("method", "get").lower())
            self.forms.append(self._form)
        elif tag == "button":
            self._button = True
        elif tag == "input" and self._form is not None and "name" in known:
            self._form.fields[known["name"]] = known.get("value", "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """See ``HTMLParser``."""
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        """See ``HTMLParser``."""
        if tag == "a" and self._open_link:
            self.links.append((" ".join(self._open_link[1:]).strip(), self._open_link[0]))
            self._open_link = None
        elif tag in ("h1", "h2", "h3") and self._heading is not None:
            self.headings.append(" ".join(self._heading).strip())
            self._heading = None
        elif tag == "form":
            self._form = None
        elif tag == "button":
            self._button = False

    def handle_data(self, data: str) -> None:
        """See ``HTMLParser``."""
        self._text.append(data)
        if self._open_link is not None:
            self._open_link.append(data.strip())
        if self._heading is not None:
            self._heading.append(data.strip())
        if self._button and self._form is not None and data.strip():
            self._form.buttons.append(data.strip())
