"""The reader's language, looked up once a request, and translations remembered across requests."""

from __future__ import annotations

from functools import lru_cache

from flask import Flask, g
from flask_babel import get_locale, get_translations


def language() -> str:
    """The language of this page as Babel names it: ``en``, ``pt_BR``."""
    if "language" not in g:
        g.language = str(get_locale() or "en")
    return str(g.language)


@lru_cache(8192)
def _one(_language: str, message: str) -> str:
    return get_translations().ugettext(message)


@lru_cache(8192)
def _several(_language: str, one: str, many: str, number: int) -> str:
    return get_translations().ungettext(one, many, number)


def init_language(app: Flask) -> None:
    """Let templates find their sentences without asking for the catalogue each time."""
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda message: _one(language(), message),
        ngettext=lambda one, many, number: _several(language(), one, many, number),
        newstyle=True,
    )
