"""Who is at the screen: the signed-in account as an actor, and how a session begins and ends."""

from __future__ import annotations

from typing import NoReturn
from urllib.parse import urlsplit

from flask import request, session
from flask_login import current_user, login_user, logout_user

from ticketing.errors import NotSignedIn
from ticketing.extensions import login
from ticketing.models import User
from ticketing.policy import ANONYMOUS, Actor
from ticketing.queries import sessions


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


def begin_session(user: User) -> None:
    """Sign in: what the browser had before is forgotten, so that nobody else can know the new session."""
    session.clear()
    session.permanent = True
    login_user(user)


def end_session() -> None:
    """Sign out and forget everything about this visit."""
    logout_user()
    session.clear()


def safe_path(target: str | None, default: str) -> str:
    """``target`` when it is a path on this site, else ``default``: nobody is sent elsewhere by a link."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return default
    if any(character < " " or character in "\\\x7f" for character in target):
        return default
    parts = urlsplit(target)
    return default if parts.scheme or parts.netloc else target
