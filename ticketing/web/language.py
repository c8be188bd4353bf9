"""The reader's language: chosen, the account's, or the browser's; translations remembered across requests."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import TypeVar
from urllib.parse import urlsplit

from babel import Locale
from flask import Blueprint, Flask, Response, has_request_context, redirect, request, session, url_for
from flask_babel import get_locale, get_translations
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header
from werkzeug.wrappers import Response as AnyResponse

from ticketing.config import LANGUAGES
from ticketing.errors import NotFound, Sentence
from ticketing.web.actor import LANGUAGE, safe_path

#: Remembers what somebody has chosen at the foot of a page.
COOKIE = "language"
_KEPT_FOR = timedelta(days=365)

Kind = TypeVar("Kind", bound=AnyResponse)
bp = Blueprint("language", __name__)


def language() -> str:
    """The language of this page as Babel names it: ``en``, ``pt_BR``."""
    return _named(get_locale())


@lru_cache(64)
def _named(locale: Locale | None) -> str:
    return str(locale or "en")


@lru_cache(1024)
def accepted(header: str) -> str:
    """Of our languages the one that an ``Accept-Language`` header likes best; English, if none."""
    return parse_accept_header(header[:200], LanguageAccept).best_match(LANGUAGES) or "en"


def _choose() -> str:
    """What was chosen at the foot of a page, else the account's language, else the browser's.

    Error pages ask, too, when there is no database: the session remembers what the account said. Jobs serve
    nobody in particular, and name the language of each message themselves.
    """
    if not has_request_context():
        return LANGUAGES[0]
    for chosen in (request.cookies.get(COOKIE), session.get(LANGUAGE)):
        if chosen in LANGUAGES:
            return str(chosen)
    return accepted(request.headers.get("Accept-Language", ""))


def remember_choice(answer: Kind, chosen: str) -> Kind:
    """Show this browser that language from now on, if we speak it."""
    if chosen in LANGUAGES:
        answer.set_cookie(COOKIE, chosen, max_age=_KEPT_FOR, samesite="Lax", httponly=True)
    return answer


@bp.get("/language/<code>")
def choose(code: str) -> AnyResponse:
    """Remember a language, and go back to where its link was."""
    if code not in LANGUAGES:
        raise NotFound("page")
    return remember_choice(redirect(_way_back(), 303), code)


def _way_back() -> str:
    """Where on this site the link was; the start page for those who do not tell."""
    came_from = urlsplit(request.referrer or "")
    path = came_from._replace(scheme="", netloc="", fragment="").geturl()
    return safe_path(path if came_from.netloc == request.host else "", url_for("catalog.index"))


@lru_cache(8192)
def _one(_language: str, message: str) -> str:
    return get_translations().ugettext(message)


@lru_cache(8192)
def _several(_language: str, one: str, many: str, number: int) -> str:
    return get_translations().ungettext(one, many, number)


def translated(sentence: str) -> str:
    """A sentence of a service in the reader's language: with its values when it has some."""
    if not sentence:
        return sentence
    if isinstance(sentence, Sentence):
        return _one(language(), sentence.pattern) % sentence.values
    return _one(language(), sentence)


@lru_cache(1)
def _offered() -> list[tuple[str, str]]:
    """The languages and what each is called in itself."""
    return [(code, (Locale.parse(code).get_display_name(code) or code).capitalize()) for code in LANGUAGES]


def _vary(answer: Response) -> Response:
    if answer.mimetype in ("text/html", "application/rss+xml"):
        answer.vary.add("Accept-Language")
    return answer


def init_language(app: Flask) -> None:
    """Let templates find their sentences without asking for the catalogue each time."""
    app.extensions["babel"].locale_selector = _choose
    app.register_blueprint(bp)
    app.after_request(_vary)
    app.jinja_env.globals["languages"] = _offered
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda message: _one(language(), message),
        ngettext=lambda one, many, number: _several(language(), one, many, number),
        newstyle=True,
    )
