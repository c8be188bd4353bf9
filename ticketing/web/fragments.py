"""Parts of pages that are the same for the same content, rendered once and remembered.

A part is a macro that reads nothing but its arguments and globals. Its arguments are its key, all of them,
with the language and the year (dates of this year are shown without it): when the content changes, so does
the key, and nothing has to be invalidated.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache

from flask import current_app
from markupsafe import Markup

from ticketing import clock
from ticketing.web.language import language


@lru_cache(2048)
def _remembered(_language: str, _year: int, template: str, macro: str, *arguments: Hashable) -> Markup:
    return _rendered(template, macro, *arguments)


def _rendered(template: str, macro: str, *arguments: Hashable) -> Markup:
    module = current_app.jinja_env.get_template(template).module
    return Markup(getattr(module, macro)(*arguments))  # noqa: S704 (a macro's output is escaped already)


def fragment(template: str, macro: str, *arguments: Hashable) -> Markup:
    """What the macro renders for these arguments; in debug mode always anew."""
    if current_app.debug:
        return _rendered(template, macro, *arguments)
    return _remembered(language(), clock.now().year, template, macro, *arguments)
