"""Signing in."""

from __future__ import annotations

from sqlalchemy import func, select

from ticketing import clock
from ticketing.errors import RecordedRefusal
from ticketing.extensions import db
from ticketing.models import User
from ticketing.policy import Actor
from ticketing.services import activity, passwords
from ticketing.transaction import transactional


class WrongCredentials(RecordedRefusal):
    """No account has this name and password, or it may not sign in."""

    def __init__(self) -> None:
        super().__init__("wrong_credentials", "Invalid email or password.")


class EmailNotVerified(RecordedRefusal):
    """The account exists and must show first that its address is its own."""

    def __init__(self) -> None:
        super().__init__("email_not_verified", "Email not verified. Please check your email.")


@transactional
def authenticate(actor: Actor, login: str, password: str) -> User:
    """The account with this e-mail address or username and this password.

    :raises WrongCredentials: there is none, or it is closed. The attempt stays in the activity log.
    :raises EmailNotVerified: the password is right, and the address is still to be verified.
    """
    user = _by_login(login)
    if user is None:
        passwords.waste_time(password)
        activity.record(actor, "login_failed", login=login[:254])
        raise WrongCredentials
    if not passwords.matches(password, user.password_hash) or not user.is_active:
        activity.record(actor, "login_failed", user)
        raise WrongCredentials
    if user.must_verify_email and user.email_verified_at is None:
        activity.record(actor, "login_failed", user, reason="email_not_verified")
        raise EmailNotVerified
    if passwords.hasher().check_needs_rehash(user.password_hash):
        user.password_hash = passwords.hash_password(password)
    user.last_login_at = clock.now()
    activity.record(Actor.of(user, address=actor.address, agent=actor.agent), "login", user)
    return user


def _by_login(login: str) -> User | None:
    login = login.strip().lower()
    if not login or "\0" in login:
        return None
    column = User.email if "@" in login else User.username
    user = db.session.scalars(select(User).where(func.lower(column) == login)).one_or_none()
    if user is None and "@" in login:
        user = db.session.scalars(select(User).where(func.lower(User.username) == login)).one_or_none()
    return user
