"""Who is at the screen: the signed-in account as an actor, and how a session begins and ends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NoReturn
from urllib.parse import urlsplit

from flask import current_app, request, session
from flask_login import COOKIE_NAME, current_user, login_user, logout_user

from ticketing.errors import NotSignedIn
from ticketing.extensions import login
from ticketing.models import User
from ticketing.policy import ANONYMOUS, Actor, Permission, allows
from ticketing.queries import sessions

#: How long a browser stays signed in that was asked to.
REMEMBERED_FOR = timedelta(days=60)
#: Where the session keeps the account's language.
LANGUAGE = "language"


@login.user_loader
def _remembered(session_id: str) -> User | None:
    return sessions.find_account(session_id)


@login.unauthorized_handler
def _sign_in_first() -> NoReturn:
    raise NotSignedIn


def current_actor() -> Actor:
    """The visitor as services want them, with address and browser for the activity log."""
    actor = Actor.of(current_user) if current_user.is_authenticated else ANONYMOUS
    return actor.seen_at(request.remote_addr or "", request.user_agent.string)


def may(permission: str, subject: Any = None) -> bool:
    """Whether the visitor may do that; templates ask by name: ``may("ACTIVITY_SEE")``."""
    return allows(current_actor(), Permission[permission], subject)


def begin_session(user: User, *, remember: bool = False) -> None:
    """Sign in: what the browser had before is forgotten, so that nobody else can know the new session.

    ``remember`` keeps the browser signed in after it was closed. The cookie for that carries the account's
    epoch, as the session does, so that both end together.
    """
    end_session()
    session.permanent = remember
    session[LANGUAGE] = user.language
    login_user(user, remember=remember, duration=REMEMBERED_FOR if remember else None)


def is_remembered() -> bool:
    """Whether this browser stays signed in after it was closed."""
    return current_app.config.get("REMEMBER_COOKIE_NAME", COOKIE_NAME) in request.cookies


def end_session() -> None:
    """Sign out and forget everything about this visit. (What takes the remembering cookie back is left in
    the new session, and so comes after the old one is emptied.)"""
    session.clear()
    logout_user()


def safe_path(target: str | None, default: str) -> str:
    """``target`` when it is a path on this site, else ``default``: nobody is sent elsewhere by a link."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return default
    if any(character < " " or character in "\\\x7f" for character in target):
        return default
    parts = urlsplit(target)
    return default if parts.scheme or parts.netloc else target
